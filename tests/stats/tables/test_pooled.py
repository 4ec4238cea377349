from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.tables.pooled import mantel_haenszel, peto
from remnant.stats.tables.strata import strata


def test_mantel_haenszel_agrees_with_outside_implementation(paired, counts):
    found, expected = mantel_haenszel(strata(*counts)), paired["mantel_haenszel"]
    tests = found.chi_square, found.p, found.chi_square_corrected, found.p_corrected
    names = ("chisq", "p", "chisq_corrected", "p_corrected")
    assert tests == pytest.approx(tuple(expected[name] for name in names), rel=1e-9)
    if expected["or"] == "Inf":
        assert found.value == inf
        assert (found.log_error, found.lower, found.upper, found.tarone) == (None,) * 4
        return
    limits = found.value, found.lower, found.upper
    assert limits == pytest.approx(tuple(expected[name] for name in ("or", "lower", "upper")), rel=1e-9)


def test_agreement_of_patients_agrees_with_outside_implementation(paired, counts):
    found, expected = mantel_haenszel(strata(*counts)), paired["rma_mh"]
    if expected["log_or"] is None:
        assert found.breslow_day is None
        return
    assert found.log_error == pytest.approx(expected["se"], rel=1e-9)
    for test, name in ((found.breslow_day, "BD"), (found.tarone, "TA"), (found.heterogeneity, "QE")):
        assert (test.chi_square, test.p) == pytest.approx((expected[name], expected[f"{name}p"]), rel=1e-9)


def test_peto_agrees_with_outside_implementation(paired, counts):
    found, expected = peto(strata(*counts)), paired["peto"]
    assert (found.log_odds, found.error, found.p) == pytest.approx(
        tuple(expected[name] for name in ("log_or", "se", "p")), rel=1e-9
    )


PATIENTS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1), st.floats(0, 1)),
    min_size=1,
    max_size=6,
).map(lambda rows: [(round(a * n), n, round(b * m), m) for n, m, a, b in rows])


@given(PATIENTS)
@settings(max_examples=60, deadline=None)
def test_calling_normal_abnormal_turns_the_ratio_over(patients):
    k1, n1, k2, n2 = np.array(patients).T
    there, back = (mantel_haenszel(strata(a, n1, c, n2)) for a, c in ((k1, k2), (n1 - k1, n2 - k2)))
    if there is None:
        assert back is None
        return
    assert there.chi_square == pytest.approx(back.chi_square)
    if 0 < there.value < inf:
        assert there.value == pytest.approx(1 / back.value)
    if there.tarone is not None:
        assert there.tarone.chi_square == pytest.approx(back.tarone.chi_square, rel=1e-6, abs=1e-9)


def test_nobody_with_a_choice_gives_no_answer():
    silent = strata([0, 5], [10, 5], [0, 8], [20, 8])
    assert mantel_haenszel(silent) is None
    assert peto(silent) is None


def test_one_patient_cannot_disagree():
    found = mantel_haenszel(strata(3, 10, 2, 30))
    assert (found.breslow_day, found.tarone, found.heterogeneity) == (None, None, None)


def test_a_correction_larger_than_the_distance_is_not_made():
    """As R's mantelhaen.test: below half a nucleus from expectation nothing is taken off."""
    found = mantel_haenszel(strata(5, 10, 11, 20))
    assert found.chi_square_corrected == found.chi_square
