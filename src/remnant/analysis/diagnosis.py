"""What each patient's disease is called and how dangerous it is, by the last values before the first dose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from remnant.analysis.baseline_values import Baseline, BaselineValue
from remnant.analysis.dysplasia import dysplastic_lines
from remnant.analysis.karyotypes import KaryotypeResult
from remnant.diagnosis.define import define
from remnant.diagnosis.definition import DiseaseDefinition
from remnant.diagnosis.facts import DiseaseFacts
from remnant.diagnosis.risk import RiskInputs
from remnant.diagnosis.risk_patient import patient_risk, risk_inputs
from remnant.diagnosis.risk_records import PatientRisk
from remnant.response.record.history import History, Line
from remnant.response.rules.thresholds import exact
from remnant.study.study import Study

OLD_DAYS = 112  # before the first dose: the pretreatment window of the response criteria (OR3)
EVER = 10**6  # a day after every other, for a patient who was not treated
YEAR = 365.25  # days
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Diagnosis:
    """The risk and the names of one patient's disease before treatment.

    Parameters
    ----------
    patient_id : str
    before_day : int or None
        Day of the first dose: nothing after it was used. None for a patient who had none.
    age : float or None
        In years on day 0, for a birth in the middle of the year of birth.
    facts : DiseaseFacts
        The values that the definitions were asked with.
    risk : PatientRisk
        IPSS-R, IPSS-RA and IPSS-M, with what missing values leave open.
    definitions : tuple of DiseaseDefinition
        WHO 2022, WHO 2016 and ICC 2022.
    values : tuple of BaselineValue
        Every value with its row.
    remarks : tuple of str
        What a reader must know of the values.
    """

    patient_id: str
    before_day: int | None
    age: float | None
    facts: DiseaseFacts
    risk: PatientRisk
    definitions: tuple[DiseaseDefinition, ...]
    values: tuple[BaselineValue, ...]
    remarks: tuple[str, ...] = ()


def diagnoses(
    study: Study, histories: Mapping[str, History], karyotypes: Sequence[KaryotypeResult]
) -> tuple[Diagnosis, ...]:
    """Diagnose every patient of a study, in the order of patients.csv.

    Every item is the last that was measured up to the day of the first dose, with its row; what was not
    measured is missing. A gene without a row in mutations.csv is missing too, not normal: a row with 0
    variant reads says that it was tested.
    """
    patients = {row["patient_id"]: row for row in study["patients"].iter_rows(named=True)}
    marrows = _by(study["marrows"].iter_rows(named=True), "sample_id")
    variants = _by(study["mutations"].iter_rows(named=True), "sample_id")
    own: dict[str, list[KaryotypeResult]] = {}
    for item in karyotypes:
        own.setdefault(item.patient_id, []).append(item)
    return tuple(
        _diagnosis(history, patients[name], own.get(name, []), marrows, variants)
        for name, history in histories.items()
    )


def _by(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found


def _diagnosis(
    history: History,
    patient: Mapping[str, Any],
    karyotypes: Sequence[KaryotypeResult],
    marrows: Rows,
    variants: Rows,
) -> Diagnosis:
    first = history.treatment.first_dose
    before = Baseline(EVER if first is None else first)
    counts = {line: before.count(line, history.lines[line]) for line in Line}
    blood_blasts = before.blood_blasts(history.blood_blasts)
    marrow = before.marrow(history.marrows)
    seen = marrows[marrow.sample_id] if marrow else []
    chromosomes = before.chromosomes(karyotypes)
    genes = before.variants(history.specimens, variants)
    facts = DiseaseFacts(
        marrow_blasts=None if marrow is None else float(marrow.blasts_percent),
        blood_blasts=blood_blasts,
        auer_rods=next((row["auer_rods"] for row in seen), None),
        dysplastic_lines=None if marrow is None else dysplastic_lines(marrow.dysplasia),
        haemoglobin=counts[Line.HAEMOGLOBIN],
        platelets=counts[Line.PLATELETS],
        neutrophils=counts[Line.NEUTROPHILS],
        ring_sideroblasts=_percent(next((row["ring_sideroblasts_fraction"] for row in seen), None)),
        del5q=chromosomes.del5q,
        monosomy7=chromosomes.monosomy7,
        del7q=chromosomes.del7q,
        complex_=chromosomes.complex_,
        other_abnormalities=chromosomes.others,
        tp53_mutations=genes.tp53_mutations,
        tp53_vaf=genes.tp53_vaf,
        tp53_loss=genes.tp53_loss,
        del17p=chromosomes.del17p,
        sf3b1=genes.mutated.get("SF3B1"),
    )
    age = _age(patient["birth_year"], patient["anchor_date"])
    given = _inputs(facts, chromosomes.group, chromosomes.del7, genes.mutated, age)
    risk = patient_risk(given)
    remarks = (*risk.remarks, *genes.remarks, *_old(before.values, first), *_birthday(given, risk))
    named, values = define(facts), tuple(before.values)
    return Diagnosis(history.patient_id, first, age, facts, risk, named, values, remarks)


def _inputs(
    facts: DiseaseFacts,
    group: str | None,
    del7: bool | None,
    mutated: Mapping[str, bool],
    age: float | None,
) -> RiskInputs:
    return risk_inputs(
        haemoglobin=facts.haemoglobin,
        platelets=facts.platelets,
        neutrophils=facts.neutrophils,
        blasts=facts.marrow_blasts,
        age=age,
        cytogenetics=group,
        del5q=facts.del5q,
        del7=del7,
        del17p=facts.del17p,
        complex_=facts.complex_,
        tp53_mutations=facts.tp53_mutations,
        tp53_vaf=facts.tp53_vaf,
        tp53_loss=facts.tp53_loss,
        mutated=mutated,
    )


def _percent(fraction: float | None) -> float | None:
    # In exact decimals: 100 times the float 0.07 is not 7.
    return None if fraction is None else float(100 * exact(fraction))


def _age(birth_year: int | None, anchor: date | None) -> float | None:
    if birth_year is None or anchor is None:
        return None
    return max((anchor - date(birth_year, 7, 2)).days, 0) / YEAR


def _birthday(given: RiskInputs, risk: PatientRisk) -> tuple[str, ...]:
    """Say where the half year that a year of birth leaves open would change the category of IPSS-RA."""
    if risk.ipss_ra.category is None:
        return ()
    either = [patient_risk(replace(given, age=given.age + half)).ipss_ra.category for half in (-0.5, 0.5)]
    if len(set(either)) == 1:
        return ()
    return (f"IPSS-RA is {either[0]} or {either[1]}, by the day of birth: the study has only the year",)


def _old(values: Sequence[BaselineValue], first: int | None) -> tuple[str, ...]:
    if first is None:
        return ()
    return tuple(
        f"{item.item} of day {item.day}, more than {OLD_DAYS} days before the first dose"
        for item in values
        if first - item.day > OLD_DAYS
    )
