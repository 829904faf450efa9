"""Random cases that Java's own classes and ours must answer alike."""
