"""Follow the clones of `compartments` through a calendar of treatment.

Only the stem states are nonlinear. Progenitors and mature cells are linear filters of them and step by exact
exponentials, stable at any rate of killing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.compartments import Parameters, Rates, differentiation, per_clone, stem_slope
from remnant.dynamics.treatment import Calendar

Array = NDArray[np.float64]

DAYS_PER_MONTH = 30.4375
_BLOCK = 1 << 16  # numbers of one kind held at once: memory does not grow with the steps
LONGEST_STEP = 0.125  # months: fourth order puts the error below 1e-6 of the pool, see the tests


def solve(parameters: Parameters, calendar: Calendar, days: ArrayLike, initial: ArrayLike) -> Array:
    """Follow the clones from `days[0]` through a calendar of treatment.

    Stem states step by Runge-Kutta of order 4 on a grid that contains every switch and every day asked for;
    progenitors and mature cells by the exact response to the quadratic through their input on each step.

    Parameters
    ----------
    parameters : Parameters
        Rates per month; fields of shape (...).
    calendar : Calendar
        Relative dose over days.
    days : array_like, shape (times,)
        Days, rising; the state is `initial` on the first.
    initial : array_like, shape (..., 3, 4)
        State on `days[0]`, as from `baseline`.

    Returns
    -------
    ndarray, shape (times, ..., 3, 4)
        Never negative.
    """
    when = np.asarray(days, float)
    assert np.all(np.diff(when) > 0), "days must rise"
    rates = per_clone(parameters)
    grid = _grid(when, calendar.merged(), _longest_step(rates))
    doses = calendar.dose(grid[:-1])
    steps = np.diff(grid) / DAYS_PER_MONTH
    wanted = np.zeros(len(grid), bool)
    wanted[np.searchsorted(grid, when)] = True
    shape = np.broadcast_shapes(np.shape(initial)[:-1], *(np.shape(value) for value in vars(rates).values()))
    first = np.broadcast_to(np.asarray(initial, float), (*shape, 4))
    state = np.ascontiguousarray(first.reshape(-1, 3, 4).T)  # (kinds, clones, patients)
    rates, kept = rates.spread(shape), [state[None]]
    size = max(1, _BLOCK // state[0].size)
    for begin in range(0, len(steps), size):
        block = slice(begin, begin + size)
        states = _advance(state, steps[block], doses[block], rates)
        kept.append(states[wanted[1:][block]])
        state = states[-1]
    return np.ascontiguousarray(np.concatenate(kept).transpose(0, 3, 2, 1)).reshape(-1, *shape, 4)


def _longest_step(rates: Rates) -> float:
    """Return a step at which Runge-Kutta is stable (h times rate below 2) for every clone."""
    fastest = rates.division + rates.activation * (1 + rates.recruitment) + rates.rest + rates.stem_kill
    return min(LONGEST_STEP, 1.0 / float(np.max(fastest)))


def _grid(when: Array, calendar: Calendar, longest: float) -> Array:
    """Return days with all of `when`, every switch between, and no step above `longest` months."""
    inside = [day for day in calendar.switches if when[0] < day < when[-1]]
    knots = np.unique(np.concatenate([when, inside]))
    pieces = np.ceil(np.diff(knots) / (longest * DAYS_PER_MONTH) - 1e-9).astype(int)
    parts = [
        np.linspace(start, end, n, endpoint=False)
        for start, end, n in zip(knots[:-1], knots[1:], pieces, strict=True)
    ]
    return np.concatenate([*parts, knots[-1:]])


def _advance(state: Array, steps: Array, doses: Array, rates: Rates) -> Array:
    """Take some steps; return the state after each, shape (steps, 4, 3, patients)."""
    stems, middles = _follow_stems(state[:2], steps, doses, rates)
    followers = _filter(
        state[2:], differentiation(stems, rates), differentiation(middles, rates), steps, doses, rates
    )
    return np.concatenate([stems[1:], followers], axis=1)


def _follow_stems(stem: Array, steps: Array, doses: Array, rates: Rates) -> tuple[Array, Array]:
    """Step the stem states by Runge-Kutta of order 4.

    Returns
    -------
    states : ndarray, shape (steps + 1, 2, 3, patients)
        At the start and after each step.
    middles : ndarray, shape (steps, 2, 3, patients)
        Half-way, by cubic Hermite interpolation.
    """
    states = np.empty((len(steps) + 1, *stem.shape))
    middles = np.empty((len(steps), *stem.shape))
    states[0] = stem
    dose, end = np.nan, stem
    for n, (h, u) in enumerate(zip(steps.tolist(), doses.tolist(), strict=True)):
        y = states[n]
        if u != dose:
            dose, wake, kill = u, rates.activation * (1 + rates.recruitment * u), rates.stem_kill * u
            end = stem_slope(y, wake, kill, rates)
        k1 = end  # at the same dose, the slope at the end of one step is that at the start of the next
        k2 = stem_slope(y + h / 2 * k1, wake, kill, rates)
        k3 = stem_slope(y + h / 2 * k2, wake, kill, rates)
        k4 = stem_slope(y + h * k3, wake, kill, rates)
        after = states[n + 1] = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        end = stem_slope(after, wake, kill, rates)
        middles[n] = (y + after) / 2 + h / 8 * (k1 - end)
    return states, middles


def _filter(start: Array, ends: Array, middles: Array, steps: Array, doses: Array, rates: Rates) -> Array:
    """Step P and M exactly through a quadratic inflow given at the ends and in the middle of each step.

    Parameters
    ----------
    start : ndarray, shape (2, 3, patients)
        P and M before the first step.
    ends, middles : ndarray, shape (steps + 1, 3, patients) and (steps, 3, patients)
        Inflow of progenitors.
    steps, doses : ndarray, shape (steps,)
        In months; relative.
    rates : Rates
        Once spread.

    Returns
    -------
    ndarray, shape (steps, 2, 3, patients)
        P and M after each step.
    """
    h, u = steps[:, None, None], doses[:, None, None]
    first, last = ends[:-1], ends[1:]
    inflow = first, (4 * middles - 3 * first - last) / h, 2 * (first - 2 * middles + last) / h**2
    loss, mature = rates.progenitor_loss + rates.progenitor_kill * u, rates.mature_loss
    steady_p = _particular(inflow, loss)
    steady_m = _particular((mature * steady_p[0], mature * steady_p[1], mature * steady_p[2]), mature)
    # (exp(-k h) - exp(-d h)) / (d - k), which has a limit where the two rates meet.
    gap = (mature - loss) * h
    small = np.abs(gap) < 1e-8
    safe = np.where(small, 1.0, gap)
    ratio = np.where(small, 1.0 - gap / 2, -np.expm1(-safe) / safe)
    left_p, left_m = np.exp(-loss * h), np.exp(-mature * h)
    passed = mature * h * left_p * ratio
    end_p, end_m = _at(steady_p, h), _at(steady_m, h)
    p, m = start
    states = np.empty((len(steps), *start.shape))
    for n in range(len(steps)):
        off_p, off_m = p - steady_p[0][n], m - steady_m[0][n]
        # Rounding of the quadratic can leave -1e-17 where nothing is.
        p = states[n, 0] = np.maximum(end_p[n] + off_p * left_p[n], 0.0)
        m = states[n, 1] = np.maximum(end_m[n] + off_m * left_m[n] + off_p * passed[n], 0.0)
    return states


def _particular(source: tuple[Array, Array, Array], rate: Array) -> tuple[Array, Array, Array]:
    """Solve x' = source(t) - rate x for the quadratic x, lowest power first."""
    second = source[2] / rate
    slope = (source[1] - 2 * second) / rate
    return (source[0] - slope) / rate, slope, second


def _at(coefficients: tuple[Array, Array, Array], t: Array) -> Array:
    return coefficients[0] + t * (coefficients[1] + t * coefficients[2])
