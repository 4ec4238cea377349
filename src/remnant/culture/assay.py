"""A limiting-dilution experiment: frequencies of its groups, their differences, the single-hit tests."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from remnant.culture.frequency import plate_remarks
from remnant.culture.kinetics import input_remarks, single_hit_remarks
from remnant.culture.plate import Interval, estimate_frequency, plate_arrays
from remnant.culture.typed import TypedFrequencies, estimate_typed
from remnant.scale import stream
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.multiplicity import holm
from remnant.stats.wells.change import Wells, frequency_ratio
from remnant.stats.wells.goodness import GoodnessOfFit, goodness_of_fit
from remnant.stats.wells.groups import GroupDifference, group_difference
from remnant.stats.wells.inhibition import inhibition_p
from remnant.stats.wells.single_hit import SingleHitTests, single_hit_tests
from remnant.study.estimate import Source


@dataclass(frozen=True)
class PlateGroup:
    """The wells of one group.

    Parameters
    ----------
    group : str
    frequency, lower, upper : float
        Units per cell plated, within [0, 1].
    interval : Interval
    confidence : float
    one_sided : bool
        Whether all wells agree, so that there is one limit, at the whole confidence.
    side : str or None
        Which limit that is: upper or lower.
    cells_per_unit : float or None
        1 / frequency; None for infinite.
    cells_per_unit_at_lower, cells_per_unit_at_upper : float or None
        1 / lower, the larger number of cells, and 1 / upper.
    bias_corrected : float
        Frequency with its first-order bias taken out.
    wells, wells_positive, doses : int
    deviance : float or None
        Of this group's wells from single-hit kinetics.
    df : int
        Rows of this group less one.
    single_hit : SingleHitTests
        Of this group alone.
    fit : GoodnessOfFit or None
        The deviance against the outcomes of this group's design.
    typed : TypedFrequencies or None
        None where no colony was typed.
    remarks : tuple of str
    """

    group: str
    frequency: float
    lower: float
    upper: float
    interval: Interval
    confidence: float
    one_sided: bool
    side: str | None
    cells_per_unit: float | None
    cells_per_unit_at_lower: float | None
    cells_per_unit_at_upper: float | None
    bias_corrected: float
    wells: int
    wells_positive: int
    doses: int
    deviance: float | None
    df: int
    single_hit: SingleHitTests
    fit: GoodnessOfFit | None
    typed: TypedFrequencies | None
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class PairDifference:
    """Two groups compared.

    Parameters
    ----------
    a, b : str
    statistic : float
        Likelihood ratio, on `df` degrees of freedom.
    df : int
    p, p_holm : float
        By itself, and adjusted for all pairs.
    score_p : float
        Of the score test.
    ratio, lower, upper : float or None
        Frequency of b over that of a, with profile limits; None for infinite, and where neither group tells.
    one_sided : bool
        Whether the ratio is 0 or infinite, with one limit at the whole confidence.
    """

    a: str
    b: str
    statistic: float
    df: int
    p: float
    p_holm: float
    score_p: float
    ratio: float | None
    lower: float | None
    upper: float | None
    one_sided: bool


@dataclass(frozen=True)
class DilutionAssay:
    """Everything that the wells of one file say.

    Parameters
    ----------
    groups : tuple of PlateGroup
        In the order of the file.
    difference : GroupDifference or None
        Test of one common frequency; None with a single group.
    pairwise : tuple of PairDifference
        Every pair of groups.
    single_hit : SingleHitTests
        Across groups, each with its own frequency.
    fit : GoodnessOfFit or None
        Across groups.
    confidence : float
    observed : bool
        Whether wells held exactly so many cells.
    remarks : tuple of str
        What concerns the groups together, and rows that were left out.
    """

    groups: tuple[PlateGroup, ...]
    difference: GroupDifference | None
    pairwise: tuple[PairDifference, ...]
    single_hit: SingleHitTests
    fit: GoodnessOfFit | None
    confidence: float
    observed: bool
    remarks: tuple[str, ...]


def analyse_dilution(
    plates: pl.DataFrame,
    *,
    confidence: float = 0.95,
    interval: Interval = Interval.PROFILE,
    observed: bool = False,
    file: str = "",
) -> DilutionAssay:
    """Analyse the wells of one file, group by group and together.

    Parameters
    ----------
    plates : DataFrame
        As from `remnant.culture.read_plates`.
    confidence : float, default 0.95
        Coverage of every interval, in (0, 1).
    interval : Interval, default PROFILE
        How limits of frequencies are made.
    observed : bool, default False
        Whether wells hold exactly so many cells.
    file : str
        Name of the table, for sources.
    """
    blank = (pl.col("wells_tested") == 0) | (pl.col("cells_per_well") == 0)
    used, left_out = plates.filter(~blank), plates.filter(blank)
    parts = {str(part["group"][0]): part for part in used.partition_by("group", maintain_order=True)}
    groups = tuple(_group(part, confidence, interval, observed, file) for part in parts.values())
    wells = plate_arrays(used)
    labels = used["group"].to_numpy()
    together = single_hit_tests(*wells, labels, confidence=confidence)
    fit = groups[0].fit
    if len(groups) > 1:
        fit = goodness_of_fit(*wells, labels, rng=stream(0, "goodness of fit"))
    remarks = [_left_out(left_out, set(parts))] if left_out.height else []
    if len(groups) > 1:
        remarks += single_hit_remarks(together, fit.p if fit else None)
        remarks += input_remarks(set(used["compartment"].drop_nulls().to_list()))
    return DilutionAssay(
        groups,
        group_difference(*wells, labels) if len(groups) > 1 else None,
        _pairs({name: plate_arrays(part) for name, part in parts.items()}, confidence),
        together,
        fit,
        confidence,
        observed,
        tuple(remarks),
    )


def _left_out(rows: pl.DataFrame, kept: set[str]) -> str:
    said = f"without wells or without cells, {rows.height} row{'s' * (rows.height > 1)} left out"
    gone = [name for name in dict.fromkeys(rows["group"].to_list()) if name not in kept]
    return f"{said}; nothing is left of {', '.join(gone)}" if gone else said


def _group(
    part: pl.DataFrame, confidence: float, interval: Interval, observed: bool, file: str
) -> PlateGroup:
    wells = plate_arrays(part)
    found = estimate_frequency(part, confidence=confidence, interval=interval, observed=observed)
    tests = single_hit_tests(*wells, confidence=confidence)
    sources = tuple(Source(file, line) for line in part["line"])
    typed = estimate_typed(part, confidence=confidence, sources=sources)
    fit = goodness_of_fit(*wells, rng=stream(0, "goodness of fit", str(part["group"][0])))
    compartments = set(part["compartment"].drop_nulls().to_list())
    side = {Interval.UPPER: "upper", Interval.LOWER: "lower"}.get(found.interval)
    return PlateGroup(
        group=str(part["group"][0]),
        frequency=found.frequency,
        lower=found.lower,
        upper=found.upper,
        interval=found.interval,
        confidence=confidence,
        one_sided=found.one_sided,
        side=side,
        cells_per_unit=_over(found.frequency),
        cells_per_unit_at_lower=_over(found.lower),
        cells_per_unit_at_upper=_over(found.upper),
        bias_corrected=found.bias_corrected,
        wells=found.wells_tested,
        wells_positive=found.wells_positive,
        doses=len(np.unique(wells[0])),
        deviance=tests.deviance,
        df=tests.degrees_of_freedom,
        single_hit=tests,
        fit=fit,
        typed=typed if typed.clone.sources or typed.wells_typed else None,
        remarks=(*plate_remarks(found, tests, typed, inhibition_p(*wells)), *input_remarks(compartments)),
    )


def _over(frequency: float) -> float | None:
    return 1 / frequency if frequency > 0 else None


def _pairs(
    parts: dict[str, tuple[FloatArray, FloatArray, FloatArray]], confidence: float
) -> tuple[PairDifference, ...]:
    pairs = list(combinations(parts, 2))
    tests = [_difference(parts[a], parts[b]) for a, b in pairs]
    adjusted = holm([test.p for test in tests])
    found = []
    for (a, b), test, p_holm in zip(pairs, tests, adjusted, strict=True):
        ratio = frequency_ratio(Wells.of(*parts[a]), Wells.of(*parts[b]), confidence=confidence)
        found.append(
            PairDifference(
                a=a,
                b=b,
                statistic=test.statistic,
                df=test.df,
                p=test.p,
                p_holm=float(p_holm),
                score_p=test.score_p,
                ratio=_finite(ratio.value if ratio else None),
                lower=_finite(ratio.lower if ratio else None),
                upper=_finite(ratio.upper if ratio else None),
                one_sided=ratio is not None and ratio.one_sided,
            )
        )
    return tuple(found)


def _difference(
    a: tuple[FloatArray, FloatArray, FloatArray], b: tuple[FloatArray, FloatArray, FloatArray]
) -> GroupDifference:
    dose, tested, positive = (np.concatenate(pair) for pair in zip(a, b, strict=True))
    return group_difference(dose, tested, positive, np.repeat([0, 1], [len(a[0]), len(b[0])]))


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
