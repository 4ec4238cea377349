"""Simulation-based calibration: ranks of the truth among the draws, as a share less what is right, with its band.

Talts et al. 2018 (arXiv 1804.06788); drawn as the difference of the two curves, with the simultaneous band of
Saeilynoja, Buerkner and Vehtari 2022 (Stat Comput 32:32), whose numbers are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np

from remnant.figures.theme import ALARM, FAINT, LINE, SERIES_COLOURS, Row, configured, layered, named

SIDE = 200


def plot_ranks(
    ranks: Mapping[str, Sequence[int]], draws: int, lower: Sequence[float], upper: Sequence[float]
) -> alt.ConcatChart:
    """Draw a panel for each quantity: the curve of its ranks, red where it leaves the band.

    Parameters
    ----------
    ranks : mapping of str to sequence of int
        For each quantity, of each replicate: how many draws lie below the truth, 0 to `draws`.
    draws : int
        Of each replicate, at least 1.
    lower, upper : sequence of float
        Band of the share of replicates whose rank is at most a share z of the draws, at z = 1/K, 2/K to 1 for
        K values.
    """
    grid = np.arange(1, len(lower) + 1) / len(lower)
    band: list[Row] = [
        {"z": round(float(z), 5), "lower": round(float(a - z), 5), "upper": round(float(b - z), 5)}
        for z, a, b in zip(grid, lower, upper, strict=True)
    ]
    tables: dict[str, list[Row]] = {"band": [{"z": 0.0, "lower": 0.0, "upper": 0.0}, *band]}
    reach = 1.15 * max(abs(row[side]) for row in band for side in ("lower", "upper"))
    panels: list[alt.LayerChart] = []
    outside = []
    for number, (name, own) in enumerate(ranks.items()):
        share = np.searchsorted(np.sort((np.asarray(own) + 1) / (draws + 1)), grid, side="right") / len(own)
        left = bool(np.any((share < np.asarray(lower)) | (share > np.asarray(upper))))
        outside += [name] * left
        rows = [{"z": round(float(z), 5), "less": round(float(s - z), 5)} for z, s in zip(grid, share, strict=True)]
        tables[f"rank-{number}"] = [{"z": 0.0, "less": 0.0}, *rows]
        reach = max(reach, 1.05 * float(np.abs(share - grid).max()))
        panels.append(_panel(name, number, left=left))
    for panel in panels:
        for layer in panel.layer:
            layer.encoding.y.scale = alt.Scale(domain=[-reach, reach], nice=False)
    chart = alt.ConcatChart(columns=3, spacing=18)
    chart.concat = panels
    found = f"outside: {', '.join(outside)}" if outside else "all inside"
    says = f"Ranks of the truth among the draws for {len(ranks)} quantities, with their simultaneous band; {found}."
    return configured(chart, tables, says)


def _panel(name: str, number: int, *, left: bool) -> alt.LayerChart:
    axis = alt.Axis(values=[0, 0.5, 1], format="~g", title=None, domain=False, ticks=False, grid=False)
    side = alt.Axis(title=None, tickCount=3, format="+.2~f", domain=False, ticks=False)
    x = alt.X("z:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    colour = ALARM if left else SERIES_COLOURS[1]
    return layered(
        named("band").mark_area(color=LINE, opacity=0.6).encode(x, alt.Y("lower:Q", axis=side), y2=alt.Y2("upper:Q")),
        named(f"rank-{number}").mark_line(color=colour, strokeWidth=1.6, interpolate="step-after").encode(
            x, alt.Y("less:Q", axis=side)
        ),
        width=SIDE, height=120, title=alt.Title(name, fontSize=11), view=alt.ViewBackground(stroke=FAINT),
    )  # fmt: skip
