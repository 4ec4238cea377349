"""`remnant fish fraction`: the clone in one compartment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.fish.arguments import (
    COMMAND_LINE,
    Alpha,
    Confidence,
    Controls,
    Method,
    k_of_n,
    known_controls,
    known_method,
    percent,
    read_rows,
    setting_error,
)

if TYPE_CHECKING:
    import polars as pl

    from remnant.cytogenetics import CloneFraction


@mendable
def fraction(
    table: Annotated[
        Path | None,
        typer.Argument(metavar="[FISH.csv]", help="Scored slides (table fish), or give the two counts."),
    ] = None,
    abnormal: Annotated[int | None, typer.Option(min=0, help="Nuclei with the clone's pattern.")] = None,
    scored: Annotated[int | None, typer.Option(min=0, help="Nuclei scored.")] = None,
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide; repeat it for each.")
    ] = None,
    controls: Controls = None,
    purity: Annotated[
        str | None, typer.Option(metavar="K/N", help="Re-run of the sort: K of N events inside the gate.")
    ] = None,
    contaminant: Annotated[
        str | None, typer.Option(metavar="K/N", help="Slide of the cells that contaminate the sort.")
    ] = None,
    method: Method = "beta-binomial",
    alpha: Alpha = 0.05,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Estimate the clone fraction of a compartment, corrected for probe errors and sort purity.

    Example: remnant fish fraction --abnormal 12 --scored 40 --control 2/200 --control 1/200 --purity 190/200
    """
    from remnant.cytogenetics import score_clones

    slides = _one_slide(abnormal, scored, purity, contaminant) if table is None else read_rows(table, "fish")
    if table is not None and (abnormal, scored, purity, contaminant) != (None,) * 4:
        raise setting_error(
            "FISH.csv", str(table), "a table or the counts, not both", "leave one of them out"
        )
    known = known_controls(control, controls, slides)
    scores = score_clones(
        slides,
        known,
        cutoff=known_method(method),
        alpha=alpha,
        confidence=confidence,
        roles={"stem": "stem", "progenitor": "progenitor"},
        file=COMMAND_LINE if table is None else table.name,
    )
    clones = [score.estimate for score in scores][: None if table else 1]  # the contaminant is no answer
    if as_json:
        print_json(clones)
        return
    rows = [
        (
            clone.sample_id,
            clone.compartment,
            f"{clone.nuclei_abnormal}/{clone.nuclei_scored}",
            percent(clone.observed),
            percent(clone.fraction),
            clone.cutoff_count,
            _worst(clone),
        )
        for clone in clones
    ]
    header = ("sample", "compartment", "abnormal", "observed", "clone", "cut-off", "worst case")
    print_table("Clone fraction", header, rows, note=f"Cut-off: {clones[0].cutoff_method}." if clones else "")
    for line in dict.fromkeys(clone.prior for clone in clones):
        say(f"Assumed: {line}.")


def _one_slide(
    abnormal: int | None, scored: int | None, purity: str | None, contaminant: str | None
) -> pl.DataFrame:
    import polars as pl

    from remnant.study.tables import FISH

    if abnormal is None or scored is None:
        missing = "--abnormal" if abnormal is None else "--scored"
        raise setting_error(missing, "nothing", "a whole number from 0", "give both counts, or a table")
    if abnormal > scored:
        raise setting_error("--abnormal", str(abnormal), f"at most --scored {scored}", "are the two swapped?")
    row: dict[str, object] = {"line": None, "sample_id": "given", "compartment": "stem", "probe": "given"}
    rows = [row | {"nuclei_abnormal": abnormal, "nuclei_scored": scored}]
    if purity is not None:
        inside, events = k_of_n(purity, "--purity")
        rows[0] |= {"purity_in_gate": inside, "purity_events": events}
    if contaminant is not None:
        k, n = k_of_n(contaminant, "--contaminant")
        rows.append(row | {"compartment": "progenitor", "nuclei_abnormal": k, "nuclei_scored": n})
    return pl.DataFrame(rows, schema={"line": pl.Int64} | {c.name: c.dtype for c in FISH.columns})


def _worst(clone: CloneFraction) -> str | None:
    return None if clone.worst_case_lower is None else f"at least {100 * clone.worst_case_lower:.2g} %"
