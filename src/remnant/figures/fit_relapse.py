"""When each patient relapses: the chance over time, and the day with what lies beyond the horizon."""

from __future__ import annotations

from functools import partial
from typing import Any

import altair as alt

from remnant.figures.fit_scale import PLANNED
from remnant.figures.fit_shade import unusable
from remnant.figures.theme import (
    ALARM,
    FAINT,
    INK,
    LABELS,
    LINE,
    MUTED,
    PAPER,
    SERIES_COLOURS,
    WIDTH,
    Row,
    configured,
    days,
    layered,
    named,
)
from remnant.inference.records import Fit, RelapseForecast

KINDS = ("molecular", "cytogenetic", "clinical")
COLOURS = (SERIES_COLOURS[0], SERIES_COLOURS[1], ALARM)
SHAPES = ("triangle-down", "diamond", "cross")  # as in the cohort: the clone, the karyotype, the clinic
QUANTILES = (("q05", 0.05), ("q25", 0.25), ("q50", 0.5), ("q75", 0.75), ("q95", 0.95))
DAYS_PER_YEAR = 365.25


def _legend(*, legend: bool) -> alt.Legend | None:
    return alt.Legend(title=None, orient="top", labelLimit=200) if legend else None


def kind_colour(*, legend: bool = False) -> alt.Color:
    """Colour by the kind of relapse, the same in every figure."""
    shown = _legend(legend=legend)
    return alt.Color("kind:N", scale=alt.Scale(domain=list(KINDS), range=list(COLOURS)), legend=shown)


def kind_shape(*, legend: bool = False) -> alt.Shape:
    """Shape by the kind of relapse."""
    scale = alt.Scale(domain=list(KINDS), range=list(SHAPES))
    return alt.Shape("kind:N", scale=scale, legend=_legend(legend=legend))


def chance_rows(one: RelapseForecast) -> list[Row]:
    """Return the points of the chance of relapse by day: at the years that were asked, and at each quantile.

    Both are of the same draws, so they lie on one curve, which begins at nothing on the day of now.
    """
    points = [(float(one.now_day), 0.0, 0.0)]
    asked = [(one.now_day + c.years * DAYS_PER_YEAR, c.probability, c.standard_error) for c in one.chances]
    points += [point for point in asked if point[0] < one.horizon_day - 1]  # the last is the horizon itself
    if one.day is not None:
        reached = [(getattr(one.day, name), share) for name, share in QUANTILES]
        points += [(day, share, 0.0) for day, share in reached if day < one.horizon_day]
    points.append((float(one.horizon_day), 1 - one.beyond, asked[-1][2] if asked else 0.0))
    return [
        {
            "scenario": one.scenario,
            "kind": one.kind,
            "day": round(day),
            "chance": round(chance, 4),
            "error": round(error, 4),
            "asked": round((day - one.now_day) / DAYS_PER_YEAR, 3),
        }
        for day, chance, error in sorted(points)
    ]


