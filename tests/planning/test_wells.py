from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import binom, chi2

from remnant.planning import WellsQuestion, plan_wells, wells_sentence
from remnant.planning.doses import (
    BEST_HITS,
    Dose,
    plate_information,
    robust_shares,
    seed_wells,
    well_information,
)
from remnant.planning.outcomes import expect, possible
from remnant.planning.plate_tests import difference_power, refuses_single_hit, slope_power, typed_precision
from remnant.stats.wells.groups import group_difference
from remnant.stats.wells.single_hit import single_hit_tests


def rng():
    return np.random.default_rng(11)


def expected(frequency, doses, **wishes):
    return expect(frequency, doses, **({"precision": 2.0, "confidence": 0.95, "rng": rng()} | wishes))


def test_a_well_says_most_at_1_59_hits():
    best = brentq(lambda h: 2 * -np.expm1(-h) - h, 1, 2, xtol=1e-15)
    assert pytest.approx(best, rel=1e-12) == BEST_HITS
    hits = np.linspace(0.01, 12, 5000)
    assert well_information(hits).max() <= well_information(BEST_HITS)
    assert robust_shares(1 / 300, 1 / 300) == [(480, 1.0)]


@given(st.floats(1e-6, 1e-3), st.floats(2, 200))
@settings(max_examples=25, deadline=None)
def test_the_robust_design_is_better_off_at_its_worst_than_any_single_dose(low, ratio):
    high = min(low * ratio, 0.2)
    plate = seed_wells(robust_shares(low, high), 960)
    frequencies = np.geomspace(low, high, 25)

    def worst(doses):
        return min(plate_information(f, doses) for f in frequencies)

    single = max(worst((Dose(cells, 960),)) for cells in np.geomspace(0.3 / high, 5 / low, 80))
    assert worst(plate) >= 0.97 * single
    assert sum(dose.wells for dose in plate) == 960


def test_a_wide_range_needs_several_doses_and_no_frequency_in_it_is_lost():
    plate = seed_wells(robust_shares(1 / 2000, 1 / 50), 96)
    efficiency = [plate_information(f, plate) / 96 / 0.6476 for f in np.geomspace(1 / 2000, 1 / 50, 15)]
    assert len(plate) >= 3
    assert min(efficiency) > 0.42


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=6), st.integers(1, 300))
@settings(max_examples=40, deadline=None)
def test_every_well_is_seeded(weights, wells):
    shares = [(float(i + 1), weight / sum(weights)) for i, weight in enumerate(weights)]
    seeded = seed_wells(shares, wells)
    assert sum(dose.wells for dose in seeded) == wells
    assert all(abs(dose.wells - dict(shares)[dose.cells] * wells) < 1 for dose in seeded)


def test_what_to_expect_is_the_sum_over_every_outcome():
    plate = (Dose(100.0, 8), Dose(400.0, 6))
    found = expected(1 / 250, plate)
    assert found.simulated is None
    assert found.all_negative == pytest.approx(np.exp(-(800 + 2400) / 250))
    assert found.all_positive == pytest.approx((1 - np.exp(-0.4)) ** 8 * (1 - np.exp(-1.6)) ** 6)


def test_simulated_plates_agree_with_every_outcome():
    """4,000 plates; the mean interval within 4 of its standard errors."""
    hits, wells = np.array([0.4, 1.6, 4.0]), np.array([16.0, 16.0, 16.0])
    every = possible(hits, wells, rng=rng())
    drawn = possible(hits, wells, rng=rng(), enumerated=10)
    assert every.simulated is None
    assert every.weight.sum() == pytest.approx(1)
    total = [outcomes.positive.sum(-1) for outcomes in (every, drawn)]
    assert abs(every.mean(total[0]) - drawn.mean(total[1])) < 4 * drawn.error(total[1])


@pytest.mark.parametrize("frequency", [1 / 2000, 1 / 300, 1 / 50])
def test_intervals_hold_the_frequency_about_as_often_as_they_say(frequency):
    plate = seed_wells(robust_shares(1 / 2000, 1 / 50), 48)
    assert 0.92 < expected(frequency, plate).coverage < 0.99


def test_more_wells_narrow_the_interval():
    question = WellsQuestion(1 / 300, 1 / 900, 1 / 100)
    folds = [row.expectation.fold for row in plan_wells(question).by_wells]
    assert folds == sorted(folds, reverse=True)


def test_wells_for_a_precision_reach_it_and_fewer_do_not():
    question = WellsQuestion(1 / 300, 1 / 900, 1 / 100, wells=None, precision=1.5)
    plan = plan_wells(question)
    assert plan.expectation.fold <= 1.5
    fewer = plan_wells(replace(question, wells=plan.wells - 1))
    assert fewer.expectation.fold > 1.5


