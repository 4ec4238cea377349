"""How far the fraction free of an interval-censored event is known: likelihood-ratio limits at a time.

The profile likelihood of s = S(t) is the largest likelihood of any distribution that leaves s beyond t. The
limits hold every s with 2 (l_max - l(s)) <= chi-square(1). With visits at few times that is the usual
asymptotic law; with visits scattered over a continuum its 95 % point is 2.29 and not 3.84 (Banerjee & Wellner
2001), so the limits are then wider than they need be, never narrower. The method asks for no smoothness and
no resampling: the bootstrap of this estimator is not consistent (Abrevaya & Huang 2005).

Given s, the best distribution puts 1 - s on the innermost intervals of what each subject's interval leaves
until t, and s on those beyond; EM with the two sums held fixed climbs the concave likelihood.

References
----------
Banerjee & Wellner (2001) Ann Stat 29:1699-1731; Murphy & van der Vaart (1997) Ann Stat 25:1471-1509;
Abrevaya & Huang (2005) Econometrica 73:1175-1204.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.interval_censored import holds, innermost

STEPS, POINTS, PASSES = 400, 33, 3
IMPOSSIBLE = -1e9  # log-likelihood where a subject had no chance
STILL = 1e-9  # gain of the log-likelihood at which EM has arrived


def free_limits(
    left: npt.ArrayLike, right: npt.ArrayLike, times: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Limits of the fraction still free of the event after each time.

    Parameters
    ----------
    left, right : array-like, shape (subjects,)
        As in `interval_censored`.
    times : array-like, shape (times,)
        At least 0.
    confidence : float, default 0.95
        Pointwise coverage, in (0, 1).

    Returns
    -------
    lower, upper : ndarray, shape (times,)
        In [0, 1].

    Examples
    --------
    >>> low, high = free_limits([0] * 8, [1] * 8, [1.0])  # all had it: (1 - s) ** 8 is the likelihood
    >>> float(low[0]), round(float(high[0]), 3)
    (0.0, 0.213)
    """
    begin, end = np.asarray(left, float), np.asarray(right, float)
    assert begin.shape == end.shape, "one interval for each subject"
    assert begin.size, "somebody was looked at"
    assert 0 < confidence < 1, "a coverage"
    intervals, many = np.unique(np.stack([begin, end], axis=1), axis=0, return_counts=True)
    drop = float(chi2.ppf(confidence, 1)) / 2
    found = [_limits(intervals, many.astype(float), when, drop) for when in np.atleast_1d(times)]
    return np.array([low for low, _ in found]), np.array([high for _, high in found])


def _limits(intervals: FloatArray, many: FloatArray, when: float, drop: float) -> tuple[float, float]:
    """Smallest and largest fraction beyond `when` whose profile is within `drop` of the top."""
    before, after = _columns(intervals, when)
    share = np.linspace(0, 1, POINTS)
    value = _profile(before, after, many, share)
    for _ in range(PASSES):  # closer and closer about the top, and about the two crossings
        near = value >= value.max() - drop
        first, last = np.flatnonzero(near)[[0, -1]]
        ends = [(max(first - 1, 0), first), (last, min(last + 1, share.size - 1))]
        top = int(value.argmax())
        ends.append((max(top - 1, 0), min(top + 1, share.size - 1)))
        fresh = np.unique(np.concatenate([np.linspace(share[a], share[b], 11) for a, b in ends]))
        fresh = np.setdiff1d(fresh, share)
        if not fresh.size:
            break
        order = np.argsort(np.concatenate([share, fresh]))
        value = np.concatenate([value, _profile(before, after, many, fresh)])[order]
        share = np.concatenate([share, fresh])[order]
    near = np.flatnonzero(value >= value.max() - drop)
    # The next point outward is beyond the limit: it errs to the safe side, by less than a thousandth.
    return float(share[max(near[0] - 1, 0)]), float(share[min(near[-1] + 1, share.size - 1)])


def _columns(intervals: FloatArray, when: float) -> tuple[FloatArray, FloatArray]:
    """Whether each subject may have had the event in each innermost interval until `when`, and beyond it."""
    begin, end = intervals.T
    parts = []
    for reaches, cut in (
        ((begin < when) | (end <= when), np.stack([begin, np.minimum(end, when)], axis=1)),
        (end > when, np.stack([np.maximum(begin, when), end], axis=1)),
    ):
        inside = np.zeros((len(intervals), 1))  # nobody's: where a fraction can lie that nobody had
        if reaches.any():
            inner = innermost(*cut[reaches].T)
            inside = np.zeros((len(intervals), len(inner)))
            inside[reaches] = holds(cut[reaches], inner)
        parts.append(inside)
    return parts[0], parts[1]


def _profile(before: FloatArray, after: FloatArray, many: FloatArray, share: FloatArray) -> FloatArray:
    """Largest log-likelihood that leaves each `share` beyond, shape (shares,)."""
    early = np.full((before.shape[1], share.size), 1 / before.shape[1]) * (1 - share)
    late = np.full((after.shape[1], share.size), 1 / after.shape[1]) * share
    last = np.full(share.size, 2 * IMPOSSIBLE)
    for _ in range(STEPS):
        chance = before @ early + after @ late
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where((chance > 0).all(axis=0), many @ np.log(chance), IMPOSSIBLE)
            weight = np.where(chance > 0, many[:, None] / chance, 0.0)
        if np.all(value - last <= STILL):
            break
        last = value
        early, late = (
            _scaled(early * (before.T @ weight), 1 - share),
            _scaled(late * (after.T @ weight), share),
        )
    return np.asarray(value)


def _scaled(expected: FloatArray, total: FloatArray) -> FloatArray:
    """Masses in proportion to what is expected of each, with a given sum."""
    have = expected.sum(axis=0)
    even = np.full_like(expected, 1 / len(expected))
    return np.where(have > 0, expected / np.where(have > 0, have, 1.0), even) * total
