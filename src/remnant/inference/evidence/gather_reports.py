"""Karyotypes, variants and transcripts of a study, for their likelihoods."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np

from remnant.cytogenetics import cells_with, read_karyotype
from remnant.cytogenetics.iscn.no_result import is_no_result
from remnant.errors import Fault, RemnantError, StudyError, TableError
from remnant.inference.evidence.evidence import Label
from remnant.inference.evidence.observation import Found, Observation, left_out, placed
from remnant.observation.likelihood.compartments import BULK
from remnant.observation.likelihood.transcripts import ANY
from remnant.observation.likelihood.variants import ONE_ALLELE, OTHER_LOST
from remnant.study.study import Study

PER_CENT = re.compile(r"%|per\s?cent", re.IGNORECASE)


def gather_metaphases(study: Study) -> Found:
    """Gather the metaphases with the clone's marker.

    Raises
    ------
    StudyError
        With every karyotype that cannot be read, and its position.
    """
    marker, silent = study.config.clone.marker, 0
    found: list[Observation] = []
    faults: list[Fault] = []
    for patient, day, row in placed(study, "karyotypes"):
        if is_no_result(row["iscn"]):
            continue
        try:
            karyotype = read_karyotype(row["iscn"], source="karyotypes.csv", line=row["line"])
            cells = cells_with(karyotype, marker)
        except RemnantError as error:
            faults += error.faults
            continue
        if cells.abnormal is None or not cells.scored:
            silent += 1
            continue
        fields = {"kind": BULK, "count": float(cells.abnormal), "total": float(cells.scored)}
        label = Label(f"metaphases with {marker}", "karyotypes.csv", row["line"])
        found.append(Observation("metaphases", patient, day, fields, label))
    if faults:
        raise StudyError(faults)
    return Found(tuple(found), left_out(silent, "karyotypes.csv: no number of cells"))


def gather_variants(study: Study) -> Found:
    """Gather the reads of the resistance gene: of each patient, the variant that reached the largest share.

    Two variants in one patient may be in the same cells, so the second would count them twice.
    """
    gene = study.config.mechanism.resistance_gene
    rows = [one for one in placed(study, "mutations") if gene and one[2]["gene"] == gene]
    largest: dict[tuple[str, str], float] = defaultdict(float)
    for patient, _, row in rows:
        key = patient, row["variant"] or ""
        largest[key] = max(largest[key], row["alternate_reads"] / row["depth"])
    followed = {patient: max(key for key in largest if key[0] == patient) for patient, _, _ in rows}
    for key, share in largest.items():
        if share > largest[followed[key[0]]]:
            followed[key[0]] = key
    found = []
    for patient, day, row in rows:
        if followed[patient] == (patient, row["variant"] or ""):
            kind = OTHER_LOST if row["loss_of_heterozygosity"] else ONE_ALLELE
            label = Label(f"{gene} {row['variant'] or ''}".strip(), "mutations.csv", row["line"])
            fields = {"kind": kind, "count": float(row["alternate_reads"]), "total": float(row["depth"])}
            found.append(Observation("variants", patient, day, fields, label))
    return Found(tuple(found), left_out(len(rows) - len(found), f"mutations.csv: a lesser variant of {gene}"))


def gather_transcripts(study: Study) -> Found:
    """Gather the clone's transcript, in per cent of control.

    Raises
    ------
    TableError
        With every value that is not in per cent, or has no logarithm.
    """
    name, found, faults = study.config.mechanism.transcript, [], []
    for patient, day, row in placed(study, "biomarkers"):
        if not name or row["name"] != name:
            continue
        value, below, line = row["value"], bool(row["below_detection"]), row["line"]
        if not PER_CENT.search(row["unit"]):
            hint = "convert it: [mechanism] transcript is in per cent of the control gene"
            faults.append(Fault("biomarkers.csv", line, "unit", row["unit"], "a unit with %", hint))
        if not value > 0:
            expected = "above 0: the limit of detection" if below else "above 0"
            hint = "not detected? give the limit as value, and below_detection = yes"
            faults.append(Fault("biomarkers.csv", line, "value", f"{value:g}", expected, hint))
            continue
        level = float(np.log10(value))
        fields = {"value": level, "censored": float(below), "limit": level if below else ANY}
        found.append(Observation("transcripts", patient, day, fields, Label(name, "biomarkers.csv", line)))
    if faults:
        raise TableError(faults)
    return Found(tuple(found))
