"""Frozen records to JSON and back, and to flat tables for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar

import polars as pl
from pydantic import BaseModel, TypeAdapter, ValidationError

from remnant.errors import Fault, ResultsError

Record = TypeVar("Record")


def to_json(record: Any) -> bytes:
    """Return a record as JSON, the same bytes for equal records."""
    return adapter(type(record)).dump_json(record, indent=1)


def adapter(kind: type[Record]) -> TypeAdapter[Record]:
    """Return what writes and checks records of a kind; to make it takes longer than to read most records."""
    made: TypeAdapter[Record] = _adapter(kind)  # type: ignore[arg-type]  # mypy takes a class for unhashable
    return made


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def from_json(kind: type[Record], text: bytes, *, source: str) -> Record:
    """Read a record back.

    Parameters
    ----------
    kind : type
        A frozen dataclass.
    text : bytes
        What `to_json` wrote.
    source : str
        Name of the file, for the fault.

    Raises
    ------
    ResultsError
        If the text is not such a record.
    """
    try:
        return adapter(kind).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        hint = "was it written by another version? run the analysis again"
        raise ResultsError(
            [Fault(source, None, place, first["msg"], f"a record of {kind.__name__}", hint)]
        ) from error


def to_table(records: Sequence[Any]) -> pl.DataFrame:
    """Lay records of one kind out as rows, one column per number.

    A record within a record becomes columns such as `fraction_lower`; a tuple becomes one text cell, parted
    by semicolons; tuples of records are left out, for they are tables of their own.
    """
    rows = [_flat(record, "") for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame({name: [row.get(name) for row in rows] for name in names}, strict=False)


def _flat(record: Any, prefix: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    items = (
        record.items()
        if isinstance(record, Mapping)
        else [(f.name, getattr(record, f.name)) for f in fields(record)]
    )
    for name, value in items:
        key = f"{prefix}{name}"
        if is_dataclass(value) and not isinstance(value, type):
            row |= _flat(value, f"{key}_")
        elif isinstance(value, BaseModel):
            row |= _flat(value.model_dump(), f"{key}_")
        elif isinstance(value, tuple):
            if all(_plain(item) for item in value):
                row[key] = "; ".join(str(item) for item in value)
        else:
            row[key] = value.value if isinstance(value, Enum) else value
    return row


def _plain(value: Any) -> bool:
    # A place in a file is written as text; every other record is a row of a table of its own.
    return not isinstance(value, tuple) and (not is_dataclass(value) or type(value).__name__ == "Source")
