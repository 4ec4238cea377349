r"""Stem cells, progenitors and output of a normal, a malignant and a resistant clone under therapy.

For each clone c, with dose u(t) in [0, 1] and rates per month::

    S    = sum_c (Q_c + A_c)                          niche load, 1 in health
    sig  = (1 + kappa) / (1 + kappa S)                1 in health, up to 1 + kappa when empty
    p_c  = min(1, (1 + s_c) sig / 2),  s_n = 0        chance that a division self-renews
    Q_c' = b A_c - a_c (1 + psi_c u) Q_c              quiescent: spared by the drug
    A_c' = a_c (1 + psi_c u) Q_c - b A_c + (2 p_c - 1) lambda A_c - eA_c u A_c
    P_c' = alpha 2 (1 - p_c) lambda A_c - (deltaP + eP_c u) P_c
    M_c' = deltaM (P_c - M_c)

A division of a malignant cell that self-renews makes one resistant daughter with chance mu. Cells are in
units of the healthy pool: alpha = deltaP / (lambda rho) and b = a_n (1 - rho) / rho make Q + A = P = M = 1
the state of health. Only the stem states are nonlinear. Progenitors and mature cells are linear filters of
them and step by exact exponentials, stable at any rate of killing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.treatment import Calendar

Array = NDArray[np.float64]

DAYS_PER_MONTH = 30.4375
QUIESCENT, ACTIVE, PROGENITOR, MATURE = range(4)
NORMAL, MALIGNANT, RESISTANT = range(3)
_BLOCK = 1 << 16  # numbers of one kind held at once: memory does not grow with the steps
LONGEST_STEP = 0.125  # months: fourth order puts the error below 1e-6 of the pool, see the tests


@dataclass(frozen=True)
class Parameters:
    """Rates of one patient, or of many at once where the fields are arrays that broadcast.

    Parameters
    ----------
    division : float or ndarray
        Divisions per stem cell in health, lambda rho, per month.
    active : float or ndarray
        Share of stem cells in cycle in health, rho, in (0, 1).
    activation_normal, activation_malignant : float or ndarray
        Leaving quiescence, a_n and a_m, per month.
    feedback : float or ndarray
        Strength of the niche, kappa, at least 0.
    advantage : float or ndarray
        Of self-renewal, s_m, of malignant and resistant cells.
    stem_kill, progenitor_kill : float or ndarray
        eA_m and eP_m of malignant cells at the full dose, per month.
    recruitment : float or ndarray
        psi: relative rise of activation of malignant cells at the full dose.
    progenitor_loss, mature_loss : float or ndarray
        deltaP and deltaM, per month.
    mutation : float or ndarray
        mu: chance per self-renewal that one daughter is resistant.
    sensitivity : float or ndarray
        eps: killing of resistant cells as a share of that of malignant ones.
    """

    division: float | Array
    active: float | Array
    activation_malignant: float | Array
    advantage: float | Array
    stem_kill: float | Array
    progenitor_kill: float | Array
    progenitor_loss: float | Array
    mature_loss: float | Array
    recruitment: float | Array = 0.0
    activation_normal: float | Array = 0.05
    feedback: float | Array = 1.0
    mutation: float | Array = 0.0
    sensitivity: float | Array = 0.1


@dataclass(frozen=True)
class _Rates:
    """The same per clone, shape (..., 3), or per patient, (..., 1); once `spread`, (3, patients)."""

    activation: Array
    recruitment: Array
    rest: Array
    division: Array
    advantage: Array
    stem_kill: Array
    progenitor_kill: Array
    progenitor_loss: Array
    mature_loss: Array
    amplification: Array
    feedback: Array
    mutation: Array

    def spread(self, shape: tuple[int, ...]) -> _Rates:
        """Give every patient a rate for every clone, the clones first: each is one stretch of memory."""
        full = {name: np.broadcast_to(value, shape).reshape(-1, 3) for name, value in vars(self).items()}
        return _Rates(**{name: np.ascontiguousarray(value.T) for name, value in full.items()})


def _per_clone(parameters: Parameters) -> _Rates:
    p = {name: np.asarray(value, float)[..., None] for name, value in vars(parameters).items()}
    one = np.ones(3)
    abnormal, resistant = np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0])
    effect = abnormal * (1 - resistant) + resistant * p["sensitivity"]
    division = p["division"] / p["active"]  # lambda, per active cell
    a_n, rho = p["activation_normal"], p["active"]
    return _Rates(
        activation=a_n * (1 - abnormal) + p["activation_malignant"] * abnormal,
        recruitment=p["recruitment"] * abnormal,
        rest=a_n * (1 - rho) / rho,
        division=division,
        advantage=p["advantage"] * abnormal,
        stem_kill=p["stem_kill"] * effect,
        progenitor_kill=p["progenitor_kill"] * effect,
        progenitor_loss=p["progenitor_loss"] * one,
        mature_loss=p["mature_loss"] * one,
        amplification=p["progenitor_loss"] / (division * rho),
        feedback=p["feedback"],
        mutation=p["mutation"],
    )


def healthy(parameters: Parameters) -> Array:
    """Return the state of health, shape (..., 3, 4): the fixed point without a clone."""
    return baseline(parameters, fraction=0.0, quiescent=0.5, resistant=0.0)


def baseline(
    parameters: Parameters, *, fraction: ArrayLike, quiescent: ArrayLike, resistant: ArrayLike = 0.0
) -> Array:
    """Return the state before treatment.

    Parameters
    ----------
    parameters : Parameters
        Rates; fields of shape (...).
    fraction : array_like, shape (...)
        f0: share of the clone among stem cells.
    quiescent : array_like, shape (...)
        q0: share of the clone's stem cells that are quiescent.
    resistant : array_like, shape (...)
        Share of the clone that is resistant from the start.

    Returns
    -------
    ndarray, shape (..., 3, 4)
        Clones (normal, malignant, resistant) by states (Q, A, P, M), in healthy pools. Progenitors and
        mature cells are in balance with the active cells of their clone.
    """
    rho, f, q, r = np.broadcast_arrays(
        *(np.asarray(x, float) for x in (parameters.active, fraction, quiescent, resistant))
    )
    share = np.stack([1 - f, f * (1 - r), f * r], axis=-1)
    resting = np.stack([1 - rho, q, q], axis=-1)
    active = share * (1 - resting)
    output = active / rho[..., None]
    return np.stack([share * resting, active, output, output], axis=-1)


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
    rates = _per_clone(parameters)
    grid = _grid(when, calendar.merged(), _longest_step(rates))
    doses = calendar.dose(grid[:-1])
    steps = np.diff(grid) / DAYS_PER_MONTH
    wanted = np.zeros(len(grid), bool)
    wanted[np.searchsorted(grid, when)] = True
    shape = np.broadcast_shapes(np.shape(initial)[:-1], rates.activation.shape)
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


def _longest_step(rates: _Rates) -> float:
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


def _advance(state: Array, steps: Array, doses: Array, rates: _Rates) -> Array:
    """Take some steps; return the state after each, shape (steps, 4, 3, patients)."""
    stems, middles = _follow_stems(state[:2], steps, doses, rates)
    followers = _filter(
        state[2:], _differentiation(stems, rates), _differentiation(middles, rates), steps, doses, rates
    )
    return np.concatenate([stems[1:], followers], axis=1)


def _self_renewal(stems: Array, rates: _Rates) -> Array:
    """Chance p_c that a division self-renews: the niche signal times the clone's advantage."""
    pool = stems[..., QUIESCENT, :, :] + stems[..., ACTIVE, :, :]
    load = pool[..., NORMAL, :] + pool[..., MALIGNANT, :] + pool[..., RESISTANT, :]
    feedback = rates.feedback[0]
    signal = (1 + feedback) / (1 + feedback * load)
    return np.asarray(np.minimum(1.0, (1 + rates.advantage) * signal[..., None, :] / 2))


