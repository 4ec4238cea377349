"""The tables of `remnant fcs compartments`: thresholds, counts, and how much hangs on the cut of CD38."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remnant.cli.console import print_table

if TYPE_CHECKING:
    from remnant.cytometry import CountInterval, GatedTube

MILLION = 1e6


def show_thresholds(tube: GatedTube) -> None:
    """Print every cut with its exact interval, and the resampled one of a control beside it."""
    rows = [
        (
            cut.marker,
            round(cut.value, 1),
            _span(cut.lower, cut.upper),
            _span(cut.bootstrap_lower, cut.bootstrap_upper),
            cut.n,
            cut.method,
        )
        for cut in tube.thresholds
    ]
    header = ("marker", "value", "interval", "resampled", "events", "method")
    print_table("Thresholds, on the compensated scale", header, rows)


def show_compartments(tube: GatedTube) -> None:
    """Print every compartment with what it says of the specimen."""
    rows = [
        (
            p.population,
            p.phenotype,
            p.events,
            "" if p.events is None else f"{p.events_at_lower} to {p.events_at_upper}",
            _million(p.interval),
            "" if p.interval is None else f"{p.interval.background:.2g}{'*' * bool(p.interval.unmeasured)}",
            p.parent_events,
            p.reason,
        )
        for p in tube.populations
    ]
    counted = ("compartment", "phenotype", "events", "as cuts move", "per million", "background")
    note = (
        "As cuts move: each threshold within its own interval, independently. Per million: less the "
        "background, with limits for counting, background and cuts. *: a positive marker has no control."
    )
    print_table("Compartments", (*counted, "of nucleated", "not evaluable because"), rows, note=note)


def show_low(tube: GatedTube) -> None:
    """Print both cuts side by side, and the sweep, of every compartment with a `-/low` marker."""
    for item in tube.comparisons:
        rows = [
            (
                f"{item.marker}, {way.rule}",
                "" if way.cut is None else f"{way.cut.value:,.1f}",
                way.events,
                _million(way.interval),
                way.reason or ("in use" if way.rule == item.used else ""),
            )
            for way in (item.control, item.progenitors)
        ]
        if item.lower is not None and item.upper is not None:
            ratio = "" if item.ratio is None else f"second over first: {item.ratio:.2f}"
            limits = " to ".join(_figures(MILLION * end) for end in (item.lower, item.upper))
            rows.append(("either", "", None, limits, ratio))
        header = ("cut", "at", "events", "per million", "note")
        print_table(f"{item.population}: both cuts of {item.marker}; in use: {item.used}", header, rows)
    for sweep in tube.sweeps:
        steps = [
            (f"{100 * s.share:g} %", s.step_events, s.events, _span(s.lower, s.upper), s.reason)
            for s in sweep.steps
        ]
        names = ("lowest", "called low", "events", "limits", "not evaluable because")
        print_table(f"{sweep.population}: sweep of {sweep.marker}; {sweep.verdict}", names, steps)


def _span(lower: float | None, upper: float | None) -> str:
    return "" if lower is None or upper is None else f"{lower:,.1f} to {upper:,.1f}"


def _million(interval: CountInterval | None) -> str:
    if interval is None:
        return ""
    numbers = (interval.fraction, interval.fraction_lower, interval.fraction_upper)
    value, low, high = (_figures(MILLION * x) for x in numbers)
    return f"{value} ({low} to {high})"


def _figures(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
