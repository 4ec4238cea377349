"""From nuclei to the clone fraction of a compartment, corrected for the probe's errors and sort purity.

The observed fraction is p = h (1 - fn) + (1 - h) fp, with h = purity pi + (1 - purity) contaminant. What is
known of fp (control slides), fn, the purity (the re-run) and the contaminant (its own slides) goes into the
posterior of pi; whether the clone is detected is decided by the count against a cut-off for the slide's own
number of nuclei.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from remnant.cytogenetics.fish.probe import ProbeErrors
from remnant.cytogenetics.fish.slides import Slides
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.misclassification import fraction_posterior, purified
from remnant.stats.fractions.pair import PairPosterior, pair_posterior
from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.stats.fractions.slide_bound import slide_upper_bound
from remnant.stats.numerics.posterior import GridPosterior
from remnant.study.estimate import Estimate


@dataclass(frozen=True)
class CloneFraction:
    """The clone in one compartment of one sample.

    Parameters
    ----------
    sample_id, compartment, probe : str
        What was scored.
    nuclei_scored, nuclei_abnormal, slides : int
        Over all slides.
    observed : Estimate
        Abnormal nuclei among those scored, with Clopper-Pearson limits.
    fraction : Estimate
        Cells of the clone in the compartment, corrected: posterior median and equal-tailed interval where
        detected; where not, the larger of the exact and the posterior one-sided bound.
    purity : float or None
        Of the sort, from its re-run; None where none was made.
    contaminant : str or None
        Compartment that the rest of the sort was taken for.
    worst_case_lower : float or None
        Lower limit of the observed fraction, less all that the contaminant could explain at the lowest
        purity and the highest contamination; None where no purity is known.
    cutoff_count : int or None
        Fewest abnormal nuclei called abnormal at this number of nuclei; None for no nuclei.
    cutoff_method : str
        How the cut-off was made.
    above_cutoff : bool or None
        Whether the count reaches it.
    prior : str
        What was believed of the probe and the fraction, and where that comes from.
    remarks : tuple of str
        What a reader should know of the slides.
    """

    sample_id: str
    compartment: str
    probe: str
    nuclei_scored: int
    nuclei_abnormal: int
    slides: int
    observed: Estimate
    fraction: Estimate
    purity: float | None
    contaminant: str | None
    worst_case_lower: float | None
    cutoff_count: int | None
    cutoff_method: str
    above_cutoff: bool | None
    prior: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class ScoredClone:
    """A clone fraction with what comparing and multiplying need of it, which no table keeps.

    Parameters
    ----------
    estimate : CloneFraction
        The result.
    slides : Slides
        Raw counts, with the purity's own count.
    errors : ProbeErrors
        Of its probe.
    posterior : GridPosterior or None
        Of the corrected fraction; None without nuclei.
    contaminant : Slides or None
        The other slides that are in `posterior`, where the sort is known to be impure.
    joint : PairPosterior or None
        Of this fraction and the contaminant's, where such slides were read.
    """

    estimate: CloneFraction
    slides: Slides
    errors: ProbeErrors
    posterior: GridPosterior | None
    contaminant: Slides | None = None
    joint: PairPosterior | None = None

    @property
    def count(self) -> Count:
        """Counts of its slides, with what is believed of their correlation."""
        return self.slides.count(self.errors.slide_correlation)


def estimate_clone(
    slides: Slides,
    errors: ProbeErrors,
    *,
    contaminant: Slides | None = None,
    name: str | None = None,
    confidence: float = 0.95,
) -> ScoredClone:
    """Estimate the clone fraction of one compartment.

    Parameters
    ----------
    slides : Slides
        All slides of the compartment.
    errors : ProbeErrors
        Of the probe.
    contaminant : Slides, optional
        Slides of the compartment that the impure part of the sort belongs to. Where a purity is known and
        these are not, the contaminant may be anything from normal to clonal throughout.
    name : str, optional
        Name of the contaminant.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    """
    k, n = slides.abnormal, slides.scored
    known = slides.purity is not None
    share = slides.purity[0] / slides.purity[1] if slides.purity else None
    if n == 0:
        why = Estimate.not_evaluable("no nuclei scored: hybridisation failed", slides.sources)
        record = _record(slides, errors, why, why, share, name if known else None, None, None, None)
        return ScoredClone(record, slides, errors, None)
    own, rho = slides.count(errors.slide_correlation), errors.slide_correlation
    other = contaminant.count(rho) if contaminant is not None else Count(0, 0)
    joint = None
    if known:
        pair = pair_posterior(own, other, fp=errors.fp, fn=errors.fn, purity=slides.purity_known)
        posterior = pair.stem
        # A copy: what `pair` has worked out for itself is thirty times larger than what it was made from.
        joint = replace(pair) if other.scored else None
    else:
        posterior = fraction_posterior(own, fp=errors.fp, fn=errors.fn)
    count = errors.count_for(n)
    said = f"{k} of {n} nuclei"
    lower, upper = (float(x) for x in clopper_pearson(k, n, confidence=confidence))
    bound = float(upper_bound(k, n, confidence=confidence))
    if k == 0:
        observed = Estimate.not_detected(
            bound, confidence=confidence, reason=f"{said}, exact bound", sources=slides.sources
        )
    else:
        observed = Estimate.detected(
            k / n,
            lower,
            upper,
            confidence=confidence,
            reason=f"{said}, Clopper-Pearson",
            sources=slides.sources,
        )
    if k >= count:
        low, high = posterior.interval(confidence)
        how = f"{said}, cut-off {count}; posterior median"
        fraction = Estimate.detected(
            posterior.median(), low, high, confidence=confidence, reason=how, sources=slides.sources
        )
    else:
        # A claim of absence rests on the nuclei alone: no prior may make it stronger than the exact bound.
        top = max(float(posterior.quantile(confidence)), slide_upper_bound(own, confidence=confidence))
        how = f"{said}, cut-off {count}; the larger of the exact and the posterior bound"
        fraction = Estimate.not_detected(top, confidence=confidence, reason=how, sources=slides.sources)
    worst = _worst_case(slides, other, lower, confidence) if known else None
    record = _record(
        slides, errors, observed, fraction, share, name if known else None, worst, count, k >= count
    )
    return ScoredClone(record, slides, errors, posterior, contaminant if joint else None, joint)


def _worst_case(slides: Slides, other: Count, lower: float, confidence: float) -> float:
    assert slides.purity is not None, "only a known purity can explain nuclei away"
    purity = float(clopper_pearson(*slides.purity, confidence=confidence)[0])
    most = (
        float(clopper_pearson(other.abnormal, other.scored, confidence=confidence)[1])
        if other.scored
        else 1.0
    )
    return max(float(purified(lower, most, purity)), 0.0) if purity > 0 else 0.0


def _record(
    slides: Slides,
    errors: ProbeErrors,
    observed: Estimate,
    fraction: Estimate,
    purity: float | None,
    contaminant: str | None,
    worst: float | None,
    count: int | None,
    above: bool | None,
) -> CloneFraction:
    return CloneFraction(
        slides.sample_id,
        slides.compartment,
        slides.probe,
        slides.scored,
        slides.abnormal,
        slides.slides,
        observed,
        fraction,
        purity,
        contaminant,
        worst,
        count,
        errors.cutoff_method,
        above,
        errors.origin,
        slides.remarks,
    )
