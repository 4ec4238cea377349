"""From wells to the frequency of stem cells that work: every plate of a study, and its two kinds of colonies.

Where colonies were typed, normal and clonal units have each their own frequency, and the part of the clone
among them is the functional twin of the FISH fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.culture.kinetics import inhibition_remark, input_remarks, single_hit_remarks
from remnant.culture.plate import FrequencyEstimate, Interval, estimate_frequency, plate_arrays
from remnant.culture.typed import IMPAIRED, TYPED, TypedFrequencies, estimate_typed, typed_faults
from remnant.culture.wells import PlateDose, plate_doses
from remnant.errors import TableError
from remnant.stats.wells.inhibition import inhibition_p
from remnant.stats.wells.single_hit import SingleHitTests, single_hit_tests
from remnant.stats.wells.typed_independence import Independence
from remnant.study.estimate import Estimate, Source

__all__ = ["IMPAIRED", "TYPED", "Frequency", "estimate_frequencies"]


@dataclass(frozen=True)
class Frequency:
    """Limiting dilution of one compartment of one sample.

    Parameters
    ----------
    sample_id, compartment, assay : str
        What was plated.
    doses, wells_tested, wells_positive, wells_typed : int
        Doses, and wells over all of them.
    all_cells : Estimate
        Units of either kind per cell plated.
    normal, clone : Estimate
        Units of each kind per cell plated, where colonies were typed.
    clone_fraction : Estimate
        clone / (normal + clone), with profile limits.
    interval : Interval
        How the limits of `all_cells` were made.
    single_hit : SingleHitTests or None
        Tests of the single-hit model; None without wells.
    remarks : tuple of str
        What a reader should know of the plate.
    wells : tuple of PlateDose
        The wells behind it, from the lowest dose up.
    bias_corrected : float or None
        `all_cells` with its first-order bias taken out; None without wells.
    independence : Independence or None
        Wells that hold both kinds against chance; None where no well was typed.
    """

    sample_id: str
    compartment: str
    assay: str
    doses: int
    wells_tested: int
    wells_positive: int
    wells_typed: int
    all_cells: Estimate
    normal: Estimate
    clone: Estimate
    clone_fraction: Estimate
    interval: Interval
    single_hit: SingleHitTests | None
    remarks: tuple[str, ...]
    wells: tuple[PlateDose, ...]
    bias_corrected: float | None = None
    independence: Independence | None = None


def estimate_frequencies(
    dilution_plates: pl.DataFrame, *, confidence: float = 0.95, file: str = "dilution_plates.csv"
) -> tuple[Frequency, ...]:
    """Estimate every plate of a study.

    Parameters
    ----------
    dilution_plates : DataFrame
        Table `dilution_plates` of a study, with `line`; rows of one sample, compartment and assay are one
        plate.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    file : str
        Name of the table, for sources.

    Returns
    -------
    tuple of Frequency
        In the order of the table.

    Raises
    ------
    TableError
        With every row that has some of the three counts of typed wells and not all, or more than positive
        wells.
    """
    if faults := typed_faults(dilution_plates, file):
        raise TableError(faults)
    keys = ["sample_id", "compartment", "assay"]
    return tuple(
        _estimate_plate(plate, confidence, file)
        for plate in dilution_plates.partition_by(keys, maintain_order=True)
    )


def _estimate_plate(plate: pl.DataFrame, confidence: float, file: str) -> Frequency:
    sources = tuple(Source(file, line) for line in plate["line"])
    wells = plate_arrays(plate)
    place = str(plate["sample_id"][0]), str(plate["compartment"][0]), str(plate["assay"][0])
    doses, rows = len(np.unique(wells[0])), plate_doses(plate, file)
    if wells[1].sum() == 0:
        none = Estimate.not_evaluable("no wells scored", sources)
        return Frequency(*place, doses, 0, 0, 0, none, none, none, none, Interval.NONE, None, (), rows)
    found = estimate_frequency(plate, confidence=confidence)
    tests = single_hit_tests(*wells, confidence=confidence)
    typed = estimate_typed(plate, confidence=confidence, sources=sources)
    return Frequency(
        *place,
        doses=doses,
        wells_tested=found.wells_tested,
        wells_positive=found.wells_positive,
        wells_typed=typed.wells_typed,
        all_cells=_whole(found, sources),
        normal=typed.normal,
        clone=typed.clone,
        clone_fraction=typed.clone_fraction,
        interval=found.interval,
        single_hit=tests,
        remarks=(*plate_remarks(found, tests, typed, inhibition_p(*wells)), *input_remarks({place[1]})),
        wells=rows,
        bias_corrected=found.bias_corrected,
        independence=typed.independence,
    )


def plate_remarks(
    found: FrequencyEstimate, tests: SingleHitTests, typed: TypedFrequencies, inhibition: float
) -> tuple[str, ...]:
    """What a reader should know of a plate."""
    full = "every well was positive: plate fewer cells to find the frequency"
    return (
        *((full,) if found.interval is Interval.LOWER else ()),
        *inhibition_remark(inhibition),
        *single_hit_remarks(tests),
        *typed.remarks,
    )


def _whole(found: FrequencyEstimate, sources: tuple[Source, ...]) -> Estimate:
    reason = f"{found.wells_positive} of {found.wells_tested} wells positive, single-hit, {found.interval}"
    if found.wells_positive == 0:
        return Estimate.not_detected(found.upper, confidence=found.confidence, reason=reason, sources=sources)
    numbers = found.frequency, found.lower, found.upper
    return Estimate.detected(*numbers, confidence=found.confidence, reason=reason, sources=sources)
