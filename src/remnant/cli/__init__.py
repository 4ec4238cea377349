"""How a person asks, at a command line: parse, call one function, print."""

from remnant.cli.app import main

__all__ = ["main"]
