"""Patients planned: power and false claims of each test, against the number of patients."""

from __future__ import annotations

from typing import Any

import altair as alt

from remnant.figures.theme import (
    INK,
    MUTED,
    SERIES_COLOURS,
    WIDTH,
    Row,
    configured,
    layered,
    named,
    stacked,
)
from remnant.planning import PatientsPlan

COLOURS = (SERIES_COLOURS[0], SERIES_COLOURS[1], SERIES_COLOURS[4], SERIES_COLOURS[2])
SHAPES = ("circle", "square", "cross", "diamond")


def plot_patients(plan: PatientsPlan) -> alt.VConcatChart:
    """Draw the power of each test with its Monte Carlo error, and beneath it how often it claims falsely.

    Parameters
    ----------
    plan : PatientsPlan
        From `plan_patients`.
    """
    last = _last(plan)
    power: list[Row] = [
        {
            "test": test,
            "patients": row.patients,
            "rate": rate.smooth,
            "low": max(rate.value - 2 * rate.error, 0.0),
            "high": min(rate.value + 2 * rate.error, 1.0),
        }
        for row in plan.rows
        for test, rate in zip(plan.tests, row.power, strict=True)
        if row.patients <= last
    ]
    false: list[Row] = [
        {
            "test": test,
            "patients": row.patients,
            "rate": rate.value,
            "low": max(rate.value - 2 * rate.error, 0.0),
            "high": min(rate.value + 2 * rate.error, 1.0),
        }
        for row in plan.rows
        for test, rate in zip(plan.tests, row.false_claims, strict=True)
        if row.patients <= last
    ]
    asked = plan.question
    needed: list[Row] = [
        {"patients": n, "rate": asked.power, "said": f"{n} patients"}
        for n in plan.needed[:1]
        if n is not None
    ]
    data = {"power": power, "false": false, "needed": needed, "wish": [{"rate": asked.power}]}
    data["level"] = [{"rate": 1 - asked.rule.probability}]
    says = "Power and rate of false claims of four tests of selective persistence, against patients."
    return configured(stacked(_power(plan, last), _false(plan, last), spacing=20), data, says)


def _last(plan: PatientsPlan) -> int:
    """Number of patients at which the axis ends: all curves are high by then."""
    numbers = [row.patients for row in plan.rows]
    known = [n for n in plan.needed if n is not None]
    if len(known) < len(plan.needed):
        return numbers[-1]
    return next((n for n in numbers if n >= max(known) + 6), numbers[-1])


def _encodings(plan: PatientsPlan, last: int, *, labels: bool) -> tuple[alt.X, alt.Color, alt.Shape]:
    first = plan.rows[0].patients
    axis = alt.Axis(
        title="Patients" if labels else None, labels=labels, ticks=labels, domain=labels, tickMinStep=1,
        format="d",
    )  # fmt: skip
    x = alt.X("patients:Q", scale=alt.Scale(domain=[first, last], nice=False, padding=8), axis=axis)
    legend = alt.Legend(
        title=None, orient="top", labelFontSize=12, labelColor=INK, symbolStrokeWidth=0, symbolOpacity=1
    )
    tests = list(plan.tests)
    colour = alt.Color("test:N", scale=alt.Scale(domain=tests, range=list(COLOURS)), legend=legend)
    shape = alt.Shape("test:N", scale=alt.Scale(domain=tests, range=list(SHAPES)), legend=legend)
    return x, colour, shape


def _curves(name: str, x: alt.X, y: alt.Y, colour: alt.Color, shape: alt.Shape, text: str) -> list[Any]:
    tip = [
        alt.Tooltip("test:N"),
        alt.Tooltip("patients:Q"),
        alt.Tooltip("rate:Q", title=text, format=".1%"),
        alt.Tooltip("low:Q", title="from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
    ]
    return [
        named(name)
        .mark_rule(strokeWidth=1, opacity=0.5)
        .encode(x, alt.Y("low:Q"), alt.Y2("high:Q"), color=colour),
        named(name).mark_line(strokeWidth=1.8).encode(x, y, color=colour),
        named(name)
        .mark_point(filled=True, size=44, opacity=1)
        .encode(x, y, color=colour, shape=shape, tooltip=tip),
    ]


def _power(plan: PatientsPlan, last: int) -> Any:
    x, colour, shape = _encodings(plan, last, labels=False)
    axis = alt.Axis(title="Claims, stem cells spared", format=".0%", tickCount=5)
    y = alt.Y("rate:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    people = plan.question.population
    title = alt.Title(
        f"Power at a log-odds of {people.effect:+.2f}, spread {people.spread:g}",
        subtitle="Lines: made to rise with patients (sign test: exact). Bars: 2 Monte Carlo standard errors.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    text = named("needed").mark_text(align="left", dx=10, dy=14, color=INK, fontSize=12, fontWeight=600)
    return layered(
        named("wish").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y),
        *_curves("power", x, y, colour, shape, "power"),
        named("needed").mark_point(size=190, color=INK, strokeWidth=1.6).encode(x, y),
        text.encode(x, y, text="said:N"),
        width=WIDTH,
        height=240,
        title=title,
    )


def _false(plan: PatientsPlan, last: int) -> Any:
    x, colour, shape = _encodings(plan, last, labels=True)
    top = max(
        [
            0.1,
            *(
                rate.value + 2 * rate.error
                for r in plan.rows
                for rate in r.false_claims
                if r.patients <= last
            ),
        ]
    )
    axis = alt.Axis(title="Claims, not spared", format=".0%", tickCount=5)
    y = alt.Y("rate:Q", scale=alt.Scale(domain=[0, top], nice=True), axis=axis)
    title = alt.Title(
        "False claims where stem cells are not spared on the mean",
        subtitle=f"Broken: the level of the pooled analysis, {1 - plan.question.rule.probability:.2g}.",
        subtitleColor=MUTED,
        subtitleFontSize=11,
    )
    return layered(
        named("level").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y),
        *_curves("false", x, y, colour, shape, "false claims"),
        width=WIDTH,
        height=150,
        title=title,
    )
