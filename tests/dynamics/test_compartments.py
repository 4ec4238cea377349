from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from remnant.dynamics import (
    MALIGNANT,
    NORMAL,
    RESISTANT,
    Calendar,
    Course,
    Parameters,
    baseline,
    calendar,
    healthy,
    solve,
)
from remnant.dynamics.solver import DAYS_PER_MONTH

TYPICAL = Parameters(
    division=0.11,
    active=0.2,
    activation_malignant=0.1,
    advantage=0.3,
    stem_kill=1.2,
    progenitor_kill=18.0,
    progenitor_loss=1.0,
    mature_loss=6.0,
    recruitment=0.5,
    mutation=1e-4,
    sensitivity=0.1,
)
CYCLES = calendar([Course(0, 83, 10.0), Course(98, 180, 5.0)])

rates = st.builds(
    Parameters,
    division=st.floats(0.03, 0.4),
    active=st.floats(0.05, 0.6),
    activation_malignant=st.floats(0.005, 0.6),
    advantage=st.floats(0.0, 1.0),
    stem_kill=st.floats(0.0, 6.0),
    progenitor_kill=st.floats(0.0, 80.0),
    progenitor_loss=st.floats(0.2, 4.0),
    mature_loss=st.floats(1.0, 20.0),
    recruitment=st.floats(0.0, 3.0),
    feedback=st.floats(0.0, 5.0),
    mutation=st.floats(0.0, 0.01),
    sensitivity=st.floats(0.0, 1.0),
)


@settings(max_examples=12, deadline=None)
@given(rates)
def test_health_is_a_fixed_point(parameters):
    """The drug does not reach normal cells, so it cannot move health either."""
    start = healthy(parameters)
    assert start.sum(axis=0) == pytest.approx([1 - parameters.active, parameters.active, 1, 1])
    states = solve(parameters, CYCLES, [0, 30, 365, 1500], start)
    assert states == pytest.approx(np.broadcast_to(start, states.shape), abs=1e-10)


