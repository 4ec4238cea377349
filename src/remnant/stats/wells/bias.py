"""Bias-corrected frequency of a limiting dilution.

The maximum-likelihood frequency is too high on average, by b(f) = sum n d^3 q/p / (2 I^2) to first order,
with q = exp(-f d) = 1 - p and I = sum n d^2 q/p, the information in f. Firth's modified score U(f) - I b = 0
takes this out beforehand. Here it reads

    sum s d q/p - sum r d - A(f) / 2 = 0,      A = sum n d^3 q/p / sum n d^2 q/p,

as if half a negative well more had been scored, at the mean dose A that informs. So the estimate stays
finite where every well is positive, and is 0 where none is. With exact cell numbers, f' = 1 - exp(-f), the
bias of f' asks for A - 1 in place of A: one cell a well counts without bias.

References
----------
Firth (1993) Biometrika 80:27-38, doi:10.1093/biomet/80.1.27; for limiting dilution Mehrabi & Matthews (1995)
Biometrics 51:1543-1549 (citation to complete).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.numerics.roots import falling_root
from remnant.stats.wells.dilution import maximum_likelihood, per_hit, plate


def bias_corrected(
    dose: npt.ArrayLike, tested: npt.ArrayLike, positive: npt.ArrayLike, *, observed: bool = False
) -> FloatArray:
    """Frequency of each plate with the first-order bias taken out.

    Parameters
    ----------
    dose : array-like, shape (..., doses)
        Cells per well, > 0 where wells were scored.
    tested, positive : array-like, shape (..., doses)
        Wells scored, and those of them with a colony.
    observed : bool, default False
        Whether wells hold exactly `dose` cells: the frequency that `exact_cells` makes of the rate is
        corrected then, not the rate.

    Returns
    -------
    ndarray, shape (...)
        Rate per cell plated: 0 where no well is positive; finite where all are, but for wells of one cell
        that are `observed`.
    """
    d, n, s = plate(dose, tested, positive)
    cell = 1.0 if observed else 0.0
    some = s.sum(-1) > 0
    scored = n > 0
    least = np.where(scored, d, np.inf).min(-1)
    most = np.where(scored, d, 0.0).max(-1)
    # A lies among the doses, so half a negative well at either end brackets the root.
    bounds = [_with_half_a_well(d, n, s, np.maximum(at - cell, 0.0)) for at in (most, least)]
    endless = some & np.isinf(bounds[1]) & (least <= cell)
    some &= ~endless
    low, high = (np.log(np.where(some, bound, 1.0)) for bound in bounds)

    def modified(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        rate = np.exp(theta)
        hits = rate[..., None] * d
        each = per_hit(hits)
        weight = n * d * each
        total = weight.sum(-1)
        share = weight / np.where(total > 0, total, 1.0)[..., None]
        mean = np.where(total > 0, (share * d).sum(-1), least)
        drift = (share * (d - mean[..., None]) * (hits + each)).sum(-1)  # -dA / d theta
        value = np.sum(s * each - (n - s) * hits, axis=-1) - rate * (mean - cell) / 2
        slope = (
            np.sum(s * each * (1 - hits - each) - (n - s) * hits, axis=-1) - rate * (mean - cell - drift) / 2
        )
        return value, slope

    found = np.exp(falling_root(modified, low, high))
    return np.where(endless, np.inf, np.where(some, found, 0.0))


def _with_half_a_well(d: FloatArray, n: FloatArray, s: FloatArray, at: FloatArray) -> FloatArray:
    half, none = np.full_like(at, 0.5), np.zeros_like(at)
    columns = ((d, at), (n, half), (s, none))
    return maximum_likelihood(*(np.concatenate([x, more[..., None]], axis=-1) for x, more in columns))
