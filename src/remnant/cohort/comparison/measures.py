"""What two treatments of the same virtual patients are compared by: one number for each patient.

Every patient is followed to the same horizon and counts in every measure, so that two scenarios are compared
in the same patients, whoever responds under which of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from remnant.cohort.course.plan import DAYS_PER_YEAR, CohortPlan
from remnant.cohort.scenario.length import years_in_words

Relapse = Literal["cytogenetic", "molecular", "clinical"]
YEARS = (1, 2, 5)
SHARE = "share"

# Start of the remission and its end, as columns of a virtual cohort.
REMISSIONS: dict[Relapse, tuple[str, str]] = {
    "cytogenetic": ("complete_response_day", "cytogenetic_relapse_day"),
    "molecular": ("cleared_day", "molecular_relapse_day"),
    "clinical": ("erythroid_response_day", "clinical_relapse_day"),
}


@dataclass(frozen=True)
class Measure:
    """One number for each patient.

    Parameters
    ----------
    name, meaning, unit : str
        For tables; the unit of a probability is "share".
    value : Expr
        Null where the patient has none.
    better : {"more", "less", ""}
        Which way is better; "" where it is neither.
    """

    name: str
    meaning: str
    unit: str
    value: pl.Expr
    better: Literal["more", "less", ""] = "less"


def usual_relapse(plan: CohortPlan) -> Relapse:
    """Name the relapse that the looks of a scenario can see: in metaphases, or only in truth."""
    return "cytogenetic" if plan.scenario.looks.marrow_every_days else "molecular"


def remission_days(relapse: Relapse) -> pl.Expr:
    """Days from the first remission to its end or the horizon; 0 without a remission."""
    begin, end = REMISSIONS[relapse]
    last = pl.coalesce(pl.col(end), pl.col("horizon_day"))
    return (last - pl.col(begin)).fill_null(0).cast(pl.Float64)


def measures_of(plan: CohortPlan, relapse: Relapse) -> tuple[Measure, ...]:
    """List what the patients of a plan can be compared by."""
    years = [year for year in YEARS if year <= plan.years]
    within = f"within {years_in_words(plan.years)}"
    end = pl.col(REMISSIONS[relapse][1])
    marrow = plan.scenario.looks.marrow_every_days > 0
    return (
        Measure(
            "relapse_free_days",
            f"Days in first remission {within}, to {relapse} relapse; 0 without remission",
            "days",
            remission_days(relapse),
            "more",
        ),
        *(
            _share(
                f"relapse_by_{year}y",
                f"{relapse.capitalize()} relapse within {years_in_words(year)} of the start, of all patients",
                (end <= year * DAYS_PER_YEAR).fill_null(False),
            )
            for year in years
        ),
        *([CURED] if plan.method != "deterministic" else []),
        *([COMPLETE_RESPONSE] if marrow else []),
        *AMOUNTS,
    )


def _share(name: str, meaning: str, which: pl.Expr, better: Literal["more", "less", ""] = "less") -> Measure:
    return Measure(name, meaning, SHARE, which.cast(pl.Float64), better)


def _days(name: str, meaning: str, better: Literal["more", "less", ""] = "less") -> Measure:
    return Measure(name, meaning, "days", pl.col(name).cast(pl.Float64), better)


CURED = _share(
    "cured", "Not one stem cell of the clone left by the horizon", pl.col("extinct_day").is_not_null(), "more"
)
COMPLETE_RESPONSE = _share(
    "complete_response",
    "Complete cytogenetic response, of all patients",
    pl.col("complete_response_day").is_not_null(),
    "more",
)
AMOUNTS = (
    _days("treated_days", "Days with any drug", ""),
    Measure("units", "Units of red cells given", "units", pl.col("units").cast(pl.Float64)),
    _days("days_neutrophils_below_1", "Days with neutrophils below 1.0e9/L"),
    _days("days_neutrophils_below_0_5", "Days with neutrophils below 0.5e9/L"),
    _days("days_platelets_below_50", "Days with platelets below 50e9/L"),
    _days("days_platelets_below_25", "Days with platelets below 25e9/L"),
)
