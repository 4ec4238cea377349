import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtri, expit

from remnant.stats.wells import dilution, limits
from remnant.stats.wells.typed_dilution import TypedPlate, log_likelihood
from remnant.stats.wells.typed_profile import clone_fraction, clone_frequency, normal_frequency

DOSE = np.array([50.0, 100, 200, 400])


def plate(normal_only, clone_only, both, untyped=(0, 0, 0, 0), tested=24):
    kinds = [np.array(kind, float) for kind in (normal_only, clone_only, both, untyped)]
    return TypedPlate(DOSE, tested - sum(kinds), *kinds)


MIXED = plate([1, 4, 5, 7], [1, 1, 2, 2], [0, 1, 2, 6])
PARTLY = plate([1, 4, 5, 5], [0, 1, 2, 2], [0, 0, 2, 4], [1, 1, 0, 4])


def test_fully_typed_wells_part_into_two_single_hit_plates():
    hits = MIXED.clone_only + MIXED.both
    alone = dilution.maximum_likelihood(DOSE, 24, hits)
    expected = limits.profile_limits(alone, DOSE, [24] * 4, hits)
    found = clone_frequency(MIXED)
    assert found.value == pytest.approx(float(alone), rel=1e-6)
    assert (found.lower, found.upper) == pytest.approx([float(x) for x in expected], rel=1e-6)


def test_the_fraction_is_the_ratio_of_the_two_frequencies():
    for wells in (MIXED, PARTLY):
        clone, normal = clone_frequency(wells).value, normal_frequency(wells).value
        assert clone_fraction(wells).value == pytest.approx(clone / (clone + normal), rel=1e-5)


@pytest.mark.parametrize("wells", [MIXED, PARTLY], ids=["all typed", "some untyped"])
def test_exchanging_the_kinds_mirrors_the_fraction(wells):
    there, back = clone_fraction(wells), clone_fraction(wells.swapped())
    assert there.value == pytest.approx(1 - back.value, abs=1e-6)
    assert there.lower == pytest.approx(1 - back.upper, abs=1e-6)


def test_no_clonal_colony_gives_the_bound_of_a_negative_plate():
    wells = plate([1, 4, 5, 7], [0] * 4, [0] * 4)
    found = clone_frequency(wells)
    assert (found.value, found.lower) == (0, 0)
    assert found.upper == pytest.approx(float(limits.upper_when_all_negative(DOSE, [24] * 4)), rel=1e-6)
    part = clone_fraction(wells)
    assert (part.value, part.lower) == (0, 0)
    assert 0 < part.upper < 0.5


def test_untyped_wells_widen_and_do_not_move_far():
    known, unknown = clone_fraction(MIXED), clone_fraction(PARTLY)
    assert unknown.upper - unknown.lower > known.upper - known.lower
    assert unknown.lower < known.value < unknown.upper


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_limits_hold_the_value(seed):
    rng = np.random.default_rng(seed)
    normal = rng.random((4, 24)) < -np.expm1(-DOSE / 300)[:, None]
    clone = rng.random((4, 24)) < -np.expm1(-DOSE / 600)[:, None]
    wells = plate((normal & ~clone).sum(1), (clone & ~normal).sum(1), (clone & normal).sum(1))
    part = clone_fraction(wells)
    assert part.lower <= part.value <= part.upper


DRAWN = np.random.default_rng(8)


def drawn(seen):
    """A plate drawn from the model, of whose positive wells a part `seen` is typed."""
    normal, clone = (DRAWN.random((4, 24)) < -np.expm1(-DOSE / x)[:, None] for x in (200, 700))
    typed = DRAWN.random((4, 24)) < seen
    kinds = (
        normal & ~clone & typed,
        clone & ~normal & typed,
        clone & normal & typed,
        (normal | clone) & ~typed,
    )
    return plate(*(kind.sum(1) for kind in kinds))


PLATES = [MIXED, PARTLY, *(drawn(seen) for seen in (1.0, 0.7, 0.4, 0.4))]


