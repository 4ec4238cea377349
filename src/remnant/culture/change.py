"""A change between two plates of one patient: the ratio of what they tell, after over before.

The frequency of all units, of normal ones, of clonal ones, and the odds of the clone among units that work:
each ratio with profile-likelihood limits, one-sided where the wells of a plate all agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from remnant.culture.plate import plate_arrays
from remnant.culture.typed import typed_plate
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.change import Ratio, Wells, frequency_ratio, ratio_profile
from remnant.stats.wells.typed_change import TypedPair, odds_ratio

UNTYPED = "one of the plates has no typed colony"


class Quantity(StrEnum):
    """What may change between two plates."""

    FREQUENCY = "units of either kind"
    NORMAL = "normal units"
    CLONE = "units of the clone"
    CLONE_ODDS = "odds of the clone"


ALIKE = {
    Quantity.FREQUENCY: "no well is positive before or after, or every well in both",
    Quantity.NORMAL: "normal units are in no well of either plate, or in every well of both",
    Quantity.CLONE: "units of the clone are in no well of either plate, or in every well of both",
    Quantity.CLONE_ODDS: "only one kind was seen in both plates",
}


@dataclass(frozen=True)
class RatioEstimate:
    """A ratio, after over before.

    Parameters
    ----------
    value, lower, upper : float or None
        None for infinite; all None where nothing can be told.
    one_sided : bool
        Whether the ratio is 0 or infinite, with one limit at the whole confidence.
    reason : str
        Why there is none.
    """

    value: float | None
    lower: float | None
    upper: float | None
    one_sided: bool
    reason: str


@dataclass(frozen=True)
class PlateChange:
    """Two plates of one patient.

    Parameters
    ----------
    before, after : str
        Groups.
    frequency, normal, clone : RatioEstimate
        Units of either kind, normal ones and those of the clone, per cell plated: after over before.
    clone_odds : RatioEstimate
        Odds of the clone among units that work, after over before.
    confidence : float
    """

    before: str
    after: str
    frequency: RatioEstimate
    normal: RatioEstimate
    clone: RatioEstimate
    clone_odds: RatioEstimate
    confidence: float


@dataclass(frozen=True)
class PlatePair:
    """Wells before and after, positive for the kind of unit that is compared."""

    before: Wells
    after: Wells

    def ratio(self, confidence: float) -> Ratio | None:
        """Ratio of the frequencies; None where both are 0 or both infinite."""
        return frequency_ratio(self.before, self.after, confidence=confidence)

    def curve(self, log_ratio: FloatArray) -> FloatArray:
        """Profile log-likelihood of the log ratio."""
        return ratio_profile(log_ratio, self.before, self.after)[0]


@dataclass(frozen=True)
class OddsPair:
    """Typed plates before and after."""

    plates: TypedPair

    def ratio(self, confidence: float) -> Ratio | None:
        """Ratio of the odds; None where one kind alone was seen in both."""
        return odds_ratio(self.plates, confidence=confidence)

    def curve(self, log_ratio: FloatArray) -> FloatArray:
        """Profile log-likelihood of the log odds ratio."""
        return self.plates.profile(log_ratio)[0]


def change_of_plates(
    before: pl.DataFrame, after: pl.DataFrame, *, names: tuple[str, str], confidence: float = 0.95
) -> PlateChange:
    """Compare two plates of one patient, as from `remnant.culture.read_plates`; each with wells."""
    found = {quantity: ratio_of(before, after, quantity, confidence=confidence) for quantity in Quantity}
    return PlateChange(
        *names,
        frequency=found[Quantity.FREQUENCY],
        normal=found[Quantity.NORMAL],
        clone=found[Quantity.CLONE],
        clone_odds=found[Quantity.CLONE_ODDS],
        confidence=confidence,
    )


def ratio_of(
    before: pl.DataFrame, after: pl.DataFrame, quantity: Quantity, *, confidence: float = 0.95
) -> RatioEstimate:
    """Compare one quantity of two plates, each with wells; or say why they cannot be compared."""
    pair = comparable(before, after, quantity)
    if isinstance(pair, str):
        return RatioEstimate(None, None, None, False, pair)
    found = pair.ratio(confidence)
    if found is None:
        return RatioEstimate(None, None, None, False, ALIKE[quantity])
    value, lower, upper = (x if np.isfinite(x) else None for x in (found.value, found.lower, found.upper))
    return RatioEstimate(value, lower, upper, found.one_sided, "")


def comparable(before: pl.DataFrame, after: pl.DataFrame, quantity: Quantity) -> PlatePair | OddsPair | str:
    """Return two plates ready to be compared, or why they cannot be."""
    if quantity is Quantity.FREQUENCY:
        return PlatePair(*(Wells.of(*plate_arrays(plate)) for plate in (before, after)))
    if quantity is Quantity.CLONE_ODDS:
        one, two = typed_plate(before), typed_plate(after)
        if one is None or two is None or not all(p.normal_wells + p.clone_wells for p in (one, two)):
            return UNTYPED
        return OddsPair(TypedPair.of(one, two))
    first, second = (_of_kind(plate, quantity) for plate in (before, after))
    if isinstance(first, str):
        return first
    return second if isinstance(second, str) else PlatePair(first, second)


def _of_kind(plate: pl.DataFrame, quantity: Quantity) -> Wells | str:
    """Wells that hold a unit of one kind. With every positive well typed the kinds are two plates."""
    dose, tested, positive = plate_arrays(plate)
    if positive.sum() == 0:
        return Wells.of(dose, tested, positive)  # nothing grew, so there was nothing to type
    typed = typed_plate(plate)
    if typed is None:
        return UNTYPED
    if untyped := round(float(typed.untyped.sum())):
        return f"{untyped} positive wells were not typed"
    own = typed.normal_only if quantity is Quantity.NORMAL else typed.clone_only
    return Wells.of(dose, tested, own + typed.both)
