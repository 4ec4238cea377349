"""Two calendars in the same draws of a patient: how much more or less relapse under the second."""

from __future__ import annotations

import altair as alt

from remnant.figures.fit_relapse import kind_colour, kind_shape
from remnant.figures.fit_shade import unusable
from remnant.figures.theme import INK, LINE, PAPER, WIDTH, Row, configured, layered, named
from remnant.inference.records import Fit


def plot_what_ifs(fit: Fit, patient_id: str) -> alt.LayerChart | None:
    """Draw the difference of the chance of relapse with its 90 % interval; left of 0 the second is better.

    Returns
    -------
    LayerChart or None
        None for a patient without another calendar.
    """
    own = [one for one in fit.what_ifs if one.patient_id == patient_id]
    if not own:
        return None
    rows: list[Row] = [
        {
            "pair": f"{one.second}, less {one.first}: {one.kind}, {one.years:g} years",
            "kind": one.kind,
            "difference": round(one.difference, 4),
            "lower": round(one.lower, 4),
            "upper": round(one.upper, 4),
            "later": round(one.later_days, 1),
        }
        for one in own
    ]
    names = [row["pair"] for row in rows]
    reach = max([0.05] + [abs(row[end]) for row in rows for end in ("lower", "upper")]) * 1.1
    axis = alt.Axis(
        format="+.0%", title="Chance of relapse, difference in points", domain=False, ticks=False, tickCount=7
    )
    left = alt.Axis(title=None, domain=False, ticks=False, labelColor=INK, labelLimit=290)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[-reach, reach], nice=False), axis=axis)

    y = alt.Y("pair:N", sort=names, scale=alt.Scale(domain=names), axis=left)
    base = named("pairs").encode(y=y)
    tip = [
        alt.Tooltip("pair:N", title="calendars"),
        alt.Tooltip("difference:Q", format="+.1%"),
        alt.Tooltip("lower:Q", title="from", format="+.1%"),
        alt.Tooltip("upper:Q", title="to", format="+.1%"),
        alt.Tooltip("later:Q", title="days free of relapse gained", format="+,.0f"),
    ]
    chart = layered(
        named("none").mark_rule(color=LINE, strokeWidth=1.6).encode(x("zero")),
        base.mark_rule(strokeWidth=1.8).encode(x("lower"), x2=alt.X2("upper:Q"), color=kind_colour()),
        base.mark_point(filled=True, size=70, opacity=1, stroke=PAPER, strokeWidth=0.8).encode(
            x("difference"), color=kind_colour(), shape=kind_shape(), tooltip=tip
        ),
        width=WIDTH,
        height=20 * len(rows),
        **unusable(fit),
    )
    says = (
        f"Patient {patient_id}: difference of the chance of relapse between calendars in the same "
        "draws, with 90 % intervals."
    )
    return configured(chart, {"pairs": rows, "none": [{"zero": 0}]}, says)
