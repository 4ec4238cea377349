"""Signal over time: medians that moved, events at an end of the scale, events without a value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.acquisition.bins import Bins, above, blocks, medians, read_range
from remnant.cytometry.acquisition.findings import Finding, QualityRule, Trouble
from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel
from remnant.stats.series import stationary

Floats = NDArray[np.float64]
_SAMPLE = 20_000  # events that fix the spread of a channel to one part in a hundred
_TOP = 1 - 1e-3  # values within this share of the range stand at its top


@dataclass(frozen=True)
class ChannelQuality:
    """One channel over the whole tube.

    Parameters
    ----------
    channel : str
        `$PnN`.
    spread : float
        Robust standard deviation of its events; 0 without a value.
    largest_shift : float or None
        Of a bin's median from that of all bins, in spreads; None without bins or without spread.
    top, bottom, not_evaluable : float
        Share of events at the top of the range, at the lowest value of the channel, and without a value.
    """

    channel: str
    spread: float
    largest_shift: float | None
    top: float
    bottom: float
    not_evaluable: float


def check_channel(
    file: EventFile, channel: Channel, bins: Bins | None, rule: QualityRule, series: int
) -> tuple[ChannelQuality, list[Finding]]:
    """Look at one channel, block by block.

    Parameters
    ----------
    file, channel
        The tube, and which channel.
    bins : Bins or None
        None where the tube is too small for changes over time.
    rule : QualityRule
        Choices.
    series : int
        Series that share the chance of a false alarm.

    Returns
    -------
    quality : ChannelQuality
    findings : list of Finding
    """
    parts = list(blocks(bins or Bins(file.events, max(file.events, 1), 1)))
    pieces, sample = [], []
    top = missing = 0
    lowest, at_lowest = np.inf, 0
    ceiling = _ceiling(channel)
    values = np.empty(0)
    for part in parts:
        values = read_range(file, channel.number, part.begin, part.end)
        sample.append(values[:: max(file.events // _SAMPLE, 1)])
        missing += int(np.count_nonzero(np.isnan(values)))
        top += 0 if ceiling is None else int(np.count_nonzero(values >= ceiling))
        least = float(np.fmin.reduce(values, initial=np.inf))
        if least < lowest:
            lowest, at_lowest = least, 0
        at_lowest += int(np.count_nonzero(values == lowest))
        if bins is not None:
            pieces.append(medians(values, bins.size)[: bins.number])
    total = max(file.events, 1)
    spread = robust_spread(np.concatenate(sample) if sample else np.empty(0))
    shift: float | None = None
    found: list[Finding] = []
    if bins is not None and spread > 0 and np.isnan(middle := np.concatenate(pieces)).mean() <= 0.5:
        split = float(np.nanmedian(middle))
        # One block is still at hand; of a larger file every block is read again.
        again = (
            [values] if len(parts) == 1 else (read_range(file, channel.number, p.begin, p.end) for p in parts)
        )
        counted = [above(block, bins.size, split) for block in again]
        higher, evaluable = (np.concatenate(column)[: bins.number] for column in zip(*counted, strict=True))
        odd = _odd_shares(higher, evaluable, rule, series)
        shift, found = _shifts(channel, (middle - split) / spread, odd, bins, rule)
    # A single event is always the lowest: a pile is more than chance ties.
    bottom = at_lowest / total if at_lowest > 1 else 0.0
    quality = ChannelQuality(channel.name, spread, shift, top / total, bottom, missing / total)
    return quality, found + _piles(quality, rule)


def robust_spread(values: Floats) -> float:
    """Return the standard deviation of a normal with the same median absolute deviation; 0 without values."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0
    return float(stationary.MAD_TO_SD * np.median(np.abs(finite - np.median(finite))))


def _ceiling(channel: Channel) -> float | None:
    """Top of the range on the scale of `EventFile.column`."""
    if channel.range is None:
        return None
    if channel.decades:
        # The last stored value: a logarithmic channel reaches its top decade there.
        return channel.offset * 10 ** (channel.decades * (channel.range - 1) / channel.range)
    if channel.datatype == "I":
        return (channel.range - 1) / channel.gain
    return _TOP * channel.range / channel.gain


def _odd_shares(higher: Floats, evaluable: Floats, rule: QualityRule, series: int) -> NDArray[np.bool_]:
    """Say in which bins too many or too few events lie above the middle of the tube.

    Whatever the distribution of the channel, that number is binomial in an unchanged tube: a median's own
    scatter would have to be estimated, and is skewed with its channel.
    """
    share = np.divide(higher, evaluable, out=np.full(higher.shape, np.nan), where=evaluable > 0)
    overall = float(higher.sum() / evaluable.sum())
    # In a tube that changed, the share overall is no longer the one of a half: chance is taken at its widest.
    chance = np.sqrt(max(overall * (1 - overall), 0.2) / np.maximum(evaluable, 1))
    return stationary.alarms(share, chance, together=series, false_alarm=rule.false_alarm)


def _shifts(
    channel: Channel, away: Floats, odd: NDArray[np.bool_], bins: Bins, rule: QualityRule
) -> tuple[float | None, list[Finding]]:
    """Report bins that are odd beyond chance and have moved far enough to matter; `away` in spreads."""
    largest = float(np.nanmax(np.abs(away)))
    where = np.flatnonzero(odd & (np.abs(away) >= rule.least_shift))
    if not len(where):
        return largest, []
    ranges = bins.ranges(where.tolist(), rule.margin_bins)
    text = (
        f"{channel.label}: median of {len(where)} of {bins.number} bins moved, by up to {largest:.2g} spreads"
    )
    return largest, [Finding(Trouble.SHIFT, channel.name, ranges, largest, text)]


def _piles(quality: ChannelQuality, rule: QualityRule) -> list[Finding]:
    cases = (
        (Trouble.TOP, quality.top, rule.pile_share, "at the top of the range: their value is a lower bound"),
        (
            Trouble.BOTTOM,
            quality.bottom,
            rule.pile_share,
            "at one lowest value: cut off there, or without any signal",
        ),
        (Trouble.NOT_EVALUABLE, quality.not_evaluable, rule.not_evaluable_share, "without a value"),
    )
    return [
        Finding(
            trouble, quality.channel, (), share, f"{quality.channel}: {100 * share:.2g} % of events {words}"
        )
        for trouble, share, least, words in cases
        if share > least
    ]
