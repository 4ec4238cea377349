"""Files that were brought and are not a study yet: mended, checked again at every step, and accepted when sound."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from remnant.errors import ConflictError, Fault, RemnantError, StudyError
from remnant.service import columns
from remnant.service.cells import append_row, change_row, remove_row
from remnant.service.differences import differences, overlapping
from remnant.service.studies import check_tree
from remnant.service.uploads import Brought, keep
from remnant.service.viewer import Viewer, need
from remnant.store import drafts as kept
from remnant.store.blobs import put_bytes, read_blob
from remnant.store.drafts import Draft
from remnant.store.house import Store
from remnant.store.studies import StudyRecord, create_study, revise, revision_called
from remnant.store.trees import checkout, put_tree, tree_files
from remnant.study.schema import LINE
from remnant.study.tables import TABLES
from remnant.study.workbook import WORKBOOK, read_workbook

DEFAULTS = b"""\
# A study of remnant. Every section that is left out has its defaults; DATA_DICTIONARY.md of the template names them.

[study]
title = "My study"
anchor = "first dose"  # what day 0 is
"""


@dataclass(frozen=True)
class Edit:
    """A cell, or a whole row, as a person typed it.

    Parameters
    ----------
    path : str
        The file.
    line : int
        Line on which the row begins.
    column : str
        Name in the header; empty for the row as it stands, commas and all.
    value : str
        What to write.
    """

    path: str
    line: int
    column: str
    value: str


def start(store: Store, viewer: Viewer, brought: Brought, record: StudyRecord | None = None) -> Draft:
    """Keep what was brought as a draft, of a new study or onto one that exists.

    Raises
    ------
    StudyError
        If no file was brought.
    Refused
        If the viewer may not.
    """
    need(viewer, "editor")
    files = keep(store, _some(brought))
    if record is None:
        return kept.put_draft(store, who=viewer.name, title="", tree=put_tree(store, files))
    tree = put_tree(store, tree_files(store, record.tree) | files)
    return kept.put_draft(
        store, who=viewer.name, title=record.title, tree=tree, study=record.id, base=record.head
    )


def add(store: Store, viewer: Viewer, draft: Draft, brought: Brought) -> Draft:
    """Put more files into a draft, in place of those of the same name."""
    need(viewer, "editor")
    files = tree_files(store, draft.tree) | keep(store, _some(brought))
    return _changed(store, viewer, draft, put_tree(store, files))


def remove(store: Store, viewer: Viewer, draft: Draft, path: str) -> Draft:
    """Take a file out of a draft."""
    need(viewer, "editor")
    files = tree_files(store, draft.tree)
    if path not in files:
        hint = "it was removed before"
        raise StudyError([Fault(path, None, "", "no such file", "a file of this draft", hint)])
    del files[path]
    return _changed(store, viewer, draft, put_tree(store, files))


def mend(store: Store, viewer: Viewer, draft: Draft, edits: Sequence[Edit]) -> Draft:
    """Write cells and rows as a person typed them; nothing is changed if one of them cannot be.

    Raises
    ------
    TableError
        With what cannot be written.
    ConflictError
        If someone else changed the draft meanwhile.
    """
    by_file: dict[str, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_file[edit.path].append(edit)

    def write(path: str, data: bytes) -> bytes:
        rows: dict[int, dict[str, str]] = defaultdict(dict)
        for edit in by_file[path]:
            rows[edit.line][edit.column] = edit.value
        for line in sorted(rows, reverse=True):  # from the end, so that the lines above stay where they are
            if "" in rows[line]:
                data = columns.replace_row(data, line, rows[line][""], source=path)
            else:
                data = change_row(data, line, rows[line], source=path)
        return data

    return _rewritten(store, viewer, draft, {path: write for path in by_file})


def rewrite(store: Store, viewer: Viewer, draft: Draft, path: str, text: str, *, seen: str) -> Draft:
    """Write a text file as a person typed it, with the line endings that it had.

    Parameters
    ----------
    store : Store
        Where the draft is kept.
    viewer : Viewer
        Who typed.
    draft : Draft
        As it is now.
    path : str
        The file.
    text : str
        All of it.
    seen : str
        The folder that the page showed.

    Raises
    ------
    ConflictError
        If the file was changed since the page was made.
    """
    shown, listing = tree_files(store, seen).get(path), tree_files(store, draft.tree)
    plain = text.replace("\r\n", "\n")
    if shown is not None:
        before = read_blob(store, shown).decode("utf-8-sig", "replace").replace("\r\n", "\n")
        if plain.rstrip() == before.rstrip():
            return draft
    if listing.get(path) != shown:
        found, hint = "a file that was changed in another window", "look at it again, and type it once more"
        raise ConflictError([Fault(path, None, "", found, "the file that you saw", hint)])

    def write(_: str, data: bytes) -> bytes:
        end = "\r\n" if b"\r\n" in data else "\n"
        mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
        return mark + plain.replace("\n", end).encode()

    return _rewritten(store, viewer, draft, {path: write})


def rename_file(store: Store, viewer: Viewer, draft: Draft, old: str, new: str) -> Draft:
    """Give a file of a draft another name, which none has yet."""
    need(viewer, "editor")
    files = tree_files(store, draft.tree)
    if old not in files or new in files:
        found = "no such file" if old not in files else f"{new}, which is there already"
        hint = "look at the list of files again"
        raise StudyError([Fault(old, None, "", found, "a name that no file has", hint)])
    files[new] = files.pop(old)
    return _changed(store, viewer, draft, put_tree(store, files))


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
    return _changed(store, viewer, draft, put_tree(store, files))


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
    return _changed(store, viewer, draft, put_tree(store, files))


def rename_column(store: Store, viewer: Viewer, draft: Draft, path: str, old: str, new: str) -> Draft:
    """Write another name over that of a column."""
    return _edited(
        store, viewer, draft, path, lambda data: columns.rename_column(data, old, new, source=path)
    )


def remove_column(store: Store, viewer: Viewer, draft: Draft, path: str, name: str) -> Draft:
    """Take a column out of a table."""
    return _edited(store, viewer, draft, path, lambda data: columns.remove_column(data, name, source=path))


def change_column(
    store: Store, viewer: Viewer, draft: Draft, path: str, column: str, values: Mapping[int, str]
) -> Draft:
    """Write one column of many rows."""
    return _edited(
        store, viewer, draft, path, lambda data: columns.change_column(data, column, values, source=path)
    )


def take_row(store: Store, viewer: Viewer, draft: Draft, path: str, line: int) -> Draft:
    """Take a row out of a table."""
    return _edited(store, viewer, draft, path, lambda data: remove_row(data, line, source=path))


def add_row(store: Store, viewer: Viewer, draft: Draft, path: str, values: Mapping[str, str]) -> Draft:
    """Write a row beneath all others of a table."""
    schema = TABLES[path.removesuffix(".csv")]
    return _edited(store, viewer, draft, path, lambda data: append_row(data, schema, values, source=path))


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
        If the study changed since the draft was made from it: `rebased` brings both together.
    """
    need(viewer, "editor")
    found = check_tree(store, draft.tree)
    if found.study is None:
        raise StudyError(found.faults)
    settings = found.study.config.study
    if record is None:
        made = create_study(
            store,
            who=viewer.name,
            title=title or settings.title,
            tree=draft.tree,
            why=why,
            synthetic=settings.synthetic,
        )
    else:
        assert draft.base is not None, "a draft onto a study knows its revision"
        changes = [
            change for file in differences(store, record.tree, draft.tree) for change in file.audited()
        ]
        made = revise(
            store, record, who=viewer.name, tree=draft.tree, expected=draft.base, changes=changes, why=why
        )
    kept.drop_draft(store, draft, who=viewer.name, why=f"accepted as revision {made.head} of {made.slug}")
    return made


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
    fresh = kept.put_draft(
        store,
        who=viewer.name,
        title=draft.title,
        tree=put_tree(store, files),
        study=record.id,
        base=record.head,
    )
    kept.drop_draft(
        store, draft, who=viewer.name, why=f"brought onto revision {record.head}: draft {fresh.id}"
    )
    return fresh


