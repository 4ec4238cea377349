"""The chance that a cell of one group is further on than one of another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from remnant.stats.tables.ordered import superiority

STAGES = st.lists(st.integers(0, 60), min_size=2, max_size=6).filter(any)


@given(
    st.integers(2, 6).flatmap(
        lambda k: st.tuples(*[st.lists(st.integers(0, 60), min_size=k, max_size=k).filter(any)] * 2)
    )
)
def test_it_is_the_u_statistic_of_mann_and_whitney(groups):
    first, second = groups
    cells = [np.repeat(np.arange(len(group)), group) for group in groups]
    u = (
        mannwhitneyu(cells[1], cells[0], method="asymptotic").statistic
        if len(set(np.concatenate(cells))) > 1
        else None
    )
    found = superiority(first, second)
    if u is not None:
        assert found.value == pytest.approx(u / (sum(first) * sum(second)))
    assert 0 <= found.lower <= found.value <= found.upper <= 1


@given(
    st.lists(st.integers(0, 60), min_size=3, max_size=3).filter(any),
    st.lists(st.integers(0, 60), min_size=3, max_size=3).filter(any),
)
def test_groups_that_change_places_mirror_the_answer(first, second):
    here, there = superiority(first, second), superiority(second, first)
    assert here.value == pytest.approx(1 - there.value)
    assert here.lower == pytest.approx(1 - there.upper, abs=1e-9)


def test_cells_that_never_overlap_still_have_a_limit():
    found = superiority([5, 0], [0, 7])
    assert (found.value, found.upper) == (1.0, 1.0)
    assert 0.6 < found.lower < 0.75


@pytest.mark.parametrize(
    ("first", "second", "cells"),
    [
        ((0.4, 0.3, 0.2, 0.1), (0.1, 0.2, 0.3, 0.4), (30, 40)),
        ((0.1, 0.2, 0.4, 0.3), (0.1, 0.2, 0.4, 0.3), (200, 90)),
        ((0.7, 0.2, 0.05, 0.05), (0.05, 0.05, 0.2, 0.7), (25, 400)),
    ],
)
def test_limits_cover_as_often_as_they_say(first, second, cells):
    p, q = np.array(first), np.array(second)
    truth = float(q @ (np.cumsum(p) - p / 2))
    rng = np.random.default_rng(20100909)
    runs = 800
    covered = 0
    for _ in range(runs):
        found = superiority(rng.multinomial(cells[0], p), rng.multinomial(cells[1], q))
        covered += found.lower <= truth <= found.upper
    assert covered / runs > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)
