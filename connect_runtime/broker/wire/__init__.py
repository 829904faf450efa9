"""Bytes on a connection to requests, and answers to bytes."""
