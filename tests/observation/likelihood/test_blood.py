"""Haemoglobin: the residual's law, transfused cells, and the marrow followed day by day."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.dynamics.model.observables import Blood, blood_targets, follow_blood
from remnant.observation import blood as plain
from remnant.observation.likelihood import blood

LAW = {
    "blood.haemoglobin": 14.0,
    "blood.erythroid_efficacy": 0.2,
    "blood.erythroid_compensation": 30.0,
    "blood.erythroid_suppression": 0.0,
    "blood.red_cell_days": 26.0,
    "blood.residual": 0.06,
    "blood.memory": 12.0,
}


def rows_on(days, *, counted=None, transfused=None, value=None):
    days = np.asarray(days, float)
    n = len(days)
    there = np.ones(n) if counted is None else np.asarray(counted, float)
    before = np.maximum.accumulate(np.where(there > 0, np.arange(n), -1))
    before = np.concatenate([[-1], before[:-1]])
    return blood.Rows(
        time=np.arange(n, dtype=np.int32),
        weight=there,
        later=np.arange(n, dtype=np.int32),
        part=np.zeros(n),
        gap=np.diff(days, prepend=days[0]),
        dose=np.zeros(n),
        transfused=np.zeros(n) if transfused is None else np.asarray(transfused, float),
        value=np.full(n, np.log(10.0)) if value is None else np.log(value),
        before=np.maximum(before, 0),
        since=np.where(before < 0, blood.NEVER, days - days[before]),
    )


def remission(days):
    """A clone that gives way to normal cells over half a year."""
    clone = 0.95 / (1 + np.exp((np.asarray(days) - 70) / 25))
    states = np.zeros((len(days), 3, 4))
    states[:, 0], states[:, 1] = (1 - clone)[:, None], clone[:, None]
    return states


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(5, 16)), min_size=8, max_size=8))
def test_the_residual_has_the_law_of_the_simulator(counts):
    days, values = np.cumsum([gap for gap, _ in counts]), np.array([value for _, value in counts])
    states, rows = remission(days), rows_on(days, value=values)
    expected = np.asarray(blood.seen(states, LAW, rows))
    found = np.asarray(blood.log_likelihood(states, LAW, rows)).sum()
    residual = plain.Residual(LAW["blood.residual"], LAW["blood.memory"])
    assert found == pytest.approx(plain.log_likelihood(values, expected, days, residual), rel=1e-10, abs=1e-9)


def test_days_without_a_count_join_the_residuals_around_them():
    days, values = np.array([0.0, 9, 20, 26]), np.array([8.0, 9, 12, 10])
    every, some = remission(days), [0, 2, 3]
    rows = rows_on(days, counted=[1, 0, 1, 1], value=values)
    expected = np.asarray(blood.seen(every, LAW, rows))[some]
    residual = plain.Residual(LAW["blood.residual"], LAW["blood.memory"])
    found = np.asarray(blood.log_likelihood(every, LAW, rows))
    assert found[1] == 0
    assert found.sum() == pytest.approx(
        plain.log_likelihood(values[some], expected, days[some], residual), rel=1e-10
    )


def test_the_approach_to_balance_is_that_of_the_model_day_by_day():
    days = np.arange(0, 169.0)
    states = remission(days)
    law = Blood(haemoglobin=14.0, erythroid_efficacy=0.2, erythroid_compensation=30.0, red_cell_days=26.0)
    target = blood_targets(states, np.zeros((len(days), 0)), law)
    level = target[:1].repeat(len(days), axis=0)
    for i in range(1, len(days)):
        level[i] = follow_blood(level[i - 1], (target[i - 1] + target[i]) / 2, 1.0, law)
    every = np.asarray(blood.own(states, LAW, rows_on(days)))
    assert np.abs(every - level[:, 0]).max() < 1e-3
    # Four weeks between known days, closer at first: as good as a clinic can tell.
    sparse = np.array([0, 3, 7, 14, 21, *range(28, 169, 28)])
    found = np.asarray(blood.own(remission(sparse), LAW, rows_on(sparse)))
    assert np.abs(found - level[sparse.astype(int), 0]).max() < 0.1


def test_counts_between_known_days_lie_on_the_same_course():
    known = np.array([0.0, 28, 56])
    all_days = np.array([0.0, 10, 28, 35, 56])
    rows = rows_on(all_days)._replace(
        time=np.array([0, 0, 1, 1, 2]),
        later=np.array([0, 1, 1, 2, 2]),
        part=np.array([0, 10 / 28, 0, 0.25, 0]),
    )
    between = np.asarray(blood.own(remission(known), LAW, rows))
    plainly = np.asarray(blood.own(remission(known), LAW, rows_on(known)))
    assert np.allclose(between[[0, 2, 4]], plainly, rtol=1e-12)


def test_a_marrow_without_a_maturing_cell_has_some_haemoglobin_left():
    rows = rows_on([0.0, 10.0])
    assert np.asarray(blood.seen(np.zeros((2, 3, 4)), LAW, rows)).tolist() == [blood.LEAST] * 2


def test_direct_suppression_lowers_output_by_the_dose():
    rows = rows_on([0.0, 1e4])._replace(dose=np.array([0.0, 1.0]))
    law = LAW | {"blood.erythroid_suppression": 0.5}
    first, last = np.asarray(blood.balance(remission([500, 500]), law, rows))
    assert last == pytest.approx(first * np.exp(-0.5))
