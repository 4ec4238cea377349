"""The Time channel: steps back, pauses, and the rate of events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.acquisition.bins import Bins, read_range
from remnant.cytometry.acquisition.findings import EventRange, Finding, QualityRule, Trouble
from remnant.cytometry.fcs.file import EventFile
from remnant.stats.series import stationary

Floats = NDArray[np.float64]
_LISTED = 20  # ranges of one finding; the rest are counted


def check_time(file: EventFile, bins: Bins, rule: QualityRule, series: int) -> list[Finding]:
    """Find steps back, pauses and changes of rate.

    Parameters
    ----------
    file : EventFile
        The tube.
    bins : Bins
        Its bins.
    rule : QualityRule
        Choices.
    series : int
        Series that share the chance of a false alarm: channels and the rate.

    Returns
    -------
    list of Finding
        One that says so, if Time is absent, ambiguous or stands still.
    """
    channels = [channel for channel in file.channels if channel.is_time]
    if len(channels) != 1:
        words = "no channel is called Time" if not channels else f"{len(channels)} channels are called Time"
        return [_no_time(words)]
    time = read_range(file, channels[0].number, 0, file.events)
    if not np.isfinite(time).all():
        return [_no_time(f"Time of {int(np.sum(~np.isfinite(time))):,} events is not a number")]
    steps = np.diff(time)
    if not np.any(steps > 0):
        return [_no_time("Time stands still")]
    unit = "s" if file.timestep is not None else "ticks"
    back = np.flatnonzero(steps < 0)
    found = [*_backward(back, bins), *_pauses(steps, unit, rule)]
    return found + check_rate(time, back, bins, rule, series)


def check_rate(
    time: Floats, back: NDArray[np.intp], bins: Bins, rule: QualityRule, series: int
) -> list[Finding]:
    """Find bins that took longer or shorter than the others; a bin with a step back has no duration."""
    starts = np.arange(bins.number) * bins.size
    ends = np.append(starts[1:], bins.number * bins.size - 1)
    duration = time[ends] - time[starts]
    duration[np.unique(np.minimum(back // bins.size, bins.number - 1))] = np.nan
    steps = np.diff(time)
    tick = float(np.min(steps, initial=np.inf, where=steps > 0))
    if np.isnan(duration).mean() > 0.5:
        return []
    duration[-1] *= bins.size / max(bins.size - 1, 1)  # one interval fewer than its events
    length = np.log(np.maximum(duration, tick))
    away = length - np.nanmedian(length)
    # The duration of n events of a steady stream is a gamma: its logarithm varies by 1 / sqrt(n).
    chance = 1 / np.sqrt(bins.size)
    odd = stationary.alarms(length, chance, together=series, false_alarm=rule.false_alarm)
    odd &= np.abs(away) >= np.log(rule.least_rate_change)
    found = []
    for trouble, flagged in ((Trouble.SLOW, odd & (away > 0)), (Trouble.FAST, odd & (away < 0))):
        where = np.flatnonzero(flagged)
        if len(where):
            ratio = np.exp(-away[where])
            worst = float(ratio.min() if trouble is Trouble.SLOW else ratio.max())
            ranges = bins.ranges(where.tolist(), rule.margin_bins)
            reach = "down to" if trouble is Trouble.SLOW else "up to"
            text = f"{len(where)} of {bins.number} bins at {reach} {worst:.2g} times the usual rate of events"
            found.append(Finding(trouble, "", ranges, worst, text))
    return found


def _backward(back: NDArray[np.intp], bins: Bins) -> list[Finding]:
    if not len(back):
        return []
    places = tuple(EventRange(int(at), int(at) + 2) for at in back[:_LISTED])
    share = len(back) / bins.events
    more = f", the first {_LISTED} listed" if len(back) > _LISTED else ""
    text = f"Time steps back at {len(back):,} events{more}: runs joined, a counter that wrapped, or damage"
    return [Finding(Trouble.BACKWARD, "Time", places, share, text)]


def _pauses(steps: Floats, unit: str, rule: QualityRule) -> list[Finding]:
    """Intervals longer than the longest of a steady stream: exponential, so log(n / chance) means."""
    forward = steps[steps >= 0]
    # The mean without its largest intervals, so that a pause does not hide itself.
    usual = float(np.mean(forward[forward <= np.quantile(forward, 0.999)]))
    tick = float(np.min(forward[forward > 0]))
    longest = max(usual, tick / 10) * np.log(len(steps) / rule.false_alarm) + 2 * tick
    # A stream is never quite steady: an interval counts once it is ten times the longest to expect.
    places = np.flatnonzero(steps > 10 * longest)
    if not len(places):
        return []
    total = float(steps[places].sum())
    ranges = tuple(EventRange(int(at), int(at) + 2) for at in places[:_LISTED])
    text = f"{len(places)} pauses of {total:.3g} {unit} in all: the stream stopped, then went on"
    return [Finding(Trouble.PAUSE, "Time", ranges, total, text)]


def _no_time(words: str) -> Finding:
    return Finding(Trouble.TIME, "", (), 0.0, f"{words}: the rate of events is not evaluable")
