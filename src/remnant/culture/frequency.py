"""From wells to the frequency of stem cells that work: every plate of a study, and its two kinds of colonies.

Where colonies were typed, normal and clonal units have each their own frequency, and the part of the clone
among them is the functional twin of the FISH fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.culture.plate import FrequencyEstimate, Interval, estimate_frequency, plate_arrays
from remnant.culture.wells import PlateDose, plate_doses
from remnant.errors import Fault, TableError
from remnant.stats.wells.single_hit import SingleHitTests, single_hit_tests
from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_profile import Profile, clone_fraction, clone_frequency, normal_frequency
from remnant.study.estimate import Estimate, Source

TYPED = ("wells_normal_only", "wells_clone_only", "wells_both")
IMPAIRED = "clonal cells that grow less well in culture make this lower than the fraction of stem cells"


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
    if faults := _typed_faults(dilution_plates, file):
        raise TableError(faults)
    keys = ["sample_id", "compartment", "assay"]
    return tuple(
        _estimate_plate(plate, confidence, file)
        for plate in dilution_plates.partition_by(keys, maintain_order=True)
    )


def _typed_faults(plates: pl.DataFrame, file: str) -> list[Fault]:
    """Typed wells come as three counts, and are among the positive ones."""
    faults = []
    for row in plates.iter_rows(named=True):
        typed = [row[name] for name in TYPED]
        absent = [name for name in TYPED if row[name] is None]
        if 0 < len(absent) < len(TYPED):
            hint = "write 0 where no well was of this kind; leave all three empty where none was typed"
            faults.append(Fault(file, row["line"], absent[0], "nothing", "a whole number from 0", hint))
        elif not absent and sum(typed) > row["wells_positive"]:
            limit = f"at most wells_positive = {row['wells_positive']}"
            found = f"{sum(typed)} typed wells"
            faults.append(Fault(file, row["line"], "wells_both", found, limit, "each well counts once"))
    return faults


def _estimate_plate(plate: pl.DataFrame, confidence: float, file: str) -> Frequency:
    sources = tuple(Source(file, line) for line in plate["line"])
    dose, tested, positive = plate_arrays(plate)
    wells, hits = int(tested.sum()), int(positive.sum())
    typed = int(plate.select(pl.sum_horizontal(pl.col(TYPED).sum())).item())
    interval, tests = Interval.NONE, None
    if wells == 0:
        whole = normal = clone = part = Estimate.not_evaluable("no wells scored", sources)
    else:
        found = estimate_frequency(plate, confidence=confidence)
        interval, tests = found.interval, single_hit_tests(dose, tested, positive)
        whole = _whole(found, sources)
        normal, clone, part = _typed(plate, typed, hits, confidence, sources)
    return Frequency(
        sample_id=str(plate["sample_id"][0]),
        compartment=str(plate["compartment"][0]),
        assay=str(plate["assay"][0]),
        doses=len(np.unique(dose)),
        wells_tested=wells,
        wells_positive=hits,
        wells_typed=typed,
        all_cells=whole,
        normal=normal,
        clone=clone,
        clone_fraction=part,
        interval=interval,
        single_hit=tests,
        remarks=_remarks(tests, interval, hits - typed if typed else 0),
        wells=plate_doses(plate, file),
    )


def _whole(found: FrequencyEstimate, sources: tuple[Source, ...]) -> Estimate:
    reason = f"{found.wells_positive} of {found.wells_tested} wells positive, single-hit, {found.interval}"
    if found.wells_positive == 0:
        return Estimate.not_detected(found.upper, confidence=found.confidence, reason=reason, sources=sources)
    limits = found.frequency, found.lower, found.upper
    return Estimate.detected(*limits, confidence=found.confidence, reason=reason, sources=sources)


def _typed(
    plate: pl.DataFrame, typed: int, positive: int, confidence: float, sources: tuple[Source, ...]
) -> tuple[Estimate, Estimate, Estimate]:
    """Estimate normal and clonal frequency, and the functional clone fraction."""
    if all(plate[name].is_null().all() for name in TYPED):
        return (Estimate.not_done("colonies were not typed"),) * 3
    wells = _typed_plate(plate)
    if positive > 0 and typed == 0:
        return (Estimate.not_evaluable("no positive well was typed", sources),) * 3
    said = f"{typed} of {positive} positive wells typed, two Poisson kinds, profile likelihood"
    found = [
        _say(frequency(wells, confidence=confidence), said, confidence, sources)
        for frequency in (normal_frequency, clone_frequency)
    ]
    if typed == 0:
        return (
            found[0],
            found[1],
            Estimate.not_evaluable("no colony grew, so none is clonal or normal", sources),
        )
    kinds = wells.negative.sum() + wells.normal_only.sum() + wells.clone_only.sum()
    if kinds == 0:
        why = "every well holds both kinds: plate fewer cells"
        return found[0], found[1], Estimate.not_evaluable(why, sources)
    part = _say(clone_fraction(wells, confidence=confidence), f"{said}; {IMPAIRED}", confidence, sources)
    return found[0], found[1], part


def _say(profile: Profile, reason: str, confidence: float, sources: tuple[Source, ...]) -> Estimate:
    if profile.value == 0:
        return Estimate.not_detected(profile.upper, confidence=confidence, reason=reason, sources=sources)
    value, lower, upper = profile.value, profile.lower, profile.upper
    return Estimate.detected(value, lower, upper, confidence=confidence, reason=reason, sources=sources)


def _typed_plate(plate: pl.DataFrame) -> TypedPlate:
    dose, tested, positive = plate_arrays(plate)
    normal, clone, both = (plate[name].fill_null(0).to_numpy().astype(float) for name in TYPED)
    untyped = positive - normal - clone - both
    assert np.all(untyped >= 0), "the study was checked: typed wells are among the positive ones"
    return TypedPlate(dose, tested - positive, normal, clone, both, untyped)


def _remarks(tests: SingleHitTests | None, interval: Interval, untyped: int) -> tuple[str, ...]:
    if tests is None:
        return ()
    remarks = []
    if interval is Interval.LOWER:
        remarks.append("every well was positive: plate fewer cells to find the frequency")
    if tests.separated:
        remarks.append(
            "one dose parts negative from positive wells: the slope of the dose cannot be estimated"
        )
    ps = (tests.score_log_dose_p, tests.likelihood_ratio_p, tests.deviance_p)
    if any(p is not None and p < 0.05 for p in ps):
        remarks.append("the wells do not fit single-hit kinetics: the frequency depends on the dose")
    if untyped:
        remarks.append(f"{untyped} positive wells were not typed")
    return tuple(remarks)
