"""Simulation-based calibration: ranks of the truth among the draws, less what is right, with a band.

Talts et al. 2018 (arXiv 1804.06788); drawn as the difference of the two curves, with the simultaneous band of
Säilynoja, Bürkner and Vehtari 2022 (Stat Comput 32:32), whose numbers are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from remnant.figures.theme import ALARM, FAINT, LINE, SERIES_COLOURS, Row, configured, layered, named

SIDE, MOST = 200, 200


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
    lower, upper : sequence of float, length `draws`
        Band of the share of replicates with a rank of at most j, for j from 0 to `draws` less 1: where
        ranks are uniform that share is (j + 1) / (draws + 1).
    """
    at = np.arange(1, draws + 1) / (draws + 1)
    low, high = np.asarray(lower), np.asarray(upper)
    kept = np.unique(np.r_[np.arange(0, draws, max(1, draws // MOST)), draws - 1])
    ends: Row = {"z": 0.0, "lower": 0.0, "upper": 0.0}
    band = [
        {"z": _short(at[j]), "lower": _short(low[j] - at[j]), "upper": _short(high[j] - at[j])} for j in kept
    ]
    tables: dict[str, list[Row]] = {"band": [ends, *band, ends | {"z": 1.0}]}
    shares = {name: _shares(own, draws) for name, own in ranks.items()}
    outside = [name for name, share in shares.items() if np.any((share < low) | (share > high))]
    reach = 1.1 * max(
        np.abs(np.r_[low - at, high - at]).max(), *(np.abs(share - at).max() for share in shares.values())
    )
    panels = []
    for number, (name, share) in enumerate(shares.items()):
        rows = [{"z": _short(at[j]), "less": _short(share[j] - at[j])} for j in kept]
        tables[f"rank-{number}"] = [{"z": 0.0, "less": 0.0}, *rows, {"z": 1.0, "less": 0.0}]
        panels.append(_panel(name, number, _short(reach), left=name in outside))
    chart = alt.ConcatChart(columns=3, spacing=18)
    chart.concat = list[Any](panels)
    found = f"outside: {', '.join(outside)}" if outside else "all inside"
    says = (
        f"Ranks of the truth among the draws for {len(ranks)} quantities, with their simultaneous "
        f"band; {found}."
    )
    return configured(chart, tables, says)


def _shares(own: Sequence[int], draws: int) -> NDArray[np.float64]:
    """Return the share of ranks at or below each of 0 to `draws` less 1."""
    return np.asarray(np.cumsum(np.bincount(np.asarray(own, int), minlength=draws + 1))[:-1] / len(own))


def _short(number: float) -> float:
    return round(float(number), 5)


def _panel(name: str, number: int, reach: float, *, left: bool) -> alt.LayerChart:
    axis = alt.Axis(values=[0, 0.5, 1], format="~g", title=None, domain=False, ticks=False, grid=False)
    side = alt.Axis(title=None, tickCount=3, format="+.2~f", domain=False, ticks=False)
    x = alt.X("z:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    scale = alt.Scale(domain=[-reach, reach], nice=False)
    colour = ALARM if left else SERIES_COLOURS[1]
    return layered(
        named("band")
        .mark_area(color=LINE, opacity=0.6)
        .encode(x, alt.Y("lower:Q", axis=side, scale=scale), y2=alt.Y2("upper:Q")),
        named(f"rank-{number}")
        .mark_line(color=colour, strokeWidth=1.6, interpolate="step-after")
        .encode(x, alt.Y("less:Q", axis=side, scale=scale)),
        width=SIDE,
        height=120,
        title=alt.Title(name, fontSize=11),
        view=alt.ViewBackground(stroke=FAINT),
    )
