"""`python -m flows` is `overtones`."""

from flows.cli import main

main()
