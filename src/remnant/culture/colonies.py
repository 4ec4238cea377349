"""From colonies to their yield per cell plated, and to the part of them that the clone made."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.fractions.proportion import upper_bound as fraction_bound
from remnant.stats.rare.poisson import garwood, upper_bound
from remnant.study.estimate import Estimate, Source

ONE_FLASK = "colonies of one flask are not independent: the true interval is wider"


@dataclass(frozen=True)
class ColonyYield:
    """A colony assay of one compartment of one sample, replicate dishes together.

    Parameters
    ----------
    sample_id, compartment, assay : str
        What was plated; CFC, or LTC-CFC after weeks on stroma.
    lineage : str or None
        Lineage counted; None for all together.
    dishes : int
        Rows of the table.
    cells_plated : float
        Over all dishes.
    colonies : int
        Over all dishes.
    typed, abnormal : int or None
        Colonies typed, and those of them of the clone; None where none was typed.
    per_cell : Estimate
        Colonies per cell plated, with exact Poisson limits.
    clone_fraction : Estimate
        Part of the typed colonies that the clone made, with Clopper-Pearson limits.
    """

    sample_id: str
    compartment: str
    assay: str
    lineage: str | None
    dishes: int
    cells_plated: float
    colonies: int
    typed: int | None
    abnormal: int | None
    per_cell: Estimate
    clone_fraction: Estimate


def count_colonies(
    colonies: pl.DataFrame, *, confidence: float = 0.95, file: str = "colonies.csv"
) -> tuple[ColonyYield, ...]:
    """Estimate every colony assay of a study.

    Parameters
    ----------
    colonies : DataFrame
        Table `colonies` of a study, with `line`; rows of one sample, compartment, assay and lineage are
        replicate dishes.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    file : str
        Name of the table, for sources.

    Returns
    -------
    tuple of ColonyYield
        In the order of the table.
    """
    keys = ["sample_id", "compartment", "assay", "lineage"]
    return tuple(
        _one_assay(rows, confidence, file) for rows in colonies.partition_by(keys, maintain_order=True)
    )


def _one_assay(rows: pl.DataFrame, confidence: float, file: str) -> ColonyYield:
    sources = tuple(Source(file, line) for line in rows["line"])
    cells, count = float(rows["cells_plated"].sum()), int(rows["colonies"].sum())
    said = f"{count} colonies from {cells:g} cells, exact Poisson"
    if count == 0:
        bound = float(upper_bound(0, confidence=confidence)) / cells
        yielded = Estimate.not_detected(bound, confidence=confidence, reason=said, sources=sources)
    else:
        low, high = (float(x) / cells for x in garwood(count, confidence=confidence))
        yielded = Estimate.detected(
            count / cells, low, high, confidence=confidence, reason=said, sources=sources
        )
    # Only dishes with both numbers say anything of the clone.
    known = rows.filter(pl.col("colonies_typed").is_not_null() & pl.col("colonies_abnormal").is_not_null())
    typed = int(known["colonies_typed"].sum()) if known.height else None
    abnormal = int(known["colonies_abnormal"].sum()) if known.height else None
    places = tuple(Source(file, line) for line in known["line"])
    assay = str(rows["assay"][0])
    return ColonyYield(
        str(rows["sample_id"][0]),
        str(rows["compartment"][0]),
        assay,
        rows["lineage"][0],
        rows.height,
        cells,
        count,
        typed,
        abnormal,
        yielded,
        _clone(typed, abnormal, ONE_FLASK if assay == "LTC-CFC" else "", confidence, places),
    )


def _clone(
    typed: int | None, abnormal: int | None, caution: str, confidence: float, sources: tuple[Source, ...]
) -> Estimate:
    if typed is None or abnormal is None:
        return Estimate.not_done("colonies were not typed")
    if typed == 0:
        return Estimate.not_evaluable("no colony could be typed", sources)
    said = "; ".join(filter(None, [f"{abnormal} of {typed} colonies typed", caution]))
    if abnormal == 0:
        bound = float(fraction_bound(0, typed, confidence=confidence))
        return Estimate.not_detected(bound, confidence=confidence, reason=said, sources=sources)
    low, high = (float(x) for x in clopper_pearson(abnormal, typed, confidence=confidence))
    return Estimate.detected(abnormal / typed, low, high, confidence=confidence, reason=said, sources=sources)
