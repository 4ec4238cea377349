import numpy as np
import pytest
from scipy.special import betaln, logsumexp
from scipy.stats import betabinom

from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Beta
from remnant.stats.fractions.misclassification import fraction_posterior
from remnant.stats.fractions.pair import pair_posterior
from remnant.stats.fractions.proportion import upper_bound
from remnant.stats.fractions.slide_bound import slide_upper_bound

PROBE = {"fp": Beta(4, 400), "fn": Beta(6, 100)}
PROBABILITIES = [0.025, 0.5, 0.975]
SLIDES = [
    (((3, 20),), 0.005),
    (((0, 25),), 0.005),
    (((150, 200),), 0.005),
    (((200, 200),), 0.02),
    (((10, 100), (30, 100), (5, 50)), 0.005),
    (((1, 1), (3, 40), (0, 0)), 0.01),
]


@pytest.mark.parametrize(("slides", "mean"), SLIDES)
def test_the_likelihood_averages_beta_binomials_over_the_prior_of_their_correlation(slides, mean):
    k, n = (sum(x) for x in zip(*slides, strict=True))
    fraction = np.clip((k + 0.5) / (n + 1) + np.linspace(-2, 2, 7) / np.sqrt(n) / 4, 0.002, 0.998)
    log_rho = np.linspace(np.log(1e-7), 0, 20_001)[:-1]
    rho = np.exp(log_rho)
    size = 1 / rho - 1
    direct = [
        logsumexp(
            sum(betaln(p * size + a, (1 - p) * size + m - a) for a, m in slides)
            - len(slides) * betaln(p * size, (1 - p) * size)
            + (1 / mean - 2) * np.log1p(-rho)
            + log_rho
        )
        for p in fraction
    ]
    found = Count(k, n, slides, mean).log_likelihood(fraction)
    assert found - found[3] == pytest.approx(np.array(direct) - direct[3], abs=1e-5)


def test_uncorrelated_nuclei_are_the_binomial_exactly():
    fraction = np.linspace(0.01, 0.99, 9)
    plain, split = Count(7, 60), Count(7, 60, ((3, 20), (4, 40)), 0.0)
    assert np.array_equal(plain.log_likelihood(fraction), split.log_likelihood(fraction))
    assert np.array_equal(plain.log_likelihood(fraction), 7 * np.log(fraction) + 53 * np.log1p(-fraction))


def test_slides_that_disagree_widen_the_interval_and_slides_that_agree_narrow_it():
    def width(*slides):
        count = Count(sum(k for k, _ in slides), sum(n for _, n in slides), slides, 0.005)
        lower, upper = fraction_posterior(count, **PROBE).interval()
        return upper - lower

    apart = width((10, 100), (60, 100), (35, 100))
    together = width((35, 100), (36, 100), (34, 100))
    assert apart > 1.5 * together


def test_a_correlated_slide_says_less_than_its_nuclei():
    plain, shared = (fraction_posterior(Count(40, 200, (), rho), **PROBE).interval() for rho in (0.0, 0.005))
    assert shared[0] < plain[0] < plain[1] < shared[1]


@pytest.mark.parametrize("k", [0, 1, 1200, 2500])
def test_a_vanishing_correlation_leads_back_to_the_binomial(k):
    plain, shared = (fraction_posterior(Count(k, 2500, (), rho), **PROBE) for rho in (0.0, 1e-9))
    assert shared.quantile(PROBABILITIES) == pytest.approx(plain.quantile(PROBABILITIES), rel=1e-4)


def test_both_compartments_of_a_pair_carry_their_slides():
    stem, progenitor = Count(12, 40, (), 0.005), Count(30, 200, ((5, 100), (25, 100)), 0.005)
    joint = pair_posterior(stem, progenitor, **PROBE)
    alone = fraction_posterior(progenitor, **PROBE)
    assert joint.progenitor.interval() == pytest.approx(alone.interval(), abs=2e-3)
    plain = pair_posterior(Count(12, 40), Count(30, 200), **PROBE)
    ends = [x.difference_quantile([0.025, 0.975]) for x in (joint, plain)]
    assert np.ptp(ends[0]) > 1.1 * np.ptp(ends[1])


