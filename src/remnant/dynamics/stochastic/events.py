"""Stem cells of the small clones, event by event: Gillespie's direct method, exact in a changing niche.

The niche alters only how a division ends, never when: a clone's rate of events, (w + eQ) Q + (b + lambda +
eA) A, holds between two events at one dose. So the waiting time to the next needs no bound and no thinning,
and the chance of self-renewal is taken at the moment of the division. The exponential that is left over at
the end of a step is carried into the next one.
"""

# mypy: disable-error-code="no-untyped-call,no-untyped-def,misc"
from __future__ import annotations

from remnant.dynamics.model.parameters import MALIGNANT, RESISTANT
from remnant.dynamics.stochastic.followers import release
from remnant.dynamics.stochastic.rates import (
    ACTIVE_DEATH,
    BUSY,
    DIVIDING,
    MU,
    QUIESCENT_DEATH,
    QUIET,
    RESTING,
    WAKING,
    inlined,
    renewed,
    signal,
)
from remnant.scale.philox import compiled, exponential, uniform


@compiled
def run_events(stems, large, now, start, end, horizon, load, pending, independent, stages, stream, young):
    """Run the small clones from `start` to `end` (months).

    Parameters
    ----------
    stems : ndarray, shape (3, 2)
        Cells, changed.
    horizon : float
        Until when progenitors are followed, at least `end`.
    load : ndarray, shape (3,)
        What the signal listens to at time 0, its slope per month, and what one cell of a small clone adds.
    pending : ndarray, shape (2,)
        First, what is left of the exponential until the next event, changed; below 0 where none is drawn yet.
    young : ndarray, shape (3, 9)
        What the progenitors come to at `horizon`, added to.
    """
    t, counted = start, 0.0
    for c in range(3):
        if not large[c]:
            counted += stems[c, 0] + stems[c, 1]
    if counted == 0.0:
        return
    if pending[0] < 0.0:
        pending[0] = exponential(stream)
    quiet0, busy0 = (0.0, 0.0) if large[0] else (now[QUIET, 0], now[BUSY, 0])
    quiet1, busy1 = (0.0, 0.0) if large[1] else (now[QUIET, 1], now[BUSY, 1])
    quiet2, busy2 = (0.0, 0.0) if large[2] else (now[QUIET, 2], now[BUSY, 2])
    while True:
        share0 = quiet0 * stems[0, 0] + busy0 * stems[0, 1]
        share1 = quiet1 * stems[1, 0] + busy1 * stems[1, 1]
        share2 = quiet2 * stems[2, 0] + busy2 * stems[2, 1]
        total = share0 + share1 + share2
        wait = pending[0] / total
        if not t + wait < end:  # also where nothing can happen, and the wait is infinite
            pending[0] -= total * (end - t)
            return
        t += wait
        pending[0] = exponential(stream)
        place = uniform(stream) * total
        if place < share1:
            clone = 1
        elif place < share1 + share2 or share0 == 0.0:
            place, clone = place - share1, 2
            if share2 == 0.0:  # by rounding
                clone = 1
        else:
            place, clone = place - share1 - share2, 0
        dividing = now[DIVIDING, clone] * stems[clone, 1]
        if place < dividing:
            sig = signal(load[0] + load[1] * t + load[2] * counted, now)
            shed = divide(stems, clone, renewed(sig, now, clone), place / dividing, now[MU, 0], independent)
            counted += 1 - shed
            if shed > 0:
                release(clone, shed, horizon - t, now, stages, stream, young)
        else:
            counted += _change(stems, clone, place - dividing, now)


@inlined
def divide(stems, c, p, place, mu, independent):
    """Divide one active cell of clone c; `place` in (0, 1) says how; return how many progenitors it makes.

    All or none: with chance p two stem cells, one of them resistant with chance mu; else two progenitors.
    Independent daughters: each a stem cell with chance p, which is resistant with chance mu / 2, one at most.
    Both gain (2 p - 1) cells and p mu mutants on average.
    """
    both = p * p if independent else p
    if place < both:
        mutant, shed, kept = place < both * mu, 0, 1.0
    elif independent and place < both + 2.0 * p * (1.0 - p):
        mutant, shed, kept = place - both < p * (1.0 - p) * mu, 1, 0.0
    else:
        mutant, shed, kept = False, 2, -1.0
    if mutant and c == MALIGNANT:
        stems[RESISTANT, 1] += 1.0
        kept -= 1.0
    stems[c, 1] += kept
    return shed


@inlined
def _change(stems, c, place, now):
    """Let a cell of clone c rest, wake or die, as `place` says; return by how much their number changes."""
    q, a = stems[c, 0], stems[c, 1]
    dying = now[RESTING, c] * a + now[ACTIVE_DEATH, c] * a
    if place < now[RESTING, c] * a:
        stems[c, 0], stems[c, 1] = q + 1.0, a - 1.0
        return 0.0
    if place < dying or q == 0.0:
        stems[c, 1] = a - 1.0
        return -1.0
    if place < dying + now[WAKING, c] * q or now[QUIESCENT_DEATH, c] == 0.0:
        stems[c, 0], stems[c, 1] = q - 1.0, a + 1.0
        return 0.0
    stems[c, 0] = q - 1.0
    return -1.0
