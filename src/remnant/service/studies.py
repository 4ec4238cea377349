"""Studies brought in, and read: what is wrong with a folder, or the study that it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from remnant.cytogenetics.whole_study import read_whole_study
from remnant.errors import Fault, StudyError
from remnant.service.viewer import Viewer, need
from remnant.store.files.trees import checkout, put_folder
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord, archive_study, create_study, restore_study
from remnant.study import Study
from remnant.study.settings import CONFIG_FILE


@dataclass(frozen=True)
class Checked:
    """A folder as `read_whole_study` sees it.

    Parameters
    ----------
    faults : tuple of Fault
        Everything that is wrong with it, in the order to mend it.
    study : Study or None
        The study, if nothing is.
    """

    faults: tuple[Fault, ...]
    study: Study | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know and need not mend."""
        return self.study.notes if self.study else ()


def check_tree(store: Store, tree: str) -> Checked:
    """Check a folder of the store; the same folder is read but once a day.

    Parameters
    ----------
    store : Store
        Where it is kept.
    tree : str
        Its name.
    """
    # A study may have days of the future, and tomorrow it may not: the day belongs to the question.
    return _checked(store, tree, date.today())


def checked(store: Store, record: StudyRecord) -> Study:
    """Return a study as it is now.

    Raises
    ------
    StudyError
        If an older remnant let in what this one does not.
    """
    found = check_tree(store, record.tree)
    if found.study is None:
        raise StudyError(found.faults)
    return found.study


def bring_in_folder(
    store: Store, viewer: Viewer, folder: Path, why: str = "", *, title: str = ""
) -> StudyRecord:
    """Keep a sound study folder as a new study.

    Parameters
    ----------
    store : Store
        Where it is kept.
    viewer : Viewer
        Who brings it.
    folder : Path
        The folder; it is copied, and never needed again.
    why : str
        Reason, for the audit trail.
    title : str
        Its title; by default that of study.toml.

    Raises
    ------
    StudyError
        With every fault of the folder; nothing is kept then.
    Refused
        If the viewer may not.
    """
    need(viewer, "editor")
    read_whole_study(folder)  # first where the person sees it: faults name its files, and nothing is copied
    tree = put_folder(store, folder)
    found = check_tree(store, tree)  # what is kept decides, though someone wrote to the folder meanwhile
    if found.study is None:
        raise StudyError(found.faults)
    settings = found.study.config.study
    return create_study(
        store,
        who=viewer.name,
        title=title or settings.title,
        tree=tree,
        why=why,
        synthetic=settings.synthetic,
    )


def set_archived(
    store: Store, viewer: Viewer, record: StudyRecord, *, away: bool, why: str = ""
) -> StudyRecord:
    """Put a study away, or list it again; nothing of it is removed."""
    need(viewer, "editor")
    mark = archive_study if away else restore_study
    return mark(store, record, who=viewer.name, why=why)


@lru_cache(maxsize=16)
def _checked(store: Store, tree: str, today: date) -> Checked:  # noqa: ARG001 -- a part of the key
    folder = checkout(store, tree)
    try:
        return Checked((), read_whole_study(folder))
    except StudyError as error:
        return Checked(tuple(_named(fault, folder.name) for fault in error.faults), None)


def _named(fault: Fault, folder: str) -> Fault:
    """Say of a folder that is none which file it lacks; its own name is that of a tree."""
    if fault.source != folder:
        return fault
    hint = "bring it with the tables, or start from the defaults"
    return replace(fault, source=CONFIG_FILE, column="", expected="the settings of the study", hint=hint)
