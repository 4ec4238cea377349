"""One patient against a population as a flat log density, for a sampler that needs a gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from remnant.inference.evidence.evidence import Evidence
from remnant.inference.patient.population import Population, log_mixture
from remnant.inference.problem.problem import Problem


@dataclass(frozen=True)
class PatientDensity:
    """Log density of a point x in the frame of the population, up to a constant; a JAX pytree.

    Parameters
    ----------
    problem : Problem
        Of any patients.
    evidence : Evidence
        Of the one.
    population : tuple of array
        As `Population.arrays` returns them.
    frame : tuple of array
        As `Population.frame` returns them: theta = mean + root x.
    """

    problem: Problem
    evidence: Evidence
    population: Any
    frame: Any

    def __call__(self, x: Array) -> Array:
        """Return the log density at x, shape (own + shared,)."""
        mean, root = self.frame
        theta = mean + root @ x
        own = len(self.problem.own)
        prior = log_mixture(theta[None], self.population, jnp)[0]
        fit = self.problem.patient_log_likelihood(theta[:own], theta[own:], self.evidence)
        return jnp.asarray(prior + fit)


jax.tree_util.register_dataclass(PatientDensity, ["problem", "evidence", "population", "frame"], [])


def density_of(problem: Problem, evidence: Evidence, population: Population) -> PatientDensity:
    """Return the log density of one patient."""
    return PatientDensity(problem, evidence, population.arrays(), population.frame())
