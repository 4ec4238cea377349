import mpmath
import numpy as np
import pytest
from scipy.special import chdtri

from remnant.stats.wells.groups import GroupedWells
from remnant.stats.wells.single_hit import single_hit_tests
from remnant.stats.wells.slope import fit_slope

DOSE, TESTED, POSITIVE = [50, 100, 200, 400], [24, 24, 24, 24], [2, 6, 9, 15]


def high_precision(intercept, slope):
    total = mpmath.mpf(0)
    for d, n, s in zip(DOSE, TESTED, POSITIVE, strict=True):
        h = mpmath.exp(intercept) * mpmath.mpf(d) ** slope
        total += s * mpmath.log(-mpmath.expm1(-h)) - (n - s) * h
    return total


def test_slope_and_limits_agree_with_thirty_digits():
    found = fit_slope(GroupedWells.fit(DOSE, TESTED, POSITIVE))
    with mpmath.workdps(30):

        def gradient(a, b):
            return (
                mpmath.diff(lambda x: high_precision(x, b), a),
                mpmath.diff(lambda x: high_precision(a, x), b),
            )

        a, b = mpmath.findroot(gradient, (-6, 1.1))
        top = high_precision(a, b)
        assert found.value == pytest.approx(float(b), rel=1e-11)

        def at_limit(a, b):
            fall = top - high_precision(a, b) - mpmath.mpf(float(chdtri(1, 0.05))) / 2
            return mpmath.diff(lambda x: high_precision(x, b), a), fall

        for limit, start in ((found.lower, (-3.6, 0.53)), (found.upper, (-9, 1.6))):
            assert limit == pytest.approx(float(mpmath.findroot(at_limit, start)[1]), rel=1e-10)


SEPARATED = {
    "sparse": ([1000, 10000, 100000], [10] * 3, [0, 0, 1], +1),
    "strict": ([10, 100, 1000], [5] * 3, [0, 0, 5], +1),
    "one mixed dose": ([10, 100, 1000], [5] * 3, [0, 3, 5], +1),
    "falling": ([10, 100, 1000], [5] * 3, [5, 2, 0], -1),
}


@pytest.mark.parametrize("name", SEPARATED)
def test_wells_parted_by_a_dose_have_no_slope_but_a_bound(name):
    dose, tested, positive, side = SEPARATED[name]
    tests = single_hit_tests(dose, tested, positive)
    assert tests.separated
    assert tests.slope is tests.wald_z is tests.likelihood_ratio_z is None
    assert tests.score_log_dose_p is not None
    bound, beyond = (tests.lower, tests.upper) if side > 0 else (tests.upper, tests.lower)
    assert beyond is None
    assert np.isfinite(bound)
    # At the bound the likelihood has fallen from its supremum, as a steep slope shows it.
    wells = GroupedWells.fit(dose, tested, positive)
    steep, there = (_profile_value(wells, b) for b in (side * 40, bound))
    assert 2 * (steep - there) == pytest.approx(chdtri(1, 0.05), rel=1e-4)


def _profile_value(wells, slope):
    from scipy.optimize import minimize_scalar

    x = slope * np.log(wells.dose / np.sqrt(wells.dose.max() * wells.dose.min()))

    def loss(a):
        h = np.exp(np.clip(a + x, -700, 700))
        lost = np.where(wells.tested > wells.positive, (wells.tested - wells.positive) * h, 0)
        with np.errstate(divide="ignore"):
            gain = np.where(wells.positive > 0, wells.positive * np.log(-np.expm1(-h)), 0.0)
        return float(np.sum(lost - gain))

    best = min(np.linspace(-60, 60, 1201) * max(1, abs(slope) / 8), key=loss)
    width = 0.2 * max(1, abs(slope) / 8)
    return -minimize_scalar(loss, bounds=(best - width, best + width), method="bounded").fun


def test_one_separated_group_beside_a_mixed_one_leaves_a_slope():
    dose, tested = [10, 100, 1000] * 2, [8] * 6
    tests = single_hit_tests(dose, tested, [0, 4, 8, 3, 2, 7], [0, 0, 0, 1, 1, 1])
    assert not tests.separated
    assert tests.lower < tests.slope < tests.upper


def test_two_separated_groups_are_separated():
    tests = single_hit_tests([10, 100, 1000] * 2, [8] * 6, [0, 4, 8, 0, 0, 5], [0, 0, 0, 1, 1, 1])
    assert tests.separated


def test_a_group_that_agrees_adds_nothing_to_the_slope():
    alone = single_hit_tests(DOSE, TESTED, POSITIVE)
    more = single_hit_tests([*DOSE, 10, 90], [*TESTED, 8, 8], [*POSITIVE, 0, 0], [0] * 4 + [1] * 2)
    assert (more.slope, more.lower, more.upper) == pytest.approx((alone.slope, alone.lower, alone.upper))


def test_one_row_a_well_changes_the_deviance_and_not_the_judgement():
    rows = [(d, int(k < s)) for d, n, s in zip(DOSE, TESTED, POSITIVE, strict=True) for k in range(n)]
    dose, positive = map(list, zip(*rows, strict=True))
    single, whole = (
        single_hit_tests(dose, [1] * len(dose), positive),
        single_hit_tests(DOSE, TESTED, POSITIVE),
    )
    assert single.slope == pytest.approx(whole.slope, rel=1e-9)
    assert single.deviance > whole.deviance
    assert single.pooled_deviance_p == pytest.approx(whole.deviance_p, rel=1e-9)
