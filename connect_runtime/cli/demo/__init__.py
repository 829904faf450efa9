"""``connect-runtime demo``: a file, a topic and a table in one command."""
