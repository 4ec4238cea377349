"""Response per visit by published criteria, with the rules that fired."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say

if TYPE_CHECKING:
    from remnant.response import ResponseCall


@mendable
def response(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    criteria: Annotated[
        str | None, typer.Option(help="Published criteria: iwg2006; by default those of study.toml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say the response of every patient at every visit, and the rules that fired.

    Example: remnant response my-study --criteria iwg2006
    """
    from remnant.analysis import Plan, metaphase_counts, read_karyotypes
    from remnant.response import classify
    from remnant.study import read_study

    whole = read_study(study)
    karyotypes = read_karyotypes(whole, Plan.of(whole.config))
    named = criteria or whole.config.analysis.criteria
    found = classify(whole, criteria=named, metaphases=metaphase_counts(karyotypes))
    if as_json:
        print_json(found)
        return
    rows = [
        (call.patient_id, call.day, call.sample_id, _category(call), ", ".join(call.improvement),
         ", ".join(call.lost), _because(call))
        for call in found.calls
    ]  # fmt: skip
    header = ("patient", "day", "sample", "category", "improved", "lost", "because")
    if rows:
        title = f"Response by {found.calls[0].criteria}"
        print_table(title, header, rows, note="Every rule with its limit and source: --json")
    else:
        say(f"Response by {named}: no visit after the first dose.")
    free = [
        (one.patient_id, one.window_days, {True: "yes", False: "no", None: "not evaluable"}[one.achieved],
         one.start_day, one.end_day, one.days, "yes" if one.censored else "", one.reason)
        for one in found.independence
    ]  # fmt: skip
    columns = ("patient", "window", "independent", "from day", "to day", "days", "censored", "because")
    print_table("Transfusion independence, red cells", columns, free)
    if not found.cytogenetic:
        say("Cytogenetic response: not done, no karyotype after the first dose.")
        return
    seen = [
        (one.patient_id, one.day, one.sample_id, one.response, f"{one.abnormal} of {one.scored}",
         "" if one.excluded_above is None else f"{100 * one.excluded_above:.0f} %", _return(one.relapse),
         one.reason)
        for one in found.cytogenetic
    ]  # fmt: skip
    names = ("patient", "day", "sample", "response", "metaphases", "excludes above", "relapse", "because")
    print_table("Cytogenetic response by metaphases", names, seen)


def _category(call: ResponseCall) -> str:
    return f"{call.category}, unconfirmed" if call.confirmed is False else call.category


def _because(call: ResponseCall) -> str:
    """The rules that made the category, or what stands in its way."""
    if call.category == "not evaluable":
        return "; ".join(call.missing[:3]) + (" ..." if len(call.missing) > 3 else "")
    return "; ".join(f"{rule.rule.split(': ')[-1]} {rule.found}" for rule in call.fired)


def _return(relapse: bool | None) -> str:
    return {True: "yes", False: "", None: "one metaphase, to be confirmed"}[relapse]
