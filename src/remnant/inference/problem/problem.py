"""What is fitted: the numbers, the hierarchy and the evidence as one log density, neutral to any sampler."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from remnant.dynamics.deterministic.adjoint.trajectory import fast_trajectory
from remnant.dynamics.model.preset import Preset
from remnant.inference.evidence.evidence import ASSAYS, Evidence, Gathered, assay, one_of, stack
from remnant.inference.problem.control import control_numbers, with_control
from remnant.inference.problem.hierarchy import CENTRED, Layout, own_scores
from remnant.inference.problem.mechanisms import FULL, Mechanism, numbers_of
from remnant.inference.problem.packing import model_of
from remnant.inference.problem.scores import values_of
from remnant.observation.likelihood.number import Number


@dataclass(frozen=True)
class Problem:
    """A posterior up to its constant; a JAX pytree whose only arrays are the evidence.

    Compiled once for a shape: pass the problem itself as an argument to a jitted function, not in a closure.

    Parameters
    ----------
    evidence : Evidence
        Of all patients, stacked.
    preset : Preset
        Disease and priors.
    mechanism : Mechanism
        Restriction of the model.
    drugs : tuple of str
        In the order of the plan's doses.
    patients : tuple of str
        In the order of the evidence.
    numbers : tuple of Number
        Of marrow, drugs and assays, fixed ones too.
    """

    evidence: Evidence
    preset: Preset
    mechanism: Mechanism
    drugs: tuple[str, ...]
    patients: tuple[str, ...]
    numbers: tuple[Number, ...]

    @cached_property
    def own(self) -> tuple[Number, ...]:
        """Numbers that each patient has of his own."""
        return tuple(number for number in self.numbers if number.scope == "patient")

    @cached_property
    def shared(self) -> tuple[Number, ...]:
        """Numbers that all patients share and that are fitted."""
        return tuple(number for number in self.numbers if number.scope == "shared")

    @property
    def layout(self) -> Layout:
        """Where everything stands in the flat vector."""
        names = [number.name for number in self.own]
        centred = tuple(k for k, name in enumerate(names) if {name, name.rpartition(".")[2]} & CENTRED)
        return Layout(len(self.own), len(self.shared), len(self.patients), centred)

    @property
    def dimension(self) -> int:
        """Length of the flat vector."""
        return self.layout.size

    def names(self) -> tuple[str, ...]:
        """Name every place of the flat vector, such as "start.fraction (median)" or "start.fraction [P1]"."""
        own = [number.name for number in self.own]
        population = [f"{name} ({word})" for word in ("median", "spread") for name in own]
        each = [f"{name} [{patient}]" for patient in self.patients for name in own]
        return (*population, *(number.name for number in self.shared), *each)

    def values_of_scores(self, own: Any, shared: Any) -> dict[str, Array]:
        """Return every number by name from standard normal scores, shapes (..., own) and (..., shared).

        Values have the shape (...) of both, broadcast.
        """
        fitted = (*self.own, *self.shared)
        axes = np.broadcast_shapes(own.shape[:-1], shared.shape[:-1])
        scores = [jnp.broadcast_to(x, (*axes, x.shape[-1])) for x in (own, shared)]
        drawn = values_of(tuple(n.prior for n in fitted))(jnp.concatenate(scores, axis=-1))
        values: dict[str, Array] = {number.name: drawn[..., k] for k, number in enumerate(fitted)}
        for number in self.numbers:
            if number.scope == "fixed":
                values[number.name] = jnp.asarray(float(number.prior.quantile(0.5)))
        return with_control(self.mechanism.completed(values, self.drugs), self.preset)

    def values(self, x: Any) -> dict[str, Array]:
        """Return every number by name, shape (patients,), from a flat vector."""
        shift, spread, shared, own = self.layout.split(x)
        everyone = jnp.broadcast_to(shared, (len(self.patients), len(self.shared)))
        values = self.values_of_scores(own_scores(shift, spread, own), everyone)
        return {name: jnp.broadcast_to(value, (len(self.patients),)) for name, value in values.items()}

    def states_of(self, values: dict[str, Array], evidence: Evidence) -> Array:
        """Return the course of one patient on the days of his evidence, shape (times, 3, 3 + stages)."""
        stages = evidence.plan.structure.stages
        return fast_trajectory(*model_of(values, self.drugs, stages=stages), evidence.plan)[0]

    def log_likelihood_of(self, values: dict[str, Array], evidence: Evidence) -> Array:
        """Return the log-probability of one patient's evidence, given his numbers."""
        states = self.states_of(values, evidence)
        each = [
            assay(name).log_likelihood(states, values, evidence.assays[name]).sum()
            for name in ASSAYS
            if name in evidence.assays
        ]
        return jnp.stack(each).sum() if each else jnp.zeros(())

    def patient_log_likelihood(self, own: Array, shared: Array, evidence: Evidence) -> Array:
        """Return the same from standard normal scores, shapes (own,) and (shared,)."""
        return self.log_likelihood_of(self.values_of_scores(own, shared), evidence)

    def states(self, x: Any) -> Array:
        """Return the courses of all patients, shape (patients, times, 3, 3 + stages)."""
        return jax.vmap(self.states_of)(self.values(x), self.evidence)

    def log_likelihoods(self, x: Array) -> Array:
        """Return the log-probability of each patient's evidence, shape (patients,)."""
        return jax.vmap(self.log_likelihood_of)(self.values(x), self.evidence)

    def log_density(self, x: Array) -> Array:
        """Return the log density of a flat vector: that before the data, and the evidence."""
        return self.layout.log_prior(x) + self.log_likelihoods(x).sum()

    def __call__(self, x: Array) -> Array:
        """Return `log_density`."""
        return self.log_density(x)

    def alone(self, patient: int) -> Evidence:
        """Return the evidence of one patient, as padded as the others'."""
        return one_of(self.evidence, patient)

    def prior_draw(self, *, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw a flat vector before the data."""
        return self.layout.join(rng.standard_normal(self.dimension))


jax.tree_util.register_dataclass(
    Problem, ["evidence"], ["preset", "mechanism", "drugs", "patients", "numbers"]
)


def make_problem(gathered: Gathered, preset: Preset, mechanism: Mechanism = FULL) -> Problem:
    """Join the evidence of all patients with the numbers that explain it."""
    evidence = stack(gathered.evidence)
    marrow = numbers_of(preset, mechanism, gathered.drugs, blood="blood" in evidence.assays)
    numbers = *marrow, *control_numbers(preset, gathered.drugs), *gathered.numbers
    return Problem(evidence, preset, mechanism, gathered.drugs, gathered.patients, numbers)


def simulate(problem: Problem, x: NDArray[np.float64], *, rng: np.random.Generator) -> Problem:
    """Return the same problem with counts drawn anew from a flat vector, as the assays would give them."""
    values, courses = jax.device_get(_followed(problem, x))
    assays: dict[str, list[Any]] = {name: [] for name in problem.evidence.assays}
    for patient in range(len(problem.patients)):
        own = {name: value[patient] for name, value in values.items()}
        rows = problem.alone(patient).assays
        for name, drawn in assays.items():
            drawn.append(assay(name).simulate(courses[patient], own, rows[name], rng=rng))
    return replace(problem, evidence=replace(problem.evidence, assays=_joined(assays)))


@jax.jit
def _followed(problem: Problem, x: Array) -> tuple[dict[str, Array], Array]:
    return problem.values(x), problem.states(x)


def _joined(assays: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        name: jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *each)
        for name, each in assays.items()
    }
