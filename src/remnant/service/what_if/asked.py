"""What would another calendar change: asked of the newest fit of a study, for one patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from remnant.analysis.fit_observed import Observed
from remnant.analysis.fits import DRAWS, SavedFit, load_fit
from remnant.cohort.scenario.planned import cautions
from remnant.cohort.scenario.text import scenario_text
from remnant.dynamics.model.presets import preset
from remnant.errors import Fault, NotHere, UnfinishedError
from remnant.inference.records import Fit
from remnant.report import fit_words, numbers
from remnant.service.found.findings import Standing, folder, standing
from remnant.service.what_if.hands import Hands, answered
from remnant.service.what_if.question import (
    FOLLOWED,
    Calendar,
    Given,
    Question,
    Terms,
    presets_of,
    scenario_of,
)
from remnant.store.files.checkout import checkout
from remnant.store.house import Store
from remnant.store.studies.results import Kept, kept
from remnant.store.studies.studies import StudyRecord, revision_called

HANDS = Hands()
LONG_S = 90.0  # how long a program waits, which asks once
WAITING = 8  # who wait for an answer, each with a thread of the server: the rest are for pages
_QUEUE = BoundedSemaphore(WAITING)
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
        return (
            "no drug is given" if last is None else f"no drug is given; the last day was {numbers.day(last)}"
        )


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
        Candidate(
            number,
            name,
            "" if name in saved.fit.patients else reasons.get(name, "the fit leaves the patient out"),
        )
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
    return Question(presets_of(at.drugs)[:1])


def blank(at: Stage, number: int) -> Calendar:
    """Return a calendar as the label has it, to be changed."""
    given = tuple(Given(d.name, d.full_dose_mg, 0, None, d.days_on, d.cycle_days) for d in at.drugs)
    return Calendar(f"Calendar {number}", given)


def draws() -> int:
    """Count the draws that are followed."""
    return FOLLOWED


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
        As `remnant.service.what_if.draws.compared` returns it; None if it is not there yet: ask again.

    Raises
    ------
    RemnantError
        If the fit has no draws, is of another version, or too many ask at once.
    """
    from remnant.service.what_if import draws as what_if_draws

    scenarios = tuple(scenario_of(calendar, at.fit.preset) for calendar in question.calendars)
    key = (at.kept.tree, at.patient_id, *map(scenario_text, scenarios))
    study, fit = _study(store, at.at.record, at.kept), folder(store, at.kept)
    asked = HANDS.ask(key, what_if_draws.compared, study, fit, at.patient_id, scenarios)
    return answered(asked, wait_s)


def answer_to(store: Store, at: Stage, question: Question, *, wait_s: float = LONG_S) -> Fit:
    """Compare calendars, and wait for the answer; see `ask`.

    Raises
    ------
    UnfinishedError
        If the answer takes longer than that.
    """
    if not _QUEUE.acquire(blocking=False):
        hint = "ask again in a minute"
        raise UnfinishedError([Fault("what-if", None, "", "too many who wait", f"at most {WAITING}", hint)])
    try:
        found = ask(store, at, question, wait_s=wait_s)
    finally:
        _QUEUE.release()
    if found is None:
        hint = "ask again: the first question of a fit prepares it"
        raise UnfinishedError(
            [Fault("what-if", None, "", f"no answer within {wait_s:g} s", "an answer", hint)]
        )
    return found


@dataclass(frozen=True)
class ChanceRow:
    """The chance of one kind of relapse under one calendar by one time, and what the planned one has.

    Parameters
    ----------
    calendar, relapse, standing : str
        Title, kind, and where the patient stands now.
    years : float or None
        From the last observation; None where nothing is forecast.
    probability, standard_error : float or None
        Mean over draws, and the error that their number leaves.
    difference, lower, upper : float or None
        Less that under the planned calendar in the same draws, with the 90 % interval of this mean.
    later_days : float or None
        Mean days free of relapse that are gained.
    may_be_used : bool
        Whether the fit holds its guards.
    """

    calendar: str
    relapse: str
    standing: str
    years: float | None
    probability: float | None
    standard_error: float | None
    difference: float | None
    lower: float | None
    upper: float | None
    later_days: float | None
    may_be_used: bool


def rows_of(fit: Fit) -> tuple[ChanceRow, ...]:
    """Lay out an answer, a row for each calendar, kind of relapse and time."""
    usable = dict(fit.apart).get(fit.patients[0], fit.diagnostics).fit
    compared = {(one.second, one.kind, one.years): one for one in fit.what_ifs}
    rows = []
    for one in fit.relapses:
        place = (one.scenario, one.kind, one.standing)
        if not one.chances:
            rows.append(ChanceRow(*place, None, None, None, None, None, None, None, usable))
        for chance in one.chances:
            other = compared.get((one.scenario, one.kind, chance.years))
            known = (chance.years, chance.probability, chance.standard_error)
            gained: tuple[float | None, float | None, float | None, float | None] = (None,) * 4
            if other is not None:
                gained = (other.difference, other.lower, other.upper, other.later_days)
            rows.append(ChanceRow(*place, *known, *gained, usable))
    return tuple(rows)


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
