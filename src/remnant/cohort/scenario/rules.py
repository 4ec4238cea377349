"""Rules of a scenario: when something is seen at a look, what is done with a drug from that look on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_serializer

Share = Annotated[float, Field(gt=0, lt=1)]
Day = Annotated[int, Field(ge=0, le=36_525)]
Cells = Annotated[float, Field(gt=0, le=100)]  # neutrophils, 1e9/L
Platelets = Annotated[float, Field(gt=0, le=3_000)]
Grams = Annotated[float, Field(gt=0, le=25)]  # haemoglobin, g/dL
Dose = Annotated[float, Field(gt=0, le=1e6)]
DoseOrNone = Annotated[float, Field(ge=0, le=1e6)]  # of a course: 0 mg is a hold
Action = Literal["stop", "hold", "reduce", "raise", "restart", "start"]


class Strict(BaseModel):
    """A section of a scenario: a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def as_tuple(value: Any) -> Any:
    """Take a list of TOML, or one value alone, as a tuple."""
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, tuple) else (value,)


class When(Strict):
    """What must be seen, all of it, at one look; a key left out asks nothing.

    What was not measured is not evaluable: it makes no condition true, nor false.
    """

    complete_cytogenetic_response: bool | None = Field(
        None, description="No abnormal metaphase among those that [looks] asks for, once one was seen."
    )
    clone_back: bool | None = Field(None, description="Abnormal metaphases after a complete response.")
    transfused: bool | None = Field(None, description="Transfused since the look before.")
    transfusion_independence_lost: bool | None = Field(
        None, description="Transfused again after independence, as long as it is not regained."
    )
    haemoglobin_below: Grams | None = Field(None, description="g/dL.")
    haemoglobin_at_least: Grams | None = Field(None, description="g/dL.")
    neutrophils_below: Cells | None = Field(None, description="1e9/L.")
    neutrophils_at_least: Cells | None = Field(None, description="1e9/L.")
    platelets_below: Platelets | None = Field(None, description="1e9/L.")
    platelets_at_least: Platelets | None = Field(None, description="1e9/L.")
    platelets_below_share: Share | None = Field(
        None, description="Share of the platelets at the drug's first dose."
    )
    start_neutrophils_below: Cells | None = Field(None, description="1e9/L at the drug's first dose.")
    start_neutrophils_at_least: Cells | None = Field(None, description="1e9/L at the drug's first dose.")
    start_platelets_below: Platelets | None = Field(None, description="1e9/L at the drug's first dose.")
    start_platelets_at_least: Platelets | None = Field(None, description="1e9/L at the drug's first dose.")
    stem_fraction_below: Share | None = Field(None, description="Clone among sorted stem cells.")
    stem_fraction_at_least: Share | None = Field(None, description="Clone among sorted stem cells.")
    blood_fraction_below: Share | None = Field(None, description="Clone in blood, by a molecular assay.")
    blood_fraction_at_least: Share | None = Field(None, description="Clone in blood, by a molecular assay.")
    from_day: Day | None = Field(None, description="From this day of the scenario on.")
    before_day: Day | None = Field(None, description="Before this day of the scenario.")
    treatment_from_day: Day | None = Field(None, description="Days since the drug's first dose, at least.")
    treatment_before_day: Day | None = Field(None, description="Days since the drug's first dose, fewer.")

    @property
    def asked(self) -> dict[str, bool | float]:
        """What is asked, by its key."""
        return {name: value for name, value in self if value is not None}

    @model_serializer
    def _asked(self) -> dict[str, bool | float]:
        return self.asked


class Rule(Strict):
    """What is done with one drug, when something has been seen for long enough.

    A rule fires only where it changes something: a drug that is not given is neither stopped nor reduced.
    """

    name: str = Field("", description="How tables call the rule.")
    when: When = Field(description="What must be seen.")
    for_days: Day = Field(0, description="Days over which it was seen at every look that could tell.")
    then: Action = Field(description="stop, hold, reduce, raise, restart or start.")
    drug: str = Field(description="With which drug.")
    dose_mg: Annotated[tuple[Dose, ...], BeforeValidator(as_tuple)] = Field(
        (), description="Dose from then on (hold: after it); of several, the next level down or up."
    )
    days: Annotated[int, Field(ge=1, le=36_525)] | None = Field(
        None, description="hold and start: for so many days."
    )
    days_on: Annotated[int, Field(ge=1)] | None = Field(None, description="start: days of each cycle.")
    cycle_days: Annotated[int, Field(ge=1)] | None = Field(None, description="start: length of a cycle.")
    until: When | None = Field(None, description="Undone at the first look that shows this.")
    again: bool = Field(False, description="Fires whenever it is seen anew; else once in a patient.")

    @property
    def title(self) -> str:
        """What a table calls the rule."""
        seen = " and ".join(f"{key} = {value}" for key, value in self.when.asked.items())
        return self.name or f"{self.then} {self.drug}, {seen}"

    @model_serializer
    def _plain(self) -> dict[str, Any]:
        kept = {name: value for name, value in self if value != type(self).model_fields[name].default}
        doses = list(self.dose_mg)
        if doses:
            kept["dose_mg"] = doses[0] if len(doses) == 1 else doses
        return {name: value.asked if isinstance(value, When) else value for name, value in kept.items()}
