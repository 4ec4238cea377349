"""Every value behind the cut-offs of one probe, by name: what a reader of another paper or program looks for.

Limits are fractions of nuclei; those per number of nuclei are quantiles, the count that a slide of a normal
person stays at or below, so a slide is called abnormal from one nucleus more. A name that ends in a level,
such as 0.95, is at that level; the same name without is at 1 - alpha. What the controls cannot say is None,
and `reasons` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import numpy as np
from scipy.special import betaincinv

from remnant.cytogenetics.fish.cutoff import CutoffMethod, Slide, make_cutoff, worst_slide
from remnant.stats.fractions.next_slide import binomial_quantile, predictive_quantile
from remnant.stats.fractions.overdispersion import BetaBinomial, fit, heterogeneity
from remnant.stats.fractions.proportion import upper_bound

Answer = dict[str, object]
LEVELS = (0.95, 0.99, 0.999)


def every_cutoff(controls: Sequence[Slide], nuclei: Iterable[int], *, alpha: float = 0.05) -> Answer:
    """Return every value of one probe's normal control slides.

    Parameters
    ----------
    controls : sequence of (int, int)
        Abnormal and scored nuclei of each slide; at least one slide.
    nuclei : iterable of int
        Numbers of nuclei that quantiles are wanted for, each above 0.
    alpha : float, default 0.05
        False calls allowed; values are given at the levels 0.95, 0.99 and 0.999 too.

    Returns
    -------
    dict
        Pooled, Gaussian and Beta limits; `betabinomial_ml`, the most likely rate `mu` and correlation `rho`;
        `heterogeneity_chisq`; and `nuclei`, one record of quantiles for each number.

    Examples
    --------
    >>> values = every_cutoff([(3, 200), (5, 200), (2, 200), (6, 200), (4, 200)], [200])
    >>> values["pooled_p"], values["nuclei"][0]["critbinom_pooled_0.95"]
    (0.02, 7)
    """
    k, n = (np.array(x) for x in zip(*controls, strict=True))
    marked, counted = int(k.sum()), int(n.sum())
    reasons: dict[str, str] = {}
    found = fit(k, n) if marked > 0 else None
    if found is None:
        reasons["betabinomial_ml"] = "no control nucleus was abnormal: no rate and no spread can be fitted"
    chisq, freedom = heterogeneity(k, n)
    if chisq is None:
        reasons["heterogeneity_chisq"] = "no control nucleus or every one was abnormal: slides cannot differ"
    answer: Answer = {"pooled_p": marked / counted, "pooled_k": marked, "pooled_n": counted}
    answer |= _gaussian(k / n, reasons) | _limits(controls, alpha)
    answer["betabinomial_ml"] = None if found is None else _fitted(found)
    answer |= {"heterogeneity_chisq": chisq, "heterogeneity_df": freedom, "reasons": reasons}
    return answer | {"nuclei": [_quantiles(controls, number, found, alpha) for number in nuclei]}


def _gaussian(fractions: np.ndarray, reasons: dict[str, str]) -> Answer:
    mean = float(fractions.mean())
    spread = float(fractions.std(ddof=1)) if len(fractions) > 1 else None
    if spread is None:
        reasons["gaussian_sd"] = "one control slide has no spread"
    answer: Answer = {"gaussian_mean": mean, "gaussian_sd": spread}
    for times in (2, 3):
        answer[f"gaussian_mean_plus_{times}sd"] = None if spread is None else mean + times * spread
    return answer


def _limits(controls: Sequence[Slide], alpha: float) -> Answer:
    """Beta limits; `worst` is the slide of the largest fraction, `max k` that of the most abnormal nuclei."""
    answer: Answer = {}
    most = max(controls, key=lambda slide: (slide[0], -slide[1]))
    for name, (k, n) in (("", most), ("_by_fraction", worst_slide(controls))):
        for level, at in (("_0.95", 0.95), ("", 1 - alpha)):
            answer[f"betainv_lab{level}_maxk_n{name}"] = float(betaincinv(k + 1, n, at))
            answer[f"betainv_clopper_pearson{level}_worst_control{name}"] = float(
                upper_bound(k, n, confidence=at)
            )
    marked, counted = (sum(x) for x in zip(*controls, strict=True))
    for level, at in _levels(alpha):
        answer[f"betainv_pooled_upper{level}"] = float(upper_bound(marked, counted, confidence=at))
    return answer


def _quantiles(controls: Sequence[Slide], number: int, found: BetaBinomial | None, alpha: float) -> Answer:
    marked, counted = (sum(x) for x in zip(*controls, strict=True))
    answer: Answer = {"nuclei": number}
    for level, at in _levels(alpha):
        answer[f"critbinom_pooled{level}"] = binomial_quantile(number, marked / counted, at)
        answer[f"predictive_jeffreys{level}"] = predictive_quantile(
            number, marked + 0.5, counted - marked + 0.5, at
        )
        answer[f"betabinomial_predictive{level}"] = None if found is None else found.quantile(number, at)
        recommended = make_cutoff(controls, method=CutoffMethod.BETA_BINOMIAL, alpha=1 - at)
        answer[f"betabinomial_averaged{level}"] = recommended.count_for(number) - 1
    return answer


def _levels(alpha: float) -> list[tuple[str, float]]:
    return [("", 1 - alpha), *((f"_{level:g}", level) for level in LEVELS)]


def _fitted(found: BetaBinomial) -> Answer:
    values = asdict(found)
    names = {"mean": "mu", "correlation": "rho", "log_likelihood": "loglik"}
    answer: Answer = {names.get(name, "binomial_loglik"): value for name, value in values.items()}
    return answer | {"boundary": found.correlation == 0}
