"""Limits in the manner of EP17, against theory and by simulation; the printed table of the Poisson."""

import mpmath
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from remnant.stats.rare.detection import poisson_limits, quantifiable
from remnant.stats.rare.ep17 import SampleSize, parametric_blank, parametric_detection, ranked_detection
from remnant.stats.rare.poisson import garwood, upper_bound, zero_bound

TABLE = [
    (0.0, 0, 3.00), (0.5, 2, 5.80), (1.0, 3, 6.75), (2.0, 5, 8.51),
    (5.0, 9, 10.71), (10.0, 15, 13.10), (20.0, 28, 18.39),
]  # fmt: skip


def test_the_printed_limits_of_blank_and_of_detection():
    blank, signal = poisson_limits([row[0] for row in TABLE])
    assert blank.tolist() == [row[1] for row in TABLE]
    assert signal.round(2).tolist() == [row[2] for row in TABLE]


@pytest.mark.parametrize("background", [0.0, 0.03, 0.5, 7.3, 200.0, 1e5])
def test_the_limits_to_high_precision(background):
    blank, signal = poisson_limits(background)
    assert poisson.cdf(int(blank), background) >= 0.95
    assert int(blank) == 0 or poisson.cdf(int(blank) - 1, background) < 0.95
    with mpmath.workdps(30):
        total = mpmath.mpf(float(signal)) + mpmath.mpf(background)
        missed = mpmath.gammainc(int(blank) + 1, total, mpmath.inf, regularized=True)
    assert float(missed) == pytest.approx(0.05, rel=1e-6)


def test_the_printed_events_of_each_cv():
    found = [round(float(quantifiable(0.0, 0.0, cv=cv)), 1) for cv in (0.3, 0.2, 0.15, 0.1)]
    assert found == [11.1, 25.0, 44.4, 100.0]
    assert quantifiable([0.0, 4.0], 0.0, cv=0.2).shape == (2,)


@pytest.mark.parametrize("background", [0.5, 20.0, 3000.0])
@pytest.mark.parametrize("cv", [0.1, 0.3])
def test_over_a_background_quantitation_needs_the_root_of_its_own_equation(background, cv):
    signal = brentq(lambda s: np.sqrt(s + background) - cv * s, 1e-6, 1e7, xtol=1e-12, rtol=1e-14)
    assert float(quantifiable(background, 0.0, cv=cv)) == pytest.approx(signal + background, rel=1e-9)


def test_the_printed_bounds_of_nothing_seen():
    assert zero_bound([1, 10]).round(3).tolist() == [2.996, 0.3]
    assert round(float(zero_bound(1, sides=2)), 2) == 3.69
    assert float(zero_bound(1)) == pytest.approx(float(upper_bound(0)), rel=1e-12)
    assert float(zero_bound(1, sides=2)) == pytest.approx(float(garwood(0)[1]), rel=1e-12)


def test_the_parametric_limits_hold_what_they_promise_of_normal_results():
    """Over many validations of 60 results each: 95 times in 100, less half a point for what 60 leave open."""
    rng = np.random.default_rng(3)
    below, above = [], []
    for _ in range(400):
        blank = parametric_blank(rng.normal(2.0, 1.0, 60))
        low = [rng.normal(mean, 1.0, 12) for mean in (4.0, 5.0, 6.0, 4.5, 5.5)]
        limit = parametric_detection(blank, low)
        below.append(norm.cdf(blank, 2.0, 1.0))
        above.append(norm.sf(blank, limit, 1.0))
    assert np.mean(below) == pytest.approx(0.945, abs=0.005)
    assert np.mean(above) == pytest.approx(0.945, abs=0.008)


def test_by_rank_the_limit_of_detection_is_that_of_the_lowest_sample_seen_often_enough():
    rng = np.random.default_rng(5)
    low = [rng.poisson(mean, 200) for mean in (2, 4, 12, 30)]
    assert ranked_detection(4.0, low) == np.median(low[2])
    assert ranked_detection(100.0, low) is None


def test_a_laboratory_may_put_its_own_sample_size():
    assert SampleSize().shortfalls(60, 60, 2, 3) == ()
    assert SampleSize(blanks=20, low=20, lots=1, days=1).shortfalls(20, 20, 1, 1) == ()
    assert SampleSize().shortfalls(20, 60, 1, 3) == ("20 blanks of 60", "1 lots of 2")