def _differentiation(stems: Array, rates: _Rates) -> Array:
    """Inflow of progenitors, alpha 2 (1 - p_c) lambda A_c, for stem states of shape (..., 2, 3, patients)."""
    renewed = _self_renewal(stems, rates)
    return np.asarray(rates.amplification * 2 * (1 - renewed) * rates.division * stems[..., ACTIVE, :, :])


def _follow_stems(stem: Array, steps: Array, doses: Array, rates: _Rates) -> tuple[Array, Array]:
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
            end = _stem_slope(y, wake, kill, rates)
        k1 = end  # at the same dose, the slope at the end of one step is that at the start of the next
        k2 = _stem_slope(y + h / 2 * k1, wake, kill, rates)
        k3 = _stem_slope(y + h / 2 * k2, wake, kill, rates)
        k4 = _stem_slope(y + h * k3, wake, kill, rates)
        after = states[n + 1] = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        end = _stem_slope(after, wake, kill, rates)
        middles[n] = (y + after) / 2 + h / 8 * (k1 - end)
    return states, middles


def _stem_slope(stem: Array, wake: Array, kill: Array, rates: _Rates) -> Array:
    """Q' and A', shape (2, 3, patients), with the rates of waking and of killing at the present dose."""
    q, a = stem
    woken, slept = wake * q, rates.rest * a
    p = _self_renewal(stem, rates)
    slope = np.empty_like(stem)
    slope[QUIESCENT] = slept - woken
    slope[ACTIVE] = woken - slept + ((2 * p - 1) * rates.division - kill) * a
    flow = rates.mutation[0] * (p[MALIGNANT] * rates.division[MALIGNANT] * a[MALIGNANT])
    slope[ACTIVE, MALIGNANT] -= flow
    slope[ACTIVE, RESISTANT] += flow
    return slope


def _filter(start: Array, ends: Array, middles: Array, steps: Array, doses: Array, rates: _Rates) -> Array:
    """Step P and M exactly through a quadratic inflow given at the ends and in the middle of each step.

    Parameters
    ----------
    start : ndarray, shape (2, 3, patients)
        P and M before the first step.
    ends, middles : ndarray, shape (steps + 1, 3, patients) and (steps, 3, patients)
        Inflow of progenitors.
    steps, doses : ndarray, shape (steps,)
        In months; relative.
    rates : _Rates
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
