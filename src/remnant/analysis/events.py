"""When each event of every patient came, between the last look without it and the first with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from remnant.analysis.clinical_course import Level, level, progression, responds, rows_of
from remnant.analysis.clone_series import CloneSeries
from remnant.analysis.courses import PatientAnswers
from remnant.analysis.leukaemia import BlastLook
from remnant.persistence import (
    EventInterval,
    EventLook,
    IntervalTimeToEvent,
    LeadTime,
    PooledLead,
    Relapse,
    first_shown,
    interval_time,
    lead_time,
    on_record,
    pool_leads,
)
from remnant.response import CytogeneticResponse, Independence, ResponseCall
from remnant.study.estimate import Source
from remnant.study.study import Study

INDEPENDENCE, RESPONSE, COMPLETE = "transfusion independence", "response", "complete remission"
CYTOGENETIC_RESPONSE, COMPLETE_CYTOGENETIC = "cytogenetic response", "complete cytogenetic response"
CLONE_REMISSION, STEM_RECURRENCE = "clone remission", "stem-cell recurrence"
RECURRENCES = {
    "clone": "molecular recurrence",
    "cytogenetic": "cytogenetic recurrence",
    "clinical": "clinical recurrence",
}
PROGRESSION, LEUKAEMIA, DEATH = "progression", "acute leukaemia", "death"
EVENTS = (
    INDEPENDENCE, RESPONSE, COMPLETE, CYTOGENETIC_RESPONSE, COMPLETE_CYTOGENETIC, CLONE_REMISSION,
    STEM_RECURRENCE, *RECURRENCES.values(), PROGRESSION, LEUKAEMIA, DEATH,
)  # fmt: skip
LEADS = (
    (STEM_RECURRENCE, "clinical recurrence"),
    (STEM_RECURRENCE, "cytogenetic recurrence"),
    ("molecular recurrence", "clinical recurrence"),
    ("molecular recurrence", "cytogenetic recurrence"),
)
WINDOW = 56  # days of independence, as MDS-003
UNTREATED = "not treated"


def event_intervals(
    study: Study,
    answers: Mapping[str, PatientAnswers],
    independence: Sequence[Independence],
    series: Mapping[str, Sequence[CloneSeries]],
    returns: Sequence[Relapse],
    blasts: Mapping[str, Sequence[BlastLook]],
) -> tuple[EventInterval, ...]:
    """Find every event of every patient, in the order of `EVENTS`.

    Parameters
    ----------
    study : Study
        Whose patients, and when they died.
    answers, independence
        The responses.
    series, returns
        The clone, and each kind of return.
    blasts : mapping of str to sequence of BlastLook
        Blasts of marrow and blood of each patient.
    """
    free = {(item.patient_id, item.window_days): item for item in independence}
    found: list[EventInterval] = []
    for row in study["patients"].iter_rows(named=True):
        name = row["patient_id"]
        mine, own = answers[name], {item.kind: item for item in returns if item.patient_id == name}
        entry = mine.history.treatment.first_dose
        found.append(_independence(study, name, free.get((name, WINDOW)), mine, entry))
        found += _responses(name, mine, entry)
        found.append(_clone_remission(name, own["clone"], entry))
        found.append(_stem(name, series[name], entry))
        found.append(_molecular(own["clone"], series[name]))
        found += (_recurrence(own[kind], RECURRENCES[kind]) for kind in ("cytogenetic", "clinical"))
        looks = [_look(call, lambda call: bool(progression(call)), progression) for call in mine.calls]
        found.append(first_shown(name, PROGRESSION, looks, entry=entry, absent=UNTREATED))
        leukaemic = [_blasts(one) for one in blasts[name]]
        found.append(first_shown(name, LEUKAEMIA, leukaemic, entry=entry, absent=UNTREATED))
        found.append(
            on_record(
                name, DEATH, row["last_contact_day"] if row["died"] else None,
                until=row["last_contact_day"], entry=entry,
                reason="died" if row["died"] else "alive at last contact",
                sources=(Source("patients.csv", row["line"]),),
            )
        )  # fmt: skip
    return tuple(found)


def _look(
    call: ResponseCall, shows: Callable[[ResponseCall], bool], words: Callable[[ResponseCall], str]
) -> EventLook:
    if shows(call):
        return EventLook(call.day, True, words(call), rows_of(call))
    return EventLook(call.day, None if level(call) is Level.UNKNOWN else False)


def _blasts(one: BlastLook) -> EventLook:
    """Blood can show acute leukaemia; only a marrow can show that there is none."""
    shown = one.leukaemic or (None if one.sample_id is None else False)
    return EventLook(one.day, shown, one.text, one.sources)


def _responses(name: str, mine: PatientAnswers, entry: int | None) -> Iterator[EventInterval]:
    def words(call: ResponseCall) -> str:
        lines = f", {', '.join(call.improvement)}" if call.improvement else ""
        return f"{call.category}{lines} by {call.criteria}"

    for event, shows in (
        (RESPONSE, responds),
        (COMPLETE, lambda call: level(call) is Level.COMPLETE),
    ):
        looks = [_look(call, shows, words) for call in mine.calls]
        yield first_shown(name, event, looks, entry=entry, absent=UNTREATED)
    for event, kinds in (
        (CYTOGENETIC_RESPONSE, ("complete", "partial")),
        (COMPLETE_CYTOGENETIC, ("complete",)),
    ):
        karyotypes = [_karyotype(item, kinds) for item in mine.cytogenetic]
        yield first_shown(name, event, karyotypes, entry=entry, absent=UNTREATED)


def _karyotype(item: CytogeneticResponse, kinds: tuple[str, ...]) -> EventLook:
    shown = None if item.response == "not assessable" else item.response in kinds
    return EventLook(item.day, shown, item.reason, item.sources)


def _independence(
    study: Study, name: str, found: Independence | None, mine: PatientAnswers, entry: int | None
) -> EventInterval:
    """The first free day is on record where the log is complete until then; a short run leaves it open."""
    if found is None or entry is None:
        return EventInterval(name, INDEPENDENCE, None, None, None, UNTREATED, (), entry)
    if found.achieved and found.start_day is not None:
        day = max(found.start_day, entry)
        log = study["transfusion_log"].filter(pl.col("patient_id") == name).select("start_day", "end_day")
        known = any(start <= entry and day <= end for start, end in log.iter_rows())
        after = day if known else entry
        return EventInterval(name, INDEPENDENCE, after, day, None, found.reason, found.sources, entry)
    history = mine.history
    ends = [
        history.last_day,
        None if history.treatment.last_dose is None else history.treatment.last_dose + 28,
    ]
    last = min((day for day in ends if day is not None), default=None)
    if found.achieved is None or last is None:  # the log does not tell
        return EventInterval(name, INDEPENDENCE, None, None, None, found.reason, found.sources, entry)
    until = max(last - WINDOW, entry)  # a run that began later would still be too short
    return EventInterval(name, INDEPENDENCE, until, None, None, found.reason, found.sources, entry)


def _clone_remission(name: str, clone: Relapse, entry: int | None) -> EventInterval:
    if entry is None or clone.observed_until is None:
        return EventInterval(name, CLONE_REMISSION, None, None, None, clone.reason, (), entry)
    if clone.remission_day is None:
        return EventInterval(
            name, CLONE_REMISSION, max(clone.observed_until, entry), None, None, clone.reason, clone.sources,
            entry,
        )  # fmt: skip
    after = max(entry, entry if clone.not_before is None else clone.not_before)
    reason = "below half of the baseline, beyond assay noise"
    return EventInterval(
        name, CLONE_REMISSION, after, clone.remission_day, None, reason, clone.sources, entry
    )


def _stem(name: str, series: Sequence[CloneSeries], entry: int | None) -> EventInterval:
    """The first rise of the clone in stem cells after it fell on treatment, in the series with most looks."""
    own = [item for item in series if item.role == "stem"]
    if entry is None or not own:
        absent = UNTREATED if entry is None else "stem cells: not done"
        return EventInterval(name, STEM_RECURRENCE, None, None, None, absent, (), entry)
    best = max(own, key=lambda item: len(item.followed.readings))
    treated = [item for item in best.followed.readings if item.day > entry]
    fall = next((n for n, item in enumerate(best.changes) if not item.rise), None)
    rise = next((item for item in best.changes[fall:] if item.rise), None) if fall is not None else None
    if rise is not None:
        reason = f"{best.name}: from {100 * rise.earlier:.2g} % to {100 * rise.later:.2g} %"
        return EventInterval(
            name, STEM_RECURRENCE, max(rise.after_day, entry), rise.day, rise.confirmed, reason, rise.sources,
            entry,
        )  # fmt: skip
    if len(best.followed.readings) < 2 or not treated:
        reason = f"{best.name}: fewer than two looks that could be counted, one of them on treatment"
        return EventInterval(name, STEM_RECURRENCE, None, None, None, reason, (), entry)
    if fall is None:
        # What is not shown to have fallen cannot come back; a clone that stays is persistence, no recurrence.
        reason = f"{best.name}: not shown to have fallen, so there is nothing to return from"
        return EventInterval(name, STEM_RECURRENCE, None, None, None, reason, (), entry)
    last = treated[-1]
    reason = f"{best.name}: no rise beyond assay noise"
    return EventInterval(name, STEM_RECURRENCE, last.day, None, None, reason, last.sources, entry)


def _molecular(clone: Relapse, series: Sequence[CloneSeries]) -> EventInterval:
    """The first rise in any series since the clone was down, by the looks of the series that showed it."""
    own = _recurrence(clone, RECURRENCES["clone"])
    entry = clone.remission_day
    if entry is None:
        return own
    rises = [(item, rise) for item in series for rise in item.changes if rise.rise and rise.day > entry]
    first = min(rises, key=lambda pair: pair[1].day, default=None)
    if first is None or (own.by_day is not None and own.by_day <= first[1].day):
        return own
    item, rise = first
    reason = f"{item.name}: from {100 * rise.earlier:.2g} % to {100 * rise.later:.2g} %, beyond assay noise"
    return EventInterval(
        own.patient_id, own.event, max(rise.after_day, entry), rise.day, rise.confirmed, reason, rise.sources,
        entry,
    )  # fmt: skip


def _recurrence(item: Relapse, event: str) -> EventInterval:
    """A return, since the remission that it follows."""
    if item.remission_day is None:
        return EventInterval(item.patient_id, event, None, None, None, item.reason)
    after = item.remission_day if item.free_until is None else max(item.free_until, item.remission_day)
    return EventInterval(
        item.patient_id, event, after, item.day, item.confirmed, item.reason, item.sources, item.remission_day
    )


def interval_times(
    intervals: Sequence[EventInterval], *, confidence: float
) -> tuple[IntervalTimeToEvent, ...]:
    """Estimate freedom from each event that was looked for in anybody."""
    found = (interval_time(event, intervals, confidence=confidence) for event in EVENTS)
    return tuple(item for item in found if item is not None)


def leads(
    intervals: Sequence[EventInterval], *, confidence: float
) -> tuple[tuple[LeadTime, ...], tuple[PooledLead, ...]]:
    """Lead of each recurrence over the graver ones: every patient's, and pooled."""
    by = {(item.patient_id, item.event): item for item in intervals}
    patients = tuple(dict.fromkeys(item.patient_id for item in intervals))
    each = [
        tuple(lead_time(by[patient, first], by[patient, second]) for patient in patients)
        for first, second in LEADS
    ]
    pooled = (pool_leads(mine, confidence=confidence) for mine in each)
    return tuple(lead for mine in each for lead in mine), tuple(item for item in pooled if item is not None)
