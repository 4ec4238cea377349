"""What a look shows of a virtual patient: blood counts with their scatter, need of red cells, metaphases.

Every number comes from a stream of the patient and the day, so that it is the same whoever is simulated
beside the patient and whatever treatment is compared: scenarios that look on other days share it where both
look.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from remnant.cohort.course.courses import Floats, Ints
from remnant.scale.philox import uniforms

METAPHASES, BLOOD = 4, 5  # purposes of the patient's streams
TRIGGER = 8.0  # g/dL: red cells are given below it, the usual restrictive threshold
LEAST_UNITS = 2  # in four weeks
# Spread of the logarithm of haemoglobin, neutrophils and platelets, as in the synthetic study, whose room
# would cost each worker seconds to import. Looks are weeks apart and scatter lasts days: each has its own.
SCATTER = np.array([0.025, 0.20, 0.14])


@dataclass(frozen=True)
class Chance:
    """The chance of every look of some patients.

    Parameters
    ----------
    scatter : ndarray, shape (patients, looks, 3)
        Factors on haemoglobin, neutrophils and platelets; their medians are 1.
    metaphases : ndarray, shape (patients, looks)
        Uniform in (0, 1): the higher, the more abnormal metaphases.
    """

    scatter: Floats
    metaphases: Floats


def chance(seed_key: int, patients: NDArray[np.uint64], days: ArrayLike) -> Chance:
    """Draw it for looks on some days, the same for a patient on a day in any company and calendar."""
    dates = [int(day) for day in np.asarray(days)]
    blood = [uniforms(seed_key, patients, draw=day, purpose=BLOOD, count=3) for day in dates]
    marrow = [uniforms(seed_key, patients, draw=day, purpose=METAPHASES, count=1) for day in dates]
    return Chance(np.exp(ndtri(np.stack(blood, axis=1)) * SCATTER), np.concatenate(marrow, axis=1))


def units_needed(haemoglobin: Floats, trigger: float = TRIGGER) -> Floats:
    """Return units of red cells needed in four weeks: two below the trigger, one more for each full g/dL.

    Examples
    --------
    >>> units_needed(np.array([8.0, 7.9, 6.5])).tolist()
    [0.0, 2.0, 3.0]
    """
    short = trigger - haemoglobin
    return np.where(short > 0, LEAST_UNITS + np.floor(np.maximum(short, 0)), 0.0)


def abnormal_metaphases(fraction: Floats, metaphases: int, uniform: Floats) -> Ints:
    """Draw k of n abnormal metaphases by inversion: the same uniform shows more where the clone is larger.

    Parameters
    ----------
    fraction : ndarray, shape (patients,)
        True share of the clone among dividing marrow cells, in [0, 1].
    metaphases : int
        n, at least 1.
    uniform : ndarray, shape (patients,)
        In (0, 1).

    Returns
    -------
    ndarray of int, shape (patients,)
        The least k with P(K <= k) >= u.

    Examples
    --------
    >>> abnormal_metaphases(np.array([0.0, 0.5, 1.0]), 20, np.array([0.9, 0.5, 0.1])).tolist()
    [0, 10, 20]
    """
    # Of the rarer kind, so that (1 - p)^n is never lost below the least float.
    rare = np.minimum(fraction, 1 - fraction)
    flipped = fraction > 0.5
    u = np.where(flipped, 1 - uniform, uniform)
    odds = rare / (1 - rare)
    mass = (1 - rare) ** metaphases
    below, k = mass.copy(), np.zeros(len(fraction), np.int64)
    for count in range(metaphases):
        short = u > below
        if not short.any():
            break
        k += short
        mass = mass * odds * (metaphases - count) / (count + 1)
        below += mass
    return np.where(flipped, metaphases - k, k)
