"""What is simulated: which scenario, how many virtual patients, for how long, from which seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from remnant.cohort.course.posterior import Posterior
from remnant.cohort.scenario.preset import preset_of
from remnant.cohort.scenario.scenario import Scenario
from remnant.dynamics.model.preset import Preset
from remnant.errors import Fault, SettingError

Method = Literal["hybrid", "exact", "deterministic"]
DAYS_PER_YEAR = 365.25
LONGEST_YEARS = 100
LAST_SEED = 2**63 - 1
MOST_PATIENTS = 10**12


@dataclass(frozen=True)
class CohortPlan:
    """Every choice behind a virtual cohort; who does the work is no part of it.

    Parameters
    ----------
    scenario : Scenario
        Calendar, looks, rules, and what replaces the priors of the preset.
    preset : str
        Name of the preset, which is the scenario's.
    patients : int
        From 1.
    years : float
        Above 0, up to 100.
    seed : int
        From 0.
    method : {"hybrid", "exact", "deterministic"}
        Small clones cell by cell and the rest by equations; all by cells; all by equations.
    posterior : Posterior or None
        Where the patients' numbers come from; None for the priors of the preset.

    Raises
    ------
    SettingError
        With every number that is not possible.
    """

    scenario: Scenario
    preset: str
    patients: int
    years: float
    seed: int
    method: Method = "hybrid"
    posterior: Posterior | None = None

    def __post_init__(self) -> None:
        rules = (
            ("--patients", self.patients, _whole(self.patients, 1, MOST_PATIENTS), "a whole number from 1",
             "how many virtual patients?"),
            ("--years", self.years, _years(self.years), f"a number of years above 0, up to {LONGEST_YEARS}",
             "how long is each followed? a course holds at least two days"),
            ("--seed", self.seed, _whole(self.seed, 0, LAST_SEED), f"a whole number from 0 to {LAST_SEED}",
             "any will do; the same gives the same patients"),
            ("--method", self.method, self.method in get_args(Method), ", ".join(get_args(Method)),
             "choose one of them"),
            ("preset", self.preset, self.preset == self.scenario.preset, self.scenario.preset,
             "the scenario names its preset"),
        )  # fmt: skip
        faults = [
            Fault("virtual cohort", None, name, repr(found), expected, hint)
            for name, found, good, expected, hint in rules
            if not good
        ]
        if faults:
            raise SettingError(faults)

    @property
    def horizon(self) -> int:
        """Last day of the course."""
        return round(self.years * DAYS_PER_YEAR)

    @property
    def days(self) -> tuple[int, ...]:
        """Days of the looks: those of the scenario, and the horizon."""
        looks = self.scenario.looks.days(self.horizon)
        return looks if looks[-1] == self.horizon else (*looks, self.horizon)

    def population(self) -> Preset:
        """Return the priors of this cohort: the preset with the scenario's drugs and replacements."""
        whole = preset_of(self.scenario)
        return replace(whole, drugs=tuple(whole.drug(name) for name in self.scenario.drugs))


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _years(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return 0 < value <= LONGEST_YEARS and round(value * DAYS_PER_YEAR) >= 1
