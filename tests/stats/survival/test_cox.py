import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from remnant.stats.survival.cox import cox
from remnant.stats.survival.firth_cox import firth_cox, penalise
from remnant.stats.survival.partial_likelihood import PartialLikelihood

ROWS = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(-5, 5)), min_size=5, max_size=25)


def efron(beta, rows, digits=mpmath):
    """Efron's partial likelihood as it is printed, term by term."""
    total = digits.mpf(0)
    for when in sorted({t for t, e, _ in rows if e}):
        died = [digits.mpf(x) for t, e, x in rows if e and t == when]
        weights = sum(digits.exp(beta * x) for t, _, x in rows if t >= when)
        tied = sum(digits.exp(beta * x) for x in died)
        total += beta * sum(died)
        total -= sum(digits.log(weights - digits.mpf(k) / len(died) * tied) for k in range(len(died)))
    return total


def separated(rows):
    """Whether one covariate is at one end of every risk set, and not always alone there."""
    pairs = [(x, y) for t, e, x in rows if e for u, _, y in rows if u >= t]
    up, down = all(x >= y for x, y in pairs), all(x <= y for x, y in pairs)
    level = all(x == y for x, y in pairs)
    return 0 if level else up - down


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_it_is_the_maximum_of_the_likelihood_as_printed(rows):
    time, event, x = map(np.array, zip(*rows, strict=True))
    found = cox(time, event, x)
    if found is None or found.infinite[0]:
        return
    with mpmath.workdps(30):
        slope = mpmath.diff(lambda b: efron(b, rows), float(found.coefficient[0]))
        curve = mpmath.diff(lambda b: efron(b, rows), float(found.coefficient[0]), 2)
        value = efron(mpmath.mpf(float(found.coefficient[0])), rows)
    assert abs(float(slope / curve)) < 1e-8
    assert found.standard_error[0] == pytest.approx(float(-curve) ** -0.5, rel=1e-6)
    assert found.log_likelihood == pytest.approx(float(value), abs=1e-9)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_separation_is_seen_if_and_only_if_it_is_there(rows):
    time, event, x = map(np.array, zip(*rows, strict=True))
    found = cox(time, event, x)
    pairs = [(a, b) for t, e, a in rows if e for u, _, b in rows if u >= t]
    if all(a == b for a, b in pairs):
        assert found is None
        return
    assert found.converged
    assert found.infinite[0] == separated(rows)
    assert np.isinf(found.coefficient[0]) == (found.infinite[0] != 0)
    assert np.isnan(found.standard_error[0]) == (found.infinite[0] != 0)


def test_under_separation_the_other_limit_is_where_the_likelihood_says():
    rows = [(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 0, 0), (5, 0, 0), (6, 0, 0), (2, 0, 1)]
    found = cox(*map(np.array, zip(*rows, strict=True)))
    assert found.coefficient[0] == np.inf
    assert found.upper[0] == np.inf
    fall = found.log_likelihood - float(efron(mpmath.mpf(float(found.lower[0])), rows))
    assert 2 * fall == pytest.approx(3.841458820694124, abs=1e-6)
    # All who had it were in one group, and a Wald test would say p = 1 of that.
    assert found.likelihood_ratio.p < 0.05
    assert np.isnan(found.p[0])


def test_a_second_covariate_keeps_its_estimate_beside_a_separated_one():
    rng = np.random.default_rng(3)
    time, x, z = rng.permutation(30) + 1, np.arange(30) % 2, rng.normal(size=30)
    event = (x == 1) & (rng.random(30) < 0.8)
    found = cox(time, event, np.c_[x, z])
    assert found.infinite.tolist() == [1, 0]
    # In the limit only the separated group is ever at risk.
    alone = cox(time[x == 1], event[x == 1], z[x == 1])
    assert found.coefficient[1] == pytest.approx(alone.coefficient[0], abs=1e-8)
    assert found.standard_error[1] == pytest.approx(alone.standard_error[0], abs=1e-8)


