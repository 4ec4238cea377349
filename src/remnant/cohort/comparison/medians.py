"""Median time in remission under several treatments, and its error by sections of the patients.

Patients fall by their number into sections; each section has its own median under each treatment, and the
spread of the differences between sections is the error of the paired difference (sectioning: Asmussen & Glynn
2007, Stochastic Simulation, III.5).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from remnant.cohort.comparison.measures import REMISSIONS, Relapse
from remnant.cohort.course.courses import Floats
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.summary.life_table import life_table

SECTIONS = 20


class Medians:
    """Events and ends of follow-up by treatment, section and day in remission.

    Parameters
    ----------
    start, end : str
        Columns between which a remission lasts.
    treatments, horizon : int
        How many, and the last day.
    """

    def __init__(self, start: str, end: str, treatments: int, horizon: int):
        self.start, self.end = start, end
        self.counts = np.zeros((treatments, 2, SECTIONS, horizon + 1), np.int64)

    def add(self, parts: Sequence[pl.DataFrame]) -> None:
        """Count some patients under every treatment."""
        for row, part in zip(self.counts, parts, strict=True):
            kept = part.filter(pl.col(self.start).is_not_null())
            event = kept[self.end].is_not_null().to_numpy()
            last = pl.coalesce(pl.col(self.end), pl.col("horizon_day")) - pl.col(self.start)
            days = kept.select(last).to_series().to_numpy().astype(np.int64)
            section = (kept["patient"].to_numpy() % SECTIONS).astype(np.int64)
            for number, which in enumerate((event, ~event)):
                np.add.at(row[number], (section[which], days[which]), 1)

    @property
    def patients(self) -> int:
        """Fewest patients in remission under a treatment."""
        return int(self.counts.sum(axis=(1, 2, 3)).min())

    def answer(self) -> tuple[Floats, Floats, Floats]:
        """Return medians, their errors, and errors of their differences from the first, each (treatments,).

        NaN where fewer than half relapsed, and for an error where that is so in any section.
        """
        whole = np.array([_median(*row.sum(axis=1)) for row in self.counts])
        by_section = np.array([[_median(*row[:, s]) for s in range(SECTIONS)] for row in self.counts])
        errors = by_section.std(axis=1, ddof=1) / np.sqrt(SECTIONS)
        paired = (by_section - by_section[0]).std(axis=1, ddof=1) / np.sqrt(SECTIONS)
        return whole, errors, paired


def medians_of(relapse: Relapse, plans: Sequence[CohortPlan]) -> Medians:
    """Prepare to count the remissions of several plans."""
    return Medians(*REMISSIONS[relapse], len(plans), plans[0].horizon)


def _median(events: np.ndarray, censored: np.ndarray) -> float:
    found = life_table(events, censored).median
    return np.nan if found is None else found
