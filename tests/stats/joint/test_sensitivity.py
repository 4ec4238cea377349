from dataclasses import replace

import numpy as np
import pytest

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import DIFFERENCE, Prior
from remnant.stats.joint.sensitivity import log_ratio, other_priors, sensitivity

PRIOR = Prior(Beta(4, 396), Beta(2, 98))


@pytest.fixture(scope="module")
def counted(study):
    slides = study(4, days=(5,), stem=20, progenitor=100)
    return replace(slides, abnormal=np.array([7, 9, 2, 6, 5, 12, 9, 8]))


@pytest.fixture(scope="module")
def draws(counted):
    return fit(counted, PRIOR, rng=np.random.default_rng(1), draws=4000, rounds=1)


@pytest.mark.parametrize("name", list(other_priors(PRIOR)))
def test_weighted_draws_agree_with_a_new_fit(counted, draws, name):
    other = other_priors(PRIOR)[name]
    (found,) = sensitivity(counted, PRIOR, draws, {name: other}, rng=np.random.default_rng(2))
    again = fit(counted, other, rng=np.random.default_rng(3), draws=4000, rounds=1)
    exact = np.quantile(again.mean[:, :, DIFFERENCE], [0.1, 0.5, 0.9])
    assert found.weights.quantile(found.mean[:, 0], [0.1, 0.5, 0.9]) == pytest.approx(exact, abs=0.15)


def test_the_same_prior_weighs_every_draw_alike(draws):
    assert np.ptp(log_ratio(draws, PRIOR, replace(PRIOR))) == 0


def test_independent_slides_are_only_offered_where_they_were_not_assumed():
    names = set(other_priors(PRIOR)) - set(other_priors(replace(PRIOR, correlation=0.0)))
    assert names == {"nuclei of a slide independent", "twice the correlation within a slide"}


def test_a_prior_too_far_away_is_fitted_anew(counted, draws):
    far = replace(PRIOR, fn=Beta(4000, 6000))
    (found,) = sensitivity(counted, PRIOR, draws, {"far": far}, rng=np.random.default_rng(2))
    assert found.refitted
