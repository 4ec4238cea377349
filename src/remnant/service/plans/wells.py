"""Doses and wells of the next limiting-dilution plate: what was typed, and the plan."""

from __future__ import annotations

from remnant.planning import WellsPlan, WellsQuestion, plan_wells
from remnant.planning.outcomes import Expectation
from remnant.service.plans.shown import Table, given, percent
from remnant.service.plans.typed import Typed

AROUND = 3.0  # fold: how well a frequency is believed to be known before the plate


def read_wells(
    typed: Typed,
    *,
    frequency: str,
    wells: str | None = None,
    precision: str | None = None,
    detect: bool = False,
    doses: str = "auto",
    between: tuple[str, str] | None = None,
    clone: str | None = None,
    against: str | None = None,
    power: str = "0.9",
    confidence: str = "0.95",
    seed: int = 20100909,
) -> WellsPlan:
    """Plan a plate, each option as typed, None where nothing was.

    Raises
    ------
    SettingError
        With every fault that `typed` has gathered.
    """
    asked = typed.fraction("--frequency", frequency)
    wishes = {"--wells": wells, "--precision": precision, "--detect": detect or None}
    named = [option for option, value in wishes.items() if value is not None]
    if len(named) > 1:
        typed.refuse(named[1], f"also {named[0]}", "one of them", "leave one of them out")
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
    if wells is not None:
        wished = typed.whole("--wells", wells, most=20_000)
    elif not named:
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
    question = WellsQuestion(
        asked, low, high, wished, detect, fold, cells, share, other, chance, sure, seed
    )  # fmt: skip
    return plan_wells(question, assumed=assumed)


def _fold(typed: Typed, text: str) -> float:
    return typed.number(
        "--precision", text.lower().removesuffix("-fold").removesuffix("fold"), above=1.0, most=100
    )


def _doses(typed: Typed, text: str) -> tuple[float, ...]:
    cells = [typed.number("--doses", part, most=1e9) for part in text.split(",")]
    if len(set(cells)) < len(cells):
        typed.refuse("--doses", text, "different doses", "leave the second of two out")
    return tuple(sorted(cells))


def wells_tables(plan: WellsPlan) -> list[Table]:
    """Lay a plan out by dose, by true frequency, by number of wells, and by slope."""
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
