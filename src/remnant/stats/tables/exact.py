"""Exact conditional inference on the odds ratio of two compartments, in one patient or common to several.

Limits are the odds ratios at which a tail holds what confidence leaves. With mid-p the table seen counts
half: shorter limits, whose coverage is right on average and no longer guaranteed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
import numpy.typing as npt

from remnant.stats.tables.conditional import ConditionalLaw, conditional_law
from remnant.stats.tables.strata import strata

_LIMITS = ("lower", "upper", "lower_one_sided", "upper_one_sided", "mid_p_lower", "mid_p_upper")
EQUAL = 1e-10  # tables as likely as the one seen differ from it by rounding alone


@dataclass(frozen=True)
class OddsRatio:
    """Conditional odds ratio of the first compartment against the second.

    Parameters
    ----------
    value, lower, upper : float
        Conditional maximum likelihood and exact two-sided limits, in [0, inf]; infinity is a real answer.
    lower_one_sided, upper_one_sided : float
        Each by itself holds with the whole confidence: what to state where `value` is 0 or infinite.
    mid_p_lower, mid_p_upper : float
        Two-sided limits by mid-p.
    p_two_sided : float
        Sum over the tables no more likely than the one seen.
    p_greater, p_less : float
        One-sided, for an odds ratio above 1 and below 1.
    mid_p, mid_p_greater : float
        Twice the smaller one-sided mid-p, and the one for an odds ratio above 1.
    informative : bool
        Whether the margins leave any choice: False for 0 of n against 0 of m.
    """

    value: float
    lower: float
    upper: float
    lower_one_sided: float
    upper_one_sided: float
    mid_p_lower: float
    mid_p_upper: float
    p_two_sided: float
    p_greater: float
    p_less: float
    mid_p: float
    mid_p_greater: float
    informative: bool


def odds_ratio(k1: int, n1: int, k2: int, n2: int, *, confidence: float = 0.95) -> OddsRatio:
    """Compare k1 of n1 with k2 of n2 by exact conditional inference.

    Examples
    --------
    >>> found = odds_ratio(3, 12, 0, 150)
    >>> found.value, round(found.lower, 2), found.upper
    (inf, 5.78, inf)
    """
    return stratified_odds_ratio(k1, n1, k2, n2, confidence=confidence)


def stratified_odds_ratio(
    k1: npt.ArrayLike, n1: npt.ArrayLike, k2: npt.ArrayLike, n2: npt.ArrayLike, *, confidence: float = 0.95
) -> OddsRatio:
    """Find the odds ratio common to several patients, by exact conditional inference.

    Parameters
    ----------
    k1, n1, k2, n2 : array-like of int, shape (patients,)
        Abnormal and scored nuclei of each compartment; 0 <= k <= n.
    confidence : float, default 0.95
        Coverage of the exact limits, at least this, in (0, 1).

    References
    ----------
    Gart (1970) Biometrika 57:471-475, doi:10.1093/biomet/57.3.471; mid-p: Vollset, Hirji & Elashoff (1991)
    J Am Stat Assoc 86:404-409.
    """
    law = conditional_law(strata(k1, n1, k2, n2))
    value = 0.0 if law.seen == 0 else inf if law.seen == law.last else float(np.exp(law.log_best))
    sums, null = law.null.sums, law.null.mass
    seen = float(null[sums == law.seen].sum())  # none where a chance below 1e-290 is not told from 0
    greater, less = (float(null[side].sum()) for side in (sums >= law.seen, sums <= law.seen))
    two_sided = float(null[null <= seen * (1 + EQUAL)].sum())
    mid_greater, mid_less = greater - seen / 2, less - seen / 2
    limits = _limits(law, 1 - confidence)
    return OddsRatio(
        value=value,
        **dict(zip(_LIMITS, limits, strict=True)),
        p_two_sided=min(two_sided, 1.0),
        p_greater=min(greater, 1.0),
        p_less=min(less, 1.0),
        mid_p=min(2 * min(mid_greater, mid_less), 1.0),
        mid_p_greater=mid_greater,
        informative=law.last > 0,
    )


def _limits(law: ConditionalLaw, error: float) -> tuple[float, ...]:
    """Lower and upper limits: exact two-sided, exact one-sided, mid-p two-sided."""
    sums = law.best.sums
    rising, falling = (sums >= law.seen).astype(float), (sums <= law.seen).astype(float)
    half = np.where(sums == law.seen, 0.5, 1.0)
    kept = np.array([rising, falling, rising, falling, rising * half, falling * half])
    chance = np.array([error / 2, error / 2, error, error, error / 2, error / 2])
    # At an end of what the margins allow, one limit is 0 or infinite.
    ends = np.array([law.seen == 0, law.seen == law.last] * 3)
    limits = np.tile([0.0, inf], 3)
    if not ends.all():
        limits[~ends] = np.exp(law.limits(kept[~ends], chance[~ends]))
    return tuple(float(limit) for limit in limits)
