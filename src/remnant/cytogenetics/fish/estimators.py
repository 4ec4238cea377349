"""Every interval and estimator of one count, by name: what a reader of another paper or program looks for.

The recommended answer is `CloneFraction.fraction`; these stand beside it. All take nuclei as independent, and
the two Bayesian ones have their priors in their names: pi, fp and fn each Beta(1, 1) or each Beta(1/2, 1/2)
before the counts. What cannot be had from what was given is None, and `reasons` says why.
"""

from __future__ import annotations

from collections.abc import Sequence

from remnant.cytogenetics.fish.probe import Known
from remnant.stats.fractions import proportion
from remnant.stats.fractions.error_rates import JEFFREYS, Beta, Rate
from remnant.stats.fractions.mid_p import mid_p
from remnant.stats.fractions.misclassification import (
    delta_error,
    fraction_posterior,
    known_rates_error,
    lang_reiczigel,
    log_evidence,
    rogan_gladen,
)

Given = Known
Answer = dict[str, object]
CORRECTED = ("rogan_gladen_raw", "rogan_gladen_clipped", "se_known_error_rates")
COUNTED = ("delta_se", "lang_reiczigel_2014")
BAYES = {"bayes_uniform_prior": Beta(1, 1), "bayes_jeffreys": JEFFREYS}


def every_interval(k: int, n: int, *, confidence: float = 0.95) -> Answer:
    """Intervals of the observed fraction k of n, n above 0; each is (lower, upper)."""
    two_sided = {
        "clopper_pearson": proportion.clopper_pearson(k, n, confidence=confidence),
        "wilson": proportion.wilson(k, n, confidence=confidence),
        "wilson_continuity": proportion.wilson_continuity(k, n, confidence=confidence),
        "jeffreys_equal_tailed": proportion.jeffreys(k, n, confidence=confidence),
        "jeffreys_boundary_adjusted": proportion.jeffreys(k, n, adjusted=True, confidence=confidence),
        "agresti_coull": proportion.agresti_coull(k, n, confidence=confidence),
        "agresti_coull_unclipped": proportion.agresti_coull(k, n, clipped=False, confidence=confidence),
        "mid_p": mid_p(k, n, confidence=confidence),
        "posterior_uniform_prior_equal_tailed": proportion.uniform_prior(k, n, confidence=confidence),
    }
    answer: Answer = {"confidence": confidence, "estimate": k / n}
    answer |= {name: (float(lower), float(upper)) for name, (lower, upper) in two_sided.items()}
    answer["upper_one_sided_clopper_pearson"] = float(proportion.upper_bound(k, n, confidence=confidence))
    answer["lower_one_sided_clopper_pearson"] = float(proportion.lower_bound(k, n, confidence=confidence))
    return answer


def every_correction(
    k: int, n: int, *, fp: Given, fn: Given, confidence: float = 0.95, above: Sequence[float] = (0.05,)
) -> Answer:
    """Estimators of the clone fraction behind k of n, corrected for false positives and negatives.

    Parameters
    ----------
    k, n : int
        Abnormal and scored nuclei, n above 0.
    fp, fn : float, (int, int) or None
        A rate taken as exact; errors among nuclei of known kind; None where nothing is known.
    confidence : float, default 0.95
        Of every interval.
    above : sequence of float
        Fractions of which the Bayesian answers say how likely the clone is to exceed them.
    """
    answer: Answer = dict.fromkeys((*CORRECTED, *COUNTED, *BAYES))
    answer |= {"false_positive": _rate(fp), "false_negative": _rate(fn), "reasons": {}}
    if fp is None or fn is None:
        which = " and no ".join(
            f"false-{name}" for name, x in (("positive", fp), ("negative", fn)) if x is None
        )
        why = f"no {which} rate was given or counted"
        return answer | {"reasons": dict.fromkeys((*CORRECTED, *COUNTED, *BAYES), why)}
    p, q = _rate(fp), _rate(fn)
    assert p is not None
    assert q is not None
    assert p + q < 1, "refuse such rates before asking"
    raw = float(rogan_gladen(k / n, p, q))
    answer |= {"rogan_gladen_raw": raw, "rogan_gladen_clipped": min(max(raw, 0.0), 1.0)}
    answer["se_known_error_rates"] = float(known_rates_error(k, n, p, q))
    if isinstance(fp, tuple) and isinstance(fn, tuple):
        answer["delta_se"] = float(delta_error(k, n, fp, fn))
        middle, (lower, upper) = lang_reiczigel(k, n, fp, fn, confidence=confidence)
        limits = {"estimate": float(middle), "lower": float(lower), "upper": float(upper)}
        answer["lang_reiczigel_2014"] = limits
    else:
        why = "needs both rates as counts, such as 15/500: rates taken as exact have no error of their own"
        answer["reasons"] = dict.fromkeys(COUNTED, why)
    for name, prior in BAYES.items():
        answer[name] = _posterior(k, n, _learned(fp, prior), _learned(fn, prior), prior, confidence, above)
    return answer


def _posterior(
    k: int, n: int, fp: Rate, fn: Rate, prior: Beta, confidence: float, above: Sequence[float]
) -> Answer:
    found = fraction_posterior(k, n, fp=fp, fn=fn, prior=prior)
    lower, upper = found.interval(confidence)
    said: Answer = {"mean": found.mean(), "median": found.median(), "lower": lower, "upper": upper}
    said |= {f"prob_gt_{x:g}": found.probability_above(x) for x in above}
    return said | {"log_marginal_likelihood": log_evidence(k, n, fp=fp, fn=fn, prior=prior)}


def _rate(given: Given) -> float | None:
    return given[0] / given[1] if isinstance(given, tuple) else given


def _learned(given: Given, prior: Beta) -> Rate:
    return prior.updated(*given) if isinstance(given, tuple) else given
