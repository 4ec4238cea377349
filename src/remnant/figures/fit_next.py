"""Which next measurement would tell most about a patient's future."""

from __future__ import annotations

import altair as alt

from remnant.figures.fit_shade import unusable
from remnant.figures.theme import DENSE, INK, LINE, WIDTH, Row, configured, layered, named
from remnant.inference.records import Fit, NextMeasurement

MOST = 12


def best(fit: Fit, patient_id: str) -> list[NextMeasurement]:
    """Return a patient's candidates, the most telling first, at most twelve."""
    own = [one for one in fit.next_measurements if one.patient_id == patient_id]
    return sorted(own, key=lambda one: (-one.gain_bits, one.day, one.assay))[:MOST]


def plot_next(fit: Fit, patient_id: str) -> alt.LayerChart | None:
    """Draw the expected information of each candidate with its Monte Carlo error, the most telling on top.

    None for a patient without a candidate. The pale line is what is not known now: no measurement tells more.
    """
    own = best(fit, patient_id)
    if not own:
        return None
    rows: list[Row] = [
        {
            "what": f"{one.assay}, day {one.day:,}",
            "target": one.target,
            "gain": round(max(one.gain_bits, 0.0), 4),
            "lower": round(max(one.gain_bits - 2 * one.standard_error, 0.0), 4),
            "upper": round(one.gain_bits + 2 * one.standard_error, 4),
            "entropy": round(one.entropy_bits, 4),
            "zero": 0,
        }
        for one in own
    ]
    names = list(dict.fromkeys(row["what"] for row in rows))
    top = max(max(row["upper"], row["entropy"]) for row in rows) * 1.05 or 1.0
    axis = alt.Axis(title="Expected information, bits", domain=False, ticks=False, tickCount=6, format="~g")
    left = alt.Axis(title=None, domain=False, ticks=False, labelColor=INK, labelLimit=260)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, top], nice=False), axis=axis)

    base = named("next").encode(y=alt.Y("what:N", sort=names, scale=alt.Scale(domain=names), axis=left))
    tip = [
        alt.Tooltip("what:N"),
        alt.Tooltip("target:N"),
        alt.Tooltip("gain:Q", title="bits", format=".3f"),
        alt.Tooltip("entropy:Q", title="bits not known now", format=".3f"),
    ]
    chart = layered(
        base.mark_tick(color=LINE, thickness=2, height=18).encode(x("entropy")),
        base.mark_bar(color=DENSE, opacity=0.75, height=11).encode(
            x("zero"), x2=alt.X2("gain:Q"), tooltip=tip
        ),
        base.mark_rule(color=INK, strokeWidth=1.4).encode(x("lower"), x2=alt.X2("upper:Q")),
        width=WIDTH,
        height=21 * len(rows),
        **unusable(fit),
    )
    says = f"Patient {patient_id}: expected information of candidate measurements, in bits; most: {names[0]}."
    return configured(chart, {"next": rows}, says)
