"""The findings of each patient alone, kept beside the store: cut once from the whole, read at once."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from remnant.analysis.findings import Findings
from remnant.analysis.one_patient import of_patients
from remnant.analysis.results import FINDINGS
from remnant.errors import Fault, NotHere
from remnant.service.found.cohort_questions import PatientRow, rows_of
from remnant.service.found.findings import Standing, folder, loaded
from remnant.service.found.pages import program, read, write
from remnant.service.what_if.hands import Hands, answered
from remnant.store.house import Store
from remnant.store.records import adapter, from_json

HERE_BYTES = 24 * 1024 * 1024  # larger findings are cut in a process of their own: no other page waits

QUICK = 1  # level of zlib: a tighter one takes longer than all the rest of the cut

# What is said of all patients: no page of one asks for it.
OF_ALL = ("time_to_event", "incidence", "associations", "interval_times", "statements", "pooled_leads")

_HANDS = Hands()
_LOCK = threading.Lock()
_ROWS = TypeAdapter(tuple[PatientRow, ...])


def cut(place: Path, analysis: Path, fit: Path | None) -> None:
    """Cut the findings of an analysis, patient by patient, into a folder.

    Parameters
    ----------
    place : Path
        Where; N.z is patient N, `rows.z` lists them all.
    analysis, fit : Path, Path or None
        Folders of the results.
    """
    findings = loaded(analysis, fit)
    kind = adapter(Findings)
    each = zip(of_patients(findings), findings.timelines, strict=True)
    nothing: dict[str, Any] = dict.fromkeys(OF_ALL, ())
    for number, (own, timeline) in enumerate(each, 1):
        text = kind.dump_json(replace(own, timelines=(timeline,), **nothing))
        write(place / f"{number}.z", text, QUICK)
    write(place / "rows.z", _ROWS.dump_json(rows_of(findings)))


def cut_with_page(
    home: Path, place: Path, analysis: Path, fit: Path | None, slug: str, page: str, drawn: str
) -> None:
    """Cut the findings, and make the page and the figures of the study while all of them are there."""
    from remnant.service.found import figures, pages, report_pages

    cut(place, analysis, fit)
    pages.make_ahead(home, page, lambda: report_pages.study_texts(loaded(analysis, fit), slug))
    pages.make_ahead(home, drawn, lambda: figures.study_specs(loaded(analysis, fit)))


def ready(store: Store, at: Standing, *, wait_s: float = 2.5) -> bool:
    """Say whether the findings are cut, within so many seconds; see `prepared`."""
    waited = prepared(store, at)
    if waited is None:
        return True
    answered(waited, wait_s)
    return waited.done()


def prepared(store: Store, at: Standing) -> Future[None] | None:
    """Cut the findings if they are not yet; None when they are there, else what is waited for.

    Raises
    ------
    ResultsError
        If the results are of another version, or a part of them is gone.
    """
    place = _place(store, at)
    if (place / "rows.z").is_file():
        return None
    analysis, work = _folders(store, at)[0], _work(store, at)
    if (analysis / FINDINGS).is_file() and (analysis / FINDINGS).stat().st_size > HERE_BYTES:
        return _HANDS.ask((str(place),), cut_with_page, *work)
    with _LOCK:
        if not (place / "rows.z").is_file():
            cut_with_page(*work)
    return None


def cut_here(store: Store, at: Standing) -> None:
    """Cut the findings in this process, which nobody waits for."""
    if not (_place(store, at) / "rows.z").is_file():
        cut_with_page(*_work(store, at))


def _work(store: Store, at: Standing) -> tuple[Path, Path, Path, Path | None, str, str, str]:
    from remnant.service.found.figures import study_key
    from remnant.service.found.report_pages import STUDY, page_key

    keys = page_key(at, STUDY), study_key(at)
    return (store.home, _place(store, at), *_folders(store, at), at.record.slug, *keys)


def whole_of(store: Store, at: Standing) -> Findings:
    """Return all findings: for what is of all patients, and was not made when they were cut."""
    return loaded(*_folders(store, at))


def rows(store: Store, at: Standing) -> tuple[PatientRow, ...]:
    """Return the patients of an analysis that is cut."""
    return _listed(_place(store, at) / "rows.z")


@lru_cache(maxsize=16)
def _listed(path: Path) -> tuple[PatientRow, ...]:
    text = read(path)
    assert text is not None, "not cut yet"
    return _ROWS.validate_json(text)


def check_number(store: Store, at: Standing, number: int) -> PatientRow:
    """Return the patient of a number.

    Raises
    ------
    NotHere
        If there is none.
    """
    known = rows(store, at)
    if not 1 <= number <= len(known):
        expected = f"1 to {len(known)}" if known else "no patient was analysed"
        hint = "numbers follow the order of patients.csv at the time of the analysis"
        raise NotHere([Fault(at.record.slug, None, "patient", str(number), expected, hint)])
    return known[number - 1]


def text_of_patient(store: Store, at: Standing, number: int) -> bytes:
    """Return the findings of one patient as JSON; NotHere if there is no such patient."""
    check_number(store, at, number)
    text = read(_place(store, at) / f"{number}.z")
    if text is None:  # someone has emptied the cache in part: it is made again
        cut(_place(store, at), *_folders(store, at))
        text = read(_place(store, at) / f"{number}.z")
    assert text is not None, "it was just cut"
    return text


def findings_of_patient(store: Store, at: Standing, number: int) -> Findings:
    """Return the findings of one patient; NotHere if there is no such patient."""
    return from_json(Findings, text_of_patient(store, at, number), source=f"patient {number}")


def _place(store: Store, at: Standing) -> Path:
    return _cut_into(store.home, at.key)


@lru_cache(maxsize=64)
def _cut_into(home: Path, key: str) -> Path:
    return home / "cache" / "findings" / f"{key}-{program()}"


def _folders(store: Store, at: Standing) -> tuple[Path, Path | None]:
    assert at.analysis is not None, "nothing was analysed"
    return folder(store, at.analysis), None if at.fit is None else folder(store, at.fit)
