"""What converters with a schema registry share: its client, its wire format, names of subjects, options."""
