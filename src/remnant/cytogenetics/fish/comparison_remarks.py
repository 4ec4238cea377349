"""What a comparison says in a sentence, and what a reader must know before believing it."""

from __future__ import annotations

from math import inf

from remnant.cytogenetics.fish.compare_patients import PatientsComparison
from remnant.cytogenetics.fish.paired_slides import Pairing
from remnant.stats.tables.strata import Separation

FEW = 6  # patients below which a spread between them is weakly known, whatever fits it


def summary_of(found: PatientsComparison | None, *, stem: str, progenitor: str, confidence: float) -> str:
    """Say what the counts of all patients together show, by the exact conditional odds ratio."""
    if found is None:
        return "No patient has nuclei scored in both compartments: nothing can be said."
    exact, covered = found.exact, f"exact {100 * confidence:g} %"
    people = "one patient" if found.patients == 1 else f"{found.patients} patients"
    if not exact.informative:
        return f"{people.capitalize()}: all nuclei are alike, so the counts say nothing of a difference."
    if exact.value == inf:
        size = (
            f"the odds ratio is above {exact.lower_one_sided:.3g} ({covered} one-sided), without upper bound"
        )
    elif exact.value == 0:
        size = f"the odds ratio is below {exact.upper_one_sided:.3g} ({covered} one-sided)"
    else:
        size = f"the odds ratio is {exact.value:.3g} ({covered} {exact.lower:.3g} to {exact.upper:.3g})"
    if exact.lower > 1:
        said = f"more nuclei are abnormal in {stem} than in {progenitor}"
    elif exact.upper < 1:
        said = f"fewer nuclei are abnormal in {stem} than in {progenitor}"
    else:
        said = "the counts do not tell the two compartments apart"
    return f"{people.capitalize()}: {said}; {size}, p = {exact.p_two_sided:.2g}."


def remarks_on(
    found: PatientsComparison | None, pairing: Pairing, *, by_sample: bool = False
) -> tuple[str, ...]:
    """Say what limits the answers, and who is not in them."""
    remarks = [f"{_who(item.patient, item.visit)} is left out: {item.reason}" for item in pairing.left_out]
    if pairing.ignored:
        remarks.append(f"ignored compartments: {', '.join(pairing.ignored)}")
    if by_sample:
        remarks.append("the table names samples, not patients: each sample counts as a patient of its own")
    if found is None:
        return tuple(remarks)
    return (*remarks, *_on_counts(found), *_on_fits(found), *_on_patients(found))


def _who(patient: str, visit: str | None) -> str:
    return patient if visit is None else f"{patient}, {visit}"


def _on_counts(found: PatientsComparison) -> list[str]:
    remarks = []
    if found.separation is Separation.NOTHING_TO_COMPARE:
        remarks.append("no patient has both normal and abnormal nuclei: there is nothing to compare")
    elif found.separation is not Separation.NONE:
        way, limit = ("infinity", "lower") if found.separation is Separation.TO_INFINITY else ("0", "upper")
        remarks.append(
            f"separated: an odds ratio of {way} fits best, so maximum likelihood has no finite answer; read "
            f"the exact one-sided {limit} limit and the Firth estimate"
        )
    silent = sum(not item.exact.informative for item in found.by_patient)
    if 0 < silent < found.visits:
        remarks.append(f"{silent} of {found.visits} have only normal or only abnormal nuclei and say nothing")
    return remarks


def _on_fits(found: PatientsComparison) -> list[str]:
    remarks = []
    if found.mixed is None and found.patients > 1 and found.separation is Separation.NONE:
        remarks.append("the mixed model has no finite answer: one compartment has only one kind of nuclei")
    if found.mixed is not None and not found.mixed.converged:
        remarks.append("the mixed model did not converge: do not use its numbers")
    if found.mixed is not None and abs(found.mixed.quadrature_error) > 0.02:
        remarks.append(
            f"patients differ so widely (standard deviation {found.mixed.sd_patient:.2g} log odds) that 25 "
            "nodes miss the likelihood of the mixed model: prefer the exact conditional odds ratio"
        )
    if found.firth is not None and not found.firth.converged:
        remarks.append("the Firth fit did not converge: do not use its numbers")
    agreement = found.mantel_haenszel and found.mantel_haenszel.tarone
    if agreement and agreement.p < 0.05:
        remarks.append(
            f"patients differ (Tarone p = {agreement.p:.2g}): one odds ratio does not describe them all; "
            "look at each, and at the random effects"
        )
    return remarks


def _on_patients(found: PatientsComparison) -> list[str]:
    remarks = []
    if found.patients == 1:
        remarks.append("one patient: a spread between patients cannot be told, so there is no mixed model")
    elif found.patients < FEW:
        remarks.append(
            f"{found.patients} patients, fewer than {FEW}: the spread between patients is weakly known, and "
            "with it the mixed model and the random effects"
        )
    if found.visits > found.patients:
        remarks.append(
            "some patients have several visits: the pooled answers treat each visit as a patient of its own; "
            "the tests over patients take each patient's mean; --visit takes one visit alone"
        )
    if found.paired.permutation is None:
        remarks.append("more than 40 patients differ: the sign-flip test is not counted out; read Wilcoxon's")
    sign = found.paired.sign
    if sign.smallest_p > 0.05:
        remarks.append(
            f"patients that differ: {sign.above + sign.below}; no test over so few patients can reach 0.05: "
            f"the sign test gives {sign.smallest_p:.3g} at best"
        )
    return remarks
