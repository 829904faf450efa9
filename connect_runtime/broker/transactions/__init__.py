"""Transactions: who may write under which transactional id, what is open, and how it ends."""
