"""What the marrow makes under treatment: blood line by line, colonies by lineage, maturation by stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remnant.analysis.before_after import before_and_after
from remnant.analysis.maturation import MaturationReading, maturation_readings
from remnant.analysis.plan import Plan
from remnant.culture import ColonyYield
from remnant.culture.change import RatioEstimate
from remnant.culture.lineages import LineageOutput, lineage_outputs, output_ratio
from remnant.response import History
from remnant.response.blood_course import BloodCourse, blood_courses
from remnant.study.study import Study


@dataclass(frozen=True)
class LineageChange:
    """Colony output of one lineage, from the last sample before treatment to the first in remission.

    Parameters
    ----------
    patient_id, compartment, assay, lineage : str
        What is compared.
    before, after : str or None
        Samples; None where there is none.
    ratio : RatioEstimate
        Colonies per cell plated, after over before.
    """

    patient_id: str
    compartment: str
    assay: str
    lineage: str
    before: str | None
    after: str | None
    ratio: RatioEstimate


@dataclass(frozen=True)
class Haematopoiesis:
    """The whole study.

    Parameters
    ----------
    blood : tuple of BloodCourse
        Haemoglobin, platelets and neutrophils of every treated patient.
    lineages : tuple of LineageOutput
        Colonies by lineage of every sample that has them told apart.
    changes : tuple of LineageChange
        Each against the sample before treatment.
    maturation : tuple of MaturationReading
        Stages of the lineages that study.toml declares.
    """

    blood: tuple[BloodCourse, ...] = ()
    lineages: tuple[LineageOutput, ...] = ()
    changes: tuple[LineageChange, ...] = ()
    maturation: tuple[MaturationReading, ...] = ()


NOTHING_MADE = Haematopoiesis()


def haematopoiesis(
    study: Study,
    plan: Plan,
    histories: Mapping[str, History],
    colonies: Sequence[ColonyYield],
    *,
    in_remission: Sequence[str],
) -> Haematopoiesis:
    """Gather what the marrow makes.

    Parameters
    ----------
    study, plan
        What was measured, and every choice.
    histories : mapping of str to History
        By patient.
    colonies : sequence of ColonyYield
        Of the whole study.
    in_remission : sequence of str
        Samples in remission.
    """
    confidence = plan.analysis.confidence
    outputs = lineage_outputs(colonies, confidence=confidence)
    first_doses = {patient: history.treatment.first_dose for patient, history in histories.items()}
    changes: list[LineageChange] = []
    for patient in study.patients:
        days = dict(study.samples_of(patient).select("sample_id", "day").iter_rows())
        mine = [item for item in outputs if item.sample_id in days]
        changes += _changes(patient, mine, days, first_doses[patient], in_remission, confidence)
    return Haematopoiesis(
        tuple(course for history in histories.values() for course in blood_courses(history)),
        outputs,
        tuple(changes),
        maturation_readings(study, plan, first_doses),
    )


def _changes(
    patient: str,
    outputs: Sequence[LineageOutput],
    days: Mapping[str, int],
    first_dose: int | None,
    in_remission: Sequence[str],
    confidence: float,
) -> list[LineageChange]:
    changes = []
    for place in dict.fromkeys((item.compartment, item.assay, item.lineage) for item in outputs):
        own = [item for item in outputs if (item.compartment, item.assay, item.lineage) == place]
        visits = {
            (item.sample_id, days[item.sample_id]): item
            for item in sorted(own, key=lambda item: days[item.sample_id])
        }
        before, after = before_and_after(visits, first_dose=first_dose, in_remission=in_remission)
        absent = "no sample before treatment" if before is None else "no sample in remission"
        ratio = RatioEstimate(None, None, None, False, absent)
        if before is not None and after is not None:
            ratio = output_ratio(before, after, confidence=confidence)
        first, second = (None if visit is None else visit.sample_id for visit in (before, after))
        changes.append(LineageChange(patient, *place, first, second, ratio))
    return changes
