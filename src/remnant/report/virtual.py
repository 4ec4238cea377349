"""The page of a virtual cohort: scenarios side by side, how deep, how long, and what was put in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remnant.cohort.comparison.compare import Compared, Comparison, titles_of
from remnant.cohort.comparison.paired import Difference
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.scenario.length import years_in_words
from remnant.cohort.scenario.preset import preset_of
from remnant.cohort.scenario.text import scenario_text
from remnant.cohort.summary.summary import CohortSummary, Share
from remnant.dynamics.model.priors import Prior
from remnant.figures.theme import DAYS_PER_MONTH
from remnant.figures.virtual_curves import ASKED, plot_virtual_curves
from remnant.figures.virtual_depth import plot_virtual_depth
from remnant.report import numbers
from remnant.report.charts import Album, Figure
from remnant.report.frame import framed
from remnant.report.offline import alone, bound
from remnant.report.tables import Cell, Table, number, table

GROUP = "virtual"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LAWS = {
    "fixed": "{0:g}, fixed",
    "lognormal": "LogN(log {0:g}, {1:g})",
    "logit-normal": "logit-N({0:g}, {1:g})",
    "half-normal": "half-N(0, {1:g})",
    "beta": "Beta({0:g}, {1:g})",
    "normal": "N({0:g}, {1:g})",
    "uniform": "uniform",
}


def write_cohort_page(
    plans: Sequence[CohortPlan],
    summaries: Sequence[CohortSummary],
    comparison: Comparison | None,
    destination: Path,
) -> None:
    """Write virtual cohorts as one offline HTML page.

    Parameters
    ----------
    plans, summaries : sequence
        One of each for every scenario, of one preset.
    comparison : Comparison or None
        Of the scenarios in the same patients; None for one scenario.
    destination : Path
        The file to write; its folder is made.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    album = Album()
    page = framed("virtual.html.j2", **_context(plans, summaries, comparison, album))
    destination.write_text(bound(page), encoding="utf-8")


def _context(
    plans: Sequence[CohortPlan],
    summaries: Sequence[CohortSummary],
    comparison: Comparison | None,
    album: Album,
) -> dict[str, Any]:
    plan, titles = plans[0], titles_of(plans)
    letters = LETTERS[: len(plans)] if len(plans) > 1 else [titles[0]]
    preset = preset_of(plan.scenario)
    return {
        "title": titles[0] if len(plans) == 1 else f"{len(plans)} scenarios side by side",
        "kicker": f"{preset.title} · {plan.patients:,} virtual patients · {years_in_words(plan.years)}",
        "notice": summaries[0].notice,
        "lede": [
            _lede(title if len(plans) == 1 else f"{letter}. {title}", one)
            for letter, title, one in zip(letters, titles, summaries, strict=True)
        ],
        "shares": _shares(letters, summaries),
        "compared": None if comparison is None else _compared(letters, comparison),
        "compared_notes": () if comparison is None else comparison.notes,
        "medians": _medians(letters, summaries),
        "figures": _figures(summaries, album),
        "depths": _depth(summaries, album),
        "spreads": [_spreads(title, one) for title, one in zip(titles, summaries, strict=True)],
        "priors": _priors([*preset.priors()]),
        "scenarios": [(title, scenario_text(one.scenario)) for title, one in zip(titles, plans, strict=True)],
        "method": plan.method,
        "seed": plan.seed,
        "kind": "virtual",
        "skip": ("answer", "answer"),
        "outfit": alone(),
        "packages": album.packages(),
    }


def _lede(title: str, summary: CohortSummary) -> str:
    """Say the main finding of one scenario in a sentence."""
    response = summary.share("complete_response")
    told = [f"{title}: {_of(response)} reach a complete cytogenetic response"]
    kept = summary.curve("cytogenetic_relapse_free")
    if kept.patients:
        half = "more than the follow-up" if kept.median_day is None else _months(kept.median_day)
        told.append(f"half of these keep it for {half}")
    if summary.cure is not None:
        told.append(f"in {_of(summary.cure)} not one stem cell of the clone is left at the end")
    return "; ".join(told) + "."


def _of(share: Share) -> str:
    return "none asked" if share.share is None else numbers.percent(share.share)


def _months(days: float) -> str:
    return f"{days / DAYS_PER_MONTH:.1f} months"


def _shares(titles: Sequence[str], summaries: Sequence[CohortSummary]) -> Table | None:
    rows = []
    for question in [*summaries[0].shares, *([summaries[0].cure] if summaries[0].cure else [])]:
        answers = [
            summary.cure if question.name == "cured" else summary.share(question.name)
            for summary in summaries
        ]
        if any(answer is not None and answer.among for answer in answers):
            rows.append((Cell(question.meaning), *(_share(answer) for answer in answers)))
    caption = "How many of the virtual patients. Limits: exact 95 % of the simulation, not of the model."
    return table(caption, "|".join(["Question", *titles]), rows)


