import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.dynamics.extinction.birth_death import (
    family,
    log_integral,
    log_no_immigrant_left,
    ultimate_extinction,
)
from remnant.errors import SettingError

rate = st.one_of(st.just(0.0), st.floats(1e-9, 1e3))
broad = st.one_of(st.just(0.0), st.floats(1e-12, 40.0))
stretches = st.lists(st.tuples(rate, rate, st.floats(1e-6, 500.0)), min_size=1, max_size=5)


def exact(pieces):
    """As `by_riccati`, with so many digits that neither 1 - survival nor survival is rounded away."""
    span = sum((b + d) * t for b, d, t in pieces)
    with mp.workdps(360 + int(span)):
        survival, mean = mp.mpf(1), mp.mpf(0)
        for b, d, t in reversed(pieces):
            b, d, t = mp.mpf(b), mp.mpf(d), mp.mpf(t)
            grown = mp.exp((b - d) * t)
            integral = t if b == d else (grown - 1) / (b - d)
            survival = survival * grown / (1 + b * survival * integral)
            mean += (b - d) * t
        lost = any(d > 0 and t > 0 for _, d, t in pieces)
        return mp.log(survival), mp.log(1 - survival) if lost else -mp.inf, mean


def columns(pieces):
    return (np.array(column) for column in zip(*pieces, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(broad, broad, st.floats(1e-6, 12.0)), min_size=1, max_size=4))
def test_survival_and_extinction_agree_with_sixty_digits_or_more(pieces):
    found = family(*columns(pieces))
    survival, extinction, mean = exact(pieces)
    assert float(found.log_survival) == pytest.approx(float(survival), rel=1e-11, abs=1e-13)
    assert float(found.log_extinction) == pytest.approx(float(extinction), rel=1e-11, abs=1e-13)
    assert float(found.log_mean) == pytest.approx(float(mean), rel=1e-12, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(stretches, st.floats(0.05, 0.95), st.integers(0, 4))
def test_cutting_a_stretch_in_two_changes_nothing(pieces, at, which):
    which %= len(pieces)
    b, d, t = pieces[which]
    cut = [*pieces[:which], (b, d, t * at), (b, d, t * (1 - at)), *pieces[which + 1 :]]
    whole, parts = family(*columns(pieces)), family(*columns(cut))
    for name, value in vars(whole).items():
        np.testing.assert_allclose(getattr(parts, name), value, rtol=1e-9, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(stretches)
def test_probabilities_are_probabilities_and_the_moments_hold_together(pieces):
    found = family(*columns(pieces))
    assert 0 <= found.extinction <= 1
    assert found.extinction + found.survival == pytest.approx(1.0, abs=1e-12)
    # Mean = survival x mean of survivors; in logarithms, since it may be 1e+100.
    given_some = float(found.log_survival + np.logaddexp(0.0, found.log_others))
    assert given_some == pytest.approx(float(found.log_mean), abs=1e-8 * (1 + abs(float(found.log_mean))))


def test_critical_families_die_out_as_one_over_time():
    t = np.array([1e-9, 1.0, 1e3, 1e12])[:, None]
    found = family(2.0, 2.0, t)
    np.testing.assert_allclose(found.extinction, 2 * t[:, 0] / (1 + 2 * t[:, 0]), rtol=1e-13)
    np.testing.assert_allclose(found.survival, 1 / (1 + 2 * t[:, 0]), rtol=1e-13)
    np.testing.assert_allclose(found.variance, 4 * t[:, 0], rtol=1e-12)


def test_near_equal_rates_join_the_critical_limit_smoothly():
    for gap in (0.0, 1e-16, 1e-12, 1e-9, 1e-6, -1e-9):
        found = family(1.0, 1.0 + gap, 10.0)
        survival, extinction, _ = exact([(1.0, 1.0 + gap, 10.0)])
        assert float(found.log_survival) == pytest.approx(float(survival), rel=1e-12)
        assert float(found.log_extinction) == pytest.approx(float(extinction), rel=1e-12)


def test_neither_tiny_survival_nor_tiny_extinction_is_rounded_away():
    gone = family([0.3], [20.0], [60.0])  # survival about exp(-1182): below the smallest double
    assert float(gone.log_survival) == pytest.approx(float(exact([(0.3, 20.0, 60.0)])[0]), rel=1e-13)
    kept = family([3.0], [1e-200], [5.0])
    assert float(kept.log_extinction) == pytest.approx(
        np.log(1e-200) + np.log(-np.expm1(-15.0) / 3), rel=1e-13
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 2.0), st.floats(0, 2.0), st.floats(0.01, 1.0)), min_size=1, max_size=3)
)
def test_the_distribution_sums_to_one_and_has_the_mean_and_the_variance(pieces):
    found = family(*columns(pieces))
    n = np.arange(4000)
    chance = np.exp(found.log_probability(n))
    assert chance.sum() == pytest.approx(1.0, abs=1e-9)
    mean = (n * chance).sum()
    assert mean == pytest.approx(float(found.mean), rel=1e-7)
    assert (n**2 * chance).sum() - mean**2 == pytest.approx(float(found.variance), rel=1e-6, abs=1e-9)


