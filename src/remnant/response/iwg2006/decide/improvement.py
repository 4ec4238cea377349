"""HI-E, HI-P and HI-N of every look: since when, and whether they are lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.decide.falls import dependence, falls
from remnant.response.iwg2006.decide.looks import Looks
from remnant.response.iwg2006.decide.units import ByUnits, by_units
from remnant.response.record.baselines import Baselines
from remnant.response.record.measurements import Line
from remnant.response.rules.decimals import Bools, Whole, meets
from remnant.response.rules.spans import NEVER, Ints, key_of, patient_of
from remnant.response.rules.stretches import stretches
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts, every, some, verdicts


@dataclass(frozen=True)
class Improvements:
    """One line of improvement at every look.

    Parameters
    ----------
    held, lost : ndarray of bool, shape (looks,)
        Whether the improvement holds, and whether it is lost.
    since : ndarray of int, shape (looks,)
        Patient and first day of the improvement as known before each look; a late day where none is known.
    """

    held: Bools
    lost: Bools
    since: Ints


def improvements(looks: Looks) -> dict[Line, Improvements]:
    """Judge improvement of each line, as `remnant.response.iwg2006.explain.improvement` says it in words."""
    units = by_units(looks)
    found = {}
    for line in Line:
        now, since = _by_counts(looks, line)
        gate = _gate(looks, line)[looks.patient]
        verdict = every(gate, now)
        if line is Line.HAEMOGLOBIN:
            both = np.minimum(units.since, np.where(now == MET, since, units.since))
            since = np.where(units.verdict == MET, both, since)
            verdict = some(verdict, units.verdict)
        found[line] = _course(looks, line, verdict, since, units)
    return found


def _gate(looks: Looks, line: Line) -> Verdicts:
    base, limit, scale = looks.baselines[line], limits.GATE[line], looks.cohort.lines[line].scale
    low = base.seen & meets(limit, base.lowest, scale)
    return verdicts(
        np.where(base.known, meets(limit, base.total, scale * base.number), low), base.known | low
    )


def _by_counts(looks: Looks, line: Line) -> tuple[Verdicts, Ints]:
    """Whether the count nearest to each look belongs to 56 days of improvement, and their first day."""
    cohort, series = looks.cohort, looks.cohort.lines[line]
    patient = patient_of(series.keys)
    after = cohort.treated[patient] & (series.keys >= key_of(patient, cohort.first_dose[patient]))
    here = np.flatnonzero(after)
    base = looks.baselines[line]
    known = base.known[patient[here]]
    risen = _risen(line, series.values[here], series.scale, base, patient[here])
    state = verdicts(risen, known & ~(risen & series.raised[here]))
    held = stretches(series.keys[here], state, needed=limits.IMPROVEMENT_DAYS)
    place = np.cumsum(after) - 1  # of a count among those after the first dose
    tells = ~series.raised
    tells[here] |= held.verdicts == NOT_MET  # what failed in spite of a transfusion has failed
    near = looks.near(series, tells)
    at = np.where(near >= 0, np.append(place, 0)[near], -1)
    first = np.append(held.keys[held.first], NEVER)[at]
    judged = (at >= 0) & base.known[looks.patient]
    return np.where(judged, np.append(held.verdicts, OPEN)[at], OPEN).astype(np.int8), first


def _risen(line: Line, value: Whole, scale: int, base: Baselines, patient: Ints) -> Bools:
    """Whether values meet every limit of improvement from the mean before treatment."""
    number, total = base.number[patient], base.total[patient]
    rise, parts = value * number - total, scale * number
    if line is Line.HAEMOGLOBIN:
        return meets(limits.RISE_HAEMOGLOBIN, rise, parts)
    zero = np.asarray(total == 0, bool)
    # From zero any rise is more than a doubling; the absolute rule stands beside it.
    doubled = np.where(zero, value > 0, meets(limits.DOUBLED[line], 100 * rise, np.where(zero, 1, total)))
    if line is Line.NEUTROPHILS:
        return np.asarray(doubled & meets(limits.RISE_NEUTROPHILS, rise, parts), bool)
    low = meets(limits.LOW_PLATELETS, total, parts)
    reached = meets(limits.REACH_PLATELETS, value, scale) & doubled
    return np.where(low, reached, meets(limits.RISE_PLATELETS, rise, parts)).astype(bool)


def _course(looks: Looks, line: Line, now: Verdicts, since: Ints, units: ByUnits) -> Improvements:
    """Follow one line along the looks: its first improvement, its loss, and its return."""
    begun, known = _first(looks, now == MET, since)
    later = known & (looks.keys > begun)
    at = np.flatnonzero(later)
    gone = np.full(len(looks.keys), NOT_MET)
    gone[at] = _lost(looks, line, at, begun[at], units)
    # What was lost stays so through looks that cannot tell, as under transfusion.
    decided = np.maximum.accumulate(np.where(gone == OPEN, -1, np.arange(len(gone))))
    lost = gone[decided] == MET
    return Improvements((now == MET) & ~lost, lost, np.where(known, begun, key_of(looks.patient, NEVER)))


def _lost(looks: Looks, line: Line, at: Ints, since: Ints, units: ByUnits) -> Verdicts:
    cohort, keys = looks.cohort, looks.keys[at]
    fallen = falls(cohort, line, limits.LOSSES[line], keys, since).verdict
    if line is not Line.HAEMOGLOBIN:
        return fallen
    needed = dependence(cohort, keys, since)
    # Fewer units than before, though still four or more, is the improvement itself and not its loss.
    needed = np.where((units.verdict[at] == MET) & (needed == MET), NOT_MET, needed)
    return some(fallen, needed)


def _first(looks: Looks, met: Bools, since: Ints) -> tuple[Ints, Bools]:
    """For each look, what `since` was at its patient's first look that met, if that came before."""
    place = np.flatnonzero(met)
    first = np.full(len(looks.cohort.treatments), len(met))
    np.minimum.at(first, looks.patient[place], place)
    mine = first[looks.patient]
    return np.append(since, NEVER)[mine], np.arange(len(met)) > mine
