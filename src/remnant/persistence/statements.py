"""The statements of the paper, each tested on the study at hand.

Tehranchi et al. (2010) N Engl J Med 363:1025, doi:10.1056/NEJMoa0912228, abstract: before treatment nearly
all progenitors and stem cells carry the clone; in remission progenitors are efficiently reduced; a larger
part of the stem cells is not; and in most patients the clone returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remnant.persistence.relapse import CloneReading, Relapse, probability_higher
from remnant.persistence.selective import PooledPersistence

NEARLY_ALL = (
    0.90  # "virtually all" in the paper; an earlier series of the group had at least 94 % in stem cells
)


class Verdict(StrEnum):
    """What a study says of a statement."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"
    NOT_EVALUABLE = "not evaluable"


@dataclass(frozen=True)
class Statement:
    """One statement of Tehranchi et al. (2010) and its verdict here.

    Parameters
    ----------
    number : int
        Its order in the paper's argument.
    text : str
        The statement.
    verdict : Verdict
        What this study says of it.
    evidence : str
        The numbers behind the verdict, in words.
    patients : int
        Patients that could be judged.
    """

    number: int
    text: str
    verdict: Verdict
    evidence: str
    patients: int


@dataclass(frozen=True)
class PatientReadings:
    """The readings of one compartment of one patient, before treatment and in remission.

    Parameters
    ----------
    baseline, remission : CloneReading or None
        The last before treatment, and the first in remission.
    """

    baseline: CloneReading | None
    remission: CloneReading | None


def statements(
    stem: Mapping[str, PatientReadings],
    progenitor: Mapping[str, PatientReadings],
    pooled: Sequence[PooledPersistence],
    relapses: Sequence[Relapse],
    *,
    probability: float,
) -> tuple[Statement, ...]:
    """Test the paper's statements.

    Parameters
    ----------
    stem, progenitor : Mapping of str to PatientReadings
        By patient.
    pooled : sequence of PooledPersistence
        The pooled comparison; the one in remission is used.
    relapses : sequence of Relapse
        Of every kind and patient.
    probability : float
        Posterior probability that a patient's verdict must reach.
    """
    remission = next((item for item in pooled if item.phase == "remission"), None)
    return (
        _nearly_all(1, "stem cells", stem, probability),
        _nearly_all(2, "progenitors", progenitor, probability),
        _reduced(progenitor, probability),
        _spared(remission, probability),
        _most_relapse(relapses),
    )


def _share(number: int, text: str, yes: int, no: int, judged: int, evidence: str) -> Statement:
    """Judge a statement about patients by a majority of those that could be judged."""
    if judged == 0:
        return Statement(number, text, Verdict.NOT_EVALUABLE, "no patient could be judged", 0)
    verdict = Verdict.UNDECIDED
    if 2 * yes > judged:
        verdict = Verdict.SUPPORTED
    elif 2 * no > judged:
        verdict = Verdict.CONTRADICTED
    return Statement(number, text, verdict, evidence, judged)


def _nearly_all(
    number: int, cells: str, readings: Mapping[str, PatientReadings], probability: float
) -> Statement:
    text = f"Before treatment nearly all {cells} carry the clone (above {100 * NEARLY_ALL:.0f} %)"
    chances = [
        item.baseline.posterior.probability_above(NEARLY_ALL) for item in readings.values() if item.baseline
    ]
    yes, no = _counts(chances, probability)
    evidence = f"{yes} of {len(chances)} patients above it, {no} below, with probability {probability:g}"
    return _share(number, text, yes, no, len(chances), evidence)


def _reduced(readings: Mapping[str, PatientReadings], probability: float) -> Statement:
    text = "In remission progenitors are efficiently reduced (to less than half of their baseline fraction)"
    chances = [
        1 - probability_higher(item.remission.posterior, item.baseline.posterior, times=0.5)
        for item in readings.values()
        if item.baseline and item.remission
    ]
    yes, no = _counts(chances, probability)
    evidence = f"{yes} of {len(chances)} patients reduced, {no} not, with probability {probability:g}"
    return _share(3, text, yes, no, len(chances), evidence)


def _spared(pooled: PooledPersistence | None, probability: float) -> Statement:
    text = "In remission a larger part of the stem cells than of the progenitors carries the clone"
    if pooled is None or pooled.probability is None:
        return Statement(4, text, Verdict.NOT_EVALUABLE, "no patient has both compartments in remission", 0)
    verdict = Verdict.UNDECIDED
    if pooled.probability >= probability:
        verdict = Verdict.SUPPORTED
    elif pooled.probability <= 1 - probability:
        verdict = Verdict.CONTRADICTED
    # Three figures and never a certainty: a posterior of 0.99996 is not 1.000.
    chance = "above 0.999" if pooled.probability >= 0.9995 else f"{max(pooled.probability, 0.001):.3f}"
    evidence = (
        f"pooled probability {chance}; {pooled.above} of {pooled.patients} patients in this direction, sign "
        f"test p = {pooled.sign_p:.2g} (the least possible is {pooled.smallest_p:.2g})"
    )
    return Statement(4, text, verdict, evidence, pooled.patients)


def _most_relapse(relapses: Sequence[Relapse]) -> Statement:
    text = "In most patients that reached remission the disease returns"
    reached: dict[str, list[str]] = {}
    for item in relapses:
        if item.remission_day is not None:
            kinds = reached.setdefault(item.patient_id, [])
            if item.day is not None:
                kinds.append(item.kind)
    returned = sum(bool(kinds) for kinds in reached.values())
    evidence = (
        f"{returned} of {len(reached)} patients, by blood, metaphases or sorted cells, within follow-up"
    )
    # Patients still in remission may yet relapse: few returns so far contradict nothing.
    return _share(5, text, returned, 0, len(reached), evidence)


def _counts(chances: Sequence[float], probability: float) -> tuple[int, int]:
    yes = sum(chance >= probability for chance in chances)
    no = sum(chance <= 1 - probability for chance in chances)
    return yes, no
