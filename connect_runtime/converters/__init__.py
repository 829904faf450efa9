"""Built-in converters: between bytes on a topic and values."""