def limits_by_direct_search(at, best):
    """Limits of a profile by scalar optimisation and bisection, from its values alone."""
    top = minimize_scalar(lambda x: -at(x), bounds=(best - 1, best + 1), options={"xatol": 1e-9})
    floor = -top.fun - chdtri(1, 0.05) / 2
    return [brentq(lambda x: at(x) - floor, top.x, top.x + way, xtol=1e-13) for way in (-6, 6)]


def best_of_line(function):
    return -minimize_scalar(lambda x: -function(x), bounds=(-16, -1), options={"xatol": 1e-10}).fun


@pytest.mark.parametrize("wells", PLATES)
def test_limits_agree_with_a_direct_search(wells):
    def frequency(log_clone):
        return best_of_line(lambda x: float(log_likelihood(np.exp(x), np.exp(log_clone), wells)))

    def fraction(odds):
        return best_of_line(
            lambda x: float(log_likelihood(np.exp(x) * expit(-odds), np.exp(x) * expit(odds), wells))
        )

    found = clone_frequency(wells)
    expected = np.exp(limits_by_direct_search(frequency, np.log(found.value)))
    assert [found.lower, found.upper] == pytest.approx(expected, rel=1e-9)
    found = clone_fraction(wells)
    expected = expit(limits_by_direct_search(fraction, np.log(found.value / (1 - found.value))))
    assert [found.lower, found.upper] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("wells", PLATES)
def test_estimates_agree_with_thirty_digits(wells):
    """The root of both scores, in frequencies: sum s d exp(-h) / (1 - exp(-h)) - r d."""

    def score(hit, missed, own, both):
        return sum(
            d * (int(s) / mpmath.expm1(own * int(d)) + int(u) / mpmath.expm1(both * int(d)) - int(r))
            for d, s, u, r in zip(map(int, DOSE), hit, wells.untyped, missed, strict=True)
        )

    def scores(n, c):
        normal = score(wells.normal_only + wells.both, wells.negative + wells.clone_only, n, n + c)
        clone = score(wells.clone_only + wells.both, wells.negative + wells.normal_only, c, n + c)
        return normal, clone

    n, c = normal_frequency(wells).value, clone_frequency(wells).value
    with mpmath.workdps(30):
        exact = [float(x) for x in mpmath.findroot(scores, (n, c))]
        share = exact[1] / (exact[0] + exact[1])
    assert [n, c] == pytest.approx(exact, rel=1e-9)
    assert clone_fraction(wells).value == pytest.approx(share, rel=1e-9)


def test_wells_hit_many_times_over_bound_a_frequency_from_below_alone():
    """Every well holds the clone, one that was not typed perhaps not: any high frequency does."""
    wells = TypedPlate(np.array([3000.0]), *np.array([[0.0], [0], [2], [2], [27]]))
    found = clone_frequency(wells)
    assert (found.value, found.upper) == (1, 1)
    assert 0 < found.lower < 0.001


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wells", "normal", "clone", "seen"), [(24, 300, 600, 1.0), (24, 300, 600, 0.6), (12, 1500, 300, 0.8)]
)
def test_limits_of_a_clone_fraction_cover_as_often_as_they_say(wells, normal, clone, seen):
    rng, held, tried = np.random.default_rng(1), 0, 0
    for _ in range(400):
        n, c = (rng.random((4, wells)) < -np.expm1(-DOSE / x)[:, None] for x in (normal, clone))
        typed = rng.random((4, wells)) < seen
        kinds = n & ~c & typed, c & ~n & typed, c & n & typed, (n | c) & ~typed
        drawn_plate = plate(*(kind.sum(1) for kind in kinds), tested=wells)
        if drawn_plate.normal_wells + drawn_plate.clone_wells == 0:
            continue
        found = clone_fraction(drawn_plate)
        tried += 1
        held += found.lower <= normal / (normal + clone) <= found.upper
    assert 0.92 < held / tried < 0.98
