import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtri

from remnant.stats.wells import limits
from remnant.stats.wells.change import Wells, frequency_ratio, ratio_profile
from remnant.stats.wells.dilution import log_likelihood, maximum_likelihood
from remnant.stats.wells.typed_change import TypedPair, odds_ratio
from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_profile import clone_fraction

DOSE = np.array([50.0, 100, 200, 400])
BEFORE = Wells.of(DOSE, [24] * 4, [6, 10, 16, 22])
AFTER = Wells.of(DOSE, [24] * 4, [1, 3, 6, 9])
SILENT = Wells.of(DOSE, [24] * 4, [0] * 4)
FULL = Wells.of(DOSE, [24] * 4, [24] * 4)


def direct(log_ratio, one, two):
    def loss(x):
        return -sum(
            float(log_likelihood(np.exp(at), w.dose, w.tested, w.positive))
            for at, w in ((x, one), (x + log_ratio, two))
        )

    return -minimize_scalar(loss, bounds=(-20, 5), method="bounded", options={"xatol": 1e-10}).fun


def test_the_ratio_and_its_limits_agree_with_a_direct_search():
    found = frequency_ratio(BEFORE, AFTER)
    assert found.value == pytest.approx(AFTER.frequency / BEFORE.frequency, rel=1e-12)
    floor = direct(np.log(found.value), BEFORE, AFTER) - chdtri(1, 0.05) / 2
    for limit, way in ((found.lower, -3), (found.upper, 3)):
        centre = np.log(found.value)
        expected = brentq(lambda x: direct(x, BEFORE, AFTER) - floor, centre, centre + way, xtol=1e-12)
        assert np.log(limit) == pytest.approx(expected, abs=1e-7)


def test_exchanging_the_plates_inverts_the_ratio():
    there, back = frequency_ratio(BEFORE, AFTER), frequency_ratio(AFTER, BEFORE)
    assert (there.lower, there.upper) == pytest.approx((1 / back.upper, 1 / back.lower), rel=1e-9)


def test_a_silent_plate_bounds_the_ratio_from_one_side():
    down, up = frequency_ratio(BEFORE, SILENT), frequency_ratio(SILENT, BEFORE)
    assert (down.value, down.lower, down.one_sided) == (0, 0, True)
    assert up.value == up.upper == np.inf
    assert up.lower == pytest.approx(1 / down.upper, rel=1e-9)
    # Were the frequency before known, the bound would be that of the silent plate alone.
    known = float(limits.upper_when_all_negative(DOSE, [24] * 4)) / BEFORE.frequency
    assert known < down.upper < 1.3 * known


def test_two_silent_plates_tell_no_ratio():
    assert frequency_ratio(SILENT, SILENT) is None
    assert frequency_ratio(FULL, FULL) is None
    assert frequency_ratio(FULL, SILENT).value == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 24), min_size=8, max_size=8), st.floats(1e-8, 1e8))
def test_counting_the_second_plate_in_other_units_scales_the_ratio(hits, factor):
    one, two = Wells.of(DOSE, [24] * 4, hits[:4]), Wells.of(DOSE, [24] * 4, hits[4:])
    scaled = Wells.of(DOSE * factor, [24] * 4, hits[4:])
    found, again = frequency_ratio(one, two), frequency_ratio(one, scaled)
    assert (found is None) is (again is None)
    if found is not None:
        numbers = [(x.value, x.lower, x.upper) for x in (found, again)]
        assert [x * factor for x in numbers[1]] == pytest.approx(numbers[0], rel=1e-7)


def test_the_slope_of_the_profile_is_its_derivative():
    x, step = np.array([-2.0, -0.5, 1.0]), 1e-5
    up, down = (ratio_profile(x + way * step, BEFORE, AFTER)[0] for way in (1, -1))
    assert ratio_profile(x, BEFORE, AFTER)[1] == pytest.approx((up - down) / (2 * step), rel=1e-4)


def typed(normal, clone, both, untyped=(0, 0, 0, 0)):
    kinds = [np.array(kind, float) for kind in (normal, clone, both, untyped)]
    return TypedPlate(DOSE, 24 - sum(kinds), *kinds)


SICK = typed([1, 2, 2, 2], [4, 8, 12, 12], [0, 1, 3, 8])
BETTER = typed([4, 7, 10, 12], [1, 1, 2, 2], [0, 1, 2, 5])
PARTLY = typed([4, 7, 8, 10], [1, 1, 1, 2], [0, 1, 1, 3], [0, 0, 4, 5])
CLEAN = typed([4, 7, 10, 12], [0] * 4, [0] * 4)


@pytest.mark.parametrize("after", [BETTER, PARTLY], ids=["typed", "some untyped"])
def test_the_odds_ratio_is_that_of_the_fractions_with_limits_about_it(after):
    pair = TypedPair.of(SICK, after)
    found = odds_ratio(pair)
    odds = [x / (1 - x) for x in (clone_fraction(SICK).value, clone_fraction(after).value)]
    assert found.value == pytest.approx(odds[1] / odds[0], rel=1e-6)
    top = float(pair.profile(np.log(found.value))[0][0])
    for limit in (found.lower, found.upper):
        there = float(pair.profile(np.log(limit))[0][0])
        assert 2 * (top - there) == pytest.approx(chdtri(1, 0.05), rel=1e-6)


def test_a_clone_that_is_gone_bounds_the_odds_from_above():
    found = odds_ratio(TypedPair.of(SICK, CLEAN))
    assert (found.value, found.lower, found.one_sided) == (0, 0, True)
    assert 0 < found.upper < 0.1
    assert odds_ratio(TypedPair.of(CLEAN, SICK)).lower == pytest.approx(1 / found.upper, rel=1e-6)
    assert odds_ratio(TypedPair.of(CLEAN, CLEAN)) is None


@pytest.mark.slow
def test_limits_of_a_ratio_cover_as_often_as_they_say():
    rng, truth, held, tried = np.random.default_rng(1), 0.4, 0, 0
    for _ in range(1500):
        one = Wells.of(DOSE, [16] * 4, rng.binomial(16, -np.expm1(-DOSE / 300)))
        two = Wells.of(DOSE, [16] * 4, rng.binomial(16, -np.expm1(-truth * DOSE / 300)))
        found = frequency_ratio(one, two)
        if found is not None:
            tried += 1
            held += found.lower <= truth <= found.upper
    assert 0.935 < held / tried < 0.965
    assert maximum_likelihood(DOSE, [16] * 4, [0] * 4) == 0
