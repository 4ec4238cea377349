"""The report in parts: the study, each patient, the methods. A page is some of them in a frame.

Each part brings the words it shows and the packages of its charts and drawers, so that a page of everything,
a page of one patient and a page of the web app are made of the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from remnant.analysis.findings import Findings
from remnant.figures.theme import unchecked
from remnant.report import (
    cohort,
    diagnosis,
    events,
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
from remnant.report.bibliography import bibtex, cited, listed, numbered, sections_of
from remnant.report.charts import Album, pack
from remnant.report.drawers import Shelf
from remnant.report.offline import bound, environment
from remnant.report.roster import roster
from remnant.report.tables import Cell, Table
from remnant.report.tubes import TubeView


@dataclass(frozen=True)
class Part:
    """A part of the report: a piece of a page, and what its script unpacks.

    Parameters
    ----------
    html : Markup
        One or more sections.
    album : Album
        Its charts.
    drawers : tuple of (str, list of str)
        The contents of its drawers, by the name of their package.
    """

    html: Markup
    album: Album
    drawers: tuple[tuple[str, list[str]], ...]

    def packages(self) -> list[tuple[str, str]]:
        """Return name and packed text of everything that the page holds beneath its words.

        Each goes into `<script type="application/octet-stream" id="charts-NAME">`, which nothing runs.
        """
        return [(name, pack(text)) for name, text in self.texts()]

    def texts(self) -> list[tuple[str, str]]:
        """Return the same as JSON."""
        return [*self.album.texts(), *_texts_of_drawers([self])]


def packed_drawers(parts: Iterable[Part]) -> list[tuple[str, str]]:
    """Return the drawers of several parts, packed."""
    return [(name, pack(text)) for name, text in _texts_of_drawers(parts)]


def _texts_of_drawers(parts: Iterable[Part]) -> list[tuple[str, str]]:
    return [
        (name, json.dumps(contents, ensure_ascii=False)) for part in parts for name, contents in part.drawers
    ]


def study_part(findings: Findings, *, links: patient.Links = patient.on_this_page) -> Part:
    """Return the study as a whole.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    links : function of int to str
        Where the page of the patient of this number is, from 1 on.
    """
    album, shelf = Album(), Shelf("drawers-study")
    with unchecked():
        context = _study(findings, links, album, shelf)
    return _part("study.html.j2", context, album, (shelf, ()))


def patient_part(findings: Findings, number: int, *, alone: bool = True) -> Part:
    """Return one patient.

    Parameters
    ----------
    findings : Findings
        Everything that was found, or what `of_patients` leaves of it for this patient.
    number : int
        From 1 on, in the order of the study's patients.
    alone : bool
        Whether the page shows nobody else: then the patient's name is its title.
    """
    album = Album()
    with unchecked():
        view = patient.view(findings, findings.timelines[number - 1], f"patient-{number}", album)
    context = {
        "p": view,
        "alone": alone,
        "synthetic": findings.plan.study.synthetic,
        "study": findings.plan.study.title,
    }
    return _part("patient.html.j2", context, album, (view.shelf, view.tubes))


def methods_part(findings: Findings) -> Part:
    """Return how it was done, what the words mean, and what the numbers were made from."""
    shelf, plan = Shelf("drawers-methods"), findings.plan
    sections = sections_of(findings)
    keys = cited(sections)
    context = {
        "methods": [(heading, [numbered(text, keys) for text in texts]) for heading, texts in sections],
        "readings": methods.readings(findings),
        "choices": shelf.put("Every choice", "by its key in study.toml", methods.choices(plan)),
        "references": listed(keys),
        "bibtex": bibtex(keys),
        "glossary": glossary.GLOSSARY,
        "origin": findings.origin,
        "seed": plan.analysis.seed,
        "inputs": shelf.put(
            "Files read, with their SHA-256", str(len(findings.origin.inputs)), _inputs(findings)
        ),
    }
    return _part("methods.html.j2", context, Album(), (shelf, ()))


def _part(
    template: str, context: dict[str, Any], album: Album, kept: tuple[Shelf, tuple[TubeView, ...]]
) -> Part:
    """Write the words of a part, and those of its drawers: of the sections, then the gates of each tube."""
    shelf, tubes = kept
    written: Any = environment().get_template("drawers.html.j2").module
    contents = [bound(written.contents(drawer)) for drawer in shelf.drawers]
    contents += [bound(written.gates(tube)) for tube in tubes]
    html = Markup(bound(environment().get_template(template).render(**context)))
    return Part(html, album, ((shelf.group, contents),))


def _study(findings: Findings, links: patient.Links, album: Album, shelf: Shelf) -> dict[str, Any]:
    plan, chosen = findings.plan, cohort.chosen_pairs(findings)
    curves = survival.freedom(findings, album)
    lanes, swimmers = cohort.everybody(findings, album), survival.swimmer(findings, album)
    pairs, odds = cohort.paired(findings, chosen, album), cohort.forest(findings, chosen, album)
    return {
        "title": plan.study.title,
        "clone": plan.clone.name,
        "anchor": plan.study.anchor,
        "synthetic": plan.study.synthetic,
        "verdict": sentences.study(findings),
        "tiles": overview.tiles(findings),
        "notes": findings.notes,
        "states": patient.seen(findings.courses),
        "cohort": lanes[:1],
        "cohort_bands": cohort.further(lanes, shelf),
        "roster": roster(findings, links),
        "overview": shelf.put_all(
            shelf.put("Clone fractions and days of return", "patient by patient", overview.table(findings))
        ),
        "paired": pairs[:1],
        "forest": odds[:1],
        "pair_bands": shelf.put_all(
            *(shelf.put(one.title, "", one, other) for one, other in zip(pairs[1:], odds[1:], strict=True))
        ),
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
        "swimmer": swimmers[:1],
        "swimmer_bands": cohort.further(swimmers, shelf),
        "interval_table": survival.interval_table(findings),
        "times": shelf.put_all(
            shelf.put(
                "Kaplan-Meier", "each return at the visit that showed it", survival.returns(findings), *curves
            )
        ),
        "associations": survival.associations(findings),
        "association": survival.association_sentence(findings),
        "statements": cohort.statements(findings),
        "forecast": fit_section.cohort(findings),
    }


def _inputs(findings: Findings) -> Table:
    rows = tuple((Cell(name), Cell(digest)) for name, digest in findings.origin.inputs)
    return Table("Files of the study as they were read.", ("File", "SHA-256"), rows)
