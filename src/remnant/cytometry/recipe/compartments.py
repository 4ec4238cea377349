"""Events of one compartment, and the interval that counting, background and the place of the cuts leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, hypot

import numpy as np

from remnant.cytometry.gates.membership import Codes
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.population import CountInterval, PopulationCount, Threshold
from remnant.cytometry.recipe.sheet import Control, Sheet
from remnant.cytometry.recipe.threshold import Refusal
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.stats.rare.background import NONE, Background, expect_background, net_count
from remnant.stats.rare.limits import limits_of_sum

PARENT = "nucleated"
_ALL = (1.0, 1.0, 1.0)
_UNRULED = (Level.LOW, Level.HIGH)
Rules = tuple[MarkerRule, ...]


@dataclass(frozen=True)
class Measured:
    """What the cuts of a compartment leave: events, how far they move with the cuts, and the interval."""

    events: int
    fewest: int
    most: int
    interval: CountInterval


def count_compartment(
    name: str, phenotype: str, rules: Rules, cutter: Cutter, too_few: str
) -> PopulationCount:
    """Count one compartment among nucleated cells.

    Parameters
    ----------
    name, phenotype : str
        As the study writes them.
    rules : tuple of MarkerRule
        The phenotype, read.
    cutter : Cutter
        Where the markers are cut, and the cells.
    too_few : str
        Why the parent is too small for any count; empty if it is not.
    """
    sheet, confidence = cutter.sheet, cutter.recipe.confidence
    cells = len(sheet.rows)
    cuts, reasons = find_cuts(rules, cutter, too_few)
    if reasons:
        if cuts and not too_few and _empty(rules, cuts, cutter):
            # No event passes the cuts that are known, so wherever the others lie the count is 0.
            interval = _interval(0, cells, NONE, [], confidence, ([], _positive(rules)))
            return PopulationCount(name, phenotype, PARENT, 0, cells, 0, 0, interval=interval)
        reason = "; ".join(dict.fromkeys(reasons))
        return PopulationCount(name, phenotype, PARENT, None, cells, None, None, reason)
    if not rules:
        every = CountInterval(float(cells), float(cells), float(cells), *_ALL, confidence, 0.0, "", "")
        return PopulationCount(name, phenotype, PARENT, cells, cells, cells, cells, interval=every)
    evaluable = sheet.count((), {}, region=False, known=cuts)
    found = measure(rules, cuts, cutter, evaluable=evaluable)
    return PopulationCount(
        name, phenotype, PARENT, found.events, evaluable, found.fewest, found.most, interval=found.interval
    )


def member_codes(count: PopulationCount, rules: Rules, cutter: Cutter) -> Codes | None:
    """Membership of every event in a compartment that was counted; None where it is not evaluable."""
    if count.events is None:
        return None
    sheet = cutter.sheet
    cuts, reasons = find_cuts(rules, cutter)
    if reasons:
        inside = np.zeros(len(sheet.rows), dtype=bool)  # 0, wherever the cuts that are not known lie
    else:
        inside = sheet.passing(rules, _values(cuts), region=_in_region(rules, cutter))
    return sheet.codes(inside, sheet.known(cuts))


def find_cuts(rules: Rules, cutter: Cutter, too_few: str = "") -> tuple[dict[str, Threshold], list[str]]:
    """Cut every marker of a phenotype; return the cuts, and why any could not be made."""
    reasons = [too_few] if too_few else []
    reasons += [
        f"no rule for {rule}: write {rule.marker}-/low or {rule.marker}+, or gate it by Gating-ML"
        for rule in rules
        if rule.level in _UNRULED
    ]
    cuts: dict[str, Threshold] = {}
    if not reasons:
        for rule in rules:
            cut = cutter.cut(rule.marker)
            if isinstance(cut, Refusal):
                reasons.append(cut.reason)
            else:
                cuts[rule.marker] = cut
    return cuts, reasons


def measure(rules: Rules, cuts: Mapping[str, Threshold], cutter: Cutter, *, evaluable: int) -> Measured:
    """Count a compartment at its cuts, and again as each of them moves within its interval.

    Parameters
    ----------
    rules : tuple of MarkerRule
        The phenotype.
    cuts : mapping of str to Threshold
        A cut of every marker.
    cutter : Cutter
        The cells, and the controls that show what leaks in.
    evaluable : int
        Nucleated cells that could be judged on every marker.
    """
    values = _values(cuts)
    if _in_region(rules, cutter) and cutter.cut(cutter.stem) == cuts[cutter.stem]:
        cutter = cutter.focused()
    events, background, measured = _count(rules, values, cutter)
    moves = []
    for marker, cut in cuts.items():
        ends = [_count(rules, values | {marker: end}, cutter) for end in (cut.lower, cut.upper)]
        moves.append([(n, n - leaked.mean) for n, leaked, _ in ends])
    fewest, most = (
        hypot(*(max(sign * (n - events) for n, _ in [*ends, (events, 0.0)]) for ends in moves))
        for sign in (-1, 1)
    )
    net = events - background.mean
    shifts = [[end - net for _, end in ends] for ends in moves]
    unmeasured = [marker for marker in _positive(rules) if marker not in measured]
    interval = _interval(
        events, evaluable, background, shifts, cutter.recipe.confidence, (measured, unmeasured)
    )
    return Measured(events, max(floor(events - fewest), 0), min(ceil(events + most), evaluable), interval)


def _count(rules: Rules, values: Mapping[str, float], cutter: Cutter) -> tuple[int, Background, list[str]]:
    """Events inside the cuts, what is expected to have leaked in, and the markers whose control says so."""
    region = _in_region(rules, cutter)
    events = cutter.sheet.count(rules, values, region=region)
    leaks, markers = [], []
    for marker in _positive(rules):
        control = cutter.controls.get(marker)
        # Where the control leaves out another marker of the phenotype too, its gate is not this gate.
        if control is None or control.leaves & {rule.marker for rule in rules} != {marker}:
            continue
        others = tuple(rule for rule in rules if rule.marker != marker)
        inside, outside = _split(marker, others, values, control, region)
        if outside:
            around = cutter.sheet.count(others, values, region=region, known=(marker,))
            leaks.append((inside, outside, around - events))
            markers.append(marker)
    return events, expect_background(*zip(*leaks, strict=True)) if leaks else NONE, markers


def _split(
    marker: str, others: Rules, values: Mapping[str, float], control: Control, region: bool
) -> tuple[int, int]:
    """Cells of a control that pass every other cut: those inside the cut of its own marker, and the rest."""
    sheet: Sheet = control.sheet
    leaked = sheet.count((*others, MarkerRule(marker, Level.POSITIVE)), values, region=region)
    return leaked, sheet.count(others, values, region=region, known=(marker,)) - leaked


def _interval(
    events: int,
    cells: int,
    background: Background,
    shifts: list[list[float]],
    confidence: float,
    markers: tuple[list[str], list[str]],
) -> CountInterval:
    """Join the limits of the count and the moves of every cut, which err independently."""
    if background is NONE:
        ends = clopper_pearson(events, max(cells, 1), confidence=confidence)
        value, low, high = float(events), *(float(end) * cells for end in ends)
    else:
        net = net_count(events, background, confidence=confidence)
        value, low, high = net.value, net.lower, min(net.upper, float(cells))
    lower, upper = limits_of_sum(
        [value, *(0.0 for _ in shifts)],
        [min(low, value), *(min(0.0, *ends) for ends in shifts)],
        [max(high, value), *(max(0.0, *ends) for ends in shifts)],
    )
    lower, upper = max(lower, 0.0), min(upper, float(cells))
    fewer, more = (hypot(*(max(0.0, *(sign * end for end in ends)) for ends in shifts)) for sign in (-1, 1))
    share = [x / cells if cells else 0.0 for x in (value, lower, upper)]
    measured, unmeasured = (", ".join(names) for names in markers)
    return CountInterval(
        value, lower, upper, share[0], share[1], share[2], confidence, background.mean, measured, unmeasured,
        max(events - fewer, 0.0), min(events + more, max(float(cells), float(events))),
        None if background is NONE else background,
    )  # fmt: skip


def _values(cuts: Mapping[str, Threshold]) -> dict[str, float]:
    return {marker: cut.value for marker, cut in cuts.items()}


def _positive(rules: Rules) -> list[str]:
    return [rule.marker for rule in rules if rule.level is Level.POSITIVE]


def _in_region(rules: Rules, cutter: Cutter) -> bool:
    """Whether a compartment lies among stem-marker positive cells, and so where progenitors do."""
    return MarkerRule(cutter.stem, Level.POSITIVE) in rules


def _empty(rules: Rules, cuts: Mapping[str, Threshold], cutter: Cutter) -> bool:
    """Say whether the cuts that were found leave no event, even at the loose end of their intervals."""
    known = tuple(rule for rule in rules if rule.marker in cuts)
    loose = {
        rule.marker: cuts[rule.marker].lower if rule.level is Level.POSITIVE else cuts[rule.marker].upper
        for rule in known
    }
    sheet = cutter.sheet
    every = sheet.count((), {}, region=False, known=cuts) == len(sheet.rows)
    return every and not sheet.count(known, loose, region=_in_region(known, cutter))
