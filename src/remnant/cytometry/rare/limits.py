"""Limits of blank, detection and quantitation: from the lab's own blanks, else from its rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from remnant.cytometry.rare.count import check_counts
from remnant.cytometry.rare.rule import CONVENTION, RareRule
from remnant.errors import Fault, SettingError
from remnant.stats.rare import detection, negative_binomial

DEPTH_RATIO = 2.0  # ranks of fractions compare tubes of like depth only: shallow ones are rougher


class LimitMethod(StrEnum):
    """Where limits come from."""

    BLANKS = "blanks, negative binomial"
    RANKS = "blanks, by rank"
    RULE = "rule of the lab"


@dataclass(frozen=True)
class Blank:
    """A tube known to be without the population, gated like the others.

    Parameters
    ----------
    events, parent_events : int
        Events that fell into the gate, of the evaluable events of its parent.
    name : str
        For faults.
    """

    events: int
    parent_events: int
    name: str = ""


@dataclass(frozen=True)
class Limit:
    """A limit in events of the tube, and as a fraction of its parent (None for an empty parent)."""

    events: float
    fraction: float | None


@dataclass(frozen=True)
class DetectionLimits:
    """The limits of a tube of so many parent events.

    Parameters
    ----------
    method : LimitMethod
        Where they come from.
    parent_events : int
        Evaluable parent events of the tube.
    blank, blank_upper : Limit or None
        Limit of blank, and its upper confidence limit, which says how well the blanks fix it; None by the
        lab's rule, and the upper limit where there are too few blanks for one.
    detection, detection_upper : Limit
        Limit of detection, for the limit of blank and for its upper confidence limit.
    quantitation : Limit
        Limit of quantitation, never below that of detection.
    blanks : int
        Tubes behind the limits.
    background : float
        Mean background of the tube in events.
    dispersion : float
        Of the blanks beyond Poisson; 0 if they vary no more.
    notes : tuple of str
        What a reader must know about them.
    """

    method: LimitMethod
    parent_events: int
    blank: Limit | None
    blank_upper: Limit | None
    detection: Limit
    detection_upper: Limit | None
    quantitation: Limit
    blanks: int
    background: float
    dispersion: float
    notes: tuple[str, ...]


def limits_from_rule(rule: RareRule, parent_events: int) -> DetectionLimits:
    """Take detection and quantitation from the events that the lab's procedure names."""
    notes = (f"limits by {CONVENTION}",) if rule.is_convention else ()
    lod, loq = (_limit(n, parent_events) for n in (rule.detection_events, rule.quantitation_events))
    return DetectionLimits(LimitMethod.RULE, parent_events, None, None, lod, None, loq, 0, 0.0, 0.0, notes)


def limits_from_blanks(
    blanks: Sequence[Blank],
    parent_events: int,
    *,
    rule: RareRule | None = None,
    method: LimitMethod = LimitMethod.BLANKS,
) -> DetectionLimits:
    """Find what a tube must hold to differ from blanks.

    Parameters
    ----------
    blanks : sequence of Blank
        Tubes without the population; at least `rule.fewest_blanks`.
    parent_events : int
        Evaluable parent events of the tube to judge, above 0.
    rule : RareRule, optional
        Choices; the defaults where left out.
    method : LimitMethod
        `BLANKS` fits a Poisson, or a negative binomial where the blanks vary more; `RANKS` takes percentiles
        of the blanks' fractions and assumes nothing of their distribution.

    Returns
    -------
    DetectionLimits

    Raises
    ------
    SettingError
        If there are too few blanks, a blank has no parent events or more events than those, or, for ranks, if
        a blank is not of like depth.

    References
    ----------
    CLSI EP17-A2 (2012), section 5; `remnant.stats.rare.detection`.
    """
    rule = rule or RareRule()
    _check(blanks, parent_events, rule, method)
    counts = np.array([blank.events for blank in blanks], float)
    depths = np.array([blank.parent_events for blank in blanks], float)
    level = rule.confidence
    fitted = negative_binomial.fit(counts, depths)
    background, dispersion = fitted.rate * parent_events, fitted.dispersion
    if method is LimitMethod.RANKS:
        fractions = counts / depths * parent_events
        lob = detection.ranked(fractions, probability=level)
        upper = detection.ranked_upper(fractions, probability=level, confidence=level)
    else:
        lob = float(negative_binomial.quantile(level, background, dispersion))
        upper = float(
            negative_binomial.upper_quantile(
                level, counts, depths, of_exposure=parent_events, confidence=level
            )
        )
    lod = detection.detectable(lob, background, dispersion, power=level)
    sure = None if upper is None else detection.detectable(upper, background, dispersion, power=level)
    loq = max(lod, float(detection.quantifiable(background, dispersion, cv=rule.quantitation_cv)))
    return DetectionLimits(
        method,
        parent_events,
        _limit(lob, parent_events),
        None if upper is None else _limit(upper, parent_events),
        _limit(lod, parent_events),
        None if sure is None else _limit(sure, parent_events),
        _limit(loq, parent_events),
        len(blanks),
        background,
        dispersion,
        _notes(blanks, rule, upper, dispersion),
    )


