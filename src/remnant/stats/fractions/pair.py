"""Two compartments of one sample, read with the same probe: their fractions, jointly.

The slides share the probe's errors (fp, fn) and, through sort impurity, cells: the stem slide holds
h = purity pi_s + (1 - purity) pi_p. So the two fractions are not independent, and their difference on
log odds,

    delta = logit(pi_s) - logit(pi_p) = 2 log(tan(angle_s) / tan(angle_p)),

is read from the joint posterior. Everything is deterministic quadrature: sums over error nodes are one
matrix product, the stem fraction lies on an even angle grid, the progenitor fraction on Gauss nodes
crowded towards 0 and 1, where delta changes fastest. A likelihood is even about either end of such a grid,
or has vanished there, so a quarter of the stem points determine the others by their cosine series.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import leggauss, legvander

from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import JEFFREYS, Beta, ErrorNodes, Rate, beta_nodes, error_nodes
from remnant.stats.fractions.misclassification import impure, log_likelihood, node_log_likelihood
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.columns import Columns
from remnant.stats.numerics.posterior import (
    STRIDE,
    GridPosterior,
    angle_to_fraction,
    fill,
    log_beta_density,
    support,
)
from remnant.stats.numerics.roots import falling_root

STEM_POINTS, PROGENITOR_NODES, PURITY_NODES = 385, 160, 12


@dataclass(frozen=True)
class PairPosterior:
    """Joint posterior of the fractions of two compartments.

    Parameters
    ----------
    stem_angle : ndarray, shape (stem points,)
        Even grid.
    progenitor_span : (float, float)
        Angles between which the progenitor fraction lies.
    progenitor_angle, progenitor_weight : ndarray, shape (nodes,)
        Quadrature nodes there, and their weights.
    sparse_likelihood : ndarray, shape ((stem points - 1) / STRIDE + 1, nodes)
        Of both slides at every so many-th stem angle, errors and purity averaged out, up to a constant.
    stem_prior, progenitor_prior : ndarray
        Prior densities per unit of angle.
    """

    stem_angle: FloatArray
    progenitor_span: tuple[float, float]
    progenitor_angle: FloatArray
    progenitor_weight: FloatArray
    sparse_likelihood: FloatArray
    stem_prior: FloatArray
    progenitor_prior: FloatArray

    @cached_property
    def _weight(self) -> FloatArray:
        """What each progenitor node stands for."""
        return self.progenitor_weight * self.progenitor_prior

    @cached_property
    def stem(self) -> GridPosterior:
        """Posterior of the stem fraction."""
        likelihood = np.maximum(fill(self.sparse_likelihood @ self._weight), 0.0)
        return GridPosterior(angle_to_fraction(self.stem_angle), likelihood * self.stem_prior)

    @cached_property
    def progenitor(self) -> GridPosterior:
        """Posterior of the progenitor fraction."""
        # Between Gauss nodes a density is read from its Legendre series, which those nodes determine.
        x, weight = _gauss(len(self.progenitor_angle))
        degree = np.arange(len(x))
        series = (
            (2 * degree + 1)
            / 2
            * ((weight * self.progenitor_prior * self._columns_mass) @ legvander(x, len(x) - 1))
        )
        v = np.linspace(0, 1, 769)
        density = legvander(2 * v - 1, len(x) - 1) @ series
        low, high = self.progenitor_span
        angle = low + (high - low) * v**2 * (3 - 2 * v)
        return GridPosterior(angle_to_fraction(angle), np.maximum(density, 0.0))

    @cached_property
    def _likelihood(self) -> Columns:
        return Columns.through(self.stem_angle, np.maximum(fill(self.sparse_likelihood), 0.0))

    @cached_property
    def _columns(self) -> Columns:
        """Density of the stem angle at each progenitor node, up to its own constant and prior."""
        if np.ptp(self.stem_prior) == 0:  # the Jeffreys prior is flat in the angle
            return self._likelihood
        likelihood = np.maximum(fill(self.sparse_likelihood), 0.0)
        return Columns.through(self.stem_angle, likelihood * self.stem_prior[:, None])

    @cached_property
    def _integral(self) -> Columns:
        return self._columns.integral()

    @cached_property
    def _columns_mass(self) -> FloatArray:
        return self._integral(np.full(len(self.progenitor_angle), self.stem_angle[-1]))

    def difference_cdf(self, delta: npt.ArrayLike) -> FloatArray:
        """Probability that logit(stem) - logit(progenitor) is at most `delta`."""
        mass = self._integral(self._stem_at(np.asarray(delta, float))) @ self._weight
        return np.asarray(mass / (self._columns_mass @ self._weight))

    def difference_quantile(self, probability: npt.ArrayLike) -> FloatArray:
        """Log-odds difference that the truth stays below with `probability`, in (0, 1)."""
        wanted = np.asarray(probability, float)
        total = self._columns_mass @ self._weight

        def short(delta: FloatArray) -> tuple[FloatArray, FloatArray]:
            angle = self._stem_at(delta)
            mass = self._integral(angle) @ self._weight
            # delta = 2 log tan(angle) + constant, so d angle / d delta = sin(2 angle) / 4.
            rise = (self._columns(angle) * np.sin(2 * angle) / 4) @ self._weight
            return wanted - mass / total, -rise / total

        ends = np.full(wanted.shape, 80.0)
        return falling_root(short, -ends, ends, tolerance=1e-13)

    def difference_likelihood(self, delta: FloatArray) -> FloatArray:
        """Likelihood of a log-odds difference, the progenitor fraction averaged over its own prior.

        For pooling patients: no prior on the difference is in it, so one may be put there once.

        Returns
        -------
        ndarray, shape of `delta`
            Up to a constant.
        """
        angle = self._stem_at(np.asarray(delta, float))
        return np.asarray(np.maximum(self._likelihood(angle), 0.0) @ self._weight)

    def _stem_at(self, delta: FloatArray) -> FloatArray:
        """Stem angle that lies `delta` above each progenitor node, shape (..., nodes)."""
        ratio = np.exp(np.clip(delta, -160, 160) / 2)[..., None]
        return np.asarray(np.arctan2(ratio * np.sin(self.progenitor_angle), np.cos(self.progenitor_angle)))


def pair_posterior(
    stem: Count,
    progenitor: Count,
    *,
    fp: Rate,
    fn: Rate,
    purity: Beta | float = 1.0,
    prior: Beta = JEFFREYS,
    nodes: tuple[int, int] | None = None,
) -> PairPosterior:
    """Weigh the slides of two compartments of one sample together.

    Parameters
    ----------
    stem, progenitor : Count
        The sorted compartment, and the one that contaminates it, each with its own correlation of the cells
        of a slide; a compartment that was not scored is 0 of 0, and its fraction then keeps its prior.
    fp, fn : Beta, float or None
        What is known of the probe's error rates, shared by both slides; a number is exact, None: no error.
    purity : Beta or float, default 1
        Part of the stem sort that is stem cells, as known from a re-run or as a fixed number.
    prior : Beta, default Jeffreys
        Of each fraction.
    nodes : (int, int), optional
        Gauss nodes over fp and fn, in place of those that suit the counts.
    """
    errors = error_nodes(fp, fn, (stem, progenitor), nodes=nodes)
    likely = _likely(progenitor, errors)
    span = float(likely[0]), float(likely[-1])
    angle_p, weight_p = _crowded_nodes(*span)
    fraction_p = angle_to_fraction(angle_p)
    # The stem slide sees only h, so one table over h serves every pair of fractions.
    angle_s = angle_h = _likely(stem, errors)
    sparse = _shared_errors(stem, progenitor, angle_to_fraction(angle_h[::STRIDE]), fraction_p, errors)
    if purity != 1.0:
        table = Columns.through(angle_h, fill(sparse))
        # First a coarse look over every fraction, then a fine one where something is.
        coarse = np.linspace(0, np.pi / 2, 129)
        seen = _impure_likelihood(table.every(4), coarse, fraction_p[::4], purity).max(1)
        some = np.flatnonzero(seen > 1e-13 * seen.max())
        first, last = max(some[0] - 1, 0), min(some[-1] + 1, len(coarse) - 1)
        angle_s = np.linspace(coarse[first], coarse[last], STEM_POINTS)
        sparse = _impure_likelihood(table, angle_s[::STRIDE], fraction_p, purity)
    priors = [np.exp(log_beta_density(angle, prior.a, prior.b)) for angle in (angle_s, angle_p)]
    return PairPosterior(angle_s, span, angle_p, weight_p, sparse / sparse.max(), *priors)


def _likely(count: Count, errors: ErrorNodes) -> FloatArray:
    """Even grid over the angles that `count` leaves likely."""
    few = errors.thinned

    def log_density(angle: FloatArray) -> FloatArray:
        return log_likelihood(count, angle_to_fraction(angle), few)

    return support(log_density, points=STEM_POINTS)


@lru_cache(maxsize=8)  # their cost is that of the whole likelihood
def _gauss(count: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes on [-1, 1], and weights."""
    nodes, weight = leggauss(count)
    nodes.flags.writeable = weight.flags.writeable = False
    return nodes, weight


