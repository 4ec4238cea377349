"""Comparing compartments: the mixed model against an optimiser on plain quadrature; the exact answers."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.optimize import brentq, minimize
from scipy.special import expit
from side_by_side import compare

from remnant.stats.tables.exact import stratified_odds_ratio
from remnant.stats.tables.firth import firth_test
from remnant.stats.tables.mixed_logistic import mixed_logistic
from remnant.stats.tables.strata import Strata, strata

PATIENTS = 10


def draw(rng: np.random.Generator) -> Strata:
    """Ten patients, 40 stem and 200 progenitor nuclei each."""
    u = rng.normal(size=PATIENTS)
    n1, n2 = np.full(PATIENTS, 40), np.full(PATIENTS, 200)
    return strata(rng.binomial(n1, expit(u)), n1, rng.binomial(n2, expit(u - 2)), n2)


def plain(tables: Strata, nodes: int = 150) -> list[float]:
    """Estimate, profile limits and test, by Nelder-Mead on quadrature about zero, without derivatives."""
    z, weight = hermgauss(nodes)
    k, n = np.stack([tables.k1, tables.k2]), np.stack([tables.n1, tables.n2])

    def loss(theta: np.ndarray) -> float:
        total = np.zeros((PATIENTS, nodes))
        for x, hits, trials in zip((1.0, 0.0), k, n, strict=True):
            eta = theta[0] + theta[1] * x + np.exp(theta[2]) * np.sqrt(2) * z
            total += hits[:, None] * eta - trials[:, None] * np.logaddexp(0, eta)
        return -float(np.log(np.exp(total) @ weight / np.sqrt(np.pi)).sum())

    options = {"xatol": 1e-6, "fatol": 1e-9, "maxiter": 2000}
    best = minimize(loss, [-2.0, 1.0, 0.0], method="Nelder-Mead", options=options)

    def fall(value: float) -> float:
        start = best.x[[0, 2]]
        rest = minimize(
            lambda b: loss(np.array([b[0], value, b[1]])), start, method="Nelder-Mead", options=options
        )
        return 2 * (rest.fun - best.fun)

    limits = [
        brentq(lambda x: fall(x) - 3.841458821, best.x[1], best.x[1] + side, xtol=1e-6) for side in (-2, 2)
    ]
    return [best.x[1], *limits, fall(0.0)]


def main() -> None:
    """Draw patients and measure."""
    tables = draw(np.random.default_rng(5))
    found, theirs = mixed_logistic(tables), plain(tables)
    assert found is not None
    assert np.allclose([found.log_odds, found.lower, found.upper, found.chi_square], theirs, atol=5e-3)
    compare(
        f"mixed model of {PATIENTS} patients, with profile limits and test",
        lambda: mixed_logistic(tables),
        lambda: plain(tables),
        against="Nelder-Mead on plain quadrature",
    )
    counts = tables.k1, tables.n1, tables.k2, tables.n2
    people, ones = np.eye(PATIENTS), np.ones((PATIENTS, 1))
    design = np.block([[people, ones], [people, 0 * ones]])
    k, n = np.append(tables.k1, tables.k2), np.append(tables.n1, tables.n2)
    compare(
        "exact common odds ratio, all limits",
        lambda: stratified_odds_ratio(*counts),
        lambda: firth_test(design, k, n, column=PATIENTS),
        against="Firth with profile limits",
    )


if __name__ == "__main__":
    main()
