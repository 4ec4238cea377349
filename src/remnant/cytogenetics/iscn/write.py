"""Write a karyotype in the strict spelling."""

from __future__ import annotations

from collections.abc import Iterable

from remnant.cytogenetics.iscn.karyotype import Segment


def spell_segment(segment: Segment) -> str:
    """Write one rearrangement: `psu dic(14;15)(q13;q13)`.

    Examples
    --------
    >>> spell_segment(Segment("t", ("9", "22"), ("q34", "q11.2")))
    't(9;22)(q34;q11.2)'
    """
    word = f"{segment.manner} {segment.kind}".strip()
    inside = segment.detail or ";".join(segment.bands)
    return f"{word}({';'.join(segment.chromosomes)})" + (f"({inside})" if inside else "")


def spell_abnormality(sign: str, doubt: bool, segments: Iterable[Segment], tail: str) -> str:
    """Write a rearrangement with all its parts; the doubt stands behind the sign."""
    return sign + ("?" if doubt else "") + "".join(map(spell_segment, segments)) + tail


def spell_number(low: int, high: int, prefix: str, ploidy: str) -> str:
    """Write how many chromosomes a clone has: `mos 47`, `44~46`, `88~91<4n>`."""
    span = f"{low}" if low == high else f"{low}~{high}"
    return (f"{prefix} " if prefix else "") + span + ploidy


def spell_cells(cells: int | None, composite: bool) -> str:
    """Write the cells of a clone in brackets; nothing where they were not counted."""
    return "" if cells is None else f"[{'cp' if composite else ''}{cells}]"
