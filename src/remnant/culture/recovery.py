"""From the last plate before treatment to the first in remission: of each patient, and over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from remnant.culture.change import Quantity, RatioEstimate, ratio_of
from remnant.culture.frequency import Frequency
from remnant.culture.pooled import pool_changes
from remnant.study.estimate import Estimate, Evidence

NO_BASELINE, NO_REMISSION = "no plate before treatment", "no plate in remission"
HOW = "profile likelihood of the ratio of two plates"


@dataclass(frozen=True)
class PlatedVisit:
    """One plate at one visit: its wells and what they came to.

    Parameters
    ----------
    day : int
    wells : DataFrame
        Rows of table `dilution_plates`.
    found : Frequency
    """

    day: int
    wells: pl.DataFrame
    found: Frequency


@dataclass(frozen=True)
class Fold:
    """How many times a quantity is what it was.

    Parameters
    ----------
    ratio : Estimate
        After over before; not detected, with its bound, where there was none after.
    at_least, at_most : float or None
        The one limit, one-sided, where there was none before, or where every well was positive once.
    """

    ratio: Estimate
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class CultureChange:
    """Limiting dilution of one compartment of one patient, before treatment and in remission.

    Parameters
    ----------
    patient_id, compartment, assay : str
    before_sample, after_sample : str
        Samples of the last plate before treatment and of the first in remission; empty without one.
    before_day, after_day : int or None
    frequency_before, frequency_after : Estimate
        Units of either kind per cell plated.
    clone_before, clone_after : Estimate
        Functional clone fraction.
    frequency, normal, clone : Fold
        Of units of either kind, of normal ones, of those of the clone.
    clone_odds : Fold
        Of the odds of the clone among units that work.
    remarks : tuple of str
        What a reader should know of the two plates.
    """

    patient_id: str
    compartment: str
    assay: str
    before_sample: str
    before_day: int | None
    after_sample: str
    after_day: int | None
    frequency_before: Estimate
    frequency_after: Estimate
    clone_before: Estimate
    clone_after: Estimate
    frequency: Fold
    normal: Fold
    clone: Fold
    clone_odds: Fold
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class PooledCulture:
    """The mean change of one quantity over patients.

    Parameters
    ----------
    compartment, assay : str
    quantity : Quantity
    patients : int
        Whose plates tell it.
    ratio : Estimate
        Geometric mean of the ratios, in remission over before treatment.
    probability_fall : float or None
        Posterior probability that the mean fell.
    spread, spread_upper : float or None
        Between patients, SD of the log ratio: posterior median and one-sided upper limit.
    rose, fell : int
    sign_p, smallest_p : float or None
        Exact sign test, two-sided, and the least that it can give with so many patients.
    prior : str
    """

    compartment: str
    assay: str
    quantity: Quantity
    patients: int
    ratio: Estimate
    probability_fall: float | None = None
    spread: float | None = None
    spread_upper: float | None = None
    rose: int = 0
    fell: int = 0
    sign_p: float | None = None
    smallest_p: float | None = None
    prior: str = ""


def measure_change(
    patient_id: str,
    place: tuple[str, str],
    before: PlatedVisit | None,
    after: PlatedVisit | None,
    *,
    confidence: float,
) -> CultureChange:
    """Compare two plates of a patient, of one compartment and assay.

    Parameters
    ----------
    patient_id : str
    place : (str, str)
        Compartment and assay.
    before, after : PlatedVisit or None
        None where there is no such plate.
    confidence : float
        Coverage, in (0, 1).
    """
    sides = ((before, "before treatment"), (after, "in remission"))
    remarks = tuple(f"{when}: {text}" for visit, when in sides if visit for text in visit.found.remarks)
    folds = {quantity: _fold(before, after, quantity, confidence) for quantity in Quantity}
    none = [Estimate.not_done(text) for text in (NO_BASELINE, NO_REMISSION)]
    return CultureChange(
        patient_id,
        *place,
        before_sample=before.found.sample_id if before else "",
        before_day=before.day if before else None,
        after_sample=after.found.sample_id if after else "",
        after_day=after.day if after else None,
        frequency_before=before.found.all_cells if before else none[0],
        frequency_after=after.found.all_cells if after else none[1],
        clone_before=before.found.clone_fraction if before else none[0],
        clone_after=after.found.clone_fraction if after else none[1],
        frequency=folds[Quantity.FREQUENCY],
        normal=folds[Quantity.NORMAL],
        clone=folds[Quantity.CLONE],
        clone_odds=folds[Quantity.CLONE_ODDS],
        remarks=remarks,
    )


def pool_patients(
    place: tuple[str, str], pairs: Sequence[tuple[PlatedVisit, PlatedVisit]], *, confidence: float
) -> tuple[PooledCulture, ...]:
    """Pool every quantity over the patients with both plates."""
    wells = [(before.wells, after.wells) for before, after in pairs if _scored(before) and _scored(after)]
    return tuple(_pooled(place, wells, quantity, confidence) for quantity in Quantity)


def _pooled(
    place: tuple[str, str],
    wells: Sequence[tuple[pl.DataFrame, pl.DataFrame]],
    quantity: Quantity,
    confidence: float,
) -> PooledCulture:
    found = pool_changes(wells, of=quantity, confidence=confidence)
    patients = 0 if found is None else found.patients
    if found is None or patients < 2:
        why = f"{patients or 'no'} patient{'' if patients == 1 else 's'} with two plates that tell it"
        return PooledCulture(*place, quantity, patients, Estimate.not_evaluable(why))
    signs = found.signs
    how = "posterior median of the mean, each patient by the profile likelihood"
    numbers = found.ratio, found.lower, found.upper
    return PooledCulture(
        *place, quantity, patients, Estimate.detected(*numbers, confidence=confidence, reason=how),
        found.probability_fall, found.spread, found.spread_upper, signs.above, signs.below,
        signs.p_two_sided, signs.smallest_p, found.prior,
    )  # fmt: skip


def _fold(
    before: PlatedVisit | None, after: PlatedVisit | None, quantity: Quantity, confidence: float
) -> Fold:
    if before is None or after is None:
        return Fold(Estimate.not_done(NO_BASELINE if before is None else NO_REMISSION))
    sources = before.found.all_cells.sources + after.found.all_cells.sources
    for visit, when in ((before, "before treatment"), (after, "in remission")):
        if not _scored(visit):
            return Fold(Estimate.not_evaluable(f"no wells scored {when}", sources))
    said = ratio_of(before.wells, after.wells, quantity, confidence=confidence)
    if said.value is not None and said.lower is not None and said.upper is not None and not said.one_sided:
        numbers = said.value, said.lower, said.upper
        return Fold(Estimate.detected(*numbers, confidence=confidence, reason=HOW, sources=sources))
    if said.upper is not None and _of(after.found, quantity).evidence is Evidence.NOT_DETECTED:
        return Fold(Estimate.not_detected(said.upper, confidence=confidence, reason=HOW, sources=sources))
    reason = said.reason or _bounded(said, quantity, before.found)
    bounds = (None, None) if said.reason else (said.lower or None, said.upper)
    return Fold(Estimate.not_evaluable(reason, sources), *bounds)


def _bounded(said: RatioEstimate, quantity: Quantity, before: Frequency) -> str:
    """Say why a ratio has one limit alone."""
    bound = f"at most {said.upper:.2g}-fold" if said.lower == 0 else f"at least {said.lower:.2g}-fold"
    if _of(before, quantity).evidence is Evidence.NOT_DETECTED:
        return f"none before treatment: {bound}, one-sided"
    when = "before treatment" if said.lower == 0 else "in remission"
    full = "no normal unit" if quantity is Quantity.CLONE_ODDS else "every well positive"
    return f"{full} {when}: {bound}, one-sided"


def _of(found: Frequency, quantity: Quantity) -> Estimate:
    return {
        Quantity.FREQUENCY: found.all_cells,
        Quantity.NORMAL: found.normal,
        Quantity.CLONE: found.clone,
        Quantity.CLONE_ODDS: found.clone_fraction,
    }[quantity]


def _scored(visit: PlatedVisit) -> bool:
    return visit.found.wells_tested > 0
