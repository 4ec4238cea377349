"""The page: one HTML file that needs nothing else, now or in ten years."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from remnant.analysis.findings import Findings
from remnant.figures.states import LOOKS
from remnant.figures.theme import NIGHT
from remnant.report import (
    cohort,
    diagnosis,
    events,
    fit_methods,
    fit_section,
    glossary,
    haematopoiesis,
    methods,
    overview,
    patient,
    recovery,
    responses,
    sentences,
    survival,
)
from remnant.report.charts import Album, pack
from remnant.report.drawers import Shelf
from remnant.report.offline import asset, bound, environment, library
from remnant.report.tables import Cell, Table


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
    return bound(environment().get_template("page.html.j2").render(**_context(findings, album)))


def _context(findings: Findings, album: Album) -> dict[str, Any]:
    plan = findings.plan
    chosen = cohort.chosen_pairs(findings)
    shelf = Shelf("drawers-study")
    curves = survival.freedom(findings, album)
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
        "cohort": cohort.swimmer(findings, album),
        "overview": overview.table(findings),
        "paired": cohort.paired(findings, chosen, album),
        "forest": cohort.forest(findings, chosen, album),
        "pooled": cohort.pooled(findings),
        "compared": shelf.put_all(
            shelf.put(
                "Each patient in the light of the study", "joint model", cohort.own_differences(findings)
            ),
            shelf.put("Under other priors", "of the joint model", cohort.sensitivity(findings)),
        ),
        "cultures": shelf.put_all(
            shelf.put("Each patient", "functional stem cells", recovery.changes(findings))
        ),
        "cultures_pooled": recovery.pooled(findings),
        "culture_says": recovery.sentences(findings),
        "rates": responses.rates(findings),
        "diagnoses": diagnosis.cohort(findings),
        "toxicity": haematopoiesis.toxicity(findings),
        "leads": events.pooled(findings),
        "interval_freedom": survival.interval_freedom(findings, album),
        "interval_note": survival.INTERVAL_NOTE,
        "incidence": survival.incidence(findings, album),
        "swimmer": survival.swimmer(findings, album),
        "interval_table": survival.interval_table(findings),
        "times": shelf.put_all(
            shelf.put(
                "Kaplan-Meier", "each return at the visit that showed it", survival.returns(findings), *curves
            )
        ),
        "associations": survival.associations(findings),
        "association": survival.association_sentence(findings),
        "statements": cohort.statements(findings),
        "patients": patients,
        "forecast": fit_section.cohort(findings),
        "methods": methods.sections(findings)
        + ([] if findings.fit is None else fit_methods.short(findings.fit)),
        "readings": methods.readings(findings),
        "choices": shelf.put("Every choice", "by its key in study.toml", methods.choices(plan)),
        "references": glossary.REFERENCES,
        "glossary": glossary.GLOSSARY,
        "origin": findings.origin,
        "version": findings.origin.version,
        "kind": "",
        "skip": ("verdict", "verdict"),
        "inputs": shelf.put(
            "Files read, with their SHA-256", str(len(findings.origin.inputs)), _inputs(findings)
        ),
        "night": NIGHT,
        "style": asset("style.css"),
        "behaviour": asset("behaviour.js"),
        "library": library(),
        "packages": [*album.packages(), _packed(shelf), *map(_drawers, patients)],
    }


def _packed(shelf: Shelf) -> tuple[str, str]:
    module: Any = environment().get_template("drawers.html.j2").module
    return shelf.group, pack(json.dumps([bound(module.contents(drawer)) for drawer in shelf.drawers]))


def _drawers(view: patient.PatientView) -> tuple[str, str]:
    """Return the package of a patient's drawers: those of the sections, then the gates of each tube."""
    module: Any = environment().get_template("drawers.html.j2").module
    contents = [bound(module.contents(drawer)) for drawer in view.shelf.drawers]
    contents += [bound(module.gates(tube)) for tube in view.tubes]
    return view.shelf.group, pack(json.dumps(contents))


def _inputs(findings: Findings) -> Table:
    rows = tuple((Cell(name), Cell(digest)) for name, digest in findings.origin.inputs)
    return Table("Files of the study as they were read.", ("File", "SHA-256"), rows)
