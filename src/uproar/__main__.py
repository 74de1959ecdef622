"""`python -m uproar` is the command `uproar`."""

from uproar.cli import main

main()
