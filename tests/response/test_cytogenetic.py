from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.errors import SettingError
from remnant.response import MetaphaseCount, cytogenetic_responses
from remnant.study import Evidence, Source


def _count(day, abnormal, scored, new=()):
    return MetaphaseCount(f"S{day}", day, abnormal, scored, new, Source("karyotypes.csv", 2))


def _responses(*counts, confidence=0.95):
    return cytogenetic_responses("P1", counts, first_dose=0, confidence=confidence)


@pytest.mark.parametrize(
    ("baseline", "now", "expected"),
    [
        ((18, 20), (0, 20), "complete"),
        ((18, 20), (0, 19), "not assessable"),
        ((18, 20), (1, 20), "partial"),
        ((20, 20), (10, 20), "partial"),
        ((20, 20), (11, 20), "none"),
        ((18, 20), (9, 20), "partial"),
        ((17, 20), (9, 20), "none"),
        ((9, 10), (1, 20), "not assessable"),
        ((9, 10), (0, 20), "complete"),
        ((1, 20), (0, 20), "not assessable"),
        ((0, 20), (0, 20), "not assessable"),
        ((18, 20), (0, 0), "not assessable"),
        ((18, 20), (20, 20), "none"),
    ],
)
def test_the_response_turns_at_its_limits(baseline, now, expected):
    assert _responses(_count(-7, *baseline), _count(180, *now))[0].response == expected


def test_none_of_20_excludes_only_clones_above_14_percent():
    found = _responses(_count(-7, 18, 20), _count(180, 0, 20))[0]
    assert found.excluded_above == pytest.approx(1 - 0.05 ** (1 / 20), rel=1e-12)
    assert found.fraction.evidence is Evidence.NOT_DETECTED
    assert found.fraction.upper == found.excluded_above


def test_too_few_metaphases_still_print_their_bound():
    found = _responses(_count(-7, 18, 20), _count(180, 0, 12))[0]
    assert found.response == "not assessable"
    assert found.excluded_above == pytest.approx(1 - 0.05 ** (1 / 12), rel=1e-12)
    assert found.missing == ("20 metaphases",)


def test_a_new_clonal_change_bars_a_complete_response():
    found = _responses(_count(-7, 18, 20), _count(180, 0, 20, ("+8",)))[0]
    assert (found.response, found.clonal_evolution, found.reduction) == ("partial", True, 1.0)
    assert "clonal evolution: +8" in found.reason


@pytest.mark.parametrize(
    ("later", "relapse"),
    [
        ([(2, 20)], [True]),
        ([(1, 20)], [None]),
        ([(1, 20), (1, 20)], [True, False]),
        ([(1, 20), (0, 20)], [False, False]),
        ([(1, 20), (0, 0), (3, 20)], [True, False, True]),
        ([(0, 20)], [False]),
    ],
)
def test_relapse_needs_two_metaphases_or_the_next_sample(later, relapse):
    counts = [_count(400 + 100 * n, *one) for n, one in enumerate(later)]
    found = _responses(_count(-7, 18, 20), _count(180, 0, 20), *counts)[1:]
    if len(later) == 2 and later[1] == (1, 20):
        relapse = [True, None]  # the second one metaphase has no next sample of its own
    assert [one.relapse for one in found] == relapse


def test_a_clone_that_never_went_has_not_relapsed():
    found = _responses(_count(-7, 18, 20), _count(180, 5, 20), _count(360, 15, 20))
    assert [one.relapse for one in found] == [False, False]


def test_without_a_baseline_nothing_is_assessed():
    found = _responses(_count(180, 0, 20))[0]
    assert (found.response, found.missing) == ("not assessable", ("an abnormal karyotype at baseline",))


def test_a_count_that_cannot_be_is_refused_with_its_line():
    with pytest.raises(SettingError, match=r"karyotypes.csv, line 2"):
        _responses(_count(0, 21, 20))


@settings(deadline=None)
@given(st.integers(20, 200), st.data())
def test_more_abnormal_metaphases_never_make_a_better_response(scored, data):
    order = ("complete", "partial", "none")
    fewer = data.draw(st.integers(0, scored - 1))
    more = data.draw(st.integers(fewer, scored))
    ranks = [
        order.index(_responses(_count(-7, 18, 20), _count(180, k, scored))[0].response) for k in (fewer, more)
    ]
    assert ranks[0] <= ranks[1]


@settings(deadline=None)
@given(st.permutations([_count(-7, 18, 20), _count(90, 9, 20), _count(180, 0, 20), _count(360, 3, 20)]))
def test_the_order_of_rows_is_irrelevant(counts):
    found = _responses(*counts)
    assert [one.response for one in found] == ["partial", "complete", "partial"]
    assert [one.relapse for one in found] == [False, False, True]


def test_a_clone_that_came_on_treatment_and_stays_bars_a_complete_response():
    """It is new only once, and still a clone at the next visit."""
    later = MetaphaseCount("S360", 360, 0, 20, (), Source("karyotypes.csv", 2), ("+8",))
    first, second = _responses(_count(-7, 18, 20), _count(180, 0, 20, ("+8",)), later)
    assert (first.response, second.response) == ("partial", "partial")
    assert (second.new_abnormalities, second.persisting, second.clonal_evolution) == ((), ("+8",), True)
    gone = MetaphaseCount("S360", 360, 0, 20, (), Source("karyotypes.csv", 2), ())
    assert _responses(_count(-7, 18, 20), _count(180, 0, 20, ("+8",)), gone)[1].response == "complete"


def test_a_band_more_or_less_is_the_same_clone():
    later = MetaphaseCount("S360", 360, 0, 20, (), Source("karyotypes.csv", 2), ("del(7)(q22q34)",))
    found = _responses(_count(-7, 18, 20), _count(180, 0, 20, ("del(7)(q22q36)",)), later)[1]
    assert found.persisting == ("del(7)(q22q34)",)


def test_the_clone_size_excluded_is_said_one_sided_and_two_sided():
    found = _responses(_count(-7, 18, 20), _count(180, 0, 20))[0]
    assert (round(found.excluded_above, 3), round(found.excluded_above_two_sided, 3)) == (0.139, 0.168)
    assert [round(clone.missed, 2) for clone in found.power.clones[:2]] == [0.36, 0.12]
    seen = _responses(_count(-7, 18, 20), _count(180, 1, 20))[0]
    assert (seen.excluded_above, seen.excluded_above_two_sided) == (None, None)
    assert seen.power.scored == 20
    assert _responses(_count(-7, 18, 20), _count(180, 0, 0))[0].power is None
