import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import binom, kstest, multivariate_normal

from remnant.inference.patient.importance import sample_importance


class Standard:
    """Independent standard normal scores."""

    def __init__(self, dimension):
        self.law = multivariate_normal(np.zeros(dimension))
        self.dimension = dimension

    def log_density(self, theta):
        return self.law.logpdf(theta.reshape(-1, self.dimension)).reshape(len(theta))

    def draw(self, count, *, rng):
        return rng.standard_normal((count, self.dimension))

    def frame(self):
        return np.zeros(self.dimension), np.eye(self.dimension)


class Shifted(Standard):
    """Correlated normal scores around another mean."""

    def __init__(self, mean, covariance):
        self.law, self.dimension = multivariate_normal(mean, covariance), len(mean)
        self.mean, self.root = np.array(mean), np.linalg.cholesky(covariance)

    def draw(self, count, *, rng):
        return self.mean + rng.standard_normal((count, self.dimension)) @ self.root.T

    def frame(self):
        return self.mean, self.root


class Measured:
    """`rank` measurements of `dimension` standard normal scores, with normal error: all is known exactly."""

    def __init__(self, dimension, rank, error, seed):
        rng = np.random.default_rng(seed)
        self.design = rng.normal(size=(rank, dimension)) / np.sqrt(dimension)
        self.truth = rng.normal(size=dimension)
        self.seen = self.design @ self.truth + error * rng.normal(size=rank)
        self.error, self.rank = error, rank
        total = self.design @ self.design.T + error**2 * np.eye(rank)
        self.log_evidence = multivariate_normal(np.zeros(rank), total).logpdf(self.seen)
        gain = self.design.T @ np.linalg.inv(total)
        self.mean, self.covariance = gain @ self.seen, np.eye(dimension) - gain @ self.design

    def log_likelihood(self, theta):
        square = np.sum((self.seen - theta @ self.design.T) ** 2, axis=1) / self.error**2
        return -0.5 * (square + self.rank * np.log(2 * np.pi * self.error**2))


def sample(dimension, log_likelihood, seed=0, **options):
    return sample_importance(Standard(dimension), log_likelihood, rng=np.random.default_rng(seed), **options)


@pytest.mark.parametrize(
    ("dimension", "rank", "error", "seeds"), [(3, 1, 0.5, 9), (12, 5, 0.1, 5), (20, 8, 0.03, 1)]
)
def test_evidence_mean_and_covariance_are_those_of_a_normal_model(dimension, rank, error, seeds):
    model = Measured(dimension, rank, error, seed=4)
    runs = [sample(dimension, model.log_likelihood, seed) for seed in range(seeds)]
    scores = [(run.log_evidence - model.log_evidence) / run.log_evidence_error for run in runs]
    assert np.abs(np.mean(scores)) < 4 / np.sqrt(seeds)
    deviations = np.sqrt(np.diag(model.covariance))
    for run in runs:
        weights = np.exp(run.log_weights)
        mean = weights @ run.theta
        assert run.trusted
        assert run.ess > 300
        assert (np.abs(mean - model.mean) < 4.5 * deviations / np.sqrt(run.ess)).all()
        covariance = (weights[:, None] * (run.theta - mean)).T @ (run.theta - mean)
        whitened = np.linalg.solve(model.covariance, covariance)
        assert np.trace(whitened) / dimension == pytest.approx(1, abs=0.1)


def test_the_prior_may_lie_anywhere_and_be_correlated():
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    prior = Shifted([3.0, -2.0], covariance)

    def seen(theta):
        return -0.5 * ((theta[:, 0] + theta[:, 1] - 4.0) / 0.2) ** 2

    run = sample_importance(prior, seen, rng=np.random.default_rng(1), size=500)
    gain = covariance.sum(axis=1) / (covariance.sum() + 0.04)
    expected = prior.mean + gain * (4.0 - 1.0)
    deviation = np.sqrt(np.diag(covariance) - gain * covariance.sum(axis=1))
    assert (np.abs(np.exp(run.log_weights) @ run.theta - expected) < 5 * deviation / np.sqrt(run.ess)).all()


def test_two_modes_that_are_far_apart_each_hold_their_share():
    """Modes at +1.2 and -1.2 in three of ten scores; the second is given four times the likelihood."""

    def two(theta):
        near = [np.sum((theta[:, :3] - at) ** 2, axis=1) / 0.15**2 for at in (1.2, -1.2)]
        return np.logaddexp(-0.5 * near[0], np.log(4) - 0.5 * near[1])

    for seed in range(3):
        run = sample(10, two, seed)
        share = np.exp(run.log_weights) @ (run.theta[:, 0] > 0)
        assert share == pytest.approx(0.2, abs=5 * 0.4 / np.sqrt(run.ess))


