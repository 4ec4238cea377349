"""A review saved: rows of gate_reviews.csv and the gates as Gating-ML, in one revision with who and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from posixpath import normpath

from remnant.cytometry.gatefiles.cut_notes import CutNote
from remnant.cytometry.gatefiles.write import gates_text
from remnant.cytometry.recipe.gate_tree import gate_tree
from remnant.errors import ConflictError, Fault, NotHere, SettingError
from remnant.service.entry.table_files import table_file
from remnant.service.gating import review as gates
from remnant.service.gating.bench import OpenTube, TubeOfStudy, tube_called, tubes_of
from remnant.service.gating.review_rows import FILE, cut_of, exact, is_moved, rows_of, said
from remnant.service.standing import study_of
from remnant.service.texts.cells import append_row, change_row, remove_row
from remnant.service.viewer import Viewer, need
from remnant.store.files.trees import replaced_files, tree_files
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, revise, revision_called, study_called
from remnant.store.trail.audit import Change
from remnant.study.gate_reviews import GATE_REVIEWS

TABLE = "gate_reviews"
TABLES_OF_CUTS = {FILE, "events.csv", "study.toml"}  # what says which tubes there are, and how they are cut
FOLDER = "gates"
LONGEST = 500  # letters of a reason


def save_review(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    number: int,
    cuts: Mapping[str, float],
    why: str,
    *,
    expected: int | None = None,
    everywhere: bool = False,
    reviewer: str = "",
) -> StudyRecord:
    """Save the cuts of a tube: those that are given are placed, every other one is automatic again.

    Parameters
    ----------
    store, viewer, record : Store, Viewer, StudyRecord
        Where, who and of which study.
    number : int
        Of the tube.
    cuts : mapping of str to float
        Marker to cut; {} goes back to the automatic cuts.
    why : str
        The reason; it is needed, and stands in the table, the gates, the report and the audit trail.
    expected : int, optional
        Revision that was looked at; the newest by default.
    everywhere : bool
        Whether to place the same cuts in the other tubes of the patient with this panel: each has a row of
        its own, and keeps what else was placed there.
    reviewer : str
        Name or initials for the table, where it is not the name of whoever is logged in.

    Returns
    -------
    StudyRecord
        With the new revision; as it is where nothing would change.

    Raises
    ------
    Refused
        If the viewer may not edit.
    SettingError
        If there is no reason, or a cut cannot be placed.
    ConflictError
        If somebody else has saved since.
    FcsError
        If a file is damaged.
    """
    need(viewer, "editor")
    reason = _reason(why)
    head = study_called(store, record.slug)
    seen = head.head if expected is None else expected
    _same_since(store, head, seen, TABLES_OF_CUTS)
    mine = tube_called(store, head, number)
    others = [tube for tube in tubes_of(store, head) if gates.same_patient(mine, tube)] if everywhere else []
    # A cut is of the bytes that were looked at: saved, it would be said of those that are there now.
    _same_since(store, head, seen, {normpath(file) for tube in (mine, *others) for file in tube.task.files()})
    author = _Author(viewer.name, reviewer.strip() or viewer.name, reason)
    text = table_file(store, head.tree, TABLE).data
    changes: list[Change] = []
    files: dict[str, bytes | None] = {}
    for tube in (mine, *others):
        placed = dict(cuts) if tube is mine else tube.saved | dict(cuts)
        saved = _saved(store, head, tube, placed, author, text)
        if saved.changes:
            text, changes = saved.text, [*changes, *saved.changes]
            files[gate_name(tube, tubes_of(store, head))] = saved.gates
    if not changes:
        return head
    rows = text if rows_of(text) else None
    study_of(store, head.tree, {FILE: rows})
    return _kept(store, head, {FILE: rows} | files, changes, author)


def drop_review(
    store: Store,
    viewer: Viewer,
    record: StudyRecord,
    number: int,
    marker: str,
    why: str,
    *,
    expected: int | None = None,
    reviewer: str = "",
) -> StudyRecord:
    """Go back to the automatic cut of one marker, or of all where `marker` is empty; as `save_review`."""
    tube = tube_called(store, study_called(store, record.slug), number)
    if marker and marker.lower() not in {name.lower() for name in tube.saved}:
        placed = ", ".join(tube.saved) or "a cut that a person placed"
        raise NotHere([Fault("gate review", None, "marker", marker[:80], placed, "name one of them")])
    left = {name: cut for name, cut in tube.saved.items() if marker and name.lower() != marker.lower()}
    return save_review(store, viewer, record, number, left, why, expected=expected, reviewer=reviewer)


def gate_name(tube: TubeOfStudy, among: Sequence[TubeOfStudy]) -> str:
    """Name the file of the gates of a tube: as its path, in a folder of their own.

    Two tubes of a study never share one: where they would, each has its whole path, its ending too.
    """
    short = _short_name(tube)
    if sum(_short_name(other) == short for other in among) <= 1:
        return short
    return str(PurePosixPath(FOLDER, f"{normpath(tube.line.file)}.xml"))


def _short_name(tube: TubeOfStudy) -> str:
    parts = PurePosixPath(normpath(tube.line.file)).with_suffix(".xml").parts
    return str(PurePosixPath(FOLDER, *(parts[1:] if parts[0] == "fcs" and len(parts) > 1 else parts)))


@dataclass(frozen=True)
class _Author:
    """Who saves, under which name, and why."""

    who: str
    reviewer: str
    reason: str


@dataclass(frozen=True)
class _Saved:
    """The table and the gates with one tube saved, and what changed."""

    text: bytes
    changes: tuple[Change, ...]
    gates: bytes | None


def _saved(
    store: Store,
    head: StudyRecord,
    tube: TubeOfStudy,
    cuts: Mapping[str, float],
    author: _Author,
    text: bytes,
) -> _Saved:
    opened = gates.opened_tube(store, head, tube)
    with opened.lock:
        placed = gates.within_scale(opened, cuts)
        automatic = {cut.marker: cut.value for cut in opened.automatic.tube.thresholds}
        rows = {row["marker"]: (line, row) for line, row in rows_of(text) if row["file"] == tube.line.file}
        moved = {
            marker for marker in (*rows, *placed) if is_moved(rows.get(marker), placed.get(marker), tube)
        }
        # From the end, so that the lines above stay where they are.
        for marker, (line, _) in sorted(rows.items(), key=lambda item: -item[1][0]):
            if marker not in placed:
                text = remove_row(text, line, source=FILE)
            elif marker in moved:
                text = change_row(text, line, _row(tube, marker, placed[marker], author), source=FILE)
        for marker in placed:
            if marker not in rows:
                values = _row(tube, marker, placed[marker], author)
                text = append_row(text, GATE_REVIEWS, values, source=FILE)
        changes = tuple(
            Change(
                f"{FILE} {tube.line.file} {marker}",
                said(cut_of(rows.get(marker)), automatic.get(marker)),
                said(placed.get(marker), automatic.get(marker)),
            )
            for marker in dict.fromkeys((*rows, *placed))
            if marker in moved
        )
        # Where every cut is automatic again there is no file of gates.
        name = gate_name(tube, tubes_of(store, head))
        written = _gating_ml(opened, tube, placed, text, name) if placed and changes else None
    return _Saved(text, changes, written)


def _gating_ml(
    opened: OpenTube, tube: TubeOfStudy, placed: Mapping[str, float], text: bytes, name: str
) -> bytes:
    """Write the gates of a tube as they are now, each cut with the one who placed it."""
    own = {cut.marker: cut.value for cut in opened.automatic.tube.thresholds}
    notes = [
        CutNote(
            row["marker"], row["cut"], f"{own[row['marker']]:.6g}" if row["marker"] in own else "",
            row["reviewer"], row["reviewed_on"], row["reason"],
        )
        for _, row in rows_of(text)
        if row["file"] == tube.line.file
    ]  # fmt: skip
    counted = gates.counted_at(opened, placed)
    tree = gate_tree(opened.bench, counted, own_matrix=bool(tube.task.spillover))
    return gates_text(tree, name, reviews=notes).encode()


def _kept(
    store: Store,
    head: StudyRecord,
    files: Mapping[str, bytes | None],
    changes: list[Change],
    author: _Author,
) -> StudyRecord:
    held = tree_files(store, head.tree)
    given = {path: data for path, data in files.items() if data is not None or path in held}
    tree = replaced_files(store, head.tree, given)
    now = tree_files(store, tree)
    changes += [Change(path, held.get(path, ""), now.get(path, "")) for path in given if path != FILE]
    return revise(
        store, head, who=author.who, tree=tree, expected=head.head, changes=changes, why=author.reason
    )


def _row(tube: TubeOfStudy, marker: str, cut: float, author: _Author) -> dict[str, str]:
    return {
        "sample_id": tube.line.sample_id,
        "file": tube.line.file,
        "marker": marker,
        "cut": exact(cut),
        "reviewer": author.reviewer,
        "reviewed_on": date.today().isoformat(),
        "reason": author.reason,
        "file_sha256": tube.sha256,
    }


def _reason(why: str) -> str:
    reason = " ".join(why.split())
    if not reason:
        hint = "whoever reads the report later will ask"
        raise SettingError([Fault("gate review", None, "why", "nothing", "why the cut is moved", hint)])
    if len(reason) > LONGEST or not reason.isprintable():
        found = f"{len(reason):,} letters" if len(reason) > LONGEST else "letters that cannot be shown"
        expected = f"a sentence of at most {LONGEST} letters"
        raise SettingError([Fault("gate review", None, "why", found, expected, "say it shorter")])
    return reason


def _same_since(store: Store, head: StudyRecord, expected: int, matter: Collection[str]) -> None:
    """Refuse a save where somebody has changed a file that matters since a revision was looked at."""
    if expected == head.head:
        return
    seen = tree_files(store, revision_called(store, head, expected).tree)
    now = tree_files(store, head.tree)
    moved = [path for path in matter if seen.get(path) != now.get(path)]
    if not moved:
        return
    newest = revision_called(store, head, head.head)
    found = f"revision {head.head} by {newest.by}, {newest.at[:16].replace('T', ' ')} UTC: {newest.why}"
    hint = "your cuts are still on this page: look at theirs, then save again"
    expectation = f"revision {expected}, which you looked at"
    raise ConflictError([Fault(sorted(moved)[0], None, "", found, expectation, hint)])
