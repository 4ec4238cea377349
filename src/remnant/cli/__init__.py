"""How a person asks, at a command line: parse, call one function, print."""

from __future__ import annotations

import os
from collections.abc import Sequence

__all__ = ["main"]

# Sums of a matrix product depend on how many threads share them: with one, as in every worker, the same seed
# gives the same bytes however many cores there are.
LINEAR_ALGEBRA = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exit 0 when done, 1 for input to mend, 2 for wrong usage."""
    for name in LINEAR_ALGEBRA:
        os.environ.setdefault(name, "1")
    # A worker imports the script that started the run, and with it this folder, but none of its commands.
    from remnant.cli.app import main as run

    run(arguments)
