from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.persistence import (
    Burden,
    CompartmentCount,
    ScoredBurden,
    burden_posterior,
    clone_per_million,
    compartment_frequency,
    measure_fall,
)
from remnant.stats.fractions.misclassification import Beta, fraction_posterior
from remnant.stats.fractions.proportion import upper_bound as exact_bound
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.background import expect_background
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


FORTY = fraction_posterior(12, 40, fp=Beta(1, 99), fn=Beta(2, 98), nodes=(6, 6))
NONE_OF_FORTY = fraction_posterior(0, 40, fp=Beta(1, 99), fn=Beta(2, 98), nodes=(6, 6))


def test_a_count_that_background_could_explain_is_not_detected():
    leaked = expect_background([20], [10**9], [10**9])
    count = CompartmentCount(24, 1_000_000, leaked=leaked)
    frequency = compartment_frequency(count, confidence=0.95)
    burden = clone_per_million(count, FOUND, FORTY, confidence=0.95)
    assert frequency.evidence is burden.evidence is Evidence.NOT_DETECTED
    assert "leaked" in frequency.reason
    assert "leaked" in burden.reason
    clear = CompartmentCount(60, 1_000_000, leaked=leaked)
    assert compartment_frequency(clear, confidence=0.95).value == pytest.approx(40e-6, rel=0.03)


def test_the_rule_of_the_study_decides_what_is_detected():
    count = CompartmentCount(12, 1_000_000, detected=False)
    burden = clone_per_million(count, FOUND, FORTY, confidence=0.95)
    assert burden.evidence is Evidence.NOT_DETECTED
    assert "below the limit of detection" in burden.reason
    called = replace(count, detected=True)
    assert clone_per_million(called, FOUND, FORTY, confidence=0.95).evidence is Evidence.DETECTED
    # A gate that could not be placed stays apart from one that holds nothing.
    unplaced = CompartmentCount(None, 0, reason="no FMO", detected=False)
    assert clone_per_million(unplaced, FOUND, FORTY, confidence=0.95).evidence is Evidence.NOT_EVALUABLE


@given(st.integers(0, 60), st.integers(0, 3))
@settings(deadline=None, max_examples=20)
def test_no_prior_makes_a_claim_of_absence_stronger_than_the_counts(events, abnormal):
    posterior = fraction_posterior(abnormal, 40, fp=Beta(1, 99), fn=Beta(2, 98), nodes=(6, 6))
    exact = float(exact_bound(abnormal, 40))
    fraction = Estimate.not_detected(max(exact, float(posterior.quantile(0.95))), confidence=0.95)
    count = CompartmentCount(events, 1_000_000)
    bound = clone_per_million(count, fraction, posterior, confidence=0.95).upper
    middle = 1e6 * float(burden_posterior(count, posterior).quantile(0.95))
    assert bound >= middle * (1 - 1e-9)
    assert bound >= events * exact * (1 - 1e-9)


def test_nothing_among_a_million_cells_bounds_a_clone_of_every_nucleus_at_three_per_million():
    every = beta_posterior(10_000.5, 0.5)
    burden = clone_per_million(CompartmentCount(0, 1_000_000), FOUND, every, confidence=0.95)
    assert burden.upper == pytest.approx(3.0, abs=0.01)


def test_tubes_that_vary_more_than_counting_widen_as_if_fewer_cells_were_counted():
    plain, fewer = CompartmentCount(50, 100_000), CompartmentCount(20, 40_000)
    varied = replace(plain, variance=2.5)
    wide, same = (clone_per_million(c, FOUND, FORTY, confidence=0.95) for c in (varied, fewer))
    assert (wide.lower, wide.value, wide.upper) == pytest.approx((same.lower, same.value, same.upper))
    frequency = compartment_frequency(varied, confidence=0.95)
    assert frequency.upper - frequency.lower > 1.4 * (30e-5 - 20e-5)


def test_purity_is_of_the_slides_alone_and_nothing_is_counted_twice():
    """A purity below 1 changes the clone fraction's posterior; the frequency never sees it."""
    count = CompartmentCount(45, 1_000_000)
    for posterior in (FORTY, NONE_OF_FORTY):
        product = burden_posterior(count, posterior)
        assert product.mean() == pytest.approx(45.5e-6 * posterior.mean(), rel=1e-6)


def test_the_fall_of_stem_and_progenitor_burdens_of_one_patient():
    def visit(sample, day, events, slides):
        found = []
        for role, (number, posterior, fraction) in zip(("stem", "progenitor"), slides, strict=True):
            count = CompartmentCount(events[role], 60_000)
            million = clone_per_million(count, fraction, posterior, confidence=0.95)
            frequency = compartment_frequency(count, confidence=0.95)
            item = Burden("P1", sample, day, role, role, frequency, fraction, million)
            found.append(ScoredBurden(item, burden_posterior(count, posterior)))
            assert number == role
        return found

    before = visit(
        "S0", 0, {"stem": 60, "progenitor": 900},
        [("stem", beta_posterior(38.5, 2.5), FOUND), ("progenitor", beta_posterior(95.5, 5.5), FOUND)],
    )  # fmt: skip
    after = visit(
        "S1", 300, {"stem": 55, "progenitor": 700},
        [("stem", FORTY, FOUND), ("progenitor", beta_posterior(0.5, 150.5), NONE_FOUND)],
    )  # fmt: skip
    fall = measure_fall("P1", before, after, confidence=0.95)
    assert fall.stem.evidence is Evidence.DETECTED
    assert fall.stem.lower < 55 / 60 * 0.31 < fall.stem.upper
    assert fall.progenitor.evidence is Evidence.NOT_DETECTED
    assert fall.progenitor.upper < 0.1
    assert fall.probability_stem_less > 0.999
    assert measure_fall("P1", [], after, confidence=0.95).stem.evidence is Evidence.NOT_DONE
    reverse = measure_fall("P1", after, before, confidence=0.95)
    assert reverse.progenitor.evidence is Evidence.NOT_EVALUABLE
