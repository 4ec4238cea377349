"""`remnant plan nuclei`: how many nuclei exclude, show or measure a clone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable
from remnant.cli.fish.arguments import Controls, Method, k_of_n, known_method, read_rows
from remnant.cli.plan.answer import (
    Confidence,
    FigureFile,
    Power,
    Table,
    answer,
    check_figure,
    count,
    given,
    percent,
)
from remnant.cli.plan.typed import Typed

if TYPE_CHECKING:
    from remnant.planning.nuclei import NucleiPlan
    from remnant.planning.slide import Bench


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
    asked = typed.fraction("--clone", clone)
    wished = typed.fraction("--power", power)
    sure = typed.fraction("--confidence", confidence)
    wide = typed.fraction("--width", width)
    limit = typed.whole("--most", most, least=10, most=10_000)
    check_figure(typed, figure)
    rates = {
        "false_negative": _rate(typed, "--false-negative", false_negative),
        "correlation": _rate(typed, "--correlation", correlation),
        "alpha": typed.fraction("--alpha", alpha, most=0.2),
    }
    positive = _rate(typed, "--false-positive", false_positive)
    slides = _slides(typed, control, controls)
    if slides and positive is not None:
        found = "controls and --false-positive"
        typed.refuse("--false-positive", found, "one of them", "controls say more: leave the rate out")
    pure, dirt, assumed = _sort(typed, purity, contaminant_clone, confidence=sure)
    named = typed.reading(lambda: known_method(method))
    if (positive or 0) + (rates["false_negative"] or 0) >= 1:
        typed.refuse("--false-negative", str(false_negative), "rates that sum to below 1", "mend the rates")
    typed.done()
    from remnant.cytogenetics import CutoffMethod
    from remnant.planning import bench_from_controls, bench_from_rates, nuclei_sentence, plan_nuclei

    if slides:
        kind = CutoffMethod(str(named))
        bench, more = bench_from_controls(slides, purity=pure, contaminant=dirt, method=kind, **rates)  # type: ignore[arg-type]
    else:
        bench, more = bench_from_rates(
            false_positive=positive,
            purity=pure,
            contaminant=dirt,
            **rates,  # type: ignore[arg-type]
        )
    _evaluable(typed, bench)
    plan = plan_nuclei(
        asked, bench, power=wished, confidence=sure, width=wide, most=limit, assumed=(*more, *assumed)
    )

    def chart() -> object:
        from remnant.figures.plan_nuclei import plot_nuclei

        return plot_nuclei(plan)

    answer(plan, nuclei_sentence(plan), _tables(plan), chart=chart, figure=figure, as_json=as_json)


def _rate(typed: Typed, option: str, text: str | None) -> float | None:
    return None if text is None else typed.fraction(option, text, most=0.999, ends=True)


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


def _sort(
    typed: Typed, purity: str | None, contaminant: str | None, *, confidence: float
) -> tuple[float, float, tuple[str, ...]]:
    """Read purity, as a rate or as a re-run, and the clone of what contaminates the sort."""
    if purity is None:
        if contaminant is not None:
            typed.refuse("--contaminant-clone", contaminant, "--purity beside it", "give the purity too")
        return 1.0, 0.0, ("a pure sort",)
    if contaminant is None:
        hint = (
            "a signal through an impure sort is no finding unless the contaminant is known; 0% if it is clear"
        )
        typed.refuse("--contaminant-clone", "nothing", "the clone among the contaminating cells", hint)
    dirt = 0.0 if contaminant is None else typed.fraction("--contaminant-clone", contaminant, ends=True)
    if "/" not in purity:
        pure = typed.fraction("--purity", purity, most=1.0, ends=True)
        if pure == 0:
            typed.refuse("--purity", purity, "above 0", "mend the number")
        return pure, dirt, ()
    counts = typed.reading(lambda: k_of_n(purity, "--purity"))
    if counts is None or not 0 < confidence < 1:
        return 1.0, dirt, ()
    if counts[0] == 0:
        typed.refuse("--purity", purity, "some cells inside the gate", "mend the counts")
    from remnant.planning.bench import supported_purity

    pure, said = supported_purity(*counts, confidence=confidence)
    return pure, dirt, (said,)


def _evaluable(typed: Typed, bench: Bench) -> None:
    """Refuse a probe that errs more often than not, and controls in which every nucleus is abnormal."""
    if bench.false_positive + bench.false_negative >= 1:
        rates = f"{bench.false_positive:.3g} + {bench.false_negative:.3g}"
        hint = "such a probe carries no sign of a clone"
        typed.refuse("controls and --false-negative", rates, "rates that sum to below 1", hint)
    typed.done()


def _tables(plan: NucleiPlan) -> list[Table]:
    sure, wished = given(plan.confidence), given(plan.power)
    clones = [
        (
            given(row.exclusion.clone),
            f"{row.exclusion.rule:,}",
            count(row.exclusion.nuclei),
            percent(row.exclusion.chance),
            _allowance(row.exclusion.allowed, row.exclusion.allowed_nuclei),
            count(row.showing.nuclei),
            count(row.measured),
        )
        for row in plan.by_clone
    ]
    by_clone = Table(
        "Nuclei for a clone",
        (
            "clone",
            "0 of n, perfect probe",
            "0 of n",
            "normal sample shows 0",
            "allowing k",
            "to show",
            f"to ±{given(plan.width / 2)}",
        ),
        clones,
        f"Exclusion at {sure}, one-sided; showing and the allowance at {wished}; up to {plan.most:,} nuclei.",
    )
    nuclei = [
        (
            row.nuclei,
            row.cutoff,
            percent(row.false_calls),
            percent(row.power),
            percent(row.bound),
            percent(row.rule),
            percent(row.width),
        )
        for row in plan.by_nuclei
    ]
    by_nuclei = Table(
        f"What a number of nuclei does, clone of {given(plan.clone)}",
        ("nuclei", "cut-off", "false calls", "power", "0 seen: below", "perfect probe", "interval width"),
        nuclei,
        f"Cut-off: {plan.method}, {given(plan.alpha)} false calls allowed.",
    )
    return [by_clone, by_nuclei]


def _allowance(allowed: int | None, nuclei: int | None) -> str:
    return "none suffices" if nuclei is None else f"{allowed} of {nuclei:,}"
