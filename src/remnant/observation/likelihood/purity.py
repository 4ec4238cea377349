r"""What a re-run says of the purity of a sort, as nodes and weights of a Gauss-Jacobi rule.

Of N sorted events K fall into the gate again, so the purity is Beta(K + 1/2, N - K + 1/2) (Jeffreys), and

    int g(purity) Beta(purity; a, b) d purity  =  sum_j w_j g(purity_j),

exact for polynomials of degree 2 J - 1. Nodes are the eigenvalues of the Jacobi matrix, and the weights the
squares of the first components of its eigenvectors (Golub & Welsch, Math Comp 1969;23:221): they sum to 1
whatever a and b are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh_tridiagonal
from scipy.special import logsumexp

from remnant.stats.fractions.error_rates import JEFFREYS
from remnant.stats.numerics.log_mass import beta_binomial

FloatArray = NDArray[np.float64]
ACCURACY, DEPTH = 1e-3, 25.0  # of a log likelihood, where it is less than DEPTH below its best
CHOICES, FINEST = (4, 6, 8, 10, 12, 16, 20, 24, 32, 48), 96
GOOD_PROBE, AGREE = 0.005, 1000.0  # errors and phi that make a likelihood as narrow as it may be
NEVER = -1e6  # log weight of a node that only fills up a row


def beta_rule(a: float, b: float, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights, of shape (nodes,), for the mean of a function under Beta(a, b).

    Examples
    --------
    >>> x, w = beta_rule(2.0, 3.0, 4)
    >>> round(float(w @ x), 12), round(float(w @ x**2), 12)
    (0.4, 0.2)
    """
    alpha, beta = b - 1, a - 1  # of the Jacobi weight (1 - t)^alpha (1 + t)^beta, t = 2 x - 1
    n = np.arange(nodes, dtype=float)
    twice = 2 * n + alpha + beta
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (beta**2 - alpha**2) / (twice * (twice + 2))
        m, s = n[1:], twice[1:]
        beside = 4 * m * (m + alpha) * (m + beta) * (m + alpha + beta) / (s**2 * (s + 1) * (s - 1))
    # Two ratios are 0 / 0 where alpha + beta is 0 or -1; what is divided out is their limit.
    middle[0] = (beta - alpha) / (alpha + beta + 2)
    if nodes > 1:
        beside[0] = 4 * (1 + alpha) * (1 + beta) / ((2 + alpha + beta) ** 2 * (3 + alpha + beta))
    t, vectors = eigh_tridiagonal(middle, np.sqrt(beside))
    weights = vectors[0] ** 2
    return np.clip((t + 1) / 2, 0.0, 1.0), weights / weights.sum()


def purity_rule(rerun: tuple[int, int] | None, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return purities and the logarithm of their weights, both of shape (nodes,).

    Parameters
    ----------
    rerun : (int, int) or None
        Events inside the gate, of those re-run; None where no re-run was made, which counts as pure.
    nodes : int
        At least 1.
    """
    if rerun is None:
        log_weights = np.full(nodes, NEVER)
        log_weights[0] = 0.0
        return np.ones(nodes), log_weights
    inside, events = rerun
    known = JEFFREYS.updated(inside, events)
    x, weights = beta_rule(known.a, known.b, nodes)
    return x, np.log(np.maximum(weights, 1e-300))


def nodes_needed(slides: Sequence[tuple[tuple[int, int] | None, Sequence[tuple[int, int]]]]) -> int:
    """Return how many nodes integrate every compartment's slides to `ACCURACY` in the log likelihood.

    Parameters
    ----------
    slides : sequence of ((int, int) or None, sequence of (int, int))
        Re-run of each compartment, and abnormal and scored nuclei of its slides.
    """
    known = [(rerun, counts) for rerun, counts in slides if rerun is not None]
    if not known:
        return 1
    exact = [_trials(*one, FINEST) for one in known]
    near = [found > found.max() - DEPTH for found in exact]
    for nodes in CHOICES:
        tried = [_trials(*one, nodes) for one in known]
        away = [np.abs(a - b)[here].max() for a, b, here in zip(tried, exact, near, strict=True)]
        if max(away) < ACCURACY:
            return nodes
    return CHOICES[-1]


def _trials(rerun: tuple[int, int], counts: Sequence[tuple[int, int]], nodes: int) -> FloatArray:
    """Log likelihood at corners of fraction and contaminant, for a good probe and slides that agree well."""
    x, log_weight = purity_rule(rerun, nodes)
    corners = np.array([(f, g) for f in (0.0, 0.1, 0.5, 0.9, 1.0) for g in (0.0, 0.5, 1.0)])
    mixed = corners[:, :1] * x + corners[:, 1:] * (1 - x)
    chance = mixed * (1 - GOOD_PROBE) + (1 - mixed) * GOOD_PROBE
    each = [beta_binomial(k, n, chance * AGREE, (1 - chance) * AGREE) for k, n in counts]
    return np.asarray(logsumexp(np.sum(each, axis=0) + log_weight, axis=1))
