"""What was found in a study: its newest analysis and fit, and whether the study has changed since."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from remnant.analysis.findings import Findings
from remnant.analysis.fits import FIT, load_fit
from remnant.analysis.results import load
from remnant.errors import Fault, ResultsError
from remnant.store.files.checkout import checkout
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.studies.results import Kept, kept
from remnant.store.studies.studies import FOLDER, Revision, StudyRecord, revisions
from remnant.store.trail import audit
from remnant.store.trail.audit import Entry

CHANGES = 40  # changes named on a page: one screen
LOOKED_AT = 1000  # entries of the audit trail
REVISED = "revise"  # how the audit trail calls a new revision
AGAIN = "run the analysis again"


@dataclass(frozen=True)
class Standing:
    """What there is of a study.

    Parameters
    ----------
    record : StudyRecord
        The study.
    analysis, fit : Kept or None
        The newest analysis; the newest fit of the revision that was analysed, or of any where nothing was.
    later : tuple of Revision
        Revisions since the analysis, the newest first.
    """

    record: StudyRecord
    analysis: Kept | None
    fit: Kept | None
    later: tuple[Revision, ...] = ()

    @property
    def key(self) -> str:
        """Name what the pages are made of: results of the same bytes make the same pages."""
        return _key_of(*(one.tree for one in (self.analysis, self.fit) if one is not None))


@lru_cache(maxsize=64)
def _key_of(*trees: str) -> str:
    return hashlib.sha256("\0".join(trees).encode()).hexdigest()[:32]


def standing(store: Store, record: StudyRecord) -> Standing:
    """Return what there is of a study."""
    return store.remembered(("standing", record), lambda: _standing(store, record))


def _standing(store: Store, record: StudyRecord) -> Standing:
    there = kept(store, record)
    analysis = next((one for one in there if one.kind == "analysis"), None)
    fits = [one for one in there if one.kind == "fit"]
    if analysis is None:
        return Standing(record, None, next(iter(fits), None))
    fit = next((one for one in fits if one.revision == analysis.revision), None)
    if analysis.revision == record.head:
        return Standing(record, analysis, fit)
    later = tuple(one for one in revisions(store, record) if one.number > analysis.revision)
    return Standing(record, analysis, fit, later)


def changes_since(store: Store, at: Standing) -> tuple[Entry, ...]:
    """Return what was changed after the analysis, cell by cell as the audit trail has it, newest first."""
    return store.remembered(("changes", at), lambda: _changes(store, at)) if at.later else ()


def _changes(store: Store, at: Standing) -> tuple[Entry, ...]:
    first = min(revision.at for revision in at.later)
    found = audit.entries(store, study=at.record.id, limit=LOOKED_AT)
    # Moments of the store sort as text; a revision is recorded in the transaction that makes it.
    made = [one for one in found if one.action == REVISED and one.at >= first]
    return tuple(one for one in made if one.what != FOLDER)[:CHANGES]


def findings_of(store: Store, record: StudyRecord) -> tuple[Kept, Findings] | None:
    """Return the newest analysis of a study with what it found, and its fit; None where there is none.

    Raises
    ------
    ResultsError
        If the results are of another version, or cannot be read.
    """
    at = standing(store, record)
    return None if at.analysis is None else (at.analysis, whole(store, at))


def whole(store: Store, at: Standing) -> Findings:
    """Return everything that was found, with the fit; see `findings_of`."""
    assert at.analysis is not None, "nothing was analysed"
    return loaded(folder(store, at.analysis), None if at.fit is None else folder(store, at.fit))


def folder(store: Store, results: Kept) -> Path:
    """Return the folder of results, to read.

    Raises
    ------
    ResultsError
        If a part of it is gone from the store.
    """
    try:
        return checkout(store, results.tree)
    except FileNotFoundError as error:
        name = Path(str(error.filename or "")).name
        hint = f"restore the store from its backup, or {AGAIN}"
        raise ResultsError(
            [Fault(f"results {results.id}", None, "", f"{name[:12]} is missing", "every file", hint)]
        ) from None


def results_files(store: Store, results: Kept) -> dict[str, str]:
    """Return the files of results, each with its SHA-256."""
    return tree_files(store, results.tree)


@lru_cache(maxsize=2)
def loaded(analysis: Path, fit: Path | None) -> Findings:
    """Read findings, and put a fit into them; a fit within them stays where none is given."""
    found = load(analysis)
    if fit is None or not (fit / FIT).is_file():
        return found
    saved = load_fit(fit)
    return replace(found, fit=saved.fit, observed=saved.observed)
