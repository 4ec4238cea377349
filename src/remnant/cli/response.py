"""Response per visit by published criteria, with the rules that fired."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say

if TYPE_CHECKING:
    from remnant.response import ResponseCall, Responses

ALL = "all"
SHOWN = 3  # of what is missing, the rest with --json


@mendable
def response(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    criteria: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="iwg2006, iwg2018, iwg2023 or all; repeat it for several; by default those of study.toml.",
        ),
    ] = None,
    lead_days: Annotated[
        int, typer.Option(min=0, max=56, help="IWG 2023: days without support before a count counts.")
    ] = 14,
    total_only: Annotated[
        bool, typer.Option("--total-only", help="IWG 2018: class by the units of 16 weeks alone.")
    ] = False,
    any_haemoglobin: Annotated[
        bool, typer.Option("--any-haemoglobin", help="IWG 2018: no haemoglobin below 11 asked for before.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say the response of every patient at every visit, and the rules that fired.

    Example: remnant response my-study --criteria iwg2006 --criteria iwg2018
    """
    from remnant.analysis import Plan, metaphase_counts, read_karyotypes
    from remnant.response import CRITERIA, Iwg2018Options, Iwg2023Options, classify_all
    from remnant.study import read_study

    whole = read_study(study)
    karyotypes = read_karyotypes(whole, Plan.of(whole.config))
    named = list(criteria or [whole.config.analysis.criteria])
    sets = classify_all(
        whole,
        criteria=CRITERIA if ALL in named else named,
        metaphases=metaphase_counts(karyotypes),
        options=Iwg2023Options(lead_days, Iwg2018Options(total_only, haemoglobin_gate=not any_haemoglobin)),
    )
    if as_json:
        print_json(sets[0] if len(sets) == 1 else {one.criteria: one for one in sets})
        return
    if len(sets) > 1:
        _print_side_by_side(sets)
    for one in sets:
        _print_calls(one)
    _print_independence(sets[0])
    _print_cytogenetic(sets[0])


def _title(one: Responses) -> str:
    return one.criteria.upper().replace("IWG", "IWG ")


def _print_side_by_side(sets: Sequence[Responses]) -> None:
    """Print one line a visit, one column for each criteria set."""
    found = [{(call.patient_id, call.day): call for call in one.calls if call.sample_id} for one in sets]
    visits = dict.fromkeys((*key, call.sample_id) for calls in found for key, call in calls.items())
    rows = []
    for patient, day, sample in visits:
        calls = [calls.get((patient, day)) for calls in found]
        rows.append((patient, day, sample, *("" if call is None else _answer(call) for call in calls)))
    if rows:
        header = ("patient", "day", "sample", *map(_title, sets))
        print_table("Response at each visit, by criteria", header, rows)


def _answer(call: ResponseCall) -> str:
    """Category with its lines of improvement, in one cell."""
    lines = f" ({', '.join(call.improvement)})" if call.improvement else ""
    return _category(call) + lines


def _print_calls(one: Responses) -> None:
    if not one.calls:
        say(f"Response by {_title(one)}: no visit after the first dose.")
        return
    burdened = any(call.burden_class for call in one.calls)
    header = ["patient", "day", "sample", "category", "improved", "lost"]
    header += ["burden before"] if burdened else []
    rows = [
        (
            call.patient_id,
            call.day,
            call.sample_id,
            _category(call),
            ", ".join(call.improvement),
            ", ".join(call.lost),
            *([call.burden_class] if burdened else []),
            _because(call),
            "; ".join(call.remarks),
        )
        for call in one.calls
    ]
    note = "Every rule with its limit and source: --json"
    print_table(f"Response by {_title(one)}", [*header, "because", "remarks"], rows, note=note)


def _print_independence(one: Responses) -> None:
    rows = [
        (
            free.patient_id,
            free.window_days,
            {True: "yes", False: "no", None: "not evaluable"}[free.achieved],
            free.start_day,
            free.end_day,
            free.days,
            "yes" if free.censored else "",
            free.reason,
        )
        for free in one.independence
    ]
    header = ("patient", "window", "independent", "from day", "to day", "days", "censored", "because")
    print_table("Transfusion independence, red cells", header, rows)


def _print_cytogenetic(one: Responses) -> None:
    if not one.cytogenetic:
        say("Cytogenetic response: not done, no karyotype after the first dose.")
        return
    rows = [
        (
            seen.patient_id,
            seen.day,
            seen.sample_id,
            seen.response,
            f"{seen.abnormal} of {seen.scored}",
            "" if seen.excluded_above is None else f"{100 * seen.excluded_above:.0f} %",
            {True: "yes", False: "", None: "one metaphase, to be confirmed"}[seen.relapse],
            seen.reason,
        )
        for seen in one.cytogenetic
    ]
    header = ("patient", "day", "sample", "response", "metaphases", "excludes above", "relapse", "because")
    print_table("Cytogenetic response by metaphases", header, rows)


def _category(call: ResponseCall) -> str:
    return f"{call.category}, unconfirmed" if call.confirmed is False else call.category


def _because(call: ResponseCall) -> str:
    """The rules that made the category, or what stands in its way."""
    if call.category == "not evaluable":
        return "; ".join(call.missing[:SHOWN]) + (" ..." if len(call.missing) > SHOWN else "")
    return "; ".join(f"{rule.rule.split(': ')[-1]} {rule.found}" for rule in call.fired)
