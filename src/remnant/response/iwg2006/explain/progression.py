"""Relapse, progression, failure and stable disease of IWG 2006."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.explain.falls import Fall, dependence, fall
from remnant.response.record.baseline import Baseline
from remnant.response.record.history import History
from remnant.response.record.measurements import Line, Marrow
from remnant.response.record.transfusion_record import RED_CELLS
from remnant.response.rules.thresholds import exact, show
from remnant.response.rules.trace import RuleTrace, Verdict, some, trace
from remnant.study.estimate import Source


@dataclass(frozen=True)
class Worsening:
    """What became of relapse, progression or failure; `repeated` where a count showed it."""

    verdict: Verdict
    repeated: bool
    traces: tuple[RuleTrace, ...]


NEVER = Worsening(Verdict.NOT_MET, False, ())  # there was nothing to relapse from


def relapse(
    history: History, marrow: Marrow | None, base: Marrow | None, day: int, *, since: int | None
) -> Worsening:
    """Judge relapse after a CR or PR that began on day `since`; any one rule is enough."""
    if since is None or day <= since:
        return NEVER
    falls = [
        fall(f"relapse: {line}", limit, history, line, day, since=since)
        for line, limit in [(Line.HAEMOGLOBIN, limits.RELAPSE_HAEMOGLOBIN), *limits.HALVED.items()]
    ]
    units = dependence("relapse: transfusions", history, day, since=since)
    return _worst([_back_to_base(marrow, base), units], falls)


def progression(
    history: History,
    marrow: Marrow | None,
    base: Marrow | None,
    day: int,
    *,
    first_dose: int,
    baselines: Mapping[Line, Baseline],
    since: Mapping[Line, int | None],
    independent_since: int | None,
) -> Worsening:
    """Judge progression; any one rule is enough.

    Parameters
    ----------
    since : mapping of Line to int or None
        First day of a response of the line, or of the marrow: neutrophils and platelets fall from the best of
        a response, and without one there is nothing that they could fall from.
    independent_since : int or None
        Day on which the patient had been free of red cells for 56 days; None if never.
    """
    falls = [
        fall(f"progression: {line}", limit, history, line, day, since=start)
        for line, limit in limits.HALVED.items()
        if (start := since[line]) is not None and day > start
    ]
    before = baselines[Line.HAEMOGLOBIN].value
    haemoglobin = fall(
        "progression: haemoglobin",
        limits.PROGRESSION_HAEMOGLOBIN,
        history,
        Line.HAEMOGLOBIN,
        day,
        since=first_dose,
        baseline=before,
    )
    units = _new_dependence(history, day, first_dose, independent_since)
    return _worst([_blast_rise(marrow, base), units], [haemoglobin, *falls])


def failure(marrow: Marrow | None, base: Marrow | None) -> Worsening:
    """Judge a more advanced FAB type than before treatment, by marrow blasts."""
    limit = replace(
        limits.BLAST_RISE, quantity="FAB type by marrow blasts", operator=">",
        reading="OR63: a type is left above 5, 20 and 30 %, as in progression",
    )  # fmt: skip
    now, was, absent, rows = _both(marrow, base)
    if now is None or was is None:
        written = trace("failure: FAB type", limit, absent, None, rows)
    else:
        passed = [x for x in map(exact, limits.FAB_LIMITS) if was <= x < now]
        met = bool(passed)
        written = trace("failure: FAB type", limit, f"blasts from {show(was)} to {show(now)} %", met, rows)
    return _worst([replace(written, limit="as before treatment, or less advanced")], [])


def stable(day: int, first_dose: int, worse: Verdict, last: int | None) -> RuleTrace:
    """Judge stable disease: no progression for more than 56 days; `last` is the last day that showed it."""
    long_enough = limits.STABLE.met(Fraction(day - (first_dose if last is None else last)))
    met = {Verdict.MET: False, Verdict.NOT_MET: True, Verdict.NOT_EVALUABLE: None}[worse]
    found = f"{day - first_dose} days since the first dose; progression {worse.value}"
    if last is not None and last < day:
        found += f", but shown on day {last}"
    return trace("stable disease", limits.STABLE, found, met if long_enough else False)


def _worst(traces: Sequence[RuleTrace], falls: Sequence[Fall]) -> Worsening:
    verdict = some(one.verdict for one in [*traces, *(one.trace for one in falls)])
    # Blasts and units need no second look; a fall of a count does.
    repeated = any(one.verdict is Verdict.MET for one in traces)
    repeated |= any(one.trace.verdict is Verdict.MET and one.repeated is True for one in falls)
    return Worsening(verdict, repeated, (*traces, *(one.trace for one in falls)))


def _both(
    marrow: Marrow | None, base: Marrow | None
) -> tuple[Fraction | None, Fraction | None, str, tuple[Source, ...]]:
    rows = (marrow.sources if marrow else ()) + (base.sources if base else ())
    if marrow is None:
        return None, None, "not done: no marrow morphology on this day", rows
    if base is None:
        return (
            None,
            None,
            f"not done: no marrow in the {limits.MARROW_BASELINE_DAYS} days up to the first dose",
            rows,
        )
    if marrow.doubt or base.doubt:
        return None, None, marrow.doubt or base.doubt, rows
    return marrow.blasts_percent, base.blasts_percent, "", rows


def _back_to_base(marrow: Marrow | None, base: Marrow | None) -> RuleTrace:
    rule, limit = "relapse: marrow blasts", limits.BACK_TO_BASE
    now, was, absent, rows = _both(marrow, base)
    if now is None or was is None:
        return trace(rule, limit, absent, None, rows)
    met = limit.met(now - was) and limits.COUNTABLE_BLASTS.met(now)
    return trace(rule, limit, f"{show(now)} %, {show(was)} % at baseline", met, rows)


def _blast_rise(marrow: Marrow | None, base: Marrow | None) -> RuleTrace:
    rule, limit = "progression: marrow blasts", replace(limits.BLAST_RISE, reading=limits.BAND_READING)
    now, was, absent, rows = _both(marrow, base)
    if now is None or was is None:
        return trace(rule, limit, absent, None, rows)
    found = f"{show(now)} %, {show(was)} % at baseline"
    if was > exact(limits.BLAST_BANDS[-1][0]):
        return trace(rule, limit, f"not evaluable: {found}, above 30 %", None, rows)
    upper = next((to for below, to in limits.BLAST_BANDS if was < exact(below)), limits.BLAST_BANDS[-1][1])
    risen = limit.met(100 * (now - was) / was) if was else now > 0
    written = trace(rule, limit, found, risen and now > exact(upper), rows)
    return replace(written, limit=f"{limit}, to > {upper} %")


def _new_dependence(history: History, day: int, first_dose: int, independent_since: int | None) -> RuleTrace:
    """Dependence is progression only where it is new: none before treatment, or independence since."""
    rule, limit, record = "progression: transfusions", limits.DEPENDENCE, history.transfusions
    if independent_since is not None and independent_since < day:
        return dependence(rule, history, day, since=independent_since)
    first = first_dose - limits.DEPENDENCE_DAYS
    before = record.red_cell_units(first, first_dose - 1)
    if limit.met(Fraction(before)):
        rows = tuple(one.source for one in record.within(first, first_dose - 1, RED_CELLS))
        return trace(rule, limit, f"not new: {before} units in the 56 days before treatment", False, rows)
    now = dependence(rule, history, day, since=first_dose)
    if now.verdict is Verdict.MET and not record.covers(first, first_dose - 1):
        absent = f"not evaluable: {now.found}, and no complete log of the 56 days before treatment"
        return trace(rule, limit, absent, None, now.rows)
    return now
