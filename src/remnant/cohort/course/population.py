"""Draw the numbers of virtual patients: from the priors of a preset, or from a posterior."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.cohort.course.courses import Floats
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.course.posterior import asked_of
from remnant.dynamics.model.draw import Drawn, draw, draws_from_columns
from remnant.scale.philox import seed_key, uniforms

PARAMETERS = 0  # purpose of the patient's streams


def draw_patients(plan: CohortPlan, patients: NDArray[np.uint64]) -> Drawn:
    """Draw some patients, each the same in any company.

    Each number has a stream by its name: a scenario that adds a drug, or replaces a prior, leaves every other
    number of every patient as it was, so that two scenarios treat the same patients.
    """
    population = plan.population()
    names = [name for name, _ in population.priors()]
    chance = [
        uniforms(seed_key(plan.seed, "cohort", name), patients, purpose=PARAMETERS, count=1) for name in names
    ]
    uniform = np.concatenate(chance, axis=1)
    if plan.posterior is None:
        return draw(population, uniform)
    columns = plan.posterior.rows(patients, asked_of(plan.scenario))
    return draws_from_columns(population, columns, uniforms=uniform)


def numbers_of(drawn: Drawn, plan: CohortPlan, patients: int) -> dict[str, Floats]:
    """Return what was drawn by the qualified names of the priors, each of shape (patients,)."""
    population = plan.population()
    groups = {"": drawn.parameters, "start.": drawn.start, "blood.": drawn.blood}
    groups |= {f"{drug.name}.": effect for drug, effect in zip(population.drugs, drawn.effects, strict=True)}

    def value(name: str) -> Floats:
        if name == "stem_cells":
            return np.broadcast_to(np.asarray(drawn.stem_cells, float), patients)
        group = name[: name.rfind(".") + 1]
        return np.broadcast_to(np.asarray(getattr(groups[group], name[len(group) :]), float), patients)

    return {name: value(name) for name, _ in population.priors()}
