"""From nuclei to the clone fraction of a compartment, corrected for the probe's errors and sort purity.

The observed fraction is p = h (1 - fn) + (1 - h) fp, with h = purity pi + (1 - purity) contaminant. What is
known of fp (control slides), fn, the purity (the re-run) and the contaminant (its own slides) goes into the
posterior of pi; whether the clone is detected is decided by the count against a cut-off for the slide's own
number of nuclei.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from remnant.cytogenetics.cutoff import CutoffMethod
from remnant.cytogenetics.probe import ProbeErrors, probe_errors
from remnant.cytogenetics.slides import Slides, read_slides
from remnant.stats.misclassification import fraction_posterior, purified
from remnant.stats.pair import Count, pair_posterior
from remnant.stats.posterior import GridPosterior
from remnant.stats.proportion import clopper_pearson, upper_bound
from remnant.study.config import Probe
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
    """

    estimate: CloneFraction
    slides: Slides
    errors: ProbeErrors
    posterior: GridPosterior | None


def estimate_clones(
    fish: pl.DataFrame,
    controls: pl.DataFrame,
    *,
    cutoff: CutoffMethod | str = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
    confidence: float = 0.95,
    priors: Mapping[str, Probe] | None = None,
    roles: Mapping[str, str] | None = None,
) -> tuple[CloneFraction, ...]:
    """Estimate the clone fraction of every compartment that was scored.

    Parameters
    ----------
    fish, controls : DataFrame
        Tables `fish` and `fish_controls` of a study, with `line`.
    cutoff : CutoffMethod
        How control slides become a cut-off.
    alpha : float, default 0.05
        False calls that it allows.
    confidence : float, default 0.95
        Coverage of intervals, and of one-sided bounds, in (0, 1).
    priors : Mapping of str to Probe, optional
        What is believed of each probe before its controls; an example prior otherwise.
    roles : Mapping of str to str, optional
        Role of each compartment: stem, progenitor or bulk. A stem sort without a named contaminant is taken
        to be contaminated by the progenitors.

    Returns
    -------
    tuple of CloneFraction
        One for each sample, compartment and probe, in the order of the table.

    Raises
    ------
    TableError
        With every slide that cannot be read.
    """
    scored = score_clones(
        fish, controls, cutoff=cutoff, alpha=alpha, confidence=confidence, priors=priors, roles=roles
    )
    return tuple(item.estimate for item in scored)


def score_clones(
    fish: pl.DataFrame,
    controls: pl.DataFrame,
    *,
    cutoff: CutoffMethod | str = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
    confidence: float = 0.95,
    priors: Mapping[str, Probe] | None = None,
    roles: Mapping[str, str] | None = None,
    file: str = "fish.csv",
) -> tuple[ScoredClone, ...]:
    """Do the work of `estimate_clones` and keep the posteriors."""
    everything = read_slides(fish, file=file)
    errors = {
        probe: probe_errors(
            controls.filter(pl.col("probe") == probe).select("nuclei_abnormal", "nuclei_scored").rows(),
            (priors or {}).get(probe),
            method=CutoffMethod(cutoff),
            alpha=alpha,
        )
        for probe in dict.fromkeys(slides.probe for slides in everything)
    }
    by_place = {(s.sample_id, s.probe, s.compartment): s for s in everything}
    scored = []
    for slides in everything:
        name = slides.contaminant or _usual_contaminant(slides.compartment, roles or {})
        other = by_place.get((slides.sample_id, slides.probe, name or ""))
        scored.append(
            estimate_clone(slides, errors[slides.probe], contaminant=other, name=name, confidence=confidence)
        )
    return tuple(scored)


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
    other = Count(contaminant.abnormal, contaminant.scored) if contaminant is not None else Count(0, 0)
    if known:
        posterior = pair_posterior(
            Count(k, n), other, fp=errors.fp, fn=errors.fn, purity=slides.purity_known
        ).stem
    else:
        posterior = fraction_posterior(k, n, fp=errors.fp, fn=errors.fn)
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
        top = max(float(posterior.quantile(confidence)), bound)
        how = f"{said}, cut-off {count}; the larger of the exact and the posterior bound"
        fraction = Estimate.not_detected(top, confidence=confidence, reason=how, sources=slides.sources)
    worst = _worst_case(slides, other, lower, confidence) if known else None
    record = _record(
        slides, errors, observed, fraction, share, name if known else None, worst, count, k >= count
    )
    return ScoredClone(record, slides, errors, posterior)


def _usual_contaminant(compartment: str, roles: Mapping[str, str]) -> str | None:
    """The progenitors, for a stem sort: they lie next to it, on the dim side of CD38."""
    if roles.get(compartment) != "stem":
        return None
    return next((name for name, role in roles.items() if role == "progenitor"), None)


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
