"""Files that were brought and are no study yet: kept at every step, and accepted when they are sound."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from remnant.errors import Fault, StudyError
from remnant.service.intake.archive_names import unfit_name
from remnant.service.intake.differences import differences, overlapping
from remnant.service.intake.uploads import Brought, check_apart, keep
from remnant.service.studies import check_tree
from remnant.service.viewer import Viewer, need
from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import checkout, put_tree, tree_files
from remnant.store.house import Store
from remnant.store.studies import drafts as kept
from remnant.store.studies.drafts import Draft
from remnant.store.studies.studies import StudyRecord, revision_called
from remnant.study.schema import LINE
from remnant.study.tables import TABLES
from remnant.study.workbook import WORKBOOK, read_workbook

REASON = 2000  # letters
DEFAULTS = b"""\
# A study of remnant. A section that is left out has its defaults; the template names them all.

[study]
title = "My study"
anchor = "first dose"  # what day 0 is
"""


def start(
    store: Store,
    viewer: Viewer,
    brought: Brought,
    record: StudyRecord | None = None,
    *,
    base: int | None = None,
    only_sound: bool = False,
) -> Draft:
    """Keep what was brought as a draft, of a new study or onto one that exists.

    Parameters
    ----------
    store : Store
        Where it is kept.
    viewer : Viewer
        Who brings it.
    brought : Brought
        The files.
    record : StudyRecord, optional
        The study that they change.
    base : int, optional
        The revision that they were made from; by default the newest.
    only_sound : bool
        Whether a draft with faults is refused, and nothing is written of it.

    Raises
    ------
    StudyError
        If no file was brought; or with every fault, where only a sound draft is taken.
    Refused
        If the viewer may not.
    """
    need(viewer, "editor")
    some = _some(brought)
    onto = None if record is None else revision_called(store, record, base or record.head)
    there = {} if onto is None else tree_files(store, onto.tree)
    check_apart(there, some)
    tree = put_tree(store, there | keep(store, some))
    if only_sound and (found := check_tree(store, tree)).study is None:
        raise StudyError(found.faults)
    if record is None or onto is None:
        return kept.put_draft(store, who=viewer.name, title="", tree=tree)
    return kept.put_draft(
        store, who=viewer.name, title=record.title, tree=tree, study=record.id, base=onto.number
    )


def add(store: Store, viewer: Viewer, draft: Draft, brought: Brought) -> Draft:
    """Put more files into a draft, in place of those of the same name."""
    need(viewer, "editor")
    some, there = _some(brought), tree_files(store, draft.tree)
    check_apart(there, some)
    return replace(store, viewer, draft, put_tree(store, there | keep(store, some)))


def remove(store: Store, viewer: Viewer, draft: Draft, path: str) -> Draft:
    """Take a file out of a draft."""
    need(viewer, "editor")
    files = tree_files(store, draft.tree)
    if path not in files:
        hint = "it was removed before"
        raise StudyError([Fault(path, None, "", "no such file", "a file of this draft", hint)])
    del files[path]
    return replace(store, viewer, draft, put_tree(store, files))


def rename_file(store: Store, viewer: Viewer, draft: Draft, old: str, new: str) -> Draft:
    """Give a file of a draft another name, which none has yet."""
    need(viewer, "editor")
    files = tree_files(store, draft.tree)
    found = "no such file" if old not in files else f"{new}, which is there already" if new in files else ""
    if found := found or unfit_name(new):
        hint = "look at the list of files again"
        raise StudyError([Fault(old, None, "", found, "a name that no file has", hint)])
    kept_as = files.pop(old)
    check_apart(files, (new,))
    files[new] = kept_as
    return replace(store, viewer, draft, put_tree(store, files))


def as_tables(store: Store, viewer: Viewer, draft: Draft) -> Draft:
    """Write each sheet of the workbook as a CSV table, and take the workbook out."""
    need(viewer, "editor")
    files = tree_files(store, draft.tree)
    texts, faults = read_workbook(checkout(store, draft.tree) / WORKBOOK)
    faults += [fault for text in texts.values() if not text.header for fault in text.faults]
    faults += [
        Fault(
            f"{name}.csv", None, "", "a file beside the sheet of its name", "one of them", "remove the file"
        )
        for name in texts
        if f"{name}.csv" in files
    ]
    if faults:
        raise StudyError(faults)
    for name, text in texts.items():
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(text.header)
        writer.writerows([cell or "" for cell in row] for row in text.table.drop(LINE).iter_rows())
        files[f"{name}.csv"] = put_bytes(store, lines.getvalue().encode())
    del files[WORKBOOK]
    return replace(store, viewer, draft, put_tree(store, files))


def begin_file(store: Store, viewer: Viewer, draft: Draft, path: str) -> Draft:
    """Write a file that is missing: settings with their defaults, or a table without rows."""
    need(viewer, "editor")
    name = path.removesuffix(".csv")
    if path != "study.toml" and name not in TABLES:
        hint = "only study.toml and the tables of a study can be begun here"
        raise StudyError([Fault(path, None, "", "an unknown file", "study.toml or a table", hint)])
    head = ",".join(column.name for column in TABLES[name].columns) + "\n" if name in TABLES else ""
    files = tree_files(store, draft.tree)
    files.setdefault(path, put_bytes(store, head.encode() or DEFAULTS))
    return replace(store, viewer, draft, put_tree(store, files))


def replace(store: Store, viewer: Viewer, draft: Draft, tree: str) -> Draft:
    """Put another folder in the place of a draft's.

    Raises
    ------
    ConflictError
        If someone else changed the draft meanwhile.
    """
    if tree == draft.tree:
        return draft
    return kept.change_draft(store, draft, who=viewer.name, tree=tree, expected=draft.tree)


def drop(store: Store, viewer: Viewer, draft: Draft) -> None:
    """Let a draft go; the study that it would change stays as it is."""
    need(viewer, "editor")
    kept.drop_draft(store, draft, who=viewer.name)


def accept(
    store: Store, viewer: Viewer, draft: Draft, record: StudyRecord | None, *, title: str, why: str
) -> StudyRecord:
    """Make a sound draft a study, or the next revision of its study.

    Parameters
    ----------
    store : Store
        Where it is kept.
    viewer : Viewer
        Who accepts it.
    draft : Draft
        The draft; it is gone afterwards.
    record : StudyRecord or None
        The study that it changes.
    title : str
        Title of a new study.
    why : str
        Reason, for the audit trail.

    Raises
    ------
    StudyError
        With the faults that are left.
    ConflictError
        If the study changed since the draft was made from it: `rebased` brings both together; or if someone
        else has changed the draft since.
    """
    need(viewer, "editor")
    if len(why) > REASON:
        hint = "say it in a sentence"
        raise StudyError([Fault("form", None, "why", f"{len(why):,} letters", f"at most {REASON:,}", hint)])
    found = check_tree(store, draft.tree)
    if found.study is None:
        raise StudyError(found.faults)
    settings = found.study.config.study
    files = () if record is None else differences(store, record.tree, draft.tree)
    return kept.accept_draft(
        store,
        draft,
        who=viewer.name,
        title=title or settings.title,
        synthetic=settings.synthetic,
        changes=[change for file in files for change in file.audited()],
        why=why,
    )


def rebased(store: Store, viewer: Viewer, draft: Draft, record: StudyRecord, mine: Sequence[str]) -> Draft:
    """Put what a draft changed onto the study as it is now.

    Parameters
    ----------
    store : Store
        Where it is kept.
    viewer : Viewer
        Who brings the two together.
    draft : Draft
        Made from an earlier revision.
    record : StudyRecord
        The study as it is now.
    mine : sequence of str
        Of the files that both changed, those to take from the draft; the others are taken from the study.

    Returns
    -------
    Draft
        A new draft from the newest revision; the old one is gone.
    """
    need(viewer, "editor")
    base, own, theirs = _three(store, draft, record)
    both = overlapping(base, own, theirs)
    changed = {path for path in base.keys() | own.keys() if own.get(path) != base.get(path)}
    taken = changed - (set(both) - set(mine))
    files = {path: sha for path, sha in theirs.items() if path not in taken}
    files |= {path: own[path] for path in taken if path in own}
    return kept.move_draft(store, draft, who=viewer.name, tree=put_tree(store, files), base=record.head)


def changed_by_both(store: Store, draft: Draft, record: StudyRecord) -> list[str]:
    """List the files that the draft and the study changed since they parted, each in another way."""
    return overlapping(*_three(store, draft, record))


def _three(store: Store, draft: Draft, record: StudyRecord) -> tuple[dict[str, str], ...]:
    assert draft.base is not None, "only a draft onto a study can be compared with it"
    base = revision_called(store, record, draft.base).tree
    return tuple(tree_files(store, tree) for tree in (base, draft.tree, record.tree))


def _some(brought: Brought) -> Mapping[str, Path]:
    if not brought.files:
        hint = "choose the folder of the study, its files, or a zip of it"
        raise StudyError([Fault("upload", None, "", "no file", "at least one file", hint)])
    return brought.files
