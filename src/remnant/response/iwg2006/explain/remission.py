"""CR, PR and marrow CR of IWG 2006: marrow and blood on one day, and four weeks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from remnant.response.iwg2006 import limits
from remnant.response.record.baseline import Baseline
from remnant.response.record.history import History
from remnant.response.record.measurements import VISIT_DAYS, Count, Line, Marrow, nearest
from remnant.response.record.treatment import ERYTHROID, MEGAKARYOCYTIC, MYELOID
from remnant.response.rules.runs import Run, runs
from remnant.response.rules.thresholds import show
from remnant.response.rules.trace import RuleTrace, Verdict, every, judge, sure, trace, verdict_of
from remnant.study.estimate import Source


@dataclass(frozen=True)
class Judged:
    """What became of CR, PR or marrow CR on a day; `lasted` None where duration cannot be told."""

    verdict: Verdict
    lasted: bool | None
    traces: tuple[RuleTrace, ...]


def complete_remission(
    history: History, marrow: Marrow | None, day: int, *, held: dict[int, Run], first_dose: int
) -> Judged:
    """Judge CR: blasts, maturation, all three lines and the blood free of blasts, for four weeks."""
    blood = [blood_line(f"CR: {line}", history, line, day, first_dose) for line in Line]
    traces = [_blasts("CR: marrow blasts", marrow), _maturation(marrow), *blood]
    traces.append(blood_blasts("CR: blasts of the blood", history, day, first_dose))
    return _with_duration("CR", traces, held, day)


def partial_remission(
    history: History,
    marrow: Marrow | None,
    base: Marrow | None,
    day: int,
    *,
    abnormal: dict[Line, bool | None],
    held: dict[int, Run],
    marrow_held: dict[int, Run],
    first_dose: int,
) -> Judged:
    """Judge PR: blasts halved and still above 5 %, and all of CR's blood that was abnormal before."""
    above = judge(
        "PR: marrow blasts", limits.PR_BLASTS, _percent(marrow), absent=_why(marrow), rows=_rows(marrow)
    )
    traces = [
        above,
        _down("PR: fall of blasts", marrow, base),
        _pr_counts(history, day, abnormal, first_dose),
    ]
    before = blasts_before(history, first_dose)
    if before is not False:
        now = blood_blasts("PR: blasts of the blood", history, day, first_dose)
        if before is None and now.verdict is Verdict.NOT_MET:
            # Only what was abnormal before must be normal, and nobody counted.
            found = f"not evaluable: {now.found}, and not counted before treatment"
            now = replace(now, verdict=Verdict.NOT_EVALUABLE, found=found)
        traces.append(now)
    if any(was is not False for was in abnormal.values()):
        return _with_duration("PR", traces, held, day)
    return _with_marrow_duration("PR", traces, marrow, marrow_held)


def marrow_remission(marrow: Marrow | None, base: Marrow | None, held: dict[int, Run]) -> Judged:
    """Judge marrow CR: blasts at most 5 % and halved, whatever the blood."""
    was = judge(
        "marrow CR: base", limits.MARROW_CR_BASE, _percent(base), absent=_why_base(base), rows=_rows(base)
    )
    traces = [
        was,
        _blasts("marrow CR: marrow blasts", marrow),
        _down("marrow CR: fall of blasts", marrow, base),
    ]
    return _with_marrow_duration("marrow CR", traces, marrow, held)


def held_counts(
    history: History, asked: Mapping[Line, bool | None], first_dose: int, *, clear: bool | None
) -> dict[int, Run]:
    """For each day after the first dose with all lines asked for, the stretch in which each met its limit.

    `asked` and `clear` say whether a line must meet its limit of a CR, and whether the blood must be free of
    blasts; what fails where that is None may break the stretch or not. Blasts break it where they were seen;
    a transfusion or growth factor between two days does.
    """
    by_day: dict[int, dict[Line, Count]] = {}
    wanted = tuple(line for line, must in asked.items() if must is not False)
    for line in wanted:
        for one in history.lines[line]:
            if one.day >= first_dose:
                by_day.setdefault(one.day, {})[line] = one
    blasts = {one.day for one in history.blood_blasts if one.value > 0}
    points: list[tuple[int, bool | None]] = []
    for day, counts in sorted(by_day.items()):
        met = {
            line: sure(limits.CR_COUNTS[line], one.value, raised=one.raised) for line, one in counts.items()
        }
        fails = [asked[line] for line, held in met.items() if held is False] + [clear] * (day in blasts)
        verdict = every(map(verdict_of, met.values()))
        if True in fails:
            verdict = Verdict.NOT_MET
        elif None in fails:
            verdict = Verdict.NOT_EVALUABLE
        # A day without all lines neither shows nor breaks a stretch, unless one of them fails or may fail.
        if True in fails or None in fails or len(counts) == len(wanted):
            points.append((day, None if verdict is Verdict.NOT_EVALUABLE else verdict is Verdict.MET))
    factors = ERYTHROID + MYELOID + MEGAKARYOCYTIC

    def supported(first: int, last: int) -> bool:
        treatment = history.treatment
        return bool(
            history.transfusions.within(first + 1, last) or treatment.support(factors, first + 1, last)
        )

    found = runs(points, needed=limits.RESPONSE_DAYS, broken=supported)
    return dict(zip((day for day, _ in points), found, strict=True))


