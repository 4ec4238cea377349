r"""What a state of the marrow shows: clone fractions, frequencies of stem and progenitor cells, blood counts.

Production of a lineage L, relative to health, from the last maturing stage M of each clone at dose u::

    M   = M_n + M_m + M_r                                    all maturing cells
    R_L = (1 + c_L) (M_n + w_L (M_m + M_r)) / (1 + c_L M) exp(-k_L u)
    X_L' = (X_L0 R_L - X_L) / tau_L                          the count in the blood, X_L0 in health

Maturing cells share what lets them multiply: each makes (1 + c) / (1 + c M) times its usual output, more
where few compete. A clone whose cells mature badly (efficacy w below 1) therefore holds a lineage down while
it fills the marrow, and a small normal remnant restores it once its progenitors die. As c grows, output
depends on the *share* of working cells alone; at c = 0, on their number alone. One law thus gives the anaemia
of del(5q) beside normal platelets, the cytopenia of the first weeks of lenalidomide, and the recovery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from remnant.dynamics.model.parameters import ACTIVE, MALIGNANT, MATURE, NORMAL, PROGENITOR, QUIESCENT, Array

Kind = Literal["stem", "progenitor", "mature"]
HAEMOGLOBIN, NEUTROPHILS, PLATELETS = range(3)  # last axis of blood counts
LINEAGES = ("erythroid", "myeloid", "platelet")


@dataclass(frozen=True)
class Blood:
    """How one patient's blood depends on the marrow; fields are floats, or arrays of one shape (patients,).

    Parameters
    ----------
    haemoglobin, neutrophils, platelets : float or ndarray
        Counts in health: g/dL, 10^9/L, 10^9/L; above 0.
    erythroid_efficacy, myeloid_efficacy, platelet_efficacy : float or ndarray
        w: output of a maturing cell of the clone, relative to a normal one; at least 0.
    erythroid_compensation, myeloid_compensation, platelet_compensation : float or ndarray
        c: how far maturing cells make up for being few, at most (1 + c)-fold; at least 0.
    erythroid_suppression, myeloid_suppression, platelet_suppression : float or ndarray
        k: log of the fall of output, of every clone, at the full dose of the drug; at least 0.
    red_cell_days, neutrophil_days, platelet_days : float or ndarray
        tau: days in which a count approaches a new balance; above 0. Red cells follow erythropoietin faster
        than their life span of 100 to 120 days (choice, as in the synthetic study); platelets live 8 to 10
        days and neutrophils hours to a day, and their last precursors some days more (from memory).
    """

    haemoglobin: float | Array = 13.3
    neutrophils: float | Array = 4.0
    platelets: float | Array = 250.0
    erythroid_efficacy: float | Array = 1.0
    myeloid_efficacy: float | Array = 1.0
    platelet_efficacy: float | Array = 1.0
    erythroid_compensation: float | Array = 10.0
    myeloid_compensation: float | Array = 10.0
    platelet_compensation: float | Array = 10.0
    erythroid_suppression: float | Array = 0.0
    myeloid_suppression: float | Array = 0.0
    platelet_suppression: float | Array = 0.0
    red_cell_days: float | Array = 30.0
    neutrophil_days: float | Array = 3.0
    platelet_days: float | Array = 7.0

    def counts(self) -> Array:
        """Counts in health, shape (..., 3)."""
        return _rows(self.haemoglobin, self.neutrophils, self.platelets)

    def days(self) -> Array:
        """Time constants, shape (..., 3)."""
        return _rows(self.red_cell_days, self.neutrophil_days, self.platelet_days)

    def lineages(self, what: Literal["efficacy", "compensation", "suppression"]) -> Array:
        """One property of the three lineages, shape (..., 3)."""
        return _rows(*(getattr(self, f"{lineage}_{what}") for lineage in LINEAGES))


def cells(states: ArrayLike, kind: Kind) -> Array:
    """Count each clone's cells of one kind, shape (..., 3), in healthy pools.

    Parameters
    ----------
    states : array_like, shape (..., 3, 3 + stages)
        Clones by compartments, in healthy pools.
    kind : {"stem", "progenitor", "mature"}
        Quiescent and active stem cells together; progenitors; the mean of the maturing stages.
    """
    y = np.asarray(states, float)
    match kind:
        case "stem":
            return np.asarray(y[..., QUIESCENT] + y[..., ACTIVE])
        case "progenitor":
            return np.asarray(y[..., PROGENITOR])
        case "mature":
            return np.asarray(y[..., MATURE:].mean(axis=-1))


def frequency(states: ArrayLike, kind: Kind) -> Array:
    """Count the cells of one kind of all clones, shape (...): 1 in health."""
    return np.asarray(cells(states, kind).sum(axis=-1))


def clone_fraction(states: ArrayLike, kind: Kind) -> Array:
    """Return the share of malignant and resistant cells among those of one kind.

    Parameters
    ----------
    states : array_like, shape (..., 3, 3 + stages)
        In healthy pools.
    kind : {"stem", "progenitor", "mature"}
        As in `cells`.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; NaN where there is no cell of this kind.
    """
    each = cells(states, kind)
    total, clone = each.sum(axis=-1), each[..., MALIGNANT:].sum(axis=-1)
    return np.asarray(np.where(total > 0, clone / np.where(total > 0, total, 1.0), np.nan))


def production(states: ArrayLike, doses: ArrayLike, blood: Blood, *, suppressor: int | None = 0) -> Array:
    """Return R, the output of each lineage relative to health.

    Parameters
    ----------
    states : array_like, shape (..., 3, 3 + stages)
        In healthy pools.
    doses : array_like, shape (drugs,) or (..., drugs)
        Relative doses in force.
    blood : Blood
        Fields of shape (...) or ().
    suppressor : int or None, default 0
        Which drug lowers output directly, as `blood` says; None where none does.

    Returns
    -------
    ndarray, shape (..., 3)
        Erythroid, myeloid, platelets; at least 0, and 1 in health.
    """
    last = np.asarray(states, float)[..., -1]
    total = last.sum(axis=-1)[..., None]
    working = (
        last[..., NORMAL, None] + blood.lineages("efficacy") * last[..., MALIGNANT:].sum(axis=-1)[..., None]
    )
    crowding = blood.lineages("compensation")
    output = (1 + crowding) * working / (1 + crowding * total)
    dose = np.asarray(doses, float)
    if suppressor is None or dose.shape[-1] == 0:
        return np.asarray(output)
    return np.asarray(output * np.exp(-blood.lineages("suppression") * dose[..., suppressor, None]))


def blood_targets(states: ArrayLike, doses: ArrayLike, blood: Blood, *, suppressor: int | None = 0) -> Array:
    """Return the counts in balance with a marrow, shape (..., 3): g/dL, 10^9/L, 10^9/L.

    Parameters are those of `production`. Transfused cells are no part of it.
    """
    return np.asarray(blood.counts() * production(states, doses, blood, suppressor=suppressor))


def follow_blood(previous: ArrayLike, targets: ArrayLike, days: ArrayLike, blood: Blood) -> Array:
    """Return the counts after some days towards constant targets, shape (..., 3).

    Parameters
    ----------
    previous, targets : array_like, shape (..., 3)
        Counts before, and in balance.
    days : array_like, shape () or (...)
        Days between, at least 0. Two steps towards the same targets are one of their sum.
    blood : Blood
        Fields of shape (...) or ().
    """
    kept = np.exp(-np.asarray(days, float)[..., None] / blood.days())
    target = np.asarray(targets, float)
    return np.asarray(target + (np.asarray(previous, float) - target) * kept)


def _rows(*fields: float | Array) -> Array:
    return np.stack(np.broadcast_arrays(*(np.asarray(field, float) for field in fields)), axis=-1)