@settings(max_examples=12, deadline=None)
@given(rates, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_there_are_never_fewer_than_no_cells(parameters, fraction, quiescent, resistant):
    start = baseline(parameters, fraction=fraction, quiescent=quiescent, resistant=resistant)
    states = solve(parameters, CYCLES, np.arange(0, 800, 40), start)
    assert np.isfinite(states).all()
    assert states.min() >= 0


def test_splitting_the_calendar_changes_nothing():
    start = baseline(TYPICAL, fraction=0.97, quiescent=0.7, resistant=0.01)
    split = sorted({*CYCLES.switches, *np.arange(0.5, 200, 3.7).tolist()})
    twice = Calendar(tuple(split), tuple(CYCLES.dose(split).tolist()))
    days = [0, 91, 365]
    assert np.array_equal(solve(TYPICAL, twice, days, start), solve(TYPICAL, CYCLES, days, start))


def test_asking_for_more_days_moves_the_answer_by_less_than_1e_6():
    start = baseline(TYPICAL, fraction=0.97, quiescent=0.7, resistant=0.01)
    few = solve(TYPICAL, CYCLES, [0, 200, 900], start)
    many = solve(TYPICAL, CYCLES, np.arange(0, 901), start)
    assert many[[0, 200, 900]] == pytest.approx(few, abs=1e-6)


def _slope(parameters, u):
    """Write the model once more, clone by clone, for a general solver."""

    def slope(_, flat):
        q, a, p, m = np.moveaxis(flat.reshape(3, 4), -1, 0)
        x = parameters
        lam, b = x.division / x.active, x.activation_normal * (1 - x.active) / x.active
        act = [x.activation_normal, *[x.activation_malignant * (1 + x.recruitment * u)] * 2]
        kill = np.array([0, 1, x.sensitivity]) * u
        signal = (1 + x.feedback) / (1 + x.feedback * (q + a).sum())
        renew = np.minimum(1, np.array([1, 1 + x.advantage, 1 + x.advantage]) * signal / 2)
        flow = x.mutation * renew[1] * lam * a[1] * np.array([0, -1, 1])
        alpha = x.progenitor_loss / (lam * x.active)
        return np.stack(
            [
                b * a - act * q,
                act * q - b * a + (2 * renew - 1) * lam * a - kill * x.stem_kill * a + flow,
                alpha * 2 * (1 - renew) * lam * a - (x.progenitor_loss + x.progenitor_kill * kill) * p,
                x.mature_loss * (p - m),
            ],
            axis=-1,
        ).ravel()

    return slope


def _reference(parameters, plan, end, start):
    """Restart a stiff solver with tight tolerances at every switch."""
    edges = [0.0, *[day for day in plan.switches if 0 < day < end], float(end)]
    state = start.ravel()
    for first, last in pairwise(edges):
        span = (0, (last - first) / DAYS_PER_MONTH)
        slope = _slope(parameters, float(plan.dose(first)))
        state = solve_ivp(slope, span, state, method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
    return state.reshape(3, 4)


@pytest.mark.parametrize("end", [10, 95, 400])
def test_agrees_with_a_general_solver(end):
    start = baseline(TYPICAL, fraction=0.97, quiescent=0.7, resistant=0.01)
    states = solve(TYPICAL, CYCLES, [0, end], start)
    assert states[1] == pytest.approx(_reference(TYPICAL, CYCLES, end, start), abs=2e-6)


def test_without_feedback_it_is_a_matrix_exponential():
    """kappa = 0 makes the model linear: the oracle is exact."""
    linear = replace(TYPICAL, feedback=0.0, advantage=0.2)
    start = baseline(linear, fraction=0.9, quiescent=0.6, resistant=0.05)
    slope = _slope(linear, 1.0)
    matrix = np.column_stack([slope(0, unit) for unit in np.eye(12)])
    plan = Calendar((0.0,), (1.0,))
    states = solve(linear, plan, [0, 15, 60], start)
    for index, day in ((1, 15), (2, 60)):
        exact = (expm(matrix * day / DAYS_PER_MONTH) @ start.ravel()).reshape(3, 4)
        assert states[index] == pytest.approx(exact, abs=1e-6)


def test_equal_losses_of_progenitors_and_mature_cells_are_no_singularity():
    near, apart = (replace(TYPICAL, mature_loss=1.0 + gap, progenitor_kill=0.0) for gap in (0.0, 1e-7))
    start = baseline(near, fraction=0.5, quiescent=0.5)
    states = solve(near, Calendar(), [0, 100], start)
    assert np.isfinite(states).all()
    assert states == pytest.approx(solve(apart, Calendar(), [0, 100], start), abs=1e-6)


@pytest.mark.parametrize("name", [field.name for field in fields(Parameters)])
def test_many_patients_at_once_are_the_patients_one_by_one(name):
    """Whichever of their rates the patients differ in."""
    values = getattr(TYPICAL, name) * np.array([0.5, 1.0, 1.5]) + np.array([0, 0.01, 0.02])
    start = baseline(TYPICAL, fraction=0.97, quiescent=0.7, resistant=0.0)
    together = solve(replace(TYPICAL, **{name: values}), CYCLES, [0, 300], start)
    assert together.shape == (2, 3, 3, 4)
    for i, value in enumerate(values):
        alone = solve(replace(TYPICAL, **{name: float(value)}), CYCLES, [0, 300], start)
        assert together[:, i] == pytest.approx(alone, abs=1e-12)


def test_quiescent_cells_are_spared_and_progenitors_are_not():
    start = baseline(TYPICAL, fraction=0.97, quiescent=0.7, resistant=0.0)
    states = solve(TYPICAL, CYCLES, [0, 76], start)
    left = states[1, MALIGNANT] / states[0, MALIGNANT]
    assert left[2] < 0.1 < left[1] < left[0]
    assert states[1, NORMAL].min() > 0


def test_resistance_arises_only_by_mutation():
    start = baseline(TYPICAL, fraction=0.97, quiescent=0.7, resistant=0.0)
    assert solve(TYPICAL, CYCLES, [0, 300], start)[1, RESISTANT, 1] > 0
    never = replace(TYPICAL, mutation=0.0)
    assert solve(never, CYCLES, [0, 300], start)[1, RESISTANT].sum() == 0
