import numpy as np
import pytest
from scipy.special import betaincinv, expit, logit

from remnant.stats.fractions import pair as module
from remnant.stats.fractions.misclassification import JEFFREYS, Beta, fraction_posterior
from remnant.stats.fractions.pair import Count, pair_posterior
from remnant.stats.numerics.posterior import STRIDE, fill

PROBE = {"fp": Beta(4, 400), "fn": Beta(6, 100)}
PERFECT = {"fp": None, "fn": None}
PROBABILITIES = [0.025, 0.5, 0.975]
CASES = [
    (Count(12, 40), Count(8, 200), 1.0),
    (Count(0, 25), Count(0, 200), 1.0),
    (Count(20, 20), Count(100, 100), Beta(200.5, 10.5)),
    (Count(5, 100), Count(60, 200), 0.9),
    (Count(5, 100), Count(60, 200), Beta(90.5, 10.5)),
]


def test_without_errors_the_compartments_are_two_jeffreys_posteriors():
    joint = pair_posterior(Count(3, 20), Count(40, 90), **PERFECT)
    for found, (k, n) in ((joint.stem, (3, 20)), (joint.progenitor, (40, 90))):
        alone = fraction_posterior(k, n, **PERFECT)
        assert found.quantile(PROBABILITIES) == pytest.approx(alone.quantile(PROBABILITIES), rel=1e-6)


def test_the_difference_agrees_with_draws():
    rng = np.random.default_rng(5)
    joint = pair_posterior(Count(3, 20), Count(40, 90), **PERFECT)
    draws = logit(rng.beta(3.5, 17.5, 400_000)) - logit(rng.beta(40.5, 50.5, 400_000))
    for probability, value in zip((0.025, 0.5, 0.975), joint.difference_quantile(PROBABILITIES), strict=True):
        spread = np.sqrt(probability * (1 - probability) / len(draws))
        assert np.mean(draws <= value) == pytest.approx(probability, abs=5 * spread)


def test_impurity_and_shared_errors_agree_with_weighted_draws():
    """Importance sampling from the priors: an independent route to the same posterior."""
    rng, n = np.random.default_rng(6), 2_000_000
    s, p = rng.beta(0.5, 0.5, (2, n))
    fp, fn, q = rng.beta(4, 96, n), rng.beta(6, 94, n), rng.beta(45.5, 5.5, n)
    h = q * s + (1 - q) * p
    seen = [x * (1 - fn) + (1 - x) * fp for x in (h, p)]
    weight = seen[0] ** 3 * (1 - seen[0]) ** 17 * seen[1] ** 12 * (1 - seen[1]) ** 18
    joint = pair_posterior(
        Count(3, 20), Count(12, 30), fp=Beta(4, 96), fn=Beta(6, 94), purity=Beta(45.5, 5.5)
    )
    weight /= weight.sum()
    spread = np.sqrt((weight**2).sum())
    for fraction in (0.02, 0.1, 0.2):
        assert joint.stem.probability_above(fraction) == pytest.approx(
            weight[s > fraction].sum(), abs=5 * spread
        )
    above = weight[logit(s) - logit(p) <= -1].sum()
    assert float(joint.difference_cdf(-1.0)) == pytest.approx(above, abs=5 * spread)


@pytest.mark.parametrize(("stem", "progenitor", "purity"), CASES)
def test_finer_grids_change_nothing(stem, progenitor, purity, monkeypatch):
    usual = pair_posterior(stem, progenitor, purity=purity, **PROBE)
    found = usual.difference_quantile(PROBABILITIES), usual.stem.quantile(PROBABILITIES)
    monkeypatch.setattr(module, "STEM_POINTS", 801)
    monkeypatch.setattr(module, "PROGENITOR_NODES", 240)
    monkeypatch.setattr(module, "PURITY_NODES", 20)
    fine = pair_posterior(stem, progenitor, purity=purity, nodes=(40, 28), **PROBE)
    assert found[0] == pytest.approx(fine.difference_quantile(PROBABILITIES), abs=1e-6)
    assert found[1] == pytest.approx(fine.stem.quantile(PROBABILITIES), abs=1e-6)


def test_exchanging_compartments_turns_the_difference_over():
    there = pair_posterior(Count(3, 20), Count(40, 90), **PROBE).difference_quantile(PROBABILITIES)
    back = pair_posterior(Count(40, 90), Count(3, 20), **PROBE).difference_quantile(PROBABILITIES)
    assert there == pytest.approx(-back[::-1], abs=1e-6)


def test_pure_sorts_move_nothing_and_impure_ones_pull_apart():
    """Clonal stem cells among normal progenitors: contamination hides part of the stem signal."""
    pure, also = (
        pair_posterior(Count(20, 40), Count(2, 200), purity=q, **PROBE).stem.median()
        for q in (1.0, 0.9999999)
    )
    assert pure == pytest.approx(also, abs=1e-5)
    impure = pair_posterior(Count(20, 40), Count(2, 200), purity=0.8, **PROBE).stem.median()
    assert impure > pure + 0.05


