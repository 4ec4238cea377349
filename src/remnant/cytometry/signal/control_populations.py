"""Which events of a control are positive and which negative: groups of like cells.

They are compared within the same window of scatter, so that debris and doublets stay out and the
autofluorescence of the negatives is that of the positives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.signal.control_tube import ControlTube
from remnant.cytometry.signal.robust_location import MAD_TO_SIGMA, spread
from remnant.errors import Fault

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
WINDOW = 3.0  # half-width of the scatter window, in robust standard deviations of the positives
NARROWEST = 0.02  # on the log scale: a window is never tighter than 3 x 2 %
CLEAR = 5.0  # robust standard deviations of the negatives, from which on an event is positive
BRIGHT = 0.1  # and it has at least this share of the light of bright positives (their upper decile)
_EXTREME = 50  # so many events at either end may be outliers
MINIMUM = 100  # positives, and negatives: about 1 % of error of a slope where stain varies by 10 %
APART = 5.0  # positives with less than 5 times the light of negatives are not two populations


@dataclass(frozen=True)
class Populations:
    """Light of like events of a control, each of shape (events, detectors).

    Parameters
    ----------
    positives : ndarray
        Stained events.
    negatives : ndarray
        Unstained events with the scatter of the positives.
    own : ndarray
        Negatives of the stained tube itself, which beside an unstained tube are not used.
    """

    positives: Floats
    negatives: Floats
    own: Floats


def find_populations(stained: ControlTube, unstained: ControlTube | None, place: int) -> Populations:
    """Tell positives from negatives by the detector at `place`, among events of like scatter."""
    own = unstained is None
    dark = stained if unstained is None else unstained
    low = find_negatives(stained.light[:, place]) if own else np.ones(len(dark.light), bool)
    high = find_positives(stained.light[:, place], dark.light[low, place])
    window = scatter_window(stained.scatter[high])
    near, dark_near = within_window(stained.scatter, window), within_window(dark.scatter, window)
    negatives = dark.light[low & dark_near]
    # Again among like events: debris and other cells have another background.
    above = find_positives(stained.light[:, place], negatives[:, place])
    top = np.quantile(negatives[:, place], 0.99) if len(negatives) else -np.inf
    rest = near & ~above & (stained.light[:, place] < top)
    return Populations(stained.light[near & above], negatives, stained.light[rest])


def brightest(stained: ControlTube, unstained: ControlTube | None) -> int:
    """Return the detector whose bright events stand highest above the dim or unstained ones."""
    if not len(stained.light) or (unstained is not None and not len(unstained.light)):
        return 0
    below = (
        np.quantile(stained.light, 0.01, axis=0) if unstained is None else np.median(unstained.light, axis=0)
    )
    place = int(np.argmax(np.quantile(stained.light, 0.99, axis=0) - below))
    found = find_populations(stained, unstained, place)
    if min(len(found.positives), len(found.negatives)) < MINIMUM:
        return place
    return int(np.argmax(np.median(found.positives, axis=0) - np.median(found.negatives, axis=0)))


def too_few(
    dye: str, stained: ControlTube, unstained: ControlTube | None, place: int, found: Populations
) -> Fault | None:
    """Say which population is too small, or that the two are one."""
    detector, expected = stained.detectors[place], f"at least {MINIMUM}"

    def fault(tube: ControlTube, seen: str, wanted: str, hint: str) -> Fault:
        return Fault(tube.source, None, f"stain {dye}", seen, wanted, hint)

    dark = stained if unstained is None else unstained
    if len(found.negatives) < MINIMUM:
        seen = f"{len(found.negatives)} negative events with the scatter of the positives"
        return fault(
            dark, seen, expected, "give an unstained tube of the same cells or beads, with more events"
        )
    if len(found.positives) < MINIMUM:
        seen = f"{len(found.positives)} positive events in {detector}"
        if stained.saturated:
            seen += f", besides {stained.saturated} at the top of a detector"
        return fault(stained, seen, expected, _why_few(stained, unstained, place))
    high, low = np.median(found.positives[:, place]), np.median(found.negatives[:, place])
    if unstained is None and high < APART * low:
        seen = f"median {high:.0f} of the brighter and {low:.0f} of the dimmer events in {detector}"
        hint = "the tube has no negatives of its own: give an unstained one"
        return fault(stained, seen, "positives and negatives apart", hint)
    return None


def _why_few(stained: ControlTube, unstained: ControlTube | None, place: int) -> str:
    """Say what may be behind too few positives."""
    others = [
        name
        for i, name in enumerate(stained.detectors)
        if i != place and len(find_populations(stained, unstained, i).positives) >= MINIMUM
    ]
    if others:
        return f"is this the tube of another dye? there are positive events in {', '.join(others)}"
    if unstained is None:
        return "record more events; a tube without negatives of its own needs an unstained one beside it"
    return "record more events, or is this the tube of another dye?"


def find_positives(light: Floats, negatives: Floats) -> Mask:
    """Say which events are positive in one detector.

    Parameters
    ----------
    light, negatives : ndarray, shape (events,)
        The detector in the stained tube, and in the negatives.
    """
    if not len(negatives):
        return np.zeros(len(light), bool)
    middle = float(np.median(negatives))
    above: Mask = light > middle + CLEAR * float(spread(negatives[:, None])[0])
    if above.any():
        above &= light - middle > BRIGHT * (np.quantile(light[above], 0.9) - middle)
    return above


def find_negatives(light: Floats) -> Mask:
    """Say which events of a stained tube are negative in one detector; shape (events,).

    From the middle between the dimmest and the brightest events, on a logarithmic scale, the border moves
    to `CLEAR` standard deviations above the median of what lies beneath it, until it rests; these are
    robust and of the lower half.
    """
    if len(light) <= 2 * _EXTREME:
        return np.zeros(len(light), bool)
    low, high = np.partition(light, [_EXTREME, -_EXTREME])[[_EXTREME, -_EXTREME]]
    unit = max(abs(low), abs(high) / 1000, 1e-9)
    border = unit * np.sinh((np.arcsinh(low / unit) + np.arcsinh(high / unit)) / 2)
    for _ in range(50):
        below = light[light <= border]
        if not len(below):
            break
        # Dim positives widen the upper side only.
        middle = np.median(below)
        moved = middle + CLEAR * MAD_TO_SIGMA * np.median(middle - below[below <= middle])
        if moved == border:
            break
        border = moved
    return np.asarray(light <= border)


def scatter_window(positives: Floats) -> tuple[Floats, Floats]:
    """Return centre and half-width, per scatter column, of the window that holds the positives."""
    if len(positives) < MINIMUM:  # a window around a few odd events would hide what is missing
        return np.zeros(positives.shape[1]), np.full(positives.shape[1], np.inf)
    return np.median(positives, axis=0), WINDOW * np.maximum(spread(positives), NARROWEST)


def within_window(scatter: Floats, window: tuple[Floats, Floats]) -> Mask:
    """Say which events lie in a window; all of them if no scatter was recorded."""
    return np.asarray((np.abs(scatter - window[0]) <= window[1]).all(axis=1))
