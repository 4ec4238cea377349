"""Single draws of the posterior: each line is one whole course that the counts allow."""

from __future__ import annotations

import altair as alt

from remnant.analysis.fit_observed import Observed
from remnant.figures.fit_scale import PLANNED, clipped, foot, fraction_y, head, with_log_odds
from remnant.figures.fit_shade import unusable
from remnant.figures.theme import FAINT, INK, PAPER, STEM, WIDTH, Row, configured, days, layered, named
from remnant.inference.records import Fit


def plot_spaghetti(
    fit: Fit, seen: Observed, patient_id: str, *, quantity: str = "stem fraction"
) -> alt.LayerChart | None:
    """Draw the kept draws of one fraction of a patient, thin, with the observations; None without a draw."""
    own = [
        line
        for line in fit.lines
        if line.patient_id == patient_id and line.quantity == quantity and line.scenario == PLANNED
    ]
    if not own:
        return None
    values = [value for line in own for value in line.values]
    low, high = foot(values), head(values)
    rows = [
        {"draw": number, "day": day, "value": clipped(value, low, high)}
        for number, line in enumerate(own, 1)
        for day, value in zip(line.days, line.values, strict=True)
    ]
    looks = [k for k in seen.looks if k.patient_id == patient_id and k.quantity == quantity]
    found = [{"day": k.day, "value": clipped(k.value, low, high)} for k in looks if k.value is not None]
    bound = [
        {"day": k.day, "value": clipped(k.upper, low, high)}
        for k in looks
        if k.value is None and k.upper is not None
    ]
    now = max((one.now_day for one in fit.relapses if one.patient_id == patient_id), default=None)
    domain = float(min(row["day"] for row in rows)), float(max(row["day"] for row in rows))
    x, y = (
        days("day", domain, f"Months since {seen.anchor}"),
        fraction_y("value", low, high, quantity.capitalize(), 200),
    )
    chart = layered(
        with_log_odds(named("draws").mark_line(color=STEM, strokeWidth=1, opacity=0.45), "value").encode(
            x, y, detail="draw:N"
        ),
        named("now").mark_rule(color=INK, strokeWidth=1.2, strokeDash=[4, 3]).encode(x),
        with_log_odds(named("found").mark_circle(color=INK, size=46, opacity=1), "value").encode(x, y),
        with_log_odds(
            named("bound").mark_point(
                shape="triangle-down", size=64, fill=PAPER, stroke=INK, strokeWidth=1.5
            ),
            "value",
        ).encode(x, y),
        width=WIDTH,
        height=200,
        view=alt.ViewBackground(stroke=FAINT),
        **unusable(fit),
    )
    tables: dict[str, list[Row]] = {
        "draws": rows,
        "found": found,
        "bound": bound,
        "now": [] if now is None else [{"day": now}],
    }
    says = f"Patient {patient_id}: {len(own)} draws of the {quantity} over time, each one whole course."
    return configured(chart, tables, says)
