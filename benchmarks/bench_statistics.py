"""The joint FISH posterior against draws."""

from __future__ import annotations

import numpy as np
from side_by_side import compare

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.fractions.pair import Count, pair_posterior


def main() -> None:
    """Measure."""
    rng = np.random.default_rng(2)

    def quadrature() -> float:
        pair = pair_posterior(
            Count(12, 40), Count(1, 150), fp=Beta(8, 1992), fn=Beta(2, 98), purity=Beta(190, 10)
        )
        return float(pair.difference_cdf(0.0))

    def simulation() -> float:
        """The same probability by importance sampling with 200,000 draws: three digits at best."""
        draws = 200_000
        stem, progenitor = rng.beta(0.5, 0.5, (2, draws))
        fp, fn, purity = rng.beta(8, 1992, draws), rng.beta(2, 98, draws), rng.beta(190, 10, draws)
        log_weight = np.zeros(draws)
        for k, n, x in ((12, 40, purity * stem + (1 - purity) * progenitor), (1, 150, progenitor)):
            p = x * (1 - fn) + (1 - x) * fp
            log_weight += k * np.log(p) + (n - k) * np.log1p(-p)
        weight = np.exp(log_weight - log_weight.max())
        return float(weight[stem < progenitor].sum() / weight.sum())

    compare("joint posterior of two slides", quadrature, simulation, against="200,000 importance draws")


if __name__ == "__main__":
    main()
