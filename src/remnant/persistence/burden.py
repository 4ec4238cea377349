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

from remnant.persistence.compartment_count import (
    NO_CELLS,
    NOT_COUNTED,
    CompartmentCount,
    compartment_signal,
    undetected,
)
from remnant.stats.numerics.posterior import GridPosterior
from remnant.stats.rare.cuts import HALF
from remnant.stats.rare.product import ProductPosterior
from remnant.study.estimate import Estimate, Evidence

MILLION = 1e6
NO_SAMPLE_COUNT = Estimate.not_done("samples.csv gives no nucleated_cells of this specimen")
NO_VOLUME = Estimate.not_done("no tube with this compartment has a volume or beads")


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
    why = undetected(count, confidence)
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
