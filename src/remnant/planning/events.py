"""How many cells the next tube needs, for a rare population and for the malignant part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from remnant.planning.acquisition import (
    cells_for_cv,
    cells_for_detection,
    cells_for_events,
    events_expected,
    whole_cells,
)
from remnant.planning.background import NO_BACKGROUND, BlankLaw
from remnant.planning.split import Split
from remnant.planning.tube import Acquired, CurvePoint, acquired, curve
from remnant.stats.rare.detection import detectable

CVS = (0.3, 0.2, 0.15, 0.1)
BLANKS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True)
class Goal:
    """One thing to reach.

    Parameters
    ----------
    kind : str
        `events`, `cv`, `blank` (exceed the limit of blank), `lod` or `loq`.
    said : str
        In words.
    events : float or None
        Events of the population expected then.
    cells : int or None
        Cells to acquire; None where no number suffices.
    minutes : float or None
        Time to acquire them.
    millilitres : float or None
        Of the sample, where its concentration is known.
    cv : float or None
        Of a goal of precision.
    """

    kind: str
    said: str
    events: float | None
    cells: int | None
    minutes: float | None
    millilitres: float | None
    cv: float | None = None


@dataclass(frozen=True)
class BlankRow:
    """Limit of blank and smallest detectable signal of a background mean, in events, and its cells."""

    mean: float
    limit_of_blank: int
    signal: float
    cells: int | None


@dataclass(frozen=True)
class EventsPlan:
    """Cells to acquire for one population.

    Parameters
    ----------
    frequency : float
        Of the population, per cell acquired.
    asked : str
        Kind of the goal that was asked for.
    power, confidence : float
        Wished chance, and coverage of limits.
    blank : BlankLaw
        Background.
    goals : tuple of Goal
        The asked one first.
    blanks : tuple of BlankRow
        Limits by background mean, at this frequency.
    acquired : Acquired or None
        What the planned tube does, where its size was given.
    split : Split or None
        Cells and nuclei for a target of malignant stem cells.
    curve : tuple of CurvePoint
        Sizes of tubes around the goals, for a figure.
    assumed : tuple of str
        What was not given.
    """

    frequency: float
    asked: str
    power: float
    confidence: float
    blank: BlankLaw
    goals: tuple[Goal, ...]
    blanks: tuple[BlankRow, ...]
    acquired: Acquired | None
    split: Split | None
    curve: tuple[CurvePoint, ...]
    assumed: tuple[str, ...]


@dataclass(frozen=True)
class Wishes:
    """What is wanted of a tube, and how fast it runs.

    Parameters
    ----------
    asked : str
        Kind of the goal that comes first.
    cv : float
        Coefficient of variation.
    at_least : int
        Events to see.
    lod, loq : int
        Events of the lab's own limits of detection and quantitation.
    power, confidence : float
        Wished chance, and coverage of limits.
    cells_per_second : float
        Speed of acquisition.
    cells_per_millilitre : float or None
        Of the sample.
    """

    asked: str = "cv"
    cv: float = 0.2
    at_least: int = 1
    lod: int = 20
    loq: int = 50
    power: float = 0.95
    confidence: float = 0.95
    cells_per_second: float = 5000.0
    cells_per_millilitre: float | None = None


def plan_events(
    frequency: float,
    wishes: Wishes,
    *,
    blank: BlankLaw = NO_BACKGROUND,
    acquire: int | None = None,
    split: Split | None = None,
    assumed: tuple[str, ...] = (),
) -> EventsPlan:
    """Plan the cells of a tube.

    Parameters
    ----------
    frequency : float
        Of the population, per cell acquired, in (0, 1).
    wishes : Wishes
        What is wanted.
    blank : BlankLaw
        Background of its gate.
    acquire : int, optional
        Size of a planned tube, to see what it does.
    split : Split, optional
        From `plan_split`.
    assumed : tuple of str
        What was not given.

    Examples
    --------
    >>> plan_events(1e-5, Wishes(asked="cv", cv=0.2)).goals[0].cells
    2500000
    """
    goals = sorted(_goals(frequency, wishes, blank), key=lambda goal: goal.kind != wishes.asked)
    rows = []
    for mean in sorted({*BLANKS, *([blank.events] if blank.cells is None else [])}):
        limit = BlankLaw(mean, None, blank.dispersion).limit_of_blank(0, probability=0.95)
        signal = detectable(limit, mean, blank.dispersion, power=wishes.power) - mean
        rows.append(BlankRow(mean, limit, signal, whole_cells(signal / frequency)))
    done = None
    if acquire is not None:
        done = acquired(frequency, acquire, blank, power=wishes.power, confidence=wishes.confidence)
    return EventsPlan(
        frequency,
        wishes.asked,
        wishes.power,
        wishes.confidence,
        blank,
        tuple(goals),
        tuple(rows),
        done,
        split,
        curve(frequency, blank),
        assumed,
    )


def _goals(frequency: float, wishes: Wishes, blank: BlankLaw) -> list[Goal]:
    def goal(kind: str, said: str, cells: int | None, events: float | None = None) -> Goal:
        if cells is None:
            return Goal(kind, said, events, None, None, None)
        volume = None if wishes.cells_per_millilitre is None else cells / wishes.cells_per_millilitre
        expected = cells * frequency if events is None else events
        return Goal(kind, said, expected, cells, cells / wishes.cells_per_second / 60, volume)

    seen = events_expected(wishes.at_least, wishes.power)
    chance = f"{100 * wishes.power:.3g} %"
    plural = "" if wishes.at_least == 1 else "s"
    found = [
        goal("events", f"at least {wishes.at_least} event{plural} with a chance of {chance}",
             cells_for_events(frequency, seen), seen),
        goal("blank", f"more events than 95 % of blanks with a chance of {chance}",
             cells_for_detection(frequency, blank, power=wishes.power)),
        goal("lod", f"{wishes.lod} events, the limit of detection",
             cells_for_events(frequency, wishes.lod), wishes.lod),
        goal("loq", f"{wishes.loq} events, the limit of quantitation",
             cells_for_events(frequency, wishes.loq), wishes.loq),
    ]  # fmt: skip
    for cv in sorted({*CVS, wishes.cv}, reverse=True):
        kind = "cv" if cv == wishes.cv else "other cv"
        said = f"a coefficient of variation of {100 * cv:.3g} %"
        found.append(replace(goal(kind, said, cells_for_cv(frequency, cv, blank)), cv=cv))
    return found
