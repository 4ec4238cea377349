"""A table of the page: cells that know what they say, what kind of thing it is, and where it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from remnant.report import numbers, phrases
from remnant.study.estimate import Estimate, Evidence, Source

MARKS = {
    Evidence.DETECTED: "",
    Evidence.NOT_DETECTED: "▽",
    Evidence.NOT_EVALUABLE: "×",
    Evidence.NOT_DONE: "–",
}


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text : str
        What it says first.
    more : str
        A second, quieter line.
    look : str
        `number`, `short` (never broken), `yes`, `no`, `open` (verdicts) or nothing.
    mark : str
        A role (`stem`, `progenitor`, `bulk`), which is shown by its shape, or nothing.
    source : str
        Files and lines that it was read from.
    """

    text: str
    more: str = ""
    look: str = ""
    mark: str = ""
    source: str = ""


@dataclass(frozen=True)
class Table:
    """Rows beneath a header, with a caption that says what they are."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def table(caption: str, header: str, rows: Sequence[tuple[Cell, ...]]) -> Table | None:
    """Return a table, its header written as `One|Two|Three`; none where there are no rows."""
    return Table(caption, tuple(header.split("|")), tuple(rows)) if rows else None


def estimate(quantity: Estimate, write: Callable[[float], str] = numbers.percent) -> Cell:
    """Return the cell of an estimate, of whichever of the four kinds."""
    source = sources(quantity.sources)
    if quantity.evidence is Evidence.DETECTED:
        exact = quantity.lower == quantity.upper  # a whole specimen is all of itself
        limits = "" if exact else phrases.limits(quantity, write)
        return Cell(phrases.value(quantity, write), limits, source=source)
    said = f"{MARKS[quantity.evidence]} {quantity.evidence}"
    if quantity.evidence is Evidence.NOT_DETECTED:
        assert quantity.upper is not None
        side = "" if quantity.confidence is None else f" (one-sided {numbers.coverage(quantity.confidence)})"
        return Cell(said, f"below {write(quantity.upper)}{side}", source=source)
    return Cell(said, quantity.reason, source=source)


def number(text: str, more: str = "") -> Cell:
    """Return a cell that stands to the right."""
    return Cell(text, more, "number")


def day(number_of_days: int) -> Cell:
    """Return the cell of a day."""
    return Cell(numbers.count(number_of_days), look="number")


def role(name: str, kind: str) -> Cell:
    """Return the cell of a compartment, with the shape of its role."""
    return Cell(name, look="short", mark=kind)


def sources(places: Iterable[Source]) -> str:
    """Name places, a file once with all its lines.

    Examples
    --------
    >>> sources([Source("fish.csv", 7), Source("fish.csv", 9), Source("karyotypes.csv", 2)])
    'fish.csv:7, 9; karyotypes.csv:2'
    """
    lines: dict[str, list[str]] = {}
    for place in places:
        lines.setdefault(place.file, []).extend([] if place.line is None else [str(place.line)])
    return "; ".join(
        f"{file}:{', '.join(numbers_)}" if numbers_ else file for file, numbers_ in lines.items()
    )
