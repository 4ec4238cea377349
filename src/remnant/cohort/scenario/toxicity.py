"""Holds and reductions for low counts, as the label of lenalidomide has them, written as rules.

The figures are from memory of the label for del(5q) MDS, starting at 10 mg: editable defaults, to be
verified by whoever relies on them. What depends on fever or platelet transfusions is left out.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from remnant.cohort.scenario.rules import Cells, Day, Dose, Platelets, Rule, Share, Strict, When, as_tuple

Levels = Annotated[tuple[Dose, ...], BeforeValidator(as_tuple), Field(min_length=1)]


class Toxicity(Strict):
    """Thresholds at which a drug is held, those at which it is given again, and its lower doses."""

    drug: str = Field("lenalidomide", description="The drug that is held.")
    levels_mg: Levels = Field((5.0, 2.5), description="After each hold, the next of these below the dose.")
    early_days: Day = Field(28, description="Days of treatment to which the early thresholds apply.")
    platelets_start: Platelets = Field(100.0, description="Platelets at the start that part the early rules.")
    platelets_hold: Platelets = Field(50.0, description="Early: held below, when the start was high.")
    platelets_hold_share: Share = Field(0.5, description="Early: held below this share of a low start.")
    platelets_very_low_start: Platelets = Field(60.0, description="A start below which less is enough.")
    platelets_resume: Platelets = Field(50.0, description="Early: given again from here.")
    platelets_resume_low: Platelets = Field(30.0, description="Early, very low start: given again from here.")
    platelets_hold_late: Platelets = Field(30.0, description="Later: held below; given again from here.")
    neutrophils_start: Cells = Field(1.0, description="Neutrophils at the start that part the early rules.")
    neutrophils_hold: Cells = Field(0.75, description="Early: held below, when the start was high.")
    neutrophils_resume: Cells = Field(1.0, description="Early, high start: given again from here.")
    neutrophils_hold_low: Cells = Field(0.5, description="Early, low start: held below; again from here.")
    neutrophils_hold_late: Cells = Field(0.5, description="Later: held below; given again from here.")

    @model_validator(mode="after")
    def _resumes_above_the_hold(self) -> Toxicity:
        if self.platelets_resume < self.platelets_hold:
            raise ValueError("platelets_resume is at least platelets_hold: else the hold never holds")
        if self.neutrophils_resume < self.neutrophils_hold:
            raise ValueError("neutrophils_resume is at least neutrophils_hold: else the hold never holds")
        if self.platelets_very_low_start > self.platelets_start:
            raise ValueError("platelets_very_low_start is at most platelets_start")
        return self

    def rules(self) -> tuple[Rule, ...]:
        """Write the label as rules, which may fire again and again."""
        return (*self._platelets(), *self._neutrophils())

    def _platelets(self) -> tuple[Rule, ...]:
        early = self.early_days + 1  # a look on the last early day still is one
        high, very_low = self.platelets_start, self.platelets_very_low_start
        share, enough = self.platelets_hold_share, self.platelets_resume
        late = self.platelets_hold_late
        rows = (
            ("early", {"start_platelets_at_least": high, "platelets_below": self.platelets_hold}, enough),
            (
                "early, low start",
                {
                    "start_platelets_at_least": very_low,
                    "start_platelets_below": high,
                    "platelets_below_share": share,
                },
                enough,
            ),
            (
                "early, very low start",
                {"start_platelets_below": very_low, "platelets_below_share": share},
                self.platelets_resume_low,
            ),
        )
        return (
            *(
                self._hold(
                    f"platelets {name}",
                    When.model_validate(seen | {"treatment_before_day": early}),
                    When(platelets_at_least=again),
                )
                for name, seen, again in rows
            ),
            self._hold(
                "platelets later",
                When(platelets_below=late, treatment_from_day=early),
                When(platelets_at_least=late),
            ),
        )

    def _neutrophils(self) -> tuple[Rule, ...]:
        early, start = self.early_days + 1, self.neutrophils_start
        low, late = self.neutrophils_hold_low, self.neutrophils_hold_late
        return (
            self._hold(
                "neutrophils early",
                When(
                    start_neutrophils_at_least=start,
                    neutrophils_below=self.neutrophils_hold,
                    treatment_before_day=early,
                ),
                When(neutrophils_at_least=self.neutrophils_resume),
            ),
            self._hold(
                "neutrophils early, low start",
                When(start_neutrophils_below=start, neutrophils_below=low, treatment_before_day=early),
                When(neutrophils_at_least=low),
            ),
            self._hold(
                "neutrophils later",
                When(neutrophils_below=late, treatment_from_day=early),
                When(neutrophils_at_least=late),
            ),
        )

    def _hold(self, name: str, when: When, until: When) -> Rule:
        levels = self.levels_mg
        return Rule(
            name=f"label: {name}",
            when=when,
            then="hold",
            drug=self.drug,
            dose_mg=levels,
            until=until,
            again=True,
        )
