from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.survival.cox import cox
from remnant.stats.survival.log_rank import cumulative_hazard, exact_log_rank, log_rank
from remnant.stats.survival.subjects import ordered

TINY = st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 2)), min_size=3, max_size=7)


@given(TINY)
@settings(max_examples=40, deadline=None)
def test_the_exact_test_is_the_walk_over_all_orders_of_the_labels(rows):
    time, event, group = map(np.array, zip(*rows, strict=True))
    found = exact_log_rank(time, event, group)
    begun, when, seen, label = ordered(time, event, group)
    score = seen - cumulative_hazard(begun, when, seen)
    names = np.unique(label)

    def parted(labels):
        return sum(score[labels == n].sum() ** 2 / (labels == n).sum() for n in names)

    walk = np.array([parted(np.array(order)) for order in permutations(label)])
    assert found.p == pytest.approx(np.mean(walk >= parted(label) - 1e-9), abs=1e-9)
    assert found.smallest_p == pytest.approx(np.mean(walk >= walk.max() - 1e-9), abs=1e-9)
    assert found.smallest_p <= found.p + 1e-12


def test_three_against_three_cannot_be_significant_at_five_percent():
    found = exact_log_rank([1, 2, 3, 4, 5, 6], [1] * 6, [0, 0, 0, 1, 1, 1])
    assert found.p == found.smallest_p == pytest.approx(0.1)


def test_too_many_assignments_are_refused_and_not_sampled():
    rng = np.random.default_rng(1)
    assert exact_log_rank(rng.random(80), np.ones(80), rng.integers(0, 2, 80), most=1000) is None


def test_without_ties_it_is_the_score_test_of_cox_also_with_late_entry():
    rng = np.random.default_rng(4)
    time, event, group = rng.random(50), rng.random(50) < 0.7, rng.integers(0, 2, 50)
    entry = time * rng.random(50)
    found = log_rank(time, event, group, entry=entry)
    assert found.chi_square == pytest.approx(cox(time, event, group, entry=entry).score.statistic, rel=1e-9)


@given(TINY)
def test_observed_and_expected_events_add_up_to_the_same(rows):
    time, event, group = map(np.array, zip(*rows, strict=True))
    found = log_rank(time, event, group)
    assert found.observed.sum() == pytest.approx(found.expected.sum(), abs=1e-9)
    assert 0 <= found.p <= 1
    assert found.freedom < max(len(found.groups), 1)


def test_one_group_or_no_event_is_nothing_to_compare():
    for event, group in (([1, 1, 0], [0, 0, 0]), ([0, 0, 0], [0, 1, 1])):
        found = log_rank([1, 2, 3], event, group)
        assert (found.chi_square, found.freedom, found.p) == (0.0, 0, 1.0)
