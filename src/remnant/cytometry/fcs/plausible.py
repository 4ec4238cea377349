"""Whether the values of a file can be what a cytometer measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.fcs.summary import ChannelSummary, summarise

BACKWARD_SHARE = 0.05  # appended runs step back a few times; misread bytes step back at every other event
ABSURD_SHARE = 0.001
EXACT = 2**53  # integers up to here are exact in a double


def find_implausible(file: EventFile, channels: tuple[str | int, ...]) -> tuple[str, ...]:
    """List what shows that DATA is read at the wrong place or was written wrongly.

    Parameters
    ----------
    file : EventFile
        The tube; read once, a block at a time.
    channels : tuple of str or int
        Channels to look at; Time is looked at where there is one.

    Returns
    -------
    tuple of str
        Sentences; empty if the values are plausible.
    """
    chosen = [file.channel(name).number for name in channels]
    times = [channel.number for channel in file.channels if channel.is_time]
    return judge(file, summarise(file, dict.fromkeys([*chosen, *times])))


def judge(file: EventFile, summaries: Sequence[ChannelSummary]) -> tuple[str, ...]:
    """Say what is implausible in channels that `summarise` has read."""
    findings = []
    times = [channel.number for channel in file.channels if channel.is_time]
    for summary in summaries:
        if [summary.number] == times and file.events > 100:
            share = summary.backward / (file.events - 1)
            if share > BACKWARD_SHARE:
                findings.append(f"Time runs backwards at {100 * share:.0f} % of events")
        if file.events and (share := summary.absurd / file.events) > ABSURD_SHARE:
            findings.append(f"{summary.name} is beyond any range at {100 * share:.1f} % of events")
    return tuple(findings)


def find_oddities(file: EventFile, summaries: Sequence[ChannelSummary]) -> tuple[str, ...]:
    """Say what is odd but readable: names that stand twice, values above `$PnR` or not finite."""
    odd = []
    for attribute, keyword in (("name", "$PnN"), ("stain", "$PnS")):
        places: dict[str, list[Channel]] = defaultdict(list)
        for channel in file.channels:
            places[getattr(channel, attribute).lower()].append(channel)
        for name, same in places.items():
            if name and len(same) > 1:
                numbers = ", ".join(str(channel.number) for channel in same)
                odd.append(f"{keyword} {getattr(same[0], attribute)} names channels {numbers}: ask by number")
    for summary in summaries:
        channel = file.channels[summary.number - 1]
        if summary.above_range:
            limit = f"{channel.range:.15g}"
            odd.append(f"{summary.name} is above its $PnR of {limit} at {summary.above_range} events")
        if summary.masked:
            odd.append(f"{summary.name} has bits beyond its $PnR at {summary.masked} events: left out")
        if missing := file.events - summary.measured:
            odd.append(f"{summary.name} is not finite, so not evaluable, at {missing} events")
        if channel.datatype == "I" and (summary.maximum or 0) > EXACT:
            odd.append(f"{summary.name} goes beyond 2**53, where integers are rounded to the nearest double")
    return tuple(odd)


def describe_scale(file: EventFile, channel: str) -> str | None:
    """Say where a channel looks compensated or transformed already; None if it does not."""
    known = file.channel(channel)
    if known.name.lower().startswith("comp-") or known.name.startswith("<"):
        return f"{known.name} is named as if it had been compensated already"
    top = 0.0
    for span in file.spans():
        values = np.abs(file.column(known.number, *span))
        top = max(top, float(np.max(values, initial=0.0, where=~np.isnan(values))))
    if 0 < top < 20 and (known.range or 0) > 1000:
        return f"{known.name} reaches {top:.3g} of a range of {known.range:g}: transformed already?"
    return None
