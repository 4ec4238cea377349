"""How a person asks, at a command line: parse, call one function, print."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exit 0 when done, 1 for input to mend, 2 for wrong usage."""
    # A worker imports the script that started the run, and with it this folder, but none of its commands.
    from remnant.cli.app import main as run

    run(arguments)
