"""`remnant forecast`: other calendars, other days and later observations, in the draws of a fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say

if TYPE_CHECKING:
    from remnant.analysis.fits import SavedFit
    from remnant.inference.records import Fit
    from remnant.study.study import Study


@mendable
def forecast(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder that was fitted.")],
    fit: Annotated[Path, typer.Option("--fit", metavar="FIT", help="The folder that remnant fit wrote.")],
    scenario: Annotated[
        list[Path] | None,
        typer.Option(
            "--scenario",
            metavar="FILE.toml",
            help="What else could be done; day 0 is each patient's last observation. One or several.",
        ),
    ] = None,
    days: Annotated[
        str, typer.Option(metavar="30,60,...", help="Days after the last observation to forecast for.")
    ] = "",
    score: Annotated[
        Path | None, typer.Option(metavar="HELD.csv", help="Later observations to score the forecast by.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder for page, tables and JSON.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Forecast under other calendars: what each would change for each patient, in the same draws.

    A scenario to copy: remnant simulate scenario label --out label.toml

    Example: remnant forecast my-study --fit my-fit --scenario stop.toml --days 180,360
    """
    from remnant.analysis.fits import load_fit, refuse_changed
    from remnant.cli.fit_tables import show_fit
    from remnant.store import check_free
    from remnant.study import read_study

    asked = _days(days)
    if out is not None:
        check_free(out)
    saved, whole = load_fit(fit), read_study(study)
    refuse_changed(saved, whole)
    found = _forecast(whole, saved, fit, scenario or [], asked, score)
    if out is not None:
        _write(found, saved, out)
    if as_json:
        print_json(found)
        return
    show_fit(found)
    if out is not None:
        say(f"Forecast in {out}. Open {out / 'fit.html'}")


def _days(text: str) -> tuple[int, ...]:
    """Read days after the last observation, parted by commas."""
    from remnant.errors import Fault, SettingError

    parts = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [part for part in parts if not (part.isdecimal() and 0 < int(part) <= 20_000)]
    if wrong:
        hint = "such as --days 30,60,90"
        expected = "whole days from 1 to 20,000 after the last observation"
        raise SettingError([Fault("command line", None, "--days", part, expected, hint) for part in wrong])
    return tuple(sorted({int(part) for part in parts}))


def _forecast(
    study: Study,
    saved: SavedFit,
    folder: Path,
    files: list[Path],
    days: tuple[int, ...],
    held: Path | None,
) -> Fit:
    from remnant.analysis.fits import load_draws
    from remnant.cli.fit_bars import bars
    from remnant.cli.fit_scenarios import read_calendars
    from remnant.inference.fitting.fit import forecast_study

    choices = saved.manifest.choices
    length = max(round(365.25 * choices.horizon_years) + 1, *days, 1)
    calendars, notes = read_calendars(files, saved.fit.preset, length)
    with bars() as told:
        found: Fit = forecast_study(
            study,
            saved.fit,
            load_draws(folder),
            choices,
            scenarios=calendars,
            held=held,
            days=days,
            progress=told,
        )
    return replace(found, notes=tuple(dict.fromkeys((*found.notes, *notes))))


def _write(found: Fit, saved: SavedFit, out: Path) -> None:
    from remnant.analysis.fits import save_fit
    from remnant.inference.fitting.fitted import Fitted
    from remnant.service.fitting import page_of

    page = page_of(found, saved.observed)
    save_fit(Fitted(found, {}), saved.observed, saved.manifest, out, page=page)
