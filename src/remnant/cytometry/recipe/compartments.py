"""Events of one compartment, and how few or many they could be."""

from __future__ import annotations

import numpy as np

from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import Axis, Interval, RectangleGate
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, OUT, Codes
from remnant.cytometry.recipe.cuts import Cutter, Tube
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.threshold import Refusal
from remnant.cytometry.recipe.tube import PopulationCount, Threshold

PARENT = "nucleated"
_UNRULED = (Level.LOW, Level.HIGH)


def count_compartment(
    name: str,
    phenotype: str,
    rules: tuple[MarkerRule, ...],
    nucleated: Codes,
    tube: Tube,
    cutter: Cutter,
    too_few: str,
) -> tuple[PopulationCount, Codes | None]:
    """Count one compartment among nucleated cells.

    Parameters
    ----------
    name, phenotype : str
        As the study writes them.
    rules : tuple of MarkerRule
        The phenotype, read.
    nucleated : ndarray of int8, shape (events,)
        Codes of the parent.
    tube : Tube
        The stained tube.
    cutter : Cutter
        Where the markers are cut.
    too_few : str
        Why the parent is too small for any count; empty if it is not.

    Returns
    -------
    count : PopulationCount
    codes : ndarray of int8 or None
        Membership; None where the compartment is not evaluable.
    """
    cells = int(np.sum(nucleated == IN))
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
    if reasons:
        if cuts and not too_few and _empty(name, rules, cuts, nucleated, tube):
            # No event passes the cuts that are known, so wherever the others lie the count is 0.
            return PopulationCount(name, phenotype, PARENT, 0, cells, 0, 0), np.full_like(nucleated, OUT)
        reason = "; ".join(dict.fromkeys(reasons))
        return PopulationCount(name, phenotype, PARENT, None, cells, None, None, reason), None
    if not rules:
        return PopulationCount(name, phenotype, PARENT, cells, cells, cells, cells), nucleated
    codes, fewest, most = (_place(name, rules, cuts, nucleated, tube, shift) for shift in (0, -1, 1))
    unknown = int(np.sum((nucleated == IN) & (codes == NOT_EVALUABLE)))
    counts = [int(np.sum(found == IN)) for found in (codes, fewest, most)]
    return PopulationCount(name, phenotype, PARENT, counts[0], cells - unknown, counts[1], counts[2]), codes


def _empty(
    name: str, rules: tuple[MarkerRule, ...], cuts: dict[str, Threshold], nucleated: Codes, tube: Tube
) -> bool:
    """Say whether the cuts that were found leave no event, even at the loose end of their intervals."""
    known = tuple(rule for rule in rules if rule.marker in cuts)
    codes = _place(name, known, cuts, nucleated, tube, 1)
    return not np.any((codes != OUT) & (nucleated == IN))


def _place(
    name: str,
    rules: tuple[MarkerRule, ...],
    cuts: dict[str, Threshold],
    nucleated: Codes,
    tube: Tube,
    shift: int,
) -> Codes:
    """Gate a compartment with every cut at its value (0), or moved to leave fewest (-1) or most (1)."""
    intervals = []
    for rule in rules:
        cut = cuts[rule.marker]
        positive = rule.level is Level.POSITIVE
        strict, loose = (cut.upper, cut.lower) if positive else (cut.lower, cut.upper)
        value = {0: cut.value, -1: strict, 1: loose}[shift]
        low, high = (value, None) if positive else (None, value)
        intervals.append(Interval(Axis(cut.channel), low, high))
    return place(RectangleGate(name, None, tuple(intervals)), tube.events, nucleated, {})
