"""What to measure next: the law of each assay, and the order of the candidates."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.inference.forecast.patients import NOW

from remnant.inference.forecast.course import course_of
from remnant.inference.forecast.definitions import BY_FRACTION
from remnant.inference.forecast.information import expected_gain
from remnant.inference.forecast.next_assays import BY_FRACTION as ASSAYS
from remnant.inference.forecast.next_assays import Assay, densities, log_counts, outcome_chances, seen_share
from remnant.inference.forecast.next_measurement import next_measurements
from remnant.inference.forecast.quantities import fraction
from remnant.inference.forecast.relapse import returns

MOLECULAR = BY_FRACTION[0]


@pytest.fixture(scope="module")
def here(stopping):
    return course_of(stopping, np.flatnonzero(returns(stopping, MOLECULAR).here))


def test_every_candidate_is_ranked_by_bits_within_its_bounds(here):
    found = next_measurements(here, MOLECULAR, ASSAYS)
    assert len(found) == len(ASSAYS) * 4
    assert [each.gain_bits for each in found] == sorted((each.gain_bits for each in found), reverse=True)
    assert {each.day for each in found} == {NOW + 28, NOW + 91, NOW + 182, NOW + 364}
    for each in found:
        assert 0 <= each.gain_bits <= each.entropy_bits <= 1
        assert each.standard_error >= 0
        assert each.target == "molecular relapse within 2 years"
    assert found[0].gain_bits > 0.05
    assert {each.assay for each in found} >= {"200 nuclei of stem cells", "20 metaphases"}


def test_more_nuclei_tell_no_less_within_error(here):
    counts = (10, 50, 200, 1000)
    each = [[Assay("nuclei", "stem", count)] for count in counts]
    gains = [next_measurements(here, MOLECULAR, assays, visits=(91,))[0] for assays in each]
    for few, many in pairwise(gains):
        assert many.gain_bits >= few.gain_bits - 2 * many.standard_error


def test_no_nucleus_tells_nothing(here):
    (none,) = next_measurements(here, MOLECULAR, [Assay("nuclei", "stem", 0)], visits=(91,))
    assert none.gain_bits == pytest.approx(0, abs=1e-12)


def test_a_patient_who_is_not_in_remission_gets_no_advice(stopping):
    alone = course_of(stopping, np.flatnonzero(~returns(stopping, MOLECULAR).here))
    assert next_measurements(alone, MOLECULAR, ASSAYS) == ()


def test_outcomes_of_every_assay_are_chances(stopping):
    assays = (*ASSAYS, Assay("nuclei", "mature", 100), Assay("haemoglobin"), Assay("transcript"))
    for assay in assays:
        chances = outcome_chances(stopping, 60, assay)
        assert (chances >= 0).all()
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-9)


def test_probe_errors_and_lymphoid_cells_bend_what_is_seen(stopping):
    number = {
        "fish.false_positive": 0.03,
        "fish.false_negative": 0.1,
        "fish.lymphoid": 0.2,
        "fish.dispersion": 60.0,
    }
    own = stopping.posterior
    course = replace(
        stopping, posterior=replace(own, values=own.values | {k: np.array(v) for k, v in number.items()})
    )
    truth = {kind: fraction(course, kind)[:, 60] for kind in ("stem", "mature")}
    share, phi = seen_share(course, 60, Assay("nuclei", "stem", 200))
    np.testing.assert_allclose(share, truth["stem"] * 0.9 + (1 - truth["stem"]) * 0.03)
    assert (phi == 60).all()
    bulk, _ = seen_share(course, 60, Assay("nuclei", "mature", 200))
    own = 0.8 * truth["mature"]
    np.testing.assert_allclose(bulk, own * 0.9 + (1 - own) * 0.03)


def test_chances_are_those_of_the_likelihood_that_is_fitted():
    """The NumPy law here and the JAX law of the fit are one, assay by assay."""
    from remnant.observation.likelihood import mass

    k, share, phi = np.arange(21.0), np.array([[0.0], [0.03], [0.5], [1.0]]), np.array([[60.0]])
    mine = log_counts(k, 20, share, phi)
    theirs = np.asarray(mass.beta_binomial(k, 20.0, share, phi))
    np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-8)


def test_densities_far_below_what_can_be_seen_are_all_alike():
    grid = densities(np.array([-3.0, 0.0, -200.0, -300.0]), np.full(4, 0.2))
    np.testing.assert_allclose(grid[2], grid[3])
    np.testing.assert_allclose(grid.sum(axis=1), 1)


def test_a_wide_scatter_tells_less_than_a_narrow_one():
    expected, z = np.linspace(-3, 0, 200), np.repeat([0.0, 1.0], 100)
    narrow, wide = (expected_gain(z, densities(expected, np.full(200, s))).bits for s in (0.1, 1.0))
    assert wide < narrow <= 1
