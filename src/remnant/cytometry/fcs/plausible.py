"""Whether the values of a file can be what a cytometer measured."""

from __future__ import annotations

import numpy as np

from remnant.cytometry.fcs.file import EventFile

BACKWARD_SHARE = 0.05  # appended runs step back a few times; misread bytes step back at every other event
BEYOND_RANGE = 1e3  # a value this many times the range of its channel was not measured
_ABSURD = 1e30
_SHARE = 0.001


def find_implausible(file: EventFile, channels: tuple[str | int, ...]) -> tuple[str, ...]:
    """List what shows that DATA is read at the wrong place or was written wrongly.

    Parameters
    ----------
    file : EventFile
        The tube.
    channels : tuple of str or int
        Channels to look at; Time is looked at where there is one.

    Returns
    -------
    tuple of str
        Sentences; empty if the values are plausible.
    """
    findings = []
    times = [channel for channel in file.channels if channel.is_time]
    if len(times) == 1 and file.events > 100:
        steps = np.diff(file.column(times[0].number))
        share = float(np.mean(steps < 0))
        if share > BACKWARD_SHARE:
            findings.append(f"Time runs backwards at {100 * share:.0f} % of events")
    for name in channels:
        channel = file.channel(name)
        values = np.abs(file.column(channel.number))
        limit = _ABSURD if channel.range is None else BEYOND_RANGE * channel.range / channel.gain
        if channel.decades:
            continue
        share = float(np.mean(values > min(limit, _ABSURD))) if len(values) else 0.0
        if share > _SHARE:
            findings.append(f"{channel.name} is beyond any range at {100 * share:.1f} % of events")
    return tuple(findings)


def describe_scale(file: EventFile, channel: str) -> str | None:
    """Say where a channel looks compensated or transformed already; None if it does not."""
    known = file.channel(channel)
    if known.name.lower().startswith("comp-") or known.name.startswith("<"):
        return f"{known.name} is named as if it had been compensated already"
    values = file.column(known.number)
    if len(values) and np.isfinite(values).any():
        top = float(np.nanmax(np.abs(values)))
        if 0 < top < 20 and (known.range or 0) > 1000:
            return f"{known.name} reaches {top:.3g} of a range of {known.range:g}: transformed already?"
    return None
