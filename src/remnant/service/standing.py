"""A study read from its tree, and a change to one table checked, without a folder for every revision.

What is no table, FCS files above all, is the same in most revisions: one folder stands for all of them, and
the tables are read from the store in place of those that stand in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import checkout, tree_files
from remnant.store.house import Store
from remnant.study.read import read_study
from remnant.study.study import Study
from remnant.study.tables import TABLES

FILES = frozenset(f"{name}.csv" for name in TABLES)
_STANDING: dict[tuple[Path, frozenset[tuple[str, str]]], str] = {}  # what is no table, to a tree that has it


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
    first = _STANDING.setdefault((store.home, rest), tree)
    held: dict[str, bytes | None] = dict.fromkeys(FILES & tree_files(store, first).keys())
    held |= {file: read_blob(store, blob) for file, blob in files.items() if file in FILES}
    held |= instead or {}
    return _read(checkout(store, first), tuple(sorted(held.items())))


@lru_cache(maxsize=8)
def _read(folder: Path, tables: tuple[tuple[str, bytes | None], ...]) -> Study:
    return read_study(folder, instead=dict(tables))
