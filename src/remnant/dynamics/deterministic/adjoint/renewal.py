"""Averages over a step of min(1, self-renewal), and their slopes: `stems._renewed`, one clone at a time."""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

import math

from remnant.dynamics.deterministic.adjoint.law import inlined

GAUSS = 0.5 - math.sqrt(3) / 6  # the first node of two on [0, 1]
LEVER = math.sqrt(3) / 12


@inlined
def _free(share, c0, c1, c2, c3, lead, feedback):
    """Self-renewal before its cap, at a share of the step."""
    return lead / (1 + feedback * max(c0 + share * (c1 + share * (c2 + share * c3)), 0.0))


@inlined
def _free_back(share, c0, c1, c2, c3, lead, feedback, push):
    """Return push times the slopes of `_free` by the four powers, lead, feedback and the share."""
    load = c0 + share * (c1 + share * (c2 + share * c3))
    under = 1 / (1 + feedback * max(load, 0.0))
    by_lead = push * under
    by_feedback = -by_lead * lead * under
    by_load = by_feedback * feedback if load > 0 else 0.0
    by_share = by_load * (c1 + share * (2 * c2 + 3 * share * c3))
    first, second = by_load * share, by_load * share * share
    return by_load, first, second, second * share, by_lead, by_feedback * max(load, 0.0), by_share


@inlined
def _stretch(first, last):
    """Where the part above 1 begins, and its length, of a renewal that crosses 1 once."""
    crossing = (first - 1) / (first - last)
    return (0.0, crossing) if first > 1 else (crossing, 1 - crossing)


@inlined
def averages(c0, c1, c2, c3, lead, feedback):
    """Return mean and first moment about the middle."""
    first = _free(0.0, c0, c1, c2, c3, lead, feedback)
    last = _free(1.0, c0, c1, c2, c3, lead, feedback)
    if first > 1 and last > 1:
        return 1.0, 0.0
    early = _free(GAUSS, c0, c1, c2, c3, lead, feedback)
    late = _free(1 - GAUSS, c0, c1, c2, c3, lead, feedback)
    mean, moment = (early + late) / 2, LEVER * (late - early)
    if (first > 1) != (last > 1):
        begin, length = _stretch(first, last)
        near, far = begin + GAUSS * length, begin + (1 - GAUSS) * length
        over = _free(near, c0, c1, c2, c3, lead, feedback) - 1
        beyond = _free(far, c0, c1, c2, c3, lead, feedback) - 1
        mean -= length / 2 * (over + beyond)
        moment -= length / 2 * (over * (near - 0.5) + beyond * (far - 0.5))
    return mean, moment


@inlined
def _added(total, more):
    return (
        total[0] + more[0],
        total[1] + more[1],
        total[2] + more[2],
        total[3] + more[3],
        total[4] + more[4],
        total[5] + more[5],
    )


@inlined
def averages_back(c0, c1, c2, c3, lead, feedback, push, lever):
    """Return what cotangents of mean and moment are worth by the four powers, lead and feedback."""
    first = _free(0.0, c0, c1, c2, c3, lead, feedback)
    last = _free(1.0, c0, c1, c2, c3, lead, feedback)
    if first > 1 and last > 1:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    at = c0, c1, c2, c3, lead, feedback
    early = _free_back(GAUSS, *at, push / 2 - LEVER * lever)
    late = _free_back(1 - GAUSS, *at, push / 2 + LEVER * lever)
    total = _added(early[:6], late)
    if (first > 1) != (last > 1):
        begin, length = _stretch(first, last)
        near, far = begin + GAUSS * length, begin + (1 - GAUSS) * length
        over, beyond = _free(near, *at) - 1, _free(far, *at) - 1
        half = -length / 2
        by_near = _free_back(near, *at, half * (push + lever * (near - 0.5)))
        by_far = _free_back(far, *at, half * (push + lever * (far - 0.5)))
        total = _added(_added(total, by_near), by_far)
        to_near, to_far = by_near[6] + half * lever * over, by_far[6] + half * lever * beyond
        to_half = push * (over + beyond) + lever * (over * (near - 0.5) + beyond * (far - 0.5))
        to_length = GAUSS * to_near + (1 - GAUSS) * to_far - to_half / 2
        to_crossing = to_length if first > 1 else to_near + to_far - to_length
        to_crossing /= (first - last) ** 2
        total = _added(total, _free_back(0.0, *at, to_crossing * (1 - last)))
        total = _added(total, _free_back(1.0, *at, to_crossing * (first - 1)))
    return total
