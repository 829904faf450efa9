"""``python -m connect_runtime.cli``: the program ``connect-runtime`` without its script."""

from connect_runtime.cli import main

main()
