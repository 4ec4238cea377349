"""The response of every patient of a study, by the criteria that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from remnant.errors import Fault, SettingError
from remnant.response import iwg2006, iwg2018, iwg2023
from remnant.response.calls import ResponseCall
from remnant.response.cytogenetic import CytogeneticResponse, MetaphaseCount, cytogenetic_responses
from remnant.response.durations import ResponseTime, response_times
from remnant.response.history import History, histories
from remnant.response.remission import Remission, remissions
from remnant.response.transfusions import Independence, TransfusionBurden, burdens, independence
from remnant.study.study import Study

NO_METAPHASES: Mapping[str, tuple[MetaphaseCount, ...]] = {}
DEFAULTS = iwg2023.Iwg2023Options()

Judge = Callable[[History, Sequence[CytogeneticResponse], iwg2023.Iwg2023Options], tuple[ResponseCall, ...]]


def _by_2006(
    history: History, karyotypes: Sequence[CytogeneticResponse], options: iwg2023.Iwg2023Options
) -> tuple[ResponseCall, ...]:
    del karyotypes, options  # neither has a part in these criteria
    return iwg2006.classify_patient(history)


def _by_2018(
    history: History, karyotypes: Sequence[CytogeneticResponse], options: iwg2023.Iwg2023Options
) -> tuple[ResponseCall, ...]:
    del karyotypes
    return iwg2018.classify_patient(history, options.improvement)


CRITERIA: dict[str, Judge] = {
    "iwg2006": _by_2006,
    "iwg2018": _by_2018,
    "iwg2023": iwg2023.classify_patient,
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
    """

    calls: tuple[ResponseCall, ...]
    independence: tuple[Independence, ...]
    cytogenetic: tuple[CytogeneticResponse, ...]
    burdens: tuple[TransfusionBurden, ...] = ()
    times: tuple[ResponseTime, ...] = ()
    remissions: tuple[Remission, ...] = ()
    criteria: str = "iwg2006"


@dataclass
class _Set:
    """What one criteria set says, as patients are added."""

    judge: Judge
    calls: list[ResponseCall] = field(default_factory=list)
    times: list[ResponseTime] = field(default_factory=list)
    kept: list[Remission] = field(default_factory=list)

    def add(
        self,
        history: History,
        karyotypes: tuple[CytogeneticResponse, ...],
        options: iwg2023.Iwg2023Options,
    ) -> None:
        mine = self.judge(history, karyotypes, options)
        self.calls += mine
        if history.treatment.first_dose is not None:
            self.times += response_times(mine, first_dose=history.treatment.first_dose)
        self.kept += remissions(history, mine, karyotypes)


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
        for one in sets.values():
            one.add(history, karyotypes, options)
    shared = tuple(free), tuple(cytogenetic), tuple(units)
    return tuple(
        Responses(tuple(one.calls), *shared, tuple(one.times), tuple(one.kept), name)
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
