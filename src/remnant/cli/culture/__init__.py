"""Commands on wells and colonies: frequencies from limiting dilution, and what colonies add."""

from __future__ import annotations

import typer

from remnant.cli.culture.frequency import frequency

culture = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Frequencies from limiting dilution.",
)


@culture.callback()
def group() -> None:
    """Keep the name of the one command."""


for command in (frequency,):
    culture.command()(command)
