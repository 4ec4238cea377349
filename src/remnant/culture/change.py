"""A change between two plates of one patient, and the changes of several patients pooled.

Of one patient: the ratio of the frequencies, and of the odds of the clone among units that work, each with
profile-likelihood limits; one-sided where the wells of a plate all agree. Of several: each patient's log
ratio is Normal(mean, spread), known only through its own likelihood, so that a plate without a positive well
counts for what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.culture.plate import plate_arrays
from remnant.culture.typed import typed_plate
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.paired import SignTest, sign_test
from remnant.stats.tables.random_effect import PooledEffect, difference_grid, pool
from remnant.stats.wells.change import Ratio, Wells, frequency_ratio, ratio_profile
from remnant.stats.wells.dilution import log_likelihood, maximum_likelihood
from remnant.stats.wells.limits import upper_when_all_negative
from remnant.stats.wells.typed_change import TypedPair, odds_ratio

MEAN_SCALE, SPREAD_SCALE = 2.5, 1.0
UNTYPED = "one of the plates has no typed colony"
FLAT = 10.0  # of log frequency about that of all wells together: no knowledge to speak of


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
    frequency : RatioEstimate
        Units per cell plated, after over before.
    clone_odds : RatioEstimate
        Odds of the clone among units that work, after over before.
    confidence : float
    """

    before: str
    after: str
    frequency: RatioEstimate
    clone_odds: RatioEstimate
    confidence: float


@dataclass(frozen=True)
class PooledRatio:
    """The mean change of several patients.

    Parameters
    ----------
    patients : int
        With a likelihood that says anything.
    ratio, lower, upper : float
        Geometric mean ratio of the patients: posterior median and equal-tailed limits.
    probability_fall : float
        That the mean change is a fall.
    spread, spread_upper : float
        Between patients, SD of the log ratio: posterior median, and its one-sided upper limit.
    confidence : float
    signs : SignTest
        Exact, of how many patients rose and fell, with the least p that so many can give.
    prior : str
    """

    patients: int
    ratio: float
    lower: float
    upper: float
    probability_fall: float
    spread: float
    spread_upper: float
    confidence: float
    signs: SignTest
    prior: str


@dataclass(frozen=True)
class PooledFrequency:
    """The frequency of several patients, log-normal between them.

    Parameters
    ----------
    patients : int
    frequency, lower, upper : float
        Geometric mean: posterior median and equal-tailed limits. Where no well of any patient is positive, 0
        with the one-sided bound of all wells together.
    spread, spread_upper : float or None
        Between patients, SD of log frequency: posterior median, and its one-sided upper limit.
    one_sided : bool
    confidence : float
    prior : str
    """

    patients: int
    frequency: float
    lower: float
    upper: float
    spread: float | None
    spread_upper: float | None
    one_sided: bool
    confidence: float
    prior: str


def change_of_plates(
    before: pl.DataFrame, after: pl.DataFrame, *, names: tuple[str, str], confidence: float = 0.95
) -> PlateChange:
    """Compare two plates of one patient, as from `remnant.culture.read_plates`; each with wells."""
    one, two = (Wells.of(*plate_arrays(plate)) for plate in (before, after))
    frequency = _said(
        frequency_ratio(one, two, confidence=confidence),
        "no well is positive before or after" if one.frequency == 0 else "every well is positive in both",
    )
    kinds = _both_typed(before, after)
    if kinds is None:
        odds = RatioEstimate(None, None, None, False, UNTYPED)
    else:
        odds = _said(odds_ratio(kinds, confidence=confidence), "only one kind was seen in both plates")
    return PlateChange(*names, frequency, odds, confidence)