def test_the_distribution_agrees_with_the_master_equation_in_changing_rates():
    from scipy.linalg import expm

    size, pieces = 200, [(0.5, 0.2, 2.0), (0.3, 1.1, 1.5), (0.9, 0.1, 1.0)]
    state = np.zeros(size)
    state[1] = 1.0
    n = np.arange(size)
    for b, d, t in pieces:
        flow = np.diag(b * n[:-1], -1) + np.diag(d * n[1:], 1)
        state = expm(t * (flow - np.diag(flow.sum(axis=0)))) @ state
    np.testing.assert_allclose(
        np.exp(family(*columns(pieces)).log_probability(n[:60])), state[:60], atol=1e-12
    )


def test_arrivals_leave_none_behind_as_often_as_the_negative_binomial_says():
    """Constant rates: negative binomial, P(0) = (1 - beta)^(nu / b); without births, Poisson."""
    b, d, t, nu = 0.7, 0.4, 3.0, 0.25
    found = family(b, d, t)
    expected = -nu / b * np.log1p(np.exp(found.log_others))
    assert float(log_no_immigrant_left(b, d, t, nu)) == pytest.approx(float(expected), rel=1e-13)
    poisson = -nu * -np.expm1(-d * t) / d
    assert float(log_no_immigrant_left(0.0, d, t, nu)) == pytest.approx(poisson, rel=1e-13)
    assert float(log_no_immigrant_left(1e-13, d, t, nu)) == pytest.approx(poisson, rel=1e-10)


def test_arrivals_in_changing_rates_agree_with_the_integral_over_their_families():
    from scipy.integrate import quad

    b, d, t, nu = (np.array(x) for x in ([0.7, 0.0, 1.2], [0.4, 2.0, 1.3], [3.0, 1.0, 2.0], [0.2, 0.5, 0.1]))
    expected = 0.0
    for k in range(3):

        def later(s, k=k):
            return float(family(b[k:], d[k:], np.concatenate([[t[k] - s], t[k + 1 :]])).survival)

        expected -= nu[k] * quad(later, 0, t[k], epsabs=1e-13, epsrel=1e-12)[0]
    assert float(log_no_immigrant_left(b, d, t, nu)) == pytest.approx(expected, rel=1e-10)


def test_extinction_in_the_end_is_the_ratio_of_the_rates_or_certain():
    found = ultimate_extinction([2.0, 1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 3.0, 0.0, 0.5])
    np.testing.assert_array_equal(found, [0.5, 1.0, 1.0, 0.0, 1.0])
    assert float(family(2.0, 1.0, 200.0).extinction) == pytest.approx(0.5, rel=1e-14)


def test_the_integral_of_an_exponential_holds_at_any_rate():
    t = np.array([1e-3, 1.0, 50.0])
    for x in (-1e6, -3.0, -1e-11, 0.0, 1e-11, 3.0, 1e6):
        with mp.workdps(40):
            expected = [
                float(mp.log(mp.mpf(s)) if x == 0 else mp.log((mp.exp(mp.mpf(x) * s) - 1) / x)) for s in t
            ]
        np.testing.assert_allclose(log_integral(np.full(3, x), t), expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
def test_impossible_rates_are_named(bad):
    with pytest.raises(SettingError, match=r"deaths: found .*; expected finite numbers from 0"):
        family([1.0, 1.0], [0.5, bad], [1.0, 2.0])
    with pytest.raises(SettingError, match="immigration"):
        log_no_immigrant_left(1.0, 0.5, 2.0, bad)
