"""What a small clone lives in: the drugs of a calendar, and the niche signal of the large rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.extinction.check import Complaints
from remnant.dynamics.model.packed import FEEDBACK, Packed
from remnant.dynamics.model.parameters import ACTIVE, DAYS_PER_MONTH, QUIESCENT, Structure

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Signal:
    """The niche signal sig(t) over days: 1 in health, more where the niche is empty.

    Parameters
    ----------
    days : ndarray, shape (samples,)
        Rising. The signal runs straight between samples, so let every switch of the therapy be one of them.
        One sample means that it never changes.
    values : ndarray, shape (samples,) or (patients, samples)
        At least 0.
    """

    days: Array
    values: Array

    @classmethod
    def constant(cls, value: ArrayLike = 1.0) -> Signal:
        """Make a signal that never changes, of one value or of one for each patient."""
        values = np.asarray(value, float)
        return cls(np.zeros(1), values.reshape(-1, 1))

    @classmethod
    def of(
        cls, days: ArrayLike, states: ArrayLike, packed: Packed, *, structure: Structure | None = None
    ) -> Signal:
        """Read the signal off a deterministic solution, the clone's own share of the load among it.

        Parameters
        ----------
        days : array_like, shape (samples,)
            Days of the states, rising.
        states : array_like, shape (samples, patients, 3, 3 + stages)
            In healthy pools.
        packed : Packed
            Rates of the patients.
        structure : Structure, optional
            Which cells the niche listens to; stem cells by default.
        """
        state = np.asarray(states, float)
        mature = structure is not None and structure.feedback == "mature"
        heard = state[..., -1] if mature else state[..., QUIESCENT] + state[..., ACTIVE]
        kappa = packed.rates[:, FEEDBACK, 0]
        values = (1 + kappa) / (1 + kappa * heard.sum(axis=-1))
        return cls(np.asarray(days, float), np.ascontiguousarray(values.T))

    def at(self, days: Array) -> Array:
        """Return the signal on some days, shape (1 or patients, days)."""
        values = np.atleast_2d(self.values)
        if len(self.days) == 1:
            return np.ascontiguousarray(np.broadcast_to(values, (len(values), len(days))))
        right = np.clip(np.searchsorted(self.days, days, side="right"), 1, len(self.days) - 1)
        left = right - 1
        weight = np.clip((days - self.days[left]) / (self.days[right] - self.days[left]), 0.0, 1.0)
        return np.ascontiguousarray(values[:, left] * (1 - weight) + values[:, right] * weight)


@dataclass(frozen=True)
class Stretches:
    """Time cut at switches, samples and horizons: on a stretch rates are constant, the signal straight.

    Parameters
    ----------
    months : ndarray, shape (stretches,)
        Lengths.
    rows : ndarray of int, shape (stretches,)
        Segment of the therapy that each lies in.
    doses : ndarray, shape (1 or patients, segments, drugs)
        Relative doses.
    signal : ndarray, shape (1 or patients, stretches + 1)
        On every knot.
    ends : ndarray of int, shape (horizons,)
        Stretches before each horizon; -1 where the last segment lasts for ever.
    """

    months: Array
    rows: NDArray[np.int64]
    doses: Array
    signal: Array
    ends: NDArray[np.int64]


def cut(packed: Packed, edges: ArrayLike, doses: ArrayLike, signal: Signal, horizons: ArrayLike) -> Stretches:
    """Check a therapy, a signal and horizons, and cut the time between them into stretches.

    Raises
    ------
    SettingError
        With everything that is wrong with them.
    """
    edge, dose = np.asarray(edges, float), np.asarray(doses, float)
    until = np.atleast_1d(np.asarray(horizons, float))
    heard = np.asarray(signal.days, float)
    wrong = Complaints()
    wrong.rates(packed)
    wrong.therapy(packed, edge, dose)
    wrong.horizons(edge, until)
    wrong.signal(len(packed), edge, until, heard, np.asarray(signal.values, float))
    wrong.speak()
    inside = (heard > edge[0]) & (heard < edge[-1])
    knots = np.unique(np.concatenate([edge, heard[inside], until[np.isfinite(until)]]))
    rows = np.searchsorted(edge, knots[:-1], side="right") - 1
    ends = np.where(np.isfinite(until), np.searchsorted(knots, until), -1)
    return Stretches(
        months=np.diff(knots) / DAYS_PER_MONTH,
        rows=rows,
        doses=np.ascontiguousarray(dose if dose.ndim == 3 else dose[None]),
        signal=signal.at(knots),
        ends=ends,
    )
