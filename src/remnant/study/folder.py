"""Which files of a study folder are its tables, each read as text."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remnant.errors import Fault, StudyError
from remnant.study.csv_text import CsvText, read_text, text_of
from remnant.study.faults import suggest
from remnant.study.settings import CONFIG_FILE
from remnant.study.tables import REQUIRED, TABLES
from remnant.study.text import printable
from remnant.study.workbook import WORKBOOK, read_workbook

NOT_CSV = (".tsv", ".txt", ".tab", ".xls", ".xlsx", ".xlsm", ".ods", ".numbers", ".parquet")


@dataclass
class Folder:
    """The tables of a study folder as text, while it is read.

    Parameters
    ----------
    texts : dict of str to CsvText
        Each table that has a file or a sheet.
    sources : dict of str to str
        What faults call it: `fish.csv`, or `study.xlsx sheet fish`.
    faults : list of Fault
        Files that are no table of a study, and tables that are missing.
    """

    texts: dict[str, CsvText] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_folder(root: Path, instead: Mapping[str, bytes | None] | None = None) -> Folder:
    """Read every table of a study folder as text.

    A file that could be mistaken for a table is a fault, for a table that is passed over in silence is an
    answer without it; hidden files and other files are left alone.

    Parameters
    ----------
    root : Path
        The folder.
    instead : Mapping of str to bytes or None, optional
        Tables by file name that are read in place of what stands there; None: as if it were not there.

    Raises
    ------
    StudyError
        If this is no study folder at all.
    """
    instead = instead or {}
    names = sorted({*_names(root), *instead} - {name for name, data in instead.items() if data is None})
    folder = Folder()
    if WORKBOOK in names:
        sheets, folder.faults = read_workbook(root / WORKBOOK)
        folder.texts |= sheets
        folder.sources |= {name: f"{WORKBOOK} sheet {name}" for name in sheets}
    for file in names:
        name, suffix = os.path.splitext(file)  # noqa: PTH122 -- Path would not keep a name such as `fish.`
        if file in (CONFIG_FILE, WORKBOOK) or file.startswith((".", "~$")):
            continue
        if suffix.lower() == ".csv":
            _take(folder, root, name, file, instead.get(file))
        elif suffix.lower() in NOT_CSV and (name.lower() in TABLES or name.lower() == "study"):
            expected = f"{name.lower()}.csv, or a sheet of {WORKBOOK}"
            found, hint = "a file that is not read", "save it as CSV, or move it out of the folder"
            folder.faults.append(Fault(printable(file), None, "", found, expected, hint))
    for name in REQUIRED:
        if name not in folder.texts:
            expected, hint = f"a file with one row for {TABLES[name].row}", "remnant new DIR shows one"
            folder.faults.append(Fault(f"{name}.csv", None, "", "no such file", expected, hint))
    return folder


def _names(root: Path) -> list[str]:
    """List the files of a study folder, or refuse what is none."""
    name = printable(root.name or root.resolve().name)
    try:
        names = sorted(os.listdir(root))  # noqa: PTH208 -- names are wanted, not paths
    except OSError as error:
        found = "a file" if isinstance(error, NotADirectoryError) else (error.strerror or "nothing").lower()
        hint = "make one: remnant new DIR"
        raise StudyError([Fault(name, None, "", found, "a study folder", hint)]) from None
    if CONFIG_FILE not in names:
        hint = "is this the study folder? remnant new DIR makes a template"
        raise StudyError([Fault(name, None, CONFIG_FILE, "no such file", "a study folder", hint)])
    return names


def _take(folder: Folder, root: Path, name: str, file: str, instead: bytes | None) -> None:
    if name not in TABLES or file != f"{name}.csv":
        hint = suggest(name.lower(), TABLES, "move it to a folder beside the tables", ending=".csv")
        expected = ", ".join(f"{table}.csv" for table in TABLES)
        folder.faults.append(Fault(printable(file), None, "", "an unknown table", expected, hint))
    elif name in folder.texts:
        found = f"{file} and a sheet {name} in {WORKBOOK}"
        hint = "keep the newer, remove the other"
        folder.faults.append(Fault(file, None, "", found, "one of them", hint))
    else:
        folder.texts[name] = read_text(root / file, file) if instead is None else text_of(instead, file)
        folder.sources[name] = file
