import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from remnant.stats.wells.typed_dilution import TypedPlate
from remnant.stats.wells.typed_independence import independence


def plate(neither, normal, clone, both, untyped=None, dose=None):
    kinds = [np.array(kind, float) for kind in (neither, normal, clone, both)]
    more = np.zeros(len(neither)) if untyped is None else np.array(untyped, float)
    return TypedPlate(np.arange(1.0, len(neither) + 1) if dose is None else np.array(dose), *kinds, more)


def test_one_dose_is_fishers_exact_test():
    found = independence(plate([10], [6], [5], [1]))
    table = [[10, 6], [5, 1]]
    assert found.p_fewer == pytest.approx(fisher_exact(table, alternative="less").pvalue)
    assert found.p_more == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    assert found.expected == pytest.approx(7 * 6 / 22)


def test_kinds_that_never_share_a_well_compete():
    found = independence(plate([4, 4], [10, 10], [10, 10], [0, 0]))
    assert found.both < found.expected
    assert found.p < 0.001


def test_kinds_that_always_share_a_well_cluster():
    found = independence(plate([14, 14], [2, 2], [2, 2], [6, 6]))
    assert found.p_more < 0.01


def test_doses_with_untyped_wells_are_left_out_and_rows_of_a_dose_are_one():
    found = independence(plate([4, 4, 9], [10, 10, 5], [10, 10, 3], [0, 0, 1], [0, 0, 6], [1.0, 1.0, 2.0]))
    whole = independence(plate([8], [20], [20], [0]))
    assert found.doses_left_out == 1
    assert (found.p, found.expected) == pytest.approx((whole.p, whole.expected))


def test_nothing_seen_is_nothing_expected():
    found = independence(plate([5], [5], [0], [0]))
    assert (found.both, found.expected, found.p) == (0, 0, 1)


def test_independent_units_are_called_dependent_no_more_often_than_said():
    rng, dose, called = np.random.default_rng(4), np.array([50.0, 100, 200, 400]), 0
    for _ in range(600):
        normal, clone = (rng.random((4, 24)) < -np.expm1(-dose / x)[:, None] for x in (200, 300))
        kinds = (~normal & ~clone, normal & ~clone, ~normal & clone, normal & clone)
        called += independence(plate(*(kind.sum(1) for kind in kinds))).p < 0.05
    assert binomtest(called, 600, 0.05, alternative="greater").pvalue > 1e-3
