import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats import dilution
from remnant.stats.typed_dilution import (
    TypedPlate,
    clone_fraction,
    clone_frequency,
    log_likelihood,
    normal_frequency,
)

DOSE = np.array([50.0, 100, 200, 400])


def plate(normal_only, clone_only, both, untyped=(0, 0, 0, 0), tested=24):
    kinds = [np.array(kind, float) for kind in (normal_only, clone_only, both, untyped)]
    return TypedPlate(DOSE, tested - sum(kinds), *kinds)


MIXED = plate([1, 4, 5, 7], [1, 1, 2, 2], [0, 1, 2, 6])
PARTLY = plate([1, 4, 5, 5], [0, 1, 2, 2], [0, 0, 2, 4], [1, 1, 0, 4])


def test_the_kinds_of_well_are_all_that_can_happen():
    one_well = [
        plate(*[[int(i == kind), 0, 0, 0] for i in range(3)], tested=np.array([1, 0, 0, 0]))
        for kind in range(4)
    ]
    total = sum(np.exp(float(log_likelihood(0.004, 0.007, well))) for well in one_well)
    assert total == pytest.approx(1)


def test_fully_typed_wells_part_into_two_single_hit_plates():
    hits = MIXED.clone_only + MIXED.both
    alone = dilution.maximum_likelihood(DOSE, 24, hits)
    limits = dilution.profile_limits(alone, DOSE, [24] * 4, hits)
    found = clone_frequency(MIXED)
    assert found.value == pytest.approx(float(alone), rel=1e-6)
    assert (found.lower, found.upper) == pytest.approx([float(x) for x in limits], rel=1e-6)


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
    assert found.upper == pytest.approx(float(dilution.upper_when_all_negative(DOSE, [24] * 4)), rel=1e-6)
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
