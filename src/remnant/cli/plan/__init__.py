"""Commands on what comes next: nuclei, events, wells, visits or patients for a given clone."""

from __future__ import annotations

import typer

from remnant.cli.plan.events import events
from remnant.cli.plan.nuclei import nuclei
from remnant.cli.plan.patients import patients
from remnant.cli.plan.visits import visits
from remnant.cli.plan.wells import wells

plan = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="What the next sample, plate or trial needs to exclude or show a given clone.",
)


@plan.callback()
def group() -> None:
    """Keep the names of the commands."""


for command in (nuclei, events, wells, visits, patients):
    plan.command()(command)
