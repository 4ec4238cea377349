"""Response by the criteria of the International Working Group of 2006, visit by visit.

A visit is a day with a specimen. Between visits every blood count and transfusion is looked at too, and gets
a call where it shows something new: an improvement, its loss, a relapse or progression. A category is
issued only if it is the same whatever the missing items are (OR5).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from remnant.response import iwg2006_limits as limits
from remnant.response.baseline import Baseline, baseline_of
from remnant.response.calls import (
    EVENTS,
    NO_CATEGORY,
    NOT_EVALUABLE,
    REMISSIONS,
    ResponseCall,
)
from remnant.response.history import History, Line, Marrow
from remnant.response.iwg2006_falls import dependence, fall
from remnant.response.iwg2006_improvement import (
    Improvement,
    ImprovementCourse,
    improvement_course,
    improvement_on,
)
from remnant.response.iwg2006_progression import Worsening, failure, progression, relapse, stable
from remnant.response.iwg2006_remission import (
    Judged,
    abnormal_before,
    complete_remission,
    held_counts,
    held_marrows,
    marrow_remission,
    partial_remission,
)
from remnant.response.runs import Run
from remnant.response.trace import RuleTrace, Verdict, some
from remnant.response.transfusion_record import RED_CELLS
from remnant.response.transfusions import WINDOWS, free_runs, observed_until
from remnant.response.treatment import AFTER_LAST_DOSE_DAYS

__all__ = ["CRITERIA", "EVENTS", "REMISSIONS", "classify_patient"]

CRITERIA = "IWG 2006"
_LOSSES = {Line.HAEMOGLOBIN: limits.LOSS_HAEMOGLOBIN} | {
    line: replace(limit, source=limits.IMPROVEMENT) for line, limit in limits.HALVED.items()
}


@dataclass(frozen=True)
class _Case:
    """A patient with everything that does not change from visit to visit."""

    history: History
    first_dose: int
    base: Marrow | None
    baselines: dict[Line, Baseline]
    abnormal: dict[Line, bool | None]
    courses: tuple[ImprovementCourse, ...]
    held: dict[int, Run]
    held_partly: dict[int, Run]
    marrow_held: dict[int, Run]
    marrow_held_partly: dict[int, Run]
    independent_since: int | None


@dataclass
class _Course:
    """What earlier visits have shown: when responses began. The one thing that moves along the visits."""

    remission: int | None = None  # CR or PR
    marrow: int | None = None  # CR, PR or marrow CR
    improved: dict[Line, int] = field(default_factory=dict)
    lost: set[Line] = field(default_factory=set)


def classify_patient(history: History) -> tuple[ResponseCall, ...]:
    """Classify one patient after the first dose, in the order of days.

    References
    ----------
    Cheson et al. (2006) Blood 108:419-425, doi:10.1182/blood-2005-10-4149.
    """
    first = history.treatment.first_dose
    if first is None:
        absent = history.treatment.note
        return tuple(
            ResponseCall(history.patient_id, day, name, CRITERIA, NOT_EVALUABLE, None, (), (), (), (absent,))
            for day, name in _visits(history).items()
        )
    case, course = _case(history, first), _Course()
    visits = {day: name for day, name in _visits(history).items() if day > first}
    calls: list[ResponseCall] = []
    for day in sorted(visits.keys() | _looks(history, first)):
        call = _call(case, course, day, visits.get(day))
        if day in visits or _news(call, calls):
            calls.append(call)
    return (*calls, *_death(history, first))


def _visits(history: History) -> dict[int, str]:
    """Day of each visit and its specimen: the one with a morphology where there are several."""
    visits = dict(reversed(history.specimens))
    return dict(sorted((visits | {one.day: one.sample_id for one in history.marrows}).items()))


def _looks(history: History, first_dose: int) -> set[int]:
    """Days between visits on which a count or a unit of red cells could show something."""
    days = {one.day for counts in history.lines.values() for one in counts}
    return {day for day in days | {one.day for one in history.transfusions.of(RED_CELLS)} if day > first_dose}


def _case(history: History, first: int) -> _Case:
    recent = [one for one in history.marrows if first - limits.MARROW_BASELINE_DAYS <= one.day <= first]
    base = recent[-1] if recent else None
    baselines = {
        line: baseline_of(history.lines[line], first, window_days=limits.BASELINE_DAYS) for line in Line
    }
    abnormal = abnormal_before(baselines)
    partly = [line for line, was in abnormal.items() if was is not False]
    last = observed_until(history)
    free = [] if last is None else free_runs(history.transfusions, first, last)
    long = next((run for run in free if run.days >= WINDOWS[0]), None)
    return _Case(
        history,
        first,
        base,
        baselines,
        abnormal,
        tuple(improvement_course(history, line, baselines[line], first) for line in Line),
        held_counts(history, Line, first),
        held_counts(history, partly, first),
        held_marrows(history, base, partial=False, first_dose=first),
        held_marrows(history, base, partial=True, first_dose=first),
        None if long is None else long.first + WINDOWS[0],
    )


def _call(case: _Case, course: _Course, day: int, sample_id: str | None) -> ResponseCall:
    history, first, base = case.history, case.first_dose, case.base
    marrow = next((one for one in history.marrows if one.day == day), None)
    complete = complete_remission(history, marrow, day, held=case.held, first_dose=first)
    partial = partial_remission(
        history, marrow, base, day,
        abnormal=case.abnormal, held=case.held_partly, marrow_held=case.marrow_held_partly, first_dose=first,
    )  # fmt: skip
    in_marrow = marrow_remission(marrow, base, case.marrow_held)
    again = relapse(history, marrow, base, day, since=course.remission)
    # A line falls from its own improvement, or from the remission of the marrow.
    since = {line: _earliest(course.improved.get(line), course.marrow) for line in Line}
    worse = progression(
        history, marrow, base, day,
        first_dose=first, baselines=case.baselines, since=since, independent_since=case.independent_since,
    )  # fmt: skip
    failed = failure(marrow, base)
    still = stable(day, first, some([worse.verdict, failed.verdict]))
    category, confirmed = _category(complete, again, worse, failed, partial, in_marrow, still)
    improved, lost, more = _improvements(case, course, day)
    remissions = [rule for one in (complete, partial, in_marrow) for rule in one.traces]
    events = [rule for one in (again, worse, failed) for rule in one.traces]
    rules = (*remissions, *events, still, *more)
    _remember(course, category, day)
    return ResponseCall(
        history.patient_id,
        day,
        sample_id,
        CRITERIA,
        category,
        confirmed,
        improved,
        lost,
        rules,
        _missing(rules, history.treatment.note),
    )


def _earliest(*days: int | None) -> int | None:
    return min((day for day in days if day is not None), default=None)


def _category(
    complete: Judged,
    again: Worsening,
    worse: Worsening,
    failed: Worsening,
    partial: Judged,
    in_marrow: Judged,
    still: RuleTrace,
) -> tuple[str, bool | None]:
    """Return the category, and whether it is known to have lasted or been repeated.

    A patient who meets CR has not relapsed. For the rest what is worse comes first, and the first rule that
    cannot be judged leaves the category open.
    """
    if complete.verdict is Verdict.MET:
        return "CR", complete.lasted is True
    steps: list[tuple[str, Verdict, bool | None]] = [
        ("relapse", again.verdict, again.repeated),
        ("disease progression", worse.verdict, worse.repeated),
        ("failure", failed.verdict, None),
        ("CR", complete.verdict, None),
        ("PR", partial.verdict, partial.lasted is True),
        ("marrow CR", in_marrow.verdict, in_marrow.lasted is True),
        ("stable disease", still.verdict, None),
    ]
    for name, verdict, confirmed in steps:
        if verdict is Verdict.MET:
            return name, confirmed
        if verdict is Verdict.NOT_EVALUABLE:
            return NOT_EVALUABLE, None
    return NO_CATEGORY, None


def _improvements(
    case: _Case, course: _Course, day: int
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[RuleTrace, ...]]:
    """Return the improvements that hold, those that are lost, and their rules."""
    held: list[str] = []
    lost: list[str] = []
    rules: list[RuleTrace] = []
    for one in case.courses:
        name = limits.HI_NAME[one.line]
        now = improvement_on(case.history, one, day, case.first_dose)
        rules += now.traces
        gone = _lost(case, course, one.line, day, now)
        rules += gone
        verdict = some(rule.verdict for rule in gone)
        if verdict is Verdict.NOT_MET:
            course.lost.discard(one.line)
        elif verdict is Verdict.MET:
            course.lost.add(one.line)
        # What was lost stays so through visits that cannot tell, as under transfusion.
        if one.line in course.lost:
            lost.append(name)
        elif now.verdict is Verdict.MET:
            held.append(name)
            assert now.since is not None
            course.improved.setdefault(one.line, now.since)
    return tuple(held), tuple(lost), tuple(rules)


def _lost(case: _Case, course: _Course, line: Line, day: int, now: Improvement) -> tuple[RuleTrace, ...]:
    since = course.improved.get(line)
    if since is None or day <= since:
        return ()
    name = f"loss of {limits.HI_NAME[line]}"
    fallen = fall(f"{name}: {line}", _LOSSES[line], case.history, line, day, since=since).trace
    if line is not Line.HAEMOGLOBIN:
        return (fallen,)
    units = dependence(f"{name}: transfusions", case.history, day, since=since)
    by_units = next(rule for rule in now.traces if rule.rule == "HI-E: units")
    if by_units.verdict is Verdict.MET and units.verdict is Verdict.MET:
        # Fewer units than before, though still four or more, is the improvement itself and not its loss.
        units = replace(units, verdict=Verdict.NOT_MET, found=f"{units.found}; still fewer than before by 4")
    return fallen, units


def _remember(course: _Course, category: str, day: int) -> None:
    if category in ("CR", "PR"):
        course.remission = day if course.remission is None else course.remission
    if category in REMISSIONS and course.marrow is None:
        course.marrow = day


def _missing(rules: tuple[RuleTrace, ...], note: str) -> tuple[str, ...]:
    found = [f"{rule.rule}: {rule.found}" for rule in rules if rule.verdict is Verdict.NOT_EVALUABLE]
    return tuple(dict.fromkeys([*([note] if note else []), *found]))


def _news(call: ResponseCall, before: list[ResponseCall]) -> bool:
    """Say whether a look between visits shows something that the last call did not."""
    last = before[-1] if before else None
    category = last.category if last else ""
    improved = last.improvement if last else ()
    lost = last.lost if last else ()
    event = call.category in EVENTS and call.category != category
    return event or not set(call.improvement) <= set(improved) or not set(call.lost) <= set(lost)


def _death(history: History, first_dose: int) -> tuple[ResponseCall, ...]:
    """Death on treatment is failure."""
    day, last = history.death_day, history.treatment.last_dose
    if day is None or day < first_dose or (last is not None and day > last + AFTER_LAST_DOSE_DAYS):
        return ()
    rule = RuleTrace(
        "failure: death", "death on treatment", f"died on day {day}", f"up to {AFTER_LAST_DOSE_DAYS} days "
        "after the last dose", Verdict.MET, limits.NATURAL, "", (history.source, *history.treatment.sources),
    )  # fmt: skip
    return (ResponseCall(history.patient_id, day, None, CRITERIA, "failure", None, (), (), (rule,), ()),)
