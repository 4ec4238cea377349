"""Changes and frequencies of several patients, pooled.

Each patient's log ratio, or log frequency, is Normal(mean, spread), known only through its own likelihood, so
that a plate without a positive well counts for what it says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.culture.change import Quantity, comparable
from remnant.culture.plate import plate_arrays
from remnant.stats.tables.paired import SignTest, sign_test
from remnant.stats.tables.random_effect import PooledEffect, difference_grid, pool
from remnant.stats.wells.change import Wells
from remnant.stats.wells.dilution import log_likelihood, maximum_likelihood
from remnant.stats.wells.limits import upper_when_all_negative

# With half-Normal(1) for the spread, limits of two or three patients who differ by SD 1.5 held 87 to 89 %.
MEAN_SCALE, SPREAD_SCALE = 2.5, 1.5
FLAT = 10.0  # of log frequency about that of all wells together: no knowledge to speak of


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


def pool_changes(
    pairs: Sequence[tuple[pl.DataFrame, pl.DataFrame]],
    *,
    of: Quantity = Quantity.FREQUENCY,
    confidence: float = 0.95,
) -> PooledRatio | None:
    """Pool the changes of several patients.

    Parameters
    ----------
    pairs : sequence of (DataFrame, DataFrame)
        Plates before and after, one pair a patient.
    of : Quantity, default FREQUENCY
        What is pooled; patients whose plates do not tell it are left out.
    confidence : float, default 0.95
        Of the limits.

    Returns
    -------
    PooledRatio or None
        None where no patient tells anything.

    Notes
    -----
    With two or three patients the spread is mostly its prior, half-Normal with scale 1.5 on the log ratio: a
    typical patient may then differ from the mean up to 4.5-fold. Simulated cover of 95 % limits, for patients
    who differ by SD 0.5, 1, 1.5 and 2 (500 studies each; changes and frequencies alike within 0.03):

    ========  ====  ====  ====  ====
    patients   0.5     1   1.5     2
    ========  ====  ====  ====  ====
    2         1.00  0.98  0.93  0.90
    3         1.00  0.97  0.94  0.90
    6         0.97  0.97  0.94  0.94
    ========  ====  ====  ====  ====
    """
    grid = difference_grid()
    tables, rises = [], []
    for before, after in pairs:
        pair = comparable(before, after, of)
        if isinstance(pair, str) or (ratio := pair.ratio(confidence)) is None:
            continue
        curve = pair.curve(grid)
        tables.append(np.exp(curve - curve.max()))
        rises.append(np.sign(np.log(ratio.value)) if ratio.value > 0 else -1)
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
        sign_test(rises.count(1), rises.count(-1)),
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
