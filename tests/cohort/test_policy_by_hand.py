"""The policy against a second reading of the same rules: one patient, one day at a time, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cohort.declared import with_holds

from remnant.cohort.policy.policy import Policy
from remnant.cohort.policy.seen import Seen
from remnant.cohort.scenario.scenario import Scenario

LAST = 280
Look = dict[str, Any]


@dataclass
class Patient:
    """A nurse's sheet: what is ordered, and since when each rule has been seen."""

    courses: list[dict[str, Any]]
    cap: float = 1e9
    least: float = 0.0
    stopped: bool = False
    holders: set[int] = field(default_factory=set)  # rules that hold the drug
    cycle_from: int = -1  # day on which treatment was last resumed
    beyond: dict[str, Any] | None = None  # course that goes on after the calendar
    since: dict[int, int | None] = field(default_factory=dict)
    spent: dict[int, int] = field(default_factory=dict)
    clone: bool = False
    responded: bool = False

    def course(self, day: int) -> dict[str, Any] | None:
        if self.beyond and day >= self.beyond["start"]:
            return self.beyond
        return next((one for one in self.courses if one["start"] <= day <= one["end"]), None)

    def level(self, day: int) -> float:
        one = self.course(day)
        return 0.0 if one is None else min(max(one["mg"], self.least), self.cap)

    def dose(self, day: int) -> float:
        one = self.course(day)
        if one is None or self.stopped or self.holders:
            return 0.0
        begun = max(one["start"], self.cycle_from)
        return self.level(day) if (day - begun) % one["cycle"] < one["on"] else 0.0

    def sees(self, when: dict[str, Any], look: Look, day: int) -> bool | None:
        """True, False, or None where it cannot be told."""
        answers = []
        for key, value in when.items():
            if key == "from_day":
                answers.append(day >= value)
            elif key == "clone_back":
                known = look["k"] >= 0
                answers.append((look["k"] >= 1 if known else None) if self.responded else False)
            elif key == "complete_cytogenetic_response":
                answers.append(False if look["k"] > 0 else True if look["k"] == 0 and self.clone else None)
            else:
                low = None if np.isnan(look["anc"]) else look["anc"] < value
                answers.append(low if key == "neutrophils_below" or low is None else not low)
        if False in answers:
            return False
        return None if None in answers else True

    def visit(self, rules: list[dict[str, Any]], look: Look, day: int) -> None:
        self.clone |= look["k"] > 0
        for number in sorted(self.holders):
            if self.sees(rules[number]["until"], look, day):
                self.holders.remove(number)
                if not self.holders:
                    self.cycle_from = day
        for number, rule in enumerate(rules):
            seen = self.sees(rule["when"], look, day)
            if seen is False:
                self.since[number] = None
            if seen and self.since.get(number) is None:
                self.since[number] = day
            since = self.since.get(number)
            ready = (
                seen and since is not None and day - since >= rule["for_days"] and number not in self.holders
            )
            if ready and (rule["again"] or not self.spent.get(number)) and self.act(number, rule, day):
                self.spent[number] = self.spent.get(number, 0) + 1
                self.since[number] = None
        if look["k"] == 0 and self.clone:
            self.responded = True

    def act(self, number: int, rule: dict[str, Any], day: int) -> bool:
        """Do what the rule says; tell whether it changed anything."""
        running = self.level(day) > 0 and not self.stopped
        free = running and not self.holders
        if rule["then"] == "stop":
            self.stopped |= running
            return running
        if rule["then"] == "hold":
            if free:
                self.lower(rule.get("dose_mg", []), day)
            if running:
                self.holders.add(number)
            return running
        if rule["then"] == "reduce":
            return free and self.lower(rule["dose_mg"], day)
        if free or not any(one["start"] < day for one in self.courses):
            return False
        self.stopped, self.cycle_from = False, day
        self.holders.clear()
        if self.course(day) is None:
            self.beyond = [one for one in self.courses if one["start"] <= day][-1] | {"start": day}
        if "dose_mg" in rule:
            self.cap = self.least = rule["dose_mg"][0]
        return True

    def lower(self, levels: list[float], day: int) -> bool:
        below = [level for level in levels if level < self.level(day)]
        if below:
            self.cap = max(below)
            self.least = min(self.least, self.cap)
        return bool(below)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], list[Look]]:
    """A scenario of one drug, and the looks of one patient."""
    thresholds = st.sampled_from([0.5, 1.0, 2.0])
    keys = st.one_of(
        thresholds.map(lambda x: {"neutrophils_below": x}),
        thresholds.map(lambda x: {"neutrophils_at_least": x}),
        st.just({"complete_cytogenetic_response": True}),
        st.just({"clone_back": True}),
        st.integers(0, 200).map(lambda day: {"from_day": day}),
        st.just({"complete_cytogenetic_response": True, "neutrophils_at_least": 1.0}),
    )
    actions = st.sampled_from(
        [
            {"then": "stop"},
            {"then": "restart"},
            {"then": "restart", "dose_mg": [7.5]},
            {"then": "hold", "until": {"neutrophils_at_least": 1.0}, "dose_mg": [5.0, 2.5]},
            {"then": "hold", "until": {"neutrophils_at_least": 2.0, "from_day": 60}},
            {"then": "reduce", "dose_mg": [5.0, 2.5]},
        ]
    )
    rules = [
        {"when": draw(keys), "for_days": draw(st.sampled_from([0, 14, 28])), "again": draw(st.booleans())}
        | draw(actions)
        for _ in range(draw(st.integers(1, 5)))
    ]
    courses, day = [], draw(st.integers(0, 30))
    for _ in range(draw(st.integers(1, 3))):
        cycle, length = draw(st.integers(1, 30)), draw(st.integers(1, 120))
        on = draw(st.integers(1, cycle))
        mg = draw(st.sampled_from([2.5, 10.0]))
        courses.append({"start": day, "end": day + length - 1, "mg": mg, "on": on, "cycle": cycle})
        day += length + draw(st.integers(0, 20))
    every = draw(st.sampled_from([7, 14, 28]))
    counts, metaphases = st.sampled_from([0.3, 0.7, 1.5, 3.0, np.nan]), st.integers(-1, 2)
    looks = [{"anc": draw(counts), "k": draw(metaphases)} for _ in range(0, LAST, every)]
    return {"rules": rules, "courses": courses, "every": every}, looks