def test_an_unscored_contaminant_widens_the_interval():
    known = pair_posterior(Count(10, 40), Count(20, 100), purity=0.9, **PROBE).stem.interval()
    unknown = pair_posterior(Count(10, 40), Count(0, 0), purity=0.9, **PROBE).stem.interval()
    assert unknown[0] < known[0]
    assert unknown[1] - unknown[0] > known[1] - known[0]


def test_the_likelihood_of_a_difference_peaks_where_the_counts_are():
    grid = np.arange(-600, 601) * 0.025
    value = pair_posterior(Count(200, 400), Count(100, 400), **PERFECT).difference_likelihood(grid)
    assert grid[np.argmax(value)] == pytest.approx(logit(0.5) - logit(0.25), abs=0.05)


def test_the_likelihood_of_a_difference_agrees_with_direct_integration():
    from scipy.integrate import quad

    joint = pair_posterior(Count(3, 20), Count(10, 30), **PERFECT)

    def direct(delta):
        def integrand(angle):
            p = np.sin(angle) ** 2
            s = expit(logit(p) + delta)
            return s**3 * (1 - s) ** 17 * p**10 * (1 - p) ** 20

        return quad(integrand, 1e-9, np.pi / 2 - 1e-9, epsabs=0, epsrel=1e-10)[0]

    found = joint.difference_likelihood(np.array([-2.0, -1.0, 0.5]))
    exact = np.array([direct(x) for x in (-2.0, -1.0, 0.5)])
    assert found / found[0] == pytest.approx(exact / exact[0], rel=1e-6)
    assert JEFFREYS.mean == 0.5


def test_a_quarter_of_the_points_determines_a_likelihood():
    """Even about both ends, or gone there: its cosine series reaches the points between."""
    for grid in (np.linspace(0, np.pi / 2, 385), np.linspace(0.2, 1.0, 385), np.linspace(0, 0.9, 385)):
        place = grid[0] + np.array([0.0, 0.5, 0.6]) * (grid[-1] - grid[0])
        width = (grid[-1] - grid[0]) / 18
        kept = place if grid[0] == 0 else place[1:]
        value = sum(np.exp(-(((grid[:, None] - sign * kept) / width) ** 2) / 2) for sign in (1, -1))
        value = value if grid[-1] < 1.5 else np.sin(grid)[:, None] ** np.array([4, 40, 400])
        assert fill(value[::STRIDE]) == pytest.approx(value, abs=1e-11)


@pytest.mark.parametrize("prior", [JEFFREYS, Beta(1, 1), Beta(2, 5)])
def test_any_prior_of_the_fractions_is_weighed_in(prior):
    joint = pair_posterior(Count(3, 20), Count(40, 90), prior=prior, **PERFECT)
    for found, (k, n) in ((joint.stem, (3, 20)), (joint.progenitor, (40, 90))):
        exact = betaincinv(prior.a + k, prior.b + n - k, PROBABILITIES)
        assert found.quantile(PROBABILITIES) == pytest.approx(exact, rel=1e-6)
    rng = np.random.default_rng(4)
    draws = [rng.beta(prior.a + k, prior.b + n - k, 400_000) for k, n in ((3, 20), (40, 90))]
    share = np.mean(logit(draws[0]) - logit(draws[1]) <= -1.5)
    assert float(joint.difference_cdf(-1.5)) == pytest.approx(share, abs=5 * np.sqrt(0.25 / 400_000))


def test_a_difference_quantile_turns_its_distribution_function_round():
    wide = [1e-4, 0.025, 0.5, 0.975, 1 - 1e-4]
    for stem, progenitor, purity in CASES:
        joint = pair_posterior(stem, progenitor, purity=purity, **PROBE)
        assert joint.difference_cdf(joint.difference_quantile(wide)) == pytest.approx(wide, abs=1e-12)


@pytest.mark.parametrize("studies", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_intervals_hold_as_often_as_they_say_at_ten_impure_nuclei(studies):
    """Truth, errors and purity from their priors: then coverage is exact whatever the counts."""
    rng, held = np.random.default_rng(3), 0
    for _ in range(studies):
        (s, p), fp, fn, q = rng.beta(0.5, 0.5, 2), rng.beta(4, 400), rng.beta(6, 100), rng.beta(45.5, 8.5)
        h = q * s + (1 - q) * p
        stem, progenitor = (
            Count(int(rng.binomial(n, x * (1 - fn) + (1 - x) * fp)), n) for x, n in ((h, 10), (p, 100))
        )
        joint = pair_posterior(stem, progenitor, purity=Beta(45.5, 8.5), **PROBE)
        held += joint.difference_quantile(0.025) <= logit(s) - logit(p) <= joint.difference_quantile(0.975)
    assert held / studies == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / studies))
