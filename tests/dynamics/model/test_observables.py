from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import solve_ivp

from remnant.dynamics.model.observables import (
    HAEMOGLOBIN,
    NEUTROPHILS,
    PLATELETS,
    Blood,
    blood_targets,
    cells,
    clone_fraction,
    follow_blood,
    frequency,
    production,
)

KINDS = ("stem", "progenitor", "mature")
DEL5Q = Blood(
    erythroid_efficacy=0.3, myeloid_efficacy=0.5, erythroid_suppression=0.2, myeloid_suppression=0.8
)
pools = st.floats(0, 10, allow_subnormal=False)
marrows = arrays(float, (4, 3, 5), elements=pools)
bloods = st.builds(
    Blood,
    erythroid_efficacy=st.floats(0, 2),
    platelet_efficacy=st.floats(0, 2),
    erythroid_compensation=st.floats(0, 200),
    platelet_compensation=st.floats(0, 200),
    myeloid_suppression=st.floats(0, 5),
    platelet_suppression=st.floats(0, 5),
)


def marrow(*mature: float) -> np.ndarray:
    """A marrow whose every compartment holds these pools of the three clones."""
    return np.repeat(np.array(mature)[:, None], 4, axis=1)


@given(bloods, st.integers(1, 4))
def test_a_healthy_marrow_makes_healthy_blood(blood, stages):
    healthy = np.zeros((3, 3 + stages))
    healthy[0] = [0.8, 0.2, *[1.0] * (1 + stages)]
    np.testing.assert_allclose(blood_targets(healthy, [0.0], blood), [13.3, 4.0, 250.0], rtol=1e-14)
    assert frequency(healthy, "stem") == pytest.approx(1)
    assert clone_fraction(healthy, "stem") == 0


@given(marrows)
def test_the_clone_and_the_rest_are_all_the_cells(states):
    for kind in KINDS:
        fraction, number = clone_fraction(states, kind), frequency(states, kind)
        some = number > 0
        assert np.all(np.isnan(fraction) == ~some)  # no cell has no fraction, and zero would be one
        assert np.all((fraction[some] >= 0) & (fraction[some] <= 1))
        np.testing.assert_allclose(
            (fraction * number)[some], cells(states, kind)[some, 1:].sum(axis=-1), rtol=1e-12
        )


@given(marrows, bloods, st.floats(0, 2), st.floats(0, 2))
def test_more_drug_never_makes_more_blood(states, blood, dose, more):
    less = production(states, [dose + more], blood)
    assert np.all(less <= production(states, [dose], blood))
    assert np.all(less >= 0)


@given(marrows, bloods, st.integers(0, 2))
def test_another_normal_cell_helps_and_a_barren_one_hinders(states, blood, lineage):
    barren = replace(blood, erythroid_efficacy=0.0, myeloid_efficacy=0.0, platelet_efficacy=0.0)
    before = production(states, [0.0], barren)[:, lineage]
    more = states + np.array([1.0, 0, 0])[:, None]
    assert np.all(production(more, [0.0], barren)[:, lineage] >= before * (1 - 1e-12))
    crowded = states + np.array([0, 1.0, 0])[:, None]
    assert np.all(production(crowded, [0.0], barren)[:, lineage] <= before)


def test_without_compensation_numbers_count_and_with_much_only_shares():
    numbers = replace(DEL5Q, erythroid_compensation=0.0)
    shares = replace(DEL5Q, erythroid_compensation=1e9)
    few, many = marrow(0.05, 0.05, 0.0), marrow(0.5, 0.5, 0.0)
    assert production(few, [0.0], numbers)[0] == pytest.approx(0.05 + 0.3 * 0.05)
    for states in (few, many):
        assert production(states, [0.0], shares)[0] == pytest.approx(0.65, rel=1e-6)


def test_losing_the_clone_cures_the_anaemia_that_it_made():
    blood = replace(DEL5Q, erythroid_compensation=30.0)
    ill, remitted = marrow(0.05, 0.95, 0.0), marrow(0.05, 0.005, 0.0)
    before, after = (blood_targets(states, [0.0], blood)[HAEMOGLOBIN] for states in (ill, remitted))
    assert before < 5 < 7.5 < after


def test_platelets_fall_where_the_clone_made_them():
    blood = replace(DEL5Q, platelet_efficacy=1.1)
    ill, remitted = marrow(0.05, 0.95, 0.0), marrow(0.05, 0.005, 0.0)
    before, after = (blood_targets(states, [0.0], blood)[PLATELETS] for states in (ill, remitted))
    assert after < before / 2
    assert before > 250


def test_each_drug_has_a_dose_and_one_of_them_suppresses():
    states = marrow(0.5, 0.0, 0.0)
    alone = production(states, [1.0], DEL5Q)
    np.testing.assert_array_equal(production(states, [1.0, 3.0], DEL5Q), alone)
    np.testing.assert_array_equal(production(states, [3.0, 1.0], DEL5Q, suppressor=1), alone)
    free = production(states, [0.0], DEL5Q)
    np.testing.assert_array_equal(production(states, [1.0, 3.0], DEL5Q, suppressor=None), free)
    np.testing.assert_array_equal(production(states, [], DEL5Q), free)
    assert alone[NEUTROPHILS] == pytest.approx(free[NEUTROPHILS] * np.exp(-0.8))


@given(arrays(float, (2, 3), elements=st.floats(0, 500)), st.floats(0, 100), st.floats(0, 100))
def test_two_steps_towards_the_same_balance_are_one(counts, first, second):
    start, target = counts
    step = follow_blood(follow_blood(start, target, first, DEL5Q), target, second, DEL5Q)
    np.testing.assert_allclose(step, follow_blood(start, target, first + second, DEL5Q), rtol=1e-9, atol=1e-9)


def test_the_step_solves_the_equation_of_the_pools():
    start, target = np.array([8.0, 2.0, 60.0]), np.array([13.0, 1.0, 240.0])
    slow = solve_ivp(lambda _, x: (target - x) / DEL5Q.days(), (0, 11), start, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(follow_blood(start, target, 11, DEL5Q), slow.y[:, -1], rtol=1e-9)


def test_patients_with_blood_of_their_own_are_followed_at_once():
    weak = np.array([0.1, 0.3, 0.5])
    many = replace(DEL5Q, erythroid_efficacy=weak)
    states = np.stack([marrow(0.05, 0.95, 0.0)] * 3)
    doses = np.array([[0.0], [0.5], [1.0]])
    together = blood_targets(states, doses, many)
    for i, efficacy in enumerate(weak):
        one = replace(DEL5Q, erythroid_efficacy=float(efficacy))
        np.testing.assert_allclose(together[i], blood_targets(states[i], doses[i], one), rtol=1e-14)
    days = np.array([1.0, 7.0, 28.0])
    after = follow_blood(together, 2 * together, days, many)
    np.testing.assert_allclose(after[1], follow_blood(together[1], 2 * together[1], 7.0, DEL5Q), rtol=1e-14)
