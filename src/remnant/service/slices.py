"""The findings of each patient alone, kept beside the store: cut once from the whole, read in milliseconds."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from remnant.analysis.findings import Findings
from remnant.analysis.results import FINDINGS
from remnant.errors import Fault, NotHere
from remnant.persistence.state import State
from remnant.service.findings import Standing, folder, loaded
from remnant.service.hands import Hands
from remnant.service.one_patient import of_patient
from remnant.service.pages import program, read, write
from remnant.store.house import Store
from remnant.store.records import from_json

HERE_BYTES = 24 * 1024 * 1024  # larger findings are cut in a process of their own: no other page waits

_HANDS = Hands()
_LOCK = threading.Lock()


def cut(place: Path, analysis: Path, fit: Path | None) -> None:
    """Cut the findings of an analysis, patient by patient, into a folder.

    Parameters
    ----------
    place : Path
        Where; N.z is patient N, `index.z` lists them all.
    analysis, fit : Path, Path or None
        Folders of the results.
    """
    findings = loaded(analysis, fit)
    kind = TypeAdapter(Findings)
    for number, timeline in enumerate(findings.timelines, 1):
        write(place / f"{number}.z", kind.dump_json(of_patient(findings, timeline)))
    write(place / "index.z", json.dumps(_index(findings)).encode())


def _index(findings: Findings) -> list[dict[str, object]]:
    """List the patients with the state that each is in."""
    last = {course.patient_id: course.state for course in findings.courses}
    return [
        {
            "number": number,
            "patient_id": timeline.patient_id,
            "state": str(last.get(timeline.patient_id, State.NOT_EVALUABLE)),
        }
        for number, timeline in enumerate(findings.timelines, 1)
    ]


def prepared(store: Store, at: Standing) -> Future[None] | None:
    """Cut the findings if they are not yet; None when they are there, else what is waited for."""
    place, analysis, fit = _place(store, at), *_folders(store, at)
    if (place / "index.z").is_file():
        return None
    if (analysis / FINDINGS).is_file() and (analysis / FINDINGS).stat().st_size > HERE_BYTES:
        return _HANDS.ask((str(place),), cut, place, analysis, fit)
    with _LOCK:
        if not (place / "index.z").is_file():
            cut(place, analysis, fit)
    return None


def index(store: Store, at: Standing) -> list[dict[str, object]]:
    """Return number, name and state of every patient of an analysis that is cut."""
    return _listed(_place(store, at) / "index.z")


@lru_cache(maxsize=16)
def _listed(path: Path) -> list[dict[str, object]]:
    text = read(path)
    assert text is not None, "not cut yet"
    listed: list[dict[str, object]] = json.loads(text)
    return listed


def text_of_patient(store: Store, at: Standing, number: int) -> bytes:
    """Return the findings of one patient as JSON.

    Raises
    ------
    NotHere
        If there is no such patient.
    """
    count = len(index(store, at))
    text = read(_place(store, at) / f"{number}.z") if 1 <= number <= count else None
    if text is None:
        expected = f"1 to {count}" if count else "no patient was analysed"
        hint = "numbers follow the order of patients.csv at the time of the analysis"
        raise NotHere([Fault(at.record.slug, None, "patient", str(number), expected, hint)])
    return text


def findings_of_patient(store: Store, at: Standing, number: int) -> Findings:
    """Return the findings of one patient; see `text_of_patient`."""
    return from_json(Findings, text_of_patient(store, at, number), source=f"patient {number}")


def _place(store: Store, at: Standing) -> Path:
    return store.home / "cache" / "findings" / f"{at.key}-{program()}"


def _folders(store: Store, at: Standing) -> tuple[Path, Path | None]:
    assert at.analysis is not None, "nothing was analysed"
    return folder(store, at.analysis), None if at.fit is None else folder(store, at.fit)
