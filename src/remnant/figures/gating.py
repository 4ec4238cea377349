"""The gates of one tube: where the events lie, where each gate was placed, and every rare event itself."""

from __future__ import annotations

import json
from typing import Any

import altair as alt

from remnant.cytometry import GatedTube, GateView
from remnant.figures.theme import ALARM, DENSE, FAINT, INK, STEM, Row, configured, layered, named

SIDE = 230
COLUMNS = 3


def plot_gates(tube: GatedTube) -> alt.ConcatChart:
    """Draw every step of a tube, in the order of the gates.

    Parameters
    ----------
    tube : GatedTube
        With at least one view.
    """
    tables: dict[str, list[Row]] = {}
    views: list[Any] = []
    for number, view in enumerate(tube.views):
        tables |= {f"{name}-{number}": rows for name, rows in _tables(view).items()}
        views.append(_view(view, number))
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    chart = alt.concat(*views, columns=COLUMNS, spacing=26, resolve=resolve)
    return configured(
        chart,
        tables,
        f"Gates of {tube.file}: binned events, the outline of each gate, and single rare events.",
    )


def _tables(view: GateView) -> dict[str, list[Row]]:
    """Return the tables of a view, its places counted in bins: short numbers keep a page of tubes small."""
    bins: list[Row] = [{"x": x, "y": y, "events": events} for x, y, events in sorted(view.counts)]
    corners = [*view.outline, *view.outline[:1]]
    outline: list[Row] = [_place(view, *corner) | {"order": order} for order, corner in enumerate(corners)]
    return {"bins": bins, "outline": outline, "points": [_place(view, *point) for point in view.points]}


def _place(view: GateView, x: float, y: float) -> Row:
    return {"x": _bin(x, view.x_range, view.bins_x), "y": _bin(y, view.y_range, view.bins_y)}


def _bin(position: float, edges: tuple[float, float], bins: int) -> float:
    low, high = edges
    return round(bins * (position - low) / (high - low), 2)


def _view(view: GateView, number: int) -> Any:
    x = alt.X(
        "x:Q", scale=_scale(view.bins_x), axis=_axis(view.x_label, view.x_ticks, view.x_range, view.bins_x)
    )
    y = alt.Y(
        "y:Q", scale=_scale(view.bins_y), axis=_axis(view.y_label, view.y_ticks, view.y_range, view.bins_y)
    )
    dense = alt.Color("events:Q", legend=None, scale=alt.Scale(type="log", range=[FAINT, DENSE], domainMin=1))
    layers = [
        named(f"bins-{number}").transform_calculate(x2="datum.x + 1", y2="datum.y + 1").mark_rect().encode(
            x, y, x2="x2:Q", y2="y2:Q", color=dense, tooltip=[alt.Tooltip("events:Q", format=",d")]
        ),
        named(f"points-{number}").mark_circle(size=13, color=STEM, opacity=0.9, clip=True).encode(x, y),
        named(f"outline-{number}").mark_line(color=ALARM, strokeWidth=1.6, clip=True).encode(
            x, y, order=alt.Order("order:Q")
        ),
    ]  # fmt: skip
    subtitle = f"{len(view.points):,} × {view.points_label}" if view.points and view.points_label else ""
    title = alt.Title(view.title, subtitle=subtitle, subtitleColor=INK, subtitleFontSize=11)
    # Whole pixels to a bin: else its neighbours show through as a grid.
    wide, tall = (bins * max(SIDE // bins, 1) for bins in (view.bins_x, view.bins_y))
    return layered(*layers, width=wide, height=tall, title=title)


def _scale(bins: int) -> alt.Scale:
    return alt.Scale(domain=[0, bins], nice=False, zero=False)


def _axis(
    label: str, ticks: tuple[tuple[float, str], ...], edges: tuple[float, float], bins: int
) -> alt.Axis:
    names = {f"{_bin(position, edges, bins):.2f}": text for position, text in ticks}
    return alt.Axis(
        title=label,
        values=[float(place) for place in names],
        labelExpr=f"{json.dumps(names)}[format(datum.value, '.2f')]",
        grid=False,
        labelOverlap=True,
    )
