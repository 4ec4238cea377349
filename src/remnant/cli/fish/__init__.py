"""Commands on nuclei: a clone fraction, a cut-off, two compartments compared."""

from __future__ import annotations

import typer

from remnant.cli.fish.compare import compare
from remnant.cli.fish.cutoff import cutoff
from remnant.cli.fish.fraction import fraction

fish = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Clone fractions, cut-offs and comparisons from nuclei.",
)

for command in (fraction, cutoff, compare):
    fish.command()(command)
