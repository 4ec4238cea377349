"""Several tests of one question: p adjusted so that the more is asked, the more each must show.

Holm bounds the chance of any false finding; Benjamini-Hochberg the expected share of false ones among the
findings. Both are step procedures on the sorted p, and both keep their order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray


def holm(p: npt.ArrayLike) -> FloatArray:
    """Adjust p by Holm's step-down procedure, valid under any dependence between the tests.

    Parameters
    ----------
    p : array-like, shape (tests,)
        Each in [0, 1], or NaN where a test could not be made: it stays NaN and is not counted.

    Returns
    -------
    ndarray, shape (tests,)
        A test is a finding at family-wise error a where its adjusted p is at most a.

    References
    ----------
    Holm (1979) Scand J Stat 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values, made, order = _sorted(p)
    count = len(order)
    stepped = np.maximum.accumulate(values[made][order] * np.arange(count, 0, -1))
    return _returned(values, made, order, stepped)


def benjamini_hochberg(p: npt.ArrayLike) -> FloatArray:
    """Adjust p by Benjamini and Hochberg's step-up procedure, for independent or positively dependent tests.

    Parameters
    ----------
    p : array-like, shape (tests,)
        Each in [0, 1], or NaN where a test could not be made: it stays NaN and is not counted.

    Returns
    -------
    ndarray, shape (tests,)
        A test is a finding at false discovery rate q where its adjusted p is at most q.

    References
    ----------
    Benjamini & Hochberg (1995) J R Stat Soc B 57:289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.02]).tolist()
    [0.03, 0.04, 0.03]
    """
    values, made, order = _sorted(p)
    count = len(order)
    raised = values[made][order] * (count / np.arange(1, count + 1))
    stepped = np.minimum.accumulate(raised[::-1])[::-1]
    return _returned(values, made, order, stepped)


def _sorted(p: npt.ArrayLike) -> tuple[FloatArray, npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Every p, which of them were made, and their order from the smallest."""
    values = np.atleast_1d(np.asarray(p, float))
    made = ~np.isnan(values)
    assert values.ndim == 1, "one p of each test"
    assert ((values[made] >= 0) & (values[made] <= 1)).all(), "a p lies from 0 to 1"
    return values, made, np.argsort(values[made], kind="stable")


def _returned(
    values: FloatArray, made: npt.NDArray[np.bool_], order: npt.NDArray[np.intp], stepped: FloatArray
) -> FloatArray:
    """Put adjusted p back in the places of their tests."""
    own = np.empty(len(order))
    own[order] = np.minimum(stepped, 1.0)
    adjusted = np.full_like(values, np.nan)
    adjusted[made] = own
    return adjusted
