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
    (left, right), (low, high) = view.x_range, view.y_range
    wide, tall = (right - left) / view.bins_x, (high - low) / view.bins_y
    bins: list[Row] = [
        {"x": _brief(left + i * wide), "x2": _brief(left + (i + 1) * wide),
         "y": _brief(low + j * tall), "y2": _brief(low + (j + 1) * tall), "events": count}
        for i, j, count in view.counts
    ]  # fmt: skip
    corners = [*view.outline, *view.outline[:1]]
    outline: list[Row] = [{"x": _brief(x), "y": _brief(y), "order": n} for n, (x, y) in enumerate(corners)]
    points: list[Row] = [{"x": _brief(x), "y": _brief(y)} for x, y in view.points]
    return {"bins": bins, "outline": outline, "points": points}


def _brief(position: float) -> float:
    """Keep what a screen can show: five figures halve the page."""
    return float(f"{position:.5g}")


def _view(view: GateView, number: int) -> Any:
    x = alt.X("x:Q", scale=_scale(view.x_range), axis=_axis(view.x_label, view.x_ticks))
    y = alt.Y("y:Q", scale=_scale(view.y_range), axis=_axis(view.y_label, view.y_ticks))
    dense = alt.Color("events:Q", legend=None, scale=alt.Scale(type="log", range=[FAINT, DENSE], domainMin=1))
    layers = [
        named(f"bins-{number}").mark_rect().encode(
            x, y, x2="x2:Q", y2="y2:Q", color=dense, tooltip=[alt.Tooltip("events:Q", format=",d")]
        ),
        named(f"points-{number}").mark_circle(size=13, color=STEM, opacity=0.9, clip=True).encode(x, y),
        named(f"outline-{number}").mark_line(color=ALARM, strokeWidth=1.6, clip=True).encode(
            x, y, order="order:Q"
        ),
    ]  # fmt: skip
    subtitle = f"{len(view.points):,} × {view.points_label}" if view.points and view.points_label else ""
    title = alt.Title(view.title, subtitle=subtitle, subtitleColor=INK, subtitleFontSize=11)
    # Whole pixels to a bin: else its neighbours show through as a grid.
    wide, tall = (bins * max(SIDE // bins, 1) for bins in (view.bins_x, view.bins_y))
    return layered(*layers, width=wide, height=tall, title=title)


def _scale(edges: tuple[float, float]) -> alt.Scale:
    return alt.Scale(domain=list(edges), nice=False, zero=False)


def _axis(label: str, ticks: tuple[tuple[float, str], ...]) -> alt.Axis:
    names = json.dumps({f"{position:.4f}": text for position, text in ticks})
    return alt.Axis(
        title=label,
        values=[position for position, _ in ticks],
        labelExpr=f"{names}[format(datum.value, '.4f')]",
        grid=False,
        labelOverlap=True,
    )
