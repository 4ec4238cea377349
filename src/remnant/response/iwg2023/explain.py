"""The rules of IWG 2023 that were tried on a day, written out for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from remnant.response.calls import NO_CATEGORY
from remnant.response.history import VISIT_DAYS, Line
from remnant.response.iwg2018 import engine as improvement
from remnant.response.iwg2018.improvement import Case
from remnant.response.iwg2023 import limits
from remnant.response.iwg2023.decide import Decision
from remnant.response.iwg2023.facts import Measured, cleared, percent, risen_blasts
from remnant.response.looks import Looked
from remnant.response.thresholds import Threshold, show
from remnant.response.trace import RuleTrace, judge, trace, verdict_of
from remnant.study.estimate import Source

_NO_MARROW = "not done: no marrow morphology on this day"
_NO_BASE = f"not done: no marrow in the {limits.MARROW_BASELINE_DAYS} days up to the first dose"


def explain(
    case: Case, day: improvement.ImprovementDay, measured: Measured, decision: Decision, *, lead_days: int
) -> tuple[tuple[RuleTrace, ...], tuple[str, ...]]:
    """Write out every rule that was tried on a day, and what is missing that could change the category."""
    by_fact = dict(_facts(measured, day.day, lead_days))
    below, missing_below = improvement.explain(case, day)
    rules = (*by_fact.values(), *_categories(measured, decision), _progression(measured), *below)
    missing = [f"{rule.rule}: {rule.found}" for name, rule in by_fact.items() if name in decision.open]
    missing += missing_below if "improved" in decision.open else []
    note = [case.history.treatment.note] if case.history.treatment.note else []
    return rules, tuple(dict.fromkeys([*note, *missing]))


def _facts(measured: Measured, day: int, lead_days: int) -> Iterator[tuple[str, RuleTrace]]:
    """Write the rule of each fact, by the name of the fact."""
    marrow, base = measured.marrow, measured.base
    now, was = percent(marrow), percent(base)
    why, why_base = (marrow.doubt if marrow else _NO_MARROW), (base.doubt if base else _NO_BASE)
    rows, base_rows = (marrow.sources if marrow else ()), (base.sources if base else ())
    yield "base", judge("evaluable: marrow blasts", limits.EVALUABLE, was, absent=why_base, rows=base_rows)
    yield "low", judge("CR: marrow blasts", limits.BLASTS, now, absent=why, rows=rows)
    yield "halved", _halved(measured, why if now is None else why_base, rows + base_rows)
    blood = measured.blood
    yield (
        "clean",
        judge(
            "CR: blasts of the blood",
            limits.BLOOD_BLASTS,
            None if blood is None else blood.value,
            absent=f"not done: no blasts of the blood within {VISIT_DAYS} days of day {day}",
            remark="" if blood is None else f"on day {blood.day}",
            rows=() if blood is None else (blood.source,),
        ),
    )
    for line, limit in limits.COUNTS.items():
        yield line.value, _count(f"CR: {line}", limit, measured.counts[line], line, day, lead_days)
    for line, limit in limits.PARTIAL_COUNTS.items():
        yield f"half_{line}", _count(f"CRh: {line}", limit, measured.counts[line], line, day, lead_days)
    yield "cleared", _cleared(measured, day)


def _halved(measured: Measured, absent: str, rows: tuple[Source, ...]) -> RuleTrace:
    now, was = percent(measured.marrow), percent(measured.base)
    rule, limit = "PR: fall of blasts", limits.BLASTS_DOWN
    if now is None or was is None:
        return judge(rule, limit, None, absent=absent, rows=rows)
    if not was:
        return trace(rule, limit, "0 % at baseline, nothing to fall from", False, rows)
    return judge(rule, limit, 100 * (was - now) / was, remark=f"from {show(was)} to {show(now)} %", rows=rows)


def _count(
    rule: str, limit: Threshold, looked: tuple[Looked, ...], line: Line, day: int, lead_days: int
) -> RuleTrace:
    lead = limits.LEAD_READING.format(lead_days)
    limit = replace(limit, reading="; ".join(part for part in (limit.reading, lead) if part))
    if not looked:
        return judge(rule, limit, None, absent=f"not done: no {line} within {VISIT_DAYS} days of day {day}")
    written = [
        judge(rule, limit, one.value, raised=raised, remark=f"on day {one.day}", rows=(one.source,))
        for one, raised in looked
    ]
    if len({one.verdict for one in written}) == 1:
        return written[0]
    found = "not evaluable: " + ", or ".join(one.found for one in written)
    return trace(rule, limit, found, None, tuple(row for one in written for row in one.rows))


def _cleared(measured: Measured, day: int) -> RuleTrace:
    rule, limit, found = "CR equivalent: clearance", limits.CLEARANCE, measured.karyotype
    if found is None:
        return trace(rule, limit, f"not done: no karyotype within {VISIT_DAYS} days of day {day}", None)
    met = cleared(found)
    words = (
        found.reason if met is not None else f"not evaluable: {found.reason.removeprefix('not evaluable: ')}"
    )
    return trace(rule, limit, f"{words}, on day {found.day}", met, found.sources)


def _categories(measured: Measured, decision: Decision) -> Iterator[RuleTrace]:
    """Say of each category whether the facts together make it."""
    found = _together(measured)
    rows = tuple(dict.fromkeys(_rows(measured)))
    for name, met in decision.verdicts:
        if name != NO_CATEGORY:
            words = found if met is not None else f"not evaluable: {found}"
            reading = limits.READINGS.get(name, "")
            limit = "all that the category asks for, and none above it"
            yield RuleTrace(
                f"{name}: together",
                "the category",
                words,
                limit,
                verdict_of(met),
                limits.PAPER,
                reading,
                rows,
            )


def _together(measured: Measured) -> str:
    now, was = percent(measured.marrow), percent(measured.base)
    words = [
        f"marrow blasts {'?' if now is None else show(now)} % from {'?' if was is None else show(was)} %",
        f"blood {'?' if measured.blood is None else show(measured.blood.value)} %",
    ]
    for line, looked in measured.counts.items():
        seen = [show(one.value) + ("?" if raised else "") for one, raised in looked]
        words.append(f"{line} {' or '.join(seen) or '?'}")
    return ", ".join(words)


def _rows(measured: Measured) -> Iterator[Source]:
    for marrow in (measured.base, measured.marrow):
        yield from marrow.sources if marrow else ()
    if measured.blood:
        yield measured.blood.source
    for looked in measured.counts.values():
        yield from (one.source for one, _ in looked)


def _progression(measured: Measured) -> RuleTrace:
    """Offer the blast rules of 2006, labelled so."""
    rule, limit = "IWG 2006, not issued: progression by blasts", limits.BLAST_RISE
    now, was = percent(measured.marrow), percent(measured.base)
    met, band = risen_blasts(measured.base, measured.marrow)
    rows = tuple(row for one in (measured.marrow, measured.base) if one for row in one.sources)
    if now is None or was is None:
        marrow = measured.marrow if now is None else measured.base
        absent = marrow.doubt if marrow else _NO_MARROW if now is None else _NO_BASE
        return trace(rule, limit, absent, None, rows)
    found = f"{show(now)} %, {show(was)} % at baseline"
    if met is None:
        return trace(rule, limit, f"not evaluable: {found}, above 30 %", None, rows)
    return replace(trace(rule, limit, found, met, rows), limit=f"{limit}, {band}")
