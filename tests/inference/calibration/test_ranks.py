"""Ranks of truths among draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.inference.calibration.ranks import counted, levels, place, ranks, thinned


@given(st.integers(1, 500), st.data())
def test_thinning_keeps_different_draws_from_all_along_the_chain(draws, data):
    keep = data.draw(st.integers(1, draws))
    kept = thinned(np.arange(float(draws)), keep)
    assert len(np.unique(kept)) == keep
    gaps = np.diff(kept)
    assert gaps.size == 0 or gaps.max() - gaps.min() <= 1
    assert abs(kept.mean() - (draws - 1) / 2) <= 1


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(-5, 5), st.integers(0, 99))
def test_a_rank_lies_between_the_draws_below_and_those_not_above(draws, truth, seed):
    rank = ranks(truth, np.array(draws), rng=np.random.default_rng(seed))
    assert np.sum(np.array(draws) < truth) <= rank <= np.sum(np.array(draws) <= truth)


def test_what_never_happens_in_truth_and_draws_has_every_place_alike():
    """A patient cured in the truth and in all draws says nothing: his rank is chance alone."""
    never = np.full((9, 4000), np.inf)
    rank = ranks(np.full(4000, np.inf), never, rng=np.random.default_rng(2))
    assert np.bincount(rank, minlength=10) == pytest.approx(400, abs=4 * 19)


def test_places_of_exchangeable_truths_are_uniform():
    rng = np.random.default_rng(3)
    numbers = rng.poisson(2.0, (20, 5000)).astype(float)  # many ties
    places = place(numbers[0], numbers[1:], rng=rng)
    assert np.mean(places) == pytest.approx(0.5, abs=0.017)
    assert np.var(places) == pytest.approx(1 / 12, rel=0.06)
    assert ((places > 0) & (places < 1)).all()


def test_counts_rise_to_the_levels_when_each_rank_is_there_once():
    assert (counted(np.arange(10), 9) / 10 == levels(9)).all()


def test_a_truth_that_is_missing_is_refused():
    with pytest.raises(AssertionError, match="missing"):
        ranks(np.nan, np.zeros(3), rng=np.random.default_rng(1))
