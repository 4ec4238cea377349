"""The tables of a study with other names and moved dates; every other cell as it was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from remnant.service.privacy.names_in_text import Cell, Names
from remnant.service.privacy.pseudonyms import Cipher, Pseudonym
from remnant.study import Study
from remnant.study.column import Column, Kind
from remnant.study.csv_text import CsvText
from remnant.study.folder import Folder
from remnant.study.schema import LINE
from remnant.study.tables import TABLES

OLDEST = 89  # years on day 0; beyond it an age leads to a person (45 CFR 164.514(b)(2)(i)(C))
YEAR = 365.25
MIDDLE = (7, 2)  # of a year: when someone is born of whom only the year is known
# Who works in the lab is nobody's business; and a file that is written anew has another digest.
REVIEWED = {"reviewer": "reviewer", "file_sha256": ""}
NAMES_OF = {"patients": "patient_id", "samples": "sample_id"}


@dataclass
class Tables:
    """The tables while they are written anew.

    Parameters
    ----------
    names : Names
        What may stand nowhere.
    files : dict of str to str
        FCS file, old path to new.
    shift_of_file : dict of str to int
        FCS file, old path to the days by which its date is moved.
    rows : dict
        Table to header and rows.
    kept_texts : list of Cell
        Every cell that was kept and may hold any text.
    free : dict of str to set of str
        Column of free text to its texts.
    old : int
        Years of birth that were left out.
    """

    names: Names
    files: dict[str, str]
    shift_of_file: dict[str, int]
    rows: dict[str, tuple[list[str], list[list[str]]]] = field(default_factory=dict)
    kept_texts: list[Cell] = field(default_factory=list)
    free: dict[str, set[str]] = field(default_factory=dict)
    old: int = 0


def rewritten(folder: Folder, study: Study, cipher: Cipher, made: Iterable[Pseudonym]) -> Tables:
    """Write the tables of a study anew.

    Parameters
    ----------
    folder, study : Folder, Study
        The same study folder, as text and as read.
    cipher : Cipher
        Makes words of names.
    made : iterable of Pseudonym
        One for each patient.
    """
    patients = {one.patient_id: one for one in made}
    samples = dict(study["samples"].select("sample_id", "patient_id").iter_rows())
    words = cipher.words("sample", "S", samples)
    controls = cipher.words("control", "C", study["fish_controls"]["control_id"].unique().to_list())
    files = _files(study, words)
    shifts = {
        file: patients[samples[sample]].shift_days
        for sample, file in study["events"].select("sample_id", "file").iter_rows()
    }
    tables = Tables(Names([*patients, *samples, *controls]), files, shifts)
    rewriter = _Rewriter(tables, patients, samples, words, controls)
    for name in TABLES:
        if name in folder.texts:
            rewriter.table(name, folder.texts[name], folder.sources[name])
    return tables


def free_texts(tables: Tables) -> tuple[tuple[str, int], ...]:
    """List the columns of free text that were kept, with the number of different texts in each."""
    return tuple((column, len(texts)) for column, texts in tables.free.items())


def _files(study: Study, words: Mapping[str, str]) -> dict[str, str]:
    """Name each FCS file after the word of its sample, and number it within."""
    files: dict[str, str] = {}
    counts: dict[str, int] = {}
    for sample, file in study["events"].select("sample_id", "file").iter_rows():
        if file not in files:
            counts[sample] = counts.get(sample, 0) + 1
            files[file] = f"fcs/{words[sample]}-{counts[sample]}.fcs"
    return files


@dataclass
class _Rewriter:
    tables: Tables
    patients: Mapping[str, Pseudonym]
    samples: Mapping[str, str]
    words: Mapping[str, str]
    controls: Mapping[str, str]

    def table(self, name: str, text: CsvText, source: str) -> None:
        """Write one table anew, its rows in their order: an answer may depend on it."""
        schema = {column.name: column for column in TABLES[name].columns}
        schema |= {column.date_name: column for column in TABLES[name].columns if column.date_name}
        header = [column for column in text.header if column in schema]
        rows = []
        for row in text.table.iter_rows(named=True):
            whose = self._whose(row)
            rows.append([self._cell(name, schema[column], column, row, whose, source) for column in header])
        self.tables.rows[name] = header, rows

    def _whose(self, row: Mapping[str, Any]) -> Pseudonym | None:
        patient = row.get("patient_id") or self.samples.get(row.get("sample_id") or "")
        return self.patients[patient] if patient else None

    def _cell(
        self,
        table: str,
        column: Column,
        header: str,
        row: Mapping[str, Any],
        whose: Pseudonym | None,
        source: str,
    ) -> str:
        text = row[header]
        if text is None:
            return ""
        if header == "patient_id":
            assert whose is not None
            return whose.pseudonym
        if header == "sample_id":
            return self.words[text]
        if header == "control_id":
            return self.controls[text]
        if column.kind is Kind.FILE:
            return self.tables.files[text]
        if table == "gate_reviews" and header in REVIEWED:
            return REVIEWED[header]
        if header == "birth_year":
            return self._birth_year(text, row.get("anchor_date"), whose)
        if column.kind is Kind.DATE or header == column.date_name:
            assert whose is not None, "only tables of patients have dates"
            return moved(text, whose.shift_days)
        if column.kind in (Kind.TEXT, Kind.IDENTIFIER) and not column.choices:
            free = column.kind is Kind.TEXT
            self.tables.kept_texts.append(Cell(source, row[LINE], header, text, free))
            if free:
                self.tables.free.setdefault(f"{table}.csv {header}", set()).add(text)
        return str(text)

    def _birth_year(self, text: str, anchor: str | None, whose: Pseudonym | None) -> str:
        assert whose is not None
        if anchor is None:
            return text
        day, year = date.fromisoformat(anchor[:10]), int(float(text))
        if day.year - year > OLDEST:
            self.tables.old += 1
            return ""
        return str(moved_year(year, day, whose.shift_days))


def moved(text: str, days: int) -> str:
    """Move a date as a study writes it.

    Examples
    --------
    >>> moved("2008-03-01", -1), moved("2008-03-01 00:00:00", -366)
    ('2008-02-29', '2007-03-01')
    """
    return (date.fromisoformat(text[:10]) + timedelta(days=days)).isoformat()


def moved_year(year: int, anchor: date, days: int) -> int:
    """Move a year of birth so that the age on a moved anchor is nearest to what it was.

    Examples
    --------
    >>> moved_year(1940, date(2010, 6, 1), -20), moved_year(1940, date(2010, 6, 1), -340)
    (1940, 1939)
    """

    def age(born: int, at: date) -> float:
        return (at - date(born, *MIDDLE)).days / YEAR

    then = anchor + timedelta(days=days)
    return min((year, year - 1, year - 2), key=lambda born: abs(age(born, then) - age(year, anchor)))
