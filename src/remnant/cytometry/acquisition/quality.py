"""Quality control of one tube: every finding, the cut that it proposes, and nothing thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.cytometry.acquisition.bins import cut_bins
from remnant.cytometry.acquisition.clock import check_time
from remnant.cytometry.acquisition.findings import (
    CUTTING,
    EventRange,
    Finding,
    QualityRule,
    Trouble,
    merge,
)
from remnant.cytometry.acquisition.signal import ChannelQuality, check_channel, robust_spread
from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import whole
from remnant.cytometry.signal.compensate import read_spillover
from remnant.errors import CompensationError

_SAMPLE = 50_000
_MOST_CUT = 0.5


@dataclass(frozen=True)
class NegativeSpread:
    """Spread of the negative events of a compensated channel, before and after.

    Parameters
    ----------
    channel : str
        The channel.
    stored, compensated : float
        1.48 times the median absolute value below zero; 0 where no event is negative.
    """

    channel: str
    stored: float
    compensated: float


@dataclass(frozen=True)
class TubeQuality:
    """Quality of one tube.

    Parameters
    ----------
    file : str
        Its name.
    events, bins : int
        Events, and bins of time; 0 bins where a change over time is not evaluable.
    findings : tuple of Finding
        What is wrong, time first, then channel by channel.
    channels : tuple of ChannelQuality
        Every channel but Time.
    negatives : tuple of NegativeSpread
        Compensated channels; empty without a spillover matrix.
    cut : tuple of EventRange
        Events that the findings on time would leave out: a proposal, never applied here.
    cut_events : int
        How many they are.
    notes : tuple of str
        What was not evaluable, and what weakens the proposal.
    """

    file: str
    events: int
    bins: int
    findings: tuple[Finding, ...]
    channels: tuple[ChannelQuality, ...]
    negatives: tuple[NegativeSpread, ...]
    cut: tuple[EventRange, ...]
    cut_events: int
    notes: tuple[str, ...]


def check_acquisition(
    file: EventFile, *, rule: QualityRule | None = None, channels: Sequence[str | int] | None = None
) -> TubeQuality:
    """Look at a tube over the time of its acquisition.

    Medians of a bin hardly feel a rare population, nor a change that touches only one: what is not found here
    was not shown to be absent.

    Parameters
    ----------
    file : EventFile
        The tube.
    rule : QualityRule, optional
        Choices; the defaults where left out.
    channels : sequence of str or int, optional
        Channels to look at; all but Time by default.

    Returns
    -------
    TubeQuality
        On an unchanged tube the chance of any cut is at most `rule.false_alarm`.

    Raises
    ------
    ChannelError
        If a named channel is not there.
    """
    rule = rule or QualityRule()
    wanted = [file.channel(name) for name in channels] if channels is not None else list(file.channels)
    wanted = [channel for channel in wanted if not channel.is_time]
    bins = cut_bins(file.events, rule)
    series = len(wanted) + 1
    notes = []
    findings: list[Finding] = []
    if bins is None:
        needed = rule.fewest_bins * rule.fewest_bin_events
        notes.append(f"{file.events:,} events: changes over time are not evaluable below {needed:,}")
    else:
        findings += check_time(file, bins, rule, series)
    seen = []
    for channel in wanted:
        quality, found = check_channel(file, channel, bins, rule, series)
        seen.append(quality)
        findings += found
    findings += _lost(file, rule)
    try:
        negatives = _negatives(file)
    except CompensationError as error:  # time and signal can be judged without a matrix
        negatives = ()
        notes.append(f"negative spread is not evaluable: {error}")
    findings += [
        _wide(item) for item in negatives if item.compensated > rule.negative_ratio * item.stored > 0
    ]
    cut = propose_cut(findings)
    taken = sum(part.size for part in cut)
    if taken > _MOST_CUT * file.events:
        notes.append("the cut takes most of the tube: nothing says which part is the right one")
    return TubeQuality(
        file.path.name, file.events, bins.number if bins else 0, tuple(findings), tuple(seen), negatives,
        cut, taken, tuple(notes),
    )  # fmt: skip


def propose_cut(findings: Sequence[Finding]) -> tuple[EventRange, ...]:
    """Join the ranges of the findings that a cut can mend.

    A pause has no events, and a step back of Time joins two runs that may both be whole: neither is cut.
    """
    return merge([part for finding in findings if finding.trouble in CUTTING for part in finding.ranges])


def _lost(file: EventFile, rule: QualityRule) -> list[Finding]:
    """Report events that the cytometer itself says it dropped: `$ABRT` by coincidence, `$LOST` by haste."""
    counts = {name: whole(file.keywords.get(name, "")) or 0 for name in ("$ABRT", "$LOST")}
    lost = sum(max(count, 0) for count in counts.values())
    share = lost / (lost + file.events) if lost else 0.0
    if share <= rule.lost_share:
        return []
    said = " and ".join(f"{name} {count:,}" for name, count in counts.items() if count > 0)
    text = f"{100 * share:.2g} % of events were dropped by the cytometer ({said}): run slower"
    return [Finding(Trouble.LOST, "", (), share, text)]


def _negatives(file: EventFile) -> tuple[NegativeSpread, ...]:
    matrix = read_spillover(file)
    if matrix is None or not file.events:
        return ()
    step = max(file.events // _SAMPLE, 1)
    stored = {name: file.column(name)[::step] for name in matrix.detectors}
    weights = matrix.unmixing()
    found = []
    for at, dye in enumerate(matrix.dyes):
        values = np.zeros_like(next(iter(stored.values())))
        for name, weight in zip(matrix.detectors, weights[:, at], strict=True):
            if weight:
                values += weight * stored[name]
        before = _below_zero(stored[dye]) if dye in stored else 0.0
        found.append(NegativeSpread(dye, before, _below_zero(values)))
    return tuple(found)


def _below_zero(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Spread of what lies below zero, mirrored to the other side."""
    negative = values[values < 0]
    return robust_spread(np.concatenate([negative, -negative])) if len(negative) else 0.0


def _wide(item: NegativeSpread) -> Finding:
    ratio = item.compensated / item.stored
    text = f"{item.channel}: negative events spread {ratio:.0f} times wider once compensated"
    return Finding(Trouble.NEGATIVE, item.channel, (), ratio, text)
