"""One look for every figure: colours, shapes, type, the axis of time; and the data carried by name.

The colours keep apart under the common forms of colour blindness, and no meaning rests on colour alone: a
role has its shape too, a state its letter, a not-detected point its open triangle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeAlias, TypeVar

import altair as alt
from altair.utils.schemapi import debug_mode

Row: TypeAlias = dict[str, Any]
C = TypeVar("C")
Item = TypeVar("Item")

INK, MUTED, LINE, WASH, FAINT = "#1d2733", "#5f6b78", "#ccd3da", "#eef1f4", "#dfe5ea"
ROLES = ("stem", "progenitor", "bulk")
SERIES = (*ROLES, "clone", "normal")  # the last two: colonies by what they came from
SERIES_COLOURS = ("#c9510c", "#1b6cab", "#737b85", "#a81f3d", "#1f7a70")
SERIES_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")
STEM = SERIES_COLOURS[0]
NIGHT = {
    INK: "#e4e8ec",
    MUTED: "#9aa6b2",
    LINE: "#3d4752",
    WASH: "#1d242c",
    FAINT: "#2a333d",
    "#c9510c": "#f28a4b",
    "#1b6cab": "#6cb1e6",
    "#737b85": "#a3abb5",
    "#4d6177": "#b4c3d3",
    "#a81f3d": "#f07c93",
    "#1f7a70": "#5cc0b3",
    "#fefefe": "#12161b",
}  # each colour of a light page, and what stands for it on a dark one
ALARM, DENSE, PAPER = (
    "#a81f3d",
    "#4d6177",
    "#fefefe",
)  # paper is not white: white text on a coloured band stays white at night

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
DAYS_PER_MONTH = 365.25 / 12
LABELS = 82  # room for the names beside a panel, in pixels
WHOLE, BAND = 60, 40  # lanes that one figure holds, and those of each where there are more
WIDTH = 680  # of a figure on its own; a page sets it to the room there is

CONFIG = alt.Config(
    background="transparent",
    font=FONT,
    view=alt.ViewConfig(stroke=None),
    axis=alt.AxisConfig(
        labelColor=MUTED, titleColor=MUTED, domainColor=LINE, tickColor=LINE, gridColor=FAINT,
        labelFontSize=11, titleFontSize=11, titleFontWeight="normal", titlePadding=8, labelPadding=4,
    ),
    legend=alt.LegendConfig(labelColor=INK, titleColor=MUTED),
    title=alt.TitleConfig(color=INK, fontSize=12, fontWeight=600, anchor="start", offset=6),
)  # fmt: skip


def unchecked() -> AbstractContextManager[None]:
    """Make charts without holding each piece against the schema: half of the time, and tests do hold them."""
    return debug_mode(False)


def bands(items: Sequence[Item]) -> list[Sequence[Item]]:
    """Cut many lanes into figures of a screen or two; few stay in one.

    Examples
    --------
    >>> [len(band) for band in bands(range(60))], [len(band) for band in bands(range(100))]
    ([60], [40, 40, 20])
    """
    if len(items) <= WHOLE:
        return [items] if items else []
    return [items[start : start + BAND] for start in range(0, len(items), BAND)]


def configured(chart: C, data: Mapping[str, Sequence[Row]], description: str) -> C:
    """Give a finished chart the theme, its data by name, and a description for those who cannot see it.

    The data stand outside the layers so that one table is written once, exported as it is, and not walked
    by the schema checks of every layer.

    Parameters
    ----------
    chart : altair chart
        Built on `named` data.
    data : mapping of str to sequence of dict
        The rows of every name; all rows of a name have the same fields.
    description : str
        What the figure shows, in a sentence.
    """
    # Set in place: each of altair's configure_ methods copies the chart with all that is in it.
    themed: Any = chart
    themed.config = CONFIG
    themed.description = description
    themed.datasets = {name: list(rows) for name, rows in data.items()}
    return chart


def layered(*layers: Any, **properties: Any) -> alt.LayerChart:
    """Lay marks over one another, the properties given at once.

    The layers are put in place afterwards: altair copies what it is given, to the bottom and several times
    over, in search of data and parameters to share, and there are none.
    """
    chart = alt.LayerChart(**properties)
    chart.layer = list(layers)
    return chart


def stacked(*panels: Any, **properties: Any) -> alt.VConcatChart:
    """Set panels beneath one another; put in place as `layered` does."""
    chart = alt.VConcatChart(**properties)
    chart.vconcat = list(panels)
    return chart


def named(name: str) -> alt.Chart:
    """Start a layer on the rows called `name`."""
    return alt.Chart(alt.NamedData(name=name))


def _role_scale() -> alt.Scale:
    return alt.Scale(domain=list(SERIES), range=list(SERIES_COLOURS))


def role_colour() -> alt.Color:
    """Colour by the role of a compartment, the same in every figure."""
    return alt.Color("role:N", scale=_role_scale(), legend=None)


def role_stroke() -> alt.Stroke:
    """Colour an outline by role, for marks that are open."""
    return alt.Stroke("role:N", scale=_role_scale(), legend=None)


def role_shape() -> alt.Shape:
    """Shape by the role of a compartment, the same in every figure."""
    scale = alt.Scale(domain=list(SERIES), range=list(SERIES_SHAPES))
    return alt.Shape("role:N", scale=scale, legend=None)


def days(
    field: str, domain: tuple[float, float], title: str | None, *, labels: bool = True, grid: bool = True
) -> alt.X:
    """Place by day, with ticks at whole months: the field plans in months, the data are in days.

    Parameters
    ----------
    field : str
        Field with days since the anchor.
    domain : (float, float)
        First and last day shown.
    title : str or None
        Title of the axis.
    labels : bool
        Whether ticks are named; panels above the lowest leave it out.
    grid : bool
        Whether lines run up the panel.
    """
    span = (domain[1] - domain[0]) / DAYS_PER_MONTH
    step = next((months for months in (1, 3, 6, 12, 24, 60) if span / months <= 14), 120)
    first, last = (int(day / DAYS_PER_MONTH // step) for day in domain)
    ticks = [number * step * DAYS_PER_MONTH for number in range(first, last + 2)]
    axis = alt.Axis(
        values=[tick for tick in ticks if domain[0] <= tick <= domain[1]],
        labelExpr=f"round(datum.value / {DAYS_PER_MONTH})",
        labels=labels,
        ticks=labels,
        domain=labels,
        title=title if labels else None,
        grid=grid,
        labelOverlap=True,
    )
    return alt.X(f"{field}:Q", scale=alt.Scale(domain=list(domain), nice=False, padding=0), axis=axis)


def specification(chart: Any) -> dict[str, Any]:
    """Return a finished chart as Vega-Lite, its data untouched: altair would walk and copy every row."""
    data, chart.datasets = chart.datasets, alt.Undefined
    try:
        spec = _written(chart)
    finally:
        chart.datasets = data
    return {"$schema": alt.SCHEMA_URL, **spec, "datasets": data}


def _written(chart: Any) -> dict[str, Any]:
    """Write a chart without its parts, then each part: altair would copy them all at every level."""
    kind = next((name for name in ("layer", "vconcat", "concat") if hasattr(chart, name)), None)
    if kind is None:
        plain: dict[str, Any] = chart.to_dict(validate=False, context={"top_level": False})
        return plain
    parts, chart[kind] = chart[kind], []
    try:
        whole: dict[str, Any] = chart.to_dict(validate=False, context={"top_level": False})
    finally:
        chart[kind] = parts
    return whole | {kind: [_written(part) for part in parts]}
