"""Whose table a folder holds: by which plan, by which program, and whether it is finished."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from remnant.errors import Fault, ResultsError
from remnant.scale.whole import whole_file

COMPUTING = ("remnant", "numpy", "scipy", "numba", "jax", "polars")
SHOWN = 5  # differences of two plans that are said


@dataclass(frozen=True)
class Finished:
    """The finished table: its rows, and the SHA-256 of its file."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a folder holds.

    Parameters
    ----------
    name : str
        What an item is, in the plural, and what the table is called.
    total : int
        Number of items.
    plan : Mapping of str to JSON
        Every choice behind an answer.
    program : Mapping of str to str
        What computes, with its version. The rows of one table come from one program.
    finished : Finished or None
        None while blocks are still missing.
    """

    name: str
    total: int
    plan: Mapping[str, Any]
    program: Mapping[str, str]
    finished: Finished | None = None

    @classmethod
    def of(cls, name: str, total: int, plan: object) -> Manifest:
        """Write down a plan, which is a frozen record, a pydantic model or a mapping."""
        # A number that JSON does not have is kept as its name: NaN would not even equal itself.
        return cls(name, total, json.loads(to_json(plan, inf_nan_mode="strings")), program())


@lru_cache(1)
def program() -> dict[str, str]:
    """Name what computes: the code of this program by its hash, each library by its version."""
    code = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return {
        "code": code.hexdigest()[:16],
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version(name) for name in COMPUTING},
    }


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest, whole or not at all."""
    with whole_file(path) as file:
        file.write(json.dumps(asdict(manifest), indent=1, ensure_ascii=False).encode() + b"\n")


def read_manifest(path: Path) -> Manifest:
    """Read a manifest back.

    Raises
    ------
    ResultsError
        If the file is not one.
    """
    try:
        return TypeAdapter(Manifest).validate_json(path.read_bytes())
    except ValidationError as error:
        found = error.errors()[0]["msg"]
        hint = "name a new folder, or remove this one"
        fault = Fault(str(path), None, "", found, "a manifest of this program", hint)
        raise ResultsError([fault]) from error


def check_same(there: Manifest, asked: Manifest, path: Path) -> None:
    """Refuse to go on in a folder that was begun by another plan or another program.

    Raises
    ------
    ResultsError
        With every difference, up to a few.
    """
    rows = [
        *_differences(
            {"number of " + there.name: there.total, **there.plan},
            {"number of " + asked.name: asked.total, **asked.plan},
        ),
        *_differences(there.program, asked.program, "program"),
    ]
    hint = "name a new folder, remove this one, or ask for what was begun here"
    faults = [Fault(str(path), None, place, old, f"{new}, as asked now", hint) for place, old, new in rows]
    if faults:
        raise ResultsError(faults[:SHOWN])


def _differences(there: Any, asked: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Walk two structures side by side and give each place where they part."""
    if isinstance(there, Mapping) and isinstance(asked, Mapping):
        for key in [*there, *(key for key in asked if key not in there)]:
            inner = f"{place}.{key}" if place else str(key)
            yield from _differences(there.get(key), asked.get(key), inner)
    elif isinstance(there, list) and isinstance(asked, list) and len(there) == len(asked):
        for number, (old, new) in enumerate(zip(there, asked, strict=True), start=1):
            yield from _differences(old, new, f"{place}[{number}]")
    elif there != asked or type(there) is not type(asked):
        yield place, json.dumps(there, ensure_ascii=False), json.dumps(asked, ensure_ascii=False)