def held_marrows(history: History, base: Marrow | None, *, partial: bool, first_dose: int) -> dict[int, Run]:
    """For each marrow after the first dose, the stretch of marrows that kept to PR (or marrow CR)."""
    marrows = [one for one in history.marrows if one.day > first_dose]
    points: list[tuple[int, bool | None]] = []
    for one in marrows:
        down = _down("", one, base).verdict
        # A marrow better than a PR does not end it.
        verdict = down if partial else every([down, _blasts("", one).verdict])
        points.append((one.day, None if verdict is Verdict.NOT_EVALUABLE else verdict is Verdict.MET))
    found = runs(points, needed=limits.RESPONSE_DAYS, gap=None)
    return {one.day: run for one, run in zip(marrows, found, strict=True)}


def blood_line(rule: str, history: History, line: Line, day: int, first_dose: int) -> RuleTrace:
    """Hold a line on a day against its limit of a CR."""
    limit = limits.CR_COUNTS[line]
    one = nearest(history.lines[line], day, since=first_dose, tells=lambda one: not limit.met(one.value))
    if one is None:
        return judge(rule, limit, None, absent=f"not done: no {line} within {VISIT_DAYS} days of day {day}")
    return judge(rule, limit, one.value, raised=one.raised, remark=f"on day {one.day}", rows=(one.source,))


def blood_blasts(rule: str, history: History, day: int, first_dose: int) -> RuleTrace:
    """Ask for a blood free of blasts."""
    one = nearest(history.blood_blasts, day, since=first_dose)
    if one is None:
        absent = f"not done: no blasts of the blood within {VISIT_DAYS} days of day {day}"
        return judge(rule, limits.CR_BLOOD_BLASTS, None, absent=absent)
    return judge(rule, limits.CR_BLOOD_BLASTS, one.value, remark=f"on day {one.day}", rows=(one.source,))


def abnormal_before(baselines: dict[Line, Baseline]) -> dict[Line, bool | None]:
    """Say which lines were below the limit of a CR before treatment; None where that is not known."""
    abnormal: dict[Line, bool | None] = {}
    for line, baseline in baselines.items():
        limit = limits.CR_COUNTS[line]
        if baseline.value is not None:
            abnormal[line] = not limit.met(baseline.value)
        else:
            low = baseline.at_most is not None and not limit.met(baseline.at_most)
            abnormal[line] = True if low else None
    return abnormal


def blasts_before(history: History, first_dose: int) -> bool | None:
    """Say whether the last count before treatment showed blasts in the blood; None where there is none."""
    before = [one for one in history.blood_blasts if one.day < first_dose]
    return before[-1].value > 0 if before else None


def _blasts(rule: str, marrow: Marrow | None) -> RuleTrace:
    return judge(rule, limits.CR_BLASTS, _percent(marrow), absent=_why(marrow), rows=_rows(marrow))


def _maturation(marrow: Marrow | None) -> RuleTrace:
    rule, limit = "CR: maturation", limits.MATURATION
    if marrow is None or marrow.dysplasia is None:
        absent = "not done: no marrow morphology on this day" if marrow is None else "not done: not reported"
        return trace(rule, limit, absent, None, _rows(marrow))
    said = [marrow.dysplasia, *marrow.also]
    words = " and ".join(said)
    failed = {any(wrong in text.strip().lower() for wrong in limits.FAILED_WORDS) for text in said}
    if len(failed) > 1:
        found = f"not evaluable: marrows of one day disagree on maturation: {words}"
        return trace(rule, limit, found, None, _rows(marrow))
    if True in failed:
        return trace(rule, limit, f"maturation: {words}", False, _rows(marrow))
    normal = all(text.strip().lower() in limits.NORMAL_WORDS for text in said)
    found = "normal" if normal else f"persistent dysplasia recorded: {words}"
    return trace(rule, limit, found, True, _rows(marrow))


