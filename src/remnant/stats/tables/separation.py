"""Separation in logistic regression: which coefficients have no finite maximum likelihood estimate.

A direction b makes the likelihood rise for ever where no row loses by it: x b >= 0 where all trials
succeeded, x b <= 0 where none did, x b = 0 where some did. The directions form a cone; a coefficient is
infinite where the cone reaches up or down along it, which two linear programmes tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog


@dataclass(frozen=True)
class InfiniteCoefficients:
    """Where maximum likelihood runs to.

    Parameters
    ----------
    upward, downward : tuple of bool, length coefficients
        Whether the likelihood keeps rising towards plus and minus infinity; both for a coefficient that the
        data leave open.
    """

    upward: tuple[bool, ...]
    downward: tuple[bool, ...]

    @property
    def any(self) -> bool:
        """Whether any coefficient is infinite."""
        return any(self.upward) or any(self.downward)


def infinite_coefficients(
    design: npt.ArrayLike, successes: npt.ArrayLike, trials: npt.ArrayLike
) -> InfiniteCoefficients:
    """Find separation exactly, before any fit.

    Parameters
    ----------
    design : array-like, shape (rows, coefficients)
        Of full rank over the rows that have trials.
    successes, trials : array-like, shape (rows,)
        0 <= successes <= trials; a row without trials says nothing.

    References
    ----------
    Albert & Anderson (1984) Biometrika 71:1-10; Konis (2007) DPhil thesis, Oxford (linear programmes).

    Examples
    --------
    >>> infinite_coefficients([[1, 0], [1, 1]], [0, 3], [10, 10])
    InfiniteCoefficients(upward=(False, True), downward=(True, False))
    """
    x, k, n = (np.asarray(part, float) for part in (design, successes, trials))
    told = n > 0
    x, k, n = x[told], k[told], n[told]
    mixed = (k > 0) & (k < n)
    pure = np.where(k == 0, 1.0, -1.0)[~mixed, None] * x[~mixed]
    if not len(pure):
        finite = (False,) * x.shape[1]
        return InfiniteCoefficients(finite, finite)

    level = x[mixed] if mixed.any() else None
    nothing = None if level is None else np.zeros(len(level))

    def reach(sign: float, column: int) -> bool:
        aim = np.zeros(x.shape[1])
        aim[column] = -sign
        found = linprog(
            aim, A_ub=pure, b_ub=np.zeros(len(pure)), A_eq=level, b_eq=nothing, bounds=(-1, 1), method="highs"
        )
        assert found.success, found.message  # the origin is always feasible, and the box is bounded
        assert found.x is not None
        return bool(found.x[column] * sign > 1e-7)

    columns = range(x.shape[1])
    return InfiniteCoefficients(*(tuple(reach(sign, column) for column in columns) for sign in (1.0, -1.0)))
