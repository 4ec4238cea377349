"""All rules that were tried at one look at a patient, in order, with what was found and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.explain.falls import dependence, fall
from remnant.response.iwg2006.explain.improvement import (
    Improvement,
    ImprovementCourse,
    improvement_course,
    improvement_on,
)
from remnant.response.iwg2006.explain.progression import failure, progression, relapse, stable
from remnant.response.iwg2006.explain.remission import (
    abnormal_before,
    blasts_before,
    complete_remission,
    held_counts,
    held_marrows,
    marrow_remission,
    partial_remission,
)
from remnant.response.record.baseline import Baseline, baseline_of
from remnant.response.record.history import History
from remnant.response.record.measurements import Line, Marrow
from remnant.response.record.transfusions import WINDOWS, free_runs, observed_until
from remnant.response.rules.runs import Run
from remnant.response.rules.trace import RuleTrace, Verdict, some


@dataclass(frozen=True)
class Before:
    """What earlier looks had shown: when responses began.

    Parameters
    ----------
    remission : int or None
        Day of the first CR or PR.
    marrow : int or None
        Day of the first CR, PR or marrow CR.
    improved : mapping of Line to int
        First day of the first improvement of each line that had one.
    progression : int or None
        Last day up to the look on which there was progression or failure, or more than 8 weeks before it.
    """

    remission: int | None
    marrow: int | None
    improved: Mapping[Line, int]
    progression: int | None = None


class Explainer:
    """One patient, with what does not change from look to look; worked out when it is first needed."""

    def __init__(self, history: History, first_dose: int) -> None:
        self.history, self.first = history, first_dose

    @cached_property
    def base(self) -> Marrow | None:
        """The marrow before treatment."""
        oldest = self.first - limits.MARROW_BASELINE_DAYS
        recent = [one for one in self.history.marrows if oldest <= one.day <= self.first]
        return recent[-1] if recent else None

    @cached_property
    def baselines(self) -> dict[Line, Baseline]:
        """Each line before treatment."""
        days = limits.BASELINE_DAYS
        return {line: baseline_of(self.history.lines[line], self.first, window_days=days) for line in Line}

    @cached_property
    def abnormal(self) -> dict[Line, bool | None]:
        """Whether each line was below the limit of a CR before treatment."""
        return abnormal_before(self.baselines)

    @cached_property
    def courses(self) -> tuple[ImprovementCourse, ...]:
        """Each line against its baseline."""
        return tuple(
            improvement_course(self.history, line, self.baselines[line], self.first) for line in Line
        )

    @cached_property
    def held(self) -> dict[int, Run]:
        """Stretches of the counts of a CR."""
        return held_counts(self.history, dict.fromkeys(Line, True), self.first, clear=True)

    @cached_property
    def held_partly(self) -> dict[int, Run]:
        """Stretches of the counts of a PR."""
        clear = blasts_before(self.history, self.first)
        return held_counts(self.history, self.abnormal, self.first, clear=clear)

    @cached_property
    def marrow_held(self) -> dict[int, Run]:
        """Stretches of marrow CR."""
        return held_marrows(self.history, self.base, partial=False, first_dose=self.first)

    @cached_property
    def marrow_held_partly(self) -> dict[int, Run]:
        """Stretches of the marrow of a PR."""
        return held_marrows(self.history, self.base, partial=True, first_dose=self.first)

    @cached_property
    def independent_since(self) -> int | None:
        """Day on which the patient had first been free of red cells for 56 days."""
        last = observed_until(self.history)
        free = [] if last is None else free_runs(self.history.transfusions, self.first, last)
        long = next((run for run in free if run.days >= WINDOWS[0]), None)
        return None if long is None else long.first + WINDOWS[0]

    def rules(self, day: int, before: Before) -> tuple[RuleTrace, ...]:
        """Return every rule that was tried on a day."""
        history, first, base = self.history, self.first, self.base
        marrow = next((one for one in history.marrows if one.day == day), None)
        remissions = (
            complete_remission(history, marrow, day, held=self.held, first_dose=first),
            partial_remission(
                history, marrow, base, day,
                abnormal=self.abnormal, held=self.held_partly, marrow_held=self.marrow_held_partly,
                first_dose=first,
            ),
            marrow_remission(marrow, base, self.marrow_held),
        )  # fmt: skip
        # A line falls from its own improvement, or from the remission of the marrow.
        since = {line: _earliest(before.improved.get(line), before.marrow) for line in Line}
        again = relapse(history, marrow, base, day, since=before.remission)
        worse = progression(
            history, marrow, base, day,
            first_dose=first, baselines=self.baselines, since=since, independent_since=self.independent_since,
        )  # fmt: skip
        failed = failure(marrow, base)
        still = stable(day, first, some([worse.verdict, failed.verdict]), before.progression)
        tried = [rule for one in (*remissions, again, worse, failed) for rule in one.traces]
        return (*tried, still, *self._improvements(day, before))

    def _improvements(self, day: int, before: Before) -> list[RuleTrace]:
        rules: list[RuleTrace] = []
        for one in self.courses:
            now = improvement_on(self.history, one, day, self.first)
            rules += now.traces
            rules += self._lost(one.line, day, before.improved.get(one.line), now)
        return rules

    def _lost(self, line: Line, day: int, since: int | None, now: Improvement) -> tuple[RuleTrace, ...]:
        if since is None or day <= since:
            return ()
        name = f"loss of {limits.HI_NAME[line]}"
        fallen = fall(f"{name}: {line}", limits.LOSSES[line], self.history, line, day, since=since).trace
        if line is not Line.HAEMOGLOBIN:
            return (fallen,)
        units = dependence(f"{name}: transfusions", self.history, day, since=since)
        by_units = next(rule for rule in now.traces if rule.rule == "HI-E: units")
        if by_units.verdict is Verdict.MET and units.verdict is Verdict.MET:
            # Fewer units than before, though still four or more, is the improvement itself and not its loss.
            found = f"{units.found}; still fewer than before by 4"
            units = replace(units, verdict=Verdict.NOT_MET, found=found)
        return fallen, units


def missing(rules: tuple[RuleTrace, ...], note: str) -> tuple[str, ...]:
    """Say what is not done or not evaluable and could change the category."""
    found = [f"{rule.rule}: {rule.found}" for rule in rules if rule.verdict is Verdict.NOT_EVALUABLE]
    return tuple(dict.fromkeys([*([note] if note else []), *found]))


def _earliest(*days: int | None) -> int | None:
    return min((day for day in days if day is not None), default=None)
