"""Four kinds of knowledge that cannot be mistaken for one another."""

from __future__ import annotations

import math
import random

import pytest

from remnant.study import Estimate, Evidence, Source


def test_each_kind_is_what_it_says():
    found = Estimate.detected(0.1, 0.05, 0.2, confidence=0.95)
    bound = Estimate.not_detected(0.11, confidence=0.95)
    failed, absent = Estimate.not_evaluable("0 nuclei"), Estimate.not_done("no slide")
    kinds = [estimate.evidence for estimate in (found, bound, failed, absent)]
    assert kinds == [Evidence.DETECTED, Evidence.NOT_DETECTED, Evidence.NOT_EVALUABLE, Evidence.NOT_DONE]
    assert [estimate.known for estimate in (found, bound, failed, absent)] == [True, True, False, False]
    assert (bound.value, bound.lower, bound.upper) == (None, 0.0, 0.11)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Estimate.detected(math.nan, 0, 1, confidence=0.95),
        lambda: Estimate.detected(0.5, 0, math.inf, confidence=0.95),
        lambda: Estimate(Evidence.DETECTED),
        lambda: Estimate(Evidence.DETECTED, 0.5),
        lambda: Estimate.not_detected(math.nan, confidence=0.95),
        lambda: Estimate(Evidence.NOT_DETECTED),
        lambda: Estimate(Evidence.NOT_DETECTED, 0.0, 0.0, 0.1),
        lambda: Estimate(Evidence.NOT_DONE, 0.0, reason="x"),
        lambda: Estimate.not_done(""),
        lambda: Estimate.not_evaluable(""),
    ],
)
def test_an_estimate_that_says_too_much_or_too_little_is_a_bug(make):
    with pytest.raises(AssertionError):
        make()


def test_sources_are_written_and_ordered_as_a_reader_looks_them_up():
    sources = [Source("a.csv"), Source("a.csv", 2), Source("a.csv", 10), Source("b.csv", 1)]
    shuffled = random.Random(1).sample(sources, len(sources))
    assert sorted(shuffled) == sources
    assert [str(source) for source in sources[:2]] == ["a.csv", "a.csv:2"]
