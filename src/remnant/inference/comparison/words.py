"""Which mechanisms the data can and cannot tell apart, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.inference.patient.pareto import TRUSTED_K
from remnant.inference.records import MechanismScore

CLEAR = 4.0  # a difference of log predictive density below this is small however sure it is
ERRORS = 4.0  # standard errors: two, doubled, as with few patients the error is known to half at best
FEWEST = 4  # patients below whom no difference has an error worth the name


def told_apart(scores: Sequence[MechanismScore], patients: int) -> tuple[str, ...]:
    """Say what a comparison shows.

    A mechanism is told from the best if it is behind by at least 4 in log predictive density and by at least
    four standard errors (Sivula, Magnusson, Matamoros & Vehtari 2020, arXiv:2008.10296: small differences and
    few observations make the usual two too few).

    Parameters
    ----------
    scores : sequence of MechanismScore
        Best first, as `compare_mechanisms` gives them.
    patients : int
        How many were left out in turn.

    Returns
    -------
    tuple of str
        Sentences.
    """
    sound = [score for score in scores if score.fit and score.pareto_k <= TRUSTED_K]
    said = [_unsound(score) for score in scores if score not in sound]
    if not sound:
        return ("No mechanism could be evaluated, so nothing is said of which is right.", *said)
    best, others = sound[0], sound[1:]
    if not others:
        return (f"Only one mechanism could be evaluated: {best.title}. There is nothing to compare.", *said)
    if patients < FEWEST:
        few = (
            f"With {_patients(patients)} no mechanism can be told from another: at least {FEWEST} are needed."
        )
        return (few, *said)
    near = [score for score in others if not _clear(score)]
    far = [score for score in others if _clear(score)]
    return (*_near(best, near, patients), *(_far(best, score) for score in far), *_caution(near, far), *said)


def _clear(score: MechanismScore) -> bool:
    return score.behind >= CLEAR and score.behind >= ERRORS * score.behind_error


def _near(best: MechanismScore, near: Sequence[MechanismScore], patients: int) -> tuple[str, ...]:
    if not near:
        return (f"Among the mechanisms compared, the data favour: {best.title}.",)
    names = "; ".join(score.title for score in (best, *near))
    gaps = ", ".join(f"{score.behind:.1f} ± {score.behind_error:.1f}" for score in near)
    return (
        f"These {_patients(patients)} cannot tell apart: {names}. Each foretells a patient left out about "
        f"equally well (behind the first by {gaps}).",
    )


def _far(best: MechanismScore, score: MechanismScore) -> str:
    return (
        f"Less in keeping with the data than {best.title}: {score.title}. It foretells patients left out "
        f"worse, by {score.behind:.1f} ± {score.behind_error:.1f}."
    )


def _caution(near: Sequence[MechanismScore], far: Sequence[MechanismScore]) -> tuple[str, ...]:
    if far:
        return ("A mechanism that was not compared may still be the right one.",)
    return ("That they are alike here does not say that they are alike in the marrow.",) if near else ()


def _unsound(score: MechanismScore) -> str:
    if not score.fit:
        return f"Not evaluable: {score.title}. Its chains cannot be believed."
    reason = f"Pareto k is {score.pareto_k:.2f}, above {TRUSTED_K}"
    if score.pareto_k > 10:
        reason = "his likelihood could not be integrated"
    return f"Not evaluable: {score.title}. At least one patient cannot be left out by weights: {reason}."


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"
