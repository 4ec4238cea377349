"""Commands on wells and colonies: frequencies from limiting dilution, and what colonies add."""

from __future__ import annotations

import typer

from remnant.cli.culture.change import change
from remnant.cli.culture.colonies import colonies
from remnant.cli.culture.frequency import frequency

culture = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Frequencies from limiting dilution, and colonies.",
)


for command in (frequency, change, colonies):
    culture.command()(command)
