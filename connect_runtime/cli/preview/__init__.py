"""The command that shows what a connector would make of records."""
