"""`remnant survival`: the command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say


@mendable
def survival(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="One row for each subject.")],
    time: Annotated[
        str, typer.Option(help="Column with the time of the event or of the last look.")
    ] = "time",
    event: Annotated[str, typer.Option(help="Column with 0 censored, 1 or 2 the cause.")] = "event",
    group: Annotated[str | None, typer.Option(help="Column with the group to compare by.")] = None,
    covariates: Annotated[
        str | None, typer.Option(help="Columns of the models, numbers, parted by commas.")
    ] = None,
    entry: Annotated[
        str | None, typer.Option(help="Column with the time from which a subject was observed.")
    ] = None,
    strata: Annotated[str | None, typer.Option(help="Column with strata, for log-rank and Cox.")] = None,
    cause: Annotated[int, typer.Option(min=1, max=2, help="Cause for Cox, Gray, Fine-Gray.")] = 1,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals.")] = 0.95,
    complete_cases: Annotated[
        bool, typer.Option("--complete-cases", help="Leave rows with an empty cell out, and name them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Kaplan-Meier, log-rank, Cox, Firth, Aalen-Johansen, Gray and Fine-Gray, on any table.

    Example: remnant survival relapse.csv --time days --event event --group arm --covariates age,blasts
    """
    from remnant.cli.survival.answer import answer
    from remnant.cli.survival.subjects import Columns, read_subjects

    named = [name.strip() for name in (covariates or "").split(",") if name.strip()]
    columns = Columns(time, event, group, tuple(named), entry, strata)
    subjects = read_subjects(table, columns, complete_cases=complete_cases)
    found = answer(subjects, columns, cause=cause, confidence=confidence)
    if as_json:
        print_json(found)
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    curve, tests = found["kaplan_meier"]["all"], ("log_rank", "gray")
    say(f"{found['subjects']} subjects; events by code: {found['events']}")
    for line in found["left_out"]:
        say(f"left out: line {line['line']}, {', '.join(line['columns'])} empty")
    median = "not reached" if curve["median"] is None else f"{curve['median']:g}"
    say(f"Kaplan-Meier, any event: median {median}")
    rows = [
        (name, *(found[name][key] for key in ("chi_square", "freedom", "p"))) for name in tests if found[name]
    ]
    if rows:
        print_table(
            "Groups",
            ("test", "chi-square", "df", "p"),
            [(n, round(c, 4), d, f"{p:.3g}") for n, c, d, p in rows],
        )
    models = [
        (
            name,
            each["name"],
            *(_number(each[key]) for key in ("coefficient", "standard_error", "hazard_ratio", "p")),
        )
        for name in ("cox_efron", "cox_firth", "fine_gray")
        for each in (found[name] or {}).get("coefficients", [])
    ]
    if models:
        print_table("Models", ("model", "covariate", "coefficient", "se", "hazard ratio", "p"), models)
    for name, text in found["remarks"].items():
        for line in text:
            say(f"{name}: {line}")


def _number(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.4g}"
