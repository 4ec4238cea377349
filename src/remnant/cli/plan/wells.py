"""`remnant plan wells`: doses and wells of the next limiting-dilution plate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable
from remnant.cli.plan.answer import (
    Confidence,
    FigureFile,
    Power,
    Seed,
    Table,
    answer,
    check_figure,
    given,
    percent,
)
from remnant.cli.plan.typed import Typed

if TYPE_CHECKING:
    from remnant.planning import WellsPlan
    from remnant.planning.outcomes import Expectation

AROUND = 3.0  # fold: how well a frequency is believed to be known before the plate


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
    asked = typed.fraction("--frequency", frequency)
    wishes = {"--wells": number, "--precision": precision, "--detect": detect or None}
    given = [option for option, value in wishes.items() if value is not None]
    if len(given) > 1:
        typed.refuse(given[1], f"also {given[0]}", "one of them", "leave one of them out")
    assumed: tuple[str, ...] = ()
    if between is None:
        low, high = asked / AROUND, min(asked * AROUND, 0.5 + asked / 2)
        if doses == "auto":
            assumed = (
                f"the frequency is known to {AROUND:g}-fold beforehand: give its range with --between",
            )
    else:
        low, high = sorted(typed.fraction("--between", text) for text in between)
        if not low <= asked <= high and asked == asked and low == low and high == high:
            typed.refuse("--frequency", frequency, f"within --between {' '.join(between)}", "widen the range")
    fold = 2.0 if precision is None else _fold(typed, precision)
    wished = None
    if number is not None:
        wished = typed.whole("--wells", number, most=20_000)
    elif not given:
        wished, assumed = 96, (*assumed, "96 wells")
    cells = () if doses == "auto" else _doses(typed, doses)
    if wished is not None and len(cells) > wished:
        typed.refuse(
            "--wells", str(wished), f"at least one for each of {len(cells)} doses", "give more wells"
        )
    share = None if clone is None else typed.fraction("--clone", clone)
    other = None if against is None else typed.fraction("--against", against)
    chance, sure = typed.fraction("--power", power), typed.fraction("--confidence", confidence)
    typed.done()
    from remnant.planning import WellsQuestion, plan_wells, wells_sentence

    question = WellsQuestion(
        asked, low, high, wished, detect, fold, cells, share, other, chance, sure, seed
    )  # fmt: skip
    plan = plan_wells(question, assumed=assumed)

    def chart() -> object:
        from remnant.figures.plan_wells import plot_wells

        return plot_wells(plan)

    answer(plan, wells_sentence(plan), _tables(plan), chart=chart, figure=figure, as_json=as_json)


def _fold(typed: Typed, text: str) -> float:
    return typed.number(
        "--precision", text.lower().removesuffix("-fold").removesuffix("fold"), above=1.0, most=100
    )


def _doses(typed: Typed, text: str) -> tuple[float, ...]:
    cells = [typed.number("--doses", part, most=1e9) for part in text.split(",")]
    if len(set(cells)) < len(cells):
        typed.refuse("--doses", text, "different doses", "leave the second of two out")
    return tuple(sorted(cells))


def _tables(plan: WellsPlan) -> list[Table]:
    doses = [(f"{x.cells:,.0f}", x.wells, f"{x.hits:.3g}", percent(x.positive)) for x in plan.doses]
    sure = given(plan.question.confidence)
    header = ("true frequency", "interval, fold", "coverage", "no well positive", "every well", "efficiency")
    by_frequency = [(f"1 in {1 / x.frequency:,.0f}", *_row(x)) for x in plan.by_frequency]
    note = (
        f"Interval: profile likelihood at {sure}, its mean factor to either side. Efficiency: against all "
        "wells at the best single dose of that frequency, 1.59 hits a well."
    )
    tables = [
        Table("The plate", ("cells per well", "wells", "hits a well", "expected positive"), doses),
        Table("What it tells, by the true frequency", header, by_frequency, note),
    ]
    differs = plan.question.against is not None
    by_wells = [
        (
            row.wells,
            *_row(row.expectation)[:4],
            *(() if row.difference is None else (f"{percent(row.difference.value)}",)),
        )
        for row in plan.by_wells
    ]
    columns = ("wells", "interval, fold", "coverage", "no well positive", "every well")
    told = ("told apart",) if differs else ()
    tables.append(Table("The same doses with other numbers of wells", (*columns, *told), by_wells))
    if plan.slopes:
        slopes = [
            (
                f"{x.slope:g}",
                percent(x.power.value),
                f"{100 * x.power.error:.1f} %" if x.power.error else "exact",
            )
            for x in plan.slopes
        ]
        named = ("slope on log dose", "refused", "Monte Carlo error")
        tables.append(
            Table("Single-hit test", named, slopes, "Slope 1 is single-hit: its row is false alarms.")
        )
    return tables


def _row(x: Expectation) -> tuple[str | None, ...]:
    fold = "no interval" if x.fold is None else f"{x.fold:.3g}"
    if x.fold is not None and x.simulated:
        fold += f" ± {x.fold_error:.1g}"
    return (
        fold,
        f"{100 * x.coverage:.1f} %",
        percent(x.all_negative),
        percent(x.all_positive),
        f"{100 * x.efficiency:.0f} %",
    )
