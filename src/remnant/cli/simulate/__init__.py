"""Commands that make synthetic data, with their truth."""

from __future__ import annotations

import typer

from remnant.cli.simulate.calibration import calibration
from remnant.cli.simulate.cohort import cohort
from remnant.cli.simulate.evidence import evidence
from remnant.cli.simulate.schedule import schedule
from remnant.cli.simulate.study import study
from remnant.cli.simulate.template import scenario

simulate = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Synthetic studies with their truth, and virtual cohorts under treatment.",
)


@simulate.callback()
def group() -> None:
    """Make synthetic data, labelled so, with the truth kept beside them."""


for command in (study, cohort, scenario, schedule, calibration, evidence):
    simulate.command()(command)
