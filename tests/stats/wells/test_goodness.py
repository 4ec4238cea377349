import numpy as np
import pytest
from scipy.stats import binomtest

from remnant.stats.wells import goodness
from remnant.stats.wells.goodness import goodness_of_fit
from remnant.stats.wells.inhibition import inhibition_p
from remnant.stats.wells.single_hit import single_hit_tests

DOSE, TESTED = [10, 30, 100], [8, 8, 8]


def judge(positive, **options):
    return goodness_of_fit(DOSE, TESTED, positive, rng=np.random.default_rng(2), **options)


def test_drawing_agrees_with_enumeration_within_its_error(monkeypatch):
    exact = judge([3, 2, 8])
    monkeypatch.setattr(goodness, "ENUMERATED", 0)
    drawn = judge([3, 2, 8])
    assert exact.enumerated
    assert not drawn.enumerated
    assert drawn.p == pytest.approx(exact.p, abs=4 * drawn.error)


def test_many_wells_bring_the_chi_square_back():
    dose, tested, positive = [50, 100, 200], [400] * 3, [70, 160, 200]
    found = goodness_of_fit(dose, tested, positive, rng=np.random.default_rng(1))
    assert found.p == pytest.approx(single_hit_tests(dose, tested, positive).deviance_p, abs=0.02)


def test_single_hit_wells_are_refused_as_often_as_said():
    rng = np.random.default_rng(8)
    p = [judge(rng.binomial(8, -np.expm1(-np.array(DOSE) / 40))) for _ in range(400)]
    refused = sum(found is not None and found.p < 0.05 for found in p)
    assert binomtest(refused, 400, 0.05).pvalue > 1e-3


@pytest.mark.parametrize("positive", [[0, 0, 0], [8, 8, 8]])
def test_wells_that_agree_say_nothing_of_kinetics(positive):
    assert judge(positive) is None


def test_several_groups_are_judged_together():
    found = goodness_of_fit(
        DOSE * 2, TESTED * 2, [1, 3, 7, 0, 8, 1], [0] * 3 + [1] * 3, rng=np.random.default_rng(1)
    )
    assert found.p < 0.01


def test_fewer_positive_wells_at_a_higher_dose_are_seen_and_chance_is_not():
    assert inhibition_p([10, 100, 1000], [20, 20, 20], [12, 8, 4]) < 0.05
    assert inhibition_p([10, 100, 1000], [20, 20, 20], [8, 7, 9]) == pytest.approx(1, abs=0.1)
    assert inhibition_p([10], [20], [4]) == 1
