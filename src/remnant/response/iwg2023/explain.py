"""The rules of IWG 2023 that were tried on a day, written out for a reader when one asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from remnant.response.iwg2018 import engine as improvement
from remnant.response.iwg2018.rising import FREE
from remnant.response.iwg2023 import limits
from remnant.response.iwg2023.decide import Decision
from remnant.response.iwg2023.facts import Measured, cleared, raised_by, risen_blasts
from remnant.response.record.history import VISIT_DAYS, Count, Line, Marrow
from remnant.response.rules.calls import NO_CATEGORY
from remnant.response.rules.thresholds import Threshold, show
from remnant.response.rules.trace import RuleTrace, judge, trace, verdict_of
from remnant.study.estimate import Source

_NO_MARROW = "not done: no marrow morphology on this day"
_NO_BASE = f"not done: no marrow in the {limits.MARROW_BASELINE_DAYS} days up to the first dose"


@dataclass(frozen=True)
class Read:
    """The records of a visit: what the categories were decided from, as it was typed."""

    day: int
    lead_days: int
    base: Marrow | None
    marrow: Marrow | None
    counts: dict[Line, tuple[tuple[Count, str], ...]]
    blood: Count | None

    @property
    def rows(self) -> tuple[Source, ...]:
        """Every row that was looked at."""
        rows = [row for one in (self.base, self.marrow) if one for row in one.sources]
        rows += [self.blood.source] if self.blood else []
        rows += [count.source for looked in self.counts.values() for count, _ in looked]
        return tuple(dict.fromkeys(rows))


def explain(
    judged: improvement.Judged,
    day: improvement.ImprovementDay,
    measured: Measured,
    decision: Decision,
    *,
    lead_days: int,
) -> tuple[tuple[RuleTrace, ...], tuple[str, ...]]:
    """Write out every rule that was tried on a day, and what is missing that could change the category."""
    read = _read(judged, measured, day.day, lead_days)
    by_fact = dict(_facts(read)) | {"cleared": _cleared(measured, day.day)}
    below, missing_below = improvement.explain(judged, day)
    rules = (*by_fact.values(), *_categories(read, decision), _progression(read, measured), *below)
    missing = [f"{rule.rule}: {rule.found}" for name, rule in by_fact.items() if name in decision.open]
    missing += missing_below if "improved" in decision.open else []
    treatment = judged.case.history.treatment
    note = [treatment.note] if treatment.note else []
    return rules, tuple(dict.fromkeys([*note, *missing]))


def _read(judged: improvement.Judged, measured: Measured, day: int, lead_days: int) -> Read:
    case, history = judged.case, judged.case.history
    marrows = {one.day: one for one in history.marrows}
    counts = {}
    for line, looked in measured.counts.items():
        rising = case.rising[line]
        mine = judged.explainer.rises[line].counts
        start = rising.starts[history.place]
        counts[line] = tuple(
            (
                mine[place - start],
                "" if status == FREE else raised_by(history, line, rising, place, lead_days),
            )
            for place, status in looked
        )
    blood = measured.blood
    return Read(
        day,
        lead_days,
        None if measured.base is None else marrows[measured.base.day],
        None if measured.marrow is None else marrows[measured.marrow.day],
        counts,
        None if blood is None else next(one for one in history.blood_blasts if one.day == blood.day),
    )


def _facts(read: Read) -> Iterator[tuple[str, RuleTrace]]:
    """Write the rule of each fact, by the name of the fact."""
    marrow, base = read.marrow, read.base
    now = None if marrow is None or marrow.doubt else marrow.blasts_percent
    was = None if base is None or base.doubt else base.blasts_percent
    why, why_base = (marrow.doubt if marrow else _NO_MARROW), (base.doubt if base else _NO_BASE)
    rows, base_rows = (marrow.sources if marrow else ()), (base.sources if base else ())
    yield "base", judge("evaluable: marrow blasts", limits.EVALUABLE, was, absent=why_base, rows=base_rows)
    yield "low", judge("CR: marrow blasts", limits.BLASTS, now, absent=why, rows=rows)
    rule, limit, rows = "PR: fall of blasts", limits.BLASTS_DOWN, rows + base_rows
    if now is None or was is None:
        absent = why if now is None else why_base
        yield "halved", judge(rule, limit, None, absent=absent, rows=rows)
    elif not was:
        yield "halved", trace(rule, limit, "0 % at baseline, nothing to fall from", False, rows)
    else:
        remark = f"from {show(was)} to {show(now)} %"
        yield "halved", judge(rule, limit, 100 * (was - now) / was, remark=remark, rows=rows)
    yield "clean", _blood(read)
    for line, limit in limits.COUNTS.items():
        yield line.value, _count(f"CR: {line}", limit, line, read)
    for line, limit in limits.PARTIAL_COUNTS.items():
        yield f"half_{line}", _count(f"CRh: {line}", limit, line, read)


def _blood(read: Read) -> RuleTrace:
    rule, limit, blood = "CR: blasts of the blood", limits.BLOOD_BLASTS, read.blood
    if blood is None:
        absent = f"not done: no blasts of the blood within {VISIT_DAYS} days of day {read.day}"
        return judge(rule, limit, None, absent=absent)
    return judge(rule, limit, blood.value, remark=f"on day {blood.day}", rows=(blood.source,))


def _count(rule: str, limit: Threshold, line: Line, read: Read) -> RuleTrace:
    lead = limits.LEAD_READING.format(read.lead_days)
    limit = replace(limit, reading="; ".join(part for part in (limit.reading, lead) if part))
    looked = read.counts[line]
    if not looked:
        absent = f"not done: no {line} within {VISIT_DAYS} days of day {read.day}"
        return judge(rule, limit, None, absent=absent)
    written = [
        judge(rule, limit, one.value, raised=raised, remark=f"on day {one.day}", rows=(one.source,))
        for one, raised in looked
    ]
    # A raised value that its limit lets pass tells nothing, so the next in nearness does.
    telling = [one for one, (_, raised) in zip(written, looked, strict=True) if _tells(one, raised)]
    if len({one.verdict for one in telling}) == 1:
        return telling[-1]
    shown = telling or written
    found = "not evaluable: " + ", or ".join(one.found for one in shown)
    return trace(rule, limit, found, None, tuple(row for one in shown for row in one.rows))


def _tells(written: RuleTrace, raised: str) -> bool:
    return written.verdict is not verdict_of(None) or "no complete transfusion log" in raised


def _cleared(measured: Measured, day: int) -> RuleTrace:
    rule, limit, found = "CR equivalent: clearance", limits.CLEARANCE, measured.karyotype
    if found is None:
        return trace(rule, limit, f"not done: no karyotype within {VISIT_DAYS} days of day {day}", None)
    met = cleared(found)
    words = (
        found.reason if met is not None else f"not evaluable: {found.reason.removeprefix('not evaluable: ')}"
    )
    return trace(rule, limit, f"{words}, on day {found.day}", met, found.sources)


def _categories(read: Read, decision: Decision) -> Iterator[RuleTrace]:
    """Say of each category whether the facts together make it."""
    found, rows = _together(read), read.rows
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


def _together(read: Read) -> str:
    now, was = _shown(read.marrow), _shown(read.base)
    blood = "?" if read.blood is None else show(read.blood.value)
    words = [f"marrow blasts {now} % from {was} %", f"blood {blood} %"]
    for line, looked in read.counts.items():
        seen = [show(one.value) + ("?" if raised else "") for one, raised in looked]
        words.append(f"{line} {' or '.join(seen) or '?'}")
    return ", ".join(words)


def _shown(marrow: Marrow | None) -> str:
    return "?" if marrow is None or marrow.doubt else show(marrow.blasts_percent)


def _progression(read: Read, measured: Measured) -> RuleTrace:
    """Offer the blast rules of 2006, labelled so."""
    rule, limit = "IWG 2006, not issued: progression by blasts", limits.BLAST_RISE
    met, band = risen_blasts(measured.base, measured.marrow)
    rows = tuple(row for one in (read.marrow, read.base) if one for row in one.sources)
    for marrow, absent in ((read.marrow, _NO_MARROW), (read.base, _NO_BASE)):
        if marrow is None or marrow.doubt:
            return trace(rule, limit, marrow.doubt if marrow else absent, None, rows)
    found = f"{_shown(read.marrow)} %, {_shown(read.base)} % at baseline"
    if met is None:
        return trace(rule, limit, f"not evaluable: {found}, above 30 %", None, rows)
    return replace(trace(rule, limit, found, met, rows), limit=f"{limit}, {band}")
