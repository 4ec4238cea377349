"""Where a key of a TOML file stands: TOML readers keep no positions, and a person wants a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

Path = Sequence[str | int]


def line_of(text: str, path: Path) -> int | None:
    r"""Find the line of a key; a section that stands several times is followed by its number, from 0.

    A key without a line of its own, as in `when = { day = 1 }`, is on the line of what holds it.

    Examples
    --------
    >>> text = '[[therapy]]\ndrug = "a"\n[[therapy]]\ndrug = "b"\n'
    >>> line_of(text, ["therapy", 1, "drug"])
    4
    """
    wanted = list(path)
    while wanted:
        if (found := _exactly(text, wanted)) is not None:
            return found
        wanted.pop()
    return None


def _exactly(text: str, path: list[str | int]) -> int | None:
    wanted = _joined(path)
    section: list[str | int] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)([^\]]+)\]", line):
            section = _numbered(header.group(2), counts, several=header.group(1) == "[[")
            here = section
        elif key := re.match(r"\s*([^=#]+?)\s*=", line):
            here = [*section, *_keys(key.group(1))]
        else:
            continue
        if (_joined(here) + ".").startswith(wanted + "."):
            return number
    return None


def _numbered(name: str, counts: dict[str, int], *, several: bool) -> list[str | int]:
    """Put its number after a section that stands several times; one beneath it belongs to the last."""
    section: list[str | int] = list(_keys(name))
    if several:
        counts[_joined(section)] = counts.get(_joined(section), -1) + 1
    for length in range(len(section), 0, -1):
        if (holder := _joined(section[:length])) in counts:
            section.insert(length, counts[holder])
            break
    return section


def _joined(path: Sequence[str | int]) -> str:
    # A dotted key, quoted or not, is the same place as a key in a section.
    return ".".join(map(str, path))


def _keys(dotted: str) -> list[str]:
    """Split a dotted key, some of its parts perhaps in quotes."""
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted)]
