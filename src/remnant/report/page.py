"""The page: one HTML file that needs nothing else, now or in ten years."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from remnant.analysis.findings import Findings
from remnant.figures.cohort import plot_cohort
from remnant.figures.paired import plot_paired
from remnant.figures.pooled import plot_pooled
from remnant.figures.states import LOOKS
from remnant.figures.survival import plot_freedom
from remnant.figures.theme import NIGHT
from remnant.persistence.selective import SelectivePersistence
from remnant.report import methods, numbers, overview, patient, phrases, sentences, tables
from remnant.report.charts import Album, Figure, pack
from remnant.report.tables import Cell, Table

SNIPPET = "window.vegaEmbed = vegaEmbed;"
VERDICT_LOOKS = {"supported": "yes", "contradicted": "no"}


def write_report(findings: Findings, destination: Path) -> None:
    """Write everything that was found as one offline HTML page.

    The page asks nothing of any network, and says so to the browser. What the study's files hold is shown
    as text whatever it looks like.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    destination : Path
        The file to write; its folder is made.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(render(findings), encoding="utf-8")


def render(findings: Findings) -> str:
    """Return the page as text."""
    album = Album()
    return _bound(_environment().get_template("page.html.j2").render(**_context(findings, album)))


@cache
def _environment() -> Environment:
    loader = PackageLoader("remnant.report", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _library() -> str:
    """Return the packed code that draws every chart."""
    return pack(vl_convert.javascript_bundle(SNIPPET))


def _asset(name: str) -> Markup:
    # Our own file, not the study's: the one thing that is not escaped.
    return Markup(files("remnant.report").joinpath("templates", name).read_text(encoding="utf-8"))


def _context(findings: Findings, album: Album) -> dict[str, Any]:
    plan = findings.plan
    chosen = _telling(findings)
    patients = [
        patient.view(findings, timeline, f"patient-{number}", album)
        for number, timeline in enumerate(findings.timelines, 1)
    ]
    return {
        "title": plan.study.title,
        "clone": plan.clone.name,
        "anchor": plan.study.anchor,
        "synthetic": plan.study.synthetic,
        "seed": plan.analysis.seed,
        "verdict": sentences.study(findings),
        "tiles": overview.tiles(findings),
        "notes": findings.notes,
        "states": [(str(state), look) for state, look in LOOKS.items()],
        "cohort": _cohort(findings, album),
        "overview": overview.table(findings),
        "paired": _paired(findings, chosen, album),
        "forest": _forest(findings, chosen, album),
        "pooled": _pooled(findings),
        "freedom": _freedom(findings, album),
        "statements": _statements(findings),
        "patients": patients,
        "methods": methods.sections(findings),
        "choices": methods.choices(plan),
        "references": methods.REFERENCES,
        "glossary": methods.GLOSSARY,
        "origin": findings.origin,
        "inputs": _inputs(findings),
        "night": NIGHT,
        "style": _asset("style.css"),
        "behaviour": _asset("behaviour.js"),
        "library": _library(),
        "packages": [*album.packages(), *map(_drawers, patients)],
    }


def _drawers(view: patient.PatientView) -> tuple[str, str]:
    """Return the package of a patient's drawers: the rules of each call, then the gates of each tube."""
    module: Any = _environment().get_template("drawers.html.j2").module
    contents = [_bound(module.rules(call)) for call in view.responses]
    contents += [_bound(module.gates(tube)) for tube in view.tubes]
    return view.drawers, pack(json.dumps(contents))


def _bound(text: str) -> str:
    """Tie each percent sign to its number: a line must not break between them."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text)


def _telling(findings: Findings) -> list[SelectivePersistence]:
    """Choose one comparison in remission of each patient that has one."""
    chosen = []
    for timeline in findings.timelines:
        pairs = [p for p in findings.selective if p.patient_id == timeline.patient_id and p.in_remission]
        if pair := sentences.telling(pairs):
            chosen.append(pair)
    return chosen


def _cohort(findings: Findings, album: Album) -> Figure | None:
    if not findings.timelines:
        return None
    chart = plot_cohort(
        findings.timelines, findings.courses, findings.relapses, anchor=findings.plan.study.anchor
    )
    caption = (
        "A lane for each patient; grey bars beneath are therapy, discs are visits with the state of the "
        "course, red marks above are returns, each on the first day that shows it; † died, › alive or last "
        "seen."
    )
    room = 60 + 62 * len(findings.timelines)
    return album.put(chart, "study", "cohort", "All patients", caption, room)


def _paired(findings: Findings, chosen: list[SelectivePersistence], album: Album) -> Figure | None:
    if not chosen:
        return None
    caption = "Clone fraction of both compartments of the same sample, one visit of each patient."
    chart = plot_paired(chosen, clone=findings.plan.clone.name)
    return album.put(chart, "study", "paired", "Clone fraction", caption, 50 + 40 * len(chosen))


def _forest(findings: Findings, chosen: list[SelectivePersistence], album: Album) -> Figure | None:
    if not chosen:
        return None
    effect = next((effect for effect in findings.pooled if effect.phase == "remission"), None)
    caption = (
        "How many times higher the odds of the clone are in stem cells; right of 1, stem cells are spared. "
        "The diamond is the mean over patients."
    )
    room = 50 + 40 * (len(chosen) + 1)
    return album.put(plot_pooled(chosen, effect), "study", "forest", "Odds ratio", caption, room)


def _pooled(findings: Findings) -> Table | None:
    rows = [
        (
            Cell(effect.phase),
            tables.number(numbers.count(effect.patients)),
            tables.estimate(effect.log_odds, numbers.odds),
            tables.number("–" if effect.spread is None else numbers.significant(effect.spread)),
            tables.number("–" if effect.probability is None else numbers.probability(effect.probability)),
            tables.number("–" if effect.sign_p is None else numbers.p_value(effect.sign_p)),
            tables.number("–" if effect.smallest_p is None else numbers.p_value(effect.smallest_p)),
        )
        for effect in findings.pooled
    ]
    header = ("Phase", "Patients", "Odds ratio", "Spread", "P(above 1)", "Sign test p", "Smallest p")
    caption = (
        "Mean over patients of the odds of the clone, stem against progenitor. Spread: standard deviation "
        "between patients, on the log-odds scale. Smallest p: the least that a sign test can give with so "
        "many patients."
    )
    return Table(caption, header, tuple(rows)) if rows else None


def _freedom(findings: Findings, album: Album) -> list[Figure]:
    figures = []
    for curve in findings.time_to_event:
        if not curve.patients or not curve.days:
            continue
        median = "not reached" if curve.median_days is None else numbers.months(curve.median_days)
        caption = (
            f"{curve.events} of {phrases.counted(curve.patients, 'patient')} with the event; median "
            f"{median}. Patients without it count until they were last seen; death is not an event here."
        )
        title = f"Freedom from {curve.kind} return"
        key = f"freedom-{curve.kind}"
        figures.append(album.put(plot_freedom(curve), "study", key, title, caption, 270))
    return figures


def _statements(findings: Findings) -> Table | None:
    rows = [
        (
            tables.number(str(item.number)),
            Cell(item.text),
            Cell(str(item.verdict), look=VERDICT_LOOKS.get(str(item.verdict), "open")),
            Cell(item.evidence),
            tables.number(numbers.count(item.patients)),
        )
        for item in findings.statements
    ]
    header = ("", "Statement", "Here", "Evidence", "Patients")
    return Table("Each statement and what this study says of it.", header, tuple(rows)) if rows else None


def _inputs(findings: Findings) -> Table:
    rows = tuple((Cell(name), Cell(digest)) for name, digest in findings.origin.inputs)
    return Table("Files of the study as they were read.", ("File", "SHA-256"), rows)
