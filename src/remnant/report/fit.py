"""The page of a fit: the forecast first, each patient, the numbers behind, whether to believe them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from remnant.analysis.fit_observed import Observed
from remnant.figures.fit_checks import plot_checks, plot_pit
from remnant.figures.fit_mechanisms import plot_mechanisms
from remnant.figures.fit_numbers import plot_numbers
from remnant.figures.fit_relapse import plot_forecasts
from remnant.figures.theme import unchecked
from remnant.inference.records import Fit
from remnant.report import fit_methods, fit_tables, fit_words
from remnant.report.bibliography import cited, listed, numbered
from remnant.report.charts import Album, Figure, pack
from remnant.report.drawers import Shelf
from remnant.report.fit_patient import view
from remnant.report.frame import framed
from remnant.report.offline import alone, bound, environment

GROUP = "fit"


def write_fit_page(
    fit: Fit,
    seen: Observed,
    destination: Path,
    *,
    inputs: Sequence[tuple[str, str]] = (),
    choices: Sequence[tuple[str, str]] = (),
) -> None:
    """Write everything that a fit says as one offline HTML page.

    Parameters
    ----------
    fit, seen : Fit, Observed
        All of the fit, and what it is drawn over.
    destination : Path
        The file to write; its folder is made.
    inputs, choices : sequence of (str, str)
        Files with their SHA-256, and names and values of what was chosen.
    """
    album, shelf = Album(), Shelf("drawers-fit")
    with unchecked():
        context = _context(fit, seen, album, shelf, inputs, choices)
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(bound(framed("fit.html.j2", **context)), encoding="utf-8")


def _context(
    fit: Fit,
    seen: Observed,
    album: Album,
    shelf: Shelf,
    inputs: Sequence[tuple[str, str]],
    choices: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    patients = [view(fit, seen, name, f"patient-{n}", album) for n, name in enumerate(fit.patients, 1)]
    population = [one for one in fit.numbers if not one.patient_id]
    sections = fit_methods.paragraphs(fit)
    keys = cited(sections)
    context = {
        "title": fit.title,
        "clone": fit.clone,
        "anchor": seen.anchor,
        "synthetic": fit.synthetic,
        "warning": fit_words.warning(fit.diagnostics),
        "setting": fit_words.setting(fit),
        "notice": fit_words.FORECAST_NOTICE,
        "verdict": fit_words.verdict(fit),
        "forecasts": fit_tables.forecasts(fit),
        "without": fit_tables.without(fit),
        "strip": strip(fit, seen.anchor, GROUP, album),
        "patients": patients,
        "refusals": fit_tables.refusals(fit),
        "notes": fit.notes,
        "forest": _forest(fit, album),
        "numbers": shelf.put(
            "Every number of the population", str(len(population)), fit_tables.numbers_of(fit)
        ),
        "checks": fit_tables.checks(fit),
        "check_figures": _check_figures(fit, album),
        "check_rows": shelf.put("Every observation", str(len(fit.check_rows)), fit_tables.check_rows(fit)),
        "told_apart": fit.told_apart,
        "mechanism_figure": _mechanism_figure(fit, album),
        "mechanisms": fit_tables.mechanisms(fit),
        "diagnostics": fit_tables.diagnostics(fit),
        "scores": fit_tables.scores(fit),
        "methods": [(heading, [numbered(text, keys) for text in texts]) for heading, texts in sections],
        "references": listed(keys),
        "choices": choices,
        "inputs": shelf.put("Files read, with their SHA-256", str(len(inputs)), fit_tables.origin(inputs)),
        "seed": fit.seed,
        "kind": "fit",
        "skip": ("verdict", "forecast"),
        "outfit": alone(),
    }
    return context | {
        "packages": [*album.packages(), *(_packed(one) for one in [shelf, *(p.shelf for p in patients)])]
    }


def _packed(shelf: Shelf) -> tuple[str, str]:
    module: Any = environment().get_template("drawers.html.j2").module
    return shelf.group, pack(json.dumps([bound(module.contents(drawer)) for drawer in shelf.drawers]))


def strip(fit: Fit, anchor: str, group: str, album: Album) -> Figure | None:
    """Put the strip of all forecasts on a page."""
    chart = plot_forecasts(fit, anchor=anchor)
    if chart is None:
        return None
    caption = (
        "From the day of now (upright tick) to the horizon: median (triangle molecular, diamond "
        "cytogenetic, cross "
        "clinical), 50 % and 90 % of the day of relapse; at the right the share of the posterior "
        "without it by then."
    )
    return album.put(chart, group, "strip", "When relapse comes", caption, 90 + 58 * len(fit.patients))


def _forest(fit: Fit, album: Album) -> Figure | None:
    own = [one for one in fit.numbers if not one.patient_id]
    chart = plot_numbers(fit, own)
    if chart is None:
        return None
    caption = (
        "Each number on the scale of its prior. Grey: the prior; orange: the posterior; hollow: the "
        "data say next to "
        "nothing, and what the fit uses is the prior."
    )
    return album.put(
        chart, GROUP, "numbers", "Prior and posterior of the population", caption, 60 + 17 * len(own)
    )


def _check_figures(fit: Fit, album: Album) -> list[Figure]:
    figures = []
    if (scatter := plot_checks(fit)) is not None:
        says = (
            "Observed against expected, with 50 % and 90 % of replicates; red: outside; triangle: "
            "not detected."
        )
        figures.append(album.put(scatter, GROUP, "checks", "Predictive checks", says, 320))
    if (histogram := plot_pit(fit)) is not None:
        says = (
            "Where each observation fell among its replicates: flat, and within the band, where the "
            "model is right."
        )
        figures.append(album.put(histogram, GROUP, "pit", "Tails", says, 220))
    return figures


def _mechanism_figure(fit: Fit, album: Album) -> Figure | None:
    chart = plot_mechanisms(fit)
    if chart is None:
        return None
    says = (
        "Stacking weights, and distance from the best with two standard errors; red, hollow: not "
        "to be believed."
    )
    return album.put(chart, GROUP, "mechanisms", "Mechanisms", says, 130 + 44 * len(fit.mechanisms))
