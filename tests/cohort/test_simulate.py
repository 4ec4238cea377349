"""A virtual patient is the same in any company; what the drug does shows; what cannot be is refused."""

from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from remnant.cohort.plan import CohortPlan
from remnant.cohort.planned import plain_therapy
from remnant.cohort.rows import columns_of
from remnant.cohort.scenario import Scenario
from remnant.cohort.shipped import shipped
from remnant.cohort.simulate import follow, parts, simulate_block
from remnant.cohort.trajectories import trajectories, trajectory_columns
from remnant.dynamics.deterministic.solver import solve
from remnant.dynamics.model.observables import clone_fraction, frequency
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.presets import PRESETS
from remnant.dynamics.model.start import baseline
from remnant.errors import SettingError
from remnant.scale import Block, Dask, Processes, map_blocks
from remnant.store.records import from_json, to_json

WAIT = {"title": "Nothing is given"}
LABEL = {"title": "Label", "therapy": [{"drug": "lenalidomide", "start_day": 0}]}
STOP = {"title": "One year", "therapy": [{"drug": "lenalidomide", "start_day": 0, "end_month": 12}]}


def plan_of(scenario=LABEL, *, patients=40, years=2.0, seed=5, method="hybrid", **more):
    made = Scenario.model_validate(scenario | more)
    return CohortPlan(made, made.preset, patients, years, seed, method)


def simulate(plan):
    return simulate_block(plan, Block(0, plan.patients))


@pytest.fixture(scope="module")
def rows():
    return simulate(plan_of())


def test_a_row_is_the_same_in_blocks_of_any_size(rows):
    plan = plan_of()
    for size in (1, 7, 1000):
        blocks = [Block(first, min(first + size, 40)) for first in range(0, 40, size)]
        assert_frame_equal(pl.concat(simulate_block(plan, b) for b in blocks), rows, check_exact=True)


@pytest.mark.parametrize("name", ["label", "stop-at-response", "activate-then-kill"])
def test_rules_and_holds_of_a_patient_do_not_depend_on_the_others(name):
    scenario = shipped(name)
    plan = CohortPlan(scenario, scenario.preset, 30, 2.0, 4)
    whole = simulate(plan)
    alone = pl.concat(simulate_block(plan, Block(n, n + 1)) for n in (0, 11, 29))
    assert_frame_equal(whole[[0, 11, 29]], alone, check_exact=True)


def test_a_row_does_not_depend_on_how_many_are_simulated(rows):
    assert_frame_equal(simulate(plan_of(patients=11)), rows.head(11), check_exact=True)


