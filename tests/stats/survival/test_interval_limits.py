import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2

from remnant.stats.survival.interval_censored import interval_censored
from remnant.stats.survival.interval_limits import free_limits

DROP = chi2.ppf(0.95, 1) / 2


def binomial_limits(free, subjects):
    """Likelihood-ratio limits of a fraction, by root finding."""

    def short(s):
        terms = (free * np.log(s / (free / subjects)) if free else 0.0) + (
            (subjects - free) * np.log((1 - s) / (1 - free / subjects)) if free < subjects else 0.0
        )
        return terms + DROP

    low = brentq(short, 1e-9, free / subjects) if free else 0.0
    high = brentq(short, free / subjects, 1 - 1e-9) if free < subjects else 1.0
    return low, high


@pytest.mark.parametrize(("free", "subjects"), [(0, 8), (3, 8), (8, 8), (15, 40)])
def test_with_one_visit_the_limits_are_those_of_a_binomial(free, subjects):
    """Everybody seen once, on day 10: current status at one time."""
    left = [10] * free + [0] * (subjects - free)
    right = [np.inf] * free + [10] * (subjects - free)
    low, high = free_limits(left, right, [10.0])
    assert (low[0], high[0]) == pytest.approx(binomial_limits(free, subjects), abs=2e-3)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.one_of(st.none(), st.integers(0, 4))), min_size=1, max_size=10),
    st.integers(0, 10),
)
@settings(max_examples=60, deadline=None)
def test_the_limits_hold_every_curve_that_the_visits_allow(spans, when):
    left = [begin for begin, _ in spans]
    right = [np.inf if more is None else begin + more for begin, more in spans]
    low, high = free_limits(left, right, [when + 0.5])
    earliest, latest = interval_censored(left, right).free(when + 0.5)
    assert 0 <= low[0] <= earliest + 2e-3
    assert latest - 2e-3 <= high[0] <= 1


def test_more_patients_with_the_same_visits_are_surer():
    few = free_limits([0, 10, 20], [10, 20, np.inf], [10.5])
    many = free_limits([0, 10, 20] * 10, [10, 20, np.inf] * 10, [10.5])
    assert few[0][0] < many[0][0] < 2 / 3 < many[1][0] < few[1][0]


@pytest.mark.slow
@pytest.mark.parametrize(("subjects", "jitter"), [(10, 0), (10, 20), (20, 20), (40, 20)])
def test_the_limits_cover_the_truth_however_the_visits_fall(subjects, jitter):
    """300 cohorts, visits every 90 days, to the day or scattered by 20: 95 % within 3 standard errors."""
    rng, held, times = np.random.default_rng(3), np.zeros(3), np.array([100, 300, 600.0])
    for _ in range(300):
        when, until = rng.exponential(400, subjects), rng.uniform(300, 1200, subjects)
        left, right = np.zeros(subjects), np.full(subjects, np.inf)
        for n in range(subjects):
            visits = np.arange(90, 1200, 90) + rng.integers(-jitter, jitter + 1, 13)
            visits = visits[visits <= max(until[n], 120)]
            left[n] = visits[visits < when[n]].max(initial=0)
            right[n] = visits[visits >= when[n]].min(initial=np.inf)
        low, high = free_limits(left, right, times)
        true = np.exp(-times / 400)
        held += (low <= true) & (true <= high)
    assert (held / 300 > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)).all(), held / 300
