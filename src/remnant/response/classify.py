"""The response of every patient of a study, by the criteria that are asked for."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from remnant.errors import Fault, SettingError
from remnant.response import iwg2006, iwg2018, iwg2023
from remnant.response.cytogenetic.response import CytogeneticResponse, MetaphaseCount, cytogenetic_responses
from remnant.response.durations import ResponseTime, response_times
from remnant.response.progression import Progression, progressions
from remnant.response.record.history import History, histories
from remnant.response.record.transfusions import Independence, TransfusionBurden, burdens, independence
from remnant.response.remission import Remission, remissions
from remnant.response.rules.calls import ResponseCall
from remnant.study.study import Study

NO_METAPHASES: Mapping[str, tuple[MetaphaseCount, ...]] = {}
DEFAULTS = iwg2023.Iwg2023Options()


@dataclass(frozen=True)
class Patient:
    """One patient, with what several criteria sets share."""

    history: History
    karyotypes: tuple[CytogeneticResponse, ...]
    options: iwg2023.Iwg2023Options

    @cached_property
    def improvement(self) -> iwg2018.Judged | None:
        """Haematologic improvement by IWG 2018, which IWG 2023 takes over; None without a first dose."""
        treated = self.history.treatment.first_dose is not None
        return iwg2018.judge_patient(self.history, self.options.improvement) if treated else None


def _by_2006(patient: Patient) -> tuple[ResponseCall, ...]:
    return iwg2006.classify_patient(patient.history)


def _by_2018(patient: Patient) -> tuple[ResponseCall, ...]:
    if patient.improvement is None:
        return iwg2018.classify_patient(patient.history)
    return iwg2018.calls_of(patient.improvement)


def _by_2023(patient: Patient) -> tuple[ResponseCall, ...]:
    if patient.improvement is None:
        return iwg2023.classify_patient(patient.history)
    return iwg2023.calls_of(patient.improvement, patient.karyotypes, patient.options)


CRITERIA: dict[str, Callable[[Patient], tuple[ResponseCall, ...]]] = {
    "iwg2006": _by_2006,
    "iwg2018": _by_2018,
    "iwg2023": _by_2023,
}


@dataclass(frozen=True)
class Responses:
    """Clinical, transfusion and cytogenetic response of every patient, patients in order, days in order.

    Parameters
    ----------
    calls : tuple of ResponseCall
        Category per visit, with its rules.
    independence : tuple of Independence
        Three windows for each patient.
    cytogenetic : tuple of CytogeneticResponse
        One for each karyotype after the first dose.
    burdens : tuple of TransfusionBurden
        Units of red cells in 56 days, before and on treatment.
    times : tuple of ResponseTime
        Time to each response, and how long it lasted.
    remissions : tuple of Remission
        The three kinds of remission side by side, one for each visit.
    criteria : str
        The criteria of the calls, as study.toml names them.
    progressions : tuple of Progression
        First relapse, progression and failure of each patient, by the criteria of the calls.
    """

    calls: tuple[ResponseCall, ...]
    independence: tuple[Independence, ...]
    cytogenetic: tuple[CytogeneticResponse, ...]
    burdens: tuple[TransfusionBurden, ...] = ()
    times: tuple[ResponseTime, ...] = ()
    remissions: tuple[Remission, ...] = ()
    criteria: str = "iwg2006"
    progressions: tuple[Progression, ...] = ()


@dataclass
class _Set:
    """What one criteria set says, as patients are added."""

    judge: Callable[[Patient], tuple[ResponseCall, ...]]
    calls: list[ResponseCall] = field(default_factory=list)
    times: list[ResponseTime] = field(default_factory=list)
    kept: list[Remission] = field(default_factory=list)
    events: list[Progression] = field(default_factory=list)

    def add(self, patient: Patient) -> None:
        mine, first = self.judge(patient), patient.history.treatment.first_dose
        self.calls += mine
        if first is not None:
            self.times += response_times(mine, first_dose=first)
        self.kept += remissions(patient.history, mine, patient.karyotypes)
        self.events += progressions(mine)


def classify(
    study: Study,
    *,
    criteria: str = "iwg2006",
    metaphases: Mapping[str, tuple[MetaphaseCount, ...]] = NO_METAPHASES,
    options: iwg2023.Iwg2023Options = DEFAULTS,
) -> Responses:
    """Classify the response of every patient.

    Parameters
    ----------
    study : Study
        Blood counts, marrows, transfusions with their log, and therapy.
    criteria : str, default "iwg2006"
        The published criteria: `iwg2006`, `iwg2018` or `iwg2023`.
    metaphases : mapping of str to tuple of MetaphaseCount
        Karyotypes of each patient, read for the clone; a patient without any gets no cytogenetic response.
    options : Iwg2023Options, optional
        Readings of IWG 2023, and within them of IWG 2018, that can be switched.

    Returns
    -------
    Responses
        A patient without a visit after the first dose has no call.

    Raises
    ------
    SettingError
        If the criteria are not known, or `metaphases` names a patient that the study does not have.
    """
    return classify_all(study, criteria=(criteria,), metaphases=metaphases, options=options)[0]


def classify_all(
    study: Study,
    *,
    criteria: Iterable[str] = tuple(CRITERIA),
    metaphases: Mapping[str, tuple[MetaphaseCount, ...]] = NO_METAPHASES,
    options: iwg2023.Iwg2023Options = DEFAULTS,
) -> tuple[Responses, ...]:
    """Classify the response of every patient by several criteria, side by side.

    Parameters
    ----------
    study, metaphases, options
        As for `classify`.
    criteria : iterable of str
        The published criteria, by default all; each is looked at once.

    Returns
    -------
    tuple of Responses
        One for each of `criteria`, in their order; what does not depend on criteria is the same in each.

    Raises
    ------
    SettingError
        As for `classify`.
    """
    names = tuple(dict.fromkeys(criteria))
    _check(study, names, metaphases)
    with _without_collection():
        return _classified(study, names, metaphases, options)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the search for cycles: half a million records are made, and all of them are kept."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            if not gc.get_freeze_count():
                # Straight to the oldest generation: otherwise they are all searched once, at the next record.
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _classified(
    study: Study,
    names: Sequence[str],
    metaphases: Mapping[str, tuple[MetaphaseCount, ...]],
    options: iwg2023.Iwg2023Options,
) -> tuple[Responses, ...]:
    confidence = study.config.analysis.confidence
    sets = {name: _Set(CRITERIA[name]) for name in names}
    free: list[Independence] = []
    cytogenetic: list[CytogeneticResponse] = []
    units: list[TransfusionBurden] = []
    for history in histories(study):
        first, counts = history.treatment.first_dose, metaphases.get(history.patient_id, ())
        karyotypes: tuple[CytogeneticResponse, ...] = ()
        if first is not None:
            name = history.patient_id
            karyotypes = cytogenetic_responses(name, counts, first_dose=first, confidence=confidence)
        free += independence(history)
        cytogenetic += karyotypes
        units += burdens(history)
        patient = Patient(history, karyotypes, options)
        for one in sets.values():
            one.add(patient)
    shared = tuple(free), tuple(cytogenetic), tuple(units)
    return tuple(
        Responses(
            tuple(one.calls),
            *shared,
            tuple(one.times),
            tuple(one.kept),
            name,
            tuple(one.events),
        )
        for name, one in sets.items()
    )


def _check(study: Study, criteria: Sequence[str], metaphases: Mapping[str, object]) -> None:
    faults = []
    for name in criteria:
        if name not in CRITERIA:
            near = get_close_matches(name, CRITERIA, 1)
            hint = f"did you mean {near[0]}?" if near else "choose one of these"
            faults.append(Fault("criteria", None, "", repr(name), " or ".join(CRITERIA), hint))
    for patient in sorted(metaphases.keys() - set(study.patients)):
        expected, hint = "a patient of patients.csv", "names must be the same, letter for letter"
        faults.append(Fault("metaphases", None, "", repr(patient), expected, hint))
    if faults:
        raise SettingError(faults)
