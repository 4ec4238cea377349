"""A rare population as it was counted: events of a parent, with exact limits."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.errors import Fault, SettingError
from remnant.stats.fractions import proportion
from remnant.stats.rare import poisson
from remnant.study.estimate import Estimate, Evidence

PER_MILLION = 1_000_000


@dataclass(frozen=True)
class RareCount:
    """Events of a population, and what they say.

    Parameters
    ----------
    events, parent_events : int
        Events of the population, among the evaluable events of its parent.
    mean_events : Estimate
        Mean behind the count, in events; exact Poisson limits.
    fraction : Estimate
        Of the parent; exact binomial limits.
    per_million : Estimate
        The fraction, per million parent events.
    upper : float or None
        One-sided upper bound of the fraction, whatever the count; None without parent events.
    """

    events: int
    parent_events: int
    mean_events: Estimate
    fraction: Estimate
    per_million: Estimate
    upper: float | None


def count_rare(events: int, parent_events: int, *, confidence: float = 0.95) -> RareCount:
    """Give a count its exact limits.

    Parameters
    ----------
    events, parent_events : int
        Events of the population and evaluable events of its parent, 0 <= events <= parent_events.
    confidence : float, default 0.95
        Coverage of intervals and of the one-sided bound, in (0, 1).

    Returns
    -------
    RareCount
        Without an event the estimates are not detected, with their one-sided bound; without a parent event
        they are not evaluable.

    Raises
    ------
    SettingError
        If there are more events than parent events, or fewer than none.

    References
    ----------
    Garwood (1936) Biometrika 28:437-442; Clopper & Pearson (1934) Biometrika 26:404-413.

    Examples
    --------
    >>> round(count_rare(0, 500_000).per_million.upper, 2)
    5.99
    """
    check_counts(events, parent_events)
    if parent_events == 0:
        nothing = Estimate.not_evaluable("the parent has no evaluable event")
        return RareCount(0, 0, nothing, nothing, nothing, None)
    upper = float(proportion.upper_bound(events, parent_events, confidence=confidence))
    if events == 0:
        mean = Estimate.not_detected(
            float(poisson.upper_bound(0, confidence=confidence)), confidence=confidence
        )
        fraction = Estimate.not_detected(upper, confidence=confidence)
    else:
        low, high = poisson.garwood(events, confidence=confidence)
        mean = Estimate.detected(events, float(low), float(high), confidence=confidence)
        low, high = proportion.clopper_pearson(events, parent_events, confidence=confidence)
        fraction = Estimate.detected(events / parent_events, float(low), float(high), confidence=confidence)
    return RareCount(events, parent_events, mean, fraction, scaled(fraction, PER_MILLION), upper)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """Multiply a quantity and its limits."""
    if not estimate.known:
        return estimate
    assert estimate.upper is not None
    assert estimate.confidence is not None
    if estimate.evidence is Evidence.NOT_DETECTED:
        return Estimate.not_detected(estimate.upper * factor, confidence=estimate.confidence)
    assert estimate.value is not None
    assert estimate.lower is not None
    value, low, high = (x * factor for x in (estimate.value, estimate.lower, estimate.upper))
    return Estimate.detected(value, low, high, confidence=estimate.confidence)


def check_counts(events: int, parent_events: int, source: str = "rare population") -> None:
    """Refuse counts that cannot be: negative, or more events than their parent has."""
    faults = [
        Fault(source, None, name, str(found), "0 or more", "counts are not negative")
        for name, found in (("events", events), ("parent events", parent_events))
        if found < 0
    ]
    if not faults and events > parent_events:
        expected = f"at most the {parent_events:,} parent events"
        faults.append(Fault(source, None, "events", f"{events:,}", expected, "are the two swapped?"))
    if faults:
        raise SettingError(faults)
