"""What a search for a schedule found: every schedule that was tried, and the winner on fresh patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remnant.cohort.paired import Difference, Value

Verdict = Literal["better", "worse", "no difference shown", "as written", "none within the limits"]


@dataclass(frozen=True)
class Cost:
    """In how many patients a count was low for too long; `most` is the limit, 1 where none was set."""

    meaning: str
    share: float | None
    lower: float | None
    upper: float | None
    most: float

    @property
    def kept(self) -> bool:
        """Whether the share is within the limit."""
        return self.share is None or self.share <= self.most


@dataclass(frozen=True)
class Setting:
    """One key as it was set; None: an open end."""

    name: str
    level: float | None


@dataclass(frozen=True)
class TriedSchedule:
    """One schedule of the search.

    Parameters
    ----------
    title : str
        Its settings in words.
    settings : tuple of Setting
        Empty for the schedule as written.
    patients : int
        On how many it was tried: fewer where it was dropped early.
    objective : Value
        Mean over these, and its error.
    costs : tuple of Cost
        Toxicity.
    treated_days : float
        Mean days with any drug.
    on_front : bool
        Whether no other schedule is as good in everything and better in one: objective and costs.
    """

    title: str
    settings: tuple[Setting, ...]
    patients: int
    objective: Value
    costs: tuple[Cost, ...]
    treated_days: float
    on_front: bool


@dataclass(frozen=True)
class Fresh:
    """The winner and the schedule as written, on patients that the search never saw.

    `difference` is winner less written, paired; `costs` are the winner's.
    """

    patients: int
    winner: Value
    written: Value
    difference: Difference
    costs: tuple[Cost, ...]
    written_costs: tuple[Cost, ...]


@dataclass(frozen=True)
class ScheduleAnswer:
    """What the search found.

    Parameters
    ----------
    tried : tuple of TriedSchedule
        The schedule as written first, then as they were tried.
    refused : tuple of str
        Why combinations were left out that mean nothing.
    combinations : int
        Of all levels; more than were tried where the search went axis by axis.
    best : int or None
        Number in `tried` of the winner; None where none keeps the limits.
    fresh : Fresh or None
        The winner on fresh patients.
    cautions : tuple of str
        What the schedule as written, or the winner, may have that was not meant.
    verdict : str
        "better" and "worse" where the 95 % interval on fresh patients leaves out 0.
    """

    notice: str
    title: str
    preset: str
    objective: str
    meaning: str
    years: float
    patients: int
    seed: int
    method: str
    combinations: int
    tried: tuple[TriedSchedule, ...]
    refused: tuple[str, ...]
    best: int | None
    fresh: Fresh | None
    cautions: tuple[str, ...]
    verdict: Verdict

    @property
    def winner(self) -> TriedSchedule | None:
        """The schedule that won the search."""
        return None if self.best is None else self.tried[self.best]
