"""A cut never hides what it does to a rare gate."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import IN, NOT_EVALUABLE, OUT
from remnant.cytometry.acquisition.bins import Bins, medians
from remnant.cytometry.acquisition.cut import cut_mask, effect_of_cut
from remnant.cytometry.acquisition.findings import EventRange, merge
from remnant.study.estimate import Evidence

ranges = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 10)).map(lambda x: EventRange(x[0], sum(x))))
codes = st.lists(st.sampled_from([OUT, NOT_EVALUABLE, IN]), min_size=100, max_size=100)


@given(ranges)
def test_joined_ranges_hold_the_same_events_and_lie_apart(parts):
    joined = merge(parts)
    assert np.array_equal(cut_mask(100, parts), cut_mask(100, joined))
    assert all(first.end < second.begin for first, second in pairwise(joined))


@given(codes, ranges)
def test_with_and_without_the_cut_add_up(given_codes, parts):
    effect = effect_of_cut("rare", np.array(given_codes, np.int8), merge(parts))
    taken = cut_mask(100, parts)
    assert effect.events == given_codes.count(IN)
    assert effect.events - effect.events_kept == int(np.sum((np.array(given_codes) == IN) & taken))
    assert effect.not_evaluable == given_codes.count(NOT_EVALUABLE)
    assert effect.tube_events_kept == 100 - int(taken.sum())
    assert f"{effect.events} events, {effect.events_kept} without" in effect.sentence


def test_a_cut_that_takes_the_rare_cells_first_is_said_not_to_be_neutral():
    rare = np.zeros(100_000, np.int8)
    rare[:30] = IN
    rare[50_000:50_010] = IN
    unfair = effect_of_cut("rare", rare, [EventRange(0, 1000)])
    assert "more than other events" in unfair.sentence
    assert (unfair.events, unfair.events_kept) == (40, 10)
    fair = effect_of_cut("rare", np.tile(np.array([IN, OUT], np.int8), 50_000), [EventRange(0, 1000)])
    assert "neutral" not in fair.sentence


def test_rare_events_that_come_in_a_clump_are_pointed_out():
    rare = np.zeros(100_000, np.int8)
    rare[200:900:40] = IN
    clumped = effect_of_cut("rare", rare, [])
    assert clumped.evenness < 1e-6
    assert "not spread evenly" in clumped.sentence
    rare[:] = OUT
    rare[np.random.default_rng(1).integers(0, 100_000, 18)] = IN
    assert "not spread evenly" not in effect_of_cut("rare", rare, []).sentence


def test_an_empty_gate_loses_nothing_that_could_be_judged():
    effect = effect_of_cut("rare", np.zeros(10, np.int8), [EventRange(0, 5)])
    assert effect.lost.evidence is Evidence.NOT_EVALUABLE
    assert effect_of_cut("rare", np.zeros(0, np.int8), []).tube_events == 0


@given(st.integers(10, 400), st.integers(2, 10))
def test_bins_hold_every_event_once(events, number):
    bins = Bins(events, events // number, number)
    parts = [bins.range(i) for i in range(number)]
    assert (parts[0].begin, parts[-1].end) == (0, events)
    assert all(first.end == second.begin for first, second in pairwise(parts))
    assert bins.ranges(range(number)) == (EventRange(0, events),)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=7, max_size=70))
def test_medians_are_those_of_a_sort(values):
    found = medians(np.array(values), 7)
    for index, value in enumerate(found):
        kept = sorted(x for x in values[7 * index : 7 * index + 7] if not np.isnan(x))
        assert value == kept[(len(kept) - 1) // 2] if kept else np.isnan(value)
