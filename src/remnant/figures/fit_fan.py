"""One patient's course as the fit sees it: what was measured, what is hidden, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil, floor, log10
from typing import Any

import altair as alt

from remnant.analysis.fit_observed import Look, Observed
from remnant.figures.fit_scale import PLANNED, clipped, foot, fraction_y, head, with_log_odds
from remnant.figures.fit_shade import doses_panel, doses_rows, now_rule, shade, unusable
from remnant.figures.theme import (
    FAINT,
    INK,
    MUTED,
    PAPER,
    SERIES_COLOURS,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
    stacked,
)
from remnant.figures.timeline import Axis
from remnant.inference.records import CurvePoint, Fit

LEVELS = ("q05", "q25", "q50", "q75", "q95")
STEM, PROGENITOR, BULK, ALARM, GREEN = SERIES_COLOURS
DASHES = ([5, 3], [2, 2], [8, 3, 2, 3], [1, 3])


@dataclass(frozen=True)
class Quantity:
    """How one quantity is drawn: its axis, its colour and the height of its panel."""

    name: str
    title: str
    colour: str
    height: int
    number: str


QUANTITIES = (
    Quantity("stem fraction", "In stem cells", STEM, 108, ".3~p"),
    Quantity("progenitor fraction", "In progenitors", PROGENITOR, 108, ".3~p"),
    Quantity("mature fraction", "In mature cells", BULK, 96, ".3~p"),
    Quantity("transcript", "Transcript, %", ALARM, 108, ",.2~g"),
    Quantity("haemoglobin", "Hb, g/dl", GREEN, 78, ".1f"),
)


def plot_fan(
    fit: Fit, seen: Observed, patient_id: str, *, only: Sequence[str] = (), points: int = 80
) -> alt.VConcatChart | None:
    """Draw median, 50 % and 90 % of each quantity over time, with the observations and the day of now.

    Parameters
    ----------
    fit : Fit
        With the curves; other calendars than the planned one are drawn as dashed medians.
    seen : Observed
        Doses and observations; an observation without the clone is an open triangle at its bound.
    patient_id : str
        Whose.
    only : sequence of str
        Quantities to draw; all that have a curve, where empty.
    points : int
        Most points of a curve: a page carries them all.

    Returns
    -------
    VConcatChart or None
        None for a patient without a curve.
    """
    own = _as_seen([point for point in fit.curves if point.patient_id == patient_id])
    drawn = [q for q in QUANTITIES if (not only or q.name in only) and any(p.quantity == q.name for p in own)]
    if not drawn:
        return None
    now = max((one.now_day for one in fit.relapses if one.patient_id == patient_id), default=None)
    domain = time_domain(own, seen, patient_id)
    tables: dict[str, list[Row]] = {"now": [] if now is None else [{"day": now, "says": "now"}]}
    tables |= {"doses": doses_rows(seen, patient_id, domain)}
    panels: list[alt.LayerChart] = [
        doses_panel(tables["doses"], partial(days, domain=domain, title=None, labels=False, grid=False))
    ]
    own = [p for p in own if p.scenario == PLANNED or now is None or p.day >= now]
    limits = _fraction_limits([p for p in own if p.quantity in {q.name for q in drawn}], seen, patient_id)
    for quantity in drawn:
        mine = thinned([p for p in own if p.quantity == quantity.name], points)
        looks = [k for k in seen.looks if k.patient_id == patient_id and k.quantity == quantity.name]
        x = partial(days, domain=domain, title=f"Months since {seen.anchor}", labels=quantity is drawn[-1])
        panel, rows = _panel(quantity, mine, looks, x, limits)
        panels.append(panel)
        tables |= rows
    chart = stacked(*panels, spacing=8, **unusable(fit))
    names = ", ".join(quantity.name for quantity in drawn)
    until = "" if now is None else f" up to day {now:,}, the last observation, and beyond"
    says = (
        f"Patient {patient_id}: {names} of {fit.clone} over time{until}: median with its 50 % and "
        "90 % bands, "
        "what was measured with its interval, and the doses given."
    )
    return configured(chart, tables, says)


def _as_seen(points: Sequence[CurvePoint]) -> list[CurvePoint]:
    """Keep what the next measurement would show, where both that and the hidden truth are given."""
    seen = {(p.scenario, p.quantity) for p in points if p.seen}
    return [p for p in points if p.seen or (p.scenario, p.quantity) not in seen]


def time_domain(points: Sequence[CurvePoint], seen: Observed, patient_id: str) -> tuple[float, float]:
    """Return the days that every figure of a fitted patient shows."""
    looked = [look.day for look in seen.looks if look.patient_id == patient_id]
    first, last = min(p.day for p in points), max(p.day for p in points)
    return float(min([first, *looked])), float(max([last, *looked]))


def thinned(points: Sequence[CurvePoint], most: int) -> list[CurvePoint]:
    """Keep at most so many days of each calendar, first and last among them."""
    kept: list[CurvePoint] = []
    for scenario in dict.fromkeys(point.scenario for point in points):
        own = [point for point in points if point.scenario == scenario]
        step = max(1, ceil((len(own) - 1) / max(most - 2, 1)))
        kept += [*own[:-1:step], own[-1]]
    return kept


def _fraction_limits(points: Iterable[CurvePoint], seen: Observed, patient_id: str) -> tuple[float, float]:
    """Return the two ends of the axis that all fractions of a patient share."""
    shown = [p for p in points if p.quantity.endswith("fraction")]
    looks = [k for k in seen.looks if k.patient_id == patient_id and k.quantity.endswith("fraction")]
    low = [p.value.q05 for p in shown] + [k.lower for k in looks if k.value is not None and k.lower]
    high = [p.value.q95 for p in shown] + [k.upper for k in looks if k.upper is not None]
    return foot(low), head(high)


def _panel(
    quantity: Quantity,
    points: Sequence[CurvePoint],
    looks: Sequence[Look],
    x: Axis,
    limits: tuple[float, float],
) -> tuple[alt.LayerChart, dict[str, list[Row]]]:
    fraction = quantity.name.endswith("fraction")
    key = quantity.name.split(" ")[0]
    low, high = limits if fraction else _range(quantity, points, looks)

    def y(field: str) -> alt.Y:
        if fraction:
            return fraction_y(field, low, high, quantity.title, quantity.height)
        return _number_y(field, quantity, low, high)

    def number(value: float | None) -> float | None:
        return None if value is None else clipped(value, low, high)

    planned: list[Row] = []
    others: list[Row] = []
    for point in points:
        values = {level: number(getattr(point.value, level)) for level in LEVELS}
        if point.scenario == PLANNED:
            planned.append({"day": point.day, **values})
        else:
            others.append({"scenario": point.scenario, "day": point.day, "q50": values["q50"]})
    found: list[Row] = [
        {
            "day": k.day,
            "value": number(k.value),
            "lower": number(k.value if k.lower is None else k.lower),
            "upper": number(k.value if k.upper is None else k.upper),
            "what": k.what,
        }
        for k in looks
        if k.value is not None
    ]
    bound: list[Row] = [
        {"day": k.day, "lower": low, "upper": number(k.upper), "what": k.what}
        for k in looks
        if k.value is None
    ]
    rows = {f"fan-{key}": planned, f"seen-{key}": found, f"bound-{key}": bound}
    layers = [shade(x), *_bands(key, quantity, x, y), now_rule(x)]
    if others:
        rows[f"other-{key}"] = others
        layers.append(_others(key, quantity, x, y, others))
    layers += _looks(key, quantity, x, y)
    _say_months_once(layers)
    panel = layered(*layers, width=WIDTH, height=quantity.height, view=alt.ViewBackground(stroke=FAINT))
    return panel, rows


def _say_months_once(layers: Sequence[Any]) -> None:
    """Leave the axis of months to the first layer: layers share it, and a page carries every word."""
    for layer in layers[1:]:
        layer.encoding.x.axis = alt.Undefined


def _base(key: str, *fields: str) -> Any:
    """Start a layer; what it places on a scale of log-odds is worked out beside it."""
    layer = named(key)
    fraction = key.split("-")[1] in {"stem", "progenitor", "mature"}
    return with_log_odds(layer, *fields) if fraction else layer


def _second(y: alt.Y, field: str, key: str) -> alt.Y2:
    del y
    fraction = key in {"stem", "progenitor", "mature"}
    return alt.Y2(f"{field}_:Q" if fraction else f"{field}:Q")


def _bands(key: str, quantity: Quantity, x: Axis, y: Any) -> list[Any]:
    base, colour = _base(f"fan-{key}", *LEVELS), quantity.colour
    tip = [alt.Tooltip("day:Q", format=",d")] + [
        alt.Tooltip(f"{level}:Q", title=f"{int(level[1:])} %", format=quantity.number) for level in LEVELS
    ]
    return [
        base.mark_area(color=colour, opacity=0.16).encode(
            x("day"), y("q05"), y2=_second(y("q05"), "q95", key)
        ),
        base.mark_area(color=colour, opacity=0.3).encode(
            x("day"), y("q25"), y2=_second(y("q25"), "q75", key)
        ),
        base.mark_line(color=colour, strokeWidth=2).encode(x("day"), y("q50")),
        base.mark_point(opacity=0, size=60, color=colour).encode(x("day"), y("q50"), tooltip=tip),
    ]


def _others(key: str, quantity: Quantity, x: Axis, y: Any, rows: Sequence[Row]) -> Any:
    titles = list(dict.fromkeys(row["scenario"] for row in rows))
    scale = alt.Scale(domain=titles, range=[DASHES[n % len(DASHES)] for n in range(len(titles))])
    legend = alt.Legend(title=None, orient="bottom", direction="vertical", labelLimit=600, symbolSize=700)
    dash = alt.StrokeDash("scenario:N", scale=scale, legend=legend)
    tip = [
        alt.Tooltip("scenario:N"),
        alt.Tooltip("day:Q", format=",d"),
        alt.Tooltip("q50:Q", format=quantity.number),
    ]
    line = _base(f"other-{key}", "q50").mark_line(color=INK, strokeWidth=1.6)
    return line.encode(x("day"), y("q50"), dash, tooltip=tip)


def _looks(key: str, quantity: Quantity, x: Axis, y: Any) -> list[Any]:
    """Draw each observation with its interval, or as an open triangle at its bound."""
    found, bound = _base(f"seen-{key}", "value", "lower", "upper"), _base(f"bound-{key}", "lower", "upper")
    day, what = alt.Tooltip("day:Q", format=",d"), alt.Tooltip("what:N", title="assay")
    numbers = [
        alt.Tooltip(f"{field}:Q", title=title, format=quantity.number)
        for field, title in (("value", "measured"), ("lower", "from"), ("upper", "to"))
    ]
    below = alt.Tooltip("upper:Q", title="not detected, below", format=quantity.number)
    size = 30 if quantity.name == "haemoglobin" else 52
    return [
        found.mark_rule(color=INK, strokeWidth=1.2).encode(
            x("day"), y("lower"), y2=_second(y("lower"), "upper", key)
        ),
        bound.mark_rule(color=INK, strokeWidth=1.1, strokeDash=[2, 3]).encode(
            x("day"), y("lower"), y2=_second(y("lower"), "upper", key)
        ),
        found.mark_circle(color=INK, size=size, opacity=1, stroke=PAPER, strokeWidth=0.8).encode(
            x("day"), y("value"), tooltip=[day, *numbers, what]
        ),
        bound.mark_point(
            shape="triangle-down", size=64, fill=PAPER, stroke=INK, strokeWidth=1.5, opacity=1
        ).encode(x("day"), y("upper"), tooltip=[day, below, what]),
    ]


def _range(quantity: Quantity, points: Sequence[CurvePoint], looks: Sequence[Look]) -> tuple[float, float]:
    """Return the two ends of an axis of numbers."""
    ends = [(p.value.q05, p.value.q95) for p in points]
    low = min([a for a, _ in ends] + [v for k in looks for v in (k.value, k.upper) if v is not None])
    high = max([b for _, b in ends] + [v for k in looks for v in (k.value, k.upper) if v is not None])
    if quantity.name == "transcript":
        return 10.0 ** floor(log10(max(low, 1e-6))), 10.0 ** ceil(log10(max(high, 1e-5)))
    return min(7.0, low), max(13.0, high)


def _number_y(field: str, quantity: Quantity, low: float, high: float) -> alt.Y:
    if quantity.name == "transcript":
        powers = range(round(log10(low)), round(log10(high)) + 1)
        axis = alt.Axis(
            values=[10.0**power for power in powers],
            format=",~g",
            title=quantity.title,
            domain=False,
            ticks=False,
            labelOverlap=True,
        )
        scale = alt.Scale(type="log", domain=[low, high], nice=False, clamp=True)
    else:
        axis = alt.Axis(
            title=quantity.title, tickCount=4, domain=False, ticks=False, format=",~f", titleColor=MUTED
        )
        scale = alt.Scale(domain=[low, high], zero=False, nice=False, clamp=True)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)
