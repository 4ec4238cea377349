"""`remnant culture frequency`: how many cells of a plate are stem cells that work."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.culture.words import number, one_in, p_value, ratio, share

if TYPE_CHECKING:
    from remnant.culture import DilutionAssay, SingleHitTests

TESTS = ("wald", "likelihood_ratio", "score_log_dose", "score_dose")


class Kind(StrEnum):
    """Names of the intervals on the command line."""

    PROFILE = "profile"
    WALD = "wald"
    SCORE = "score"
    EXACT = "exact"


@mendable
def frequency(
    plate: Annotated[
        Path,
        typer.Argument(
            metavar="PLATE.csv",
            help="Columns cells_per_well, wells_tested, wells_positive; group, or sample_id, compartment and "
            "assay, where plates are compared; typed wells if scored. One row a dose, or one a well.",
        ),
    ],
    interval: Annotated[Kind, typer.Option(help="How limits of a frequency are made.")] = Kind.PROFILE,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")
    ] = 0.95,
    observed: Annotated[
        bool, typer.Option("--observed", help="Wells hold exactly so many cells, not so many on average.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Estimate how many cells of a plate are stem cells that work, and how many of those are the clone's.

    Example: remnant culture frequency plate_07.csv
    """
    from remnant.culture import Interval, analyse_dilution, read_plates

    found = analyse_dilution(
        read_plates(plate),
        confidence=confidence,
        interval=Interval[interval.name],
        observed=observed,
        file=plate.name,
    )
    if as_json:
        print_json(_fields(found))
    else:
        _show(found)


def _fields(found: DilutionAssay) -> dict[str, Any]:
    """Name every number as a program looks for it."""
    groups = []
    for group in found.groups:
        fields = dict(vars(group))
        typed = fields.pop("typed")
        fields["interval"] = group.interval.name.lower()
        fields["interval_in_words"] = str(group.interval)
        fields["single_hit"] = _tests(group.single_hit, group.fit)
        fields |= {"typed": None if typed is None else vars(typed)}
        fields.pop("fit")
        groups.append(fields)
    return {
        "groups": groups,
        "difference": found.difference,
        "pairwise": found.pairwise,
        "single_hit": _tests(found.single_hit, found.fit),
        "confidence": found.confidence,
        "observed": found.observed,
        "remarks": found.remarks,
    }


def _tests(tests: SingleHitTests, fit: Any) -> dict[str, Any]:
    p = {name: getattr(tests, f"{name}_p") for name in TESTS}
    p |= {"deviance": tests.deviance_p, "pearson": tests.pearson_p}
    return {
        "slope": tests.slope,
        "slope_error": tests.slope_error,
        "lower": tests.lower,
        "upper": tests.upper,
        "wald_lower": tests.wald_lower,
        "wald_upper": tests.wald_upper,
        "separated": tests.separated,
        "z": {name: getattr(tests, f"{name}_z") for name in TESTS},
        "p": p | {"exact": None if fit is None else fit.p},
        "deviance": tests.deviance,
        "pearson": tests.pearson,
        "df": tests.degrees_of_freedom,
        "pooled_deviance_p": tests.pooled_deviance_p,
        "exact": fit,
    }


def _show(found: DilutionAssay) -> None:
    rows = [(g.group, one_in(g), f"{g.wells_positive}/{g.wells}", g.doses) for g in found.groups]
    level = f"{100 * found.confidence:g} %"
    kinds = dict.fromkeys(str(g.interval) for g in found.groups)
    note = f"Limits at {level}: {'; '.join(kinds)}."
    print_table("Cells plated for one unit", ("group", "one unit", "positive", "doses"), rows, note=note)
    _show_typed(found)
    _show_differences(found)
    _show_fit(found.single_hit, found.fit)
    for group in found.groups:
        for remark in group.remarks:
            say(f"{group.group}: {remark}.")
    for remark in found.remarks:
        say(f"{remark[:1].upper()}{remark[1:]}.")


def _show_typed(found: DilutionAssay) -> None:
    from remnant.culture.typed import IMPAIRED

    rows = [
        (g.group, one_in(g.typed.normal), one_in(g.typed.clone), share(g.typed.clone_fraction))
        for g in found.groups
        if g.typed is not None
    ]
    if rows:
        header = ("group", "normal", "clone", "clone fraction")
        print_table("By kind of colony", header, rows, note=f"Note: {IMPAIRED}.")


def _show_differences(found: DilutionAssay) -> None:
    if found.difference is None:
        return
    test = found.difference
    pairs = [(p.a, p.b, ratio(vars(p)), p_value(p.p), p_value(p.p_holm)) for p in found.pairwise]
    note = (
        f"One common frequency: chi-square {test.statistic:.2f} on {test.df}, p {p_value(test.p)} "
        f"(likelihood ratio); Holm over {len(pairs)} pairs."
    )
    header = ("group a", "group b", "frequency of b over a", "p", "p (Holm)")
    print_table("Differences", header, pairs, note=note)


def _show_fit(tests: SingleHitTests, fit: Any) -> None:
    """Say the tests of the single-hit model that these wells allow."""
    said = []
    if tests.slope is not None:
        said.append(
            f"slope on log dose {number(tests.slope)} ({number(tests.lower)} to {number(tests.upper)})"
        )
    elif tests.separated:
        bound = f"above {number(tests.lower)}" if tests.lower is not None else f"below {number(tests.upper)}"
        said.append(f"slope on log dose infinite, {bound}")
    for name, p in (
        ("likelihood ratio", tests.likelihood_ratio_p),
        ("score", tests.score_log_dose_p),
        ("goodness of fit", fit.p if fit is not None else tests.pooled_deviance_p),
    ):
        if p is not None:
            said.append(f"{name} p {p_value(p)}")
    if said:
        say(f"Single-hit kinetics have slope 1: {'; '.join(said)}.")
