"""The three kinds of remission side by side at each visit; none stands in for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.response.cytogenetic.response import CytogeneticResponse
from remnant.response.record.history import History
from remnant.response.record.transfusions import independent_on
from remnant.response.rules.calls import NOT_EVALUABLE, ResponseCall


@dataclass(frozen=True)
class Remission:
    """In which kinds of remission a patient is on the day of a visit; None where that cannot be told.

    Parameters
    ----------
    patient_id : str
        The patient.
    sample_id : str or None
        The specimen of the visit.
    day : int
        Days since the patient's anchor.
    clinical : bool or None
        Complete remission by the clinical criteria.
    transfusion_independent : bool or None
        Whether the day lies in 56 days or more without red cells.
    cytogenetic : bool or None
        Complete cytogenetic response by the metaphases of this day.
    """

    patient_id: str
    sample_id: str | None
    day: int
    clinical: bool | None
    transfusion_independent: bool | None
    cytogenetic: bool | None


def remissions(
    history: History, calls: Sequence[ResponseCall], cytogenetic: Sequence[CytogeneticResponse]
) -> tuple[Remission, ...]:
    """Say for every visit of one patient which remissions hold."""
    karyotypes = {one.day: one.response for one in cytogenetic}
    complete = {"complete": True, "partial": False, "none": False}
    return tuple(
        Remission(
            call.patient_id,
            call.sample_id,
            call.day,
            _complete(call),
            independent_on(history, call.day),
            complete.get(karyotypes.get(call.day, "")),
        )
        for call in calls
        if call.sample_id is not None
    )


def _complete(call: ResponseCall) -> bool | None:
    """Say whether criteria that know a complete remission see one; those of 2018 know improvement only."""
    if call.category == NOT_EVALUABLE or call.criteria == "IWG 2018":
        return None
    return call.category in ("CR", "CR equivalent")


def remission_at(remissions: Sequence[Remission], patient_id: str, day: int) -> Remission | None:
    """Return the remissions of a patient at the visit on `day`, or None where that day is no visit.

    Examples
    --------
    >>> visits = [Remission("P1", "P1-m6", 180, True, True, None)]
    >>> remission_at(visits, "P1", 180).cytogenetic is None
    True
    """
    return next((one for one in remissions if (one.patient_id, one.day) == (patient_id, day)), None)