def _down(rule: str, marrow: Marrow | None, base: Marrow | None) -> RuleTrace:
    now, was, rows = _percent(marrow), _percent(base), _rows(marrow) + _rows(base)
    if now is None or was is None:
        absent = _why(marrow) if now is None else _why_base(base)
        return judge(rule, limits.BLASTS_DOWN, None, absent=absent, rows=rows)
    if was == 0:
        return trace(rule, limits.BLASTS_DOWN, "0 % at baseline, nothing to fall from", False, rows)
    remark = f"from {show(was)} to {show(now)} %"
    return judge(rule, limits.BLASTS_DOWN, 100 * (was - now) / was, remark=remark, rows=rows)


def _pr_counts(history: History, day: int, abnormal: dict[Line, bool | None], first_dose: int) -> RuleTrace:
    """All lines that were abnormal before must meet the limit of a CR; an unknown line must not fail it."""
    verdicts: list[Verdict] = []
    words: list[str] = []
    rows: tuple[Source, ...] = ()
    for line, was in abnormal.items():
        if was is not False:
            now = blood_line("", history, line, day, first_dose)
            # A line that fails now decides only if it is known to have been abnormal.
            unsure = was is None and now.verdict is Verdict.NOT_MET
            verdicts.append(Verdict.NOT_EVALUABLE if unsure else now.verdict)
            words.append(f"{line} {now.found}" + (" (baseline not known)" if was is None else ""))
            rows += now.rows
    verdict = every(verdicts)
    found = "; ".join(words) or "none was abnormal"
    if verdict is Verdict.NOT_EVALUABLE:
        found = f"not evaluable: {found}"
    met = {Verdict.MET: True, Verdict.NOT_MET: False, Verdict.NOT_EVALUABLE: None}[verdict]
    return replace(trace("PR: blood counts", limits.PR_COUNTS, found, met, rows), limit="as for CR")


def _with_duration(name: str, traces: list[RuleTrace], held: dict[int, Run], day: int) -> Judged:
    verdict = every(one.verdict for one in traces)
    if verdict is Verdict.NOT_MET:
        return Judged(verdict, None, tuple(traces))
    near = [one for one in held if abs(one - day) <= VISIT_DAYS]
    nearness = [(held[one].verdict is not Verdict.MET, abs(one - day), one) for one in near]
    run = held[min(nearness)[2]] if near else None
    return _last(name, traces, verdict, run, "not done: no day with all counts near this one", marrow=False)


def _with_marrow_duration(
    name: str, traces: list[RuleTrace], marrow: Marrow | None, held: dict[int, Run]
) -> Judged:
    verdict = every(one.verdict for one in traces)
    if verdict is Verdict.NOT_MET or marrow is None:
        return Judged(verdict, None, tuple(traces))
    return _last(name, traces, verdict, held.get(marrow.day), "not done: no marrow", marrow=True)


def _last(
    name: str, traces: list[RuleTrace], verdict: Verdict, run: Run | None, absent: str, *, marrow: bool
) -> Judged:
    """Add the duration: contradicted, there is no response; not shown, it is unconfirmed."""
    limit = limits.MARROW_LASTS if marrow else limits.LASTS
    lasted = None if run is None or run.verdict is Verdict.NOT_EVALUABLE else run.verdict is Verdict.MET
    found = absent if run is None else run.found
    duration = trace(f"{name}: duration", limit, found, lasted)
    if duration.verdict is Verdict.NOT_MET:
        return Judged(Verdict.NOT_MET, False, (*traces, duration))
    return Judged(verdict, lasted, (*traces, duration))


def _percent(marrow: Marrow | None) -> Fraction | None:
    return None if marrow is None or marrow.doubt else marrow.blasts_percent


def _why(marrow: Marrow | None) -> str:
    return "not done: no marrow morphology on this day" if marrow is None else marrow.doubt


def _why_base(base: Marrow | None) -> str:
    if base is not None:
        return base.doubt
    return f"not done: no marrow in the {limits.MARROW_BASELINE_DAYS} days up to the first dose"


def _rows(marrow: Marrow | None) -> tuple[Source, ...]:
    return () if marrow is None else marrow.sources
