"""Wells whose colonies were typed: the frequency of normal units, of clonal ones, and the clone's part.

That part is the functional twin of the FISH fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.culture.plate import plate_arrays
from remnant.errors import Fault
from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_independence import Independence, independence
from remnant.stats.wells.typed_profile import Profile, clone_fraction, clone_frequency, normal_frequency
from remnant.study.estimate import Estimate, Source

TYPED = ("wells_normal_only", "wells_clone_only", "wells_both")
IMPAIRED = "clonal cells that grow less well in culture make this lower than the fraction of stem cells"


@dataclass(frozen=True)
class TypedFrequencies:
    """What typed colonies tell of a plate.

    Parameters
    ----------
    wells_typed : int
        Positive wells of known kind.
    normal, clone : Estimate
        Units of each kind per cell plated.
    clone_fraction : Estimate
        clone / (normal + clone), with profile limits.
    independence : Independence or None
        Wells that hold both kinds against chance; None where no well was typed.
    remarks : tuple of str
    """

    wells_typed: int
    normal: Estimate
    clone: Estimate
    clone_fraction: Estimate
    independence: Independence | None
    remarks: tuple[str, ...]


def typed_faults(plates: pl.DataFrame, file: str) -> list[Fault]:
    """Say where the counts of typed wells are not three, or are more than the positive wells."""
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


def typed_plate(plate: pl.DataFrame) -> TypedPlate | None:
    """Return the wells of a plate by kind; None where nothing was typed."""
    if all(plate[name].is_null().all() for name in TYPED):
        return None
    plate = plate.filter((pl.col("wells_tested") > 0) & (pl.col("cells_per_well") > 0))
    dose, tested, positive = plate_arrays(plate)
    normal, clone, both = (plate[name].fill_null(0).to_numpy().astype(float) for name in TYPED)
    untyped = positive - normal - clone - both
    assert (untyped >= 0).all(), "the study was checked: typed wells are among the positive ones"
    return TypedPlate(dose, tested - positive, normal, clone, both, untyped)


def estimate_typed(
    plate: pl.DataFrame, *, confidence: float = 0.95, sources: tuple[Source, ...] = ()
) -> TypedFrequencies:
    """Estimate normal and clonal frequency, and the functional clone fraction.

    Parameters
    ----------
    plate : DataFrame
        Rows of one plate of table `dilution_plates`, free of `typed_faults`; at least one well.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    sources : tuple of Source
        Where they were read.
    """
    wells = typed_plate(plate)
    if wells is None:
        return TypedFrequencies(0, *(Estimate.not_done("colonies were not typed"),) * 3, None, ())
    typed = round(wells.normal_wells + wells.clone_wells - wells.both.sum())
    positive = typed + round(wells.untyped.sum())
    if positive > 0 and typed == 0:
        unknown = Estimate.not_evaluable("no positive well was typed", sources)
        return TypedFrequencies(0, unknown, unknown, unknown, None, ())
    said = f"{typed} of {positive} positive wells typed, two Poisson kinds, profile likelihood"
    normal, clone = (
        _say(frequency(wells, confidence=confidence), said, confidence, sources)
        for frequency in (normal_frequency, clone_frequency)
    )
    if typed == 0:
        part = Estimate.not_evaluable("no colony grew, so none is clonal or normal", sources)
    elif wells.negative.sum() + wells.normal_only.sum() + wells.clone_only.sum() == 0:
        part = Estimate.not_evaluable("every well holds both kinds: plate fewer cells", sources)
    else:
        part = _say(clone_fraction(wells, confidence=confidence), f"{said}; {IMPAIRED}", confidence, sources)
    judged = independence(wells)
    return TypedFrequencies(typed, normal, clone, part, judged, _remarks(judged, positive - typed))


def _remarks(judged: Independence, untyped: int) -> tuple[str, ...]:
    remarks = []
    if judged.p < 0.05:
        fewer = judged.both < judged.expected
        why = "the two kinds compete" if fewer else "the two kinds cluster, or wells differ in their support"
        remarks.append(
            f"{judged.both} wells hold both kinds where {judged.expected:.1f} are expected of independent "
            f"units (exact p {judged.p:.2g}): {why}"
        )
    if untyped:
        remarks.append(f"{untyped} positive wells were not typed")
    return tuple(remarks)


def _say(profile: Profile, reason: str, confidence: float, sources: tuple[Source, ...]) -> Estimate:
    if profile.value == 0:
        return Estimate.not_detected(profile.upper, confidence=confidence, reason=reason, sources=sources)
    value, lower, upper = profile.value, profile.lower, profile.upper
    return Estimate.detected(value, lower, upper, confidence=confidence, reason=reason, sources=sources)
