"""The mean events of a population against brute-force quadrature, closed forms and limiting cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaincc, ndtri

from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.background import NONE, Background, expect_background
from remnant.stats.rare.cuts import CutCount
from remnant.stats.rare.product import product_posterior
from remnant.stats.rare.signal import GammaSignal, signal_posterior

BIG = 10**9


def control(k, exposure):
    return expect_background([k], [BIG], [int(BIG / exposure)])


def panels(edges, many):
    """Gauss and Legendre on every piece between two edges."""
    x, w = np.polynomial.legendre.leggauss(many)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


def above(total, count, pieces=120):
    """P(all events > total), straight from the definition: ten cuts in each piece of either side."""
    if count.fixed:
        return gammaincc(count.shape, total)
    found = np.zeros(np.shape(total))
    for end in (count.fewest, count.most):
        slope = np.log((end + 0.5) / count.shape) / ndtri(0.975)
        floor = min(np.log(0.5 / count.shape) / slope, 8.0) if slope < 0 else 8.0
        edges = np.concatenate([np.linspace(0, floor, pieces), np.linspace(floor, 8, pieces // 3)[1:]])
        z, weight = panels(edges, 10)
        shape = np.maximum(count.shape * np.exp(slope * z), 0.5)
        weight = weight * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        found += gammaincc(shape, np.asarray(total)[..., None]) @ weight
    return found


def brute(events, count, leaked):
    """P(s <= events) by quadrature over every background."""
    mean, deviation = leaked.middle
    if mean == 0:
        return 1 - above(np.asarray(events), count)
    shape, rate = (mean / deviation) ** 2, mean / deviation**2
    wide = 14 / np.sqrt(shape)
    low = np.log(mean) - max(wide, 60 / shape if shape < 5 else 0)
    low = min(low, np.log(max(count.events, 1) / 2)) if count.events < mean / 2 else low
    log_b, weight = panels(np.linspace(low, np.log(mean * (1 + wide + 80 / shape)), 60), 12)
    log_weight = shape * log_b - rate * np.exp(log_b)
    weight = weight * np.exp(log_weight - log_weight.max())
    b, weight = np.exp(log_b)[weight > 1e-18], weight[weight > 1e-18]
    return 1 - weight @ above(b + events, count, 30) / (weight @ above(b, count, 30))


@pytest.mark.parametrize(
    ("count", "leaked"),
    [
        (CutCount(45, 30, 60), NONE),
        (CutCount(0, 0, 3), NONE),
        (CutCount(3, 0, 8), NONE),
        (CutCount(1_000_000, 999_000, 1_001_000), NONE),
        (CutCount(100_000, 50_000, 200_000), NONE),
        (CutCount(45, 45, 45), control(20, 1.0)),
        (CutCount(3, 3, 3), control(20, 1.0)),  # fewer than leaked in
        (CutCount(0, 0, 0), control(50, 1.0)),
        (CutCount(45, 30, 60), control(20, 1.0)),
        (CutCount(10, 4, 20), control(0, 2.0)),
        (CutCount(500, 450, 560), control(490, 1.0)),
    ],
)
@pytest.mark.parametrize("probability", [0.025, 0.5, 0.975])
def test_quantiles_are_those_of_brute_force_to_seven_digits(count, leaked, probability):
    signal = signal_posterior(count, leaked)
    events = signal.quantile(probability)
    missed = brute(events, count, leaked) - probability
    assert missed / float(signal.rise(np.array(events))) == pytest.approx(0, abs=2e-7)


@given(st.integers(0, 10**6))
def test_without_background_and_with_fixed_cuts_it_is_the_gamma_of_jeffreys(n):
    assert signal_posterior(CutCount(n, n, n)) == GammaSignal(n + 0.5)


@given(st.integers(0, 300), st.floats(0.1, 300), st.floats(0.01, 3))
@settings(deadline=None, max_examples=40)
def test_over_a_known_background_the_tail_is_relative_to_that_of_no_population(n, background, share):
    known = Background(background, 0.0, background, 0.0)
    at = share * (n + 1)
    expected = gammaincc(n + 0.5, at + background) / gammaincc(n + 0.5, background)
    found = float(signal_posterior(CutCount(n, n, n), known).cdf(np.array(at)))
    assert 1 - found == pytest.approx(expected, abs=2e-7)


@given(st.integers(0, 200), st.integers(0, 60), st.floats(1, 20))
@settings(deadline=None, max_examples=15)
def test_more_background_leaves_less_signal_of_a_count_above_it(n, k, exposure):
    count = CutCount(n + 2 * k + 50, n + 2 * k + 50, n + 2 * k + 50)
    some, more = (signal_posterior(count, control(x, exposure)) for x in (k, k + 10))
    for probability in (0.025, 0.5, 0.975):
        assert more.quantile(probability) <= some.quantile(probability)


@pytest.mark.parametrize("k", [0, 3, 50, 5000])
def test_no_event_over_any_background_allows_no_more_than_exact_limits_do(k):
    """3.69 events, as where nothing leaks; less where a small background leaves the prior of Jeffreys."""
    upper = signal_posterior(CutCount(0, 0, 0), control(k, 1.0)).quantile(0.975)
    assert 2.5 < upper <= -np.log(0.025) + 1e-6


@given(st.integers(0, 3000), st.floats(1, 4))
@settings(deadline=None, max_examples=20)
def test_a_closing_interval_of_the_cuts_changes_nothing_and_more_raises_the_limit(n, up):
    wide = signal_posterior(CutCount(n, n, up * n + 1))
    nearly = signal_posterior(CutCount(n, n * (1 - 1e-9), n * (1 + 1e-9)))
    plain = GammaSignal(n + 0.5)
    for probability in (0.025, 0.5, 0.975):
        assert nearly.quantile(probability) == pytest.approx(plain.quantile(probability), rel=1e-6)
    assert wide.quantile(0.975) >= plain.quantile(0.975) * (1 - 1e-6)


def product_below(value, shape, a, b):
    """P(s pi <= value) straight from the definition: the exact beta along a fine grid of log s."""
    from scipy import stats

    low, high = np.log(max(stats.gamma.ppf(1e-17, shape), 1e-40)), np.log(stats.gamma.isf(1e-17, shape))
    edge = np.clip(np.log(value), low, high)
    edges = np.concatenate(
        [np.linspace(low, edge, 800), edge + (high - edge) * np.linspace(0, 1, 1600)[1:] ** 2]
    )
    log_s, weight = panels(edges, 10)
    s = np.exp(log_s)
    return float(weight @ (s * stats.gamma.pdf(s, shape) * stats.beta.cdf(np.minimum(value / s, 1), a, b)))


@pytest.mark.parametrize("events", [0, 1, 45, 10_000, 1_000_000])
@pytest.mark.parametrize(("a", "b"), [(12.5, 28.5), (0.5, 40.5), (40.5, 0.5), (0.5, 0.5), (500.5, 300.5)])
def test_products_are_those_of_brute_force_however_sharp_either_factor_is(events, a, b):
    product = product_posterior(events, 10_000_000, beta_posterior(a, b))
    for probability in (0.025, 0.5, 0.975):
        clonal = float(product.quantile(probability)) * 1e7
        missed = product_below(clonal, events + 0.5, a, b) - probability
        slope = float(product.cdf(clonal * 1.001 / 1e7) - product.cdf(clonal * 0.999 / 1e7)) / 0.002
        # Relative error of the quantile; where both counts are 0 the lowest one is 1e-5 events.
        assert missed / slope == pytest.approx(0, abs=4e-7)
