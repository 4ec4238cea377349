"""Calendars compared, in words, tables and a figure: what each would change for one patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.figures.fit_scale import PLANNED
from remnant.figures.what_if_fans import plot_fans
from remnant.inference.records import CurvePoint, Fit, RelapseForecast
from remnant.report import fit_words, numbers, tables
from remnant.report.charts import Album, Figure
from remnant.report.tables import Cell, Table

FANS = (
    "Orange: in stem cells; blue, dashed: in progenitors; median with its 90 % band, on a scale of log-odds. "
    "Dotted: the last observation; all after it is forecast."
)
NINETY = 1.6449  # standard errors to either side of a 90 % interval
YEAR = 365.25


@dataclass(frozen=True)
class Compared:
    """What a page of a what-if shows, in its order."""

    warning: str
    setting: str
    says: tuple[str, ...]
    fans: Figure | None
    chances: tuple[Table, ...]
    clone: Table | None
    notes: tuple[str, ...]


def compared(
    fit: Fit, patient_id: str, album: Album, *, anchor: str, group: str = "what-if", notes: Sequence[str] = ()
) -> Compared:
    """Make the answer to a what-if ready to be shown.

    Parameters
    ----------
    fit : Fit
        What the calendars give, in the same draws; the first is as planned.
    patient_id : str
        Whose.
    album : Album
        Takes the chart.
    anchor, group : str
        What day 0 is; the package of the chart.
    notes : sequence of str
        What a reader must know of the calendars.
    """
    chart = plot_fans(fit, patient_id, anchor=anchor)
    fans = album.put(chart, group, "fans", "The clone under each calendar", FANS, 260) if chart else None
    kinds = list(dict.fromkeys(one.kind for one in fit.relapses if one.chances))
    return Compared(
        fit_words.warning_of(fit, patient_id),
        fit_words.setting(fit),
        tuple(_says(fit)),
        fans,
        tuple(table for kind in kinds if (table := _chances(fit, kind)) is not None),
        _clone(fit),
        tuple(notes),
    )


def _says(fit: Fit) -> list[str]:
    said = [fit_words.what_if(one) for one in fit.what_ifs if one.years == 2.0]
    planned = [one for one in fit.relapses if one.scenario == PLANNED]
    said += [fit_words.relapse(one) for one in planned if not one.chances]
    return said


def _chances(fit: Fit, kind: str) -> Table | None:
    own = [one for one in fit.relapses if one.kind == kind and one.chances]
    years = [chance.years for chance in own[0].chances]
    rows = []
    for one in own:
        middle = tables.number("–" if one.day is None else fit_words.from_now(one.day.q50, one))
        free = next(
            (w for w in fit.what_ifs if (w.second, w.kind, w.years) == (one.scenario, kind, years[-1])), None
        )
        gained = tables.number("–" if free is None else fit_words.signed(free.later_days))
        rows.append((Cell(one.scenario), *(_chance(one, at) for at in years), middle, gained))
        if free is not None:
            apart = (_difference(fit, one, at) for at in years)
            rows.append(
                (Cell("", "less as planned, in points"), *apart, tables.number(""), tables.number(""))
            )
    span = fit_words.years_in_words(years[-1])
    header = [kind.capitalize(), *(f"Within {fit_words.years_in_words(at)}" for at in years)]
    caption = (
        f"Chance of {kind} relapse, counted from the last observation, with the 90 % interval that the "
        "number of draws leaves. Beneath each calendar the difference to the one as planned, in the same "
        f"draws, with its own 90 % interval. Gained: mean days free of relapse within {span}."
    )
    return tables.table(caption, "|".join([*header, "Median, months", "Days gained"]), rows)


def _chance(one: RelapseForecast, years: float) -> Cell:
    found = next((chance for chance in one.chances if chance.years == years), None)
    if found is None:
        return tables.number("–")
    low, high = (
        min(max(found.probability + side * NINETY * found.standard_error, 0.0), 1.0) for side in (-1, 1)
    )
    return tables.number(fit_words.chance(found.probability), f"{100 * low:.0f} to {100 * high:.0f} %")


def _difference(fit: Fit, one: RelapseForecast, years: float) -> Cell:
    place = (one.scenario, one.kind, years)
    found = next((w for w in fit.what_ifs if (w.second, w.kind, w.years) == place), None)
    if found is None:
        return tables.number("–")
    ends = " to ".join(fit_words.points(value) for value in (found.lower, found.upper))
    return tables.number(fit_words.points(found.difference), ends)


def _clone(fit: Fit) -> Table | None:
    now = max((one.now_day for one in fit.relapses), default=None)
    if now is None:
        return None
    titles = list(dict.fromkeys(point.scenario for point in fit.curves))
    rows = []
    for title in titles:
        for quantity, name, role in (
            ("stem fraction", "stem cells", "stem"),
            ("progenitor fraction", "progenitors", "progenitor"),
        ):
            own = [p for p in fit.curves if p.scenario == title and p.quantity == quantity]
            if own:
                cells = (_fraction(own, now + YEAR * years) for years in (0.0, *(1.0, 2.0, 5.0)))
                rows.append((Cell(title), tables.role(name, role), *cells))
    caption = f"Share of cells with {fit.clone}: median over the draws, and the 90 % interval."
    return tables.table(
        caption, "Calendar|In|Last observation|After 1 year|After 2 years|After 5 years", rows
    )


def _fraction(points: Sequence[CurvePoint], day: float) -> Cell:
    nearest = min(points, key=lambda point: abs(point.day - day))
    if abs(nearest.day - day) > YEAR / 12:
        return tables.number("–")
    low, middle, high = (
        numbers.percent(v) for v in (nearest.value.q05, nearest.value.q50, nearest.value.q95)
    )
    return tables.number(middle, f"{low.removesuffix(' %')} to {high}")
