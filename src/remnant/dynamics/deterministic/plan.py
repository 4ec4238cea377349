"""The steps of a course: a grid that ends on every therapy switch and every visit.

A calendar of cycles repeats itself, so a plan lists its different steps once (`months`, `doses`) and says in
which order they come (`kinds`): what depends on length, dose and rates alone is computed once per kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike

from remnant.dynamics.model.parameters import Structure

DAYS_PER_MONTH = 30.4375
LONGEST_DAYS = 21.0  # one step for the days on of a 21/28 cycle


@dataclass(frozen=True)
class Plan:
    """Steps of one course, or of many stacked along a first axis; a JAX pytree.

    Parameters
    ----------
    months : ndarray, shape (kinds,)
        Length of each kind of step; 0 where a plan was padded.
    doses : ndarray, shape (kinds, drugs)
        Relative dose of each drug on it.
    kinds : ndarray of int, shape (steps,)
        Which kind each step is.
    visits : ndarray of int, shape (times,)
        Steps taken before each day that was asked for.
    structure : Structure
        Which model is followed.
    halvings : int
        Squarings of the filters' exponential: a rate times a step may reach 2**(halvings - 1).
    """

    months: Any
    doses: Any
    kinds: Any
    visits: Any
    structure: Structure = Structure()
    halvings: int = 9

    @property
    def steps(self) -> int:
        """Count the steps."""
        return int(self.kinds.shape[-1])


_META = ("structure", "halvings")
jax.tree_util.register_dataclass(
    Plan, [field.name for field in fields(Plan) if field.name not in _META], list(_META)
)


@dataclass(frozen=True)
class Grid:
    """The same steps one by one, before equal ones are joined: what is refined.

    Parameters
    ----------
    days : ndarray, shape (steps,)
        Length of each step.
    doses : ndarray, shape (steps, drugs)
        Relative doses.
    visits : ndarray of int, shape (times,)
        Steps before each visit.
    """

    days: np.ndarray
    doses: np.ndarray
    visits: np.ndarray

    def refined(self, pieces: ArrayLike) -> Grid:
        """Cut each step into equal pieces; `pieces` is a whole number, or one per step."""
        count = np.broadcast_to(np.asarray(pieces, int), self.days.shape)
        ends = np.concatenate([[0], np.cumsum(count)])
        return Grid(
            np.repeat(self.days / count, count), np.repeat(self.doses, count, axis=0), ends[self.visits]
        )

    def plan(self, *, structure: Structure = Structure(), halvings: int = 9) -> Plan:
        """Join equal steps into kinds."""
        rows = np.column_stack([self.days / DAYS_PER_MONTH, self.doses])
        unique, kinds = np.unique(rows, axis=0, return_inverse=True)
        return Plan(
            unique[:, 0],
            unique[:, 1:],
            kinds.reshape(-1).astype(np.int32),
            self.visits.astype(np.int32),
            structure,
            halvings,
        )


def make_grid(edges: ArrayLike, doses: ArrayLike, days: ArrayLike, *, longest: float = LONGEST_DAYS) -> Grid:
    """Cut a course at every switch and visit, and what is longer than `longest` days into equal steps."""
    edge, dose, when = np.asarray(edges, float), np.asarray(doses, float), np.asarray(days, float)
    knots = np.unique(np.concatenate([edge, when]))
    knots = knots[knots <= when.max()]
    lengths = np.diff(knots)
    segment = np.searchsorted(edge, knots[:-1], side="right") - 1
    coarse = Grid(lengths, dose[segment], np.searchsorted(knots, when))
    return coarse.refined(np.maximum(1, np.ceil(lengths / longest - 1e-9)).astype(int))


def make_plan(
    edges: ArrayLike,
    doses: ArrayLike,
    days: ArrayLike,
    *,
    longest: float = LONGEST_DAYS,
    structure: Structure = Structure(),
) -> Plan:
    return make_grid(edges, doses, days, longest=longest).plan(structure=structure)


def stack_plans(plans: Sequence[Plan], *, steps: int | None = None, kinds: int | None = None) -> Plan:
    """Stack the plans of several patients, padded with steps of no length to one shape."""
    most = max(plan.steps for plan in plans) if steps is None else steps
    sorts = 1 + max(len(plan.months) for plan in plans) if kinds is None else kinds

    def padded(plan: Plan) -> Plan:
        spare = sorts - len(plan.months)
        return replace(
            plan,
            months=np.pad(plan.months, (0, spare)),
            doses=np.pad(plan.doses, ((0, spare), (0, 0))),
            kinds=np.pad(plan.kinds, (0, most - plan.steps), constant_values=sorts - 1),
        )

    return jax.tree.map(lambda *leaves: np.stack(leaves), *(padded(plan) for plan in plans))
