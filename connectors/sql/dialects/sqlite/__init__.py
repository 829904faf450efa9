"""SQLite: a file, one writer."""
