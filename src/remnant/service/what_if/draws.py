"""Calendars in the draws of a fit: the work of a what-if, in a process that keeps what it has followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from remnant.analysis.fits import SavedFit, load_draws, load_fit, refuse_changed
from remnant.cohort.scenario.planned import plain_therapy
from remnant.cohort.scenario.scenario import Scenario
from remnant.dynamics.treatment import Therapy, continued
from remnant.inference.fitting.fit import posterior_of
from remnant.inference.fitting.fitted import Draws
from remnant.inference.fitting.ready import Ready, make_ready
from remnant.inference.forecast.course import Course, Posterior, follow
from remnant.inference.forecast.definitions import definitions
from remnant.inference.forecast.observable import curves, known_quantities
from remnant.inference.forecast.relapse import horizon_day, relapses
from remnant.inference.forecast.what_if import what_ifs
from remnant.inference.records import Fit
from remnant.scale.streams import stream
from remnant.service.what_if.question import DAYS, FOLLOWED, PLANNED, YEARS
from remnant.study import read_study

SHOWN = (1.0, 2.0, 5.0)
KEPT = 12  # courses of one fit that are kept; each is some megabytes


@dataclass
class Desk:
    """A fit laid out to be asked: its draws, and the courses that were followed last."""

    ready: Ready
    saved: SavedFit
    draws: Mapping[str, Draws]
    courses: dict[tuple[str, Therapy], Course] = field(default_factory=dict)

    def posterior(self, patient: str) -> Posterior:
        """Return some of the draws of a patient: of those that the forecast of the fit follows."""
        number = self.ready.gathered.patients.index(patient)
        return posterior_of(self.ready, number, self.draws[patient]).thinned(FOLLOWED)

    def course(self, own: Posterior, therapy: Therapy) -> Course:
        """Follow a calendar, or return it as it was followed before."""
        key = (own.patient_id, therapy)
        if (known := self.courses.pop(key, None)) is None:
            known = follow(own, therapy, horizon_day(own.now_day, float(YEARS)))
        self.courses[key] = known
        while len(self.courses) > KEPT:
            self.courses.pop(next(iter(self.courses)))
        return known

    def effective(self, own: Posterior) -> float | None:
        """Return how many draws those that are followed are worth; None where each counts."""
        known = dict(self.saved.fit.apart).get(own.patient_id, self.saved.fit.diagnostics).ess_bulk
        total = max((len(v) for v in self.draws[own.patient_id].values()), default=1)
        return None if known is None else min(1.0, known / total) * own.draws


@lru_cache(maxsize=1)
def desk(study: Path, fit: Path) -> Desk:
    """Lay out a fit.

    Raises
    ------
    StudyError
        If the study is not the one that was fitted.
    ResultsError
        If the folder holds no fit of this version, or no draws.
    """
    saved, whole = load_fit(fit), read_study(study)
    refuse_changed(saved, whole)
    return Desk(make_ready(whole, saved.manifest.choices), saved, load_draws(fit))


def warm(study: Path, fit: Path, patient: str) -> None:
    """Lay out a fit and follow the planned calendar of a patient, so that the next answer is quick."""
    compared(study, fit, patient, ())


def compared(study: Path, fit: Path, patient: str, scenarios: Sequence[Scenario]) -> Fit:
    """Compare calendars for one patient in the same draws.

    Parameters
    ----------
    study, fit : Path
        Folders: the study that was fitted, and the fit.
    patient : str
        One whom the fit knows.
    scenarios : sequence of Scenario
        Their day 0 is the last observation; titles differ.

    Returns
    -------
    Fit
        What the fit says of its guards, and of this patient the curves, chances and differences under the
        planned calendar and under each other.
    """
    at = desk(study, fit)
    own = at.posterior(patient)
    therapy = at.ready.therapy(at.ready.gathered.patients.index(patient))
    calendars = {PLANNED: therapy}
    for scenario in scenarios:
        calendars[scenario.title] = continued(therapy, own.now_day, plain_therapy(scenario, DAYS))
    courses = {title: at.course(own, calendar) for title, calendar in calendars.items()}
    known = definitions(transcript=at.ready.transcript)
    wanted = known_quantities(courses[PLANNED], transcript=at.ready.transcript)
    effective = at.effective(own)
    seed = at.ready.choices.seed
    return replace(
        only_guards(at.saved.fit, patient),
        curves=tuple(
            point
            for title, course in courses.items()
            for point in curves(course, wanted, rng=stream(seed, patient, "forecast"), scenario=title)
        ),
        relapses=tuple(
            forecast
            for title, course in courses.items()
            for forecast in relapses(course, known, scenario=title, years=SHOWN, effective=effective)
        ),
        what_ifs=what_ifs(courses, known, years=SHOWN, effective=effective),
    )


def only_guards(fit: Fit, patient: str) -> Fit:
    """Return a fit with one patient and its guards, and nothing that it says of the future."""
    nothing: dict[str, tuple[()]] = dict.fromkeys(
        ("numbers", "curves", "lines", "relapses", "cures", "what_ifs", "next_measurements", "checks"), ()
    )
    nothing |= dict.fromkeys(("check_rows", "mechanisms", "told_apart", "scores", "refusals", "notes"), ())
    return replace(fit, patients=(patient,), **nothing)  # type: ignore[arg-type]
