"""A million intervals against statsmodels' formulas by scipy; one posterior against draws; cut-offs."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.special import betaincinv
from side_by_side import compare

from remnant.stats.fractions import proportion
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import Beta
from remnant.stats.fractions.mid_p import mid_p
from remnant.stats.fractions.misclassification import fraction_posterior
from remnant.stats.fractions.pair import pair_posterior
from remnant.stats.fractions.predictive import slide_rates

MILLION = 1_000_000
METHODS = (
    proportion.clopper_pearson,
    proportion.wilson,
    proportion.wilson_continuity,
    proportion.agresti_coull,
    proportion.jeffreys,
    proportion.uniform_prior,
    mid_p,
    proportion.upper_bound,
)


def seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Median processor time of some runs, after a warm one: other work on the machine does not count."""
    work()
    spent = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return float(np.median(spent))


def main() -> None:
    """Draw counts and measure."""
    rng = np.random.default_rng(2)
    for most in (500, 100_000):
        n = rng.integers(1, most, MILLION)
        k = rng.integers(0, n + 1)
        for method in METHODS:
            spent = seconds(lambda f=method, k=k, n=n: f(k, n), rounds=3)
            print(f"a million of {method.__name__}, up to {most} nuclei: {spent:.2f} s")
    n = rng.integers(1, 500, MILLION).astype(float)
    k = np.floor(rng.random(MILLION) * (n + 1))
    compare(
        "a million Jeffreys intervals",
        lambda: proportion.jeffreys(k, n),
        lambda: (betaincinv(k + 0.5, n - k + 0.5, 0.025), betaincinv(k + 0.5, n - k + 0.5, 0.975)),
        against="scipy, each count afresh",
        rounds=3,
    )
    probe = {"fp": Beta(8, 1992), "fn": Beta(2, 98)}
    for rho in (0.0, 0.005):
        number = iter(range(10, 10_000))  # a new count each time: nothing is remembered

        def one(rho: float = rho, number: object = number) -> object:
            n = next(number)  # type: ignore[call-overload]
            return fraction_posterior(Count(n // 4, n, (), rho), **probe).interval()

        def pair(rho: float = rho, number: object = number) -> object:
            n = next(number)  # type: ignore[call-overload]
            stem, progenitor = Count(n // 4, n, (), rho), Count(n // 20, n + 90, (), rho)
            return pair_posterior(stem, progenitor, **probe, purity=Beta(190, 10)).stem.interval()

        print(f"one posterior, correlation {rho:g}: {1e3 * seconds(one, 15):.1f} ms")
        print(f"a pair with purity, correlation {rho:g}: {1e3 * seconds(pair, 15):.1f} ms")
    controls = rng.binomial(200, 0.02, 20), np.full(20, 200)
    print(f"a cut-off at six numbers of nuclei: {1e3 * seconds(lambda: cutoffs(*controls), 15):.1f} ms")


def cutoffs(k: np.ndarray, n: np.ndarray) -> list[int]:
    """Counts at six numbers of nuclei."""
    rates = slide_rates(k, n)
    return [rates.quantile(number, 0.95) for number in (10, 20, 50, 100, 200, 500)]


if __name__ == "__main__":
    main()
