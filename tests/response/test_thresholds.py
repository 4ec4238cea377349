from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.response import Verdict
from remnant.response.rules.thresholds import Threshold, exact, show
from remnant.response.rules.trace import every, judge, some

RISE = Threshold("rise", ">=", "1.5", "g/dL", "a paper, table 1")
STRICT = Threshold("rise", ">", "0.5", "1e9/L", "a paper, table 1")


def test_a_rise_that_binary_floats_get_wrong_is_right():
    assert 8.2 - 6.7 < 1.5
    assert RISE.met(exact(8.2) - exact(6.7))
    assert 1.1 - 0.6 > 0.5
    assert not STRICT.met(exact(1.1) - exact(0.6))


@settings(deadline=None)
@given(st.decimals("0.1", "500", places=2))
def test_what_was_typed_is_what_is_compared(typed: Decimal):
    assert exact(float(typed)) == Fraction(typed)


@pytest.mark.parametrize(
    ("operator", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
    ],
)
def test_strictness_decides_at_the_limit_alone(operator, below, at, above):
    limit = Threshold("x", operator, "5", "%", "a paper")
    assert [limit.met(exact(x)) for x in ("4.99", "5", "5.01")] == [below, at, above]


def test_a_raised_value_can_fail_a_limit_from_below_but_never_pass_it():
    assert judge("", RISE, exact(1.4), raised="red cells").verdict is Verdict.NOT_MET
    assert judge("", RISE, exact(1.6), raised="red cells").verdict is Verdict.NOT_EVALUABLE
    gate = Threshold("haemoglobin", "<", "11", "g/dL", "a paper")
    assert judge("", gate, exact(10.9), raised="red cells").verdict is Verdict.MET
    assert judge("", gate, exact(11.0), raised="red cells").verdict is Verdict.NOT_EVALUABLE


@settings(deadline=None)
@given(st.lists(st.sampled_from(Verdict), max_size=5), st.data())
def test_combinations_hold_for_every_value_that_is_missing(verdicts, data):
    """Filling in what is missing never overturns an answer that was given without it."""
    answers = [
        data.draw(st.sampled_from([Verdict.MET, Verdict.NOT_MET])) if one is Verdict.NOT_EVALUABLE else one
        for one in verdicts
    ]
    for combine in (every, some):
        if (answer := combine(verdicts)) is not Verdict.NOT_EVALUABLE:
            assert combine(answers) is answer


def test_numbers_are_shown_to_four_digits():
    assert [show(exact(x)) for x in ("0.5", "12", "250.0", "12345")] == ["0.5", "12", "250", "12345"]
