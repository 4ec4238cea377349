"""What a fit is drawn over: the doses that were given, and what each assay saw with its own interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from remnant.analysis.compartments import score_slides
from remnant.analysis.plan import Plan
from remnant.study.study import Study

QUANTITIES = {"stem": "stem fraction", "progenitor": "progenitor fraction", "bulk": "mature fraction"}
HAEMOGLOBIN, TRANSCRIPT = "haemoglobin", "transcript"


@dataclass(frozen=True)
class Doses:
    """A course of a drug; `end_day` None while it goes on."""

    patient_id: str
    drug: str
    start_day: int
    end_day: int | None


@dataclass(frozen=True)
class Look:
    """One observation of a quantity that a fit follows.

    Parameters
    ----------
    patient_id, quantity, day : str, str, int
        Whose, which (as `remnant.inference.records.CurvePoint` calls it), and when.
    value : float or None
        As measured; None where it was not detected.
    lower, upper : float or None
        Its interval, where the assay has one; not detected: from 0 to the bound below which it lies.
    what : str
        In words, such as "FISH, 200 nuclei".
    """

    patient_id: str
    quantity: str
    day: int
    value: float | None
    lower: float | None
    upper: float | None
    what: str


@dataclass(frozen=True)
class Observed:
    """Everything that stands behind the curves of a fit.

    Parameters
    ----------
    anchor : str
        What day 0 is.
    doses : tuple of Doses
    looks : tuple of Look
    """

    anchor: str
    doses: tuple[Doses, ...] = ()
    looks: tuple[Look, ...] = ()


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
        limits = found.fraction.value, found.fraction.lower, found.fraction.upper
        what = f"FISH, {found.nuclei_abnormal} of {found.nuclei_scored} nuclei"
        yield Look(patient, QUANTITIES[role.role], day, *limits, what)


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
            limits = (None, 0.0, value) if below else (value, None, None)
            yield Look(patient, TRANSCRIPT, day, *limits, name)
