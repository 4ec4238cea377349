"""Comparing compartments: the mixed model against an optimiser on plain quadrature; the exact answers alone."""

from __future__ import annotations

import numpy as np
from numpy.polynomial.hermite import hermgauss
from scipy.optimize import minimize
from scipy.special import expit, gammaln
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


def plain_fit(tables: Strata, nodes: int = 60) -> np.ndarray:
    """Maximum by Nelder-Mead of quadrature about zero, without derivatives."""
    z, weight = hermgauss(nodes)
    k, n = np.stack([tables.k1, tables.k2]), np.stack([tables.n1, tables.n2])
    constant = float((gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)).sum())

    def loss(theta: np.ndarray) -> float:
        total = np.zeros((PATIENTS, nodes))
        for x, hits, trials in zip((1.0, 0.0), k, n, strict=True):
            eta = theta[0] + theta[1] * x + np.exp(theta[2]) * np.sqrt(2) * z
            total += hits[:, None] * eta - trials[:, None] * np.logaddexp(0, eta)
        return -float(np.log(np.exp(total) @ weight / np.sqrt(np.pi)).sum()) - constant

    options = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2000}
    return np.asarray(minimize(loss, [-2.0, 1.0, 0.0], method="Nelder-Mead", options=options).x)


def main() -> None:
    """Draw patients and measure."""
    tables = draw(np.random.default_rng(5))
    found, plain = mixed_logistic(tables), plain_fit(tables)
    assert found is not None
    assert np.isclose(found.log_odds, plain[1], atol=1e-3)
    name = f"mixed model of {PATIENTS} patients, with profile limits and test"
    compare(
        name, lambda: mixed_logistic(tables), lambda: plain_fit(tables), against="Nelder-Mead, estimate alone"
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
