import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.persistence import (
    CloneReading,
    Relapse,
    clone_return,
    return_incidence,
    time_to_event,
)
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.series.looks import Looks


def probability_higher(later, earlier):
    """Probability that the fraction of one look is above that of another."""
    return Looks.of([earlier, later]).probability_above((1, 1), (0, 0))


def reading(day, k, n, above=None):
    return CloneReading(day, beta_posterior(k + 0.5, n - k + 0.5), above, ())


def returned(*readings):
    return clone_return("P1", readings, treated_from=0, probability=0.95)


def test_the_chance_that_one_fraction_is_higher_agrees_with_simulation():
    """200,000 draws: within 4 standard errors."""
    rng = np.random.default_rng(3)
    draws = rng.beta(5.5, 20.5, 200_000) > rng.beta(3.5, 30.5, 200_000)
    exact = probability_higher(beta_posterior(5.5, 20.5), beta_posterior(3.5, 30.5))
    assert abs(exact - draws.mean()) < 4 * draws.std() / np.sqrt(draws.size)


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_one_of_two_fractions_is_higher(first, second):
    a, b = (beta_posterior(k + 0.5, 40.5 - k) for k in (first, second))
    assert probability_higher(a, b) + probability_higher(b, a) == pytest.approx(1, abs=2e-3)


def test_a_clone_that_falls_and_rises_has_returned():
    found = returned(reading(-2, 98, 100), reading(180, 1, 100), reading(540, 2, 100), reading(720, 40, 100))
    assert (found.remission_day, found.day, found.confirmed) == (180, 720, None)


def test_a_rise_within_assay_noise_is_none():
    found = returned(reading(-2, 98, 100), reading(180, 1, 100), reading(540, 3, 100))
    assert found.remission_day == 180
    assert found.day is None
    assert found.observed_until == 540


def test_a_rise_below_the_cutoff_is_none():
    found = returned(reading(-2, 98, 100), reading(180, 0, 400), reading(540, 8, 100, above=False))
    assert found.day is None


def test_a_rise_that_the_next_look_does_not_confirm_is_none():
    rise = [reading(-2, 98, 100), reading(180, 1, 100), reading(540, 40, 100)]
    assert returned(*rise, reading(600, 60, 100)).confirmed is True
    assert returned(*rise, reading(600, 0, 100)).day is None
    # A later rise that holds is found all the same.
    again = returned(*rise, reading(600, 0, 100), reading(700, 30, 100), reading(800, 50, 100))
    assert (again.day, again.confirmed) == (700, True)


def test_a_clone_that_never_fell_has_not_returned():
    found = returned(reading(-2, 98, 100), reading(180, 90, 100), reading(540, 97, 100))
    assert found.remission_day is None
    assert found.day is None


def test_without_a_baseline_nothing_can_return():
    found = returned(reading(180, 1, 100), reading(540, 40, 100))
    assert found.observed_until is None
    assert "before treatment" in found.reason


def relapse(patient, start, day, until):
    return Relapse(patient, "clone", start, day, None, until, "")


def test_patients_without_return_are_censored_at_their_last_look():
    relapses = [
        relapse("P1", 100, 400, 400), relapse("P2", 100, None, 900), relapse("P3", None, None, 900),
        relapse("P4", 50, 650, 700),
    ]  # fmt: skip
    curve = time_to_event("clone", relapses, confidence=0.95)
    assert (curve.patients, curve.events) == (3, 2)
    assert curve.days == (300, 600)
    assert curve.free == pytest.approx((2 / 3, 1 / 3))
    assert curve.at_risk == (3, 2)
    assert curve.median_days == 600


def test_without_patients_the_curve_is_empty():
    curve = time_to_event("clinical", [], confidence=0.95)
    assert (curve.patients, curve.days, curve.median_days) == (0, (), None)


def test_a_death_without_return_takes_the_patient_out_of_reach():
    relapses = [
        relapse("P1", 0, 300, 300), relapse("P2", 0, None, 150), relapse("P3", 0, None, 900),
        relapse("P4", None, None, 900),
    ]  # fmt: skip
    found = return_incidence("clone", relapses, {"P2": 200, "P4": 950}, confidence=0.95)
    assert (found.patients, found.events, found.deaths) == (3, 1, 1)
    assert found.days == (200, 300)
    assert found.died == pytest.approx((1 / 3, 1 / 3))
    assert found.returned == pytest.approx((0, 1 / 3))
    # Censored at their last look, the dead would seem able to relapse still.
    assert 1 - time_to_event("clone", relapses, confidence=0.95).free[-1] == pytest.approx(1 / 2)


def test_a_death_after_the_return_is_no_rival():
    found = return_incidence("clone", [relapse("P1", 0, 300, 300)], {"P1": 400}, confidence=0.95)
    assert (found.events, found.deaths, found.returned) == (1, 0, (1.0,))
    empty = return_incidence("clone", [], {}, confidence=0.95)
    assert (empty.patients, empty.days, empty.last_day) == (0, (), 0)