@settings(max_examples=80)
@given(cases())
def test_doses_are_those_that_a_second_reading_of_the_rules_orders(case):
    plan, looks = case
    therapy = [
        {"drug": "lenalidomide", "start_day": one["start"], "end_day": one["end"], "dose_mg": one["mg"]}
        | {"days_on": one["on"], "cycle_days": one["cycle"]}
        for one in plan["courses"]
    ]
    rules = [rule | {"drug": "lenalidomide"} for rule in plan["rules"]]
    scenario = Scenario.model_validate(
        {"therapy": with_holds(therapy), "rule": rules, "looks": {"every_days": plan["every"]}}
    )
    policy, patient = Policy(scenario, scenario.drugs, 1), Patient(plan["courses"])
    for number, look in enumerate(looks):
        day = number * plan["every"]
        edges, doses = policy.segment(day, _seen(day, look))
        patient.visit(plan["rules"], look, day)
        for first, last, dose in zip(
            edges[:-1].astype(int), edges[1:].astype(int), doses[0, :, 0], strict=True
        ):
            assert [patient.dose(d) / 10 for d in range(first, last)] == [dose] * (last - first)
    assert policy.fired[:, 0].tolist() == [patient.spent.get(n, 0) for n in range(len(rules))]


def _seen(day: int, look: Look) -> Seen:
    one = {name: np.array([value]) for name, value in (("haemoglobin", 12.0), ("platelets", 200.0))}
    return Seen(
        day, neutrophils=np.array([look["anc"]]), metaphases_abnormal=np.array([look["k"]]), metaphases=20,
        transfused=np.array([False]), **one,
    )  # fmt: skip
