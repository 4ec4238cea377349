"""When remission, return and the rest came to a patient, each between two looks, and what led what."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.persistence.event_times import EventInterval
from remnant.persistence.lead import LeadTime, PooledLead
from remnant.persistence.resistance import Resistance
from remnant.report import numbers, tables
from remnant.report.tables import Cell, Table
from remnant.response import Transformation

NOTHING = ("neither seen", "not evaluable")


def table(findings: Findings, name: str) -> Table | None:
    """Return every event of a patient with the days between which it came."""
    rows = [
        (
            Cell(item.event),
            Cell(*when(item), look="short", source=tables.sources(item.sources)),
            Cell(_confirmed(item)),
            Cell("" if item.reason == "not seen" else item.reason),
        )
        for item in findings.event_intervals
        if item.patient_id == name
    ]
    caption = (
        "A visit shows that something has happened, not when: each event came after the last look without it "
        "and by the first look with it."
    )
    return tables.table(caption, "Event|Day|Next look|Shown by", rows)


def when(item: EventInterval) -> tuple[str, str]:
    """Say between which days an event came, of whichever kind of knowledge."""
    if item.after_day is None:
        return ("– not done", "") if "not done" in item.reason else ("× not evaluable", "")
    if item.by_day is None:
        return f"none seen up to {numbers.count(item.after_day)}", ""
    if item.by_day == item.after_day:
        return numbers.count(item.by_day), ""
    return f"{numbers.count(item.after_day)} to {numbers.count(item.by_day)}", ""


def _confirmed(item: EventInterval) -> str:
    if item.by_day is None:
        return "–"
    return {True: "confirmed", False: "not confirmed", None: "–"}[item.confirmed]


def leads(findings: Findings, name: str) -> Table | None:
    """Return which return of a patient came before which, and by how long."""
    rows = [
        (Cell(item.first), Cell(item.second), Cell(span(item.lower, item.upper)), Cell(_order(item)))
        for item in findings.lead_times
        if item.patient_id == name and item.sign not in NOTHING
    ]
    caption = "From the first event to the second, as far as the looks tell; below 0, the second came first."
    return tables.table(caption, "First|Second|Lead, days|Order", rows)


def _order(item: LeadTime) -> str:
    return "cannot be told" if item.sign == "unsure" else item.sign


def span(lower: float | None, upper: float | None) -> str:
    """Write the ends of a span of days, either of which may be open.

    Examples
    --------
    >>> span(90, 220), span(None, 154), span(-20, None), span(None, None)
    ('90 to 220', 'below 154', 'above −20', 'no limit')
    """
    if lower is None and upper is None:
        return "no limit"
    if lower is None:
        return f"below {numbers.count(upper or 0)}"
    if upper is None:
        return f"above {numbers.count(lower)}"
    return f"{numbers.count(lower)} to {numbers.count(upper)}"


def pooled(findings: Findings) -> Table | None:
    """Return the leads over all patients."""
    rows = [
        (
            Cell(f"{item.first} before {item.second}"),
            tables.number(numbers.count(item.patients)),
            tables.number(f"{item.ahead} / {item.behind} / {item.unsure}"),
            Cell(span(item.median_lower, item.median_upper)),
            Cell(*_limits(item)),
        )
        for item in findings.pooled_leads
    ]
    caption = (
        "Lead of one return over another. Order: the first surely came first / surely second / cannot be "
        "told. Median lead of these patients by the looks alone, and the sign-test interval of the median "
        "of such patients."
    )
    return tables.table(caption, "Lead|Patients|Order|Median, days|Interval, days", rows)


def _limits(item: PooledLead) -> tuple[str, str]:
    if item.coverage is None:
        return "–", "too few patients for any"
    return span(item.lower, item.upper), f"covers at least {numbers.coverage(round(item.coverage, 3))}"


def resistance(item: Resistance) -> str | None:
    """Say whether the clone grew under the full dose; nothing where nobody was treated."""
    if item.reason == "not treated":
        return None
    kind = item.kind[:1].upper() + item.kind[1:]
    of = f" ({item.of})" if item.of else ""
    sure = {True: "", False: "", None: ""}[item.confirmed]
    if item.resistant and item.confirmed is None and item.kind == "acquired resistance":
        sure = "; the next sample must confirm the growth"
    return f"{kind}{of}: {item.reason}{sure}."


def leukaemia(item: Transformation) -> str | None:
    """Say when the disease became acute leukaemia by one definition; nothing where it did not."""
    if not item.transformed or item.day is None:
        return None
    after = "" if item.clear_day is None else f" after {numbers.day(item.clear_day)} and"
    return f"Acute leukaemia ({item.definition}, {item.limit} blasts){after} by {numbers.day(item.day)}."
