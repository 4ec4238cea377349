r"""Cure: no stem cell of the clone is left, neither malignant nor resistant, at a stated horizon.

Extinction is for ever, since nothing makes a first cell of a clone again: to be cured at a horizon is to be
cured after it. Cure is not remission. A remission is a clone too small for an assay; it may be many cells.

With x the survival of a family (see `remnant.dynamics.extinction.backward`), founders that are independent::

    P(cure) = prod_i (1 - x_i)^n_i             n_i cells, counted
            = exp(-sum_i m_i x_i)              Poisson numbers of mean m_i

The approximation. A family lives in an environment that it does not change: the niche signal is that of a
deterministic solution, given by the caller. That is exact without feedback (kappa = 0). With it, a large
clone bends its own signal; but there the deterministic solution is right, and a clone small enough to die by
chance is no part of the load. What is left out is how a clone of middling size differs by chance from its
deterministic course. Against exact simulation (`tests/dynamics/test_second_reading.py`) the chance of cure
was off by up to .06 in a marrow of 30 stem cells of which 27 were the clone's, by .04 in one of 100 of which
90 were, and by no more than .02 in marrows of 300 and .01 of 1000, where the simulation is good to .008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlog1py

from remnant.dynamics.extinction.backward import TOLERANCE, Division, Survival, survival
from remnant.dynamics.extinction.check import Complaints
from remnant.dynamics.extinction.environment import Signal
from remnant.dynamics.model.packed import Packed
from remnant.dynamics.model.parameters import ACTIVE, MALIGNANT, QUIESCENT

Array = NDArray[np.float64]

Founders = Literal["counted", "poisson"]
MANY = 1000.0  # from here a clone may count a share of a cell: it moves log P by one part in 2000 at most


def cure_probability(
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    signal: Signal,
    cells: ArrayLike,
    *,
    horizons: ArrayLike,
    founders: Founders = "counted",
    division: Division = "symmetric",
    progenitors: ArrayLike | None = None,
    progenitor_births: ArrayLike | None = None,
    tolerance: float = TOLERANCE,
) -> Array:
    """Return the chance that no malignant and no resistant stem cell is left at each horizon.

    Parameters
    ----------
    packed, edges, doses, signal, horizons, division, progenitor_births, tolerance
        As in `survival`; an infinite horizon asks for extinction in the end.
    cells : array_like, shape (patients, 3, 2)
        Stem cells on the first day: clones (normal, which does not matter; malignant; resistant) by quiescent
        and active. Numbers of cells, not shares of a pool.
    founders : {"counted", "poisson"}
        Whether `cells` are the numbers themselves, whole in a clone below a thousand, or means of Poisson
        numbers.
    progenitors : array_like, shape (patients, 3), optional
        Progenitors on the first day, where they count too; needs `progenitor_births`.

    Returns
    -------
    ndarray, shape (patients, horizons)
        In [0, 1], within `tolerance`.

    Raises
    ------
    SettingError
        If an input cannot be: everything wrong with it is named.
    AccuracyError
        If the tolerance cannot be met.

    Examples
    --------
    Three active cells, no therapy, no advantage: each family dies out in the end.

    >>> from remnant.dynamics.model.packed import pack
    >>> from remnant.dynamics.model.parameters import Parameters
    >>> rates = pack(Parameters(0.11, 0.2, 0.05, 0.0, 1.0, 6.0))
    >>> cells = [[[0, 0], [0, 3], [0, 0]]]
    >>> never = np.zeros((1, 0))
    >>> cure_probability(rates, [0, 3650], never, Signal.constant(), cells, horizons=[3650, np.inf]).round(3)
    array([[0.568, 1.   ]])
    """
    stems, early = _counted(packed, cells, founders, progenitors, progenitor_births)
    found = survival(
        packed,
        edges,
        doses,
        signal,
        horizons=horizons,
        division=division,
        progenitor_births=progenitor_births,
        tolerance=tolerance,
    )
    return np.exp(_log_chance(found, stems[:, None, MALIGNANT:], early[:, None, MALIGNANT:], founders))


def cure_curve(
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    signal: Signal,
    states: ArrayLike,
    stem_cells: ArrayLike,
    *,
    horizons: ArrayLike,
    division: Division = "symmetric",
    tolerance: float = TOLERANCE,
) -> Array:
    """Return the chance of cure over N_HSC, the number of stem cells in health, from states in healthy pools.

    The families are followed once for all sizes. The founders are Poisson numbers of mean state x N_HSC.

    Parameters
    ----------
    packed, edges, doses, signal, horizons, division, tolerance
        As in `cure_probability`.
    states : array_like, shape (patients, 3, 3 + stages)
        On the first day, in healthy pools: a state of the deterministic solution.
    stem_cells : array_like, shape (sizes,) or (patients, sizes)
        N_HSC, in cells, above 0.

    Returns
    -------
    ndarray, shape (patients, horizons, sizes)
        Falling in N_HSC.
    """
    pools = np.asarray(states, float)[..., (QUIESCENT, ACTIVE)]
    sizes = np.atleast_2d(np.asarray(stem_cells, float))
    wrong = Complaints()
    wrong.numbers("stem_cells", np.where(sizes == 0, -1.0, sizes))
    if len(sizes) not in (1, len(packed)):
        wrong("stem_cells", "patients", len(sizes), f"1 or {len(packed)}", "one row, or one for each patient")
    wrong.cells(packed, pools)
    wrong.speak()
    found = survival(packed, edges, doses, signal, horizons=horizons, division=division, tolerance=tolerance)
    lasting = np.einsum("ncs,nhcs->nh", pools[:, MALIGNANT:], found.stems)
    return np.asarray(np.exp(-lasting[..., None] * sizes[:, None, :]))


@dataclass(frozen=True)
class Stopping:
    """What becomes of the clone of each patient when therapy stops; fields of shape (patients,), sum 1.

    Parameters
    ----------
    gone : ndarray
        Chance that it is extinct on the day of stopping, and so never returns.
    fades : ndarray
        Chance that some of its stem cells are left then, and die out by chance before the horizon.
    stays : ndarray
        Chance that some are left at the horizon; of an infinite one, that it comes back or stays for good.
    """

    gone: Array
    fades: Array
    stays: Array


def cure_on_stopping(
    packed: Packed,
    edges: ArrayLike,
    doses: ArrayLike,
    signal: Signal,
    cells: ArrayLike,
    *,
    stop: float,
    horizon: float = np.inf,
    founders: Founders = "counted",
    division: Division = "symmetric",
    tolerance: float = TOLERANCE,
) -> Stopping:
    """Split the chance of cure at the day on which therapy stops.

    Parameters
    ----------
    packed, edges, doses, signal, cells, founders, division, tolerance
        As in `cure_probability`; the calendar tells what follows the day of stopping.
    stop : float
        Day of stopping.
    horizon : float, default inf
        Day at which the clone is looked for, not before `stop`.
    """
    wrong = Complaints()
    if not stop <= horizon:
        wrong("horizon", "", f"{horizon:g}", f"days from {stop:g}", "look after the day of stopping")
    wrong.speak()
    chance = cure_probability(
        packed,
        edges,
        doses,
        signal,
        cells,
        horizons=[stop, horizon],
        founders=founders,
        division=division,
        tolerance=tolerance,
    )
    gone, cured = chance[:, 0], np.maximum(chance[:, 0], chance[:, 1])
    return Stopping(gone=gone, fades=cured - gone, stays=1.0 - cured)


def _counted(
    packed: Packed,
    cells: ArrayLike,
    founders: Founders,
    progenitors: ArrayLike | None,
    progenitor_births: ArrayLike | None,
) -> tuple[Array, Array]:
    """Return founders as arrays (patients, 3, 2) and (patients, 3), or say what is wrong with them."""
    stems = np.asarray(cells, float)
    early = np.zeros((len(packed), 3)) if progenitors is None else np.asarray(progenitors, float)
    wrong = Complaints()
    if founders not in ("counted", "poisson"):
        wrong("founders", "", founders, "counted or poisson", "choose one")
    if progenitors is not None and progenitor_births is None:
        wrong("progenitors", "", "no progenitor_births", "how often they divide", "give progenitor_births")
    wrong.cells(packed, stems)
    if early.shape != (len(packed), 3):
        wrong("progenitors", "shape", early.shape, f"({len(packed)}, 3)", "one number per patient and clone")
    else:
        wrong.numbers("progenitors", early)
    if founders == "counted":
        own = stems[..., MALIGNANT:, :] if stems.ndim == 3 else np.zeros((0, 2))
        wrong.whole("cells", own, own.sum(axis=-1, keepdims=True), MANY)
        few = early[..., MALIGNANT:]
        wrong.whole("progenitors", few, few, MANY)
    wrong.speak()
    return stems, early


def _log_chance(found: Survival, stems: Array, progenitors: Array, founders: Founders) -> Array:
    """Return the logarithm of the chance that no family is left, shape (patients, horizons)."""
    if founders == "poisson":
        lasting = (stems * found.stems).sum(axis=(-1, -2)) + (progenitors * found.progenitors).sum(axis=-1)
        return np.asarray(-lasting)
    # xlog1py: no founder of a type whose family is sure to last is no hindrance, 0 log 0 = 0.
    gone = xlog1py(stems, -found.stems).sum(axis=(-1, -2))
    return np.asarray(gone + xlog1py(progenitors, -found.progenitors).sum(axis=-1))
