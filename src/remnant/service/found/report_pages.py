"""The parts of the report as pages of the app: the words, and apart from them the charts and drawers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.report.parts import Part, methods_part, patient_part, study_part
from remnant.service.found import figures, slices
from remnant.service.found.findings import Standing, standing
from remnant.service.found.pages import Piece, kept
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord

STUDY = "study"
WORDS, CONTENTS = "words", "contents"


@dataclass(frozen=True)
class Contents:
    """What belongs to the words of a page.

    Parameters
    ----------
    packages : list of str
        Names of its charts and drawers, as `package` takes them.
    files : dict of str to str
        Address of the files of each chart, GROUP/KEY, but for their ending.
    """

    packages: list[str]
    files: dict[str, str]


def study_texts(findings: Findings, slug: str) -> dict[str, str | bytes]:
    """Return the page of the study and its charts, by name.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    slug : str
        Of the study, for the addresses of its patients.
    """
    study = study_part(findings, links=lambda number: f"/s/{slug}/patients/{number}")
    return _texts(None, slug, study, methods_part(findings))


def patient_texts(findings: Findings, number: int, slug: str) -> dict[str, str | bytes]:
    """Return the page of the one patient of these findings, whose number it is, and its charts."""
    return _texts(number, slug, patient_part(findings, 1))


def _texts(number: int | None, slug: str, *parts: Part) -> dict[str, str | bytes]:
    packages: dict[str, str | bytes] = dict(package for part in parts for package in part.texts())
    return packages | {
        WORDS: "\n".join(part.html for part in parts),
        CONTENTS: json.dumps(Contents(sorted(packages), _files(number, slug, *parts)).__dict__),
    }


def _files(number: int | None, slug: str, *parts: Part) -> dict[str, str]:
    """Return where the files of each chart on a page are, but for their ending."""
    albums = [specs for part in parts for specs in part.album.specs.items() if specs[0] != "templates"]
    charts = [(group, key) for group, specs in albums for key in specs]
    tubes = [key for group, key in charts if group.startswith("gates-")]
    named = {key: figures.name_on_page(key, group, number, tubes) for group, key in charts}
    return {f"{group}/{key}": f"/s/{slug}/figures/{named[key]}" for group, key in charts if named[key]}


def words_of_study(store: Store, at: Standing) -> Piece:
    """Return the words of the page of the study, once `slices.prepared` has nothing left to do."""
    piece = kept(
        store, page_key(at, STUDY), WORDS, lambda: study_texts(slices.whole_of(store, at), at.record.slug)
    )
    assert piece is not None, "a page has words"
    return piece


def words_of_patient(store: Store, at: Standing, number: int) -> Piece:
    """Return the words of the page of a patient.

    Raises
    ------
    NotHere
        If there is no such patient.
    """
    piece = _of_patient(store, at, number, WORDS)
    assert piece is not None, "a page has words"
    return piece


def contents_of(store: Store, at: Standing, page: str) -> Contents:
    """Return what belongs to a page, the study's or that of a patient's number."""
    piece = package(store, at, page, CONTENTS)
    assert piece is not None, "a page has contents"
    return Contents(**json.loads(piece.text))


def package(store: Store, at: Standing, page: str, name: str) -> Piece | None:
    """Return one package as JSON; None if the page has no such package."""
    if page == STUDY:
        return kept(
            store, page_key(at, STUDY), name, lambda: study_texts(slices.whole_of(store, at), at.record.slug)
        )
    return _of_patient(store, at, int(page), name) if page.isdecimal() and len(page) < 9 else None


def _of_patient(store: Store, at: Standing, number: int, name: str) -> Piece | None:
    slices.check_number(store, at, number)
    key = page_key(at, str(number))
    return kept(
        store,
        key,
        name,
        lambda: patient_texts(slices.findings_of_patient(store, at, number), number, at.record.slug),
    )


def page_key(at: Standing, page: str) -> str:
    """Name all that a page depends on but the program."""
    return "\0".join((at.key, at.record.slug, page))


def lay_out(store: Store, record: StudyRecord, told: Callable[[int, int, str], None]) -> None:
    """Make every page of the newest analysis, so that none is made while somebody waits.

    Parameters
    ----------
    store, record : Store, StudyRecord
        Of which study.
    told : callable
        Told how many pages are made, of how many, and what is under way.
    """
    at = standing(store, record)
    if at.analysis is None:
        return
    slices.cut_here(store, at)
    rows = slices.rows(store, at)
    for row in rows:
        told(row.number - 1, len(rows), f"laying out pages: {row.number - 1:,} of {len(rows):,}")
        words_of_patient(store, at, row.number)
