"""How many cells of the clone a compartment holds, per million nucleated cells.

burden = compartment frequency x clone fraction, as one posterior (`remnant.stats.rare.product`). The
frequency carries counting, the background that controls measured and the place of the cuts
(`remnant.stats.rare.signal`); the clone fraction carries nuclei, errors of the probe, slides that vary and
the purity of the sort. No error is in both: the frequency is of the tube as the cytometer saw it, before any
sort, so purity does not touch it; and what leaks into the gate of the tube is taken off the frequency, while
the cells that it would have put on the slide are what the purity of the sort is measured for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.stats.numerics.posterior import GridPosterior
from remnant.stats.rare.background import NONE, Background, net_count
from remnant.stats.rare.cuts import HALF, CutCount
from remnant.stats.rare.product import ProductPosterior
from remnant.stats.rare.signal import Signal, signal_posterior
from remnant.study.estimate import Estimate, Evidence, Source

MILLION = 1e6
NOT_COUNTED = "no events and no count of this compartment"
NO_CELLS = "no viable nucleated cells"
NO_SAMPLE_COUNT = Estimate.not_done("samples.csv gives no nucleated_cells of this specimen")
NO_VOLUME = Estimate.not_done("no tube with this compartment has a volume or beads")
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


@dataclass(frozen=True)
class Burden:
    """One compartment of one sample.

    Parameters
    ----------
    patient_id, sample_id : str
        The visit.
    day : int
        Days since the patient's anchor.
    compartment, role : str
        The sorted population, and what it stands for: stem, progenitor or bulk.
    frequency : Estimate
        Cells of the compartment among viable nucleated cells, a fraction in [0, 1].
    clone_fraction : Estimate
        Cells of the clone among the compartment, a fraction in [0, 1], corrected for probe and purity.
    per_million : Estimate
        Cells of the clone in the compartment per million nucleated cells.
    in_sample : Estimate
        Cells of the clone in the compartment in the whole specimen, by its nucleated cells, whose own count
        is taken as exact.
    per_ul : Estimate
        Cells of the clone in the compartment per µL, by the volume or the beads of the tube.
    """

    patient_id: str
    sample_id: str
    day: int
    compartment: str
    role: str
    frequency: Estimate
    clone_fraction: Estimate
    per_million: Estimate
    in_sample: Estimate = NO_SAMPLE_COUNT
    per_ul: Estimate = NO_VOLUME


@dataclass(frozen=True)
class ScoredBurden:
    """A burden with the posterior behind it, which no table keeps.

    Parameters
    ----------
    estimate : Burden
        The result.
    posterior : ProductPosterior or None
        Of cells of the clone per nucleated cell; None where either factor is unknown.
    """

    estimate: Burden
    posterior: ProductPosterior | None


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
    if why := _undetected(count, confidence):
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


def burden_posterior(
    count: CompartmentCount | None, posterior: GridPosterior | None
) -> ProductPosterior | None:
    """Multiply a compartment's frequency and its clone fraction; None where either is unknown."""
    if count is None or count.events is None or count.cells == 0 or posterior is None:
        return None
    return ProductPosterior(compartment_signal(count), count.informative, posterior)


def clone_per_million(
    count: CompartmentCount | None,
    fraction: Estimate,
    posterior: GridPosterior | None,
    *,
    confidence: float,
) -> Estimate:
    """Estimate cells of the clone in a compartment, per million viable nucleated cells.

    Not detected where the compartment is not, or the clone is not among its nuclei; the bound is then the
    posterior's, and never below what the counts alone support.

    Parameters
    ----------
    count : CompartmentCount or None
        Cells of the compartment; None where they were not counted.
    fraction : Estimate
        The clone fraction of the compartment; it decides between detected and not detected.
    posterior : GridPosterior or None
        Posterior behind `fraction`; None where it is not known.
    confidence : float
        Coverage, in (0, 1).
    """
    if count is None:
        return Estimate.not_done(NOT_COUNTED)
    if fraction.evidence is Evidence.NOT_DONE:
        return Estimate.not_done(f"clone fraction: {fraction.reason}")
    sources = (*count.sources, *fraction.sources)
    if count.events is None or count.cells == 0:
        return Estimate.not_evaluable(count.reason or NO_CELLS, sources)
    if posterior is None or not fraction.known:
        return Estimate.not_evaluable(f"clone fraction: {fraction.reason}", sources)
    why = _undetected(count, confidence)
    if fraction.evidence is Evidence.NOT_DETECTED or why:
        bound = _bound(count, fraction, posterior, confidence, rare=bool(why))
        return Estimate.not_detected(
            min(MILLION * bound, MILLION),
            confidence=confidence,
            reason="; ".join(filter(None, (why and f"compartment: {why}", _unseen(fraction)))),
            sources=sources,
        )
    product = burden_posterior(count, posterior)
    assert product is not None
    lower, middle, upper = product.quantile([(1 - confidence) / 2, 0.5, (1 + confidence) / 2])
    return Estimate.detected(
        *(min(MILLION * float(x), MILLION) for x in (middle, lower, upper)),
        confidence=confidence,
        reason="posterior median of frequency x clone fraction",
        sources=sources,
    )


def _unseen(fraction: Estimate) -> str:
    return "clone below its cut-off" if fraction.evidence is Evidence.NOT_DETECTED else ""


def _bound(
    count: CompartmentCount, fraction: Estimate, posterior: GridPosterior, confidence: float, *, rare: bool
) -> float:
    """One-sided bound of the burden, per nucleated cell.

    No prior may make a claim of absence stronger than the counts: a compartment that is not detected enters
    as exact limits take it, a clone that is not detected by the larger of its posterior and its exact bound.
    """
    signal = compartment_signal(count, offset=1.0 if rare else HALF)
    bound = float(ProductPosterior(signal, count.informative, posterior).quantile(confidence))
    if fraction.evidence is Evidence.NOT_DETECTED and fraction.confidence == confidence:
        assert fraction.upper is not None
        bound *= max(1.0, fraction.upper / float(posterior.quantile(confidence)))
    return bound


def scaled(estimate: Estimate, factor: float, *, reason: str) -> Estimate:
    """Express a burden in another unit; what is not known stays unknown for its own reason."""
    if not estimate.known:
        return estimate
    ends = (estimate.value, estimate.lower, estimate.upper)
    value, lower, upper = (None if x is None else x * factor for x in ends)
    return replace(estimate, value=value, lower=lower, upper=upper, reason=reason)


def whole_specimen(fraction: Estimate) -> tuple[Estimate, Estimate]:
    """Return frequency and clone per million of a compartment that is the whole specimen.

    Every nucleated cell belongs to it, so only the clone fraction is uncertain.
    """
    every = Estimate.detected(1, 1, 1, confidence=1.0, reason="all nucleated cells")
    if fraction.evidence is Evidence.DETECTED:
        numbers = (fraction.value, fraction.lower, fraction.upper)
        value, lower, upper = (MILLION * (x or 0.0) for x in numbers)
        return every, replace(fraction, value=value, lower=lower, upper=upper)
    if fraction.evidence is Evidence.NOT_DETECTED:
        return every, replace(fraction, upper=MILLION * (fraction.upper or 0.0))
    return every, fraction


def _undetected(count: CompartmentCount, confidence: float) -> str:
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