def test_a_banana_is_followed_to_its_tips():
    """Against a fine grid: score 2 is 2 x^2 - 1 of score 1, within 0.15."""

    def banana(theta):
        return -0.5 * ((theta[:, 1] - 2 * theta[:, 0] ** 2 + 1) / 0.15) ** 2

    x = np.linspace(-4, 4, 1601)
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    mass = banana(grid) - 0.5 * np.sum(grid**2, axis=1)
    evidence = logsumexp(mass) + 2 * np.log(x[1] - x[0]) - np.log(2 * np.pi)
    spread = np.exp(mass - logsumexp(mass)) @ grid[:, 0] ** 2
    run = sample(8, banana)
    assert run.trusted
    assert run.log_evidence == pytest.approx(evidence, abs=4 * run.log_evidence_error)
    assert np.exp(run.log_weights) @ run.theta[:, 0] ** 2 == pytest.approx(spread, abs=0.1)


def test_without_data_the_posterior_is_the_prior():
    run = sample(15, lambda theta: np.zeros(len(theta)))
    assert run.rounds == 3
    assert run.pareto_k < 0.3
    assert run.log_evidence == pytest.approx(0, abs=4 * run.log_evidence_error)
    draws = run.resample(4000, rng=np.random.default_rng(0))
    assert kstest(draws[:500, 2], "norm").pvalue > 1e-3


def test_two_hundred_nuclei_on_each_of_fifteen_slides_are_no_trouble():
    """Fractions that fall along a line on the logit, in two of twelve scores, against a fine grid."""
    days = np.linspace(0, 1, 15)
    seen = binom(200, 1 / (1 + np.exp(-2 + 3 * days))).rvs(random_state=2)

    def slides(theta):
        line = (2 + theta[:, [0]]) - 3 * np.exp(0.7 * theta[:, [1]]) * days
        return binom.logpmf(seen, 200, 1 / (1 + np.exp(-line))).sum(axis=1)

    x = np.linspace(-1.5, 1.5, 601)
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    mass = slides(grid) - 0.5 * np.sum(grid**2, axis=1)
    evidence = logsumexp(mass) + 2 * np.log(x[1] - x[0]) - np.log(2 * np.pi)
    run = sample(12, slides)
    assert run.trusted
    assert run.log_evidence == pytest.approx(evidence, abs=4 * run.log_evidence_error)


def test_truths_lie_uniformly_in_their_posteriors():
    """A hundred patients drawn from the prior: the rank of the truth, a proof of the whole path."""
    ranks = []
    for seed in range(100):
        model = Measured(4, 2, 0.3, seed)
        run = sample(4, model.log_likelihood, seed, size=200, enough=100)
        ranks.append(np.exp(run.log_weights) @ (run.theta < model.truth))
    assert (np.array([kstest(column, "uniform").pvalue for column in np.array(ranks).T]) > 1e-3).all()


def test_too_few_rounds_for_sharp_data_are_flagged():
    model = Measured(20, 8, 0.01, seed=1)
    assert not sample(20, model.log_likelihood, rounds=1).trusted


@pytest.mark.parametrize("value", [-np.inf, np.nan])
def test_data_that_nothing_explains_are_flagged_and_leave_the_prior(value):
    run = sample(5, lambda theta: np.full(len(theta), value), rounds=2, size=100)
    assert run.pareto_k == np.inf
    assert run.ess == 0
    assert run.refused == len(run.theta)
    assert run.log_evidence == -np.inf
    assert np.isfinite(run.resample(50, rng=np.random.default_rng(1))).all()


def test_draws_that_the_model_refuses_have_no_weight():
    """A half space is impossible: evidence one half, and no draw there."""
    run = sample(3, lambda theta: np.where(theta[:, 0] > 0, 0.0, np.nan), size=500)
    assert np.exp(run.log_evidence) == pytest.approx(0.5, abs=4 * 0.5 * run.log_evidence_error)
    assert (run.resample(300, rng=np.random.default_rng(1))[:, 0] > 0).all()
    assert run.refused > 0


def test_the_same_seed_gives_the_same_bits_and_every_call_has_one_shape():
    model, shapes = Measured(6, 3, 0.1, seed=2), set()

    def noted(theta):
        shapes.add(theta.shape)
        return model.log_likelihood(theta)

    first, second = (sample(6, noted, 7, size=300) for _ in range(2))
    np.testing.assert_array_equal(first.theta, second.theta)
    np.testing.assert_array_equal(first.log_weights, second.log_weights)
    assert shapes == {(300, 6)}


def test_a_posterior_is_a_good_start_for_the_next_visit():
    model = Measured(12, 6, 0.05, seed=3)
    first = sample(12, model.log_likelihood)
    again = sample(12, model.log_likelihood, 1, start=first.proposal)
    assert again.rounds == 3
    assert again.log_evidence == pytest.approx(model.log_evidence, abs=4 * again.log_evidence_error)


def test_resampled_draws_have_the_moments_of_the_weights():
    run = sample(4, Measured(4, 2, 0.2, seed=5).log_likelihood, size=400)
    draws = run.resample(20_000, rng=np.random.default_rng(2))
    np.testing.assert_allclose(draws.mean(axis=0), np.exp(run.log_weights) @ run.theta, atol=0.02)
