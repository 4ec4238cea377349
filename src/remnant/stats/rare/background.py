"""A Poisson count with a background that a control has measured: n ~ Poisson(s + b), k ~ Poisson(t b).

What is known of b after the control is a gamma distribution, so the background among n is negative binomial.
The limits of s are those at which each tail, averaged over b, holds half of what confidence leaves: the
lower one with b ~ Gamma(k + 1, t), the upper one with b ~ Gamma(k, t), so that both err to the wide side as
exact limits do. At s = 0 the lower tail is the exact conditional binomial test (Linnemann 2003). A count
below its background must not exclude every s, so the upper tail is taken relative to that of s = 0 (Read).
Without background both are the limits of Garwood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaincc, gammaln, logsumexp, xlog1py, xlogy

from remnant.stats.numerics.arrays import FloatArray

_REACH = 12.0  # standard deviations of the background that are summed over
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Background:
    """What is known of an expected background: a gamma distribution by its mean and standard deviation.

    Parameters
    ----------
    mean, deviation : float
        Of the estimate, in events of the count; `mean` alone is subtracted.
    high_mean, high_deviation : float
        With one event more in the control that weighs most: the wide side, as exact limits take it.
    """

    mean: float
    deviation: float
    high_mean: float
    high_deviation: float

    @property
    def middle(self) -> tuple[float, float]:
        """Mean and deviation with half an event more in that control: the posterior of Jeffreys."""
        variance = (self.deviation**2 + self.high_deviation**2) / 2
        return (self.mean + self.high_mean) / 2, float(np.sqrt(variance))

    def scaled(self, factor: float) -> Background:
        """Express it in another unit of events."""
        ends = (self.mean, self.deviation, self.high_mean, self.high_deviation)
        return Background(*(factor * x for x in ends))

    def plus(self, other: Background) -> Background:
        """Add the background of another tube, whose controls are its own."""
        spreads = (self.deviation, other.deviation), (self.high_deviation, other.high_deviation)
        low, high = (float(np.hypot(*pair)) for pair in spreads)
        return Background(self.mean + other.mean, low, self.high_mean + other.high_mean, high)


NONE = Background(0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class NetCount:
    """A count less its background.

    Parameters
    ----------
    value, lower, upper : float
        Expected events of the signal, at least 0; `value` lies within the limits.
    """

    value: float
    lower: float
    upper: float


def expect_background(
    inside: Sequence[float], outside: Sequence[float], stained_outside: Sequence[float]
) -> Background:
    """Carry what leaked into a gate of controls over to a stained sample.

    In each control no cell carries the marker, so whatever lies inside the gate leaked there. A stained
    sample with `stained_outside` cells beyond the gate has inside / outside x stained_outside leaked ones.

    Parameters
    ----------
    inside, outside : sequence of float, one per control
        Events of the control in the gate, and in the rest of its parent (above 0).
    stained_outside : sequence of float, one per control
        Events of the stained sample in the rest of the same parent.

    Returns
    -------
    Background
        The sum over controls, its gamma distribution matched by mean and variance.

    References
    ----------
    Fay & Feuer (1997) Stat Med 16:791-801: a weighted sum of Poisson counts as one gamma distribution.
    """
    k, off, on = (np.asarray(x, float) for x in (inside, outside, stained_outside))
    assert np.all(off > 0), "a control without a negative event measures no background"
    own = on > 0
    if not own.any():
        return NONE
    k, weight, relative = k[own], on[own] / off[own], 1 / off[own] + 1 / on[own]

    def moments(count: FloatArray) -> tuple[float, float]:
        mean = weight * count
        return float(mean.sum()), float(np.sqrt(np.sum(weight**2 * count + mean**2 * relative)))

    more = k.copy()
    more[np.argmax(weight)] += 1
    return Background(*moments(k), *moments(more))


def blank_background(events: int, cells: int, stained_cells: int) -> Background:
    """Carry the events in a gate of a blank over to a stained sample by the cells of both.

    Parameters
    ----------
    events, cells : int
        Of the blank: in the gate, and in its parent (above 0).
    stained_cells : int
        Of the stained sample, in the same parent.

    Examples
    --------
    >>> blank_background(4, 500_000, 1_000_000).mean
    8.0
    """
    assert cells > 0, "a blank without a cell measures no background"
    ends = [float(k * stained_cells / cells) for k in (events, events + 1)]
    spreads = [float(np.sqrt(k) * stained_cells / cells) for k in (events, events + 1)]
    return Background(ends[0], spreads[0], ends[1], spreads[1])


def net_count(count: int, background: Background = NONE, *, confidence: float = 0.95) -> NetCount:
    """Estimate the events of a signal above a measured background.

    Parameters
    ----------
    count : int
        Events in the gate, >= 0.
    background : Background
        From `expect_background`; none by default.
    confidence : float, default 0.95
        Coverage, in (0, 1).

    Returns
    -------
    NetCount

    References
    ----------
    Cousins & Highland (1992) Nucl Instrum Methods A 320:331-335; Read (2002) J Phys G 28:2693-2704;
    Linnemann (2003) PHYSTAT2003, arXiv:physics/0312059; Rolke, Lopez & Conrad (2005) Nucl Instrum
    Methods A 551:493-503 for the profile likelihood that these limits are close to.

    Examples
    --------
    >>> found = net_count(10)
    >>> found.value, round(found.lower, 2), round(found.upper, 2)
    (10.0, 4.8, 18.39)
    >>> found = net_count(50, expect_background([20], [4000], [8000]))
    >>> found.value, round(found.lower, 1), round(found.upper, 1)
    (10.0, 0.0, 33.6)
    """
    assert count >= 0, "a count is at least 0"
    tail = (1 - confidence) / 2
    leaked, low = _leaked(count, background.mean, background.deviation)
    conditional = np.exp(low - logsumexp(low))  # given no more leaked events than were counted
    more_leaked, log_high = _leaked(count, background.high_mean, background.high_deviation)
    high = np.exp(log_high)

    def too_many(signal: float) -> float:
        return 1 - float(np.dot(high, _at_most(count - 1 - more_leaked, signal))) - tail

    def too_few(signal: float) -> float:
        return tail - float(np.dot(conditional, _at_most(count - leaked, signal)))

    lower = 0.0 if count == 0 or too_many(0.0) >= 0 else _solve(too_many, count)
    upper = _solve(too_few, count)
    value = max(count - background.mean, 0.0)
    return NetCount(min(max(value, lower), upper), lower, upper)


def _leaked(count: int, mean: float, deviation: float) -> tuple[FloatArray, FloatArray]:
    """Background events up to `count` that matter, and the logarithm of the probability of each.

    Negative binomial, which is Poisson where the mean is known without error.
    """
    if mean <= 0:
        return np.zeros(1), np.zeros(1)
    reach = _REACH * np.sqrt(mean + deviation**2) + _REACH
    first = min(max(np.floor(mean - reach), 0.0), float(count))
    j = np.arange(first, min(np.ceil(mean + reach), float(count)) + 1)
    if deviation <= _LEAST_SPREAD * mean:
        return j, np.asarray(xlogy(j, mean) - mean - gammaln(j + 1))
    shape, rate = (mean / deviation) ** 2, mean / deviation**2
    ways = gammaln(j + shape) - gammaln(shape) - gammaln(j + 1)
    return j, np.asarray(ways - xlog1py(shape, 1 / rate) - xlog1py(j, rate))


def _at_most(count: FloatArray, mean: float) -> FloatArray:
    """P(X <= count) of a Poisson variable; 0 below 0."""
    return np.where(count < 0, 0.0, gammaincc(np.maximum(count, 0) + 1, mean))


def _solve(rising: Callable[[float], float], count: int) -> float:
    """Find the signal at which a rising function crosses zero."""
    high = count + 10.0
    while rising(high) < 0:
        high *= 2
    return float(brentq(rising, 0.0, high, xtol=1e-9, rtol=1e-12))