def _limit(events: float, parent_events: int) -> Limit:
    # A limit beyond the parent cannot be reached: the fraction says so by being 1.
    return Limit(float(events), min(events / parent_events, 1.0) if parent_events else None)


def _check(blanks: Sequence[Blank], parent_events: int, rule: RareRule, method: LimitMethod) -> None:
    faults = []
    if len(blanks) < rule.fewest_blanks:
        expected = f"{rule.fewest_blanks} or more"
        hint = "measure more tubes without the population, or use the lab's rule"
        faults.append(Fault("blanks", None, "number of blanks", str(len(blanks)), expected, hint))
    if parent_events < 1:
        hint = "the tube to judge has no evaluable event"
        faults.append(Fault("limits", None, "parent events", str(parent_events), "1 or more", hint))
    for number, blank in enumerate(blanks, start=1):
        source = f"blank {blank.name or number}"
        try:
            check_counts(blank.events, blank.parent_events, source)
        except SettingError as error:
            faults.extend(error.faults)
            continue
        low, high = parent_events / DEPTH_RATIO, parent_events * DEPTH_RATIO
        if blank.parent_events == 0:
            faults.append(Fault(source, None, "parent events", "0", "1 or more", "leave this tube out"))
        elif method is LimitMethod.RANKS and not low <= blank.parent_events <= high:
            expected, hint = f"{low:,.0f} to {high:,.0f}", "ranks need like depths: fit a distribution"
            found = f"{blank.parent_events:,}"
            faults.append(Fault(source, None, "parent events", found, expected, hint))
    if faults:
        raise SettingError(faults)


def _notes(
    blanks: Sequence[Blank], rule: RareRule, upper: float | None, dispersion: float
) -> tuple[str, ...]:
    notes = []
    if len(blanks) < rule.blanks_to_establish:
        notes.append(
            f"limits from {len(blanks)} blanks are provisional: EP17-A2 establishes them from "
            f"{rule.blanks_to_establish}"
        )
    if upper is None:
        notes.append("these blanks are too few for a distribution-free bound of their 95th percentile")
    if dispersion > 0:
        spread = 100 * dispersion**0.5
        notes.append(f"between blanks the background most likely varies by {spread:.0f} %, beyond counting")
    if dispersion > 0.99 * negative_binomial.MOST_DISPERSED:
        worst = max(blanks, key=lambda blank: blank.events / blank.parent_events)
        name = f" ({worst.name})" if worst.name else ""
        notes.append(
            f"most of the background lies in few blanks, such as the one with {worst.events:,} events{name}: "
            "is it without the population?"
        )
    if all(blank.events == 0 for blank in blanks):
        notes.append("no blank has an event: the background is unknown below its bound")
    return tuple(notes)