@given(ROWS)
@settings(max_examples=30, deadline=None)
def test_profile_limits_are_where_the_likelihood_has_fallen_so_far(rows):
    time, event, x = map(np.array, zip(*rows, strict=True))
    found = cox(time, event, x)
    if found is None:
        return
    for limit in (found.lower[0], found.upper[0]):
        if np.isfinite(limit):
            fall = found.log_likelihood - float(efron(mpmath.mpf(float(limit)), rows))
            assert 2 * fall == pytest.approx(3.841458820694124, rel=1e-6)


def test_a_covariate_that_is_the_same_for_all_says_nothing():
    assert cox([1, 2, 3], [1, 1, 0], [4, 4, 4]) is None
    assert firth_cox([1, 2, 3], [1, 1, 0], [4, 4, 4]) is None
    assert cox([1, 2, 3], [0, 0, 0], [1, 2, 3]) is None
    assert cox([1, 2, 3, 4], [1, 1, 0, 1], np.c_[[1, 2, 3, 5], [2, 4, 6, 10]]) is None


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_firth_is_the_direct_maximum_and_finite_whatever_the_data(rows):
    time, event, x = map(np.array, zip(*rows, strict=True))
    found = firth_cox(time, event, x)
    if found is None:
        return
    assert found.converged
    assert np.isfinite(found.coefficient[0])
    likelihood = PartialLikelihood.of(time, event, x)
    scale = float(likelihood.scale[0])

    def lost(beta):
        return -penalise(likelihood, np.array([beta * scale]))[0]

    near = float(found.coefficient[0])
    direct = minimize_scalar(lost, bracket=(near - 0.5, near + 0.4), tol=1e-9)
    assert lost(near) <= direct.fun + 1e-9
    assert near == pytest.approx(direct.x, abs=2e-5)
    assert found.log_likelihood == pytest.approx(-lost(near) + np.log(scale), abs=1e-9)


def test_firth_penalty_is_the_information_of_the_printed_likelihood():
    """The penalised slope, against differences of log L + log det I / 2 in 40 digits."""
    rows = [(2, 1, 1.0), (3, 0, 0.5), (3, 1, -1.0), (3, 1, 2.0), (5, 1, 0.0), (7, 0, 1.5), (7, 1, 0.3)]

    def star(beta):
        information = -mpmath.diff(lambda b: efron(b, rows), beta, 2)
        return efron(beta, rows) + mpmath.log(information) / 2

    found = firth_cox(*map(np.array, zip(*rows, strict=True)))
    with mpmath.workdps(40):
        best = mpmath.findroot(lambda b: mpmath.diff(star, b), float(found.coefficient[0]))
        top = star(best)
        assert float(best) == pytest.approx(found.coefficient[0], abs=1e-9)
        for limit in (found.lower[0], found.upper[0]):
            assert float(2 * (top - star(mpmath.mpf(float(limit))))) == pytest.approx(
                3.841458820694, abs=1e-6
            )


def test_strata_are_compared_only_within_themselves():
    """Pairs: the stratified likelihood is that of conditional logistic regression, by hand."""
    time, event = [1, 2] * 6, [1, 0] * 6
    x = [1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1]
    found = cox(time, event, x, stratum=np.repeat(np.arange(6), 2))
    assert found.coefficient[0] == pytest.approx(np.log(4 / 2), abs=1e-9)


def test_two_exact_covariates_by_brute_force():
    """A grid about the maximum: no point is higher."""
    rng = np.random.default_rng(9)
    time, event = rng.integers(1, 9, 40), rng.integers(0, 2, 40)
    x = rng.normal(size=(40, 2))
    found = cox(time, event, x)
    likelihood = PartialLikelihood.of(time, event, x)
    top = likelihood.evaluate(found.coefficient * likelihood.scale)[0]
    for direction in ([1, 0], [0, 1], [1, 1], [1, -1]):
        for step in (1e-4, -1e-4, 0.1, -0.1):
            there = (found.coefficient + step * np.array(direction)) * likelihood.scale
            assert likelihood.evaluate(there)[0] < top
