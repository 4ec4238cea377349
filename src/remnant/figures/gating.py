"""The gates of one tube: where the events lie, where each gate was placed, and every rare event itself.

A study has hundreds of such plots, all alike but for their data. So one plot is written once, as a template
with slots; `gate_sheet` gives what goes into them, and whoever draws, here or in a browser, fills them in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt

from remnant.cytometry import GatedTube, GateView
from remnant.figures.theme import (
    ALARM,
    DENSE,
    FAINT,
    INK,
    STEM,
    configured,
    layered,
    named,
    specification,
)

SIDE = 230
COLUMNS = 3
SLOT = "slot:"


def plot_gates(tube: GatedTube) -> alt.ConcatChart:
    """Draw every step of a tube, in the order of the gates.

    Parameters
    ----------
    tube : GatedTube
        With at least one view.
    """
    sheet, template = gate_sheet(tube), gate_template()
    chart: alt.ConcatChart = _made(alt.ConcatChart, template)
    chart.concat = [_plot(fill(template["concat"][0], slots)) for slots in sheet["slots"]]
    tables = {name: _rows(columns) for name, columns in sheet["datasets"].items()}
    return configured(chart, tables, sheet["description"])


@cache
def gate_template() -> dict[str, Any]:
    """Return the Vega-Lite of a sheet with one plot, its slots open: strings that begin with `SLOT`."""
    x, y = _channel(alt.X, "x"), _channel(alt.Y, "y")
    dense = alt.Color("events:Q", legend=None, scale=alt.Scale(type="log", range=[FAINT, DENSE], domainMin=1))
    bins, points, outline = (named(f"{SLOT}{name}") for name in ("bins", "points", "outline"))
    plot = layered(
        bins.transform_calculate(x2="datum.x + 1", y2="datum.y + 1").mark_rect(aria=False).encode(
            x, y, alt.X2("x2:Q"), alt.Y2("y2:Q"), dense, tooltip=[alt.Tooltip("events:Q", format=",d")]
        ),
        points.mark_circle(size=13, color=STEM, opacity=0.9, clip=True).encode(x, y),
        outline.mark_line(color=ALARM, strokeWidth=1.6, clip=True).encode(x, y, order=alt.Order("order:Q")),
        width=f"{SLOT}width", height=f"{SLOT}height",
        title=alt.Title(f"{SLOT}title", subtitle=f"{SLOT}subtitle", subtitleColor=INK, subtitleFontSize=11),
    )  # fmt: skip
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    sheet = alt.ConcatChart(columns=COLUMNS, spacing=26, resolve=resolve)
    sheet.concat = [plot]
    return specification(configured(sheet, {}, ""))


def gate_sheet(tube: GatedTube) -> dict[str, Any]:
    """Return what the template becomes this tube with.

    Parameters
    ----------
    tube : GatedTube
        With at least one view.

    Returns
    -------
    dict
        `slots`: for each plot the value of every slot; `datasets`: its tables by column, places counted in
        bins (short numbers keep a page of tubes small); `description`: a sentence.
    """
    tables: dict[str, Any] = {}
    for number, view in enumerate(tube.views):
        tables |= {f"{name}-{number}": columns for name, columns in _tables(view).items()}
    return {
        "slots": [_slots(view, number) for number, view in enumerate(tube.views)],
        "datasets": tables,
        "description": f"Gates of {tube.file}: binned events, the outline of each gate, and single rare "
        "events.",
    }


def fill(template: Any, slots: Mapping[str, Any]) -> Any:
    """Put values in place of slots, however deep they stand.

    Examples
    --------
    >>> fill({"title": "slot:title", "domain": "slot:domain"}, {"slot:title": "CD34", "slot:domain": [0, 48]})
    {'title': 'CD34', 'domain': [0, 48]}
    """
    if isinstance(template, str):
        return slots.get(template, template)
    if isinstance(template, dict):
        return {name: fill(part, slots) for name, part in template.items()}
    return [fill(part, slots) for part in template] if isinstance(template, list) else template


def _plot(filled: dict[str, Any]) -> alt.LayerChart:
    layers = [
        _made(alt.Chart, layer | {"encoding": alt.FacetedEncoding(**layer["encoding"])})
        for layer in filled["layer"]
    ]
    plot: alt.LayerChart = _made(alt.LayerChart, filled | {"layer": layers})
    return plot


def _made(kind: Any, parts: Mapping[str, Any]) -> Any:
    """Make a chart of Vega-Lite as it is: altair's own `from_dict` takes half a second for a tube."""
    chart = kind()
    for name, part in parts.items():
        chart[name] = part
    return chart


def _channel(kind: type[alt.X] | type[alt.Y], side: str) -> Any:
    scale, axis = alt.Scale(nice=False, zero=False), alt.Axis(grid=False, labelOverlap=True)
    # Set afterwards: a slot is not yet what altair would allow in its place.
    scale.domain = f"{SLOT}{side}_domain"
    axis.title, axis.values, axis.labelExpr = (
        f"{SLOT}{side}_{name}" for name in ("label", "places", "names")
    )
    return kind(f"{side}:Q", scale=scale, axis=axis)


def _slots(view: GateView, number: int) -> dict[str, Any]:
    rare = f"{len(view.points):,} × {view.points_label}" if view.points and view.points_label else ""
    values: dict[str, Any] = {"title": view.title, "subtitle": rare}
    values |= {name: f"{name}-{number}" for name in ("bins", "points", "outline")}
    sides = (
        ("x", "width", view.x_label, view.x_ticks, view.x_range, view.bins_x),
        ("y", "height", view.y_label, view.y_ticks, view.y_range, view.bins_y),
    )
    for side, extent, label, ticks, edges, bins in sides:
        names = {f"{_bin(position, edges, bins):.2f}": text for position, text in ticks}
        values |= {
            # Whole pixels to a bin: else its neighbours show through as a grid.
            extent: bins * max(SIDE // bins, 1),
            f"{side}_label": label,
            f"{side}_domain": [0, bins],
            f"{side}_places": [float(place) for place in names],
            f"{side}_names": f"{json.dumps(names)}[format(datum.value, '.2f')]",
        }
    return {f"{SLOT}{name}": value for name, value in values.items()}


def _tables(view: GateView) -> dict[str, dict[str, list[Any]]]:
    corners = [*view.outline, *view.outline[:1]]
    outline = _columns(("x", "y"), [_place(view, corner) for corner in corners])
    return {
        "bins": _columns(("x", "y", "events"), sorted(view.counts)),
        "outline": outline | {"order": list(range(len(corners)))},
        "points": _columns(("x", "y"), [_place(view, point) for point in view.points]),
    }


def _columns(names: Sequence[str], rows: Sequence[tuple[float, ...]]) -> dict[str, list[Any]]:
    parts = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {name: list(part) for name, part in zip(names, parts, strict=True)}


def _rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _place(view: GateView, point: tuple[float, float]) -> tuple[float, float]:
    return _bin(point[0], view.x_range, view.bins_x), _bin(point[1], view.y_range, view.bins_y)


def _bin(position: float, edges: tuple[float, float], bins: int) -> float:
    low, high = edges
    return round(bins * (position - low) / (high - low), 2)
