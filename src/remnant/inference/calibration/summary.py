"""What a table of cohorts proves: whose ranks are uniform, which intervals hold, what scores best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from remnant.inference.calibration.bands import Uniformity, uniformity
from remnant.inference.calibration.methods import MethodScore, compare, flat, patients_of
from remnant.inference.calibration.outcome import KEPT, MODEL, YEAR
from remnant.inference.calibration.scores import Bin, Coverage, coverage, reliability

FloatArray = npt.NDArray[np.float64]
NOMINAL = (0.5, 0.8, 0.9)
PLACE, OWN = "place ", "own "
RELAPSE, RELAPSED = "day of relapse", "relapse within 2 years"


@dataclass(frozen=True)
class RankCheck:
    """Whether the ranks of one number are uniform.

    Parameters
    ----------
    name : str
        The number.
    level : {"population", "patient", "forecast"}
        One rank of each cohort; or one patient of each cohort, in turn.
    ranks : Uniformity
        Of these, which are independent.
    within : tuple of Coverage
        How often the central 50, 80 and 90 % intervals held, over all patients.
    """

    name: str
    level: str
    ranks: Uniformity
    within: tuple[Coverage, ...]


@dataclass(frozen=True)
class CountCheck:
    """How often predictive intervals of a count left out held, and how far off each method was."""

    what: str
    within: tuple[Coverage, ...]
    crps: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Summary:
    """The evidence.

    Parameters
    ----------
    cohorts, patients, forecasts : int
        Simulated cohorts, their patients, and those in remission whose relapse was forecast.
    ranks : tuple of RankCheck
        Population and shared numbers, patients' own numbers, and forecasts.
    day_within : tuple of Coverage
        Of the day of relapse: 50, 80 and 90 % intervals; where a quantile and the truth are "not by the
        horizon", chance says whether the truth lies inside.
    finite_within_90 : Coverage or None
        The 90 % interval where both ends are days, as it stands.
    counts : tuple of CountCheck
        Of each assay at the visit left out, and of all together.
    methods : tuple of MethodScore
        The hierarchy first.
    bins : tuple of Bin
        Chances of relapse within two years beside what came.
    gradients, divergences, effective : float
        Mean over fits: gradients that one took, transitions that diverged, and effective draws of its worst
        coordinate.
    again, unmoved : int
        Fits whose chain hardly moved and was run again; fits where that did not help, which are within all of
        the above.
    """

    cohorts: int
    patients: int
    forecasts: int
    ranks: tuple[RankCheck, ...]
    day_within: tuple[Coverage, ...]
    finite_within_90: Coverage | None
    counts: tuple[CountCheck, ...]
    methods: tuple[MethodScore, ...]
    bins: tuple[Bin, ...]
    gradients: float
    divergences: float
    effective: float
    again: int
    unmoved: int

    def check(self, name: str) -> RankCheck:
        """Return the check of one number."""
        return next(each for each in self.ranks if each.name == name)


def summarise(table: pl.DataFrame) -> Summary:
    """Read the evidence from a table of cohorts.

    Parameters
    ----------
    table : DataFrame
        As `run_calibration` writes it, with at least two cohorts in which somebody is in remission.
    """
    forecast = patients_of(table)
    cohort, day = forecast["cohort"].to_numpy(), forecast["days"].to_numpy()
    low, high = flat(table, f"{MODEL} q05"), flat(table, f"{MODEL} q95")
    finite = np.isfinite(high)
    inside = (day >= low) & (day <= high)
    effort = {name: _effort(table, name) for name in ("gradients", "divergences", "effective")}
    return Summary(
        cohorts=len(table),
        patients=int(table[next(c for c in table.columns if c.startswith(OWN))].list.len().sum()),
        forecasts=len(forecast),
        ranks=tuple(_ranks(table)),
        day_within=_within(flat(table, f"{MODEL} place"), cohort),
        finite_within_90=coverage(inside[finite], cohort[finite], 0.9) if finite.any() else None,
        counts=tuple(_counts(table)),
        methods=compare(table),
        bins=reliability(flat(table, f"{MODEL} chance 2"), day <= 2 * YEAR),
        again=int((table["effort runs"] > 1).sum()) if "effort runs" in table.columns else 0,
        unmoved=int(table["effort unmoved"].sum()) if "effort unmoved" in table.columns else 0,
        **effort,
    )


def _ranks(table: pl.DataFrame) -> Iterator[RankCheck]:
    every = table["cohort"].to_numpy()
    for column in table.columns:
        if column.startswith(PLACE):
            places = table[column].to_numpy()
            yield RankCheck(
                column.removeprefix(PLACE), "population", _uniform(places), _within(places, every)
            )
    for column in table.columns:
        if column.startswith(OWN):
            yield _each(table, column, column.removeprefix(OWN), "patient")
    yield _each(table, f"{MODEL} place", RELAPSE, "forecast")
    yield _each(table, f"{MODEL} place within 2 years", RELAPSED, "forecast")


def _each(table: pl.DataFrame, column: str, name: str, level: str) -> RankCheck:
    """Check lists over patients: ranks of one patient of each cohort, coverage of all."""
    lists = [(number, places) for number, places in table.select("cohort", column).iter_rows() if places]
    one = [places[number % len(places)] for number, places in lists]
    cohort = np.repeat([number for number, _ in lists], [len(places) for _, places in lists])
    return RankCheck(name, level, _uniform(np.array(one)), _within(flat(table, column), cohort))


def _uniform(places: FloatArray) -> Uniformity:
    return uniformity(np.floor(places * (KEPT + 1)).astype(int), KEPT)


def _within(places: FloatArray, cohort: npt.NDArray[np.int64]) -> tuple[Coverage, ...]:
    return tuple(coverage(np.abs(places - 0.5) <= nominal / 2, cohort, nominal) for nominal in NOMINAL)


def _counts(table: pl.DataFrame) -> Iterator[CountCheck]:
    what = np.concatenate(table["what"].to_list())
    cohort = np.repeat(table["cohort"].to_numpy(), table["what"].list.len().to_numpy())
    methods = [name.removesuffix(" count crps") for name in table.columns if name.endswith(" count crps")]
    places = flat(table, f"{MODEL} count place")
    scores = {method: flat(table, f"{method} count crps") for method in methods}
    for name in (*dict.fromkeys(what.tolist()), "all"):
        here = (what == name) | (name == "all")
        crps = tuple((method, float(score[here].mean())) for method, score in scores.items())
        yield CountCheck(str(name), _within(places[here], cohort[here]), crps)


def _effort(table: pl.DataFrame, name: str) -> float:
    column = f"effort {name}"
    return float(table[column].to_numpy().mean()) if column in table.columns else 0.0
