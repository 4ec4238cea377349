"""A study becomes evidence: every raw count that the model explains, in the arrays of its likelihood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from remnant.dynamics.deterministic.plan import Plan, make_plan
from remnant.dynamics.model.preset import Preset
from remnant.dynamics.treatment import Therapy
from remnant.errors import RemnantError, StudyError
from remnant.inference.evidence.evidence import ASSAYS, Evidence, Gathered, Label, assay
from remnant.inference.evidence.gather_blood import Blood, blood_rows, has_law, known_days, read_blood
from remnant.inference.evidence.gather_cells import Counts, gather_cycle, gather_frequencies
from remnant.inference.evidence.gather_cultures import gather_colonies, gather_wells
from remnant.inference.evidence.gather_reports import gather_metaphases, gather_transcripts, gather_variants
from remnant.inference.evidence.gather_slides import errors_of, gather_slides
from remnant.inference.evidence.gather_therapy import read_therapies
from remnant.inference.evidence.observation import Observation, gathered_parts
from remnant.inference.records import Refusal
from remnant.observation.likelihood.number import Number
from remnant.study.study import Study

LONGEST = 10.5  # days of a step: two of the 21 days on of a cycle; log likelihoods keep within some 0.1
Until = Mapping[str, int] | int | None
NOTHING = (
    "nothing was observed that the model explains: slides, colonies, plates, counts, karyotypes or reads"
)


def gather(
    study: Study,
    preset: Preset,
    *,
    until: Until = None,
    extra_days: Sequence[int] = (),
    counted: Counts | None = None,
) -> Gathered:
    """Lay out the raw counts of a study for a fit.

    An assay that was not done is not there; one without a cell, such as a slide whose hybridisation failed,
    counts as not done. The course of a patient begins, in the state before treatment, on the first day of
    observation or of treatment.

    Parameters
    ----------
    study : Study
        As read.
    preset : Preset
        Disease and drugs; of the law of haemoglobin where it has one.
    until : int or mapping of str to int, optional
        Last day of observation that is used, for all patients or by patient; therapy is kept whole.
    extra_days : sequence of int
        Further days on which the course is looked at.
    counted : mapping of (str, str) to CompartmentCount, optional
        By sample and compartment, what was gated from the study's own tubes; before populations.csv.

    Raises
    ------
    StudyError
        With everything that cannot be read or has no meaning for the preset, all at once.
    """
    readers = (
        gather_slides,
        gather_colonies,
        gather_wells,
        partial(gather_frequencies, counted=counted),
        gather_cycle,
        gather_metaphases,
        gather_variants,
        gather_transcripts,
    )
    found, faults = gathered_parts(study, readers)
    try:
        therapies, said = read_therapies(study, preset)
    except RemnantError as error:
        faults += error.faults
    if faults:
        raise StudyError(faults)
    seen = [one for part in found for one in part.observations]
    blood = read_blood(study) if has_law(preset) else {}
    each, refusals = [], []
    for patient in study.patients:
        last = _last(until, patient)
        mine = [one for one in seen if one.patient_id == patient and one.day <= last]
        own = blood[patient].until(last) if patient in blood else None
        if mine or own:
            each.append((patient, mine, own, therapies[patient]))
        else:
            by = "" if last == np.inf else f" by day {last:g}"
            refusals.append(Refusal(patient, NOTHING + by))
    drugs = tuple(drug.name for drug in preset.drugs if any(drug.name in one[3].drugs for one in each))
    laid = [_lay_out(*one[1:], drugs, preset, extra_days) for one in each]
    notes = [note for part in found for note in part.notes]
    notes += [*said, *_notes(study, preset, {one[0]: one[2] for one in each if one[2] is not None})]
    return Gathered(
        patients=tuple(one[0] for one in each),
        drugs=drugs,
        evidence=tuple(evidence for evidence, _ in laid),
        numbers=_numbers(study, [evidence for evidence, _ in laid]),
        now_days=tuple(_now(mine, own) for _, mine, own, _ in each),
        therapies=tuple(therapy for *_, therapy in each),
        labels=tuple(labels for _, labels in laid),
        refusals=tuple(refusals),
        notes=tuple(dict.fromkeys(notes)),
    )


def _last(until: Until, patient: str) -> float:
    if isinstance(until, Mapping):
        return float(until.get(patient, np.inf))
    return np.inf if until is None else float(until)


def _now(mine: Sequence[Observation], blood: Blood | None) -> int:
    return max([one.day for one in mine] + ([blood.days[-1]] if blood else []))


def _lay_out(
    mine: Sequence[Observation],
    blood: Blood | None,
    therapy: Therapy,
    drugs: tuple[str, ...],
    preset: Preset,
    extra_days: Sequence[int],
) -> tuple[Evidence, dict[str, tuple[Label, ...]]]:
    """Lay out one patient: plan, days, and the rows of each assay with a label for each."""
    observed = [float(one.day) for one in mine] + ([float(blood.days[0])] if blood else [])
    start = min([*observed, *(one.switches[0] for one in therapy.calendars if one.switches)])
    wanted = {*(float(one.day) for one in mine), *(float(day) for day in extra_days if day >= start)}
    if blood is not None:
        wanted |= set(known_days(therapy, start, float(blood.days[-1])))
    days = np.array(sorted(wanted))
    assays: dict[str, Any] = {}
    labels: dict[str, tuple[Label, ...]] = {}
    for name in ASSAYS:
        rows = [one for one in mine if one.assay == name]
        if rows:
            assays[name], labels[name] = _rows(name, rows, days), tuple(one.label for one in rows)
    if blood is not None:
        assays["blood"], labels["blood"] = blood_rows(blood, days, therapy, preset)
    return Evidence(_plan(therapy, drugs, start, days), days, assays), labels


def narrowed(
    whole: Evidence, names: Sequence[str], therapy: Therapy, drugs: tuple[str, ...], start: float
) -> Evidence:
    """Return the evidence of some assays of a patient, followed on their days alone.

    Parameters
    ----------
    whole : Evidence
        Of one patient.
    names : sequence of str
        Assays that are kept: any but blood, whose rows lie between days.
    therapy : Therapy
        Of the patient.
    drugs : tuple of str
        In the order of the plan's doses.
    start : float
        Day on which the course begins.
    """
    assert "blood" not in names, "counts of blood lie between the days of a course"
    assays = {name: rows for name, rows in whole.assays.items() if name in names}
    used = np.unique(np.concatenate([[0], *(rows.time for rows in assays.values())])).astype(int)
    days = np.asarray(whole.days)[used]
    moved = {
        name: rows._replace(time=np.searchsorted(used, rows.time).astype(np.int32))
        for name, rows in assays.items()
    }
    return Evidence(_plan(therapy, drugs, start, days), days, moved)


def _rows(name: str, observations: Sequence[Observation], days: np.ndarray[Any, Any]) -> Any:
    time = np.searchsorted(days, [one.day for one in observations]).astype(np.int32)
    names = observations[0].fields
    columns = {field: np.stack([np.asarray(one.fields[field]) for one in observations]) for field in names}
    return assay(name).Rows(time=time, weight=np.ones(len(time)), **columns)


def _plan(therapy: Therapy, drugs: tuple[str, ...], start: float, days: np.ndarray[Any, Any]) -> Plan:
    end = max(float(days[-1]), start + 1)
    return make_plan(*therapy.aligned(drugs).segments(start, end), days, longest=LONGEST)


def _numbers(study: Study, evidence: Sequence[Evidence]) -> tuple[Number, ...]:
    """Return the numbers of the assays that are there, each once."""
    found: dict[str, Number] = {}
    for name in ASSAYS:
        rows = [one.assays[name] for one in evidence if name in one.assays]
        if not rows:
            continue
        kinds = {int(kind) for one in rows for kind in np.atleast_1d(getattr(one, "kind", ()))}
        match name:
            case "slides":
                whole = any(np.any(one.whole) or np.any(one.other_whole) for one in rows)
                numbers = assay(name).numbers(errors_of(study), whole=whole)
            case "wells" | "frequencies":
                numbers = assay(name).numbers(kinds)
            case _:
                numbers = assay(name).numbers()
        found |= {number.name: number for number in numbers}
    return tuple(found.values())


def _notes(study: Study, preset: Preset, blood: Mapping[str, Blood]) -> Iterator[str]:
    if study.has("blood_counts"):
        if has_law(preset):
            yield "blood_counts.csv: haemoglobin is fitted; neutrophils and platelets are not"
        else:
            yield f"blood_counts.csv: not used, since preset {preset.name} has no law of haemoglobin"
    for patient, one in blood.items():
        if one.masked:
            yield f"{patient}: {one.masked} haemoglobin counts not used: unlogged transfusions before"
    silent = [patient for patient, one in blood.items() if not one.logged]
    if silent:
        yield f"transfusions.csv is taken as complete for {', '.join(silent)}, who have no transfusion_log"
