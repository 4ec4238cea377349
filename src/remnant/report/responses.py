"""How a patient responded: each call with the rules behind it, and what transfusions were needed."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.findings import Findings
from remnant.report import numbers, phrases, tables
from remnant.report.tables import Cell, Table
from remnant.response import Independence, ResponseCall

VERDICTS = {"met": "yes", "not met": "no", "not evaluable": "open"}
TRACE = ("Rule", "Quantity", "Found", "Limit", "Verdict", "Source and reading")


@dataclass(frozen=True)
class CallView:
    """One response call: its category, when, what else, and, in a drawer, the trace of its rules."""

    drawer: int
    category: str
    when: str
    notes: str
    missing: tuple[str, ...]
    trace: Table


def call_view(drawer: int, call: ResponseCall) -> CallView:
    """Make one response call ready to be shown, its rules in a drawer."""
    confirmed = {True: "confirmed", False: "not confirmed", None: ""}[call.confirmed]
    notes = [
        confirmed,
        phrases.listing(list(call.improvement)),
        f"lost: {phrases.listing(list(call.lost))}" if call.lost else "",
        f"{phrases.counted(len(call.missing), 'item')} missing" if call.missing else "",
    ]
    rows = tuple(
        (
            Cell(rule.rule),
            Cell(rule.quantity),
            Cell(rule.found, source=tables.sources(rule.rows)),
            Cell(rule.limit),
            Cell(str(rule.verdict), look=VERDICTS[str(rule.verdict)]),
            Cell(rule.source, rule.reading),
        )
        for rule in call.rules
    )
    when = f"{numbers.day(call.day)}, " + (
        f"sample {call.sample_id}" if call.sample_id else "by counts alone"
    )
    trace = Table(f"Rules of {call.criteria} tried on {numbers.day(call.day)}.", TRACE, rows)
    said = "; ".join(note for note in notes if note)
    return CallView(drawer, call.category, when, said, call.missing, trace)


def independence(findings: Findings, name: str) -> Table | None:
    """Return the windows without transfusion of a patient."""
    answer: dict[bool | None, Cell] = {
        True: Cell("yes", look="yes"),
        False: Cell("no", look="no"),
        None: Cell("not evaluable", look="open"),
    }
    rows = [
        (
            tables.number(f"{run.window_days} days"),
            answer[run.achieved],
            tables.number(_length(run)),
            Cell("–" if run.start_day is None else numbers.day(run.start_day), look="short"),
            Cell("–" if run.end_day is None else numbers.day(run.end_day), look="short"),
            Cell(run.reason, source=tables.sources(run.sources)),
        )
        for run in findings.responses.independence
        if run.patient_id == name
    ]
    return tables.table(
        "Transfusion independence on treatment.", "Window|Achieved|Length|From|Until|Rests on", rows
    )


def _length(run: Independence) -> str:
    if run.achieved is None and not run.days:
        return "–"
    return numbers.months(run.days) + (" or more" if run.censored else "")


def durations(findings: Findings, name: str) -> Table | None:
    """Return when each response of a patient began, and how long it lasted."""
    rows = [
        (
            Cell(time.response),
            tables.day(time.start_day),
            tables.number(numbers.months(time.days_to_response)),
            tables.number(numbers.months(time.duration_days) + (" or more" if time.censored else "")),
            Cell("still held at the last call" if time.censored else f"ended by {numbers.day(time.end_day)}"),
        )
        for time in findings.responses.times
        if time.patient_id == name
    ]
    return tables.table(
        "When each response began, and how long it lasted.", "Response|Day|After first dose|Lasted|End", rows
    )


def units(findings: Findings, name: str) -> Table | None:
    """Return the units that a patient needed before and on treatment."""
    rows = [
        (
            Cell(burden.period),
            Cell(f"{numbers.day(burden.start_day)} to {numbers.day(burden.end_day)}", look="short"),
            tables.number("not evaluable" if burden.units is None else numbers.count(burden.units)),
            Cell(burden.reason, source=tables.sources(burden.sources)),
        )
        for burden in findings.responses.burdens
        if burden.patient_id == name
    ]
    return tables.table("Units of red cells in 56 days.", "Period|Days|Units|Note", rows)
