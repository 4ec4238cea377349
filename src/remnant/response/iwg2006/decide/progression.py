"""Relapse, progression and failure of every look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remnant.response.iwg2006 import limits
from remnant.response.iwg2006.decide.falls import (
    Falls,
    dependence,
    fallen_from_baseline,
    falls,
)
from remnant.response.iwg2006.decide.looks import Looks
from remnant.response.iwg2006.decide.units import independent_since
from remnant.response.record.measurements import Line
from remnant.response.rules.decimals import Bools, Whole, meets
from remnant.response.rules.spans import Ints
from remnant.response.rules.thresholds import exact
from remnant.response.rules.verdicts import MET, NOT_MET, OPEN, Verdicts, some, verdicts


@dataclass(frozen=True)
class Worsening:
    """Whether each look shows it, and where a count showed it, whether a second did."""

    verdict: Verdicts
    repeated: Bools


@dataclass(frozen=True)
class Steady:
    """The rules of progression and failure that no response before the look can change."""

    blasts: Verdicts
    units: Verdicts
    haemoglobin: Falls
    failure: Verdicts
    back_to_base: Verdicts
    units_8_weeks_ago: Verdicts


def steady(looks: Looks) -> Steady:
    """Judge what does not depend on when a response began."""
    now, known = looks.blasts(looks.marrow)
    was, was_known = looks.blasts(looks.base[looks.patient])
    both, scale = known & was_known, looks.cohort.marrows.scale
    back = meets(limits.BACK_TO_BASE, now - was, scale) & meets(limits.COUNTABLE_BLASTS, now, scale)
    passed = np.zeros(len(now), bool)
    for limit in limits.FAB_LIMITS:
        edge = int(exact(limit) * scale)
        passed |= np.asarray((was <= edge) & (edge < now), bool)
    series, line = looks.cohort.lines[Line.HAEMOGLOBIN], Line.HAEMOGLOBIN
    before, limit_ = looks.baselines[line], limits.PROGRESSION_HAEMOGLOBIN
    base = fallen_from_baseline(series, line, limit_, before.known, before.total, before.number)
    return Steady(
        _blast_rise(now, was, both, scale),
        _new_dependence(looks, looks.keys),
        falls(looks.cohort, line, limit_, looks.keys, looks.first_dose, base[looks.patient]),
        verdicts(passed, both),
        verdicts(back, both),
        _new_dependence(looks, looks.keys - limits.STABLE_DAYS),
    )


def progression(looks: Looks, rules: Steady, at: Ints, since: dict[Line, Ints]) -> Worsening:
    """Judge progression at the looks `at`.

    `since` is the patient and first day of a response of each line, or of the marrow: neutrophils and
    platelets fall from the best of a response, and without one there is nothing that they could fall from.
    """
    found = [Falls(rules.haemoglobin.verdict[at], rules.haemoglobin.repeated[at])]
    found += [_since(looks, line, at, since[line]) for line in limits.HALVED]
    return _worst([rules.blasts[at], rules.units[at]], found)


def relapse(looks: Looks, rules: Steady, at: Ints, since: Ints) -> Worsening:
    """Judge relapse at the looks `at`, after a CR or PR that began on the day `since`."""
    keys, cohort = looks.keys[at], looks.cohort
    after = np.flatnonzero(keys > since)
    verdict, repeated = np.full(len(at), NOT_MET), np.zeros(len(at), bool)
    limit = {Line.HAEMOGLOBIN: limits.RELAPSE_HAEMOGLOBIN} | limits.HALVED
    found = [falls(cohort, line, one, keys[after], since[after]) for line, one in limit.items()]
    units = dependence(cohort, keys[after], since[after])
    worst = _worst([rules.back_to_base[at[after]], units], found)
    verdict[after], repeated[after] = worst.verdict, worst.repeated
    return Worsening(verdict, repeated)


def _since(looks: Looks, line: Line, at: Ints, since: Ints) -> Falls:
    keys = looks.keys[at]
    after = np.flatnonzero(keys > since)
    verdict, repeated = np.full(len(at), NOT_MET), np.full(len(at), OPEN)
    found = falls(looks.cohort, line, limits.HALVED[line], keys[after], since[after])
    verdict[after], repeated[after] = found.verdict, found.repeated
    return Falls(verdict, repeated)


def _worst(rules: list[Verdicts], found: list[Falls]) -> Worsening:
    verdict = some(*rules, *(one.verdict for one in found))
    # Blasts and units need no second look; a fall of a count does.
    repeated = np.logical_or.reduce([one == MET for one in rules])
    for one in found:
        repeated |= (one.verdict == MET) & (one.repeated == MET)
    return Worsening(verdict, repeated)


def _blast_rise(now: Whole, was: Whole, known: Bools, scale: int) -> Verdicts:
    edges = [int(exact(below) * scale) for below, _ in limits.BLAST_BANDS]
    tops = np.array([int(exact(top) * scale) for _, top in limits.BLAST_BANDS], now.dtype)
    band = np.searchsorted(np.array(edges, now.dtype), was, "right").clip(max=len(edges) - 1)
    zero = np.asarray(was == 0, bool)
    risen = np.where(zero, now > 0, meets(limits.BLAST_RISE, 100 * (now - was), np.where(zero, 1, was)))
    met = np.asarray(risen, bool) & np.asarray(now > tops[band], bool)
    return verdicts(met, known & np.asarray(was <= edges[-1], bool))


def _new_dependence(looks: Looks, keys: Ints) -> Verdicts:
    """Dependence is progression only where it is new: none before treatment, or independence since.

    It is judged on the days `keys` of the looks' patients; before treatment there is none.
    """
    cohort, days = looks.cohort, limits.DEPENDENCE_DAYS
    first = looks.first_dose
    free = independent_since(cohort)[looks.patient]
    again, on = free < keys, keys >= first
    found = dependence(cohort, np.where(on, keys, first), np.where(again, free, first))
    before = meets(limits.DEPENDENCE, cohort.red_cells.given(first - days, first - 1))
    unknown = (found == MET) & ~cohort.log.cover(first - days, first - 1)
    fresh = np.where(before, NOT_MET, np.where(unknown, OPEN, found))
    return np.where(on, np.where(again, found, fresh), NOT_MET).astype(np.int8)
