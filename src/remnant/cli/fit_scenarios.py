"""Scenario files as calendars for what-ifs: their day 0 is each patient's last observation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remnant.cli.simulate.reading import Reading
    from remnant.cohort.scenario.scenario import Scenario
    from remnant.dynamics.treatment import Therapy

PLANNED = "as planned"


def read_calendars(
    files: Sequence[Path], preset: str, days: int
) -> tuple[dict[str, Therapy], tuple[str, ...]]:
    """Read what else could be done, from the day of now on.

    Parameters
    ----------
    files : sequence of Path
        Scenarios; what a rule would do on what is seen is left out, and said so.
    preset : str
        Of the fit.
    days : int
        Length of the calendar.

    Returns
    -------
    dict of str to Therapy, tuple of str
        By title, and what a reader must know.

    Raises
    ------
    SettingError, ScenarioError
        With all that is wrong in every file: another preset than that of the fit, a drug of its own.
    """
    from remnant.cli.simulate.reading import Reading
    from remnant.cohort.scenario.file import read_scenario
    from remnant.cohort.scenario.planned import cautions, plain_therapy

    reading = Reading()
    calendars: dict[str, Therapy] = {}
    notes: list[str] = []
    for file in files:
        scenario = reading.of(partial(read_scenario, file))
        if scenario is None:
            continue
        _refuse_other_model(reading, file, scenario, preset)
        title = _title(scenario, file, calendars)
        calendars[title] = plain_therapy(scenario, days)
        notes += [f"{title}: {line}" for line in cautions(scenario)]
        if scenario.rules:
            notes.append(f"{title}: rules are left out; the calendar is followed as planned")
    reading.finish()
    return calendars, tuple(notes)


def _refuse_other_model(reading: Reading, file: Path, scenario: Scenario, preset: str) -> None:
    from remnant.errors import Fault

    if scenario.preset != preset:
        hint = "a calendar is followed in the draws of the fit: write its preset"
        reading.faults.append(Fault(file.name, None, "preset", scenario.preset, preset, hint))
    for section, own in (("drug", scenario.drug), ("parameters", scenario.parameters)):
        for name in own:
            hint = "leave it out: the draws of the fit have their own numbers, and none of such a drug"
            reading.faults.append(
                Fault(file.name, None, f"{section}.{name}", "a number of the scenario's own", "none", hint)
            )


def _title(scenario: Scenario, file: Path, taken: dict[str, Therapy]) -> str:
    title = scenario.title or file.stem
    return title if title not in (PLANNED, *taken) else f"{title} ({file.name})"
