"""How many cells of the clone a compartment holds, per million nucleated cells.

burden = compartment frequency x clone fraction: a of A cells with its Jeffreys posterior, times the
posterior of the clone fraction, as one integral (`remnant.stats.rare.product`). Where the gate has an
interval of its own, the count is taken at its ends too, and the limits are the widest of them: the
uncertainty of the cut is not lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.stats.numerics.posterior import GridPosterior
from remnant.stats.rare.product import product_posterior
from remnant.study.estimate import Estimate, Evidence, Source

MILLION = 1e6


@dataclass(frozen=True)
class CompartmentCount:
    """Cells of one compartment in one sample, whoever gated them.

    Parameters
    ----------
    events : int or None
        Cells inside the gate; None where it is not evaluable.
    cells : int
        Viable nucleated cells counted.
    fewest, most : int or None
        Cells inside when every threshold stands at the ends of its interval; None without such intervals.
    reason : str
        Why it is not evaluable.
    sources : tuple of Source
        The file or the rows.
    """

    events: int | None
    cells: int
    fewest: int | None = None
    most: int | None = None
    reason: str = ""
    sources: tuple[Source, ...] = ()


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
    """

    patient_id: str
    sample_id: str
    day: int
    compartment: str
    role: str
    frequency: Estimate
    clone_fraction: Estimate
    per_million: Estimate


def compartment_frequency(count: CompartmentCount | None, *, confidence: float) -> Estimate:
    """Estimate cells of a compartment per viable nucleated cell, with its exact interval.

    Parameters
    ----------
    count : CompartmentCount or None
        None where nothing was counted.
    confidence : float
        Coverage, in (0, 1).
    """
    if count is None:
        return Estimate.not_done("no events and no count of this compartment")
    if count.events is None or count.cells == 0:
        return Estimate.not_evaluable(count.reason or "no viable nucleated cells", count.sources)
    fewest, most = _ends(count)
    if count.events == 0:
        bound = upper_bound(most, count.cells, confidence=confidence)
        return Estimate.not_detected(float(bound), confidence=confidence, sources=count.sources)
    lower = clopper_pearson(fewest, count.cells, confidence=confidence)[0]
    upper = clopper_pearson(most, count.cells, confidence=confidence)[1]
    reason = f"{count.events} of {count.cells} cells"
    if (fewest, most) != (count.events, count.events):
        reason += f"; {fewest} to {most} within the limits of the thresholds"
    return Estimate.detected(
        count.events / count.cells, float(lower), float(upper), confidence=confidence, reason=reason,
        sources=count.sources,
    )  # fmt: skip


def clone_per_million(
    count: CompartmentCount | None,
    fraction: Estimate,
    posterior: GridPosterior | None,
    *,
    confidence: float,
) -> Estimate:
    """Estimate cells of the clone in a compartment, per million viable nucleated cells.

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
        return Estimate.not_done("no events and no count of this compartment")
    if fraction.evidence is Evidence.NOT_DONE:
        return Estimate.not_done(f"clone fraction: {fraction.reason}")
    sources = (*count.sources, *fraction.sources)
    if count.events is None or count.cells == 0:
        return Estimate.not_evaluable(count.reason or "no viable nucleated cells", sources)
    if posterior is None or not fraction.known:
        return Estimate.not_evaluable(f"clone fraction: {fraction.reason}", sources)
    fewest, most = (product_posterior(end, count.cells, posterior) for end in _ends(count))
    middle = product_posterior(count.events, count.cells, posterior)
    if fraction.evidence is Evidence.NOT_DETECTED or count.events == 0:
        bound = MILLION * float(most.quantile(confidence))
        return Estimate.not_detected(bound, confidence=confidence, sources=sources)
    tail = (1 - confidence) / 2
    return Estimate.detected(
        MILLION * float(middle.quantile(0.5)),
        MILLION * float(fewest.quantile(tail)),
        MILLION * float(most.quantile(1 - tail)),
        confidence=confidence,
        reason="posterior median of frequency x clone fraction",
        sources=sources,
    )


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


def _ends(count: CompartmentCount) -> tuple[int, int]:
    events = count.events or 0
    fewest = events if count.fewest is None else min(count.fewest, events)
    most = events if count.most is None else max(count.most, events)
    return fewest, most
