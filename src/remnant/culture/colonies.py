"""From colonies to their yield per cell plated, and to the part of them that the clone made.

Rows of one sample, compartment, assay and lineage are replicate dishes. Three or more tell whether dishes
vary more than chance: their counts are then negative binomial, and the limits of the yield follow; otherwise
they are exact Poisson. Two dishes cannot tell a spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import chdtrc

from remnant.culture.dishes import dispersed_limits, effective_counts, product_limits
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.fractions.proportion import upper_bound as fraction_bound
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.rare.negative_binomial import fit
from remnant.stats.rare.poisson import garwood, upper_bound
from remnant.study.estimate import Estimate, Evidence, Source

ONE_FLASK = "colonies of one flask are not independent: the true interval is wider"
SEVERAL = 3  # dishes that can tell a spread
NO_TYPES = Estimate.not_done("colonies were not typed")


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
        Colonies per cell plated.
    clone_fraction : Estimate
        Part of the typed colonies that the clone made, with Clopper-Pearson limits.
    dispersion : float or None
        Squared coefficient of variation of the yield between dishes, beyond chance; None below three dishes.
    dishes_differ_p : float or None
        That dishes of one yield differ as much; None with one dish.
    clone_per_cell, normal_per_cell : Estimate
        Colonies of each kind per cell plated.
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
    dispersion: float | None = None
    dishes_differ_p: float | None = None
    clone_per_cell: Estimate = NO_TYPES
    normal_per_cell: Estimate = NO_TYPES


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
    cells, counts = (rows[name].to_numpy().astype(float) for name in ("cells_plated", "colonies"))
    dispersion = fit(counts, cells).dispersion if rows.height >= SEVERAL else None
    yielded = _yield(counts, cells, dispersion, confidence, sources)
    # Only dishes with both numbers say anything of the clone.
    known = rows.filter(pl.col("colonies_typed").is_not_null() & pl.col("colonies_abnormal").is_not_null())
    typed, abnormal = (
        known[name].to_numpy().astype(float) for name in ("colonies_typed", "colonies_abnormal")
    )
    places = tuple(Source(file, line) for line in known["line"])
    assay = str(rows["assay"][0])
    caution = ONE_FLASK if assay == "LTC-CFC" and known.height < SEVERAL else ""
    clone, normal = (
        _fraction(kind, typed, caution, confidence, places) for kind in (abnormal, typed - abnormal)
    )
    each = [_part(yielded, part, confidence, sources) for part in (clone, normal)]
    return ColonyYield(
        str(rows["sample_id"][0]),
        str(rows["compartment"][0]),
        assay,
        rows["lineage"][0],
        rows.height,
        float(cells.sum()),
        int(counts.sum()),
        int(typed.sum()) if known.height else None,
        int(abnormal.sum()) if known.height else None,
        yielded,
        clone,
        dispersion,
        _differ(counts, cells),
        *each,
    )


def _yield(
    counts: FloatArray,
    cells: FloatArray,
    dispersion: float | None,
    confidence: float,
    sources: tuple[Source, ...],
) -> Estimate:
    count, total = int(counts.sum()), float(cells.sum())
    said = f"{count} colonies from {total:g} cells"
    if count == 0:
        bound = float(upper_bound(0, confidence=confidence)) / total
        reason = f"{said}, exact Poisson"
        return Estimate.not_detected(bound, confidence=confidence, reason=reason, sources=sources)
    low, high = (float(x) / total for x in garwood(count, confidence=confidence))
    value, how = count / total, "exact Poisson"
    if dispersion:
        value, lower, upper = dispersed_limits(counts, cells, confidence=confidence)
        low, high, how = min(low, lower), max(high, upper), "negative binomial, for dishes differ"
    return Estimate.detected(
        value, low, high, confidence=confidence, reason=f"{said}, {how}", sources=sources
    )


def _differ(counts: FloatArray, cells: FloatArray) -> float | None:
    """Chi-square of the dishes about one yield."""
    if len(counts) < 2 or counts.sum() == 0:
        return None
    expected = cells * counts.sum() / cells.sum()
    return float(chdtrc(len(counts) - 1, np.sum((counts - expected) ** 2 / expected)))


def _fraction(
    kind: FloatArray, typed: FloatArray, caution: str, confidence: float, sources: tuple[Source, ...]
) -> Estimate:
    if len(typed) == 0:
        return NO_TYPES
    if typed.sum() == 0:
        return Estimate.not_evaluable("no colony could be typed", sources)
    k, n = effective_counts(kind, typed) if len(typed) >= SEVERAL else (kind.sum(), typed.sum())
    wider = "dishes differ" if n < typed.sum() else ""
    said = f"{kind.sum():.0f} of {typed.sum():.0f} colonies typed"
    reason = "; ".join(filter(None, [said, wider, caution]))
    if kind.sum() == 0:
        bound = float(fraction_bound(0, typed.sum(), confidence=confidence))
        return Estimate.not_detected(bound, confidence=confidence, reason=reason, sources=sources)
    low, high = (float(x) for x in clopper_pearson(k, n, confidence=confidence))
    value = float(kind.sum() / typed.sum())
    return Estimate.detected(value, low, high, confidence=confidence, reason=reason, sources=sources)


def _part(yielded: Estimate, fraction: Estimate, confidence: float, sources: tuple[Source, ...]) -> Estimate:
    """Colonies of one kind per cell plated."""
    reason = "colonies per cell, times the part of this kind among those typed"
    if not fraction.known:
        return fraction
    if yielded.evidence is Evidence.NOT_DETECTED or fraction.evidence is Evidence.NOT_DETECTED:
        assert yielded.upper is not None
        assert fraction.upper is not None
        # Above both bounds at once: their product covers at least as often as the worse of the two.
        bound = yielded.upper * fraction.upper
        return Estimate.not_detected(bound, confidence=confidence, reason=reason, sources=sources)
    value, lower, upper = product_limits(yielded, fraction)
    return Estimate.detected(value, lower, upper, confidence=confidence, reason=reason, sources=sources)