@pytest.mark.parametrize("rho", [0.0, 0.005])
@pytest.mark.parametrize("nuclei", [20, 200])
def test_fractions_drawn_from_their_prior_are_held_as_often_as_stated(nuclei, rho):
    rng, held, draws = np.random.default_rng(8), 0, 120
    for _ in range(draws):
        pi, fp, fn = rng.beta(0.5, 0.5), rng.beta(4, 400), rng.beta(6, 100)
        p = pi * (1 - fn) + (1 - pi) * fp
        size = 1 / rng.beta(1, 1 / rho - 1) - 1 if rho else 1e9
        k = int(rng.binomial(nuclei, rng.beta(p * size, (1 - p) * size)))
        lower, upper = fraction_posterior(Count(k, nuclei, (), rho), **PROBE).interval()
        held += lower <= pi <= upper
    assert held / draws == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / draws))


@pytest.mark.parametrize("slides", [((0, 25),), ((3, 200),), ((1, 50), (2, 150))])
def test_the_bound_leaves_its_chance_on_average_over_the_correlation(slides):
    k, n = (sum(x) for x in zip(*slides, strict=True))
    assert slide_upper_bound(Count(k, n, slides)) == float(upper_bound(k, n))
    bound = slide_upper_bound(Count(k, n, slides, 0.005))
    assert bound > float(upper_bound(k, n))
    rng = np.random.default_rng(4)
    size = 1 / rng.beta(1, 199, 200_000) - 1
    drawn = sum(betabinom.rvs(m, bound * size, (1 - bound) * size, random_state=rng) for _, m in slides)
    assert np.mean(drawn <= k) == pytest.approx(0.05, abs=0.003)


def test_a_bound_of_nothing_but_abnormal_nuclei_is_one():
    assert slide_upper_bound(Count(20, 20, (), 0.005)) == 1


@pytest.mark.parametrize(
    ("k", "n"), [(10**6, 10**6), (0, 10**6), (100, 10**5), (500_000, 10**6), (3 * 10**6, 10**7)]
)
def test_a_slide_of_any_size_has_a_posterior_around_its_fraction(k, n):
    lower, upper = fraction_posterior(Count(k, n, (), 0.005), fp=None, fn=None).interval()
    assert 0 <= lower < upper <= 1
    assert lower <= max(k / n, 1e-4)
    assert upper >= min(k / n, 1 - 1e-4)
    assert upper - lower < 0.2


def test_very_many_nuclei_of_one_slide_say_no_more_than_the_rate_of_that_slide():
    """The beta-binomial becomes its Beta: a hundred times the nuclei change nothing that could be seen."""
    ends = [fraction_posterior(Count(3 * n, 10 * n, (), 0.005), **PROBE).interval() for n in (10**4, 10**6)]
    assert ends[0] == pytest.approx(ends[1], rel=2e-3)


def test_the_likelihood_of_a_large_slide_averages_beta_binomials():
    k, n, mean = 30_000, 100_000, 0.005
    fraction = np.array([0.2, 0.29, 0.299, 0.3, 0.302, 0.35])
    log_rho = np.linspace(np.log(1e-9), 0, 40_001)[:-1]
    size = np.exp(-log_rho) - 1
    direct = [
        logsumexp(
            betabinom.logpmf(k, n, p * size, (1 - p) * size)
            - (1 / mean - 2) * -np.log1p(-np.exp(log_rho))
            + log_rho
        )
        for p in fraction
    ]
    found = Count(k, n, (), mean).log_likelihood(fraction)
    assert found - found[3] == pytest.approx(np.array(direct) - direct[3], abs=2e-3)


def test_a_bound_of_very_many_nuclei_continues_that_of_few():
    few, many = (slide_upper_bound(Count(n // 20, n, (), 0.005)) for n in (20_000, 20_020))
    assert few == pytest.approx(many, rel=1e-4)
