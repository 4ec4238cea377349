"""Cells of a compartment, and what they tell of its frequency: counting, background, place of the cuts."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.stats.rare.background import NONE, Background, net_count
from remnant.stats.rare.cuts import HALF, CutCount
from remnant.stats.rare.signal import Signal, signal_posterior
from remnant.study.estimate import Estimate, Source

NOT_COUNTED = "no events and no count of this compartment"
NO_CELLS = "no viable nucleated cells"
LEAKED = "what leaked into the gate could explain the count"


@dataclass(frozen=True)
class CompartmentCount:
    """Cells of one compartment in one sample, whoever gated them.

    Parameters
    ----------
    events : int or None
        Cells inside the gate; None where it is not evaluable.
    cells : int
        Viable nucleated cells counted.
    fewest, most : float or None
        Cells inside when the cuts stand at the ends of their interval, as many of them leaked in as at the
        cuts drawn; None without such intervals.
    reason : str
        Why it is not evaluable.
    sources : tuple of Source
        The file or the rows.
    leaked : Background
        Events of `events` expected to have leaked in; none where no control measures it.
    detected : bool or None
        Whether the rule of the study calls the compartment detected; None where it makes no call, and then
        the count itself decides.
    coverage : float
        Of the interval of the cuts, in (0, 1).
    variance : float
        Of a count between tubes of one specimen, over that of a Poisson, at least 1: as if so many times
        fewer cells had been counted.
    """

    events: int | None
    cells: int
    fewest: float | None = None
    most: float | None = None
    reason: str = ""
    sources: tuple[Source, ...] = ()
    leaked: Background = NONE
    detected: bool | None = None
    coverage: float = 0.95
    variance: float = 1.0

    @property
    def informative(self) -> float:
        """Cells that say as much as those counted, did tubes differ by counting alone."""
        return self.cells / self.variance


def compartment_signal(count: CompartmentCount, *, offset: float = HALF) -> Signal:
    """Find what a count tells of the mean events of its compartment, among `count.informative` cells.

    Parameters
    ----------
    count : CompartmentCount
        Evaluable.
    offset : float, default 0.5
        1/2 for a posterior (Jeffreys), 1 for a bound as exact limits take it.
    """
    assert count.events is not None, "nothing follows from gates that could not be placed"
    events, fewest, most = (x / count.variance for x in (count.events, *_ends(count)))
    leaked = count.leaked.scaled(1 / count.variance)
    return signal_posterior(CutCount(events, fewest, most, count.coverage, offset), leaked)


def compartment_frequency(count: CompartmentCount | None, *, confidence: float) -> Estimate:
    """Estimate cells of a compartment per viable nucleated cell, with its interval.

    Exact (Clopper and Pearson) where only counting errs; else the posterior's, which carries background and
    the place of the cuts.

    Parameters
    ----------
    count : CompartmentCount or None
        None where nothing was counted.
    confidence : float
        Coverage, in (0, 1).
    """
    if count is None:
        return Estimate.not_done(NOT_COUNTED)
    if count.events is None or count.cells == 0:
        return Estimate.not_evaluable(count.reason or NO_CELLS, count.sources)
    said = _said(count)
    if why := undetected(count, confidence):
        bound = float(upper_bound(count.events, count.cells, confidence=confidence))
        if not _plain(count):
            bound = compartment_signal(count, offset=1.0).quantile(confidence) / count.informative
        reason = "" if count.events == 0 and _plain(count) else f"{said}; {why}"
        return Estimate.not_detected(
            min(bound, 1.0), confidence=confidence, reason=reason, sources=count.sources
        )
    if _plain(count):
        limits = clopper_pearson(count.events, count.cells, confidence=confidence)
        value, (lower, upper) = count.events / count.cells, (float(x) for x in limits)
    else:
        signal = compartment_signal(count)
        tails = (1 - confidence) / 2, (1 + confidence) / 2
        lower, upper = (min(signal.quantile(tail) / count.informative, 1.0) for tail in tails)
        net = max(count.events - count.leaked.mean, 0.0) / count.cells
        value, said = min(max(net, lower), upper), f"{said}; limits of the posterior"
    return Estimate.detected(value, lower, upper, confidence=confidence, reason=said, sources=count.sources)


def undetected(count: CompartmentCount, confidence: float) -> str:
    """Say why a compartment counts as not detected; empty where it is detected."""
    assert count.events is not None
    if count.events == 0:
        return "no event"
    if count.detected is False:
        return "below the limit of detection"
    if count.leaked.high_mean > 0 and net_count(count.events, count.leaked, confidence=confidence).lower <= 0:
        return LEAKED
    return ""


def _said(count: CompartmentCount) -> str:
    """Say what a frequency was made from."""
    fewest, most = _ends(count)
    said = f"{count.events} of {count.cells} cells"
    if fewest != most:
        said += f"; {fewest:,.6g} to {most:,.6g} within the limits of the thresholds"
    if count.leaked.high_mean > 0:
        said += f"; {count.leaked.mean:,.3g} expected to have leaked in"
    return said


def _plain(count: CompartmentCount) -> bool:
    """Whether nothing but counting errs."""
    fewest, most = _ends(count)
    return fewest == most and count.leaked.high_mean == 0 and count.variance == 1


def _ends(count: CompartmentCount) -> tuple[float, float]:
    events = float(count.events or 0)
    fewest = events if count.fewest is None else min(float(count.fewest), events)
    most = events if count.most is None else max(float(count.most), events)
    return fewest, most
