"""What can be wrong with the acquisition of a tube, where, and by which choices it was looked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remnant.errors import Fault, SettingError


class Trouble(StrEnum):
    """Kinds of trouble."""

    TIME = "no usable Time"
    BACKWARD = "Time runs backwards"
    PAUSE = "pause"
    SLOW = "events too few per second"
    FAST = "events too many per second"
    SHIFT = "signal shifted"
    TOP = "events at the top of scale"
    BOTTOM = "events at the bottom of scale"
    NOT_EVALUABLE = "events without a value"
    NEGATIVE = "negative spread"
    LOST = "events dropped"


CUTTING = (Trouble.SLOW, Trouble.FAST, Trouble.SHIFT)


@dataclass(frozen=True, order=True)
class EventRange:
    """Events from `begin` (counted from 0) up to, not including, `end`."""

    begin: int
    end: int

    @property
    def size(self) -> int:
        """Number of events."""
        return self.end - self.begin

    def __str__(self) -> str:
        """Say the range as people count, from 1."""
        return f"{self.begin + 1:,} to {self.end:,}"


@dataclass(frozen=True)
class Finding:
    """One trouble.

    Parameters
    ----------
    trouble : Trouble
        Its kind.
    channel : str
        Where it shows; empty for the rate of events.
    ranges : tuple of EventRange
        Which events; empty where it is a property of the whole tube.
    size : float
        How large: the shift in robust standard deviations of the channel, the rate over the median rate, the
        pause in seconds or ticks, or the share of events.
    text : str
        One sentence.
    """

    trouble: Trouble
    channel: str
    ranges: tuple[EventRange, ...]
    size: float
    text: str


@dataclass(frozen=True)
class QualityRule:
    """Choices of quality control. The defaults are this project's, not published constants.

    Parameters
    ----------
    bins : int
        Most bins of time.
    fewest_bin_events : int
        Events that a bin must hold, so that its median means something.
    fewest_bins : int
        Bins below which a change over time is not evaluable.
    false_alarm : float
        Chance that an unchanged tube gets any finding of shift or rate, over all bins and channels.
    least_shift : float
        Shift of a median that matters, in robust standard deviations of its channel.
    least_rate_change : float
        Change of the rate of events that matters, as a factor above 1.
    margin_bins : int
        Bins on each side of a trouble that go with it: it may begin anywhere in a bin.
    pile_share, not_evaluable_share : float
        Share of events at an end of the scale, or without a value, that is worth a finding.
    negative_ratio : float
        How many times wider compensation may make the spread of negative events.
    lost_share : float
        Share of events that the cytometer may have dropped.
    """

    bins: int = 100
    fewest_bin_events: int = 500
    fewest_bins: int = 10
    false_alarm: float = 0.01
    least_shift: float = 0.2
    least_rate_change: float = 1.5
    margin_bins: int = 1
    pile_share: float = 0.01
    not_evaluable_share: float = 0.001
    negative_ratio: float = 5.0
    lost_share: float = 0.05

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be meant, all at once."""
        bounds = {
            "bins": (3, 100_000), "fewest_bin_events": (10, 10**9), "fewest_bins": (3, self.bins),
            "false_alarm": (1e-12, 0.5), "least_shift": (0, 100), "least_rate_change": (1, 1000),
            "margin_bins": (0, self.bins), "pile_share": (0, 1), "not_evaluable_share": (0, 1),
            "negative_ratio": (1, 1e6), "lost_share": (0, 1),
        }  # fmt: skip
        faults = [
            Fault("quality rule", None, name, str(getattr(self, name)), f"{low:g} to {high:g}", "check it")
            for name, (low, high) in bounds.items()
            if not low <= getattr(self, name) <= high
        ]
        if faults:
            raise SettingError(faults)


def merge(ranges: list[EventRange]) -> tuple[EventRange, ...]:
    """Join ranges that touch or overlap, in order."""
    joined: list[EventRange] = []
    for item in sorted(ranges):
        if joined and item.begin <= joined[-1].end:
            joined[-1] = EventRange(joined[-1].begin, max(joined[-1].end, item.end))
        else:
            joined.append(item)
    return tuple(joined)
