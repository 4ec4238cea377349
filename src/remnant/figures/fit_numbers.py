"""Each number before the data and after: the prior in grey, the posterior in colour, on one scale.

Numbers of a dozen units share one axis, which says where in its prior a value lies: at its median, at its
5 or 95 %. The grey bars are therefore all alike, and what the data told is the difference from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log
from statistics import NormalDist

import altair as alt
import numpy as np

from remnant.figures.fit_shade import unusable
from remnant.figures.theme import FAINT, INK, LINE, MUTED, PAPER, STEM, WIDTH, Row, configured, layered, named
from remnant.inference.records import Fit, NumberSummary, Quantiles

SHARES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
SCORES = [NormalDist().inv_cdf(share) for share in SHARES.values()]
FURTHEST = 3.6  # scores beyond which a posterior is drawn at the edge
ROW = 17


def position(prior: Quantiles) -> Callable[[float], float]:
    """Return where in its prior a value lies, as a standard normal score.

    Between the five quantiles it is read off, on logs where all are above 0; beyond them the last slope goes
    on. A prior without width has only its median.
    """
    places = [getattr(prior, name) for name in SHARES]
    logs = min(places) > 0
    knots = [log(place) for place in places] if logs else places

    def score(value: float) -> float:
        if logs and value <= 0:
            return -FURTHEST
        at = log(value) if logs else value
        if knots[-1] <= knots[0]:
            return 0.0 if at == knots[0] else float(np.sign(at - knots[0])) * FURTHEST
        inner = float(np.interp(at, knots, SCORES))
        if at < knots[0] and knots[1] > knots[0]:
            inner += (at - knots[0]) * (SCORES[1] - SCORES[0]) / (knots[1] - knots[0])
        if at > knots[-1] and knots[-1] > knots[-2]:
            inner += (at - knots[-1]) * (SCORES[-1] - SCORES[-2]) / (knots[-1] - knots[-2])
        return min(max(inner, -FURTHEST), FURTHEST)

    return score


def plot_numbers(fit: Fit, numbers: Sequence[NumberSummary]) -> alt.LayerChart | None:
    """Draw a forest of numbers, prior against posterior; hollow where the posterior is the prior's.

    Parameters
    ----------
    fit : Fit
        For its diagnostics.
    numbers : sequence of NumberSummary
        From the top; each name once.
    """
    if not numbers:
        return None
    rows = [_row(one) for one in numbers]
    names = [row["number"] for row in rows]
    ticks = [round(score, 4) for score in SCORES]
    label = (
        f"datum.value < {ticks[0] + 0.1} ? '5 %' : datum.value > {ticks[-1] - 0.1} ? '95 %' : "
        "abs(datum.value) < 0.1 ? 'median' : ''"
    )
    axis = alt.Axis(
        values=ticks, labelExpr=label, title="Where in its prior", domain=False, ticks=False, gridColor=FAINT
    )
    left = alt.Axis(title=None, domain=False, ticks=False, labelColor=INK, labelLimit=300)

    reach = max(2.0, *(abs(row[end]) for row in rows for end in ("q05", "q95"))) + 0.1

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[-reach, reach], nice=False), axis=axis)

    y = alt.Y("number:N", sort=names, scale=alt.Scale(domain=names), axis=left)
    base = named("numbers").encode(y=y)
    told, silent = (base.transform_filter(f"datum.from_prior == {word}") for word in ("false", "true"))
    tip = [
        alt.Tooltip("number:N"),
        alt.Tooltip("prior:N"),
        alt.Tooltip("posterior:N"),
        alt.Tooltip("contraction:Q", title="told by the data", format=".0%"),
    ]
    chart = layered(
        base.mark_bar(color=LINE, height=9, cornerRadius=2).encode(x("prior_low"), x2=alt.X2("prior_high:Q")),
        base.mark_tick(color=MUTED, thickness=1.2, height=9).encode(x("prior_middle")),
        base.mark_rule(color=STEM, strokeWidth=1.6).encode(x("q05"), x2=alt.X2("q95:Q")),
        told.mark_bar(color=STEM, height=5).encode(x("q25"), x2=alt.X2("q75:Q")),
        told.mark_point(filled=True, size=62, color=STEM, opacity=1, stroke=PAPER, strokeWidth=0.8).encode(
            x("q50"), tooltip=tip
        ),
        silent.mark_point(size=52, fill=PAPER, stroke=STEM, strokeWidth=1.6, opacity=1).encode(
            x("q50"), tooltip=tip
        ),
        width=WIDTH,
        height=ROW * len(rows),
        **unusable(fit),
    )
    silent_count = sum(one.from_prior for one in numbers)
    says = (
        f"{len(numbers)} numbers, prior against posterior, each on the scale of its prior; of "
        f"{silent_count} the "
        "data say next to nothing, and their mark is hollow."
    )
    return configured(chart, {"numbers": rows}, says)


def _row(one: NumberSummary) -> Row:
    score = position(one.prior)
    name = f"{one.name}, between patients" if one.level == "spread" else one.name
    places = {level: round(score(getattr(one.posterior, level)), 3) for level in SHARES}
    prior = {"prior_low": SCORES[0], "prior_middle": 0.0, "prior_high": SCORES[-1]}
    return (
        {"number": name}
        | places
        | {key: round(value, 3) for key, value in prior.items()}
        | {
            "prior": _said(one.prior, one.unit),
            "posterior": _said(one.posterior, one.unit),
            "contraction": round(one.contraction, 3),
            "from_prior": one.from_prior,
        }
    )


def _said(value: Quantiles, unit: str) -> str:
    return f"{value.q50:.3g} ({value.q05:.3g} to {value.q95:.3g})" + ("" if unit == "-" else f" {unit}")
