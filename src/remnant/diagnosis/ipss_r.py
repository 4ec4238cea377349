"""IPSS-R and IPSS-RA: points for five items, a sum, and its category, closed on the right.

A limit is a decimal, and so is what a person typed. Both become the nearest binary number, and that never
changes their order, so that comparing a typed value with a limit is exact; a difference of typed values would
not be, and none is taken here. Sums of half points are exact as they are, and IPSS-RA is summed in integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray

ITEMS = ("cytogenetics", "blasts", "haemoglobin", "platelets", "neutrophils")
CYTOGENETIC_GROUPS = ("Very Good", "Good", "Intermediate", "Poor", "Very Poor")
CATEGORIES = ("Very Low", "Low", "Int", "High", "Very High")
CUTS = (1.5, 3.0, 4.5, 6.0)
MOST = np.array([4.0, 3.0, 1.5, 1.0, 0.5])  # points that each item can give
PARTS = 10**6  # parts of a year in which ages are counted, so that any age a person types is whole

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outlook:
    """What became of untreated patients of one IPSS-R category.

    Parameters
    ----------
    category : str
        As in `CATEGORIES`.
    median_survival_years : float
        Median overall survival.
    quarter_aml_years : float or None
        Time until a quarter of them had AML; None where it was not reached.
    source : str
        Where it was published.
    """

    category: str
    median_survival_years: float
    quarter_aml_years: float | None
    source: str = "Greenberg 2012, 7,012 patients without disease-modifying treatment"


OUTLOOKS = tuple(
    Outlook(category, survival, aml)
    for category, survival, aml in zip(
        CATEGORIES, (8.8, 5.3, 3.0, 1.6, 0.8), (None, 10.8, 3.2, 1.4, 0.7), strict=True
    )
)


def ipss_r_points(
    cytogenetics: FloatArray,
    blasts: FloatArray,
    haemoglobin: FloatArray,
    platelets: FloatArray,
    neutrophils: FloatArray,
) -> FloatArray:
    """Give the points of each item.

    Parameters
    ----------
    cytogenetics : ndarray, shape (n,)
        Place in `CYTOGENETIC_GROUPS`, 0 to 4.
    blasts : ndarray, shape (n,)
        Of nucleated marrow cells, in percent. Between 4.9 and 5 is below 5 (OR50).
    haemoglobin : ndarray, shape (n,)
        In g/dL.
    platelets, neutrophils : ndarray, shape (n,)
        In 1e9/L.

    Returns
    -------
    ndarray, shape (n, 5)
        In the order of `ITEMS`; NaN where an item is NaN.

    References
    ----------
    Greenberg et al. (2012) Blood 120:2454-2465, tables 3 and 4, doi:10.1182/blood-2012-03-420489.

    Examples
    --------
    >>> one = np.array
    >>> ipss_r_points(one([1.0]), one([4.995]), one([9.9]), one([50.0]), one([0.8])).tolist()
    [[1.0, 1.0, 1.0, 0.5, 0.0]]
    """
    by_blasts = [blasts <= 2, blasts < 5, blasts <= 10, blasts > 10]
    by_haemoglobin = [haemoglobin >= 10, haemoglobin >= 8, haemoglobin < 8]
    by_platelets = [platelets >= 100, platelets >= 50, platelets < 50]
    by_neutrophils = [neutrophils >= 0.8, neutrophils < 0.8]
    return np.stack(
        [
            cytogenetics,
            np.select(by_blasts, [0.0, 1.0, 2.0, 3.0], np.nan),
            np.select(by_haemoglobin, [0.0, 1.0, 1.5], np.nan),
            np.select(by_platelets, [0.0, 0.5, 1.0], np.nan),
            np.select(by_neutrophils, [0.0, 0.5], np.nan),
        ],
        axis=1,
    )


def ipss_r_range(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the lowest and the highest score that the missing items leave open; equal where none is.

    Parameters
    ----------
    points : ndarray, shape (n, 5)
        As from `ipss_r_points`.
    """
    missing = np.isnan(points)
    return np.where(missing, 0.0, points).sum(axis=1), np.where(missing, MOST, points).sum(axis=1)


def ipss_r_category(score: FloatArray) -> IntArray:
    """Place scores in `CATEGORIES`; a score on a cut belongs to the lower risk.

    Examples
    --------
    >>> [CATEGORIES[place] for place in ipss_r_category(np.array([1.5, 2.0, 4.5, 6.5]))]
    ['Very Low', 'Low', 'Int', 'Very High']
    """
    return np.searchsorted(CUTS, score, side="left")


def ipss_ra(score: FloatArray, age: FloatArray) -> tuple[FloatArray, IntArray]:
    """Adjust IPSS-R for age: S + (age - 70)(0.05 - 0.005 S), with its category by the same cuts.

    Parameters
    ----------
    score : ndarray, shape (n,)
        IPSS-R, in half points.
    age : ndarray, shape (n,)
        In years; NaN where it is not known, and then the score is NaN and the category means nothing.

    Returns
    -------
    score : ndarray, shape (n,)
    category : ndarray of int, shape (n,)
        Places in `CATEGORIES`, of the score as an exact decimal.

    References
    ----------
    Greenberg et al. (2012), as above, the age-adjusted score.

    Examples
    --------
    >>> ipss_ra(np.array([5.0]), np.array([72.0]))[0].tolist()
    [5.05]
    """
    known = np.isfinite(age)
    half_points = np.rint(2 * score).astype(np.int64)
    years = np.rint(np.where(known, age, 70.0) * PARTS).astype(np.int64)
    # 400 S' = 200 h + (age - 70)(20 - h), where h = 2 S: whole numbers throughout.
    adjusted = 200 * PARTS * half_points + (years - 70 * PARTS) * (20 - half_points)
    cuts = np.array([round(400 * cut) * PARTS for cut in CUTS], dtype=np.int64)
    return np.where(known, adjusted / (400 * PARTS), np.nan), np.searchsorted(cuts, adjusted, side="left")
