"""The SQLite database under the log, and the one thread that writes it."""