def pool_changes(
    pairs: Sequence[tuple[pl.DataFrame, pl.DataFrame]], *, clone: bool = False, confidence: float = 0.95
) -> PooledRatio | None:
    """Pool the changes of several patients.

    Parameters
    ----------
    pairs : sequence of (DataFrame, DataFrame)
        Plates before and after, one pair a patient.
    clone : bool, default False
        Whether to pool the odds of the clone, and not the frequency; patients without typed colonies are left
        out.
    confidence : float, default 0.95
        Of the limits.

    Returns
    -------
    PooledRatio or None
        None where no patient tells anything.

    Notes
    -----
    With two or three patients the spread is mostly its prior, half-Normal with scale 1 on the log ratio: a
    typical patient then differs from the mean by up to threefold. On average over that prior 95 % limits
    cover about as often as they say; where patients differ by more (SD 1.5), 0.83 to 0.93 in simulation.
    """
    grid = difference_grid()
    tables, rises = [], []
    for before, after in pairs:
        found = _curve(before, after, grid, clone)
        if found is not None and found[1] is not None:
            tables.append(np.exp(found[0] - found[0].max()))
            rises.append(found[1].value > 1)
    if not tables:
        return None
    posterior = pool(np.array(tables), mean_scale=MEAN_SCALE, spread_scale=SPREAD_SCALE)
    value, lower, upper, spread, spread_upper = _summary(posterior, confidence)
    return PooledRatio(
        len(tables),
        value,
        lower,
        upper,
        float(posterior.mean.cdf(0.0)),
        spread,
        spread_upper,
        confidence,
        sign_test(sum(rises), len(rises) - sum(rises)),
        f"mean log ratio Normal(0, {MEAN_SCALE:g}), spread half-Normal({SPREAD_SCALE:g})",
    )


def pool_frequencies(plates: Sequence[pl.DataFrame], *, confidence: float = 0.95) -> PooledFrequency | None:
    """Pool the frequencies of several patients, one plate each; None where every well is positive."""
    wells = [Wells.of(*plate_arrays(plate)) for plate in plates]
    every = [np.concatenate([getattr(w, name) for w in wells]) for name in ("dose", "tested", "positive")]
    together = float(maximum_likelihood(*every))
    prior = f"mean log frequency flat, spread half-Normal({SPREAD_SCALE:g})"
    if together == 0:
        bound = float(upper_when_all_negative(*every[:2], confidence=confidence))
        prior = "one common frequency: without a positive well nothing tells the patients apart"
        return PooledFrequency(len(wells), 0.0, 0.0, min(bound, 1.0), None, None, True, confidence, prior)
    if np.isinf(together):
        return None
    grid = difference_grid()
    rates = together * np.exp(grid)
    curves = [log_likelihood(rates, w.dose, w.tested, w.positive) for w in wells]
    tables = np.array([np.exp(curve - curve.max()) for curve in curves])
    posterior = pool(tables, mean_scale=FLAT, spread_scale=SPREAD_SCALE)
    *limits, spread, spread_upper = _summary(posterior, confidence)
    value, lower, upper = (min(together * x, 1.0) for x in limits)
    return PooledFrequency(len(wells), value, lower, upper, spread, spread_upper, False, confidence, prior)


def _summary(posterior: PooledEffect, confidence: float) -> tuple[float, float, float, float, float]:
    """Ratio with its limits, and spread with its upper limit."""
    tail = (1 - confidence) / 2
    value, lower, upper = np.exp(posterior.mean.quantile([0.5, tail, 1 - tail]))
    spread, most = posterior.spread.quantile([0.5, confidence])
    return float(value), float(lower), float(upper), float(spread), float(most)


def _curve(
    before: pl.DataFrame, after: pl.DataFrame, grid: FloatArray, clone: bool
) -> tuple[FloatArray, Ratio | None] | None:
    """Log-likelihood of one patient's log ratio, and the ratio."""
    if not clone:
        one, two = (Wells.of(*plate_arrays(plate)) for plate in (before, after))
        return ratio_profile(grid, one, two)[0], frequency_ratio(one, two)
    kinds = _both_typed(before, after)
    return None if kinds is None else (kinds.profile(grid)[0], odds_ratio(kinds))


def _both_typed(before: pl.DataFrame, after: pl.DataFrame) -> TypedPair | None:
    one, two = typed_plate(before), typed_plate(after)
    if one is None or two is None:
        return None
    known = all(plate.normal_wells + plate.clone_wells > 0 for plate in (one, two))
    return TypedPair.of(one, two) if known else None


def _said(ratio: Ratio | None, reason: str) -> RatioEstimate:
    if ratio is None:
        return RatioEstimate(None, None, None, False, reason)
    numbers = (x if np.isfinite(x) else None for x in (ratio.value, ratio.lower, ratio.upper))
    value, lower, upper = numbers
    return RatioEstimate(value, lower, upper, ratio.one_sided, "")
