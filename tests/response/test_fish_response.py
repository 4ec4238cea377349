from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.errors import SettingError
from remnant.response import FishCount, fish_responses
from remnant.study import Evidence, Source


def _count(day, abnormal, scored, cutoff=7, probe=""):
    return FishCount(f"S{day}", day, abnormal, scored, cutoff, Source("fish.csv", 2), probe)


def _responses(*counts):
    return fish_responses("P1", counts, first_dose=0)


@pytest.mark.parametrize(
    ("baseline", "now", "expected"),
    [
        ((150, 200, 7), (6, 200, 7), "complete"),
        ((150, 200, 7), (7, 200, 7), "partial"),
        ((150, 200, 7), (75, 200, 7), "partial"),
        ((150, 200, 7), (76, 200, 7), "none"),
        ((150, 200, 7), (190, 200, 7), "none"),
        ((150, 200, 7), (1, 20, 2), "complete"),
        ((150, 200, 7), (2, 20, 2), "partial"),
        ((150, 200, 7), (0, 200, None), "not assessable"),
        ((150, 200, 7), (0, 0, None), "not assessable"),
        ((6, 200, 7), (0, 200, 7), "not assessable"),
        ((150, 200, None), (0, 200, 7), "not assessable"),
        ((0, 0, None), (0, 200, 7), "not assessable"),
    ],
)
def test_the_response_turns_at_the_cutoff_for_so_many_nuclei(baseline, now, expected):
    assert _responses(_count(-7, *baseline), _count(180, *now))[0].response == expected


def test_a_count_below_the_cutoff_is_not_detected_and_says_what_it_excludes():
    (found,) = _responses(_count(-7, 150, 200), _count(180, 2, 200))
    assert found.fraction.evidence is Evidence.NOT_DETECTED
    assert found.excluded_above == found.fraction.upper == pytest.approx(0.0312, abs=5e-4)
    assert found.excluded_above < found.excluded_above_two_sided
    assert found.excluded_above < found.found_above


def test_twenty_nuclei_exclude_less_than_two_hundred():
    few, many = (
        _responses(_count(-7, 150, 200), _count(180, 0, scored, cutoff))[0]
        for scored, cutoff in ((20, 2), (200, 7))
    )
    assert few.response == many.response == "complete"
    assert few.excluded_above == pytest.approx(1 - 0.05 ** (1 / 20))
    assert many.excluded_above == pytest.approx(1 - 0.05 ** (1 / 200))


@pytest.mark.parametrize(
    ("later", "relapse"),
    [
        ([(9, 200)], [None]),
        ([(9, 200), (12, 200)], [True, None]),
        ([(9, 200), (6, 200)], [False, False]),
        ([(9, 200), (0, 0), (12, 200)], [True, False, None]),
        ([(6, 200), (12, 200)], [False, None]),
    ],
)
def test_a_relapse_by_fish_is_confirmed_by_the_next_sample(later, relapse):
    counts = [_count(400 + 100 * place, *one) for place, one in enumerate(later)]
    found = _responses(_count(-7, 150, 200), _count(180, 0, 200), *counts)[1:]
    assert [one.relapse for one in found] == relapse


def test_a_clone_that_never_fell_below_the_cutoff_has_not_relapsed():
    found = _responses(_count(-7, 150, 200), _count(180, 50, 200), _count(360, 150, 200))
    assert [one.relapse for one in found] == [False, False]


def test_each_probe_has_its_own_course():
    found = _responses(
        _count(-7, 150, 200, probe="EGR1"),
        _count(-7, 3, 200, probe="CEP8"),
        _count(180, 2, 200, probe="EGR1"),
        _count(180, 90, 200, probe="CEP8"),
    )
    assert [(one.probe, one.response) for one in found] == [("CEP8", "not assessable"), ("EGR1", "complete")]


@pytest.mark.parametrize(
    ("count", "column"),
    [((21, 20, 2), "nuclei"), ((-1, 20, 2), "nuclei"), ((1, 20, 0), "cut-off"), ((1, 20, 60), "cut-off")],
)
def test_a_count_that_cannot_be_is_refused_with_its_line(count, column):
    with pytest.raises(SettingError, match=rf"fish.csv, line 2, column {column}"):
        _responses(_count(0, *count))


@settings(deadline=None)
@given(st.integers(20, 300), st.data())
def test_more_abnormal_nuclei_never_make_a_better_response(scored, data):
    order = ("complete", "partial", "none")
    cutoff = data.draw(st.integers(1, scored))
    fewer = data.draw(st.integers(0, scored - 1))
    more = data.draw(st.integers(fewer, scored))
    ranks = [
        order.index(_responses(_count(-7, 150, 200), _count(180, k, scored, cutoff))[0].response)
        for k in (fewer, more)
    ]
    assert ranks[0] <= ranks[1]


@settings(deadline=None)
@given(
    st.permutations([_count(-7, 150, 200), _count(90, 60, 200), _count(180, 0, 200), _count(360, 30, 200)])
)
def test_the_order_of_rows_is_irrelevant(counts):
    assert [one.response for one in _responses(*counts)] == ["partial", "complete", "partial"]
