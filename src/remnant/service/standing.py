"""A study read from its tree, and a change to one table checked, without a folder for every revision.

What is no table, FCS files above all, is the same in most revisions: one folder stands for all of them, and
the tables are read from the store in place of those that stand in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock

from remnant.cytogenetics.whole_study import read_whole_study
from remnant.errors import NotHere
from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import checkout, tree_files
from remnant.store.house import Store
from remnant.study.study import Study
from remnant.study.tables import TABLES

Files = frozenset[tuple[str, str]]
FILES = frozenset(f"{name}.csv" for name in TABLES)
KEPT = 256  # folders that are remembered; each names its files
_STANDING: OrderedDict[tuple[Path, Files], str] = OrderedDict()  # what is no table, to a tree that has it
_DOOR = Lock()


def study_of(store: Store, tree: str, instead: Mapping[str, bytes | None] | None = None) -> Study:
    """Read and check the study of a tree.

    Parameters
    ----------
    store : Store
        Where it is kept.
    tree : str
        Its folder.
    instead : Mapping of str to bytes or None, optional
        Tables by file name that are read in place of its own; None: as if it had none.

    Returns
    -------
    Study
        Its `root` has every file that is no table; the tables that stand there may be of another revision.

    Raises
    ------
    StudyError
        With every fault.
    """
    files = tree_files(store, tree)
    rest = frozenset(item for item in files.items() if item[0] not in FILES)
    first, there = _standing_for(store, tree, rest)
    held: dict[str, bytes | None] = dict.fromkeys(FILES & there.keys())
    held |= {file: read_blob(store, blob) for file, blob in files.items() if file in FILES}
    held |= instead or {}
    return _read(checkout(store, first), tuple(sorted(held.items())))


def _standing_for(store: Store, tree: str, rest: Files) -> tuple[str, Mapping[str, str]]:
    """Return a tree with the same files beside its tables, and its files; the tree itself if there is none.

    One that was there when it was remembered may be gone: a draft that was dropped, and swept.
    """
    place = store.home, rest
    with _DOOR:
        first = _STANDING.get(place, tree)
    try:
        there = tree_files(store, first)
    except NotHere:
        first, there = tree, tree_files(store, tree)
    with _DOOR:
        _STANDING[place] = first
        _STANDING.move_to_end(place)
        while len(_STANDING) > KEPT:
            _STANDING.popitem(last=False)
    return first, there


@lru_cache(maxsize=8)
def _read(folder: Path, tables: tuple[tuple[str, bytes | None], ...]) -> Study:
    return read_whole_study(folder, instead=dict(tables))