def changed_by_both(store: Store, draft: Draft, record: StudyRecord) -> list[str]:
    """List the files that the draft and the study changed since they parted, each in another way."""
    return overlapping(*_three(store, draft, record))


def _three(store: Store, draft: Draft, record: StudyRecord) -> tuple[dict[str, str], ...]:
    assert draft.base is not None, "only a draft onto a study can be compared with it"
    base = revision_called(store, record, draft.base).tree
    return tuple(tree_files(store, tree) for tree in (base, draft.tree, record.tree))


def _edited(store: Store, viewer: Viewer, draft: Draft, path: str, change: Callable[[bytes], bytes]) -> Draft:
    return _rewritten(store, viewer, draft, {path: lambda _, data: change(data)})


def _rewritten(
    store: Store, viewer: Viewer, draft: Draft, changes: Mapping[str, Callable[[str, bytes], bytes]]
) -> Draft:
    """Change files of a draft, all of them or none."""
    need(viewer, "editor")
    files, faults, texts = tree_files(store, draft.tree), [], {}
    for path, change in changes.items():
        if path not in files:
            hint = "it was removed, perhaps in another window"
            faults.append(Fault(path, None, "", "no such file", "a file of this draft", hint))
            continue
        try:
            texts[path] = change(path, read_blob(store, files[path]))
        except ConflictError:
            raise
        except RemnantError as error:
            faults += error.faults
    if faults:
        raise StudyError(faults)
    for path, text in texts.items():
        files[path] = put_bytes(store, text)
    return _changed(store, viewer, draft, put_tree(store, files))


def _changed(store: Store, viewer: Viewer, draft: Draft, tree: str) -> Draft:
    if tree == draft.tree:
        return draft
    return kept.change_draft(store, draft, who=viewer.name, tree=tree, expected=draft.tree)


def _some(brought: Brought) -> Mapping[str, Path]:
    if not brought.files:
        hint = "choose the folder of the study, its files, or a zip of it"
        raise StudyError([Fault("upload", None, "", "no file", "at least one file", hint)])
    return brought.files
