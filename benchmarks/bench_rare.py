"""The burden of one visit, and of many, beside draws that are good to three digits.

Run with: python benchmarks/bench_rare.py
"""

from __future__ import annotations

import time

import numpy as np
from side_by_side import compare

from remnant.persistence import CompartmentCount, burden_posterior
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.background import expect_background
from remnant.stats.rare.change import log_ratio

LIMITS = [0.025, 0.5, 0.975]
FRACTION = beta_posterior(12.5, 28.5)
LEAKED = expect_background([6], [500_000], [1_000_000])
COUNTS = {
    "counting": CompartmentCount(45, 1_000_000),
    "counting, cuts": CompartmentCount(45, 1_000_000, 34, 60),
    "counting, background": CompartmentCount(45, 1_000_000, leaked=LEAKED),
    "counting, background, cuts": CompartmentCount(45, 1_000_000, 34, 60, leaked=LEAKED),
}


def burden(count: CompartmentCount) -> object:
    """Limits of one burden, from the counts on."""
    posterior = burden_posterior(count, FRACTION)
    assert posterior is not None
    return posterior.quantile(LIMITS)


def drawn() -> object:
    """The plain burden by a million draws: about three digits of each limit."""
    rng = np.random.default_rng(1)
    return np.quantile(rng.gamma(45.5, 1e-6, 1_000_000) * rng.beta(12.5, 28.5, 1_000_000), LIMITS)


def many(number: int = 10_000) -> None:
    """Time as many burdens as a study of studies has."""
    start = time.perf_counter()
    for events in range(number):
        burden(CompartmentCount(events % 200, 1_000_000))
    print(f"{number:,} burdens: {time.perf_counter() - start:.1f} s")


def fall() -> None:
    """Time the change between two visits."""
    before, after = (burden_posterior(count, FRACTION) for count in list(COUNTS.values())[:2])
    assert before is not None
    assert after is not None
    start = time.perf_counter()
    log_ratio(before.line, after.line).quantile(LIMITS)
    print(f"change between two visits: {1e3 * (time.perf_counter() - start):.1f} ms")


if __name__ == "__main__":
    for name, count in COUNTS.items():
        compare(name, lambda count=count: burden(count), drawn, against="a million draws", rounds=9)
    fall()
    many()
