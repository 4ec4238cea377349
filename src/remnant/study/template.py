"""A new study folder: every table with an example row, study.toml, and the data dictionary.

All of it is generated from the schemas and the settings, so it cannot drift from what the reader takes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from remnant.errors import Fault, SettingError
from remnant.study import config
from remnant.study.column import Column, Kind
from remnant.study.schema import TableSchema
from remnant.study.tables import REQUIRED, TABLES
from remnant.study.text import printable

DICTIONARY = "DATA_DICTIONARY.md"
OF_FILES = ("events", "gate_reviews")  # tables whose rows name FCS files

STUDY_TOML = """\
# A study of remnant. Every section may be left out; what stands here is the default, and a key that
# remnant does not know is refused with the nearest one that it does.

[study]
title = "My study"
anchor = "first dose of lenalidomide"  # what day 0 is
synthetic = true                       # the example rows are invented: remove this line with them

[clone]
name = "del(5q)"
marker = "del(5q)"        # the abnormality in a karyotype
probe = "EGR1"            # the FISH probe of which the clone has lost a copy
control_probe = "D5S23"

[compartments.stem]
role = "stem"
phenotype = "CD34+ CD38-/low CD90+"

[compartments.progenitor]
role = "progenitor"
phenotype = "CD34+ CD38+"

[compartments.bulk]
role = "bulk"             # all cells of the specimen

[panel.hspc]              # marker = channel, as the FCS file names it
CD34 = "APC-A"
CD38 = "PE-Cy7-A"
CD90 = "BV421-A"
CD45 = "BV510-A"
viability = "7-AAD-A"

[rare]                    # a convention: put the limits that your laboratory has validated
detection_events = 20
quantitation_events = 50

[analysis]
criteria = "iwg2006"
confidence = 0.95
cutoff = "beta-binomial"
seed = 20100909
"""


def write_template(directory: Path) -> list[str]:
    """Write a study folder that passes `read_study` as it is.

    Parameters
    ----------
    directory : Path
        Folder to make.

    Returns
    -------
    list of str
        The files written.

    Raises
    ------
    SettingError
        If the folder is not empty, or cannot be made.
    """
    texts = {"study.toml": STUDY_TOML, DICTIONARY: data_dictionary()}
    # Examples that would name an FCS file that is not there are no live tables.
    texts |= {
        f"{name}.csv" + ".template" * (name in OF_FILES): _table(schema) for name, schema in TABLES.items()
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise FileExistsError(0, "a file, or a folder with files")
        for name, text in texts.items():
            (directory / name).write_text(text, encoding="utf-8")
    except OSError as error:
        found = (error.strerror or type(error).__name__).lower()
        hint = "name a new folder, where you may write: a template never writes over a study"
        raise SettingError(
            [Fault(printable(directory.name), None, "", found, "a new folder", hint)]
        ) from None
    return list(texts)


def _table(schema: TableSchema) -> str:
    lines = io.StringIO()
    lines.write(f"# {schema.name}: one row is {schema.row}. * may be left empty, or its column left out.\n")
    for column in schema.columns:
        lines.write(f"# {column.name}{'' if column.required else ' *'}: {_meaning(column)}\n")
    lines.write("# Replace the invented example row. Delete the file if nothing of this was measured.\n")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([column.name for column in schema.columns])
    writer.writerow([column.example for column in schema.columns])
    return lines.getvalue()


def _meaning(column: Column) -> str:
    """Say what a column holds, for a comment or a cell of the dictionary."""
    text = column.meaning
    if column.unit and column.unit not in ("fraction", "days"):
        text += f" In {column.unit}."
    if column.choices:
        text += f" One of: {', '.join(column.choices)}."
    if column.kind is Kind.DAY:
        text += f" Or give {column.date_name} as 2024-03-31."
    if column.refers_to in TABLES:
        text += f" As in {column.refers_to}.csv."
    return text


def data_dictionary() -> str:
    """Return every table, column and setting of a study as Markdown."""
    lines = ["# Data dictionary", "", "Generated from the schemas that the reader uses.", ""]
    lines += [
        "CSV files are UTF-8 with commas and decimal points; a line that starts with `#` is a comment; an",
        "empty cell means that nothing was measured. In place of the files, one `study.xlsx` may hold a",
        "sheet per table.",
        "",
    ]
    for schema in TABLES.values():
        need = ", required" if schema.name in REQUIRED else ""
        lines += [f"## {schema.name}.csv", "", f"One row is {schema.row}{need}.", ""]
        lines += ["| column | needed | holds | unit | meaning |", "| --- | --- | --- | --- | --- |"]
        for column in schema.columns:
            needed = "yes" if column.required else "no"
            cells = (f"`{column.name}`", needed, column.expected, column.unit, _meaning(column))
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
        if schema.key:
            lines += [f"Each {' + '.join(schema.key)} occurs once.", ""]
    lines += ["## study.toml", "", "| key | default | meaning |", "| --- | --- | --- |"]
    lines += [
        f"| `{key}` | {default} | {meaning} |" for key, default, meaning in _settings(config.StudyConfig, "")
    ]
    return "\n".join([*lines, ""])


_NAMED: dict[str, type[BaseModel]] = {
    "compartments": config.Compartment,
    "maturation": config.Maturation,
    "probe": config.Probe,
}


def _settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        path = prefix + name
        if path == "panel":
            yield "panel.NAME.MARKER", "", "Channel of a marker, by its $PnN or $PnS."
        elif path in _NAMED:  # clone.probe is the name of a probe, not what is known of one
            yield from _settings(_NAMED[path], f"{path}.NAME.")
        elif isinstance(kind, type) and issubclass(kind, BaseModel) and kind is not config.BetaPrior:
            yield from _settings(kind, f"{path}.")
        else:
            default = "needed" if field.is_required() else _default(field.default)
            yield path, default, field.description or ""


def _default(value: object) -> str:
    if isinstance(value, config.BetaPrior):
        return f"errors {value.errors:g}, correct {value.correct:g} (an editable example)"
    return "by the data" if value is None else f"`{value}`"
