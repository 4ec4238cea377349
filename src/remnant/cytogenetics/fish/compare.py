"""Stem against progenitor compartment of one sample, by the joint posterior and by the exact table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

from remnant.cytogenetics.fish.clone_fraction import ScoredClone
from remnant.stats.fractions.pair import PairPosterior, pair_posterior
from remnant.stats.tables.exact import OddsRatio, odds_ratio
from remnant.stats.tables.large_sample import newcombe_difference
from remnant.study.estimate import Estimate


@dataclass(frozen=True)
class PairComparison:
    """Two compartments of one sample.

    Parameters
    ----------
    sample_id, probe, stem, progenitor : str
        What was compared.
    log_odds : Estimate
        logit(stem) - logit(progenitor): posterior median and equal-tailed interval, with probe errors shared
        and sort purity carried.
    prior : str
        What was believed of the probe.
    probability : float or None
        Posterior probability that the stem fraction is the larger one.
    odds_ratio, odds_ratio_lower, odds_ratio_upper : float or None
        Exact conditional odds ratio of the counts as they stand and its limits; None where infinite or where
        nothing abnormal, or nothing normal, was seen at all.
    exact_p : float or None
        Two-sided exact p of the counts.
    difference, difference_lower, difference_upper : float or None
        Observed stem less progenitor fraction with Newcombe limits.
    """

    sample_id: str
    probe: str
    stem: str
    progenitor: str
    log_odds: Estimate
    prior: str
    probability: float | None = None
    odds_ratio: float | None = None
    odds_ratio_lower: float | None = None
    odds_ratio_upper: float | None = None
    exact_p: float | None = None
    difference: float | None = None
    difference_lower: float | None = None
    difference_upper: float | None = None


@dataclass(frozen=True)
class ComparedPair:
    """A comparison with its joint posterior, from which patients are pooled; no table keeps that.

    Parameters
    ----------
    comparison : PairComparison
        The result.
    posterior : PairPosterior or None
        None where it is not evaluable.
    """

    comparison: PairComparison
    posterior: PairPosterior | None


def compare_pair(stem: ScoredClone, progenitor: ScoredClone, *, confidence: float = 0.95) -> ComparedPair:
    """Compare the clone fractions of two compartments of one sample, scored with one probe.

    Parameters
    ----------
    stem, progenitor : ScoredClone
        From `score_clones`; the stem sort's impurity is taken to be progenitors.
    confidence : float, default 0.95
        Coverage, in (0, 1).
    """
    a, b = stem.slides, progenitor.slides
    assert (a.sample_id, a.probe) == (b.sample_id, b.probe), "compartments of one sample and one probe"
    sources = a.sources + b.sources
    if a.scored == 0 or b.scored == 0:
        empty = a.compartment if a.scored == 0 else b.compartment
        why = Estimate.not_evaluable(f"no nuclei scored in {empty}", sources)
        names = (a.sample_id, a.probe, a.compartment, b.compartment)
        return ComparedPair(PairComparison(*names, why, stem.errors.origin), None)
    joint = _joint(stem, progenitor)
    tail = (1 - confidence) / 2
    low, middle, high = (float(x) for x in joint.difference_quantile([tail, 0.5, 1 - tail]))
    reason = f"{a.abnormal} of {a.scored} against {b.abnormal} of {b.scored} nuclei, joint posterior"
    table = odds_ratio(a.abnormal, a.scored, b.abnormal, b.scored, confidence=confidence)
    gap = newcombe_difference(a.abnormal, a.scored, b.abnormal, b.scored, confidence=confidence)
    comparison = PairComparison(
        a.sample_id,
        a.probe,
        a.compartment,
        b.compartment,
        Estimate.detected(middle, low, high, confidence=confidence, reason=reason, sources=sources),
        stem.errors.origin,
        probability=1 - float(joint.difference_cdf(0.0)),
        odds_ratio=_finite(table.value, table),
        odds_ratio_lower=_finite(table.lower, table),
        odds_ratio_upper=_finite(table.upper, table),
        exact_p=table.p_two_sided if table.informative else None,
        difference=gap[0],
        difference_lower=gap[1],
        difference_upper=gap[2],
    )
    return ComparedPair(comparison, joint)


def _joint(stem: ScoredClone, progenitor: ScoredClone) -> PairPosterior:
    """Take the joint posterior from the stem estimate, if these progenitors are in it; else work it out."""
    if stem.joint is not None and stem.contaminant == progenitor.slides:
        return replace(stem.joint)
    errors, purity = stem.errors, stem.slides.purity_known
    return pair_posterior(stem.count, progenitor.count, fp=errors.fp, fn=errors.fn, purity=purity)


def _finite(value: float, table: OddsRatio) -> float | None:
    return value if table.informative and isfinite(value) else None
