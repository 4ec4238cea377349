"""The statements of the paper, each tested on the study at hand.

Tehranchi et al. (2010) N Engl J Med 363:1025, doi:10.1056/NEJMoa0912228, abstract: before treatment nearly
all progenitors and stem cells carry the clone; in remission progenitors are efficiently reduced; a larger
part of the stem cells is not; and in most patients the clone returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from remnant.persistence.joint import NEARLY_ALL, JointPersistence
from remnant.persistence.joint_pool import PooledPersistence
from remnant.persistence.relapse import Relapse

JUDGED = {1: "stem nearly all", 2: "progenitors nearly all", 3: "progenitors reduced"}


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


def statements(
    joint: JointPersistence | None, relapses: Sequence[Relapse], *, probability: float
) -> tuple[Statement, ...]:
    """Test the paper's statements.

    Parameters
    ----------
    joint : JointPersistence or None
        The joint model of the study; None where no nucleus was scored.
    relapses : sequence of Relapse
        Of every kind and patient.
    probability : float
        Posterior probability that a verdict must reach.
    """
    pooled = () if joint is None else joint.pooled
    remission = next((item for item in pooled if item.phase == "remission"), None)
    above = f"(above {100 * NEARLY_ALL:.0f} %)"
    reduced = (
        "In remission progenitors are efficiently reduced (to less than half of their baseline fraction)"
    )
    return (
        _in_most(1, f"Before treatment nearly all stem cells carry the clone {above}", joint, probability),
        _in_most(2, f"Before treatment nearly all progenitors carry the clone {above}", joint, probability),
        _in_most(3, reduced, joint, probability),
        _spared(remission, probability),
        _most_relapse(relapses),
    )


def _verdict(yes: float, no: float, probability: float) -> Verdict:
    if yes >= probability:
        return Verdict.SUPPORTED
    return Verdict.CONTRADICTED if no >= probability else Verdict.UNDECIDED


def _chance(probability: float) -> str:
    """Say a probability with three figures, never a certainty: a posterior of 0.99996 is not 1.000."""
    return "above 0.999" if probability >= 0.9995 else f"{max(probability, 0.001):.3f}"


def _in_most(number: int, text: str, joint: JointPersistence | None, probability: float) -> Statement:
    """Judge a statement about patients: whether it holds in more than half of those studied."""
    name = JUDGED[number]
    share = next((item for item in joint.shares if item.statement == name), None) if joint else None
    if share is None or joint is None:
        return Statement(number, text, Verdict.NOT_EVALUABLE, "no patient could be judged", 0)
    verdict = _verdict(share.most, share.fewest, probability) if joint.converged else Verdict.UNDECIDED
    evidence = (
        f"more likely than not in {share.likely} of {share.patients} patients; in more than half of them "
        f"with probability {_chance(share.most)}"
    )
    return Statement(number, text, verdict, evidence, share.patients)


def _spared(pooled: PooledPersistence | None, probability: float) -> Statement:
    text = "In remission a larger part of the stem cells than of the progenitors carries the clone"
    if pooled is None or pooled.probability is None:
        why = "no patient has both compartments in remission" if pooled is None else pooled.log_odds.reason
        return Statement(4, text, Verdict.NOT_EVALUABLE, why, 0 if pooled is None else pooled.patients)
    verdict = _verdict(pooled.probability, 1 - pooled.probability, probability)
    evidence = (
        f"pooled probability {_chance(pooled.probability)}; {pooled.above} of {pooled.patients} patients in "
        f"this direction, sign test p = {pooled.sign_p:.2g} (the least possible is {pooled.smallest_p:.2g})"
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
    if not reached:
        return Statement(5, text, Verdict.NOT_EVALUABLE, "no patient could be judged", 0)
    verdict = Verdict.SUPPORTED if 2 * returned > len(reached) else Verdict.UNDECIDED
    return Statement(5, text, verdict, evidence, len(reached))
