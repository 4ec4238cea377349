"""Take steps: stem cells by Runge-Kutta of order 4, those that follow them by exact propagators.

Every step compares its answer with one of order 3 that costs nothing more (the last slope in the place of the
fourth), adds what it misses where p meets its cap 1, and is halved where that exceeds a tolerance: in a niche
that collapses, or where many active cells make the feedback from mature cells fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.deterministic.followers import Propagator, propagator
from remnant.dynamics.deterministic.rates import Rates, stem_load

Array = NDArray[np.float64]

SHORTEST = 1e-9  # months


class Step:
    """A step of `h` months at some rates: equal ones are one object, and know their propagator once asked."""

    def __init__(self, rates: Rates, h: float, stages: int):
        self.rates, self.h, self.stages = rates, h, stages

    @cached_property
    def whole(self) -> Propagator:
        """What the step does to progenitors and mature cells."""
        return propagator(self.rates.progenitor_loss, self.rates.mature_loss, self.h, self.stages)

    @cached_property
    def halved(self) -> Step:
        """The step of half the length."""
        if self.h < SHORTEST:
            raise FloatingPointError(f"a step of {self.h:g} months is still too long for its tolerance")
        return Step(self.rates, self.h / 2, self.stages)


def march_with_niche(state: Array, steps: Sequence[Step], tolerance: float) -> Array:
    """Take steps under niche feedback.

    Parameters
    ----------
    state : ndarray, shape (3 + stages, 3, patients)
        Q, A, P, M1..Mk of the clones, in healthy pools.
    steps : sequence of Step
        In the order of time.
    tolerance : float
        Of a step, in pools; infinite to take the steps as they are.

    Returns
    -------
    ndarray, shape (steps, 3 + stages, 3, patients)
        The states after each.
    """
    taken = list(_follow_stems(state[:2], steps, tolerance))
    stems = np.stack([state[:2], *(after for _, _, after, _ in taken)])
    middles = np.stack([middle for _, middle, _, _ in taken])
    gained = np.empty((len(taken), *state[2:].shape))
    places: dict[Step, list[int]] = {}
    for n, (step, *_) in enumerate(taken):
        places.setdefault(step, []).append(n)
    for step, numbers in places.items():
        at, rates = np.array(numbers), step.rates
        nodes = stems[at], middles[at], stems[at + 1]
        flows = [rates.inflow(node, rates.signal(stem_load(node))) for node in nodes]
        gained[at] = sum(w * flow[:, None] for w, flow in zip(step.whole.gained, flows, strict=True))
    states = np.empty((len(steps), *state.shape))
    now, number = state[2:], 0
    for n, (step, _, after, last) in enumerate(taken):
        now = step.whole.after(now, gained[n])
        if last:
            states[number, :2], states[number, 2:] = after, now
            number += 1
    return states


def _follow_stems(
    stem: Array, steps: Sequence[Step], tolerance: float
) -> Iterator[tuple[Step, Array, Array, bool]]:
    """Yield each step taken, the stems in its middle and at its end, and whether a step asked for ends there.

    The middle is the cubic Hermite interpolant.
    """
    waiting = [(step, True) for step in reversed(steps)]
    rates: Rates | None = None
    while waiting:
        step, last = waiting.pop()
        if rates is not step.rates:
            rates = step.rates
            first, before = _with_niche(stem, rates)
        second, _ = _with_niche(stem + step.h / 2 * first, rates)
        third, _ = _with_niche(stem + step.h / 2 * second, rates)
        fourth, _ = _with_niche(stem + step.h * third, rates)
        after = stem + step.h / 6 * (first + 2 * second + 2 * third + fourth)
        end, signal = _with_niche(after, rates)
        if tolerance < np.inf:
            change = np.max(np.abs(end - fourth)) / 6 + np.max(rates.kink(after, before, signal))
            if not step.h * change <= tolerance:
                waiting += [(step.halved, last), (step.halved, False)]
                continue
        yield step, (stem + after) / 2 + step.h / 8 * (first - end), after, last
        # At the same dose, the slope at the end of one step is that at the start of the next.
        stem, first, before = after, end, signal


def _with_niche(stems: Array, rates: Rates) -> tuple[Array, Array]:
    """Return the slope, and the signal that the niche gives."""
    signal = rates.signal(stem_load(stems))
    return rates.slope(stems, signal), signal


def march_with_mature_feedback(state: Array, steps: Sequence[Step], tolerance: float) -> Array:
    """Take steps, as `march_with_niche`, where self-renewal listens to mature cells."""
    states = np.empty((len(steps), *state.shape))
    waiting = [(step, True) for step in reversed(steps)]
    number = 0
    while waiting:
        step, last = waiting.pop()
        after, error = _exponential_step(state, step)
        if not error <= tolerance:
            waiting += [(step.halved, last), (step.halved, False)]
            continue
        state = after
        if last:
            states[number] = state
            number += 1
    return states


def _exponential_step(state: Array, step: Step) -> tuple[Array, float]:
    """Take one step of the exponential Runge-Kutta method of order 4, and bound its error.

    It is the classical method for the stem cells, and for those that follow them the exact propagator of the
    quadratic through the inflows at its stages. Cox & Matthews (2002) J Comput Phys 176:430, equations 26-29.
    """
    rates, h, half = step.rates, step.h, step.halved.whole
    steady = half.gained.sum(axis=0)  # from an inflow that stays

    def flows(y: Array) -> tuple[Array, Array, Array]:
        signal = rates.signal(_mature_load(y[2:]))
        return rates.slope(y[:2], signal), rates.inflow(y[:2], signal), signal

    stem, before = state[:2], state[2:]
    slope1, inflow1, signal1 = flows(state)
    second = np.concatenate([stem + h / 2 * slope1, half.after(before, steady * inflow1)])
    slope2, inflow2, _ = flows(second)
    third = np.concatenate([stem + h / 2 * slope2, half.after(before, steady * inflow2)])
    slope3, inflow3, _ = flows(third)
    fed = half.after(second[2:], steady * (2 * inflow3 - inflow1))
    slope4, inflow4, _ = flows(np.concatenate([stem + h * slope3, fed]))
    start, middle, end = step.whole.gained
    followers = step.whole.after(before, start * inflow1 + middle * ((inflow2 + inflow3) / 2) + end * inflow4)
    after = np.concatenate([stem + h / 6 * (slope1 + 2 * slope2 + 2 * slope3 + slope4), followers])
    slope5, inflow5, signal5 = flows(after)
    missed = h * rates.kink(after[:2], signal1, signal5)
    change = np.concatenate([h / 6 * (slope5 - slope4), end * (inflow5 - inflow4), missed[None]])
    scale = np.maximum(1.0, after.max(axis=(0, 1)))  # a marrow of many pools is known to as many digits
    return after, float(np.max(np.abs(change) / scale))


def _mature_load(followers: Array) -> Array:
    """Return the cells of all clones in the last mature stage, shape (patients,)."""
    return np.asarray(followers[-1].sum(axis=0))
