"""How many cells to acquire, and how to split cells and nuclei: what was typed, and the plan."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.planning import BlankLaw, EventsPlan, Split, Wishes, blank_law, plan_events, plan_split
from remnant.service.plans.shown import Table, count, given
from remnant.service.plans.typed import Typed


def read_events(
    typed: Typed,
    *,
    frequency: str,
    cv: str | None = None,
    detect: bool = False,
    at_least: str | None = None,
    lod: str | None = None,
    loq: str | None = None,
    background: str | None = None,
    blank: Sequence[str] | None = None,
    acquire: str | None = None,
    concentration: str | None = None,
    cells_per_second: str | None = None,
    target: str | None = None,
    clone: str | None = None,
    recovered: str | None = None,
    seconds_per_nucleus: str | None = None,
    power: str = "0.95",
    confidence: str = "0.95",
) -> EventsPlan:
    """Plan the cells of a tube, each option as typed, None where nothing was.

    Raises
    ------
    SettingError
        With every fault that `typed` has gathered.
    """
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
    return plan_events(asked, wishes, blank=law, acquire=cells, split=split, assumed=(*assumed, *more))


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


def _background(
    typed: Typed, mean: str | None, blanks: Sequence[str] | None
) -> tuple[BlankLaw, tuple[str, ...]]:
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


def events_tables(plan: EventsPlan) -> list[Table]:
    """Lay a plan out by goal, by background, and by the split of the work."""
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
