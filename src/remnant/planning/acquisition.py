"""How many cells to acquire: for a coefficient of variation, for some events, to exceed the limit of blank.

A tube of N cells holds f N events of the population over b of the background, negative binomial.

- precision: f N + b + phi b^2 = (cv f N)^2, which has a closed form in N where b grows with N;
- detection: P(X > limit of blank) at the wish. The limit jumps by whole events as b grows with N, so the
  power is a saw; the number given is the one from which it never falls below the wish again.
"""

from __future__ import annotations

from math import ceil, inf

from scipy.optimize import brentq
from scipy.special import gammaincc, gammaincinv

from remnant.planning.background import BlankLaw
from remnant.stats.rare.detection import detectable, quantifiable
from remnant.stats.rare.negative_binomial import cumulative

MOST_CELLS = 1e12  # more than any body has of them to give
_MOST_BLANK = 2000  # events of a limit of blank


def cells_for_cv(frequency: float, cv: float, blank: BlankLaw) -> int | None:
    """Cells at which the population is counted with `cv`; None where its background never allows it."""
    if blank.cells is None:
        b = blank.events
        return whole_cells(float(quantifiable(b, blank.dispersion, cv=cv) - b) / frequency)
    rate = blank.events / blank.cells
    gain = (cv * frequency) ** 2 - blank.dispersion * rate**2
    return whole_cells((frequency + rate) / gain) if gain > 0 else None


def cells_for_detection(
    frequency: float, blank: BlankLaw, *, power: float, probability: float = 0.95
) -> int | None:
    """Cells from which on the count exceeds the limit of blank with `power`; None where no number does.

    Parameters
    ----------
    frequency : float
        Of the population, per cell acquired.
    blank : BlankLaw
        Its background.
    power : float
        Wished chance of more events than the limit of blank.
    probability : float, default 0.95
        Share of blanks at or below the limit of blank.
    """
    if blank.cells is None or blank.events == 0:
        limit = blank.limit_of_blank(0.0, probability=probability)
        signal = detectable(limit, blank.events, blank.dispersion, power=power) - blank.events
        return whole_cells(signal / frequency)
    rate, phi = blank.events / blank.cells, blank.dispersion
    if phi > 0:
        # Ever more cells show how far the tube's own background, gamma distributed, lies from its 95 %.
        beyond = float(gammaincinv(1 / phi, probability)) - frequency / rate / phi
        if float(gammaincc(float(1 / phi), float(max(beyond, 0.0)))) < power:
            return None

    def missing(cells: float, limit: int) -> float:
        background = rate * cells
        return detectable(limit, background, phi, power=power) - background - frequency * cells

    good: int | None = None  # the limit of blank from which on every jump leaves enough power
    starts = [0.0]
    while starts[-1] < MOST_CELLS and len(starts) < _MOST_BLANK:
        starts.append(_mean_at(len(starts) - 1, phi, probability) / rate)
    for limit in range(len(starts) - 1, -1, -1):
        if missing(starts[limit] * (1 + 1e-9), limit) > 1e-9:
            break
        good = limit
    else:
        return 1
    if limit == len(starts) - 1:
        return None
    end = starts[limit + 1]
    if missing(end, limit) > 0:  # the wish is reached just at the jump
        assert good is not None
        return whole_cells(end)
    return whole_cells(float(brentq(missing, max(starts[limit], 1e-12), end, args=(limit,), rtol=1e-12)))


def cells_for_events(frequency: float, events: float) -> int | None:
    """Cells in which so many events are expected."""
    return whole_cells(events / frequency)


def events_expected(at_least: int, probability: float) -> float:
    """Mean at which at least so many events are seen with `probability`: 3.00 for one, at 95 %."""
    return float(gammaincinv(at_least, probability))


def whole_cells(cells: float) -> int | None:
    """Round up, rounding errors forgiven; None beyond what anyone could acquire."""
    return None if not cells < min(MOST_CELLS, inf) else max(ceil(cells * (1 - 1e-12)), 1)


def _mean_at(limit: int, dispersion: float, probability: float) -> float:
    """Background mean up to which a blank stays at or below `limit` with `probability`."""
    plain = float(gammaincinv(limit + 1, 1 - probability))
    if dispersion == 0:
        return plain

    def spare(mean: float) -> float:
        return float(cumulative(limit, mean, dispersion)) - probability

    high = plain
    while spare(high) > 0:  # a spread that leaves more tubes empty allows a larger mean
        high *= 2
    return float(brentq(spare, 0.0, high, xtol=1e-12))
