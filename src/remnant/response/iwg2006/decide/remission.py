"""CR, PR and marrow CR of every look: marrow and blood on one day, and four weeks of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.decide.looks import Looks
from remnant.response.record.measurements import VISIT_DAYS, Line
from remnant.response.rules.decimals import meets
from remnant.response.rules.spans import NEVER, Ints, key_of, nearest, patient_of, union
from remnant.response.rules.stretches import Stretches, stretches
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts, bounded, every, verdicts


@dataclass(frozen=True)
class Judged:
    """Whether each look shows a remission, and whether it lasted."""

    verdict: Verdicts
    lasted: Verdicts


@dataclass(frozen=True)
class Remissions:
    """The three remissions of every look."""

    complete: Judged
    partial: Judged
    marrow: Judged


def remissions(looks: Looks) -> Remissions:
    """Judge CR, PR and marrow CR, as `remnant.response.iwg2006.explain.remission` says them in words."""
    now, known = looks.blasts(looks.marrow)
    scale = looks.cohort.marrows.scale
    few = verdicts(meets(limits.CR_BLASTS, now, scale), known)
    down, clear = _down(looks, looks.marrow, looks.patient), _blood_blasts(looks)
    complete = every(few, _maturation(looks), *looks.counts.values(), clear)
    above = verdicts(meets(limits.PR_BLASTS, now, scale), known)
    partial = every(above, down, _counts_of_pr(looks), _blasts_of_pr(looks, clear))
    before, was_known = looks.blasts(looks.base)
    enough = verdicts(meets(limits.MARROW_CR_BASE, before, scale), was_known)[looks.patient]
    in_marrow = every(enough, few, down)
    always, asked = np.full(len(looks.cohort.treatments), MET), looks.abnormal
    by_counts = np.logical_or.reduce([was != NOT_MET for was in asked.values()])[looks.patient]
    wide = _counts_lasted(looks, _held_counts(looks, asked, _blasts_before(looks)))
    whole = _counts_lasted(looks, _held_counts(looks, dict.fromkeys(Line, always), always))
    long = _marrow_lasted(looks, _held_marrows(looks, partial=True))
    return Remissions(
        _with_duration(complete, whole),
        _with_duration(partial, np.where(by_counts, wide, long)),
        _with_duration(in_marrow, _marrow_lasted(looks, _held_marrows(looks, partial=False))),
    )


def _with_duration(verdict: Verdicts, lasted: Verdicts) -> Judged:
    """A duration that is contradicted leaves no response; one that is not shown leaves it unconfirmed."""
    return Judged(np.where(lasted == NOT_MET, NOT_MET, verdict), lasted)


def _maturation(looks: Looks) -> Verdicts:
    words = looks.cohort.marrows.dysplasia
    verdict = {said: _normal(said) for said in set(words)}
    # The last stands for no marrow, at place -1.
    return np.array([*(verdict[said] for said in words), OPEN], np.int8)[looks.marrow]


def _normal(said: tuple[str, ...]) -> np.int8:
    """Judge what the marrows of a day say of maturation; where they contradict each other nobody knows."""
    failed = {any(words in text.strip().lower() for words in limits.FAILED_WORDS) for text in said}
    return OPEN if len(failed) != 1 else NOT_MET if failed.pop() else MET


def _blood_blasts(looks: Looks) -> Verdicts:
    """Ask for a blood free of blasts."""
    series = looks.cohort.blood_blasts
    place = looks.near(series, ~series.raised)
    free = np.append(meets(limits.CR_BLOOD_BLASTS, series.values, series.scale), False)
    return verdicts(free[place], place >= 0)


def _blasts_of_pr(looks: Looks, clear: Verdicts) -> Verdicts:
    """Blood that had no blasts before need not be free of them; where it was not counted nobody knows."""
    before = _blasts_before(looks)[looks.patient]
    unsure = (before == OPEN) & (clear == NOT_MET)
    return np.where(before == NOT_MET, MET, np.where(unsure, OPEN, clear)).astype(np.int8)


def _blasts_before(looks: Looks) -> Verdicts:
    """Whether the last count before treatment showed blasts in the blood, patient by patient."""
    series, cohort = looks.cohort.blood_blasts, looks.cohort
    patients = np.arange(len(cohort.treatments))
    last = np.searchsorted(series.keys, key_of(patients, cohort.first_dose)) - 1
    counted = last >= np.searchsorted(series.keys, key_of(patients, -NEVER))
    return verdicts(np.append(series.values > 0, False)[last].astype(bool), counted)


def _counts_of_pr(looks: Looks) -> Verdicts:
    """All lines that were abnormal before must meet the limit of a CR; an unknown line must not fail it."""
    found = np.full(len(looks.keys), MET)
    for line, was in looks.abnormal.items():
        before, now = was[looks.patient], looks.counts[line]
        now = np.where((before == OPEN) & (now == NOT_MET), OPEN, now)
        found = np.minimum(found, np.where(before == NOT_MET, MET, now))
    return found


def _down(looks: Looks, marrow: Ints, patient: Ints) -> Verdicts:
    """Whether blasts have halved since baseline."""
    now, known = looks.blasts(marrow)
    was, was_known = looks.blasts(looks.base[patient])
    some = was > 0
    met = np.asarray(some, bool) & meets(limits.BLASTS_DOWN, 100 * (was - now), np.where(some, was, 1))
    return verdicts(met, known & was_known)


def _held_counts(looks: Looks, asked: dict[Line, Verdicts], clear: Verdicts) -> Stretches:
    """For each day of treatment with all lines asked for, the stretch in which each met its limit of a CR.

    Of each patient, `asked` and `clear` say whether a line must meet it, and whether the blood must be free
    of blasts; what fails where that is open may break the stretch or not. Blasts break it where they were
    seen; a transfusion or growth factor between two days does.
    """
    cohort = looks.cohort
    parts = {}
    for line, series in cohort.lines.items():
        patient = patient_of(series.keys)
        here = cohort.treated[patient] & (series.keys >= key_of(patient, cohort.first_dose[patient]))
        here &= asked[line][patient] != NOT_MET
        met = bounded(
            meets(limits.CR_COUNTS[line], series.values, series.scale), series.raised, asks_for_more=True
        )
        parts[line] = series.keys[here], met[here]
    keys = union(*(own for own, _ in parts.values()))
    patient = patient_of(keys)
    verdict, lines = np.full(len(keys), MET), np.zeros(len(keys), np.int64)
    failed, doubted = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
    seen = cohort.blood_blasts
    tried = {line: (*part, asked[line]) for line, part in parts.items()}
    for own, met, must in tried.values():
        place = np.searchsorted(keys, own)
        verdict[place] = np.minimum(verdict[place], met)
        lines[place] += 1
        failed[place] |= (met == NOT_MET) & (must[patient[place]] == MET)
        doubted[place] |= (met == NOT_MET) & (must[patient[place]] == OPEN)
    blasts = np.isin(keys, seen.keys[np.asarray(seen.values > 0, bool)])
    failed |= blasts & (clear[patient] == MET)
    doubted |= blasts & (clear[patient] == OPEN)
    verdict = np.where(failed, NOT_MET, np.where(doubted, OPEN, verdict)).astype(np.int8)
    needed = sum((was != NOT_MET).astype(np.int64) for was in asked.values())
    # A day without all lines neither shows nor breaks a stretch, unless one of them fails or may fail.
    kept = failed | doubted | (lines == np.asarray(needed)[patient])
    return _unsupported(looks, keys[kept], verdict[kept])


def _unsupported(looks: Looks, keys: Ints, verdict: Verdicts) -> Stretches:
    given = np.searchsorted(looks.cohort.transfusions, keys, "right")
    broken = np.diff(given, prepend=given[:1]) > 0
    broken |= looks.cohort.support.between(keys)
    return stretches(keys, verdict, needed=limits.RESPONSE_DAYS, broken=broken)


def _counts_lasted(looks: Looks, held: Stretches) -> Verdicts:
    """Whether the stretch nearest to each look lasted, one that did first."""
    low, high = looks.keys - VISIT_DAYS, looks.keys + VISIT_DAYS
    lasting = held.keys[held.verdicts == MET]
    found = nearest(lasting, low, looks.keys, high) >= 0
    other = nearest(held.keys, low, looks.keys, high)
    return np.where(found, MET, np.append(held.verdicts, OPEN)[other]).astype(np.int8)


def _held_marrows(looks: Looks, *, partial: bool) -> Stretches:
    """For each marrow of treatment, the stretch of marrows that kept to PR (or marrow CR)."""
    cohort = looks.cohort
    patient = patient_of(cohort.marrows.keys)
    after = cohort.treated[patient] & (cohort.marrows.keys > key_of(patient, cohort.first_dose[patient]))
    place = np.flatnonzero(after)
    state = _down(looks, place, patient[place])
    if not partial:  # a marrow better than a PR does not end it
        now, known = looks.blasts(place)
        state = every(state, verdicts(meets(limits.CR_BLASTS, now, cohort.marrows.scale), known))
    return stretches(cohort.marrows.keys[place], state, needed=limits.RESPONSE_DAYS, gap=None)


def _marrow_lasted(looks: Looks, held: Stretches) -> Verdicts:
    place = np.searchsorted(held.keys, looks.keys)
    here = looks.marrow >= 0
    return np.where(here, np.append(held.verdicts, OPEN)[np.where(here, place, -1)], OPEN).astype(np.int8)
