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
from numpy.typing import ArrayLike, NDArray

from remnant.dynamics.model.parameters import Array, Structure
from remnant.errors import Fault, SettingError

DAYS_PER_MONTH = 30.4375
NICHE = Structure()
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
    order : {4, 3}
        Of a stem step: 4 corrects the predicted niche load, 3 takes it as it is, at half the cost.
    """

    months: Any
    doses: Any
    kinds: Any
    visits: Any
    structure: Structure = NICHE
    halvings: int = 9
    order: int = 4

    @property
    def steps(self) -> int:
        """Count the steps."""
        return int(self.kinds.shape[-1])


_META = ("structure", "halvings", "order")
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

    days: Array
    doses: Array
    visits: NDArray[np.int64]

    def refined(self, pieces: ArrayLike) -> Grid:
        """Cut each step into equal pieces; `pieces` is a whole number, or one per step."""
        count = np.broadcast_to(np.asarray(pieces, int), self.days.shape)
        ends = np.concatenate([[0], np.cumsum(count)])
        return Grid(
            np.repeat(self.days / count, count), np.repeat(self.doses, count, axis=0), ends[self.visits]
        )

    def plan(self, *, structure: Structure = NICHE, halvings: int = 9, order: int = 4) -> Plan:
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
            order,
        )


def make_grid(edges: ArrayLike, doses: ArrayLike, days: ArrayLike, *, longest: float = LONGEST_DAYS) -> Grid:
    """Cut a course at every switch and visit, and what is longer than `longest` days into equal steps.

    Raises
    ------
    SettingError
        If the edges or days do not rise, a dose is no number from 0, there is not one row of doses for each
        segment, or a visit lies outside the calendar.
    """
    edge, dose, when = np.asarray(edges, float), np.asarray(doses, float), np.asarray(days, float)
    _check(edge, dose, when, longest)
    knots = np.unique(np.concatenate([edge, when]))
    knots = knots[knots <= when[-1]]
    lengths = np.diff(knots)
    segment = np.searchsorted(edge, knots[:-1], side="right") - 1
    coarse = Grid(lengths, dose[segment], np.searchsorted(knots, when))
    return coarse.refined(np.maximum(1, np.ceil(lengths / longest - 1e-9)).astype(int))


def _check(edge: Array, dose: Array, when: Array, longest: float) -> None:
    faults = []
    for name, values, least in (("edges", edge, 2), ("days", when, 1)):
        if values.ndim != 1 or len(values) < least or not np.all(np.diff(values) > 0):
            hint = "sort them, and drop what stands twice"
            faults.append(Fault("calendar", None, name, str(values), "rising days", hint))
        elif not np.isfinite(values).all():
            faults.append(Fault("calendar", None, name, str(values), "numbers", "drop what is not known"))
    if dose.ndim != 2 or len(dose) != max(len(np.atleast_1d(edge)) - 1, 0):
        expected = f"({len(np.atleast_1d(edge)) - 1}, drugs)"
        hint = "one row of doses for each segment: `Therapy.segments` makes both"
        faults.append(Fault("calendar", None, "doses", f"shape {dose.shape}", expected, hint))
    elif not np.all((dose >= 0) & (dose < np.inf)):
        hint = "a dose is a share of the full dose"
        faults.append(Fault("calendar", None, "doses", str(dose.min()), "numbers from 0", hint))
    if not faults and not edge[0] <= when[0] <= when[-1] <= edge[-1]:
        hint = "widen the calendar, with dose 0 where there is no treatment"
        expected = f"days from {edge[0]:g} to {edge[-1]:g}"
        faults.append(Fault("calendar", None, "days", f"{when[0]:g} to {when[-1]:g}", expected, hint))
    if not longest > 0:
        faults.append(Fault("calendar", None, "longest", str(longest), "days above 0", "try 21"))
    if faults:
        raise SettingError(faults)


def make_plan(
    edges: ArrayLike,
    doses: ArrayLike,
    days: ArrayLike,
    *,
    longest: float = LONGEST_DAYS,
    structure: Structure | None = None,
    order: int = 4,
) -> Plan:
    """Plan the course of one patient in equal steps between switches and visits.

    The steps are stable at any rate, since every part is an exponential; how accurate they are, `follow`
    finds out, and its plan can be taken instead. With the priors of docs/parameters.md and the niche's
    feedback, steps of 21 days keep fractions within about 1e-5 where kills of stem cells stay below 2 per
    month, and 7 days where they reach 10.

    Parameters
    ----------
    edges, doses : array_like, shapes (segments + 1,) and (segments, drugs)
        Days and relative doses, as from `Therapy.segments`.
    days : array_like, shape (times,)
        Visits, rising, from `edges[0]` to `edges[-1]`; the state given is that of `edges[0]`.
    longest : float, default 21
        Days that no step exceeds.
    structure : Structure, optional
        By default the niche's feedback and one mature stage.
    order : {4, 3}, default 4
        3 halves the cost of a gradient; see `Plan`.
    """
    return make_grid(edges, doses, days, longest=longest).plan(structure=structure or NICHE, order=order)


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

    stacked: Plan = jax.tree.map(lambda *leaves: np.stack(leaves), *(padded(plan) for plan in plans))
    return stacked
