"""A plugin package for tests: `scripted` has the plugins, `install` makes them visible to a process."""