def test_a_row_does_not_depend_on_how_many_are_followed_at_once(rows, monkeypatch):
    monkeypatch.setattr("remnant.cohort.simulate.NUMBERS_HELD", 100)
    plan = plan_of()
    assert len(list(parts(plan, 0, 40))) > 5
    assert_frame_equal(simulate(plan), rows, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("executor", [Processes(2), Dask()], ids=["processes", "dask"])
def test_a_row_is_the_same_from_another_process(rows, executor):
    outcome = map_blocks(partial(simulate_block, plan_of()), 40, executor=executor, size=13)
    assert_frame_equal(pl.concat(answer for _, answer in outcome.answers), rows, check_exact=True)


def test_the_columns_are_those_that_are_documented(rows):
    columns = columns_of(plan_of())
    assert rows.columns == [column.name for column in columns]
    assert rows.dtypes == [column.dtype for column in columns]
    assert all(column.meaning.endswith(".") for column in columns)
    assert rows["synthetic"].all()


def test_another_seed_makes_other_patients(rows):
    other = simulate(plan_of(seed=6))
    assert (other["division"] != rows["division"]).all()


def test_two_scenarios_treat_the_same_patients(rows):
    quiescent = {"drug": {"sleeper": {"full_dose_mg": 5, "quiescent_kill": 1.0}}}
    both = LABEL["therapy"] + [{"drug": "sleeper", "start_day": 0}]
    other = simulate(plan_of(LABEL | {"therapy": both} | quiescent, parameters={"vigour": 1.0}))
    drawn = [name for name, _ in plan_of().population().priors() if name != "vigour"]
    assert_frame_equal(other.select(drawn), rows.select(drawn), check_exact=True)
    at_start = [name for name in rows.columns if name.endswith("month_0")]
    assert_frame_equal(other.select(at_start), rows.select(at_start), check_exact=True)


def test_a_shorter_course_is_the_beginning_of_a_longer_one(rows):
    short = simulate(plan_of(years=1.0))
    early = [f"stem_fraction_month_{month}" for month in (0, 3, 6)]
    assert_frame_equal(short.select(early), rows.select(early), check_exact=True)


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("method", ["hybrid", "exact", "deterministic"])
def test_every_preset_and_method_gives_finite_numbers_or_null(preset, method):
    few = {"stem_cells": 2000.0}
    drug = PRESETS[preset].drugs[0].name
    scenario = {"title": "x", "preset": preset, "therapy": [{"drug": drug, "start_day": 0}]}
    rows = simulate(plan_of(scenario, patients=6, years=0.5, method=method, parameters=few))
    for column in rows.iter_columns():
        if column.dtype == pl.Float64:
            assert column.drop_nulls().is_finite().all(), column.name
    for name in rows.columns:
        if "fraction" in name and "start" not in name:
            assert rows[name].drop_nulls().is_between(-1, 1).all(), name
    if method == "deterministic":
        assert rows["extinct_day"].null_count() == 6


def test_without_a_drug_there_is_no_remission():
    rows = simulate(plan_of(WAIT, patients=60, years=5.0, parameters={"start.fraction": 0.9}))
    assert rows["cleared_day"].null_count() == 60
    assert rows["stopped_day"].null_count() == 60
    assert (rows["stem_fraction_end"] > 0.5).all()


STRONG = {
    "start.fraction": 0.9,
    "start.resistant": 0.0,
    "mutation": 0.0,
    "lenalidomide.progenitor_kill": 500.0,
}
SPARED = {"lenalidomide.active_kill": 0.0, "lenalidomide.activation": 0.0, "lenalidomide.quiescent_kill": 0.0}


def test_a_drug_that_spares_stem_cells_gives_remission_and_relapse_after_stopping():
    daily = {"drug": "lenalidomide", "start_day": 0, "end_month": 12, "days_on": 28}
    stop = {"title": "One year, daily", "therapy": [daily]}
    rows = simulate(plan_of(stop, patients=60, years=4.0, parameters=STRONG | SPARED))
    assert (rows["progenitor_fraction_month_6"] < 0.35).all()
    assert (rows["stem_fraction_month_6"] > 0.8).all()
    assert (rows["progenitor_fraction_end"] > 0.6).all()
    assert rows["extinct_day"].null_count() == 60
    assert (rows["stopped_day"] == 392).all()


def test_a_drug_that_kills_quiescent_cells_cures():
    kill = STRONG | {
        "stem_cells": 3000.0, "lenalidomide.quiescent_kill": 4.0, "lenalidomide.active_kill": 4.0,
    }  # fmt: skip
    rows = simulate(plan_of(patients=40, years=2.0, parameters=kill))
    assert rows["extinct_day"].null_count() == 0
    assert (rows["malignant_stem_cells_end"] == 0).all()
    assert (rows["resistant_share_end"].is_null()).all()
    assert (rows["stem_fraction_end"] == 0).all()
    assert (rows["molecular_relapse_day"].is_null()).all()


def test_a_stronger_drug_leaves_fewer_stem_cells_in_every_patient_on_equations():
    # With a resistant clone a stronger drug may leave more: it frees the niche for it.
    sensitive = {"start.resistant": 0.0, "mutation": 0.0}
    weak, strong = (
        simulate(plan_of(method="deterministic", parameters=sensitive | {"lenalidomide.active_kill": kill}))
        for kill in (0.1, 0.6)
    )
    assert (strong["malignant_stem_cells_end"] < weak["malignant_stem_cells_end"]).all()


def test_many_cells_follow_the_equations():
    many = {"stem_cells": 1e9, "start.resistant": 0.0, "mutation": 0.0}
    chance, equations = (simulate(plan_of(method=m, parameters=many)) for m in ("hybrid", "deterministic"))
    for name in ("stem_fraction_end", "progenitor_fraction_end", "mature_fraction_month_12"):
        # A clone of a millionth, a thousand cells here, is small enough for chance.
        assert chance[name].to_numpy() == pytest.approx(equations[name].to_numpy(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_on_equations_the_course_is_that_of_the_plain_solver(preset):
    drug = PRESETS[preset].drugs[0].name
    therapy = [{"drug": drug, "start_day": 30, "end_day": 500}]
    made = {"title": "x", "preset": preset, "therapy": therapy, "parameters": {"stem_cells": 1e9}}
    plan = plan_of(made, patients=8, method="deterministic")
    drawn, courses = follow(plan, np.arange(8, dtype=np.uint64))
    states = solve(
        pack(drawn.parameters, drawn.effects),
        plain_therapy(plan.scenario, plan.horizon),
        courses.days,
        baseline(drawn.parameters, **vars(drawn.start)),
    )
    # In healthy pools: of a marrow that the drug has emptied, shares magnify the error of a step.
    clone = courses.fractions * courses.frequencies
    for row, kind in enumerate(("stem", "progenitor", "mature")):
        wanted = clone_fraction(states, kind) * frequency(states, kind)
        assert clone[:, row] == pytest.approx(wanted, abs=2e-4)
        assert courses.frequencies[:, row] == pytest.approx(frequency(states, kind), abs=2e-4)


def test_trajectories_hold_what_the_rows_tell(rows):
    plan = plan_of()
    courses = trajectories(plan, 5)
    assert courses.columns == [column.name for column in trajectory_columns(plan)]
    assert courses.height == 5 * len(plan.days)
    last = courses.filter(pl.col("day") == plan.horizon)
    assert (last["stem_fraction"] == rows["stem_fraction_end"].head(5)).all()
    assert last["lenalidomide.dose"].is_null().all()
    first = courses.filter((pl.col("patient") == 3) & (pl.col("day") == 0))
    assert first["malignant_stem_cells"].item() == rows["malignant_stem_cells_month_0"][3]


def test_doses_given_add_up():
    rows = simulate(plan_of(STOP, patients=3, years=2.0))
    assert (rows["treated_days"] == 13 * 21 + 1).all()
    assert rows["lenalidomide.full_dose_days"].to_numpy() == pytest.approx(rows["treated_days"].to_numpy())


def test_the_horizon_need_not_be_a_look():
    plan = plan_of(years=1.0, patients=2)
    assert plan.days[-2:] == (364, 365)
    assert (simulate(plan)["horizon_day"] == 365).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**62), st.floats(0.01, 1.5), st.integers(7, 60), st.integers(0, 90))
def test_any_seed_horizon_and_looks_give_rows(seed, years, every, marrow):
    looks = {"every_days": every, "marrow_every_days": marrow}
    plan = plan_of(patients=2, years=years, seed=seed, looks=looks)
    assert simulate(plan)["patient"].to_list() == [0, 1]


def test_a_plan_is_kept_as_text_and_read_back():
    plan = plan_of()
    assert from_json(CohortPlan, to_json(plan), source="plan.json") == plan


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"patients": 0}, "--patients"),
        ({"patients": 2.5}, "--patients"),
        ({"patients": True}, "--patients"),
        ({"years": 0.0}, "--years"),
        ({"years": -1.0}, "--years"),
        ({"years": float("nan")}, "--years"),
        ({"years": float("inf")}, "--years"),
        ({"years": 1e-9}, "--years"),
        ({"years": 1000.0}, "--years"),
        ({"seed": -1}, "--seed"),
        ({"method": "guess"}, "--method"),
        ({"preset": "cml-imatinib"}, "preset"),
    ],
)
def test_impossible_plans_are_refused_by_name(change, named):
    with pytest.raises(SettingError, match=named):
        replace(plan_of(), **change)


def test_everything_wrong_with_a_plan_is_said_at_once():
    with pytest.raises(SettingError) as raised:
        replace(plan_of(), patients=0, years=-1.0, seed=-3)
    assert len(raised.value.faults) == 3


def test_courses_are_followed_to_the_last_look():
    plan = plan_of(patients=3)
    _, courses = follow(plan, np.arange(3, dtype=np.uint64))
    assert np.isfinite(courses.fractions).all()
    assert (courses.stems >= 0).all()
    assert (np.nansum(courses.given, axis=0) > 0).all()
