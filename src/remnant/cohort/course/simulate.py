"""Follow virtual patients from look to look: look, treat, let the cells go on, and note what became of them.

Everything of a patient comes from the plan and the patient's own number: the same row in any block, on any
engine, in any company.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from remnant.cohort.course.clinic import Clinic
from remnant.cohort.course.courses import Courses
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.course.population import draw_patients, numbers_of
from remnant.cohort.course.rows import table_of
from remnant.cohort.policy.policy import Policy
from remnant.dynamics.model.draw import Drawn
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.presets import preset
from remnant.dynamics.model.start import baseline
from remnant.dynamics.stochastic.cells import cells_of, states_of
from remnant.dynamics.stochastic.hybrid import advance
from remnant.scale.blocks import Block
from remnant.scale.philox import seed_key

SMALL_BLOCK, FEW_BLOCKS = 250, 8
NUMBERS_HELD = 1 << 19  # looks times patients followed at once: some twenty arrays of this size are held


def simulate_block(plan: CohortPlan, block: Block) -> pl.DataFrame:
    """Simulate the patients of a block.

    Parameters
    ----------
    plan : CohortPlan
        Every choice.
    block : Block
        Patients from `first` to before `last`.

    Returns
    -------
    DataFrame
        One row per patient, in order, with the columns of `remnant.cohort.course.rows.columns_of(plan)`.
        Memory does not grow with the block but for these rows.
    """
    assert 0 <= block.first < block.last <= plan.patients, f"no such patients: {block}"
    tables = []
    for patients in parts(plan, block.first, block.last):
        drawn, courses = follow(plan, patients)
        tables.append(table_of(plan, patients, numbers_of(drawn, plan, len(patients)), courses))
    return pl.concat(tables)


def parts(plan: CohortPlan, first: int, last: int) -> Iterator[NDArray[np.uint64]]:
    """Part patients so that the courses of each part fit into little memory."""
    size = most_at_once(plan)
    for begin in range(first, last, size):
        yield np.arange(begin, min(begin + size, last), dtype=np.uint64)


def usual_block(plan: CohortPlan) -> int:
    """Return how many patients are simulated together.

    Their looks are arrays over patients, so a look costs about as much for one as for three hundred: a block
    holds all that are followed at once, fewer only where that would leave workers of a small cohort idle.
    """
    return min(most_at_once(plan), max(SMALL_BLOCK, math.ceil(plan.patients / FEW_BLOCKS)))


def most_at_once(plan: CohortPlan) -> int:
    """Return how many patients are followed at once: their courses fit into little memory."""
    return max(1, NUMBERS_HELD // len(plan.days))


def follow(plan: CohortPlan, patients: NDArray[np.uint64]) -> tuple[Drawn, Courses]:
    """Follow some patients to the horizon."""
    drawn = draw_patients(plan, patients)
    drugs = tuple(drug.name for drug in plan.population().drugs)
    packed = pack(drawn.parameters, drawn.effects)
    key = seed_key(plan.seed, "cohort")
    days = np.array(plan.days, np.int64)
    courses = Courses.blank(days, len(patients), len(drugs))
    states = baseline(drawn.parameters, **vars(drawn.start))
    cells = cells_of(states, drawn.stem_cells, seed_key=key, patients=patients)
    suppressor = drugs.index(first) if (first := preset(plan.preset).drugs[0].name) in drugs else None
    clinic = Clinic(plan.scenario.looks, drawn.blood, suppressor, courses, key, patients)
    policy = Policy(plan.scenario, drugs, len(patients))
    for look, (day, following) in enumerate(zip(days[:-1].tolist(), days[1:].tolist(), strict=True)):
        states = states_of(cells, drawn.stem_cells)
        seen = clinic.look(look, states, cells)
        edges, doses = policy.segment(day, seen, until=following)
        courses.note_doses(look, edges, doses)
        for begin in range(len(edges) - 1):
            piece = slice(begin, begin + 1)
            cells = advance(
                cells,
                packed,
                edges[begin : begin + 2],
                doses[:, piece],
                drawn.stem_cells,
                seed_key=key,
                patients=patients,
                method=plan.method,
            )
            states = states_of(cells, drawn.stem_cells)
            clinic.wait(states, doses[:, begin], float(edges[begin + 1] - edges[begin]))
    clinic.look(len(days) - 1, states, cells)
    return drawn, courses
