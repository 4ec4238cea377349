"""What a cut would do to a rare gate: the count with and without it, always both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.acquisition.findings import EventRange
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE
from remnant.stats.fractions import proportion
from remnant.stats.series.evenness import uneven
from remnant.study.estimate import Estimate

UNEVEN = 0.01  # chance below which an uneven spread is spoken of


@dataclass(frozen=True)
class CutEffect:
    """A rare gate with and without the cut.

    Parameters
    ----------
    gate : str
        Its id.
    events, events_kept : int
        Events in the gate: all, and outside the cut.
    not_evaluable, not_evaluable_kept : int
        The same, of the events that the gate cannot judge.
    tube_events, tube_events_kept : int
        The same, of all events.
    lost : Estimate
        Share of the gate's events that the cut takes.
    cut_share : float
        Share of all events that it takes.
    evenness : float or None
        Chance of so uneven a spread of the gate's events over the acquisition, were they mixed well; small
        where cells were carried over from another tube, or clumped. None for fewer than five events.
    sentence : str
        Both counts in words, and whether the cut takes the gate's events more, or less, than others.
    """

    gate: str
    events: int
    events_kept: int
    not_evaluable: int
    not_evaluable_kept: int
    tube_events: int
    tube_events_kept: int
    lost: Estimate
    cut_share: float
    evenness: float | None
    sentence: str


def cut_mask(events: int, cut: Sequence[EventRange]) -> NDArray[np.bool_]:
    """Say of every event whether a cut takes it; shape (events,)."""
    taken = np.zeros(events, dtype=np.bool_)
    for part in cut:
        taken[part.begin : part.end] = True
    return taken


def effect_of_cut(
    gate: str, codes: NDArray[np.int8], cut: Sequence[EventRange], *, confidence: float = 0.95
) -> CutEffect:
    """Count a gate with and without a cut.

    Parameters
    ----------
    gate : str
        Id of the gate.
    codes : ndarray of int8, shape (events,)
        `OUT`, `NOT_EVALUABLE` or `IN` for every event, as from `evaluate`.
    cut : sequence of EventRange
        Events that quality control would leave out.
    confidence : float, default 0.95
        Coverage of the interval of the share lost.

    Returns
    -------
    CutEffect
    """
    taken = cut_mask(len(codes), cut)
    inside, unknown = codes == IN, codes == NOT_EVALUABLE
    events, kept = int(inside.sum()), int((inside & ~taken).sum())
    total, left = len(codes), int((~taken).sum())
    share = 1 - left / total if total else 0.0
    if events:
        low, high = (
            float(x) for x in proportion.clopper_pearson(events - kept, events, confidence=confidence)
        )
        lost = Estimate.detected(1 - kept / events, low, high, confidence=confidence)
    else:
        lost = Estimate.not_evaluable("the gate has no event")
    sentence = f"{gate}: {events:,} events, {kept:,} without the {total - left:,} events of the cut"
    if lost.lower is not None and lost.upper is not None and not lost.lower <= share <= lost.upper:
        more = "more" if events - kept > share * events else "less"
        sentence += f"; it takes them {more} than other events, so it is not neutral"
    evenness = uneven(np.flatnonzero(inside), total)
    if evenness is not None and evenness < UNEVEN:
        sentence += "; they are not spread evenly over the acquisition: carried over, or clumped?"
    unknown_kept = int((unknown & ~taken).sum())
    return CutEffect(
        gate,
        events,
        kept,
        int(unknown.sum()),
        unknown_kept,
        total,
        left,
        lost,
        share,
        evenness,
        sentence + ".",
    )
