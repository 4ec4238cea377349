"""Charts of plans: legal Vega-Lite, every planned number on them, and nothing fitted."""

from __future__ import annotations

import pytest
import vl_convert
from scipy.special import logit

from remnant.figures.plan_events import plot_events
from remnant.figures.plan_nuclei import plot_nuclei
from remnant.figures.plan_patients import plot_patients
from remnant.figures.plan_visits import plot_visits
from remnant.figures.plan_wells import plot_wells
from remnant.figures.theme import specification
from remnant.planning import (
    BlankLaw,
    PatientsQuestion,
    VisitsQuestion,
    WellsQuestion,
    Wishes,
    bench_from_controls,
    plan_events,
    plan_nuclei,
    plan_patients,
    plan_split,
    plan_visits,
    plan_wells,
)
from remnant.planning.decision import Assay
from remnant.planning.recurrence import Reading, Recurrence
from remnant.planning.trial import Population, Rule
from remnant.scale import Serial
from remnant.stats.fractions.error_rates import Beta

FP, FN = Beta(3, 400), Beta(2, 98)


def drawn(chart):
    chart.to_dict()  # checks the schema
    return vl_convert.vegalite_to_svg(specification(chart)), specification(chart)["datasets"]


def test_the_planned_nuclei_are_marked_on_the_saw():
    plan = plan_nuclei(0.1, bench_from_controls([(2, 200), (1, 200), (4, 200)])[0], most=400)
    svg, data = drawn(plot_nuclei(plan))
    assert f"{plan.showing.nuclei} nuclei" in svg
    assert f"0 of {plan.exclusion.nuclei}" in svg
    assert data["shown"][0]["power"] == plan.showing.power


def test_a_clone_that_no_number_shows_is_drawn_without_a_mark():
    plan = plan_nuclei(0.02, bench_from_controls([(1, 200), (12, 200), (3, 200)])[0], most=200)
    _, data = drawn(plot_nuclei(plan))
    assert plan.showing.nuclei is None
    assert data["shown"] == []


def test_cells_and_their_split_are_drawn():
    plan = plan_events(1e-3, Wishes(), blank=BlankLaw(2.0, 1e5), split=plan_split(1e-3, 2e-5))
    svg, data = drawn(plot_events(plan))
    assert plan.split is not None
    assert plan.split.best is not None
    assert data["best"][0]["nuclei"] == plan.split.best.nuclei
    assert "Cells acquired" in svg


def test_a_background_that_forbids_precision_is_still_drawn():
    svg, data = drawn(plot_events(plan_events(1e-5, Wishes(), blank=BlankLaw(10.0, 1e6, 0.2))))
    assert data["reached"] == []
    assert "background of 10 events" in svg


@pytest.mark.parametrize("doses", [(), (300.0,)])
def test_every_dose_stands_on_the_curve(doses):
    plan = plan_wells(WellsQuestion(1 / 300, 1 / 900, 1 / 100, wells=24, doses=doses))
    _, data = drawn(plot_wells(plan))
    assert [row["wells"] for row in data["doses"]] == [row.wells for row in plan.doses]


def test_every_test_has_a_line_and_the_patients_needed_a_mark():
    people = Population(0.02, float(logit(0.5) - logit(0.02)), 0.5, 0.5)
    question = PatientsQuestion(people, Assay(20, 100, FP, FN, 1.0), 1, Rule(0.95, 0.05), most=8, trials=20)
    plan = plan_patients(question, executor=Serial())
    svg, data = drawn(plot_patients(plan))
    assert {row["test"] for row in data["power"]} == set(plan.tests)
    assert f"{plan.needed[0]} patients" in svg


def test_every_schedule_is_a_point():
    reading = Reading(20, FP, FN, 2, 0.95)
    question = VisitsQuestion(Recurrence(0.95, 0.01, 0.5, 45.0, 0.3), (reading,), (30.0, 60.0), patients=20)
    _, data = drawn(plot_visits(plan_visits(question, executor=Serial())))
    assert len(data["schedules"]) == 2
