"""The observations of a patient as arrays, and of many patients as one array each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType
from typing import Any

import jax
import numpy as np

from remnant.dynamics.deterministic.plan import Plan, stack_plans
from remnant.dynamics.treatment import Therapy
from remnant.inference.records import Refusal
from remnant.observation.likelihood.number import Number

ASSAYS = (
    "slides",
    "colonies",
    "wells",
    "frequencies",
    "cycle",
    "metaphases",
    "variants",
    "blood",
    "transcripts",
)


def assay(name: str) -> ModuleType:
    """Return the likelihood of an assay by its name in `ASSAYS`."""
    assert name in ASSAYS, f"no assay is called {name}"
    return import_module(f"remnant.observation.likelihood.{name}")


@dataclass(frozen=True)
class Evidence:
    """What was observed of one patient, or of many stacked along a first axis; a JAX pytree.

    Parameters
    ----------
    plan : Plan
        Steps of the course, with a visit on each of `days`.
    days : ndarray, shape (times,)
        Days on which the course is looked at, rising; the last repeated where patients were stacked.
    assays : dict of str to NamedTuple
        Rows of each assay that was done, by its name in `ASSAYS`.
    """

    plan: Plan
    days: Any
    assays: dict[str, Any]


jax.tree_util.register_dataclass(Evidence, ["plan", "days", "assays"], [])


@dataclass(frozen=True)
class Label:
    """Where an observation comes from: in words, with the table and its line."""

    what: str
    table: str
    line: int | None


@dataclass(frozen=True)
class Gathered:
    """The raw counts of a study, laid out for a fit.

    Parameters
    ----------
    patients : tuple of str
        Those with something to fit.
    drugs : tuple of str
        Of the preset, given to any of them, in the preset's order.
    evidence : tuple of Evidence
        One for each patient.
    numbers : tuple of Number
        Of the assays that are there.
    now_days : tuple of int
        Last observation of each.
    therapies : tuple of Therapy
        Calendar of each, past and planned.
    labels : tuple of dict of str to tuple of Label
        For each patient and assay, one for each row.
    refusals : tuple of Refusal
        Patients of whom nothing can be fitted.
    notes : tuple of str
        What a reader must know.
    """

    patients: tuple[str, ...]
    drugs: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    numbers: tuple[Number, ...]
    now_days: tuple[int, ...]
    therapies: tuple[Therapy, ...]
    labels: tuple[dict[str, tuple[Label, ...]], ...]
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


def stack(each: Sequence[Evidence]) -> Evidence:
    """Stack patients along a first axis, padded to one shape: rows of weight 0, steps of no length."""
    names = [name for name in ASSAYS if any(name in one.assays for one in each)]
    times = max(len(one.days) for one in each)
    plans = [replace(one.plan, visits=_extended(one.plan.visits, times)) for one in each]
    days = np.stack([_extended(one.days, times) for one in each])
    return Evidence(
        stack_plans(plans), days, {name: _stacked([one.assays.get(name) for one in each]) for name in names}
    )


def one_of(stacked: Evidence, patient: int) -> Evidence:
    """Return one patient of many; his padding stays."""
    picked: Evidence = jax.tree.map(lambda leaf: leaf[patient], stacked)
    return picked


def _extended(values: Any, length: int) -> Any:
    return np.pad(np.asarray(values), (0, length - len(values)), mode="edge")


def _stacked(each: Sequence[Any]) -> Any:
    """Fill up with a row that exists, at the first day, of no weight: finite wherever that row is."""
    filling = next(rows for rows in each if rows is not None and len(rows.time))
    spare = jax.tree.map(lambda leaf: np.asarray(leaf)[:1], filling)
    spare = spare._replace(time=np.zeros_like(spare.time), weight=np.zeros_like(spare.weight))
    most = max(len(rows.time) for rows in each if rows is not None)

    def padded(rows: Any) -> Any:
        count = most - (0 if rows is None else len(rows.time))
        more = jax.tree.map(lambda leaf: np.repeat(leaf, count, axis=0), spare)
        return more if rows is None else jax.tree.map(lambda a, b: np.concatenate([a, b]), rows, more)

    return jax.tree.map(lambda *leaves: np.stack(leaves), *(padded(rows) for rows in each))
