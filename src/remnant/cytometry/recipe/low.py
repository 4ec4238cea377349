"""How much hangs on where `-/low` ends: both cuts side by side, and a sweep over shares called low."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from remnant.cytometry.recipe.compartments import Rules, find_cuts, measure
from remnant.cytometry.recipe.cuts import Cutter
from remnant.cytometry.recipe.phenotype import Level
from remnant.cytometry.recipe.population import CutComparison, CutWay, Sweep, SweepStep, Threshold
from remnant.cytometry.recipe.threshold import Refusal
from remnant.stats.fractions.proportion import clopper_pearson


def low_marker(rules: Rules) -> str | None:
    """Marker that a phenotype wants negative or low, if there is one."""
    return next((rule.marker for rule in rules if rule.level is Level.NEGATIVE_OR_LOW), None)


def compare_cuts(name: str, rules: Rules, cutter: Cutter) -> CutComparison | None:
    """Count a `-/low` compartment with its marker cut on the control, and below the progenitors.

    Returns
    -------
    CutComparison or None
        None where the phenotype has no such marker, or another of its markers could not be cut.
    """
    marker = low_marker(rules)
    cuts, reasons = find_cuts(rules, cutter)
    if marker is None or reasons or not cutter.inside_stem(marker):
        return None
    control = cutter.controls.get(marker)
    ways = [
        _way(rule, cut, marker, rules, cuts, cutter)
        for rule, cut in (
            (control.kind if control else "FMO", cutter.on_control(marker)),
            ("progenitors", cutter.below_progenitors(marker)),
        )
    ]
    first, second = ways
    ratio = None if not first.events or second.events is None else second.events / first.events
    ends = [way.interval for way in ways if way.interval is not None]
    return CutComparison(
        name,
        marker,
        cuts[marker].source,
        first,
        second,
        ratio,
        min((end.fraction_lower for end in ends), default=None),
        max((end.fraction_upper for end in ends), default=None),
    )


def _way(
    rule: str,
    cut: Threshold | Refusal,
    marker: str,
    rules: Rules,
    cuts: Mapping[str, Threshold],
    cutter: Cutter,
) -> CutWay:
    if isinstance(cut, Refusal):
        return CutWay(rule, None, None, None, cut.reason)
    evaluable = int(np.count_nonzero(cutter.sheet.known(cuts)))
    found = measure(rules, dict(cuts) | {marker: cut}, cutter, evaluable=evaluable)
    return CutWay(rule, cut, found.events, found.interval)


def sweep(name: str, rules: Rules, cutter: Cutter) -> Sweep | None:
    """Count a `-/low` compartment with the lowest 2, 5, 10, 20 % (or as the plan says) called low.

    Returns
    -------
    Sweep or None
        None where the phenotype has no such marker, or another of its markers could not be cut.
    """
    marker = low_marker(rules)
    if marker is None or not cutter.inside_stem(marker):
        return None
    others = tuple(rule for rule in rules if rule.marker != marker)
    cuts, reasons = find_cuts(others, cutter)
    reference = cutter.reference(marker)
    if reasons or isinstance(reference, Refusal):
        return None
    ordered = np.sort(reference.values)
    steps = []
    for share in cutter.recipe.sweep:
        place = int(np.ceil(len(ordered) * share))
        low = place and int(np.searchsorted(ordered, ordered[min(place, len(ordered) - 1)]))
        needed = cutter.recipe.minimum_step_events
        if low < needed:
            reason = f"{low:,} events are called low; {needed:,} are needed"
            steps.append(SweepStep(share, None, low, None, None, None, None, None, None, None, reason))
            continue
        value = float(ordered[min(place, len(ordered) - 1)])
        here = reference.threshold(value, (value, value), f"lowest {100 * share:g} %", "share")
        steps.append(_step(share, here, low, rules, dict(cuts) | {marker: here}, cutter))
    return Sweep(name, marker, tuple(steps), _verdict(steps))


def _step(
    share: float,
    here: Threshold,
    low: int,
    rules: Rules,
    cuts: Mapping[str, Threshold],
    cutter: Cutter,
) -> SweepStep:
    evaluable = int(np.count_nonzero(cutter.sheet.known(cuts)))
    found = measure(rules, cuts, cutter, evaluable=evaluable)
    inside = min(found.events, low)
    lower, upper = clopper_pearson(inside, low, confidence=cutter.recipe.confidence)
    ends = found.interval
    return SweepStep(
        share, here.value, low, found.events, ends.lower, ends.upper, inside / low, float(lower),
        float(upper), ends.lower > 0,
    )  # fmt: skip


def _verdict(steps: list[SweepStep]) -> str:
    judged = [step for step in steps if step.found is not None]
    held = sum(bool(step.found) for step in judged)
    if not judged:
        return "not evaluable"
    if held == 0:
        return "not found"
    if held == 1:
        return "fragile"
    if held < len(judged):
        return f"holds at {held} of {len(judged)} steps"
    return "holds at every step" if len(judged) == len(steps) else "holds at every evaluable step"
