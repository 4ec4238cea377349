import numpy as np
import pytest
from scipy.stats import multivariate_normal

from remnant.inference.comparison.loo import Draws, integrated, leave_out, left_out


class Cohort:
    """y_i ~ Normal(u_i + v, error), u_i ~ Normal(m, spread), m ~ Normal(0, 0.6), v ~ Normal(0, 1)."""

    def __init__(self, patients, error=0.5, spread=0.8, seed=3, last=None):
        rng = np.random.default_rng(seed)
        m, v = 0.6 * rng.normal(), rng.normal()
        self.y = m + v + np.sqrt(spread**2 + error**2) * rng.normal(size=patients)
        if last is not None:
            self.y[-1] = last
        self.error, self.spread, self.patients = error, spread, patients

    def conditional(self, i):
        """Exact log density of y_i given all others."""
        total = (0.36 + 1) * np.ones((self.patients,) * 2) + (self.spread**2 + self.error**2) * np.eye(
            self.patients
        )
        rest = np.arange(self.patients) != i
        whole = multivariate_normal(np.zeros(self.patients), total).logpdf(self.y)
        part = multivariate_normal(np.zeros(self.patients - 1), total[np.ix_(rest, rest)]).logpdf(
            self.y[rest]
        )
        return float(whole - part)

    def posterior(self, i, count, seed):
        """Exact draws of m, v and u_i given all."""
        n = self.patients
        prior = np.zeros((n + 2, n + 2))
        prior[0, 0], prior[1, 1] = 0.36, 1.0
        prior[2:, 2:] = 0.36 + self.spread**2 * np.eye(n)
        prior[0, 2:] = prior[2:, 0] = 0.36
        seen = np.hstack([np.zeros((n, 1)), np.ones((n, 1)), np.eye(n)])
        gain = prior @ seen.T @ np.linalg.inv(seen @ prior @ seen.T + self.error**2 * np.eye(n))
        law = multivariate_normal(gain @ self.y, prior - gain @ seen @ prior, allow_singular=True)
        x = law.rvs(count, random_state=np.random.default_rng(seed))
        return Draws(x[:, [0]], np.full((count, 1), self.spread), x[:, [1]], x[:, [2 + i]])

    def log_likelihood(self, i):
        def of(theta):
            z = (self.y[i] - theta.sum(axis=1)) / self.error
            return -0.5 * z**2 - np.log(self.error) - 0.5 * np.log(2 * np.pi)

        return of


@pytest.mark.parametrize("patients", [5, 8])
def test_leaving_out_by_weights_is_what_an_exact_refit_without_the_patient_gives(patients):
    cohort = Cohort(patients)
    for i in range(patients):
        found = [
            leave_out(
                cohort.posterior(i, 2000, seed), cohort.log_likelihood(i), rng=np.random.default_rng(seed)
            )
            for seed in range(4)
        ]
        elpd = np.array([one.elpd for one in found])
        assert max(one.pareto_k for one in found) < 0.7
        assert elpd.mean() == pytest.approx(cohort.conditional(i), abs=max(4 * elpd.std() / 2, 0.02))


def test_the_integral_over_the_patient_is_exact_for_a_normal_model():
    cohort = Cohort(5)
    draws = cohort.posterior(2, 1000, 1)
    used = draws.thinned(200)
    found, worth = integrated(draws, used, cohort.log_likelihood(2), rng=np.random.default_rng(0))
    deviation = np.hypot(cohort.error, cohort.spread)
    exact = -0.5 * ((cohort.y[2] - used.shift[:, 0] - used.shared[:, 0]) / deviation) ** 2
    exact -= np.log(deviation) + 0.5 * np.log(2 * np.pi)
    assert worth > 12
    assert np.abs(found - exact).mean() < 0.25
    assert np.exp(found - exact).mean() == pytest.approx(1, abs=0.03)


def test_a_patient_unlike_all_others_is_flagged_or_right():
    cohort = Cohort(3, error=0.05, spread=0.1, last=9.0)
    found = leave_out(cohort.posterior(2, 4000, 0), cohort.log_likelihood(2), rng=np.random.default_rng(1))
    assert found.pareto_k > 0.7 or found.elpd == pytest.approx(cohort.conditional(2), abs=1)


def test_a_patient_whom_the_population_excludes_is_not_evaluable():
    cohort = Cohort(3)
    draws = cohort.posterior(0, 300, 1)
    found = leave_out(draws, lambda theta: np.full(len(theta), np.nan), rng=np.random.default_rng(1))
    assert found.pareto_k == np.inf
    assert found.elpd == -np.inf


def test_a_population_that_does_not_depend_on_the_patient_gives_his_marginal():
    assert left_out(np.full(100, -3.5)) == (pytest.approx(-3.5), 0.0)


def test_the_same_seed_gives_the_same_bits():
    cohort = Cohort(4)
    draws = cohort.posterior(1, 500, 2)
    first, second = (
        leave_out(draws, cohort.log_likelihood(1), rng=np.random.default_rng(5)) for _ in range(2)
    )
    assert first == second
