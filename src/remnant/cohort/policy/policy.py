"""A scenario in action: at every look rules are asked, and doses ordered until the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from remnant.cohort.policy.conditions import FALSE, TRUE, UNKNOWN, complete_response, judge
from remnant.cohort.policy.cuts import Cuts
from remnant.cohort.policy.orders import Orders
from remnant.cohort.policy.seen import Chart, Flags, Floats, Ints, Seen
from remnant.cohort.scenario.planned import Terms, planned, terms
from remnant.cohort.scenario.rules import Rule
from remnant.cohort.scenario.scenario import Scenario


@dataclass
class _Watch:
    """One rule and what it remembers of each patient."""

    rule: Rule
    drug: int
    patients: int
    since: Floats = field(init=False)  # first look of the run of looks at which it was seen
    in_force: Flags = field(init=False)  # fired, and not yet undone
    limits: Floats = field(init=False)  # floor and ceiling before and after it fired
    fired: Ints = field(init=False)
    first_fired: Floats = field(init=False)
    not_evaluable: Ints = field(init=False)

    def __post_init__(self) -> None:
        n = self.patients
        self.since, self.first_fired = np.full(n, np.nan), np.full(n, np.nan)
        self.in_force = np.zeros(n, bool)
        self.limits = np.zeros((4, n))
        self.fired, self.not_evaluable = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def ready(self, seen: Seen, chart: Chart) -> Flags:
        """Say in whom it has been seen for long enough, and may fire."""
        truth = judge(self.rule.when, seen, chart, self.drug)
        self.not_evaluable += truth == UNKNOWN
        self.since = np.where(truth == FALSE, np.nan, self.since)
        self.since = np.where((truth == TRUE) & np.isnan(self.since), seen.day, self.since)
        held = (truth == TRUE) & (seen.day - self.since >= self.rule.for_days)
        return np.asarray(held & (self.rule.again | (self.fired == 0)) & ~self.in_force)

    def note(self, who: Flags, day: int) -> None:
        """Remember in whom it fired; to fire again it must be seen for as long again."""
        self.fired += who
        self.first_fired = np.where(who & np.isnan(self.first_fired), day, self.first_fired)
        self.since = np.where(who, np.nan, self.since)
        self.in_force |= who & (self.rule.until is not None)


class Policy:
    """Doses of many patients from look to look, by the calendar and the rules of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Calendar, looks and rules.
    drugs : tuple of str
        Order of the drugs in the doses; every drug of the scenario is among them.
    patients : int
        How many. Nothing that happens to one changes another's doses.
    """

    def __init__(self, scenario: Scenario, drugs: tuple[str, ...], patients: int):
        assert set(scenario.drugs) <= set(drugs), f"{scenario.drugs} without a column among {drugs}"
        courses = dict(zip(scenario.drugs, planned(scenario), strict=True))
        self.looks = scenario.looks
        self.drugs = drugs
        self._full = np.array([scenario.label(name).full_dose_mg for name in drugs])
        self._labels = [
            Terms(label.full_dose_mg, label.days_on, label.cycle_days) for label in map(scenario.label, drugs)
        ]
        self._orders = [Orders(courses.get(name, ()), patients) for name in drugs]
        self._chart = Chart(scenario.looks, patients, len(drugs))
        self.watches = [_Watch(rule, drugs.index(rule.drug), patients) for rule in scenario.rules]
        self._cuts = [self._cuts_of(number) for number in range(len(drugs))]
        self._day = -1

    @property
    def rules(self) -> tuple[str, ...]:
        """Titles of the rules, in the order of the tables below."""
        return tuple(watch.rule.title for watch in self.watches)

    @property
    def fired(self) -> Ints:
        """How often each rule fired, shape (rules, patients)."""
        return self._table("fired", np.int64)

    @property
    def first_fired(self) -> Floats:
        """Day on which each rule first fired; NaN where it did not, shape (rules, patients)."""
        return self._table("first_fired", np.float64)

    @property
    def not_evaluable(self) -> Ints:
        """At how many looks a rule could not be judged, shape (rules, patients)."""
        return self._table("not_evaluable", np.int64)

    def segment(self, day: int, seen: Seen, *, until: int | None = None) -> tuple[Floats, Floats]:
        """Judge a look, and order doses until the next.

        Parameters
        ----------
        day : int
            Day of the look, later than the one before.
        seen : Seen
            What it shows.
        until : int or None
            Day on which the segment ends instead of the next look, such as the end of the horizon.

        Returns
        -------
        edges : ndarray, shape (S + 1,)
            Days, from `day` on; the same whichever patients there are.
        doses : ndarray, shape (patients, S, drugs)
            Relative doses from each edge to the next.
        """
        assert day > self._day, f"a look on day {day} after one on day {self._day}"
        assert seen.day == day, f"a look of day {seen.day} judged on day {day}"
        self._day = day
        self._chart.note_look(seen)
        for watch in self.watches:
            self._undo(watch, seen)
        for watch in self.watches:
            ready = watch.ready(seen, self._chart)
            watch.note(self._carry_out(watch, ready, day), day)
        self._chart.note_response(complete_response(seen, self._chart) == TRUE)
        following = self.looks.after(day) if until is None else until
        cuts = set().union(*(cut.between(day, following) for cut in self._cuts)) if self._cuts else set()
        edges = np.array([day, *sorted(cuts), following], float)
        shape = (self._chart.patients, len(edges) - 1, len(self.drugs))
        doses = np.zeros(shape)
        for number, orders in enumerate(self._orders):
            doses[:, :, number] = orders.doses(edges[:-1]) / self._full[number]
        self._chart.note_doses(edges, doses)
        return edges, doses

    def _undo(self, watch: _Watch, seen: Seen) -> None:
        if watch.rule.until is None:
            return
        who = watch.in_force & (judge(watch.rule.until, seen, self._chart, watch.drug) == TRUE)
        orders = self._orders[watch.drug]
        match watch.rule.then:
            case "hold":
                orders.release(who, seen.day)
            case "start":
                orders.end_own(who, seen.day)
            case "reduce" | "raise":
                # Only what this rule has set: a lower ceiling that another rule has set since stays.
                floor, ceiling, floor_set, ceiling_set = watch.limits
                mine = who & (orders.floor == floor_set) & (orders.ceiling == ceiling_set)
                orders.floor = np.where(mine, floor, orders.floor)
                orders.ceiling = np.where(mine, ceiling, orders.ceiling)
        watch.in_force &= ~who

    def _carry_out(self, watch: _Watch, ready: Flags, day: int) -> Flags:
        """Do what the rule says where it changes something; return for whom it did."""
        rule, orders = watch.rule, self._orders[watch.drug]
        given = orders.given(day)
        match rule.then:
            case "stop":
                who = ready & ~orders.stopped & (orders.level(day) > 0)
                orders.stop(who)
            case "hold":
                who = ready & ~orders.stopped & (orders.level(day) > 0)
                if rule.dose_mg:  # a second reason to hold what is held lowers the dose no further
                    orders.lower(who & given, rule.dose_mg, day)
                self._hold(rule, orders, who, day)
            case "reduce" | "raise":
                before = np.stack([orders.floor, orders.ceiling])
                change = orders.lower if rule.then == "reduce" else orders.lift
                who = change(ready & given, rule.dose_mg, day)
                after = np.stack([orders.floor, orders.ceiling])
                watch.limits = np.where(who, np.concatenate([before, after]), watch.limits)
            case "restart":
                who = ready & ~given & orders.begun(day)
                orders.restart(who, day)
                if rule.dose_mg:
                    orders.fix(who, rule.dose_mg[0])
                self._forget_holds(watch.drug, who)
            case "start":
                who = ready & ~given
                orders.start(who, day, terms(rule, self._labels[watch.drug]), rule.days)
                self._forget_holds(watch.drug, who)
        return who

    @staticmethod
    def _hold(rule: Rule, orders: Orders, who: Flags, day: int) -> None:
        if rule.days is not None:
            orders.hold_for(who, day, rule.days)
        else:
            orders.hold(who)

    def _forget_holds(self, drug: int, who: Flags) -> None:
        for other in self.watches:
            if other.drug == drug and other.rule.then == "hold":
                other.in_force &= ~who

    def _cuts_of(self, number: int) -> Cuts:
        about = [watch.rule for watch in self.watches if watch.drug == number]
        courses = self._orders[number].courses
        own = {terms(rule, self._labels[number]) for rule in about if rule.then == "start"}
        if any(rule.then == "restart" for rule in about):
            own |= {course.terms for course in courses}
        return Cuts(courses, about, sorted(own, key=lambda t: (t.cycle_days, t.days_on, t.dose_mg)))

    def _table(self, name: str, kind: type) -> np.ndarray:
        rows = [getattr(watch, name) for watch in self.watches]
        return np.stack(rows) if rows else np.zeros((0, self._chart.patients), kind)
