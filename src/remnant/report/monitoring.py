"""The clone over time: in sorted cells as a figure, in marrow, blood and reads as a table."""

from __future__ import annotations

from remnant.analysis.findings import Findings
from remnant.analysis.timeline import Timeline
from remnant.figures import patient_charts
from remnant.persistence.monitoring import MonitoringSeries
from remnant.report import numbers, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table

PANEL = 110  # pixels of room for each series beside the sorted cells


def figure(findings: Findings, timeline: Timeline, slug: str, album: Album) -> Figure | None:
    """Return the figure of the clone in sorted cells."""
    chart = patient_charts.clone(findings, timeline)
    if chart is None:
        return None
    watched = len(patient_charts.monitored(findings, timeline.patient_id))
    caption = (
        "On a logarithmic axis. Broken lines: levels, the looks between two changes taken as one, with "
        "their interval as a band. Above: the first rise beyond assay noise, which came between its ends; "
        "filled once the next look confirms it. Grey ground: full dose, so that growth on it "
        "speaks of resistance."
    )
    if watched:
        caption += " Beneath, other cells or reads, each a series of its own."
    return album.put(chart, slug, "clone", "Clone in sorted cells", caption, 250 + PANEL * watched)


def table(findings: Findings, name: str) -> Table | None:
    """Return every series of unsorted or CD34+ cells and of reads."""
    rows = [
        (
            Cell(item.of, f"{item.material}, {item.assay}"),
            tables.number(str(len(item.looks))),
            Cell(*_doubling(item)),
            Cell(_rise(item), item.reason),
        )
        for item in findings.monitoring
        if item.patient_id == name
    ]
    caption = (
        "Marrow, blood and reads of a variant are series of their own: none stands in for another, or for "
        "sorted stem cells. Trend from the lowest level on, of the odds of the clone."
    )
    return tables.table(caption, "Series|Looks|Odds double in|First rise", rows)


def _doubling(item: MonitoringSeries) -> tuple[str, str]:
    if item.slope_per_month is None:
        return "–", "" if item.trend_looks == 0 else f"{item.trend_looks} looks carry no trend"
    ends = [
        "never" if days is None else numbers.months(days)
        for days in (item.doubling_lower, item.doubling_upper)
    ]
    value = "no doubling" if item.doubling_days is None else numbers.months(item.doubling_days)
    return value, f"{ends[0]} to {ends[1]}"


def _rise(item: MonitoringSeries) -> str:
    if item.rise_day is None:
        return "none seen"
    sure = {True: "confirmed", False: "not confirmed", None: "awaits the next look"}[item.rise_confirmed]
    return f"after day {item.rise_after_day}, by {item.rise_day}: {sure}"
