"""Everything a person sees of a draft: its files, what is wrong with each, and what would change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from remnant.errors import Fault, NotHere, TableError
from remnant.service.intake.differences import FileChange, differences
from remnant.service.intake.drafts import changed_by_both
from remnant.service.intake.sheets import Sheet, lay_out
from remnant.service.studies import check_tree
from remnant.service.texts.csv_rows import find_rows
from remnant.store.files.blobs import blob_path, read_blob
from remnant.store.files.trees import tree_files
from remnant.store.house import Store
from remnant.store.studies.drafts import Draft
from remnant.store.studies.studies import StudyRecord, all_studies
from remnant.study import Study
from remnant.study.settings import CONFIG_FILE
from remnant.study.tables import REQUIRED, TABLES
from remnant.study.workbook import WORKBOOK

LARGEST_COUNTED = 1 << 23  # bytes of a table of which the rows are counted for a list


@dataclass(frozen=True)
class File:
    """A file of a draft.

    Parameters
    ----------
    path : str
        Its name.
    what : str
        What it is to a study.
    size : int
        Bytes.
    rows : int or None
        Rows of a table.
    faults : int
        What is wrong with it.
    """

    path: str
    what: str
    size: int
    rows: int | None
    faults: int


@dataclass(frozen=True)
class Trouble:
    """A file that has to be mended.

    Parameters
    ----------
    source : str
        What the faults call it.
    faults : tuple of Fault
        All of them.
    sheet : Sheet or None
        The table with its faults at the cells.
    text : str or None
        The settings, to be mended as text.
    absent : bool
        Whether the file is missing and can be begun here.
    """

    source: str
    faults: tuple[Fault, ...]
    sheet: Sheet | None = None
    text: str | None = None
    absent: bool = False


@dataclass(frozen=True)
class Desk:
    """A draft as it is shown.

    Parameters
    ----------
    draft : Draft
        The draft.
    record : StudyRecord or None
        The study that it changes.
    files : tuple of File
        What it holds.
    troubles : tuple of Trouble
        What is wrong, in the order to mend it.
    study : Study or None
        The study, if nothing is wrong.
    changes : tuple of FileChange
        What differs from the study as it is now.
    both : tuple of str
        Files that the study changed too since the draft was made from it.
    """

    draft: Draft
    record: StudyRecord | None
    files: tuple[File, ...]
    troubles: tuple[Trouble, ...]
    study: Study | None
    changes: tuple[FileChange, ...] = ()
    both: tuple[str, ...] = ()

    @property
    def faults(self) -> int:
        """How much there is to mend; a count of one slip made often is not counted again."""
        return sum(len(trouble.faults) for trouble in self.troubles)

    @property
    def overtaken(self) -> bool:
        """Whether the study changed since the draft was made from it."""
        return self.record is not None and self.draft.base != self.record.head


def desk(store: Store, draft: Draft, *, after: tuple[str, int] = ("", 0), every: str = "") -> Desk:
    """Look at a draft.

    Parameters
    ----------
    store : Store
        Where it is kept.
    draft : Draft
        The draft.
    after : (str, int)
        A table, and the line after which its rows with faults are shown.
    every : str
        A table for every cell of which a spelling is proposed, however large it is.
    """
    listing, found = tree_files(store, draft.tree), check_tree(store, draft.tree)
    groups = {source: tuple(faults) for source, faults in groupby(found.faults, lambda fault: fault.source)}
    troubles = tuple(
        _trouble(
            store,
            listing,
            source,
            faults,
            after=after[1] if after[0] == source else 0,
            every=every == source,
        )
        for source, faults in groups.items()
    )
    files = tuple(_file(store, path, sha, len(groups.get(path, ()))) for path, sha in listing.items())
    record = study_of(store, draft)
    if record is None:
        return Desk(draft, None, files, troubles, found.study)
    changes = differences(store, record.tree, draft.tree)
    both = tuple(changed_by_both(store, draft, record)) if draft.base != record.head else ()
    return Desk(draft, record, files, troubles, found.study, changes, both)


def study_of(store: Store, draft: Draft) -> StudyRecord | None:
    """Return the study that a draft changes; None for a new one."""
    if draft.study is None:
        return None
    return next(record for record in all_studies(store, archived=True) if record.id == draft.study)


@lru_cache(maxsize=4096)
def rows_of(store: Store, tree: str, table: str) -> int | None:
    """Count the rows of a table of a folder; None where it has no such file, or a very large one."""
    sha = tree_files(store, tree).get(f"{table}.csv")
    return None if sha is None else _rows(store, sha)


@lru_cache(maxsize=4096)
def _rows(store: Store, sha: str) -> int | None:
    try:
        if blob_path(store, sha).stat().st_size > LARGEST_COUNTED:
            return None
        return len(find_rows(read_blob(store, sha), "").rows)
    except (TableError, NotHere):
        return None


def _file(store: Store, path: str, sha: str, faults: int) -> File:
    table = path.removesuffix(".csv")
    known = path != table and table in TABLES
    rows = _rows(store, sha) if known else None
    return File(path, _what(path), blob_path(store, sha).stat().st_size, rows, faults)


def _what(path: str) -> str:
    table = path.removesuffix(".csv")
    if path == CONFIG_FILE:
        return "settings"
    if path == WORKBOOK:
        return "workbook, a sheet per table"
    if path != table and table in TABLES:
        return f"table: one row is {TABLES[table].row}"
    return "event file" if path.lower().endswith(".fcs") else "kept beside the tables"


def _trouble(
    store: Store,
    listing: dict[str, str],
    source: str,
    faults: tuple[Fault, ...],
    *,
    after: int,
    every: bool,
) -> Trouble:
    table = source.removesuffix(".csv")
    if source not in listing:
        absent = source == CONFIG_FILE or table in REQUIRED
        return Trouble(source, faults, absent=absent)
    data = read_blob(store, listing[source]) if source == CONFIG_FILE or table in TABLES else b""
    if source == CONFIG_FILE:
        return Trouble(source, faults, text=_decoded(data))
    if table in TABLES and source != table:
        return Trouble(
            source, faults, sheet=lay_out(data, source, TABLES[table], faults, after=after, every=every)
        )
    return Trouble(source, faults)


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
