"""Results folders kept beside the revision that they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Select, insert, select

from remnant.errors import Fault, NotHere
from remnant.store.clock import now
from remnant.store.database.tables import LARGEST
from remnant.store.database.tables import results as result_rows
from remnant.store.files.trees import put_folder
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, revision_called
from remnant.store.trail import audit
from remnant.store.trail.audit import Change

ResultKind = Literal["analysis", "fit", "report", "cohort"]


@dataclass(frozen=True)
class Kept:
    """A results folder.

    Parameters
    ----------
    id : int
        Its number, never given twice.
    study, revision : int
        What it was made from.
    kind : str
        analysis, fit, report or cohort.
    tree : str
        Its folder.
    key : str
        Name of the choices and the program behind it.
    job : int or None
        The job that made it.
    at, by : str
        When, and for whom.
    """

    id: int
    study: int
    revision: int
    kind: ResultKind
    tree: str
    key: str
    job: int | None
    at: str
    by: str


def keep(
    store: Store,
    *,
    who: str,
    study: StudyRecord,
    revision: int,
    kind: ResultKind,
    folder: Path,
    key: str,
    job: int | None = None,
) -> Kept:
    """Keep a results folder; the same results of the same choices are kept once.

    A job that broke off after this and runs again finds what it kept before.

    Raises
    ------
    NotHere
        If the study has no such revision.
    StoreError
        If the folder holds what cannot be kept (`remnant.store.files.trees.put_folder`).
    """
    revision_called(store, study, revision)
    tree = put_folder(store, folder)
    row = {"study": study.id, "revision": revision, "kind": kind, "tree": tree, "key": key}
    same = [result_rows.c[name] == value for name, value in row.items()]
    with store.begin() as connection:
        if (there := connection.execute(select(result_rows).where(*same)).first()) is not None:
            return Kept(*there)
        more = row | {"job": job, "at": now(), "by": who}
        number = connection.execute(insert(result_rows).values(more).returning(result_rows.c.id)).scalar_one()
        changes = [Change(f"{kind} {number} of revision {revision}", "", tree)]
        audit.record(connection, who=who, action="keep results", study=study.id, changes=changes)
        return Kept(*connection.execute(select(result_rows).where(result_rows.c.id == number)).one())


def kept(store: Store, study: StudyRecord, kind: ResultKind | None = None) -> tuple[Kept, ...]:
    """Return the results of a study, the newest first."""
    with store.reading() as connection:
        return tuple(Kept(*row) for row in connection.execute(_of(study, kind)))


def latest(store: Store, study: StudyRecord, kind: ResultKind) -> Kept | None:
    """Return the newest results of a kind, of whichever revision; None if there are none."""
    with store.reading() as connection:
        row = connection.execute(_of(study, kind).limit(1)).first()
    return None if row is None else Kept(*row)


def kept_called(store: Store, number: int) -> Kept:
    """Return the results of a number; NotHere if there are none."""
    with store.reading() as connection:
        asked = select(result_rows).where(result_rows.c.id == min(number, LARGEST))
        row = connection.execute(asked).one_or_none() if number > 0 else None
    if row is None:
        hint = "the page of the study names them"
        raise NotHere([Fault("store", None, "results", str(number), "results of this store", hint)])
    return Kept(*row)


def _of(study: StudyRecord, kind: ResultKind | None) -> Select[Any]:
    question = select(result_rows).where(result_rows.c.study == study.id).order_by(result_rows.c.id.desc())
    return question if kind is None else question.where(result_rows.c.kind == kind)
