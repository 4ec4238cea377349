"""What each assay saw of the quantities that a fit follows, with its own interval, and the doses given."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from remnant.analysis.compartments import score_slides
from remnant.analysis.fit_observed import Doses, Look, Observed
from remnant.analysis.plan import Plan
from remnant.study.study import Study

QUANTITIES = {"stem": "stem fraction", "progenitor": "progenitor fraction", "bulk": "mature fraction"}
HAEMOGLOBIN, TRANSCRIPT = "haemoglobin", "transcript"


def observed(study: Study) -> Observed:
    """Gather what the curves of a fit are drawn over.

    The interval of a clone fraction is that of the slide alone, corrected for probe and purity; a fit has the
    raw counts.
    """
    looks = [*_fractions(study), *_haemoglobin(study), *_transcripts(study)]
    order = {name: number for number, name in enumerate(study.patients)}
    looks.sort(key=lambda look: (order[look.patient_id], look.day, look.quantity))
    return Observed(study.config.study.anchor, tuple(_doses(study)), tuple(looks))


def _doses(study: Study) -> Iterator[Doses]:
    rows = study["therapy"].sort("start_day", "line")
    for row in rows.select("patient_id", "drug", "start_day", "end_day").iter_rows():
        yield Doses(*row)


def _fractions(study: Study) -> Iterator[Look]:
    if not study.has("fish"):
        return
    plan = Plan.of(study.config)
    visits = {sample: (patient, day) for patient, sample, day in study.visits()}
    for (sample, compartment), scored in score_slides(study, plan)[1].items():
        role, found = study.config.compartments.get(compartment), scored.estimate
        if role is None or not found.fraction.known or sample not in visits:
            continue
        patient, day = visits[sample]
        seen, what = found.fraction, f"FISH, {found.nuclei_abnormal} of {found.nuclei_scored} nuclei"
        yield Look(patient, QUANTITIES[role.role], day, seen.value, seen.lower, seen.upper, what)


def _haemoglobin(study: Study) -> Iterator[Look]:
    counts = study["blood_counts"].filter(pl.col("haemoglobin_g_per_dl").is_not_null())
    for patient, day, value in counts.select("patient_id", "day", "haemoglobin_g_per_dl").iter_rows():
        yield Look(patient, HAEMOGLOBIN, day, value, None, None, "blood count")


def _transcripts(study: Study) -> Iterator[Look]:
    name = study.config.mechanism.transcript
    if not name:
        return
    visits = {sample: (patient, day) for patient, sample, day in study.visits()}
    own = study["biomarkers"].filter((pl.col("name") == name) & pl.col("value").is_not_null())
    for sample, value, below in own.select("sample_id", "value", "below_detection").iter_rows():
        if sample in visits:
            patient, day = visits[sample]
            if below:
                yield Look(patient, TRANSCRIPT, day, None, 0.0, value, name)
            else:
                yield Look(patient, TRANSCRIPT, day, value, None, None, name)
