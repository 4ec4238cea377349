"""A study folder of a person becomes a study of the store, or its next revision, and a folder again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remnant.cytogenetics.whole_study import read_whole_study
from remnant.errors import StudyError
from remnant.store.files.trees import checkout, put_folder, tree_files
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft, put_draft
from remnant.store.studies.studies import StudyRecord, create_study, revise
from remnant.store.trail.audit import Change
from remnant.study import Study


@dataclass(frozen=True)
class BroughtIn:
    """What became of a folder.

    Parameters
    ----------
    study : StudyRecord or None
        The study, at the revision that the folder now is; None where the folder became a draft.
    draft : Draft or None
        The draft, where the folder is not sound and was to be kept as it is.
    faults : StudyError or None
        What is wrong with a draft.
    files, patients : int
        How many it has; no patients are counted in a draft.
    notes : tuple of str
        What a reader should know and need not mend.
    """

    study: StudyRecord | None
    draft: Draft | None
    faults: StudyError | None
    files: int
    patients: int
    notes: tuple[str, ...]


def bring_in(
    store: Store,
    folder: Path,
    *,
    who: str,
    why: str = "",
    onto: StudyRecord | None = None,
    as_it_is: bool = False,
) -> BroughtIn:
    """Check a study folder and keep it, byte for byte.

    Parameters
    ----------
    folder : Path
        With study.toml, tables and any further files; it is not needed afterwards.
    who, why : str
        For the audit trail.
    onto : StudyRecord, optional
        The study that it is the next revision of, as it was when it was looked at; a new study by default.
    as_it_is : bool
        Keep a folder with faults as a draft.

    Raises
    ------
    StudyError
        With every fault of the folder; nothing is kept then.
    StoreError
        If there are links or other things that cannot be kept.
    ConflictError
        If someone else has made a newer revision.
    """
    try:
        read_whole_study(folder)  # first where the person sees it: faults name its files
    except StudyError as error:
        if not as_it_is:
            raise
        tree = put_folder(store, folder)
        base = onto.head if onto else None
        study = onto.id if onto else None
        draft = put_draft(store, who=who, title=folder.resolve().name, tree=tree, study=study, base=base)
        return BroughtIn(None, draft, error, len(tree_files(store, tree)), 0, ())
    tree = put_folder(store, folder)
    read = read_whole_study(checkout(store, tree))  # what is kept: the folder may have been written to
    record = _kept(store, read, tree, folder, who=who, why=why, onto=onto)
    return BroughtIn(record, None, None, len(tree_files(store, tree)), len(read.patients), read.notes)


def changed_files(store: Store, old: str, new: str) -> tuple[Change, ...]:
    """Name each file in which two trees differ, with its digests."""
    before, after = tree_files(store, old), tree_files(store, new)
    paths = sorted(before.keys() | after.keys())
    pairs = [(path, before.get(path, ""), after.get(path, "")) for path in paths]
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def _kept(
    store: Store, read: Study, tree: str, folder: Path, *, who: str, why: str, onto: StudyRecord | None
) -> StudyRecord:
    if onto is None:
        about = read.config.study
        title = about.title.strip() or folder.resolve().name
        return create_study(store, who=who, title=title, tree=tree, why=why, synthetic=about.synthetic)
    changes = changed_files(store, onto.tree, tree)
    return revise(store, onto, who=who, tree=tree, expected=onto.head, changes=changes, why=why)
