"""The control plane of a worker."""
