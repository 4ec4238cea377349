"""When a relapse comes: its chance by half a year to five years, its day, and where the patient stands now.

For a draw theta that is in remission now, t(theta) is the day on which its deterministic course relapses, and
e(theta, t) the chance that its clone, should it be down to few stem cells, has died out by then
(`remnant.inference.forecast.extinct`). Then

    P(relapse by T) = mean over draws of 1(t <= T) (1 - e(t)),

and the share of the posterior that does not relapse by the horizon is the rest. Draws that are not in
remission now are left out: the forecast is one for a patient in remission, and the standing says with what
chance that is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.treatment import Therapy
from remnant.inference.forecast.course import Course, Posterior, follow
from remnant.inference.forecast.definitions import Definition
from remnant.inference.forecast.extinct import YEAR, extinct_by
from remnant.inference.forecast.quantiles import weighted
from remnant.inference.forecast.returns import NEVER, REMISSION, RETURNED, UNKNOWN, margins
from remnant.inference.records import ChanceBy, RelapseForecast, Standing

Array = NDArray[np.float64]

YEARS = (0.5, 1.0, 2.0, 5.0)
STANDINGS: dict[int, Standing] = {
    UNKNOWN: "not evaluable",
    NEVER: "no remission yet",
    REMISSION: "in remission",
    RETURNED: "returned",
}


@dataclass(frozen=True)
class Returns:
    """When each draw relapses.

    Parameters
    ----------
    state : ndarray of int, shape (draws,)
        Where each stands now: a key of `STANDINGS`.
    day : ndarray, shape (draws,)
        Day of relapse if the clone lives; infinite where there is none by the end of the course.
    lives : ndarray, shape (draws,)
        Chance that the clone has not died out by that day.
    """

    state: NDArray[np.int64]
    day: Array
    lives: Array

    @property
    def here(self) -> NDArray[np.bool_]:
        """Whether each draw is in remission now."""
        return np.asarray(self.state == REMISSION)

    def relapsed(self, by_day: float) -> Array:
        """Return the chance of each draw to have relapsed by a day, shape (draws,)."""
        return np.where(self.day <= by_day, self.lives, 0.0)


def returns(course: Course, definition: Definition) -> Returns | None:
    """Find when each draw of a course relapses; None where what defines it is not known."""
    if definition not in course.returns:
        course.returns[definition] = _returns(course, definition)
    return course.returns[definition]


def _returns(course: Course, definition: Definition) -> Returns | None:
    found = margins(course, definition)
    if found is None:
        return None
    now = course.posterior.now_day
    state, day = found.states(now), found.relapse_days(now)
    state = np.where(
        np.isin(state, (NEVER, REMISSION)) & ~np.isfinite(found.to_relapse[:, -1]), UNKNOWN, state
    )
    lives = np.ones(len(day))
    relapses = (state == REMISSION) & np.isfinite(day)
    if relapses.any():
        when = np.where(relapses, day, now)[:, None]
        lives = np.where(relapses, 1 - extinct_by(course, when)[:, 0], 1.0)
    return Returns(state, day, lives)


def forecast_relapse(
    posterior: Posterior,
    therapy: Therapy,
    definitions: Sequence[Definition],
    *,
    scenario: str = "as planned",
    years: Sequence[float] = YEARS,
    effective: float | None = None,
) -> tuple[RelapseForecast, ...]:
    """Follow a patient through a calendar and forecast each kind of relapse.

    Parameters
    ----------
    posterior, therapy
        Whose draws, and which calendar, past and future.
    definitions : sequence of Definition
        Kinds of relapse.
    scenario : str
        Title of the calendar.
    years : sequence of float
        Times from now; the last is the horizon.
    effective : float, optional
        Effective number of draws, for the Monte Carlo error; by default all count.
    """
    course = follow(posterior, therapy, horizon_day(posterior.now_day, max(years)))
    return relapses(course, definitions, scenario=scenario, years=years, effective=effective)


def relapses(
    course: Course,
    definitions: Sequence[Definition],
    *,
    scenario: str = "as planned",
    years: Sequence[float] = YEARS,
    effective: float | None = None,
) -> tuple[RelapseForecast, ...]:
    """Forecast each kind of relapse from a course that was followed; see `forecast_relapse`."""
    return tuple(
        _forecast(course, definition, returns(course, definition), scenario, tuple(years), effective)
        for definition in definitions
    )


def horizon_day(now_day: int, years: float) -> int:
    """Return the day that lies so many years after now."""
    return now_day + round(years * YEAR)


def _forecast(
    course: Course,
    definition: Definition,
    found: Returns | None,
    scenario: str,
    years: tuple[float, ...],
    effective: float | None,
) -> RelapseForecast:
    posterior = course.posterior
    now = posterior.now_day
    last = horizon_day(now, max(years))
    place = (posterior.patient_id, scenario, definition.kind)
    if found is None:
        reason = "haemoglobin was not measured, or the preset has no law of the blood"
        return RelapseForecast(*place, "not evaluable", reason, now, last)
    standing, reason = standing_of(found, definition)
    if standing != "in remission":
        return RelapseForecast(*place, standing, reason, now, last)
    here, horizon = found.here, float(last)
    scale = here.sum() if effective is None else effective * here.mean()
    chances = tuple(
        chance_by(year, found.relapsed(horizon_day(now, year))[here], float(scale)) for year in sorted(years)
    )
    day, lives = np.minimum(found.day[here], horizon), found.relapsed(horizon)[here]
    when = weighted(np.append(day, horizon), np.append(lives, (1 - lives).sum()))
    return RelapseForecast(*place, standing, reason, now, last, chances, when, float(1 - lives.mean()))


def standing_of(found: Returns, definition: Definition) -> tuple[Standing, str]:
    """Return where most of the posterior stands; and with what probability, by which definition, in words."""
    counts = np.bincount(found.state, minlength=len(STANDINGS))
    most = int(counts.argmax())
    share = counts[most] / counts.sum()
    # Some thousand draws tell no more of what they all agree on.
    sure = "probability above 99.5 %" if share > 0.995 else f"probability {min(round(100 * share), 99)} %"
    if most == UNKNOWN:
        return STANDINGS[most], f"no cell is left to measure the {definition.measured} of, {sure}"
    return STANDINGS[most], f"{sure}; relapse means {definition.says}"


def chance_by(years: float, relapsed: Array, effective: float) -> ChanceBy:
    """Average over draws; half a draw that relapses and half one that does not keep the error above 0."""
    count = len(relapsed)
    mean = (relapsed.sum() + 0.5) / (count + 1)
    square = ((relapsed**2).sum() + 0.5) / (count + 1)
    error = np.sqrt(max(square - mean**2, 0.0) / max(effective, 1.0))
    return ChanceBy(years, float(relapsed.mean()), float(error))
