"""Answers kept by the content that they were made from, so that a broken-off run can resume.

A key is a hash of everything that an answer depends on: the bytes of the files, the choices, and the version
of the program. So an answer that is found is the answer that would be made, and nothing is ever out of date.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from remnant.errors import ResultsError
from remnant.store.records import from_json, to_json

Record = TypeVar("Record")


def key(*parts: str) -> str:
    """Return the name of an answer that depends on `parts`."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Cache:
    """Answers by name: those of an earlier run, and a folder to which this run adds its own.

    Parameters
    ----------
    directory : Path or None
        Where this run keeps its answers until it is done; None keeps nothing.
    earlier : Mapping of str to record
        Answers of a run that was finished.
    """

    directory: Path | None = None
    earlier: Mapping[str, object] = field(default_factory=dict)

    def get(self, kind: type[Record], name: str) -> Record | None:
        """Return a kept answer; None if there is none, or if what is there is broken."""
        found = self.earlier.get(name)
        if isinstance(found, kind):
            return found
        if self.directory is None or not (path := self.directory / f"{name}.json").is_file():
            return None
        try:
            return from_json(kind, path.read_bytes(), source=path.name)
        except ResultsError:
            return None  # a broken disk, not an answer: it is made again

    def put(self, name: str, record: object) -> None:
        """Keep an answer, whole or not at all."""
        if self.directory is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.directory)
        with os.fdopen(handle, "wb") as file:
            file.write(to_json(record))
        Path(temporary).replace(self.directory / f"{name}.json")