def test_one_positive_well_needs_three_units_plated():
    question = WellsQuestion(
        1 / 100_000, 1 / 100_000, 1 / 100_000, wells=None, detect=True, power=0.95, doses=(1000.0,)
    )
    plan = plan_wells(question)
    assert plan.wells == 300  # 2.9957 units of 1 in 100,000 are 299,573 cells
    assert plan.seen >= 0.95
    assert "at least one is positive" in wells_sentence(plan)


def test_doses_far_from_the_frequency_are_said_to_say_too_little():
    question = WellsQuestion(1e-7, 1e-7, 1e-7, wells=None, doses=(1.0,))
    assert plan_wells(question).wells is None
    assert "no number of wells suffices" in wells_sentence(plan_wells(question))


def test_the_power_to_tell_two_frequencies_is_that_of_every_pair_of_plates():
    plate = (Dose(300.0, 12),)
    found = difference_power(1 / 200, 1 / 1500, plate, alpha=0.05, rng=rng())
    power = 0.0
    for a in range(13):
        for b in range(13):
            chance = binom.pmf(a, 12, -np.expm1(-1.5)) * binom.pmf(b, 12, -np.expm1(-0.2))
            p = group_difference([300, 300], [12, 12], [a, b], [0, 1]).p
            power += chance * (p < 0.05)
    assert found.error == 0
    assert found.value == pytest.approx(power, abs=1e-9)


def test_equal_frequencies_are_told_apart_about_as_often_as_the_level():
    """10,000 pairs of plates: within 4 standard errors and what a discrete test strays."""
    found = difference_power(
        1 / 300, 1 / 300, seed_wells(robust_shares(1 / 900, 1 / 100), 96), alpha=0.05, rng=rng()
    )
    assert found.value == pytest.approx(0.05, abs=4 * found.error + 0.01)


@given(st.floats(1.5, 20))
@settings(max_examples=15, deadline=None)
def test_frequencies_further_apart_are_told_more_often(ratio):
    plate = (Dose(300.0, 16),)
    near, far = (
        difference_power(1 / 200, 1 / (200 * r), plate, alpha=0.05, rng=rng()).value
        for r in (ratio, 1.3 * ratio)
    )
    assert far >= near - 1e-12


@given(st.integers(2, 4), st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_many_plates_at_once_are_refused_as_each_alone(doses, seed):
    d, n = 100.0 * 3.0 ** np.arange(doses), np.full(doses, 12.0)
    positive = np.random.default_rng(seed).binomial(12, np.expm1(-d / 300) ** 2, (25, doses)).astype(float)
    tests = [single_hit_tests(d, n, s) for s in positive]
    p = [x.score_log_dose_p if x.separated else x.likelihood_ratio_p for x in tests]
    for alpha in (0.05, 0.3):
        found = refuses_single_hit(d, n, positive, alpha=alpha)
        sure = [x is None or abs(x - alpha) > 1e-6 for x in p]
        assert [bool(f) for f, s in zip(found, sure, strict=True) if s] == [
            x is not None and x < alpha for x, s in zip(p, sure, strict=True) if s
        ]


def test_the_single_hit_test_keeps_its_level_and_sees_two_hits():
    plate = seed_wells(robust_shares(1 / 2000, 1 / 50), 96)
    false, half, two = slope_power(1 / 300, plate, (1.0, 0.5, 2.0), alpha=0.05, rng=rng())
    assert false.power.value < 0.05 + 4 * false.power.error
    assert two.power.value > 0.9
    assert half.power.value > 0.7


def test_one_dose_cannot_show_a_slope():
    plan = plan_wells(WellsQuestion(1 / 300, 1 / 300, 1 / 300))
    assert plan.slopes == ()
    assert "cannot show whether the plate is single-hit" in wells_sentence(plan)


def test_typed_wells_tell_the_clones_share_better_with_more_wells():
    few, many = (
        typed_precision(1 / 300, 0.3, (Dose(100.0, n), Dose(500.0, n)), confidence=0.95, rng=rng(), plates=40)
        for n in (12, 96)
    )
    assert many.width.value < few.width.value - 3 * few.width.error
    large = 2 * np.sqrt(chi2.ppf(0.95, 1)) * 0.3 * 0.7 * np.sqrt(_variance(96))
    assert many.width.value == pytest.approx(large, rel=0.05)


def _variance(wells):
    """Of the log ratio of clonal to normal units, by the information of two single-hit plates."""
    doses = (Dose(100.0, wells), Dose(500.0, wells))
    return sum(1 / plate_information(share / 300, doses) for share in (0.3, 0.7))


def test_the_same_seed_gives_the_same_plan():
    question = WellsQuestion(1 / 300, 1 / 900, 1 / 100, against=1 / 1000)
    assert plan_wells(question) == plan_wells(question)
    assert plan_wells(question) != plan_wells(replace(question, seed=1))
