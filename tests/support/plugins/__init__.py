"""A package of plugins for tests: `scripted`, `sequences`; `install` makes them visible to a process."""
