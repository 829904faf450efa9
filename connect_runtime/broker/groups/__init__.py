"""Consumer groups: who is in them, who does what, and how far they have read."""
