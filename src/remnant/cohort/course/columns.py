"""The columns of a virtual cohort: one row for each virtual patient, what each number means, and its unit.

A null says that something was not reached by the horizon or cannot be told; it is never a zero. Days are
whole days since the start of the scenario, at the look that first shows the event: between two looks nothing
is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from remnant.cohort.course.chance import TRIGGER
from remnant.cohort.course.outcomes import (
    CLEARED,
    CLONE,
    INDEPENDENCE,
    LONG_INDEPENDENCE,
    RETURNED,
    RISE,
    STOPPED,
)
from remnant.dynamics.model.bounds import EFFECTS, PARAMETERS, START, STEM_CELLS
from remnant.dynamics.model.priors import Prior

NOTICE = "SYNTHETIC: virtual patients simulated by remnant; nobody was measured."
TIMES = {"0": 0, "3": 3, "6": 6, "12": 12, "24": 24, "60": 60, "end": None}  # months; None: the horizon


@dataclass(frozen=True)
class CohortColumn:
    """One column of the table of virtual patients.

    Parameters
    ----------
    name, meaning, unit : str
        For the header, the documentation, and the axis.
    kind : {"day", "number", "count", "flag"}
        How it is kept: whole days and counts as integers, flags as booleans.
    """

    name: str
    meaning: str
    unit: str = ""
    kind: str = "number"

    @property
    def dtype(self) -> type[pl.DataType]:
        """Type of the column."""
        return {"day": pl.Int32, "count": pl.Int64, "flag": pl.Boolean}.get(self.kind, pl.Float64)

    def series(self, values: np.ndarray) -> pl.Series:
        """Make the column of some values, shape (rows,): NaN is null."""
        series = pl.Series(self.name, np.ascontiguousarray(values))
        return (series.fill_nan(None) if series.dtype == pl.Float64 else series).cast(self.dtype)


def _day(name: str, meaning: str) -> CohortColumn:
    return CohortColumn(name, meaning, "days", "day")


def _flag(name: str, meaning: str) -> CohortColumn:
    return CohortColumn(name, meaning, "", "flag")


def _share(name: str, meaning: str) -> CohortColumn:
    return CohortColumn(name, meaning, "fraction from 0 to 1")


PATIENT = CohortColumn(
    "patient", "Number of the virtual patient, from 0; keys every stream of chance.", "", "count"
)
SYNTHETIC = _flag("synthetic", "Always true: a virtual patient, whom nobody has measured.")
HORIZON = _day("horizon_day", "End of the simulated course: an event without a day was not seen until here.")

OUTCOMES = (
    _flag(
        "transfused_at_start",
        f"Whether red cells were needed at the first look: haemoglobin below {TRIGGER:g} g/dL as measured.",
    ),
    _day(
        "independence_day",
        f"First look of the first stretch of at least {INDEPENDENCE} days without need of red cells at any "
        "look (MDS-003); only of patients transfused at the start.",
    ),
    _day("long_independence_day", f"The same for at least {LONG_INDEPENDENCE} days (MDS-004)."),
    _day("independence_lost_day", "First look with need of red cells after the independence."),
    CohortColumn(
        "independence_days",
        "From the first day of independence to its loss, or to the horizon where it was not lost.",
        "days",
        "day",
    ),
    CohortColumn(
        "units",
        "Units of red cells given until the horizon: two in four weeks of need, one more for each full g/dL "
        "below the trigger.",
        "units",
    ),
    CohortColumn("haemoglobin_at_start", "Measured at the first look, transfused cells left out.", "g/dL"),
    CohortColumn(
        "best_haemoglobin",
        "Highest level that two looks in a row reached, transfused cells left out.",
        "g/dL",
    ),
    CohortColumn("haemoglobin_rise", "`best_haemoglobin` less `haemoglobin_at_start`.", "g/dL"),
    _day(
        "erythroid_response_day",
        f"`independence_day`; in patients not transfused at the start, first look of at least {INDEPENDENCE} "
        f"days at {RISE} g/dL or more above the start, without need.",
    ),
    _day(
        "clinical_relapse_day",
        f"After the erythroid response: first look with need of red cells, or the second of two in a row at "
        f"{RISE} g/dL or more below the best level that two looks in a row had reached.",
    ),
    _flag("cytogenetically_evaluable", "Whether the first marrow showed an abnormal metaphase."),
    _day(
        "complete_response_day",
        "First marrow without an abnormal metaphase, after one with; one marrow is enough (IWG 2006).",
    ),
    _day("complete_response_lost_day", "First later marrow with any abnormal metaphase."),
    _day(
        "cytogenetic_relapse_day",
        f"First later marrow with a clone again: {CLONE} abnormal metaphases, or one in each of two marrows "
        "in a row.",
    ),
    _share(
        "stem_fraction_in_response", "True share of the clone among stem cells at `complete_response_day`."
    ),
    _share("progenitor_fraction_in_response", "The same among progenitors."),
    CohortColumn(
        "stem_persistence_in_response",
        "Share among stem cells less share among progenitors: above 0, the remission hides stem cells.",
        "fraction from -1 to 1",
    ),
    CohortColumn("malignant_stem_cells_in_response", "Stem cells of the clone then.", "cells"),
    _share("resistant_share_in_response", "Share of these that are resistant; null where there are none."),
    _day("cleared_day", f"First look at which truly less than {CLEARED:g} of progenitors are of the clone."),
    _day(
        "molecular_relapse_day",
        f"First later look at which {RETURNED:g} or more are; what lies between is neither.",
    ),
    _day(
        "stopped_day",
        f"First look from which no drug is given for at least {STOPPED} days, after treatment: longer than a "
        "hold.",
    ),
    _flag("complete_response_at_stop", "Whether the last marrow by then was without an abnormal metaphase."),
    _day(
        "lost_after_stop_day",
        "After stopping in complete response: first marrow with any abnormal metaphase.",
    ),
    _day(
        "relapse_after_stop_day",
        "The same, with a clone again as in `cytogenetic_relapse_day`.",
    ),
    _share("stem_fraction_at_stop", "True share of the clone among stem cells at `stopped_day`."),
    CohortColumn("malignant_stem_cells_at_stop", "Stem cells of the clone then.", "cells"),
    CohortColumn("worst_neutrophils", "Lowest count at any look.", "1e9/L"),
    CohortColumn("worst_platelets", "Lowest count at any look.", "1e9/L"),
    _day("days_neutrophils_below_1", "Days below 1.0e9/L; each look stands until the next."),
    _day("days_neutrophils_below_0_5", "Days below 0.5e9/L."),
    _day("days_platelets_below_50", "Days below 50e9/L."),
    _day("days_platelets_below_25", "Days below 25e9/L."),
    CohortColumn("treated_days", "Days with any drug.", "days"),
    _day(
        "extinct_day",
        "First look from which not one stem cell of the clone is left: cured. Null under the method "
        "`deterministic`, which knows no last cell.",
    ),
)

_STATES = (
    ("stem_fraction", "True share of the clone among stem cells", "fraction from 0 to 1"),
    ("progenitor_fraction", "True share of the clone among progenitors", "fraction from 0 to 1"),
    ("mature_fraction", "True share of the clone among mature cells", "fraction from 0 to 1"),
    ("stem_frequency", "Stem cells of all clones", "relative to health"),
    ("progenitor_frequency", "Progenitors of all clones", "relative to health"),
    ("malignant_stem_cells", "Stem cells of the clone", "cells"),
    ("resistant_share", "Share of the clone's stem cells that are resistant", "fraction from 0 to 1"),
)


def state_columns() -> tuple[CohortColumn, ...]:
    """List the states at fixed times, which are null where the horizon comes before."""
    return tuple(
        CohortColumn(f"{name}_{label(month)}", f"{meaning} {_when(month)}.", unit)
        for month in TIMES
        for name, meaning, unit in _STATES
    )


def label(month: str) -> str:
    """Name a fixed time in a column's header."""
    return month if month == "end" else f"month_{month}"


def _when(month: str) -> str:
    return "at the horizon" if month == "end" else f"at the look nearest to month {month}"


def number_column(name: str, prior: Prior) -> CohortColumn:
    """Return the column of a number that was drawn, by its qualified name."""
    group, _, short = name.rpartition(".")
    table = {"": {**PARAMETERS, "stem_cells": STEM_CELLS}, "start": START}.get(group, EFFECTS)
    known = table.get(short) if group != "blood" else None
    meaning = f"Drawn: {known.meaning}." if known else f"Drawn: {short.replace('_', ' ')}."
    return CohortColumn(name, meaning, "" if prior.unit == "-" else prior.unit)


def dose_column(drug: str) -> CohortColumn:
    """Return the column of what was given of one drug."""
    return CohortColumn(
        f"{drug}.full_dose_days", "Sum of relative doses over days: days at the full dose.", "days"
    )