def _share(answer: Share | None) -> Cell:
    if answer is None or answer.share is None or answer.lower is None or answer.upper is None:
        return number("–", "nobody to ask")
    limits = f"{numbers.percent(answer.lower)} to {numbers.percent(answer.upper)}"
    return number(numbers.percent(answer.share), f"{limits}; {answer.count:,} of {answer.among:,}")


def _medians(titles: Sequence[str], summaries: Sequence[CohortSummary]) -> Table | None:
    rows = []
    for asked in summaries[0].curves:
        cells = []
        for summary in summaries:
            curve = summary.curve(asked.name)
            half = "not reached" if curve.median_day is None else _months(curve.median_day)
            cells.append(number(half if curve.patients else "–", f"{curve.events:,} of {curve.patients:,}"))
        rows.append((Cell(asked.meaning), *cells))
    caption = "Median times by Kaplan-Meier, with events among patients at risk. Nobody dies in the model."
    return table(caption, "|".join(["Time", *titles]), rows)


def _compared(letters: Sequence[str], comparison: Comparison) -> Table | None:
    rows = []
    for measure in comparison.measures:
        if measure.reason:
            rows.append((Cell(measure.meaning, measure.reason), *([Cell("–")] * len(comparison.titles))))
            continue
        base = number(_value(measure, measure.values[0].value))
        differences = (_difference(measure, one) for one in measure.differences)
        rows.append((Cell(measure.meaning), base, *differences))
    caption = (
        "The first scenario, and each other less the first, in the same patients with the same chances; "
        "95 % limits of the simulation."
    )
    first, *others = letters
    header = ["Measure", first, *(f"{other} less {first}" for other in others)]
    return table(caption, "|".join(header), rows)


def _value(measure: Compared, value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return numbers.percent(value) if measure.unit == "share" else f"{value:,.0f} {measure.unit}"


def _difference(measure: Compared, one: Difference) -> Cell:
    if one.value is None:
        return number("–")
    scale, unit, places = (100, "points", 1) if measure.unit == "share" else (1, measure.unit, 0)
    said = _signed(scale * one.value, places)
    if one.lower is None or one.upper is None:
        return number(f"{said} {unit}")
    limits = f"{_signed(scale * one.lower, places)} to {_signed(scale * one.upper, places)}"
    return number(f"{said} {unit}", limits)


def _signed(value: float, places: int) -> str:
    return f"{value:+,.{places}f}".replace("-", numbers.MINUS)


def _figures(summaries: Sequence[CohortSummary], album: Album) -> list[Figure]:
    figures = []
    for name, axis in ASKED.items():
        if not any(one.curve(name).patients for one in summaries):
            continue
        chart = plot_virtual_curves(summaries, [name])
        meaning = f"{summaries[0].curve(name).meaning}."
        figures.append(album.put(chart, GROUP, name, axis, meaning, 230 + 20 * len(summaries)))
    return figures


def _depth(summaries: Sequence[CohortSummary], album: Album) -> Figure:
    caption = (
        "The clone's share of stem cells and of progenitors. A remission that empties progenitors, not stem "
        "cells is the one that hides the return."
    )
    height = 60 + 230 * len(summaries)
    return album.put(plot_virtual_depth(summaries), GROUP, "depth", "Depth of remission", caption, height)


def _spreads(title: str, summary: CohortSummary) -> Table | None:
    rows = []
    for one in summary.spreads:
        if not one.patients:
            continue
        log, unit = one.unit.startswith("log10 "), one.unit.removeprefix("log10 ")
        values = (one.q05, one.q25, one.q50, one.q75, one.q95)
        cells = (number("none" if v is None else _plain(10**v if log else v)) for v in values)
        rows.append((Cell(one.meaning, unit), *cells, number(f"{one.patients:,}", f"{one.zeros:,} zero")))
    return table(title, "Number|5 %|25 %|Median|75 %|95 %|Patients", rows)


def _plain(value: float) -> str:
    return f"{value:,.3g}".replace("-", numbers.MINUS) if abs(value) < 1000 else numbers.count(value)


def _priors(priors: Sequence[tuple[str, Prior]]) -> Table | None:
    rows = [
        (
            Cell(name, prior.note),
            Cell(LAWS[prior.law].format(prior.centre, prior.spread), prior.unit if prior.unit != "-" else ""),
            Cell(prior.source),
            Cell(prior.mark),
        )
        for name, prior in priors
    ]
    return table("What each virtual patient's numbers are drawn from.", "Number|Law|Source|Known how", rows)
