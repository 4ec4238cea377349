"""How much of a count hangs on its cuts: both cuts of CD38, the sweep, what moved since the first visit."""

from __future__ import annotations

from remnant.analysis.findings import TubeResult
from remnant.cytometry import CountInterval, CutComparison, CutWay, Drift, GatedTube, Sweep
from remnant.report import numbers, tables
from remnant.report.tables import Cell, Table

MILLION = 1e6
RULES = {"progenitors": "below the progenitors", "FMO": "on the FMO", "isotype": "on the isotype"}
USED = {"density": "a valley of the density", "share": "a share of CD34+", "plan": "the plan's fixed cut"}


def per_million(interval: CountInterval | None) -> Cell:
    """Write a frequency with its limits."""
    if interval is None:
        return tables.number("–")
    limits = _limits(interval.fraction_lower, interval.fraction_upper)
    return tables.number(_million(interval.fraction), limits)


def background(interval: CountInterval | None) -> str:
    """Say what leaked in, and which markers have no control that could tell."""
    if interval is None:
        return ""
    said = []
    if interval.measured:
        leaked = numbers.significant(interval.background)
        said.append(f"background by the control of {interval.measured}: {leaked} events")
    if interval.unmeasured:
        said.append(f"background of {interval.unmeasured} not measured")
    return "; ".join(said)


def low_tables(tube: GatedTube) -> tuple[Table | None, ...]:
    """Return the two cuts side by side, and the sweep."""
    compared = [row for item in tube.comparisons for row in _comparison(item)]
    swept = [row for item in tube.sweeps for row in _sweep(item)]
    return (
        tables.table(
            "Both cuts of the low marker side by side. The plan names the one in use; where the two "
            "disagree, cells lie between them, and the limits of either hold whichever is right.",
            "Population|Cut|At|Events|Per million|Note",
            compared,
        ),
        tables.table(
            "The same population with more or less of CD34+ called low: limits less the background, and "
            "the fraction of the step. A finding at one step only is fragile.",
            "Population|Lowest|Called low|Events|Limits|Of the step|Note",
            swept,
        ),
        tables.table(
            "By the thresholds of this tube and by those of the first visit.",
            "Population|Own|First visit|In use",
            [
                (
                    Cell(item.population),
                    tables.number(_events(item.own)),
                    tables.number(_events(item.baseline)),
                    Cell("own" if item.used == "own" else "first visit"),
                )
                for item in tube.both_ways
            ],
        ),
    )


def drift_table(result: TubeResult) -> Table | None:
    """Return what moved since the first visit: flagged lines first."""
    ordered = sorted(result.drift, key=lambda item: not item.flagged)
    return tables.table(
        "Since the first visit: thresholds, and medians of cells that should not move.",
        "What|Cells|First visit|Now|Moved|Note",
        [_drift(item) for item in ordered],
    )


def _comparison(item: CutComparison) -> list[tuple[Cell, ...]]:
    rows = [_way(item, way) for way in (item.control, item.progenitors)]
    if item.lower is not None and item.upper is not None:
        ratio = "" if item.ratio is None else f"second over first: {numbers.significant(item.ratio)}"
        limits = tables.number(_limits(item.lower, item.upper))
        rows.append(
            (Cell(item.population), Cell("either"), tables.number(""), tables.number(""), limits, Cell(ratio))
        )
    return rows


def _way(item: CutComparison, way: CutWay) -> tuple[Cell, ...]:
    used = "in use" if way.rule == item.used else ""
    if not used and item.used not in RULES and way.rule == "progenitors":
        used = f"in use: {USED.get(item.used, item.used)}"
    at = "" if way.cut is None else numbers.significant(way.cut.value, 4)
    return (
        Cell(item.population),
        Cell(f"{item.marker} {RULES[way.rule]}"),
        tables.number(at),
        tables.number(_events(way.events)),
        per_million(way.interval),
        Cell(way.reason or used),
    )


def _sweep(item: Sweep) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(item.population, item.verdict if number == 0 else ""),
            tables.number(numbers.percent(step.share)),
            tables.number(numbers.count(step.step_events)),
            tables.number(_events(step.events)),
            tables.number(
                "–"
                if step.lower is None or step.upper is None
                else f"{numbers.significant(step.lower)} to {numbers.significant(step.upper)}"
            ),
            _share(step.fraction, step.fraction_lower, step.fraction_upper),
            Cell(step.reason),
        )
        for number, step in enumerate(item.steps)
    ]


def _share(value: float | None, lower: float | None, upper: float | None) -> Cell:
    if value is None or lower is None or upper is None:
        return tables.number("–")
    return tables.number(numbers.percent(value), f"{numbers.percent(lower)} to {numbers.percent(upper)}")


def _drift(item: Drift) -> tuple[Cell, ...]:
    moved = "–" if item.intervals is None else f"{numbers.significant(item.intervals)} intervals"
    decades = "" if item.decades is None else f"{numbers.significant(item.decades)} decades"
    return (
        Cell(f"{item.what} of {item.marker}"),
        Cell(item.population),
        _value(item.first, item.first_lower, item.first_upper),
        _value(item.value, item.lower, item.upper),
        tables.number(moved, decades),
        Cell("beyond the limit" if item.flagged else ""),
    )


def _value(value: float, lower: float, upper: float) -> Cell:
    return tables.number(
        numbers.significant(value, 3), f"{numbers.significant(lower, 3)} to {numbers.significant(upper, 3)}"
    )


def _million(fraction: float) -> str:
    return numbers.significant(MILLION * fraction, 3)


def _limits(lower: float, upper: float) -> str:
    return f"{_million(lower)} to {_million(upper)}"


def _events(events: int | None) -> str:
    return "not evaluable" if events is None else numbers.count(events)


def span(low: int | None, high: int | None) -> str:
    """Write fewest to most events."""
    return "–" if low is None or high is None else f"{numbers.count(low)} to {numbers.count(high)}"
