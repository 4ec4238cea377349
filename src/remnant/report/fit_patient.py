"""One fitted patient, made ready to be shown: on the page of the fit, and in the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remnant.analysis.fit_observed import Observed
from remnant.figures.fit_cure import plot_cure
from remnant.figures.fit_fan import plot_fan
from remnant.figures.fit_next import plot_next
from remnant.figures.fit_numbers import plot_numbers
from remnant.figures.fit_relapse import plot_chances
from remnant.figures.fit_spaghetti import plot_spaghetti
from remnant.figures.fit_what_if import plot_what_ifs
from remnant.inference.records import Fit
from remnant.report import fit_tables, fit_words
from remnant.report.charts import Album, Figure
from remnant.report.drawers import Drawer, Shelf
from remnant.report.tables import Table

BRIEF = ("stem fraction", "progenitor fraction", "transcript")  # what the report has room for
FAN = (
    "Median with its 50 % and 90 % bands; points: each assay alone with its interval, open "
    "triangles: not detected, "
    "below; shaded: under the drug; dashed: the day of now, after which all is forecast."
)
PAIRS = "Difference of the chance of relapse, and its 90 % interval."
NEXT = "Expected information about the forecast with two Monte Carlo errors; pale: all that is not known now."
LINES = "Each line is one draw of the posterior."
FOREST = "Grey: the prior; orange: the posterior; hollow: the data say next to nothing."


@dataclass(frozen=True)
class FittedView:
    """Everything that the section of a fitted patient shows, in its order."""

    slug: str
    name: str
    warning: str
    says: tuple[str, ...]
    figures: tuple[Figure, ...]
    pair: tuple[Figure, ...]
    forecasts: Table | None
    drawers: tuple[Drawer, ...]
    shelf: Shelf


def fan(
    fit: Fit, seen: Observed, patient_id: str, slug: str, album: Album, *, brief: bool = False
) -> Figure | None:
    """Put the fan chart of a patient on the page; a brief one has fewer panels and fewer points."""
    chart = (
        plot_fan(fit, seen, patient_id, only=BRIEF, points=40) if brief else plot_fan(fit, seen, patient_id)
    )
    if chart is None:
        return None
    room = (
        40 + sum(panel.height + 10 for panel in chart.vconcat if isinstance(panel.height, int | float)) + 40
    )
    # Fans differ in their data alone: in one package the packer writes the rest of them once.
    return album.put(chart, "forecasts" if brief else "fans", slug, "Course and forecast", FAN, int(room))


def view(fit: Fit, seen: Observed, patient_id: str, slug: str, album: Album) -> FittedView:
    """Make one patient ready to be shown on the page of the fit.

    Parameters
    ----------
    fit, seen : Fit, Observed
        All of the fit, and what it is drawn over.
    patient_id : str
        Whose section.
    slug : str
        Name of the section in the page; never the patient's own, which may hold anything.
    album : Album
        Takes the charts.
    """
    shelf = Shelf(f"drawers-{slug}")
    course = fan(fit, seen, patient_id, slug, album)
    return FittedView(
        slug=slug,
        name=patient_id,
        warning=fit_words.warning_of(fit, patient_id),
        says=tuple(fit_words.patient(fit, patient_id)),
        figures=() if course is None else (course,),
        pair=_pair(fit, patient_id, slug, album, seen.anchor),
        forecasts=fit_tables.forecasts(fit, patient_id),
        drawers=_drawers(fit, seen, patient_id, slug, album, shelf),
        shelf=shelf,
    )


def _pair(fit: Fit, patient_id: str, slug: str, album: Album, anchor: str) -> tuple[Figure, ...]:
    """Return the smaller figures that stand side by side."""
    shown = []
    if (chances := plot_chances(fit, patient_id, anchor=anchor)) is not None:
        says = (
            "Share of the posterior that has relapsed, by day and kind; marks are at the years asked "
            "and at quantiles."
        )
        shown.append(album.put(chances, slug, "chances", "Chance of relapse", says, 260))
    if (cure := plot_cure(fit, patient_id)) is not None:
        says = "Mean and 90 % of the chance that not one malignant stem cell is left at the horizon."
        shown.append(album.put(cure, slug, "cure", "Cure, over the number of stem cells", says, 230))
    return tuple(shown)


def _drawers(
    fit: Fit, seen: Observed, patient_id: str, slug: str, album: Album, shelf: Shelf
) -> tuple[Drawer, ...]:
    own = [one for one in fit.numbers if one.patient_id == patient_id]
    told = f"{sum(not one.from_prior for one in own)} of {len(own)} told by the data"

    def figure(chart: Any, key: str, title: str, caption: str, height: int) -> Figure | None:
        return None if chart is None else album.put(chart, slug, key, title, caption, height)

    pairs = figure(plot_what_ifs(fit, patient_id), "pairs", "Other calendars", PAIRS, 200)
    candidates = figure(plot_next(fit, patient_id), "next", "What to measure next", NEXT, 260)
    lines = figure(plot_spaghetti(fit, seen, patient_id), "draws", "Single draws", LINES, 270)
    forest = figure(plot_numbers(fit, own), "numbers", "Prior and posterior", FOREST, 60 + 17 * len(own))
    table = fit_tables.numbers_of(fit, patient_id=patient_id) if own else None
    return shelf.put_all(
        shelf.put("Other calendars", "in the same draws", pairs, fit_tables.what_ifs(fit, patient_id)),
        shelf.put("What to measure next", "expected information", candidates),
        shelf.put("Single draws", "whole courses that the counts allow", lines),
        shelf.put("Own numbers", told, forest, table),
    )
