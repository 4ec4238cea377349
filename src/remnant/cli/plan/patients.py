"""`remnant plan patients`: patients for a claim that stem cells are spared."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, progress
from remnant.cli.plan.answer import (
    Engine,
    FigureFile,
    Power,
    Seed,
    Table,
    answer,
    check_figure,
    given,
    known_engine,
)
from remnant.cli.plan.typed import Typed

if TYPE_CHECKING:
    from remnant.planning import PatientsPlan


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
    below = typed.fraction("--progenitor", progenitor)
    size, assumed = _effect(typed, stem, effect, below)
    between, more = _scale(typed, "--spread", spread, "patients differ in it by {} log-odds (SD)")
    level, also = _scale(typed, "--level-spread", level_spread, "their progenitors by {} log-odds (SD)")
    pure = 0.95 if purity is None else typed.fraction("--purity", purity, least=0.3, ends=True)
    assumed = (*assumed, *more, *also, *(() if purity else ("a purity of 95 % of the stem sort",)))
    n_stem = typed.whole("--nuclei-stem", nuclei_stem, most=2000)
    n_progenitor = typed.whole("--nuclei-progenitor", nuclei_progenitor, most=5000)
    times = typed.whole("--visits", visits, most=20)
    slides = typed.counts("--control", control)
    wished = typed.fraction("--power", power)
    from_probability = typed.fraction("--probability", probability, least=0.5)
    level_of_test = typed.fraction("--alpha", alpha, most=0.5)
    up_to = typed.whole("--most", most, least=3, most=400)
    if decision not in ("pooled", "joint"):
        typed.refuse("--decision", decision, "pooled or joint", "choose one of them")
    number = typed.whole(
        "--trials", trials or ("60" if decision == "joint" else "400"), least=20, most=100_000
    )
    typed.done()
    from remnant.cytogenetics import probe_errors
    from remnant.planning import PatientsQuestion, patients_sentence, plan_patients
    from remnant.planning.decision import Assay, Decision, pooled
    from remnant.planning.joint_decision import NUMBERS, joint
    from remnant.planning.patients import blocks
    from remnant.planning.trial import Population, Rule

    errors = probe_errors(slides)
    assumed = (*assumed, errors.origin)
    question = PatientsQuestion(
        Population(below, size, between, level),
        Assay(
            n_stem * times, n_progenitor * times, errors.fp, errors.fn, pure, errors.slide_correlation, times
        ),
        times,
        Rule(from_probability, level_of_test),
        wished,
        up_to,
        number,
        seed,
        NUMBERS if decision == "joint" else (),
    )
    decide: tuple[Decision, str] = (
        (joint, "joint model") if decision == "joint" else (pooled, "pooled analysis")
    )
    if decision == "joint":
        assumed = (*assumed, "the joint model, its chains short beside those of a study")
    assert worker is not None, "an unknown engine was refused"
    with progress("Trials", len(blocks(question))) as done:
        plan = plan_patients(
            question, executor=worker, decide=decide[0], called=decide[1], done=done, assumed=assumed
        )

    def chart() -> object:
        from remnant.figures.plan_patients import plot_patients

        return plot_patients(plan)

    answer(plan, patients_sentence(plan), _tables(plan), chart=chart, figure=figure, as_json=as_json)


def _effect(
    typed: Typed, stem: str | None, effect: str | None, progenitor: float
) -> tuple[float, tuple[str, ...]]:
    """Read the log-odds difference, typed itself or as the stem fraction."""
    if stem is not None and effect is not None:
        typed.refuse("--effect", effect, "--stem or --effect", "leave one of them out")
    if effect is not None:
        return typed.number("--effect", effect, least=-10.0, most=10.0), ()
    fraction = 0.1 if stem is None else typed.fraction("--stem", stem)
    if not (0 < fraction < 1 and 0 < progenitor < 1):
        return 0.0, ()
    size = log(fraction / (1 - fraction)) - log(progenitor / (1 - progenitor))
    return size, (() if stem is not None else ("a median clone of 10 % in stem cells",))


def _scale(typed: Typed, option: str, text: str | None, said: str) -> tuple[float, tuple[str, ...]]:
    if text is None:
        return 1.0, (said.format("1"),)
    return typed.number(option, text, least=0.0, most=5.0), ()


def _tables(plan: PatientsPlan) -> list[Table]:
    rows = [
        (
            row.patients,
            *(f"{100 * rate.smooth:.0f} ± {100 * rate.error:.1f}" for rate in row.power[:-1]),
            f"{100 * row.power[-1].smooth:.0f}",
            f"{row.smallest_p:.2g}",
        )
        for row in plan.rows
    ]
    false = [
        (row.patients, *(f"{100 * rate.value:.1f} ± {100 * rate.error:.1f}" for rate in row.false_claims))
        for row in plan.rows
    ]
    trials = f"{plan.question.trials:,} simulated trials; ±: Monte Carlo standard error"
    rises = "power is made to rise with patients (isotonic), the sign test's is exact"
    at = next((row for row in plan.rows if row.patients == plan.recommended), plan.rows[-1])
    needed = [
        (
            test,
            f"more than {plan.question.most}" if n is None else str(n),
            f"{100 * rate.value:.1f} ± {100 * rate.error:.1f}",
            f"{100 * level:g}",
            "plan by it" if place == plan.by else None if holds else "claims falsely: do not plan by it",
        )
        for place, (test, n, rate, level, holds) in enumerate(
            zip(plan.tests, plan.needed, at.false_claims, plan.levels, plan.holds, strict=True)
        )
    ]
    wished = given(plan.question.power)
    header = ("test", "patients", "false claims, %", "level, %", "")
    return [
        Table("Power, %", ("patients", *plan.tests, "least sign p"), rows, f"{trials}; {rises}."),
        Table(
            "False claims, %",
            ("patients", *plan.tests),
            false,
            "Claims where stem cells are not spared on the mean, and patients differ as much.\n"
            "The sign test leaves out patients whose two slides show the same part of abnormal nuclei.",
        ),
        Table(
            f"Patients for a power of {wished}", header, needed, f"False claims with {at.patients} patients."
        ),
    ]