def plot_chances(fit: Fit, patient_id: str, *, anchor: str) -> alt.LayerChart | None:
    """Draw the chance of each kind of relapse by day; None for a patient who is not in remission.

    Parameters
    ----------
    fit : Fit
        With the forecasts; another calendar than the planned one is drawn with dashes.
    patient_id : str
        Whose.
    anchor : str
        What day 0 is.
    """
    own = [one for one in fit.relapses if one.patient_id == patient_id and one.chances]
    if not own:
        return None
    rows = [row for one in own for row in chance_rows(one)]
    x = days("day", (min(o.now_day for o in own), max(o.horizon_day for o in own)), f"Months since {anchor}")
    axis = alt.Axis(
        format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title="Chance of relapse", domain=False, ticks=False
    )
    y = alt.Y("chance:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    titles = sorted({one.scenario for one in own}, key=lambda title: title != PLANNED)
    legend = alt.Legend(title=None, orient="top", labelLimit=400, symbolSize=700) if len(titles) > 1 else None
    dashes = [[1, 0], [5, 3], [2, 2], [8, 3, 2, 3]]
    scale = alt.Scale(domain=titles, range=[dashes[n % len(dashes)] for n in range(len(titles))])
    dash = alt.StrokeDash("scenario:N", scale=scale, legend=legend)
    tip = [
        alt.Tooltip("scenario:N"),
        alt.Tooltip("kind:N"),
        alt.Tooltip("day:Q", format=",d"),
        alt.Tooltip("asked:Q", title="years from now", format=".2f"),
        alt.Tooltip("chance:Q", format=".0%"),
        alt.Tooltip("error:Q", title="± (simulation)", format=".1%"),
    ]
    base = named("chances")
    chart = layered(
        base.mark_line(strokeWidth=2, interpolate="monotone").encode(x, y, kind_colour(legend=True), dash),
        base.mark_point(filled=True, size=42, opacity=1, stroke=PAPER, strokeWidth=0.7).encode(
            x, y, kind_colour(legend=True), kind_shape(legend=True), tooltip=tip
        ),
        width=WIDTH,
        height=200,
        view=alt.ViewBackground(stroke=FAINT),
        **unusable(fit),
    )
    says = (
        f"Patient {patient_id}: chance of relapse by day from the last observation to the horizon, by kind."
    )
    return configured(chart, {"chances": rows}, says)


def plot_forecasts(fit: Fit, *, anchor: str) -> alt.LayerChart | None:
    """Draw a strip of every patient: median, 50 % and 90 % of the day of relapse, and the share beyond.

    Parameters
    ----------
    fit : Fit
        Forecasts under the planned calendar.
    anchor : str
        What day 0 is.
    """
    own = [one for one in fit.relapses if one.scenario == PLANNED]
    if not own:
        return None
    ahead, silent = [_ahead(one) for one in own if one.day], [_silent(one) for one in own if not one.day]
    names = list(dict.fromkeys(one.patient_id for one in own))
    kinds = [kind for kind in KINDS if any(one.kind == kind for one in own)]
    start, end = min(o.now_day for o in own), max(o.horizon_day for o in own)
    domain = (start - 0.02 * (end - start), end + 0.02 * (end - start))
    x = partial(days, domain=domain, title=f"Months since {anchor}")
    axis = alt.Axis(
        title=None, domain=False, ticks=False, labelColor=INK, labelFontSize=12, labelLimit=LABELS
    )
    y = alt.Y("patient:N", sort=names, scale=alt.Scale(domain=names, paddingInner=0.3), axis=axis)
    lane = alt.YOffset("kind:N", scale=alt.Scale(domain=kinds, paddingInner=0.25))
    base, quiet = named("ahead").encode(y=y, yOffset=lane), named("silent").encode(y=y, yOffset=lane)
    colour = kind_colour()
    right: Any = {"align": "left", "fontSize": 11, "dx": 8}
    chart = layered(
        base.mark_rule(color=LINE, strokeWidth=1).encode(x("now"), x2=alt.X2("horizon:Q")),
        base.mark_rule(strokeWidth=2).encode(x("q05"), x2=alt.X2("q95:Q"), color=colour),
        base.mark_rule(strokeWidth=8, opacity=0.45).encode(x("q25"), x2=alt.X2("q75:Q"), color=colour),
        base.mark_tick(color=INK, thickness=1.4, height=12).encode(x("now")),
        base.mark_point(filled=True, size=78, opacity=1, stroke=PAPER, strokeWidth=0.8).encode(
            x("median"), color=colour, shape=kind_shape(), tooltip=_tips()
        ),
        base.mark_text(color=MUTED, **right).encode(x("horizon"), text=alt.Text("beyond:N")),
        quiet.mark_tick(color=INK, thickness=1.4, height=12).encode(x("now")),
        quiet.mark_text(color=MUTED, **right).encode(
            x("now"), text=alt.Text("says:N"), tooltip=[alt.Tooltip("kind:N"), alt.Tooltip("reason:N")]
        ),
        width=WIDTH,
        height=(18 * len(kinds) + 8) * len(names),
        padding={"left": 5, "right": 66, "top": 5, "bottom": 5},
        **unusable(fit),
    )
    says = (
        f"Forecast of relapse of {len(names)} patients: median day with its 50 % and 90 % interval "
        "for each kind, "
        "and at the right the share of the posterior without relapse by the horizon."
    )
    return configured(chart, {"ahead": ahead, "silent": silent}, says)


def _ahead(one: RelapseForecast) -> Row:
    assert one.day is not None
    quantiles = {name: round(getattr(one.day, name)) for name, _ in QUANTILES}
    # A median beyond the horizon has no mark: the bar runs to the horizon, and the share beyond says why.
    middle = quantiles["q50"] if quantiles["q50"] < one.horizon_day else None
    chance = {f"within_{c.years:g}": round(c.probability, 4) for c in one.chances}
    two = {"two": chance.get("within_2")}
    return _place(one) | quantiles | {"median": middle, "beyond": _share(one.beyond)} | two


def _share(beyond: float) -> str:
    """Say a share of draws; few of them are not none.

    Examples
    --------
    >>> _share(0.0), _share(0.0016), _share(0.313)
    ('0 %', 'below 1 %', '31 %')
    """
    return "below 1 %" if 0 < beyond < 0.005 else f"{100 * beyond:.0f} %"


def _silent(one: RelapseForecast) -> Row:
    return _place(one) | {"says": f"{one.standing} ({one.kind})", "reason": one.reason}


def _place(one: RelapseForecast) -> Row:
    return {"patient": one.patient_id, "kind": one.kind, "now": one.now_day, "horizon": one.horizon_day}


def _tips() -> list[alt.Tooltip]:
    tips = [
        alt.Tooltip("patient:N"),
        alt.Tooltip("kind:N"),
        alt.Tooltip("now:Q", title="last observation", format=",d"),
    ]
    tips += [alt.Tooltip(f"{name}:Q", title=f"{share:.0%} by day", format=",d") for name, share in QUANTILES]
    return [*tips, alt.Tooltip("two:Q", title="within 2 years", format=".0%"), alt.Tooltip("beyond:N")]
