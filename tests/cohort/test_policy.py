"""What a scenario orders, look by look."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cohort.planned import plain_therapy
from remnant.cohort.policy import Policy
from remnant.cohort.scenario import Scenario
from remnant.cohort.seen import Seen

LENALIDOMIDE = {"drug": "lenalidomide", "start_day": 0}


def scenario(*rules: dict[str, Any], therapy: Any = (LENALIDOMIDE,), **sections: Any) -> Scenario:
    """Make a scenario from a few sections; rules are about lenalidomide."""
    asked = [{"drug": "lenalidomide"} | rule for rule in rules]
    return Scenario.model_validate({"therapy": list(therapy), "rule": asked} | sections)


def seen(day: int, patients: int = 1, **what: Any) -> Seen:
    """Show a look at patients in whom nothing is wrong, but for what is given."""
    usual: dict[str, Any] = {
        "haemoglobin": 12.0,
        "neutrophils": 3.0,
        "platelets": 250.0,
        "metaphases_abnormal": -1,
        "transfused": False,
    }
    columns = {
        name: np.broadcast_to(value, patients)
        for name, value in (usual | what).items()
        if name != "metaphases"
    }
    return Seen(day=day, metaphases=what.get("metaphases", 20), **columns)


def follow(policy: Policy, looks: dict[int, dict[str, Any]], end: int, patients: int = 1) -> np.ndarray:
    """Run a policy over its looks; return the relative dose of every day, shape (patients, days, drugs)."""
    days = np.zeros((patients, end, len(policy.drugs)))
    day = 0
    while day < end:
        edges, doses = policy.segment(day, seen(day, patients, **looks.get(day, {})))
        assert edges[0] == day
        assert edges[-1] == policy.looks.after(day)
        for first, last, dose in zip(
            edges[:-1].astype(int), edges[1:].astype(int), doses.swapaxes(0, 1), strict=True
        ):
            days[:, first : min(last, end)] = dose[:, None, :]
        day = int(edges[-1])
    return days


@st.composite
def calendars(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Courses of two drugs with every kind of cycle, gaps, and overlaps between the drugs."""
    courses = []
    for drug in ("lenalidomide", "other"):
        day = draw(st.integers(0, 40))
        for _ in range(draw(st.integers(0, 3))):
            cycle = draw(st.integers(1, 40))
            length = draw(st.integers(1, 120))
            courses.append(
                {
                    "drug": drug,
                    "start_day": day,
                    "end_day": day + length - 1,
                    "dose_mg": draw(st.sampled_from([2.5, 5.0, 10.0, 15.0])),
                    "days_on": draw(st.integers(1, cycle)),
                    "cycle_days": cycle,
                }
            )
            day += length + draw(st.integers(0, 30))
    return courses


OTHER = {"other": {"full_dose_mg": 5.0, "quiescent_kill": 0.1}}


@given(calendars(), st.integers(1, 60), st.integers(0, 9), st.integers(0, 60))
def test_without_rules_doses_are_those_of_the_plain_calendar(courses, every, early, last):
    looks = {"every_days": every, "early_every_days": early, "early_days": last}
    plan = scenario(therapy=courses, drug=OTHER, looks=looks)
    got = follow(Policy(plan, plan.drugs, 1), {}, 400)[0]
    therapy = plain_therapy(plan, 400)
    for number, calendar in enumerate(therapy.calendars):
        assert np.array_equal(got[:, number], calendar.dose(np.arange(400)))


@given(calendars(), st.integers(1, 60))
def test_every_switch_of_the_plain_calendar_is_an_edge(courses, every):
    plan = scenario(therapy=courses, drug=OTHER, looks={"every_days": every})
    policy = Policy(plan, plan.drugs, 1)
    therapy = plain_therapy(plan, 500)
    for day in plan.looks.days(300):
        edges, doses = policy.segment(day, seen(day))
        expected, given_doses = therapy.segments(day, plan.looks.after(day))
        assert set(expected) <= set(edges)
        at = np.searchsorted(expected, edges[:-1], side="right") - 1
        assert np.array_equal(doses[0], given_doses[at])
