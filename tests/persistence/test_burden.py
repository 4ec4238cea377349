from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.persistence import CompartmentCount, clone_per_million, compartment_frequency
from remnant.stats.fractions.misclassification import Beta, fraction_posterior
from remnant.stats.numerics.posterior import beta_posterior
from remnant.study import Estimate, Evidence

FOUND = Estimate.detected(0.3, 0.2, 0.5, confidence=0.95)
NONE_FOUND = Estimate.not_detected(0.07, confidence=0.95)


@st.composite
def counts(draw):
    cells = draw(st.integers(1_000, 2_000_000))
    events = draw(st.integers(1, min(cells, 5_000)))
    fewest = draw(st.integers(0, events))
    most = draw(st.integers(events, cells))
    return CompartmentCount(events, cells, fewest, most)


def test_the_worked_product_of_45_in_a_million_and_12_of_40():
    """Interval 0.73 to 2.24 in 100,000 (quadrature), where the delta method gives 0.77 to 2.35."""
    burden = clone_per_million(
        CompartmentCount(45, 1_000_000), FOUND, beta_posterior(12.5, 28.5), confidence=0.95
    )
    assert (burden.lower, burden.upper) == pytest.approx((7.3, 22.4), abs=0.05)


def test_no_clonal_nucleus_still_bounds_the_burden():
    """45 in a million and 0 of 40: at most 2.8 per million by the 97.5th centile."""
    burden = clone_per_million(
        CompartmentCount(45, 1_000_000), NONE_FOUND, beta_posterior(0.5, 40.5), confidence=0.975
    )
    assert burden.evidence is Evidence.NOT_DETECTED
    assert burden.value is None
    assert burden.upper == pytest.approx(2.8, abs=0.05)


@given(counts(), st.integers(0, 40))
@settings(deadline=None, max_examples=25)
def test_a_cut_that_could_admit_more_cells_raises_the_upper_limit_and_one_that_could_lose_some_the_lower(
    count, abnormal
):
    posterior = fraction_posterior(abnormal, 40, fp=Beta(1, 99), fn=Beta(2, 98), nodes=(6, 6))
    plain = CompartmentCount(count.events, count.cells)
    fewer, more = replace(plain, fewest=count.fewest), replace(plain, most=count.most)
    low, fixed, high = (clone_per_million(c, FOUND, posterior, confidence=0.95) for c in (fewer, plain, more))
    assert low.lower <= fixed.lower * (1 + 1e-6)
    assert high.upper >= fixed.upper * (1 - 1e-6)
    both = clone_per_million(count, FOUND, posterior, confidence=0.95)
    assert both.lower <= both.value <= both.upper
    frequency = compartment_frequency(count, confidence=0.95)
    assert frequency.lower <= frequency.value <= frequency.upper


def test_the_four_absences_stay_apart():
    count = CompartmentCount(5, 10_000)
    posterior = beta_posterior(1, 1)
    not_done = Estimate.not_done("no slide")
    failed = Estimate.not_evaluable("hybridisation failed")
    kinds = [
        clone_per_million(None, FOUND, posterior, confidence=0.95).evidence,
        clone_per_million(count, not_done, None, confidence=0.95).evidence,
        clone_per_million(count, failed, None, confidence=0.95).evidence,
        clone_per_million(CompartmentCount(None, 0, reason="x"), FOUND, posterior, confidence=0.95).evidence,
        clone_per_million(count, NONE_FOUND, posterior, confidence=0.95).evidence,
        clone_per_million(CompartmentCount(0, 10_000), FOUND, posterior, confidence=0.95).evidence,
        clone_per_million(count, FOUND, posterior, confidence=0.95).evidence,
    ]
    assert kinds == [
        Evidence.NOT_DONE, Evidence.NOT_DONE, Evidence.NOT_EVALUABLE, Evidence.NOT_EVALUABLE,
        Evidence.NOT_DETECTED, Evidence.NOT_DETECTED, Evidence.DETECTED,
    ]  # fmt: skip


def test_no_event_bounds_the_frequency_at_three_over_n():
    frequency = compartment_frequency(CompartmentCount(0, 100_000), confidence=0.95)
    assert frequency.evidence is Evidence.NOT_DETECTED
    assert frequency.upper == pytest.approx(-np.log(0.05) / 100_000, rel=1e-4)


def test_the_interval_of_the_burden_covers_the_truth():
    """400 simulated samples at 1 in 2,000 and 30 %: coverage 95 % within 3.5 standard errors."""
    rng = np.random.default_rng(7)
    truth, hits = 1e6 * 5e-4 * 0.3, 0
    for _ in range(400):
        count = CompartmentCount(int(rng.poisson(5e-4 * 60_000)), 60_000)
        k = int(rng.binomial(40, 0.3))
        burden = clone_per_million(count, FOUND, beta_posterior(k + 0.5, 40.5 - k), confidence=0.95)
        hits += burden.lower <= truth <= burden.upper
    assert abs(hits / 400 - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / 400)
