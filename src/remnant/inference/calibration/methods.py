"""The forecasts of relapse side by side: each method's chances, days and scores over all cohorts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from remnant.inference.calibration.baselines import base_rate, landmark
from remnant.inference.calibration.outcome import MODEL, QUANTILES, YEAR, YEARS
from remnant.inference.calibration.scores import Brier, Coverage, brier, coverage, crps, effective, log_score

FloatArray = npt.NDArray[np.float64]
OTHERS, BASE = "Kaplan-Meier", "base rate"
TITLES = {
    MODEL: "the hierarchy",
    "two slopes": "two exponentials of the patient's own progenitors",
    "last value": "last value carried forward",
    OTHERS: "Kaplan-Meier of all other patients on the same calendar",
    BASE: "share of all other patients",
}


@dataclass(frozen=True)
class MethodScore:
    """How well one method forecast relapse.

    Parameters
    ----------
    method, title : str
        Name, and in words.
    brier_1, brier_2 : Brier
        Of the chance of relapse within one and two years.
    log_score : float
        Mean within two years, in nats.
    crps_days : float
        Mean continuous ranked probability score of the day, cut at the horizon.
    within_90 : Coverage
        How often the day lay from the 5 to the 95 % quantile, ends included.
    worse, worse_error : float
        Brier score within two years less that of the hierarchy, with its standard error over cohorts.
    """

    method: str
    title: str
    brier_1: Brier
    brier_2: Brier
    log_score: float
    crps_days: float
    within_90: Coverage
    worse: float
    worse_error: float


@dataclass(frozen=True)
class Forecasts:
    """What one method gave every patient in remission, in one order for all methods."""

    chance: dict[int, FloatArray]
    low: FloatArray
    high: FloatArray
    crps: FloatArray


def patients_of(table: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each patient whose relapse was forecast: cohort, group, day, horizon."""
    return (
        table.select("cohort", "horizon", "group", "days")
        .filter(pl.col("days").list.len() > 0)
        .explode("group", "days")
    )


def compare(table: pl.DataFrame) -> tuple[MethodScore, ...]:
    """Score every method on the same patients.

    Parameters
    ----------
    table : DataFrame
        As `run_calibration` writes it, with at least two cohorts in which somebody is in remission.
    """
    patients = patients_of(table)
    day, cohort = patients["days"].to_numpy(), patients["cohort"].to_numpy()
    own = {name: _own(table, name) for name in TITLES if f"{name} crps" in table.columns}
    others = {
        OTHERS: _others(patients, by_group=True),
        BASE: _others(patients, by_group=False),
    }
    model = own[MODEL]
    scored = []
    for name, found in (own | others).items():
        events = {years: day <= years * YEAR for years in YEARS}
        worse = (found.chance[2] - events[2]) ** 2 - (model.chance[2] - events[2]) ** 2
        error = float(np.sqrt(worse.var() / effective(worse, cohort)))
        scored.append(
            MethodScore(
                name,
                TITLES[name],
                brier(found.chance[1], events[1]),
                brier(found.chance[2], events[2]),
                float(log_score(found.chance[2], events[2]).mean()),
                float(found.crps.mean()),
                coverage((day >= found.low) & (day <= found.high), cohort, 0.9),
                float(worse.mean()),
                error,
            )
        )
    return tuple(scored)


def flat(table: pl.DataFrame, column: str) -> FloatArray:
    """Return the numbers of a column of lists, cohort after cohort."""
    return np.concatenate([np.asarray(each, float) for each in table[column].to_list()])


def _own(table: pl.DataFrame, name: str) -> Forecasts:
    return Forecasts(
        {years: flat(table, f"{name} chance {years}") for years in YEARS},
        flat(table, f"{name} q05"),
        flat(table, f"{name} q95"),
        flat(table, f"{name} crps"),
    )


def _others(patients: pl.DataFrame, *, by_group: bool) -> Forecasts:
    """Forecast each patient by those of all other cohorts, who were followed to the horizon."""
    day, cohort, horizon = (patients[name].to_numpy() for name in ("days", "cohort", "horizon"))
    group = patients["group"].to_numpy() if by_group else np.zeros(len(day))
    cut, relapsed = np.minimum(day, horizon), np.isfinite(day)
    ends = [QUANTILES[0] / 100, QUANTILES[-1] / 100]
    chance = {years: np.empty(len(day)) for years in YEARS}
    low, high, score = np.empty(len(day)), np.empty(len(day)), np.empty(len(day))
    for own, here in sorted({*zip(cohort.tolist(), group.tolist(), strict=True)}):
        mine = (cohort == own) & (group == here)
        like = (cohort != own) & (group == here)
        like = like if like.any() else cohort != own
        found = landmark(cut[like], relapsed[like], at=[y * YEAR for y in YEARS], probabilities=ends)
        for place, years in enumerate(YEARS):
            chance[years][mine] = found.chance[place] if by_group else base_rate(day[like] <= years * YEAR)
        low[mine], high[mine] = found.quantiles
        score[mine] = crps(cut[mine], np.repeat(cut[like][:, None], mine.sum(), axis=1))
    return Forecasts(chance, low, high, score)
