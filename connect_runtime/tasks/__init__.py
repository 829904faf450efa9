"""Running connectors and tasks: their threads, loops, offsets and states."""
