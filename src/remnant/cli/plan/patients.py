"""`remnant plan patients`: patients for a claim that stem cells are spared."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, progress
from remnant.cli.plan.answer import Engine, FigureFile, Power, Seed, answer, check_figure, known_engine
from remnant.service.plans.typed import Typed


@mendable
def patients(
    stem: Annotated[
        str | None, typer.Option(metavar="FRACTION", help="Median clone in stem cells, such as 30%.")
    ] = None,
    progenitor: Annotated[str, typer.Option(metavar="FRACTION", help="Median clone in progenitors.")] = "2%",
    effect: Annotated[
        str | None, typer.Option(metavar="LOGODDS", help="Instead of --stem: its log-odds above progenitors.")
    ] = None,
    spread: Annotated[
        str | None, typer.Option(metavar="SD", help="Of that log-odds between patients; 1.")
    ] = None,
    level_spread: Annotated[
        str | None, typer.Option(metavar="SD", help="Of the progenitors' log-odds between patients; 1.")
    ] = None,
    nuclei_stem: Annotated[str, typer.Option(metavar="N", help="Stem nuclei of a visit.")] = "20",
    nuclei_progenitor: Annotated[
        str, typer.Option(metavar="N", help="Progenitor nuclei of a visit.")
    ] = "100",
    visits: Annotated[str, typer.Option(metavar="N", help="Visits in remission; their nuclei add up.")] = "1",
    purity: Annotated[str | None, typer.Option(metavar="FRACTION", help="Of the stem sort; 95%.")] = None,
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide of the probe; repeat it.")
    ] = None,
    power: Power = "0.9",
    probability: Annotated[
        str, typer.Option(metavar="P", help="Posterior probability from which a claim is made.")
    ] = "0.95",
    alpha: Annotated[str, typer.Option(metavar="P", help="Two-sided level of the classical tests.")] = "0.05",
    most: Annotated[str, typer.Option(metavar="N", help="Most patients to look at.")] = "40",
    trials: Annotated[
        str | None, typer.Option(metavar="N", help="Trials to simulate; 400, of the joint model 60.")
    ] = None,
    decision: Annotated[
        str, typer.Option(metavar="pooled|joint", help="Analysis that claims; joint takes minutes.")
    ] = "pooled",
    engine: Engine = "serial",
    seed: Seed = 20100909,
    figure: FigureFile = None,
    as_json: Json = False,
) -> None:
    """Say how many patients show that stem cells are spared, by the study's own analysis and by three tests.

    Example: remnant plan patients --stem 10% --progenitor 2% --nuclei-stem 20 --nuclei-progenitor 100
    """
    typed = Typed()
    check_figure(typed, figure)
    worker = known_engine(typed, engine)
    from remnant.planning import patients_sentence, plan_patients
    from remnant.planning.patients import blocks
    from remnant.service.plans.patients import decided_by, patients_tables, read_patients

    question, assumed = read_patients(
        typed,
        stem=stem,
        progenitor=progenitor,
        effect=effect,
        spread=spread,
        level_spread=level_spread,
        nuclei_stem=nuclei_stem,
        nuclei_progenitor=nuclei_progenitor,
        visits=visits,
        purity=purity,
        control=control,
        power=power,
        probability=probability,
        alpha=alpha,
        most=most,
        trials=trials,
        decision=decision,
        seed=seed,
    )
    decide, called = decided_by(decision)
    assert worker is not None, "an unknown engine was refused"
    with progress("Trials", len(blocks(question))) as done:
        plan = plan_patients(
            question, executor=worker, decide=decide, called=called, done=done, assumed=assumed
        )

    def chart() -> object:
        from remnant.figures.plan_patients import plot_patients

        return plot_patients(plan)

    answer(plan, patients_sentence(plan), patients_tables(plan), chart=chart, figure=figure, as_json=as_json)
