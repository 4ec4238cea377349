"""A fit on the screen: who relapses when, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remnant.cli.console import note, print_table, say

if TYPE_CHECKING:
    from remnant.inference.records import Fit, RelapseForecast

YEARS = (1.0, 2.0, 5.0)


def show_fit(fit: Fit) -> None:
    """Print forecasts under every calendar, refusals and notes; a warning first and last."""
    from remnant.report import fit_words

    warning = fit_words.warning(fit.diagnostics)
    if warning:
        say(warning)
    header = (
        "patient",
        "relapse",
        "stands",
        *(f"by {y:g} y" for y in YEARS),
        "median day (90 %)",
        "not by horizon",
    )
    mark = " (synthetic)" if fit.synthetic else ""
    title = f"{fit.title}{mark}: forecast, {fit.preset}, mechanism {fit.mechanism}"
    for scenario in dict.fromkeys(one.scenario for one in fit.relapses):
        rows = [_row(fit, one) for one in fit.relapses if one.scenario == scenario]
        print_table(f"{title}; {scenario}", header, rows, note=fit_words.setting(fit))
    _show_more(fit)
    for one in fit.refusals:
        say(f"Not fitted: {one.patient_id or 'the study'}: {one.reason}.")
    for line in (*fit.told_apart, *fit.notes):
        say(f"Note: {line.rstrip('.')}.")
    if warning:
        note(warning)


def _row(fit: Fit, one: RelapseForecast) -> tuple[object, ...]:
    from remnant.report.fit_words import chance, warning_of

    chances = {c.years: chance(c.probability) for c in one.chances}
    mark = " (must not be used)" if warning_of(fit, one.patient_id) else ""
    beyond = chance(one.beyond) if one.day is not None else ""
    return (
        f"{one.patient_id}{mark}",
        one.kind,
        one.standing,
        *(chances.get(y, "") for y in YEARS),
        _day(one),
        beyond,
    )


def _day(one: RelapseForecast) -> str:
    if one.day is None:
        return one.reason
    written = (
        f"{day:,.0f}" if day < one.horizon_day else f"after {one.horizon_day:,}"
        for day in (one.day.q05, one.day.q95)
    )
    middle = f"{one.day.q50:,.0f}" if one.day.q50 < one.horizon_day else f"after {one.horizon_day:,}"
    return f"{middle} ({' to '.join(written)})"


def _show_more(fit: Fit) -> None:
    if fit.what_ifs:
        _show_what_ifs(fit)
    if fit.scores:
        _show_scores(fit)
    if fit.mechanisms:
        _show_mechanisms(fit)


def _show_what_ifs(fit: Fit) -> None:
    from remnant.report.fit_words import points, signed

    header = "patient", "calendar", "in place of", "relapse", "years", "points", "90 %", "days free gained"
    rows = [
        (
            *(one.patient_id, one.second, one.first, one.kind, f"{one.years:g}", points(one.difference)),
            f"{points(one.lower)} to {points(one.upper)}",
            signed(one.later_days),
        )
        for one in fit.what_ifs
    ]
    print_table("Another calendar in the same draws", header, rows)


def _show_scores(fit: Fit) -> None:
    words = {True: "inside", False: "outside", None: ""}
    header = "patient", "line", "day", "quantity", "observed", "log density", "50 %", "90 %"
    rows = [
        (
            *(one.patient_id, one.line, one.day, one.quantity),
            f"{'below ' if one.censored else ''}{one.observed:.4g}",
            *(f"{one.log_density:.3f}", words[one.within_50], words[one.within_90]),
        )
        for one in fit.scores
    ]
    print_table("Later observations against the forecast", header, rows)


def _show_mechanisms(fit: Fit) -> None:
    from remnant.report.fit_words import pareto

    header = "mechanism", "weight", "behind the best", "± error", "worst Pareto k"
    rows = [
        (
            *(one.title, f"{100 * one.weight:.0f} %", f"{one.behind:.1f}", f"{one.behind_error:.1f}"),
            pareto(one.pareto_k),
        )
        for one in sorted(fit.mechanisms, key=lambda one: one.behind)
    ]
    print_table("Mechanisms, every patient left out in turn", header, rows)
