"""`remnant plan wells`: doses and wells of the next limiting-dilution plate."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable
from remnant.cli.plan.answer import Confidence, FigureFile, Power, Seed, answer, check_figure
from remnant.service.plans.typed import Typed


@mendable
def wells(
    frequency: Annotated[
        str, typer.Option(metavar="FRACTION", help="Units expected per cell, such as 1/300.")
    ],
    number: Annotated[
        str | None, typer.Option("--wells", metavar="N", help="Wells there are; 96 by default.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(metavar="FOLD", help="Wells for limits within this factor, such as 2-fold.")
    ] = None,
    detect: Annotated[
        bool, typer.Option("--detect", help="Wells for at least one positive, with the power.")
    ] = False,
    doses: Annotated[
        str, typer.Option(metavar="auto|LIST", help="Cells per well, such as 100,300,1000.")
    ] = "auto",
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="LOW HIGH", help="Frequencies that the doses must serve; 3-fold around."),
    ] = None,
    clone: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Clone's share of the units, colonies typed.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Frequency of a second plate, to be told apart.")
    ] = None,
    power: Power = "0.9",
    confidence: Confidence = "0.95",
    seed: Seed = 20100909,
    figure: FigureFile = None,
    as_json: Json = False,
) -> None:
    """Say which wells at which doses measure a frequency, and what they can tell apart.

    Example: remnant plan wells --frequency 1/300 --wells 96 --between 1/2000 1/50
    """
    typed = Typed()
    check_figure(typed, figure)
    from remnant.planning import wells_sentence
    from remnant.service.plans.wells import read_wells, wells_tables

    plan = read_wells(
        typed,
        frequency=frequency,
        wells=number,
        precision=precision,
        detect=detect,
        doses=doses,
        between=between,
        clone=clone,
        against=against,
        power=power,
        confidence=confidence,
        seed=seed,
    )

    def chart() -> object:
        from remnant.figures.plan_wells import plot_wells

        return plot_wells(plan)

    answer(plan, wells_sentence(plan), wells_tables(plan), chart=chart, figure=figure, as_json=as_json)
