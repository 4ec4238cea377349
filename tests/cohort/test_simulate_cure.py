"""Who is cured in a virtual cohort, against the backward equation of extinction."""

import numpy as np
import pytest

from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.course.population import draw_patients
from remnant.cohort.course.simulate import simulate_block
from remnant.cohort.scenario.planned import plain_therapy
from remnant.cohort.scenario.scenario import Scenario
from remnant.cohort.summary.summary import summarise
from remnant.dynamics.extinction.cure import cure_probability
from remnant.dynamics.extinction.environment import Signal
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.start import baseline
from remnant.dynamics.stochastic.cells import cells_of
from remnant.scale import Block
from remnant.scale.philox import seed_key

PATIENTS, YEARS = 800, 1.5
FEW = {
    "feedback": 0.0, "stem_cells": 60.0, "start.fraction": 0.3, "start.resistant": 0.0, "mutation": 0.0,
    "lenalidomide.activation": 0.0, "lenalidomide.quiescent_kill": 0.25, "lenalidomide.active_kill": 0.6,
}  # fmt: skip


@pytest.mark.parametrize("days_on", [21, 28])
def test_as_many_are_cured_as_the_backward_equation_says(days_on):
    """Without feedback nothing is approximate: each patient's chance is known, and so is their spread."""
    therapy = [{"drug": "lenalidomide", "start_day": 0, "days_on": days_on, "end_month": 12}]
    scenario = Scenario.model_validate({"title": "Few cells", "therapy": therapy, "parameters": FEW})
    plan = CohortPlan(scenario, scenario.preset, PATIENTS, YEARS, 11)
    rows = simulate_block(plan, Block(0, PATIENTS))

    patients = np.arange(PATIENTS, dtype=np.uint64)
    drawn = draw_patients(plan, patients)
    states = baseline(drawn.parameters, **vars(drawn.start))
    key = seed_key(plan.seed, "cohort")
    first = cells_of(states, drawn.stem_cells, seed_key=key, patients=patients).stems
    edges, doses = plain_therapy(scenario, plan.horizon).segments(0, plan.horizon)
    packed = pack(drawn.parameters, drawn.effects)
    chance = cure_probability(packed, edges, doses, Signal.constant(), first, horizons=[plan.horizon])[:, 0]

    there = first[:, 1].sum(axis=1) > 0
    cured = rows["extinct_day"].is_not_null().to_numpy()
    assert not cured[~there].any()
    expected, variance = chance[there].sum(), (chance * (1 - chance))[there].sum()
    assert 0.1 < expected / there.sum() < 0.9
    assert abs(cured.sum() - expected) < 4 * np.sqrt(variance)
    share = summarise(rows.lazy(), plan).cure
    assert share is not None
    assert share.count == cured.sum()
