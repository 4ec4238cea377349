import json
from pathlib import Path

import numpy as np
import pytest

from remnant.stats.wells import limits
from remnant.stats.wells.dilution import maximum_likelihood
from remnant.stats.wells.groups import group_difference
from remnant.stats.wells.single_hit import single_hit_tests

REFERENCE = Path(__file__).parents[2] / "reference" / "dilution" / "random" / "expected.json"
CASES = json.loads(REFERENCE.read_text())["cases"]
assert len(CASES) >= 200, "few reference cases found: the tests below would pass by testing little"
each = pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])


def wells(case):
    return [np.array(case[name], float) for name in ("dose", "tested", "positive")], np.array(case["group"])


@each
def test_frequencies_and_limits_agree_with_high_precision(case):
    columns, group = wells(case)
    confidence = case["confidence"]
    for name, expected in case["groups"].items():
        own = [column[group == name] for column in columns]
        best = maximum_likelihood(*own)
        if expected["kind"] == "all_negative":
            assert best == 0
            found = limits.upper_when_all_negative(*own[:2], confidence=confidence)
            assert float(found) == pytest.approx(expected["upper"], rel=1e-11)
        elif expected["kind"] == "all_positive":
            assert best == np.inf
            found = limits.lower_when_all_positive(*own[:2], confidence=confidence)
            assert float(found) == pytest.approx(expected["lower"], rel=1e-11)
        else:
            assert float(best) == pytest.approx(expected["frequency"], rel=1e-11)
            wald = limits.wald_limits(best, *own[:2], confidence=confidence)
            assert [float(x) for x in wald] == pytest.approx(expected["wald"], rel=1e-11)
            profile = limits.profile_limits(best, *own, confidence=confidence)
            assert [float(x) for x in profile] == pytest.approx(expected["profile"], rel=1e-11)


@each
def test_every_test_agrees_with_high_precision(case):
    columns, group = wells(case)
    found = single_hit_tests(*columns, group, confidence=case["confidence"])
    assert found.deviance == pytest.approx(case["deviance"], rel=1e-9, abs=1e-11)
    assert found.pearson == pytest.approx(case["pearson"], rel=1e-9, abs=1e-11)
    assert found.deviance_p == (
        None if case["deviance_p"] is None else pytest.approx(case["deviance_p"], rel=1e-8, abs=1e-300)
    )
    expected = dict(case["single_hit"])
    assert found.separated is expected.pop("separated", False)
    slope_limits = expected.pop("limits", None)
    if slope_limits:
        assert [found.lower, found.upper] == pytest.approx(slope_limits, rel=1e-8, abs=1e-9)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-8, abs=1e-10)
    if not expected:
        assert found.score_log_dose_z is found.slope is None
    if case["difference"]:
        difference = group_difference(*columns, group)
        assert difference.statistic == pytest.approx(case["difference"]["statistic"], rel=1e-9, abs=1e-10)
        assert difference.p == pytest.approx(case["difference"]["p"], rel=1e-8, abs=1e-290)
