"""`remnant plan events`: how many cells to acquire, and how to split cells and nuclei."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable
from remnant.cli.plan.answer import Confidence, FigureFile, Power, Table, answer, check_figure, count, given
from remnant.cli.plan.typed import Typed

if TYPE_CHECKING:
    from remnant.planning import BlankLaw, EventsPlan, Split, Wishes


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
    asked = typed.fraction("--frequency", frequency)
    wishes, assumed = _wishes(
        typed, cv, detect, at_least, lod, loq, power, confidence, cells_per_second, concentration
    )
    law, more = _background(typed, background, blank)
    cells = None if acquire is None else typed.whole("--acquire", acquire, most=10**11)
    goal = None if target is None else typed.fraction("--target", target)
    of_split = (
        ("--clone", clone),
        ("--recovered", recovered),
        ("--seconds-per-nucleus", seconds_per_nucleus),
    )
    if target is None:
        for option, text in of_split:
            if text is not None:
                typed.refuse(option, text, "--target beside it", "give the target, or leave this out")
    share = 0.0 if clone is None else typed.fraction("--clone", clone, ends=True)
    kept = 0.5 if recovered is None else typed.fraction("--recovered", recovered, least=1e-4, ends=True)
    seconds = (
        20.0 if seconds_per_nucleus is None else typed.number("--seconds-per-nucleus", seconds_per_nucleus)
    )
    typed.done()
    from remnant.planning import events_sentence, plan_events, plan_split

    split = None
    if goal is not None:
        split = plan_split(
            asked,
            goal,
            clone=share,
            recovered=kept,
            cells_per_second=wishes.cells_per_second,
            seconds_per_nucleus=seconds,
            confidence=wishes.confidence,
        )
        defaults = (
            (clone, "none of the compartment's nuclei is expected abnormal"),
            (recovered, f"{100 * kept:.3g} % of sorted events become nuclei"),
            (seconds_per_nucleus, f"{seconds:g} seconds to score a nucleus"),
        )
        more = (*more, *(said for given, said in defaults if given is None))
    plan = plan_events(asked, wishes, blank=law, acquire=cells, split=split, assumed=(*assumed, *more))

    def chart() -> object:
        from remnant.figures.plan_events import plot_events

        return plot_events(plan)

    answer(plan, events_sentence(plan), _tables(plan), chart=chart, figure=figure, as_json=as_json)


def _wishes(
    typed: Typed,
    cv: str | None,
    detect: bool,
    at_least: str | None,
    lod: str | None,
    loq: str | None,
    power: str,
    confidence: str,
    speed: str | None,
    concentration: str | None,
) -> tuple[Wishes, tuple[str, ...]]:
    """Read what is wanted of the tube; the first of the goals that were given is the one that is answered."""
    from remnant.planning import Wishes

    given = {"cv": cv, "blank": detect or None, "events": at_least, "lod": lod, "loq": loq}
    asked = next((kind for kind, value in given.items() if value is not None), "cv")
    least = 20 if lod is None else typed.whole("--lod", lod, most=1_000_000)
    many = 50 if loq is None else typed.whole("--loq", loq, most=1_000_000)
    if lod is not None and loq is not None and many < least:
        typed.refuse("--loq", loq, f"at least --lod {least}", "what is quantified is detected")
    wishes = Wishes(
        asked,
        0.2 if cv is None else typed.fraction("--cv", cv, least=0.001, most=1.0, ends=True),
        1 if at_least is None else typed.whole("--at-least", at_least, most=1_000_000),
        least,
        max(many, least),
        typed.fraction("--power", power),
        typed.fraction("--confidence", confidence),
        5000.0 if speed is None else typed.number("--cells-per-second", speed),
        None if concentration is None else typed.number("--concentration", concentration),
    )
    assumed = [] if speed is not None else ["5,000 cells acquired a second"]
    if lod is None and loq is None:
        assumed.append("limits of 20 and 50 events, a convention: give your own with --lod and --loq")
    return wishes, tuple(assumed)


def _background(typed: Typed, mean: str | None, blanks: list[str] | None) -> tuple[BlankLaw, tuple[str, ...]]:
    from remnant.planning import BlankLaw, blank_law

    counts = typed.counts("--blank", blanks)
    if blanks and mean is not None:
        typed.refuse("--background", mean, "no --blank beside it", "blanks say more: leave the mean out")
    if counts:
        law, said = blank_law(counts)
        return law, (said,)
    if mean is not None:
        return BlankLaw(typed.number("--background", mean, least=0.0, most=1e6)), (
            "background of the tube as given, Poisson",
        )
    return BlankLaw(0.0), ("no background",)


def _tables(plan: EventsPlan) -> list[Table]:
    goals = [
        (
            goal.said,
            None if goal.events is None else f"{goal.events:,.3g}",
            count(goal.cells),
            None if goal.minutes is None else f"{goal.minutes:,.3g}",
            *(
                ()
                if not _volumes(plan)
                else (None if goal.millilitres is None else f"{goal.millilitres:,.3g}",)
            ),
        )
        for goal in plan.goals
    ]
    header = ("goal", "events", "cells", "minutes", *(("ml",) if _volumes(plan) else ()))
    tables = [Table(f"Cells to acquire at 1 in {1 / plan.frequency:,.0f}", header, goals)]
    blanks = [
        (f"{row.mean:g}", row.limit_of_blank, f"{row.signal:.2f}", count(row.cells)) for row in plan.blanks
    ]
    note = f"Limit of blank: 95 % of blanks lie at or below it; signal: exceeds it with {given(plan.power)}."
    tables.append(
        Table(
            "Smallest detectable signal by background",
            ("background mean", "limit of blank", "signal", "cells"),
            blanks,
            note,
        )
    )
    return tables if plan.split is None else [*tables, _split(plan.split, plan.confidence)]


def _volumes(plan: EventsPlan) -> bool:
    return any(goal.millilitres is not None for goal in plan.goals)


def _split(split: Split, confidence: float) -> Table:
    rows = [
        (
            f"{row.nuclei:,}",
            row.abnormal,
            f"{row.cells:,}",
            f"{row.hours:.3g}",
            f"{row.upper * 1e6:.3g}",
            row.limited_by,
            "best" if row == split.best else None,
        )
        for row in split.rows
    ]
    header = ("nuclei", "abnormal", "cells", "hours", "per million, below", "cells set by", "")
    title = f"Malignant stem cells below {split.target * 1e6:,.3g} per million"
    return Table(title, header, rows, f"Upper limit at {given(confidence)}, one-sided.")
