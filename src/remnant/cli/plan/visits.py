"""`remnant plan visits`: how often to come back, and how many nuclei to score."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, progress
from remnant.cli.plan.answer import Engine, FigureFile, Power, Seed, answer, check_figure, known_engine
from remnant.service.plans.typed import Typed


@mendable
def visits(
    doubling: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Days in which the clone's odds double; 45.")
    ] = None,
    slope: Annotated[
        str | None, typer.Option(metavar="LOGODDS", help="Instead: rise of its log-odds a month.")
    ] = None,
    nadir: Annotated[str | None, typer.Option(metavar="FRACTION", help="Clone in remission; 1%.")] = None,
    relapse: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Clone at clinical relapse; 50%.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Clone before treatment; 95%.")
    ] = None,
    spread: Annotated[
        str | None, typer.Option(metavar="SD", help="Of the log doubling time between patients; 0.3.")
    ] = None,
    every: Annotated[str, typer.Option(metavar="DAYS", help="Intervals to compare.")] = "30,60,90,180",
    nuclei: Annotated[str, typer.Option(metavar="N", help="Nuclei of a visit to compare.")] = "25,50,100,200",
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide of the probe; repeat it.")
    ] = None,
    probability: Annotated[
        str, typer.Option(metavar="P", help="Posterior probability that a fall or a rise must reach.")
    ] = "0.95",
    power: Power = "0.9",
    patients: Annotated[str, typer.Option(metavar="N", help="Patients to simulate for a schedule.")] = "200",
    engine: Engine = "serial",
    seed: Seed = 20100909,
    figure: FigureFile = None,
    as_json: Json = False,
) -> None:
    """Say which schedule of visits shows a recurrence of the clone before the disease is back.

    Example: remnant plan visits --nadir 1% --doubling 45 --relapse 50% --nuclei 50,100 --every 30,90
    """
    typed = Typed()
    check_figure(typed, figure)
    worker = known_engine(typed, engine)
    from remnant.planning import plan_visits, visits_sentence
    from remnant.planning.visits import schedules
    from remnant.service.plans.visits import read_visits, visits_tables

    question, assumed = read_visits(
        typed,
        doubling=doubling,
        slope=slope,
        nadir=nadir,
        relapse=relapse,
        baseline=baseline,
        spread=spread,
        every=every,
        nuclei=nuclei,
        control=control,
        probability=probability,
        power=power,
        patients=patients,
        seed=seed,
    )
    assert worker is not None, "an unknown engine was refused"
    with progress("Nuclei", len(schedules(question))) as done:
        plan = plan_visits(question, executor=worker, done=done, assumed=assumed)

    def chart() -> object:
        from remnant.figures.plan_visits import plot_visits

        return plot_visits(plan)

    answer(plan, visits_sentence(plan), visits_tables(plan), chart=chart, figure=figure, as_json=as_json)
