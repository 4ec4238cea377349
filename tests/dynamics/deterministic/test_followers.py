"""Exact propagators against the exponential of a matrix in extended precision."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from remnant.dynamics.deterministic.followers import propagator

rates = st.floats(0.0, 500.0)


def _exponential(matrix):
    """Scale, take the Taylor series, square: so many squarings of a small matrix that nothing cancels."""
    squarings = int(np.ceil(np.log2(max(1.0, float(np.abs(matrix).sum(axis=1).max()))))) + 5
    small = matrix / np.longdouble(2) ** squarings
    total = term = np.eye(len(matrix), dtype=np.longdouble)
    for n in range(1, 22):
        term = term @ small / n
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total


def _exact(loss, mature, h, stages):
    """Return what is kept, and what an inflow of 1, t and t^2 adds, t in units of the step."""
    followers = 1 + stages
    matrix = np.zeros((followers + 3, followers + 3), dtype=np.longdouble)
    matrix[0, 0] = -loss * h
    for j in range(1, followers):
        matrix[j, j - 1 : j + 1] = mature * h, -mature * h
    matrix[followers + 1, followers], matrix[followers + 2, followers + 1] = 1, 2
    added = []
    for power in range(3):
        matrix[0, followers:] = 0
        matrix[0, followers + power] = h
        exponential = _exponential(matrix)
        added.append(exponential[:followers, followers])
    return exponential[:followers, :followers].astype(float), np.array(added, float)


@given(rates, rates, st.sampled_from([1e-3, 0.03, 0.125, 2.0]), st.integers(1, 4))
@example(7.0, 7.0, 0.125, 4)
@example(7.0, 7.0 * (1 + 1e-9), 0.125, 4)
@example(0.0, 6.0, 0.125, 3)
@example(8.0, 8.0, 0.125, 4)
@example(0.0, 0.0, 0.125, 2)
@example(500.0, 0.001, 2.0, 4)
@example(0.001, 500.0, 2.0, 4)
def test_steps_of_progenitors_and_mature_cells_are_exact(loss, mature, h, stages):
    kept, added = _exact(loss, mature, h, stages)
    made = propagator(np.array([loss]), np.array([mature]), h, stages)
    assert made.kept[..., 0] == pytest.approx(kept, rel=1e-11, abs=1e-300)
    # A quadratic that is 1 at the start, middle or end of the step and 0 at the other two.
    powers = np.array([[1, -3, 2], [0, 4, -4], [0, -1, 2]])
    assert made.gained[..., 0] == pytest.approx(powers @ added, abs=1e-11 * added.max())


@given(st.lists(rates, min_size=2, max_size=5), st.integers(1, 4))
def test_patients_do_not_mix(losses, stages):
    mature = np.full(len(losses), 3.0)
    together = propagator(np.array(losses), mature, 0.1, stages)
    for i, loss in enumerate(losses):
        alone = propagator(np.array([loss]), mature[:1], 0.1, stages)
        assert np.array_equal(together.kept[..., i], alone.kept[..., 0])
        assert np.array_equal(together.gained[..., i], alone.gained[..., 0])


@given(rates, rates, st.integers(1, 4))
def test_two_halves_of_a_step_are_the_step(loss, mature, stages):
    """Where nothing flows in, and where the inflow stays."""
    losses = np.array([loss]), np.array([mature])
    whole, half = (propagator(*losses, h, stages) for h in (0.1, 0.05))
    before = np.linspace(1, 2, 1 + stages)[:, None]
    steady_whole, steady_half = (part.gained.sum(axis=0) for part in (whole, half))
    twice = half.after(half.after(before, steady_half), steady_half)
    assert whole.after(before, steady_whole) == pytest.approx(twice, rel=1e-11)


def test_in_balance_everything_is_replaced():
    """An inflow of l P keeps P, and all that follows it, where they are."""
    loss, mature = np.array([0.7]), np.array([5.0])
    made = propagator(loss, mature, 0.2, 4)
    steady = made.gained.sum(axis=0) * loss
    assert made.after(np.ones((5, 1)), steady) == pytest.approx(np.ones((5, 1)), rel=1e-13)
