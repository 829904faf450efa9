"""The connectors that come with the runtime; `connectors.plugins` announces them."""
