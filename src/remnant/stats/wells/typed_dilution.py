"""Two kinds of units in one limiting-dilution plate, their colonies told apart in each well.

Normal and clonal units fall into wells independently, at h_n = f_n d and h_c = f_c d a well, so that

    P(negative) = exp(-h_n - h_c),          P(normal only) = (1 - exp(-h_n)) exp(-h_c),
    P(clone only) = exp(-h_n)(1 - exp(-h_c)),  P(both) = (1 - exp(-h_n))(1 - exp(-h_c)),
    P(positive, not typed) = 1 - exp(-h_n - h_c).

With every positive well typed the likelihood parts into two single-hit plates. Untyped wells join them, so
each quantity is profiled: the other is set to its best value at every point.

log L is a sum of -x and log(1 - exp(-x)), both concave, at x linear in the frequencies: it is concave in
(f_n, f_c). So it has one maximum along every straight line, and its profiles over f_n, f_c and their ratio
have one too. With h = f d and g = h / (exp(h) - 1), d log(1 - exp(-h)) / d log f = g and
dg / d log f = g (1 - h - g).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.wells.dilution import per_hit


@dataclass(frozen=True)
class TypedPlate:
    """Wells of a plate by what grew in them; all arrays of shape (doses,).

    Parameters
    ----------
    dose : ndarray
        Cells per well, > 0.
    negative, normal_only, clone_only, both, untyped : ndarray
        Wells of each kind; `untyped` are positive.
    """

    dose: FloatArray
    negative: FloatArray
    normal_only: FloatArray
    clone_only: FloatArray
    both: FloatArray
    untyped: FloatArray

    @property
    def normal_wells(self) -> float:
        """Wells known to hold a normal unit."""
        return float((self.normal_only + self.both).sum())

    @property
    def clone_wells(self) -> float:
        """Wells known to hold a unit of the clone."""
        return float((self.clone_only + self.both).sum())

    def swapped(self) -> TypedPlate:
        """The same plate with the two kinds exchanged."""
        return TypedPlate(
            self.dose, self.negative, self.clone_only, self.normal_only, self.both, self.untyped
        )


def log_likelihood(normal: npt.ArrayLike, clone: npt.ArrayLike, plate: TypedPlate) -> FloatArray:
    """Log-likelihood of the two frequencies (per cell, any one shape), up to a constant."""
    h_n = np.asarray(normal, float)[..., None] * plate.dose
    h_c = np.asarray(clone, float)[..., None] * plate.dose
    hit_n, hit_c, hit = -np.expm1(-h_n), -np.expm1(-h_c), -np.expm1(-h_n - h_c)
    value = xlogy(plate.normal_only + plate.both, hit_n) - h_n * (plate.negative + plate.clone_only)
    value += xlogy(plate.clone_only + plate.both, hit_c) - h_c * (plate.negative + plate.normal_only)
    return np.asarray(np.sum(value + xlogy(plate.untyped, hit), axis=-1))


@dataclass(frozen=True)
class Slopes:
    """Derivatives of `log_likelihood` in log normal (n) and log clonal (c) frequency.

    Parameters
    ----------
    n, c : ndarray
        First derivatives.
    nn, nc, cc : ndarray
        Second derivatives.
    """

    n: FloatArray
    c: FloatArray
    nn: FloatArray
    nc: FloatArray
    cc: FloatArray


def slopes(log_normal: FloatArray, log_clone: FloatArray, plate: TypedPlate) -> Slopes:
    """Derivatives of `log_likelihood` at log frequencies, both of any one shape."""
    h_n, h_c = np.exp(log_normal)[..., None] * plate.dose, np.exp(log_clone)[..., None] * plate.dose
    h = h_n + h_c
    g_n, g_c, g = per_hit(np.stack([h_n, h_c, h]))
    normal, clone = (plate.normal_only + plate.both) * g_n, (plate.clone_only + plate.both) * g_c
    lost_n = (plate.negative + plate.clone_only) * h_n
    lost_c = (plate.negative + plate.normal_only) * h_c
    # The hit of an untyped well is normal by its share of h; d share_n / d log f_n = share_n share_c.
    share_n, share_c, fall = h_n / h, h_c / h, h + g
    untyped_n, untyped_c = plate.untyped * g * share_n, plate.untyped * g * share_c
    return Slopes(
        n=(normal - lost_n + untyped_n).sum(-1),
        c=(clone - lost_c + untyped_c).sum(-1),
        nn=(normal * (1 - h_n - g_n) - lost_n + untyped_n * (1 - share_n * fall)).sum(-1),
        nc=-(untyped_n * share_c * fall).sum(-1),
        cc=(clone * (1 - h_c - g_c) - lost_c + untyped_c * (1 - share_c * fall)).sum(-1),
    )
