from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remnant.report import numbers, phrases, tables
from remnant.study.estimate import Estimate, Evidence, Source

REASONS = st.text(min_size=1, max_size=30)


@st.composite
def estimates(draw):
    """Any estimate of a fraction."""
    kind = draw(st.sampled_from(Evidence))
    if kind is Evidence.NOT_DONE:
        return Estimate.not_done(draw(REASONS))
    if kind is Evidence.NOT_EVALUABLE:
        return Estimate.not_evaluable(draw(REASONS))
    low, middle, high = sorted(draw(st.lists(st.floats(0, 1), min_size=3, max_size=3)))
    if kind is Evidence.NOT_DETECTED:
        return Estimate.not_detected(high, confidence=0.95)
    return Estimate.detected(middle, low, high, confidence=0.95)


@given(estimates())
def test_the_four_kinds_read_differently(estimate):
    said = phrases.estimate(estimate)
    if estimate.evidence is Evidence.DETECTED:
        assert said.startswith(numbers.percent(estimate.value))
        assert "95 % interval" in said
    else:
        assert said.startswith(str(estimate.evidence))


@given(estimates())
def test_what_was_not_found_carries_its_bound(estimate):
    if estimate.evidence is Evidence.NOT_DETECTED:
        assert f"below {numbers.percent(estimate.upper)} (one-sided 95 %)" in phrases.estimate(estimate)


@given(estimates())
def test_a_missing_value_says_why(estimate):
    if not estimate.known:
        assert phrases.estimate(estimate).endswith(f"({estimate.reason})")


@given(estimates())
def test_a_cell_says_no_less_than_the_phrase(estimate):
    cell = tables.estimate(estimate)
    mark = tables.MARKS[estimate.evidence]
    assert cell.text.removeprefix(mark).strip().split(",")[0] in phrases.estimate(estimate)
    assert cell.more or estimate.lower == estimate.upper


def test_no_nuclei_of_twenty_five_reads_as_the_design_asks():
    bound = Estimate.not_detected(0.1129, confidence=0.95)
    assert phrases.estimate(bound) == "not detected, below 11 % (one-sided 95 %)"


def test_places_are_named_once_for_each_file():
    places = [Source("fish.csv", 3), Source("b.fcs"), Source("fish.csv", 4)]
    assert tables.sources(places) == "fish.csv:3, 4; b.fcs"
