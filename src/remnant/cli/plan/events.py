"""`remnant plan events`: how many cells to acquire, and how to split cells and nuclei."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable
from remnant.cli.plan.answer import Confidence, FigureFile, Power, answer, check_figure
from remnant.service.plans.typed import Typed


@mendable
def events(
    frequency: Annotated[
        str, typer.Option(metavar="FRACTION", help="Of the population, per cell acquired, such as 1e-5.")
    ],
    cv: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Wished coefficient of variation; 20% by default.")
    ] = None,
    detect: Annotated[bool, typer.Option("--detect", help="Plan to exceed the limit of blank.")] = False,
    at_least: Annotated[
        str | None, typer.Option(metavar="EVENTS", help="Plan to see at least so many events.")
    ] = None,
    lod: Annotated[str | None, typer.Option(metavar="EVENTS", help="Your limit of detection.")] = None,
    loq: Annotated[str | None, typer.Option(metavar="EVENTS", help="Your limit of quantitation.")] = None,
    background: Annotated[
        str | None, typer.Option(metavar="MEAN", help="Mean events of a blank in the planned tube.")
    ] = None,
    blank: Annotated[
        list[str] | None,
        typer.Option(metavar="K/N", help="A blank: K events of N cells; it grows with the tube. Repeat it."),
    ] = None,
    acquire: Annotated[
        str | None, typer.Option(metavar="CELLS", help="Say what a tube of so many cells does.")
    ] = None,
    concentration: Annotated[
        str | None, typer.Option(metavar="CELLS/ML", help="Of the sample, for its volume.")
    ] = None,
    cells_per_second: Annotated[
        str | None, typer.Option(metavar="CELLS", help="Speed of acquisition; 5000.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Bound malignant stem cells below this, 2e-6.")
    ] = None,
    clone: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Clone expected of the compartment; 0%.")
    ] = None,
    recovered: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Sorted events that become nuclei; 50%.")
    ] = None,
    seconds_per_nucleus: Annotated[
        str | None, typer.Option(metavar="S", help="To score one nucleus; 20.")
    ] = None,
    power: Power = "0.95",
    confidence: Confidence = "0.95",
    figure: FigureFile = None,
    as_json: Json = False,
) -> None:
    """Say how many cells to acquire for a rare population, and to bound the malignant part of it.

    Example: remnant plan events --frequency 1e-5 --cv 20%
    """
    typed = Typed()
    check_figure(typed, figure)
    from remnant.planning import events_sentence
    from remnant.service.plans.events import events_tables, read_events

    plan = read_events(
        typed,
        frequency=frequency,
        cv=cv,
        detect=detect,
        at_least=at_least,
        lod=lod,
        loq=loq,
        background=background,
        blank=blank,
        acquire=acquire,
        concentration=concentration,
        cells_per_second=cells_per_second,
        target=target,
        clone=clone,
        recovered=recovered,
        seconds_per_nucleus=seconds_per_nucleus,
        power=power,
        confidence=confidence,
    )

    def chart() -> object:
        from remnant.figures.plan_events import plot_events

        return plot_events(plan)

    answer(plan, events_sentence(plan), events_tables(plan), chart=chart, figure=figure, as_json=as_json)
