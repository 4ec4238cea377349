import numpy as np
import pytest

from remnant.inference.patient.curved import fit_curved
from remnant.inference.patient.mixture import fit_component


@pytest.fixture(scope="module")
def ridge():
    """The second of five scores is 0.3 x^2 - 0.3 of the first, within 0.05; the rest stay with the prior."""
    points = np.random.default_rng(1).normal(size=(4000, 5))
    points[:, 1] = 0.3 * points[:, 0] ** 2 - 0.3 + 0.05 * points[:, 1]
    return points, fit_component(points, np.ones(4000))


def test_a_curved_bump_integrates_to_one(ridge):
    points, straight = ridge
    bump = fit_curved(points, np.ones(len(points)), straight)
    draws = straight.draw(100_000, rng=np.random.default_rng(2))
    ratio = np.exp(bump.log_density(draws) - straight.log_density(draws))
    assert ratio.mean() == pytest.approx(1, abs=5 * ratio.std() / np.sqrt(ratio.size))


def test_its_draws_follow_the_ridge_and_foretell_better_than_a_straight_one(ridge):
    points, straight = ridge
    bump = fit_curved(points, np.ones(len(points)), straight)
    draws = bump.draw(20_000, rng=np.random.default_rng(3))
    off = draws[:, 1] - 0.3 * draws[:, 0] ** 2 + 0.3
    assert np.median(np.abs(off)) < 0.06
    fresh = np.random.default_rng(4).normal(size=(2000, 5))
    fresh[:, 1] = 0.3 * fresh[:, 0] ** 2 - 0.3 + 0.05 * fresh[:, 1]
    assert bump.log_density(fresh).mean() > straight.log_density(fresh).mean() + 1
