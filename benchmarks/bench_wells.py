"""Limiting dilution: one plate, and plates in a batch, against an optimiser plate by plate."""

from __future__ import annotations

from time import perf_counter

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import chdtri
from side_by_side import compare

from remnant.stats.wells.dilution import log_likelihood, maximum_likelihood
from remnant.stats.wells.limits import profile_limits, wald_limits

PLATES, MANY = 500, 100_000
DOSE = np.array([50.0, 100, 200, 400])
TESTED = np.full(4, 24.0)


def main() -> None:
    """Draw plates and measure."""
    rng = np.random.default_rng(2)
    positive = rng.binomial(24, -np.expm1(-DOSE / 300), (MANY, 4)).astype(float)
    positive[positive.sum(axis=1) == 0, -1] = 1
    few = positive[:PLATES]

    def best_of(hits: np.ndarray) -> float:
        loss = lambda x: -log_likelihood(np.exp(x), DOSE, TESTED, hits)  # noqa: E731
        return float(minimize_scalar(loss, bounds=(-20, 0), method="bounded", options={"xatol": 1e-9}).x)

    def optimiser() -> list[float]:
        return [float(np.exp(best_of(hits))) for hits in few]

    def batch() -> np.ndarray:
        return maximum_likelihood(DOSE, TESTED, few)

    assert np.allclose(batch(), optimiser(), rtol=1e-5)
    compare(f"{PLATES} frequencies in a batch", batch, optimiser, against="scipy, plate by plate", rounds=3)

    def one() -> float:
        hits = positive[0]
        best = maximum_likelihood(DOSE, TESTED, hits)
        return float(profile_limits(best, DOSE, TESTED, hits)[0])

    def one_by_roots() -> float:
        hits = positive[0]
        best = best_of(hits)
        floor = log_likelihood(np.exp(best), DOSE, TESTED, hits) - chdtri(1, 0.05) / 2
        above = lambda x: float(log_likelihood(np.exp(x), DOSE, TESTED, hits) - floor)  # noqa: E731
        brentq(above, best, best + 3)
        return float(np.exp(brentq(above, best - 3, best)))

    assert np.isclose(one(), one_by_roots(), rtol=1e-6)
    compare("one plate with profile limits", one, one_by_roots, against="scipy optimiser and roots")

    def limits_of(hits: np.ndarray) -> np.ndarray:
        best = maximum_likelihood(DOSE, TESTED, hits)
        return np.stack([*wald_limits(best, DOSE, TESTED), *profile_limits(best, DOSE, TESTED, hits)])

    def one_by_one() -> list[np.ndarray]:
        return [limits_of(hits) for hits in few]

    assert np.allclose(limits_of(few).T, one_by_one(), rtol=1e-9)
    compare(
        f"{PLATES} plates, Wald and profile limits, in a batch",
        lambda: limits_of(few),
        one_by_one,
        against="one by one",
        rounds=3,
    )
    start = perf_counter()
    best = maximum_likelihood(DOSE, TESTED, positive)
    wald_limits(best, DOSE, TESTED)
    middle = perf_counter()
    profile_limits(best, DOSE, TESTED, positive)
    print(
        f"{MANY:,} plates: {middle - start:.2f} s with Wald limits, {perf_counter() - middle:.2f} s for "
        "profile limits more"
    )


if __name__ == "__main__":
    main()
