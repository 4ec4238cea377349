"""Rows of gate_reviews.csv as they stand in the file, and a cut in words."""

from __future__ import annotations

from remnant.service.gating.bench import TubeOfStudy
from remnant.service.texts.csv_rows import find_rows
from remnant.study.gate_reviews import GATE_REVIEWS

FILE = "gate_reviews.csv"


def rows_of(text: bytes) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of the table with their lines."""
    if not text:
        return []
    found = find_rows(text, FILE)
    blank = {column.name: "" for column in GATE_REVIEWS.columns}
    return [(row.line, blank | dict(zip(found.names, found.values(row), strict=False))) for row in found.rows]


def cut_of(row: tuple[int, dict[str, str]] | None) -> float | None:
    """Return the cut of a row, on the compensated scale; None without a row."""
    return None if row is None else float(row[1]["cut"])


def is_moved(row: tuple[int, dict[str, str]] | None, cut: float | None, tube: TubeOfStudy) -> bool:
    """Say whether a row is to be written: another cut, or the same of a file that has changed since."""
    stale = row is not None and row[1]["file_sha256"] not in ("", tube.sha256)
    return cut_of(row) != cut or stale


def said(placed: float | None, automatic: float | None) -> str:
    """Say a cut for the audit trail: placed, automatic, or none."""
    if placed is not None:
        return exact(placed)
    return "automatic" if automatic is None else f"automatic, {automatic:.4g}"


def exact(cut: float) -> str:
    """Write a cut with every digit that it has: two that differ are never written alike."""
    return repr(float(cut)).removesuffix(".0")
