"""Singlets by the pulse of DNA: two nuclei in one event have the area of two and the height of one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.cycle.peak import DnaPeak
from remnant.cytometry.cycle.plan import CyclePlan
from remnant.cytometry.cycle.record import PulseGate
from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.membership import IN, Codes

Floats = NDArray[np.float64]
_LEAST_SIGMA = 0.01  # relative, so that a pulse without noise keeps its events
_WITHIN = 2.0  # standard deviations around the 2n mode from which the pulse is learnt


@dataclass(frozen=True)
class Pulse:
    """A channel that tells the width of the DNA pulse.

    Parameters
    ----------
    channel : Channel
    is_height : bool
        Whether the width is area over height; else it is the channel itself.
    """

    channel: Channel
    is_height: bool


def find_pulse(tube: TubeEvents, dna: str, asked: str | None) -> Pulse | None:
    """Find height or width of the DNA channel: the one asked for, or its namesake that ends in H or W.

    Raises
    ------
    ChannelError
        If the channel that is asked for is not there.
    """
    if asked is not None:
        channel = tube.file.channel(asked)
        return Pulse(channel, not re.search(r"(?i)[-_. ]?w(idth)?$", channel.name))
    stem = re.sub(r"(?i)[-_. ]?(a|area)$", "", dna)
    if stem == dna:
        return None
    for endings, is_height in ((("h", "height"), True), (("w", "width"), False)):
        names = {re.sub(r"[^a-z0-9]", "", (stem + ending).lower()) for ending in endings}
        same = [c for c in tube.file.channels if re.sub(r"[^a-z0-9]", "", c.name.lower()) in names]
        if len(same) == 1:
            return Pulse(same[0], is_height)
    return None


def keep_singlets(
    tube: TubeEvents, dna: Floats, pulse: Pulse, within: Codes, peak: DnaPeak, plan: CyclePlan
) -> tuple[NDArray[np.bool_], PulseGate]:
    """Keep the events whose pulse is as wide as that of the cells in the 2n peak.

    Parameters
    ----------
    tube : TubeEvents
    dna : ndarray, shape (events,)
        Area of DNA.
    pulse : Pulse
    within : ndarray of int8, shape (events,)
        Codes of the population that lends the peak.
    peak : DnaPeak
        Found before doublets are left out: they lie at twice its place.
    plan : CyclePlan

    Returns
    -------
    single : ndarray of bool, shape (events,)
        False too where the pulse is not known; an event without DNA is debris, not a doublet.
    gate : PulseGate
    """
    recorded = tube.column(pulse.channel.name)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.log(dna / recorded if pulse.is_height else recorded)
    known = np.isfinite(width) & (dna > 0)
    near = known & (within == IN) & (np.abs(dna / peak.mode - 1) <= _WITHIN * peak.cv)
    centre = float(np.median(width[near])) if near.any() else 0.0
    sigma = 1.4826 * float(np.median(np.abs(width[near] - centre))) if near.any() else 0.0
    half = max(plan.singlet_width * max(sigma, _LEAST_SIGMA), float(np.log1p(plan.singlet_slack)))
    with np.errstate(invalid="ignore"):
        single = (known & (np.abs(width - centre) <= half)) | (dna <= 0)
    removed = int(np.sum((within == IN) & np.isfinite(dna) & np.isfinite(recorded) & ~single))
    what = f"area over {pulse.channel.name}" if pulse.is_height else pulse.channel.name
    rule = f"{what} within {100 * np.expm1(half):.0f} % of the median of the 2n peak"
    return single, PulseGate(pulse.channel.name, rule, removed)
