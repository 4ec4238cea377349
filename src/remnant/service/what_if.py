"""What would another calendar change: asked of the newest fit of a study, for one patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from remnant.analysis.fit_observed import Observed
from remnant.analysis.fits import DRAWS, SavedFit, load_fit
from remnant.cohort.scenario.planned import cautions
from remnant.cohort.scenario.text import scenario_text
from remnant.dynamics.model.presets import preset
from remnant.errors import Fault, NotHere
from remnant.inference.records import Fit
from remnant.report import fit_words, numbers
from remnant.service.findings import Standing, folder, standing
from remnant.service.hands import Hands, answered
from remnant.service.what_if_question import Calendar, Given, Question, Terms, scenario_of
from remnant.store.checkout import checkout
from remnant.store.house import Store
from remnant.store.results import Kept, kept
from remnant.store.studies import StudyRecord, revision_called

HANDS = Hands()
SOON_S = 2.0  # how long a request waits; a longer answer is asked for again


@dataclass(frozen=True)
class Stage:
    """What a what-if of one patient starts from.

    Parameters
    ----------
    at : Standing
        What there is of the study.
    kept : Kept
        The fit that is asked.
    number, patient_id : int, str
        Whose.
    fit, observed : Fit, Observed
        What the fit says, and what it is drawn over.
    drugs : tuple of Terms
        Drugs that may be given: those of the preset that the fit has seen.
    """

    at: Standing
    kept: Kept
    number: int
    patient_id: str
    fit: Fit
    observed: Observed
    drugs: tuple[Terms, ...]

    @property
    def now_day(self) -> int:
        """The day of the last observation, from which a calendar counts."""
        return max(one.now_day for one in self.fit.relapses if one.patient_id == self.patient_id)

    @property
    def planned(self) -> str:
        """What goes on as planned, in words."""
        own = [one for one in self.observed.doses if one.patient_id == self.patient_id]
        going = [one.drug for one in own if one.end_day is None or one.end_day > self.now_day]
        if going:
            return f"{' and '.join(dict.fromkeys(going))} goes on as recorded"
        last = max((one.end_day for one in own if one.end_day is not None), default=None)
        return "no drug is given" if last is None else f"no drug is given; the last day was {numbers.day(last)}"


@dataclass(frozen=True)
class Candidate:
    """A patient of the fit, for the list: why not, where no what-if can be asked."""

    number: int
    patient_id: str
    why_not: str


def newest_fit(store: Store, record: StudyRecord) -> Kept | None:
    """Return the fit that what-ifs ask: that of the analysed revision, else the newest."""
    return standing(store, record).fit or next(iter(kept(store, record, "fit")), None)


def candidates(store: Store, record: StudyRecord) -> tuple[Candidate, ...]:
    """List the patients of the fitted revision, in the order of patients.csv; none without a fit."""
    fit = newest_fit(store, record)
    if fit is None:
        return ()
    saved = _saved(folder(store, fit))
    reasons = {one.patient_id: one.reason for one in saved.fit.refusals}
    return tuple(
        Candidate(number, name, "" if name in saved.fit.patients else reasons.get(name, "the fit leaves the patient out"))
        for number, name in enumerate(_patients(_study(store, record, fit)), 1)
    )


def stage(store: Store, record: StudyRecord, number: int) -> Stage:
    """Return what a what-if of one patient starts from.

    Raises
    ------
    NotHere
        If there is no fit, no such patient, the fit leaves the patient out, or no drug was given.
    """
    at, fit = standing(store, record), newest_fit(store, record)
    if fit is None:
        raise _not_here(record, "fit", "none", "a fit of this study", "fit it first: Jobs, Fit")
    saved = _saved(folder(store, fit))
    known = candidates(store, record)
    if not 1 <= number <= len(known):
        raise _not_here(record, "patient", str(number), f"1 to {len(known)}", "numbers follow patients.csv")
    who = known[number - 1]
    if who.why_not:
        raise _not_here(record, f"patient {number}", "not fitted", "a patient of the fit", who.why_not)
    given = {one.drug for one in saved.observed.doses}
    drugs = tuple(Terms.of(d) for d in preset(saved.fit.preset).drugs if d.share is None and d.name in given)
    if not drugs:
        raise _not_here(record, "therapy.csv", "no drug", "a drug of the preset", "nobody was given one")
    return Stage(at, fit, number, who.patient_id, saved.fit, saved.observed, drugs)


def first_question(at: Stage) -> Question:
    """Return the question that a page opens with: to stop now."""
    given = tuple(Given(d.name, 0.0, 0, None, d.days_on, d.cycle_days) for d in at.drugs)
    return Question((Calendar("stop now", given),))


def ask(store: Store, at: Stage, question: Question, *, wait_s: float = SOON_S) -> Fit | None:
    """Compare calendars.

    Parameters
    ----------
    store : Store
        Where the study and the fit are.
    at : Stage
        Whose, and by which fit.
    question : Question
        The calendars beside the planned one.
    wait_s : float
        How long to wait. The first question of a fit takes half a minute: a process starts, and compiles.

    Returns
    -------
    Fit or None
        As `remnant.service.what_if_draws.compared` returns it; None if it is not there yet: ask again.

    Raises
    ------
    RemnantError
        If the fit has no draws, is of another version, or too many ask at once.
    """
    from remnant.service import what_if_draws

    scenarios = tuple(scenario_of(calendar, at.fit.preset) for calendar in question.calendars)
    key = (at.kept.tree, at.patient_id, *map(scenario_text, scenarios))
    study, fit = _study(store, at.at.record, at.kept), folder(store, at.kept)
    asked = HANDS.ask(key, what_if_draws.compared, study, fit, at.patient_id, scenarios)
    return answered(asked, wait_s)


def notes_of(at: Stage, question: Question) -> tuple[str, ...]:
    """Say what a reader must know of the calendars that were asked for."""
    return tuple(
        f"{calendar.title}: {line}."
        for calendar in question.calendars
        for line in cautions(scenario_of(calendar, at.fit.preset))
    )


def warning(at: Stage) -> str:
    """Say that the forecast of the patient must not be used, and why; nothing where it may be."""
    return fit_words.warning_of(at.fit, at.patient_id)


def can_be_asked(store: Store, results: Kept) -> bool:
    """Say whether a fit has the draws that a what-if follows."""
    return (folder(store, results) / DRAWS).is_file()


def _study(store: Store, record: StudyRecord, fit: Kept) -> Path:
    return checkout(store, revision_called(store, record, fit.revision).tree)


@lru_cache(maxsize=4)
def _saved(path: Path) -> SavedFit:
    return load_fit(path)


@lru_cache(maxsize=16)
def _patients(study: Path) -> tuple[str, ...]:
    from remnant.study import read_study

    return tuple(read_study(study)["patients"]["patient_id"].to_list())


def _not_here(record: StudyRecord, place: str, found: str, expected: str, hint: str) -> NotHere:
    return NotHere([Fault(record.slug, None, place, found, expected, hint)])
