"""A scenario: which patients, which drugs when, what is looked at, and what is done about what is seen."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_serializer, model_validator

from remnant.cohort.scenario.looks import Looks
from remnant.cohort.scenario.rules import Dose, DoseOrNone, Rule, Strict, as_tuple
from remnant.cohort.scenario.toxicity import Toxicity
from remnant.dynamics.model.preset import Drug
from remnant.dynamics.model.presets import preset

DAYS_PER_MONTH = 30.4375
Day = Annotated[int, Field(ge=0, le=36_525)]
Month = Annotated[float, Field(ge=0, le=1_200)]
DaysOn = Annotated[int, Field(ge=1, le=3_653)]


class Quantity(Strict):
    """A number, or a median and a spread between patients (of its logarithm, or of its log odds)."""

    median: float = Field(description="Median over patients.")
    spread: Annotated[float, Field(ge=0, le=5)] = Field(0.0, description="0: the same in every patient.")

    @model_validator(mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return {"median": value} if isinstance(value, int | float) and not isinstance(value, bool) else value

    @model_serializer
    def _plain(self) -> float | dict[str, float]:
        return {"median": self.median, "spread": self.spread} if self.spread else self.median


class OwnDrug(Strict):
    """A drug that the preset does not have; effects at its full dose, per month, as in `Effect`."""

    title: str = Field("", description="What it is, in words.")
    source: str = Field("invented for this scenario", description="Where its figures are from.")
    full_dose_mg: Dose = Field(description="The dose at which its effects hold.")
    days_on: DaysOn = Field(28, description="Days of each cycle on which it is given.")
    cycle_days: DaysOn = Field(28, description="Length of a cycle.")
    active_kill: Quantity = Field(Quantity(median=0), description="Death of cycling malignant stem cells.")
    progenitor_kill: Quantity = Field(Quantity(median=0), description="Death of malignant progenitors.")
    quiescent_kill: Quantity = Field(Quantity(median=0), description="Death of quiescent ones.")
    activation: Quantity = Field(Quantity(median=0), description="Relative rise of their waking.")
    differentiation: Quantity = Field(Quantity(median=0), description="Log of the fall of self-renewal.")
    sensitivity: Quantity = Field(Quantity(median=0.1), description="Share that resistant cells feel.")
    normal_active_kill: Quantity = Field(Quantity(median=0), description="Death of normal stem cells.")
    normal_progenitor_kill: Quantity = Field(Quantity(median=0), description="Of normal progenitors.")
    normal_activation: Quantity = Field(Quantity(median=0), description="Waking of normal stem cells.")

    @property
    def effects(self) -> dict[str, Quantity]:
        """Effects by their name in `Effect`."""
        return {name: value for name, value in self if isinstance(value, Quantity)}


class PlannedCourse(Strict):
    """Cycles of one drug at one dose, from a first to a last day; what is left out is as the label has it.

    At 0 mg it is a hold: days between two courses of a drug are held so, never left without a word.
    """

    drug: str = Field(description="Which drug.")
    start_day: Day | None = Field(None, description="First day; or start_month.")
    end_day: Day | None = Field(None, description="Last day; or end_month; left out: open.")
    start_month: Month | None = Field(None, description="Start, in months of 30.4375 days.")
    end_month: Month | None = Field(None, description="End, in months: the last day is the one before.")
    dose_mg: DoseOrNone | None = Field(
        None, description="Dose of a day; left out: the full dose; 0: a hold, as between two courses."
    )
    days_on: DaysOn | None = Field(None, description="Days of each cycle on which it is given.")
    cycle_days: DaysOn | None = Field(None, description="Length of a cycle.")

    @property
    def holds(self) -> bool:
        """Say whether it is a hold: a course of 0 mg."""
        return self.dose_mg == 0

    @property
    def first(self) -> int:
        """First day."""
        return (
            self.start_day if self.start_day is not None else round((self.start_month or 0) * DAYS_PER_MONTH)
        )

    @property
    def last(self) -> int | None:
        """Last day; None where the course is open."""
        if self.end_month is not None:
            return round(self.end_month * DAYS_PER_MONTH) - 1
        return self.end_day


class Scenario(Strict):
    """A whole scenario; what is left out of its file stands as here.

    Fields are the sections of the file: `[[therapy]]` courses, `[drug.NAME]` drugs of one's own, `[[rule]]`,
    `[looks]`, `[toxicity]`, and `[parameters]` that replace a prior of the preset by its qualified name.
    """

    title: str = Field("Untitled scenario", description="Title of tables and figures.")
    preset: str = Field("del5q-lenalidomide", description="Disease, priors and drugs to start from.")
    note: str = Field("", description="What a reader should know.")
    years: Annotated[float, Field(gt=0, le=100)] | None = Field(None, description="How long it is followed.")
    therapy: Annotated[tuple[PlannedCourse, ...], BeforeValidator(as_tuple)] = ()
    drug: dict[str, OwnDrug] = Field(default_factory=dict)
    parameters: dict[str, Quantity] = Field(default_factory=dict)
    looks: Looks = Looks()
    rule: Annotated[tuple[Rule, ...], BeforeValidator(as_tuple)] = ()
    toxicity: Toxicity | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        from remnant.cohort.scenario.checks import faults_of

        if faults := faults_of(self):
            raise ValueError("; ".join(f"{slip.place}: {slip.found}: {slip.hint}" for slip in faults))
        return self

    @property
    def drugs(self) -> tuple[str, ...]:
        """Name the drugs that may be given, in the order of the courses and then of the rules."""
        named = [course.drug for course in self.therapy] + [rule.drug for rule in self.rules]
        return tuple(dict.fromkeys(named))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in the order in which they are asked: the label's first."""
        return (*(self.toxicity.rules() if self.toxicity else ()), *self.rule)

    def label(self, name: str) -> Label:
        """Return the dose and the cycle that a course of a drug has if nothing else is written."""
        return labels(self.preset, self.drug)[name]


class Label(Strict):
    """Dose and cycle of a drug as its label has them."""

    full_dose_mg: float
    days_on: int
    cycle_days: int


def labels(name: str, own: dict[str, OwnDrug]) -> dict[str, Label]:
    """Return the labels of a preset's drugs and of one's own, by name."""
    drugs: dict[str, Drug | OwnDrug] = {drug.name: drug for drug in preset(name).drugs}
    return {
        key: Label(full_dose_mg=d.full_dose_mg, days_on=d.days_on, cycle_days=d.cycle_days)
        for key, d in (drugs | own).items()
    }
