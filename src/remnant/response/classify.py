"""The response of every patient of a study, by the criteria that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from remnant.errors import Fault, SettingError
from remnant.response import iwg2006
from remnant.response.calls import ResponseCall
from remnant.response.cytogenetic import CytogeneticResponse, MetaphaseCount, cytogenetic_responses
from remnant.response.durations import ResponseTime, response_times
from remnant.response.history import History, histories
from remnant.response.remission import Remission, remissions
from remnant.response.transfusions import Independence, TransfusionBurden, burdens, independence
from remnant.study.study import Study

CRITERIA: dict[str, Callable[[History], tuple[ResponseCall, ...]]] = {"iwg2006": iwg2006.classify_patient}
NO_METAPHASES: Mapping[str, tuple[MetaphaseCount, ...]] = {}


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
    """

    calls: tuple[ResponseCall, ...]
    independence: tuple[Independence, ...]
    cytogenetic: tuple[CytogeneticResponse, ...]
    burdens: tuple[TransfusionBurden, ...] = ()
    times: tuple[ResponseTime, ...] = ()
    remissions: tuple[Remission, ...] = ()


def classify(
    study: Study,
    *,
    criteria: str = "iwg2006",
    metaphases: Mapping[str, tuple[MetaphaseCount, ...]] = NO_METAPHASES,
) -> Responses:
    """Classify the response of every patient.

    Parameters
    ----------
    study : Study
        Blood counts, marrows, transfusions with their log, and therapy.
    criteria : str, default "iwg2006"
        The published criteria.
    metaphases : mapping of str to tuple of MetaphaseCount
        Karyotypes of each patient, read for the clone; a patient without any gets no cytogenetic response.

    Returns
    -------
    Responses
        A patient without a visit after the first dose has no call.

    Raises
    ------
    SettingError
        If the criteria are not known, or `metaphases` names a patient that the study does not have.
    """
    _check(study, criteria, metaphases)
    judge, confidence = CRITERIA[criteria], study.config.analysis.confidence
    calls: list[ResponseCall] = []
    free: list[Independence] = []
    cytogenetic: list[CytogeneticResponse] = []
    units: list[TransfusionBurden] = []
    times: list[ResponseTime] = []
    kept: list[Remission] = []
    for history in histories(study):
        first, counts = history.treatment.first_dose, metaphases.get(history.patient_id, ())
        mine = judge(history)
        karyotypes: tuple[CytogeneticResponse, ...] = ()
        if first is not None:
            name = history.patient_id
            karyotypes = cytogenetic_responses(name, counts, first_dose=first, confidence=confidence)
            times += response_times(mine, first_dose=first)
        calls += mine
        free += independence(history)
        cytogenetic += karyotypes
        units += burdens(history)
        kept += remissions(history, mine, karyotypes)
    return Responses(*map(tuple, (calls, free, cytogenetic, units, times, kept)))  # type: ignore[arg-type]


def _check(study: Study, criteria: str, metaphases: Mapping[str, object]) -> None:
    faults = []
    if criteria not in CRITERIA:
        near = get_close_matches(criteria, CRITERIA, 1)
        hint = f"did you mean {near[0]}?" if near else "choose one of these"
        faults.append(Fault("criteria", None, "", repr(criteria), " or ".join(CRITERIA), hint))
    for patient in sorted(metaphases.keys() - set(study.patients)):
        expected, hint = "a patient of patients.csv", "names must be the same, letter for letter"
        faults.append(Fault("metaphases", None, "", repr(patient), expected, hint))
    if faults:
        raise SettingError(faults)
