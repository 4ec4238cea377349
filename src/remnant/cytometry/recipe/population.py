"""What gating says of one population: its cuts, its count with an interval, how much hangs on a cut."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.stats.rare.background import Background


@dataclass(frozen=True)
class Threshold:
    """Where a marker is cut, with the interval of the cut.

    Parameters
    ----------
    marker, channel : str
        What is cut, and on which channel.
    value, lower, upper : float
        On the compensated scale of the channel; events at or above `value` are positive.
    method : str
        How it was found, in words.
    n : int
        Events that it was found from.
    parent : str
        Population and tube that they are of.
    weaker : bool
        Whether it lacks a control (FMO) that would bound the background; an isotype does not.
    source : str
        What it rests on: `FMO`, `isotype`, `density`, `progenitors`, `share`, `plan`, `review` or
        `first visit`.
    bootstrap_lower, bootstrap_upper : float or None
        The interval of a control's quantile by resampling, beside the exact one of `lower` and `upper`.
    """

    marker: str
    channel: str
    value: float
    lower: float
    upper: float
    method: str
    n: int
    parent: str
    weaker: bool
    source: str = ""
    bootstrap_lower: float | None = None
    bootstrap_upper: float | None = None


def written(value: float) -> str:
    """Write a place on a scale in words of the report: whole, or to three figures on a scale of decades.

    Examples
    --------
    >>> written(1832.2), written(0.7134), written(-12.5)
    ('1,832', '0.713', '-12')
    """
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.3g}"


@dataclass(frozen=True)
class CountInterval:
    """The cells of a compartment that a tube speaks for, with every error that the tube itself can tell.

    What is covered: the frequency, among viable nucleated single cells of the specimen, of cells that lie
    inside the compartment's cuts as unlimited controls would place them, cells that leaked in not counted.
    Counting, background and the place of the cuts are in the limits; how well the cuts fit the biology is
    not, and is what `CutComparison` and `Sweep` show.

    Parameters
    ----------
    events, lower, upper : float
        Events less the expected background, and limits.
    fraction, fraction_lower, fraction_upper : float
        The same as a fraction of the parent, in [0, 1].
    confidence : float
        Coverage of the limits.
    background : float
        Events expected to have leaked into the gate; 0 where no control measures it.
    measured : str
        Markers whose background a control measured; empty if none.
    unmeasured : str
        Positive markers without a control, whose background is in no limit; empty if none.
    cut_lower, cut_upper : float or None
        Events inside the gate at the ends of the cuts' intervals, as many of them leaked in as at the cuts
        drawn: what a posterior of the count is made from, with `leaked`.
    leaked : Background or None
        What controls know of `background`; None where none measures it.
    """

    events: float
    lower: float
    upper: float
    fraction: float
    fraction_lower: float
    fraction_upper: float
    confidence: float
    background: float
    measured: str
    unmeasured: str
    cut_lower: float | None = None
    cut_upper: float | None = None
    leaked: Background | None = None


@dataclass(frozen=True)
class PopulationCount:
    """Events of one compartment.

    Parameters
    ----------
    population, phenotype : str
        Name and definition.
    parent : str
        Population that `parent_events` counts: `nucleated`, all viable nucleated single cells.
    events : int or None
        None where the compartment is not evaluable; `reason` then says why.
    parent_events : int
        Events of the parent that could be judged on every marker of the phenotype.
    events_at_lower, events_at_upper : int or None
        Fewest and most events as the thresholds move within their intervals, each independently: the root of
        the sum of squares of what each alone takes away or adds.
    reason : str
        Why it is not evaluable; empty otherwise.
    interval : CountInterval or None
        What the tube says of the specimen; None where the compartment is not evaluable.
    """

    population: str
    phenotype: str
    parent: str
    events: int | None
    parent_events: int
    events_at_lower: int | None
    events_at_upper: int | None
    reason: str = ""
    interval: CountInterval | None = None


@dataclass(frozen=True)
class CutWay:
    """A compartment with its `-/low` marker cut in one of two ways.

    Parameters
    ----------
    rule : str
        `FMO`, `isotype` or `progenitors`.
    cut : Threshold or None
        None where this way is refused.
    events : int or None
        Events in the compartment.
    interval : CountInterval or None
    reason : str
        Why it is refused; empty otherwise.
    """

    rule: str
    cut: Threshold | None
    events: int | None
    interval: CountInterval | None
    reason: str = ""


@dataclass(frozen=True)
class CutComparison:
    """The two cuts of a `-/low` marker side by side; the plan names the one used, and nothing switches it.

    Parameters
    ----------
    population, marker : str
    used : str
        What the cut in use rests on, as `Threshold.source` says it.
    control, progenitors : CutWay
        Cut on the control, and below the stem-marker positive cells that carry the marker.
    ratio : float or None
        Events below the progenitors' cut over events below the control's; None where it has no value.
    lower, upper : float or None
        Limits of the events, as a fraction of the parent, whichever of the two cuts is right.
    """

    population: str
    marker: str
    used: str
    control: CutWay
    progenitors: CutWay
    ratio: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class SweepStep:
    """One share of stem-marker positive events called `-/low`.

    Parameters
    ----------
    share : float
        The share, in (0, 1).
    cut : float or None
        Where it ends, on the compensated scale.
    step_events : int
        Events called low.
    events : int or None
        Of these, events that carry the rest of the phenotype; None where the step is refused.
    lower, upper : float or None
        Limits of these events less their background.
    fraction, fraction_lower, fraction_upper : float or None
        Events as a fraction of the step, with exact limits (Clopper-Pearson).
    found : bool or None
        Whether the lower limit lies above no event at all.
    reason : str
        Why it is refused; empty otherwise.
    """

    share: float
    cut: float | None
    step_events: int
    events: int | None
    lower: float | None
    upper: float | None
    fraction: float | None
    fraction_lower: float | None
    fraction_upper: float | None
    found: bool | None
    reason: str = ""


@dataclass(frozen=True)
class Sweep:
    """Whether a finding holds wherever `-/low` ends.

    Parameters
    ----------
    population, marker : str
    steps : tuple of SweepStep
    verdict : str
        `holds at every step` or `every evaluable step`, `holds at n of m steps`, `fragile` (at one step
        only), `not found`, or `not evaluable`.
    """

    population: str
    marker: str
    steps: tuple[SweepStep, ...]
    verdict: str


@dataclass(frozen=True)
class ReferenceMedian:
    """The median of a marker on a population that should not move from visit to visit.

    Parameters
    ----------
    population, marker, channel : str
    value, lower, upper : float
        Median with its exact order-statistic limits, on the compensated scale.
    n : int
        Events.
    """

    population: str
    marker: str
    channel: str
    value: float
    lower: float
    upper: float
    n: int


@dataclass(frozen=True)
class BothWays:
    """One compartment by a tube's own thresholds and by those of the patient's first visit.

    Parameters
    ----------
    population : str
    own, baseline : int or None
        Events; None where that way is not evaluable.
    used : str
        `own` or `baseline`, as the plan says.
    """

    population: str
    own: int | None
    baseline: int | None
    used: str
