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
    section: list[str | int] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)([^\]]+)\]", line):
            section = list(_keys(header.group(2)))
            name = ".".join(map(str, section))
            if header.group(1) == "[[":
                counts[name] = counts.get(name, -1) + 1
            for length in range(len(section), 0, -1):  # a table beneath one of several belongs to the last
                parent = ".".join(map(str, section[:length]))
                if parent in counts:
                    section.insert(length, counts[parent])
                    break
            if section[: len(path)] == path:
                return number
        elif (key := re.match(r"\s*([^=#]+?)\s*=", line)) and (section + _keys(key.group(1)))[
            : len(path)
        ] == path:
            return number
    return None


def _keys(dotted: str) -> list[str | int]:
    """Split a dotted key, some of its parts perhaps in quotes."""
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted)]
