"""Four verdicts and their borders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.rare.limits import Blank, limits_from_blanks, limits_from_rule
from remnant.cytometry.rare.rule import RareRule
from remnant.cytometry.rare.verdict import Verdict, judge, per_million
from remnant.study.estimate import Evidence

RULE = RareRule()
DEEP = 600_000


def verdict(events, parent=DEEP, **given):
    return judge(events, parent, limits_from_rule(RULE, parent) if parent else None, rule=RULE, **given)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (0, Verdict.BELOW_LOD), (19, Verdict.BELOW_LOD), (20, Verdict.BELOW_LOQ),
        (49, Verdict.BELOW_LOQ), (50, Verdict.QUANTIFIED), (DEEP, Verdict.QUANTIFIED),
    ],
)  # fmt: skip
def test_verdicts_change_at_the_limits(events, expected):
    assert verdict(events).verdict is expected


def test_below_detection_is_a_bound_and_no_value():
    found = verdict(12)
    assert found.fraction.evidence is Evidence.NOT_DETECTED
    assert found.fraction.upper == pytest.approx(19.44 / DEEP, rel=1e-3)  # Poisson bound of 12 events
    assert "fewer than 32.4 per million" in found.sentence


def test_a_shallow_tube_can_show_presence_but_not_absence():
    assert verdict(3, 1000).verdict is Verdict.NOT_EVALUABLE
    assert "500,000" in verdict(3, 1000).sentence
    assert verdict(300, 1000).verdict is Verdict.QUANTIFIED
    assert verdict(19, 499_999).verdict is Verdict.NOT_EVALUABLE
    assert verdict(19, 500_000).verdict is Verdict.BELOW_LOD


def test_too_few_cells_of_the_compartment_cannot_show_absence_either():
    assert verdict(0, compartment_events=99).verdict is Verdict.NOT_EVALUABLE
    assert verdict(0, compartment_events=100).verdict is Verdict.BELOW_LOD


def test_an_empty_tube_is_not_evaluable():
    found = verdict(0, 0)
    assert found.verdict is Verdict.NOT_EVALUABLE
    assert found.limits is None


def test_a_count_that_the_blanks_cannot_exclude_is_said_to_be_unsure():
    limits = limits_from_blanks([Blank(n, DEEP) for n in [0, 1, 0, 2, 0, 0, 6, 3, 0, 0] * 2], DEEP)
    between = int(limits.detection.events) + 1
    assert between <= limits.blank_upper.events
    found = judge(between, DEEP, limits)
    assert found.verdict is Verdict.BELOW_LOQ
    assert found.above_blank
    assert any("do not fix" in note for note in found.notes)
    weak = judge(int(limits.blank.events) + 1, DEEP, limits)
    assert weak.verdict is Verdict.BELOW_LOD
    assert any("once in twenty" in note for note in weak.notes)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_events_never_weaken_a_verdict(first, second):
    order = list(Verdict)
    fewer, more = sorted((first, second))
    parent = 10**6
    assert order.index(verdict(fewer, parent).verdict) <= order.index(verdict(more, parent).verdict)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.0, "0.00"), (3e-6, "3.00"), (2.34e-5, "23.4"), (0.5, "500,000"), (1e-9, "0.001")],
)
def test_a_fraction_is_written_per_million_without_an_exponent(fraction, text):
    assert per_million(fraction) == text


def test_limits_in_thousands_are_written_without_an_exponent():
    limits = limits_from_blanks([Blank(4000, 10**6)] * 20, 10**6)
    assert "limit of detection of 4,2" in judge(10, 10**6, limits).sentence
