"""Numbers before and after the data, also where the data pull one far from where it was thought."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from remnant.dynamics.model.priors import Prior
from remnant.inference.fitting.numbers import beyond_prior, summarise_apart
from remnant.observation.likelihood.number import Number

LAW = Number("blood.example", Prior("example", "-", "lognormal", 200.0, 0.4, source="test"), "patient")


def summary(scores):
    (one,) = summarise_apart(SimpleNamespace(own=(LAW,), shared=()), {"P1": np.asarray(scores)[:, None]})
    return one


def test_a_score_far_in_the_upper_tail_keeps_its_value():
    """Twelve standard deviations up, the distribution function is 1 to the last digit."""
    one = summary(np.full(50, 12.0))
    assert one.posterior.mean == pytest.approx(200 * np.exp(0.4 * 12), rel=1e-9)
    assert one.posterior.q95 == one.posterior.q05


def test_what_is_as_wide_as_its_prior_but_elsewhere_was_told():
    """A posterior three standard deviations away is no prior, however wide it is."""
    normal = np.random.default_rng(2).standard_normal(4000)
    assert summary(normal).from_prior
    assert not summary(normal + 3).from_prior
    assert not summary(0.1 * normal).from_prior


def test_a_number_of_the_population_beyond_its_prior_is_said():
    far = replace(summary(np.full(50, 4.0)), level="population")
    (said,) = beyond_prior([far, replace(summary(np.full(50, 1.0)), level="population")])
    assert "blood.example (population) to 991" in said
    assert "from 104 to 385" in said
    assert not beyond_prior([replace(far, level="patient")])