def _crowded_nodes(low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Gauss nodes on [low, high], crowded towards both ends by the map v^2 (3 - 2 v), and weights."""
    x, weight = _gauss(PROGENITOR_NODES)
    v = (x + 1) / 2
    return low + (high - low) * v**2 * (3 - 2 * v), (high - low) * 3 * v * (1 - v) * weight


def _shared_errors(
    stem: Count, progenitor: Count, held: FloatArray, fraction_p: FloatArray, errors: ErrorNodes
) -> FloatArray:
    """Likelihood of both slides, averaged over the error rates that they share, shape (h, p)."""
    first = node_log_likelihood(stem, held, errors)
    second = node_log_likelihood(progenitor, fraction_p, errors)
    # Below 1e-130 of the largest nothing counts, and products of such numbers would be slow: they underflow.
    stem_slide, progenitor_slide = (np.exp(np.maximum(x - x.max(), -300.0)) for x in (first, second))
    # Not a matrix product of BLAS: on so few numbers its threads cost several times what they save.
    return np.asarray(np.einsum("he,pe->hp", stem_slide * errors.weight, progenitor_slide))


def _impure_likelihood(
    table: Columns, angle_s: FloatArray, fraction_p: FloatArray, purity: Beta | float
) -> FloatArray:
    """Read the table at the mixture of each pair of fractions, averaged over purity, shape (s, p)."""
    share, weights = (
        beta_nodes(purity, PURITY_NODES) if isinstance(purity, Beta) else (np.array([purity]), np.ones(1))
    )
    fraction_s = angle_to_fraction(angle_s)[:, None]
    total = np.zeros((len(angle_s), len(fraction_p)))
    for q, weight in zip(share, weights, strict=True):
        # The arc sine loses digits near a quarter turn, where the likelihood is flat: it is even about it.
        held = impure(fraction_s, fraction_p, q)
        angle = np.arcsin(np.sqrt(np.minimum(held, 1.0, out=held), out=held), out=held)
        total += weight * table(angle)
    return total
