"""What a summary asks of the table of virtual patients: shares, curves of time, and spreads of numbers.

Each question names columns of `remnant.cohort.course.columns` and is answered from counts that add over
blocks of patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.cohort.course.columns import TIMES, label
from remnant.cohort.course.courses import COMPARTMENTS
from remnant.cohort.course.outcomes import INDEPENDENCE


@dataclass(frozen=True)
class ShareAsked:
    """How many of some patients."""

    name: str
    meaning: str
    counted: pl.Expr
    among: pl.Expr | None = None


@dataclass(frozen=True)
class CurveAsked:
    """When, after `start` (None: day 0), the event came, among patients with a start.

    `blind_days` at the end of the horizon cannot show the event, which takes as long to be known.
    """

    name: str
    meaning: str
    event: str
    start: str | None = None
    among: pl.Expr | None = None
    blind_days: int = 0


@dataclass(frozen=True)
class SpreadAsked:
    """How a number is spread over the patients that have one, in bins of `step` from `low` until `high`.

    What is `high` or more counts as `high`. If `log`, of its logarithm to base 10: zeros are below every bin
    and counted apart.
    """

    name: str
    meaning: str
    column: str
    unit: str
    low: float
    high: float
    step: float
    log: bool = False
    among: pl.Expr | None = None

    @property
    def bins(self) -> int:
        """Bins from `low` to `high`."""
        return round((self.high - self.low) / self.step)


def _reached(name: str) -> pl.Expr:
    return pl.col(name).is_not_null()


SHARES = (
    ShareAsked(
        "independent",
        "Transfusion-independent for 56 days, of those transfused at the start",
        _reached("independence_day"),
        pl.col("transfused_at_start"),
    ),
    ShareAsked(
        "long_independent",
        "Transfusion-independent for 182 days, of those transfused at the start",
        _reached("long_independence_day"),
        pl.col("transfused_at_start"),
    ),
    ShareAsked(
        "erythroid_response",
        "Erythroid response",
        _reached("erythroid_response_day"),
        _reached("haemoglobin_at_start"),
    ),
    ShareAsked(
        "complete_response",
        "Complete cytogenetic response, of those with an abnormal metaphase at the start",
        _reached("complete_response_day"),
        pl.col("cytogenetically_evaluable"),
    ),
    ShareAsked("cleared", "Fewer than 1 of 1,000 progenitors of the clone, ever", _reached("cleared_day")),
    ShareAsked("stopped", "Stopped treatment for 84 days or more", _reached("stopped_day")),
    ShareAsked(
        "lost_after_stop",
        "An abnormal metaphase after stopping, of those who stopped in complete cytogenetic response",
        _reached("lost_after_stop_day"),
        pl.col("complete_response_at_stop"),
    ),
    ShareAsked(
        "relapse_after_stop",
        "Cytogenetic relapse after stopping, of those who stopped in complete cytogenetic response",
        _reached("relapse_after_stop_day"),
        pl.col("complete_response_at_stop"),
    ),
    ShareAsked(
        "resistant_at_end",
        "More than half of the clone's stem cells resistant at the horizon, of those with a clone left",
        pl.col("resistant_share_end") > 0.5,
        _reached("resistant_share_end"),
    ),
    *(
        ShareAsked(
            name,
            f"{cells.capitalize()} below {level:g}e9/L at a look",
            pl.col(f"worst_{cells}") < level,
            _reached(f"worst_{cells}"),
        )
        for name, cells, level in (
            ("neutrophils_below_1", "neutrophils", 1.0),
            ("neutrophils_below_0_5", "neutrophils", 0.5),
            ("platelets_below_50", "platelets", 50.0),
            ("platelets_below_25", "platelets", 25.0),
        )
    ),
)
CURE = ShareAsked("cured", "Not one stem cell of the clone left by the horizon", _reached("extinct_day"))

CURVES = (
    CurveAsked(
        "to_independence",
        "Time to transfusion independence, of those transfused at the start",
        "independence_day",
        among=pl.col("transfused_at_start"),
        blind_days=INDEPENDENCE,
    ),
    CurveAsked(
        "independence_kept",
        "Duration of transfusion independence",
        "independence_lost_day",
        "independence_day",
    ),
    CurveAsked(
        "to_complete_response",
        "Time to complete cytogenetic response, of those with an abnormal metaphase at the start",
        "complete_response_day",
        among=pl.col("cytogenetically_evaluable"),
    ),
    CurveAsked(
        "complete_response_kept",
        "Time to any abnormal metaphase after complete cytogenetic response",
        "complete_response_lost_day",
        "complete_response_day",
    ),
    CurveAsked(
        "cytogenetic_relapse_free",
        "Freedom from cytogenetic relapse after complete cytogenetic response",
        "cytogenetic_relapse_day",
        "complete_response_day",
    ),
    CurveAsked(
        "molecular_relapse_free",
        "Freedom from molecular relapse after clearance of the progenitors",
        "molecular_relapse_day",
        "cleared_day",
    ),
    CurveAsked(
        "clinical_relapse_free",
        "Freedom from clinical relapse after erythroid response",
        "clinical_relapse_day",
        "erythroid_response_day",
    ),
    CurveAsked(
        "response_after_stop",
        "Freedom from any abnormal metaphase after stopping in complete cytogenetic response",
        "lost_after_stop_day",
        "stopped_day",
        pl.col("complete_response_at_stop"),
    ),
)


def _fraction(name: str, meaning: str, column: str) -> SpreadAsked:
    # A bin is 0.12 % of a share wide, so that its middle is right to 0.06 points even next to 100 %.
    return SpreadAsked(name, meaning, column, "log10 fraction", -12.0, 0.0, 0.0005, log=True)


def depths() -> dict[tuple[str, str], SpreadAsked]:
    """Return the depth of remission to ask for, by compartment and fixed time."""
    return {
        (compartment, month): _fraction(
            f"{compartment}_fraction_{label(month)}",
            f"Share of the clone, {compartment} cells",
            f"{compartment}_fraction_{label(month)}",
        )
        for compartment in COMPARTMENTS
        for month in TIMES
    }


SPREADS = (
    SpreadAsked(
        "stem_fraction_in_response", "Share of the clone among stem cells at complete cytogenetic response",
        "stem_fraction_in_response", "fraction", 0.0, 1.0, 0.001,
    ),
    _fraction(
        "progenitor_fraction_in_response",
        "Share of the clone among progenitors at complete cytogenetic response",
        "progenitor_fraction_in_response",
    ),
    SpreadAsked(
        "stem_persistence_in_response", "Share among stem cells less share among progenitors, then",
        "stem_persistence_in_response", "fraction", -1.0, 1.0, 0.001,
    ),
    SpreadAsked(
        "malignant_stem_cells_in_response", "Stem cells of the clone, then",
        "malignant_stem_cells_in_response", "log10 cells", -1.0, 9.0, 0.01, True,
    ),
    SpreadAsked(
        "malignant_stem_cells_end", "Stem cells of the clone at the horizon",
        "malignant_stem_cells_end", "log10 cells", -1.0, 9.0, 0.01, True,
    ),
    SpreadAsked("best_haemoglobin", "Best haemoglobin", "best_haemoglobin", "g/dL", 0.0, 25.0, 0.1),
    SpreadAsked("haemoglobin_rise", "Rise of haemoglobin", "haemoglobin_rise", "g/dL", -20.0, 20.0, 0.1),
    SpreadAsked("worst_neutrophils", "Lowest neutrophils", "worst_neutrophils", "1e9/L", 0.0, 20.0, 0.05),
    SpreadAsked("worst_platelets", "Lowest platelets", "worst_platelets", "1e9/L", 0.0, 2000.0, 1.0),
    SpreadAsked("independence_days", "Duration of independence seen, cut short by the horizon",
        "independence_days", "days", 0.0, 37_000.0, 7.0),
    SpreadAsked("units", "Units of red cells", "units", "units", 0.0, 10_000.0, 1.0),
    SpreadAsked("days_neutrophils_below_1", "Days with neutrophils below 1.0e9/L",
        "days_neutrophils_below_1", "days", 0.0, 37_000.0, 7.0),
    SpreadAsked("days_platelets_below_50", "Days with platelets below 50e9/L",
        "days_platelets_below_50", "days", 0.0, 37_000.0, 7.0),
    SpreadAsked("treated_days", "Days with any drug", "treated_days", "days", 0.0, 37_000.0, 7.0),
)  # fmt: skip
