"""`remnant plan nuclei`: how many nuclei exclude, show or measure a clone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable
from remnant.cli.fish.arguments import Controls, Method, read_rows
from remnant.cli.plan.answer import Confidence, FigureFile, Power, answer, check_figure
from remnant.service.plans.typed import Typed


@mendable
def nuclei(
    clone: Annotated[str, typer.Option(metavar="FRACTION", help="Clone of the question, such as 5%.")],
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide; repeat it for each.")
    ] = None,
    controls: Controls = None,
    false_positive: Annotated[
        str | None, typer.Option(metavar="RATE", help="Normal nuclei that look abnormal, without controls.")
    ] = None,
    false_negative: Annotated[
        str | None, typer.Option(metavar="RATE", help="Nuclei of the clone that look normal.")
    ] = None,
    correlation: Annotated[
        str | None, typer.Option(metavar="RHO", help="Of two nuclei of a slide; as controls show it.")
    ] = None,
    purity: Annotated[
        str | None, typer.Option(metavar="RATE|K/N", help="Of the sort, or its re-run: K of N inside.")
    ] = None,
    contaminant_clone: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Clone among what contaminates the sort.")
    ] = None,
    width: Annotated[str, typer.Option(help="Wished width of the clone's interval.")] = "10%",
    power: Power = "0.9",
    confidence: Confidence = "0.95",
    alpha: Annotated[str, typer.Option(help="False calls that the cut-off allows.")] = "0.05",
    method: Method = "beta-binomial",
    most: Annotated[str, typer.Option(help="Most nuclei that you would score.")] = "2000",
    figure: FigureFile = None,
    as_json: Json = False,
) -> None:
    """Say how many nuclei exclude a clone, show it against your own cut-off, and measure it.

    Example: remnant plan nuclei --clone 5% --control 2/200 --control 1/200 --control 4/200
    """
    typed = Typed()
    check_figure(typed, figure)
    slides = _slides(typed, control, controls)
    from remnant.planning import nuclei_sentence
    from remnant.service.plans.nuclei import nuclei_tables, read_nuclei

    plan = read_nuclei(
        typed,
        clone=clone,
        slides=slides,
        false_positive=false_positive,
        false_negative=false_negative,
        correlation=correlation,
        purity=purity,
        contaminant_clone=contaminant_clone,
        width=width,
        power=power,
        confidence=confidence,
        alpha=alpha,
        method=method,
        most=most,
    )

    def chart() -> object:
        from remnant.figures.plan_nuclei import plot_nuclei

        return plot_nuclei(plan)

    answer(plan, nuclei_sentence(plan), nuclei_tables(plan), chart=chart, figure=figure, as_json=as_json)


def _slides(typed: Typed, control: list[str] | None, controls: Path | None) -> list[tuple[int, int]]:
    """Read the control slides, typed or from a table, which must be of one probe."""
    if controls is None:
        return typed.counts("--control", control)
    if control:
        typed.refuse("--control", "also --controls", "one of them", "leave one of them out")
    table = typed.reading(lambda: read_rows(controls, "fish_controls"))
    if table is None:
        return []
    probes = table["probe"].unique().sort().to_list()
    if len(probes) > 1:
        typed.refuse("--controls", ", ".join(probes), "slides of one probe", "give the planned probe's alone")
    scored = table.filter(table["nuclei_scored"] > 0).select("nuclei_abnormal", "nuclei_scored").rows()
    if not scored:
        typed.refuse("--controls", "no scored nuclei", "at least one scored slide", "give its counts")
    return [(int(k), int(n)) for k, n in scored]
