"""`remnant fish fraction`: the clone in one compartment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json
from remnant.cli.fish.arguments import Alpha, Confidence, Controls, Method


@mendable
def fraction(
    table: Annotated[
        Path | None,
        typer.Argument(metavar="[FISH.csv]", help="Scored slides (table fish), or give the two counts."),
    ] = None,
    abnormal: Annotated[
        str | None, typer.Option(metavar="K", help="Nuclei with the clone's pattern.")
    ] = None,
    nuclei: Annotated[
        str | None, typer.Option("--nuclei", "--scored", metavar="N", help="Nuclei scored.")
    ] = None,
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide; repeat it for each.")
    ] = None,
    controls: Controls = None,
    false_positive: Annotated[
        str | None, typer.Option(metavar="RATE or K/N", help="Normal nuclei that look abnormal.")
    ] = None,
    false_negative: Annotated[
        str | None, typer.Option(metavar="RATE or K/N", help="Nuclei of the clone that look normal.")
    ] = None,
    purity: Annotated[
        str | None, typer.Option(metavar="K/N", help="Re-run of the sort: K of N events inside the gate.")
    ] = None,
    contaminant: Annotated[
        str | None, typer.Option(metavar="K/N", help="Slide of the cells that contaminate the sort.")
    ] = None,
    slide_correlation: Annotated[
        float | None,
        typer.Option(min=0, max=0.49, help="Mean correlation of two nuclei of a slide; 0: independent."),
    ] = None,
    above: Annotated[
        list[str] | None, typer.Option(metavar="FRACTION", help="Give P(clone above it); repeat it for more.")
    ] = None,
    method: Method = "beta-binomial",
    alpha: Alpha = 0.05,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Estimate the clone fraction of a compartment, corrected for probe errors and sort purity.

    Example: remnant fish fraction --abnormal 12 --nuclei 40 --control 2/200 --control 1/200 --purity 190/200
    """
    from remnant.cli.fish.asked import read_question
    from remnant.cli.fish.fraction_table import flat, print_answers

    question = read_question(
        table,
        counts={"--abnormal": abnormal, "--nuclei": nuclei, "--purity": purity, "--contaminant": contaminant},
        rates={"--false-positive": false_positive, "--false-negative": false_negative},
        control=control,
        controls=controls,
        above=above,
        method=method,
    )
    answers = question.answer(slide_correlation=slide_correlation, alpha=alpha, confidence=confidence)
    if as_json:
        print_json([flat(answer) for answer in answers] if table else flat(answers[0]))
    else:
        print_answers(answers, named=len(answers) == 1)
