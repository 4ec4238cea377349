"""When a patient is looked at, and what is examined at each look."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from remnant.cohort.scenario.rules import Strict

Every = Annotated[int, Field(ge=0, le=3_653)]


class Looks(Strict):
    """Days between looks, counted from day 0; an examination falls on the first look on or after its day."""

    every_days: Annotated[int, Field(ge=1, le=366)] = Field(28, description="Blood counts.")
    early_every_days: Every = Field(0, description="Blood counts in the first weeks; 0: as later.")
    early_days: Every = Field(0, description="How long the first weeks last.")
    marrow_every_days: Every = Field(168, description="Marrow with metaphases; 0: never.")
    metaphases: Annotated[int, Field(ge=1, le=500)] = Field(20, description="Metaphases of a marrow.")
    stem_every_days: Every = Field(0, description="Clone among sorted stem cells; 0: never.")
    blood_fraction_every_days: Every = Field(0, description="Clone in blood by a molecular assay; 0: never.")
    independence_days: Annotated[int, Field(ge=1, le=3_653)] = Field(
        56, description="Days without transfusion that make a patient independent."
    )
    clone_back_metaphases: Annotated[int, Field(ge=1, le=500)] = Field(
        1, description="Abnormal metaphases that show the clone again after a complete response."
    )

    def after(self, day: int) -> int:
        """Name the first look after a day."""
        steps = [(day // self.every_days + 1) * self.every_days]
        early = self.early_every_days
        if early and (step := (day // early + 1) * early) <= self.early_days:
            steps.append(step)
        return min(steps)

    def days(self, end_day: int) -> tuple[int, ...]:
        """List the looks from day 0 to `end_day`, both included where a look falls on it."""
        found = [0]
        while (day := self.after(found[-1])) <= end_day:
            found.append(day)
        return tuple(found)

    def marrow(self, day: int) -> bool:
        """Say whether a look on this day examines a marrow."""
        return self._due(day, self.marrow_every_days)

    def stem(self, day: int) -> bool:
        """Say whether a look on this day sorts stem cells."""
        return self._due(day, self.stem_every_days)

    def blood_fraction(self, day: int) -> bool:
        """Say whether a look on this day measures the clone in blood."""
        return self._due(day, self.blood_fraction_every_days)

    def _due(self, day: int, every: int) -> bool:
        if every == 0:
            return False
        before = self._before(day)
        return before is None or day // every > before // every

    def _before(self, day: int) -> int | None:
        """Name the last look before a day; None before the first."""
        if day <= 0:
            return None
        early = self.early_every_days
        steps = [(day - 1) // self.every_days * self.every_days]
        if early:
            steps.append(min(day - 1, self.early_days) // early * early)
        return max(steps)
