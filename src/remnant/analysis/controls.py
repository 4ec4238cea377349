"""Which tubes of events.csv are the controls of a stained tube, and which tube is a patient's first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl


def first_visits(stained: pl.DataFrame) -> dict[str, str]:
    """Map each tube of a later visit to the tube of the same patient and panel at the first one."""
    ordered = stained.sort("day", "line")
    first = ordered.unique(["patient_id", "panel"], keep="first", maintain_order=True)
    both = ordered.join(first.select("patient_id", "panel", "file", "sample_id"), on=["patient_id", "panel"])
    later = both.filter(pl.col("sample_id") != pl.col("sample_id_right"))
    return dict(later.select("file", "file_right").iter_rows())


def related(events: pl.DataFrame, kind: str, tube: dict[str, Any]) -> pl.DataFrame:
    """List control tubes of one kind: the sample's own first, then the patient's nearest in time."""
    mine = events.filter(
        pl.col("tube") == kind,
        pl.col("panel") == tube["panel"],
        pl.col("patient_id") == tube["patient_id"],
    ).with_columns(away=(pl.col("day") - tube["day"]).abs(), lent=pl.col("sample_id") != tube["sample_id"])
    return mine.sort("lent", "away", "line")


def markers_of(tubes: pl.DataFrame) -> tuple[tuple[str, str, bool], ...]:
    """Choose the tube of each marker: the sample's own, else the patient's nearest in time, said so."""
    named = tubes.filter(pl.col("control_for").is_not_null())
    best = named.unique("control_for", keep="first", maintain_order=True)
    return tuple(best.sort("control_for").select("control_for", "file", "lent").iter_rows())


def dead_of(tubes: pl.DataFrame) -> str:
    """Choose the dead-cell control, which any visit may lend: it tells the dye, not the patient."""
    files: list[str] = tubes["file"].to_list()
    return files[0] if files else ""


def beads_apart(events: pl.DataFrame, tube: dict[str, Any]) -> str:
    """Name the tube that holds the counting beads of a sample apart from its stained cells; empty if none."""
    same = events.filter(pl.col("tube") == "beads", pl.col("sample_id") == tube["sample_id"])
    files: list[str] = same.sort("line")["file"].to_list()
    return files[0] if files else ""


def isotypes_of(
    tubes: pl.DataFrame, panel: Mapping[str, str], asked: Sequence[str]
) -> tuple[tuple[str, str, bool], ...]:
    """Choose the isotype tube of each marker; one that names none stands for every marker that is counted."""
    chosen = {marker: (marker, file, lent) for marker, file, lent in markers_of(tubes)}
    for file, lent in (
        tubes.filter(pl.col("control_for").is_null()).select("file", "lent").head(1).iter_rows()
    ):
        wanted = {marker.lower() for marker in asked}
        for marker in panel:
            if marker.lower() in wanted:
                chosen.setdefault(marker, (marker, file, lent))
    return tuple(chosen[marker] for marker in sorted(chosen))
