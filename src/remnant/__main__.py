"""`python -m remnant` is the command line."""

from remnant.cli import main

main()
