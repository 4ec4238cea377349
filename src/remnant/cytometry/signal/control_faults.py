"""Controls that do not go together: unlike tubes, names claimed twice, tubes of another dye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from remnant.cytometry.signal.control_tube import ControlTube
from remnant.cytometry.signal.single_stain import SingleStain, StainFit
from remnant.errors import Fault

WRONG_TUBE = 10.0  # times more light elsewhere than in the declared; 2.7 is seen in sound panels


def unlike_tubes(stains: Sequence[SingleStain], unstained: ControlTube | None) -> list[Fault]:
    """Find dyes named twice, and tubes or declared detectors that do not go with the first tube."""
    if not stains:
        hint = "give one tube per dye"
        return [Fault("single stains", None, "stains", "no tube", "at least one", hint)]
    faults = claimed_twice([(stain.dye, stain.dye, stain.tube.source) for stain in stains])
    first = stains[0].tube.detectors
    expected, hint = ", ".join(first), "record all controls with the same settings"
    faults += [
        Fault(tube.source, None, "detectors", ", ".join(tube.detectors), expected, hint)
        for tube in (*(stain.tube for stain in stains), *([unstained] if unstained else []))
        if tube.detectors != first
    ]
    faults += [
        Fault(
            stain.tube.source,
            None,
            f"detector of {stain.dye}",
            stain.detector,
            expected,
            "name it as in $PnN",
        )
        for stain in stains
        if stain.detector is not None and stain.detector not in first
    ]
    return faults


def claimed_twice(named: Sequence[tuple[str, str, str]]) -> list[Fault]:
    """Find names (of dye or detector) that two stains claim."""
    faults = []
    first: dict[str, str] = {}
    for name, dye, source in named:
        if name in first:
            found = f"{name} for {dye} as for {first[name]}"
            faults.append(Fault(source, None, f"stain {dye}", found, "its own", "leave one of the two out"))
        first.setdefault(name, dye)
    return faults


def swapped_tubes(fits: Sequence[StainFit]) -> list[Fault]:
    """Find tubes that were swapped: handed round among the declared dyes, they would be brighter by product.

    A dye may be brighter in another's detector where voltages differ, but then the other is dim in its own.
    """
    from scipy.optimize import linear_sum_assignment

    places = [fits[0].detectors.index(fit.primary) for fit in fits]
    share = np.log(np.maximum(np.array([fit.spill for fit in fits])[:, places], 1e-6))
    best = linear_sum_assignment(share, maximize=True)[1]
    hint = "were tubes swapped? give each dye its own"
    return [
        Fault(
            fit.source,
            None,
            f"stain {fit.dye}",
            f"{np.exp(share[i, best[i]]):.2f} times the light of {fit.primary} in {fits[best[i]].primary}",
            f"the tube of {fit.dye}, not of {fits[best[i]].dye}",
            hint,
        )
        for i, fit in enumerate(fits)
        if best[i] != i
    ]


def mistaken_tubes(fits: Sequence[StainFit]) -> list[Fault]:
    """Find tubes with far more light in some detector than in the declared one."""
    return [
        Fault(
            fit.source,
            None,
            f"stain {fit.dye}",
            f"{max(fit.spill):.1f} times the light of {fit.primary} in {fit.peak}",
            f"the light of {fit.dye} in {fit.primary}",
            "is this the tube of another dye? name its brightest detector",
        )
        for fit in fits
        if max(fit.spill) > WRONG_TUBE
    ]
