"""What became of a simulated cohort: truths beside draws that should cover them, and the row they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from remnant.inference.calibration.ranks import place, thinned
from remnant.inference.calibration.scores import crps

FloatArray = npt.NDArray[np.float64]
MODEL = "model"  # the method that is put to the test; the others are what it is compared with
YEAR = 365.25  # days
YEARS = (1, 2)  # for which chances are scored
QUANTILES = (5, 10, 25, 50, 75, 90, 95)  # per cent, of the day of relapse
KEPT = 49  # draws among which a number has its rank, far enough apart to be taken as independent


class Drawn(NamedTuple):
    """A truth, shape (...), and draws of its posterior, shape (draws, ...)."""

    truth: Any
    draws: Any


class Forecast(NamedTuple):
    """What one method expects of the patients whose relapse is forecast.

    `days` of relapse from now, for each patient an array (draws,), infinite where there is none by the
    horizon; `fractions` at the visit left out, shape (draws, counts), and `counts` drawn there.
    """

    days: list[FloatArray]
    counts: FloatArray


@dataclass(frozen=True)
class Outcome:
    """One cohort.

    Parameters
    ----------
    numbers : mapping of str to Drawn
        Of the population and of what all share; truth of shape (), draws (draws,).
    own : mapping of str to Drawn
        Each patient's; truth (patients,), draws (draws, patients).
    patients : ndarray of int
        Those in remission now, whose relapse is forecast.
    days : ndarray
        When each of these relapses, in days from now; infinite if not by the horizon.
    horizon : float
        How far the forecast goes, in days from now.
    group : tuple of str
        Of each of these, what a clinic would sort patients by.
    counts, of : ndarray, shape (counts,)
        Abnormal cells at the visits left out, of those counted.
    what : tuple of str
        Which assay each of these counts is.
    forecasts : mapping of str to Forecast
        By method; `MODEL` among them.
    effort : mapping of str to float
        Seconds, gradients and how well the chains went.
    """

    numbers: Mapping[str, Drawn]
    own: Mapping[str, Drawn]
    patients: npt.NDArray[np.int64]
    days: FloatArray
    horizon: float
    group: tuple[str, ...]
    counts: FloatArray
    of: FloatArray
    what: tuple[str, ...]
    forecasts: Mapping[str, Forecast]
    effort: Mapping[str, float] = field(default_factory=dict)


class Trial(Protocol):
    """Draws a truth from the prior and data from the truth, fits them, and tells truth and draws."""

    def __call__(self, rng: np.random.Generator) -> Outcome:
        """Return one cohort."""


def row_of(outcome: Outcome, *, rng: np.random.Generator) -> dict[str, Any]:
    """Reduce a cohort to a row: places of truths among draws, chances, quantiles and scores.

    Columns are `place NAME` of each number, `own NAME` a list over patients, `effort NAME`; lists over the
    patients in remission, `METHOD chance YEARS`, `METHOD q50`, `METHOD crps`, `METHOD place`; and lists over
    the counts left out, `METHOD count place`, `METHOD count crps`.
    """
    row: dict[str, Any] = {f"effort {name}": float(value) for name, value in outcome.effort.items()}
    for name, (truth, draws) in outcome.numbers.items():
        row[f"place {name}"] = float(_place(truth, draws, rng))
    for name, (truth, draws) in outcome.own.items():
        row[f"own {name}"] = _place(truth, draws, rng).tolist()
    row |= {
        "patients": outcome.patients.tolist(),
        "days": outcome.days.tolist(),
        "group": list(outcome.group),
        "horizon": float(outcome.horizon),
        "what": list(outcome.what),
        "counts": outcome.counts.tolist(),
        "of": outcome.of.tolist(),
    }
    for method, forecast in outcome.forecasts.items():
        row |= {f"{method} {name}": value for name, value in _forecast(outcome, forecast, rng)}
    return row


def _forecast(
    outcome: Outcome, forecast: Forecast, rng: np.random.Generator
) -> Iterator[tuple[str, list[float]]]:
    """Yield what one method gave each patient, and each count left out."""
    each = list(zip(outcome.days, forecast.days, strict=True))
    for years in YEARS:
        yield f"chance {years}", [float((days <= years * YEAR).mean()) for _, days in each]
    for q in QUANTILES:
        yield f"q{q:02}", [float(np.quantile(days, q / 100, method="inverted_cdf")) for _, days in each]
    cut = outcome.horizon
    yield "crps", [float(crps([min(day, cut)], np.minimum(days, cut)[:, None])[0]) for day, days in each]
    yield "place", [float(place(day, days, rng=rng)) for day, days in each]
    by_year = [(float(day <= 2 * YEAR), (days <= 2 * YEAR).astype(float)) for day, days in each]
    yield "place within 2 years", [float(place(event, events, rng=rng)) for event, events in by_year]
    yield "count place", place(outcome.counts, forecast.counts, rng=rng).tolist()
    yield "count crps", crps(outcome.counts / outcome.of, forecast.counts / outcome.of).tolist()


def _place(truth: Any, draws: FloatArray, rng: np.random.Generator) -> FloatArray:
    return place(truth, thinned(draws, min(KEPT, len(draws))), rng=rng)
