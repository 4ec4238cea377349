"""FISH of unsorted marrow beside the karyotype of the same sample: response by each, and how they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.analysis.compartments import Clones
from remnant.analysis.karyotypes import KaryotypeResult, metaphase_counts
from remnant.analysis.plan import Plan
from remnant.response import Discordance, FishCount, FishResponse, History, discordances, fish_responses
from remnant.study.study import Study


@dataclass(frozen=True)
class FishAnswers:
    """Response by FISH of unsorted cells, and its agreement with the metaphases.

    Parameters
    ----------
    responses : tuple of FishResponse
        At every sample with nuclei after the first dose, patients in order.
    discordances : tuple of Discordance
        At every sample with both.
    """

    responses: tuple[FishResponse, ...]
    discordances: tuple[Discordance, ...]


def fish_answers(
    study: Study,
    plan: Plan,
    clones: Clones,
    karyotypes: Sequence[KaryotypeResult],
    patients: Mapping[str, History],
) -> FishAnswers:
    """Judge the unsorted slides of every patient; nothing where the plan names no bulk compartment."""
    nuclei = _bulk_counts(study, plan, clones)
    metaphases = metaphase_counts(karyotypes)
    confidence = plan.analysis.confidence
    responses: list[FishResponse] = []
    compared: list[Discordance] = []
    for patient in study.patients:
        mine = nuclei.get(patient, ())
        compared += discordances(patient, metaphases.get(patient, ()), mine, confidence=confidence)
        first = patients[patient].treatment.first_dose
        if first is not None:
            responses += fish_responses(patient, mine, first_dose=first, confidence=confidence)
    return FishAnswers(tuple(responses), tuple(compared))


def _bulk_counts(study: Study, plan: Plan, clones: Clones) -> dict[str, tuple[FishCount, ...]]:
    """Return the nuclei of unsorted samples by patient, with the cut-off for so many."""
    bulk = plan.with_role("bulk")
    counts: dict[str, list[FishCount]] = {}
    for patient, sample, day in study.visits():
        clone = clones.get((sample, bulk or ""))
        if clone is None:
            continue
        found = clone.estimate
        source = found.observed.sources[0]
        count = FishCount(
            sample, day, found.nuclei_abnormal, found.nuclei_scored, found.cutoff_count, source, found.probe
        )
        counts.setdefault(patient, []).append(count)
    return {patient: tuple(mine) for patient, mine in counts.items()}
