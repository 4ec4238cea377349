"""What one dye sheds into every detector, from a tube stained with it alone.

The spill into a detector is the slope s at which what is left of its light, y - s x with x the light of
the primary detector, lies equally high in positives and negatives. So compensated controls are level. Both
heights are robust locations, so autofluorescence cancels and outliers count little; and as x is compared
between groups, not regressed on, noise in x does not draw the slope to zero (Wald's estimator).

References
----------
Wald (1940) Ann Math Stat 11:284-300, doi:10.1214/aoms/1177731868 (slope of two groups, errors in x).
Roca et al. (2021) Nat Commun 12:2890, doi:10.1038/s41467-021-23126-8 (refine until controls are level).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.signal.control_populations import MINIMUM, brightest, find_populations, too_few
from remnant.cytometry.signal.control_tube import ControlTube
from remnant.cytometry.signal.robust_location import locate, spread
from remnant.errors import CompensationError

Floats = NDArray[np.float64]
ENOUGH = 20_000  # of each; more would cost time and gain less than controls differ from samples
_STEPS = 200
_TOLERANCE = 1e-3  # of a standard error
_ROUNDING = 1e-11  # of the brightness


@dataclass(frozen=True)
class SingleStain:
    """A control stained with one dye.

    Parameters
    ----------
    dye : str
        Name of the dye or of its marker.
    tube : ControlTube
        Its events.
    detector : str, optional
        `$PnN` of its detector; the brightest by default.
    """

    dye: str
    tube: ControlTube
    detector: str | None = None


@dataclass(frozen=True)
class StainFit:
    """The spectrum of one dye in the units of its primary detector.

    Parameters
    ----------
    dye, source : str
        The dye and its tube.
    primary : str
        The declared detector, or the brightest if none was declared.
    detectors : tuple of str
        As in the tube.
    positives, negatives : int
        Events behind the estimate, at most `ENOUGH`, taken evenly over the tube.
    saturated : int
        Events left out at the top of a detector.
    brightness : float
        Light of the positives in the primary detector, above the negatives.
    contrast : float
        `brightness` in robust standard deviations of the negatives.
    autofluorescence : tuple of float
        Location of the negatives in each detector.
    spill, errors : tuple of float
        Slope on the primary detector and its standard error; 1 and 0 in the primary itself.
    bend : tuple of float
        Slope from the brighter half of the positives less that from the dimmer half; 0 on a straight line.
    bend_errors : tuple of float
        Its standard error.
    background : tuple of float
        Location of the negatives of the stained tube itself less that of the unstained tube; empty where
        either is absent or has fewer than `MINIMUM` events.
    background_errors : tuple of float
        Its standard error.
    """

    dye: str
    source: str
    primary: str
    detectors: tuple[str, ...]
    positives: int
    negatives: int
    saturated: int
    brightness: float
    contrast: float
    autofluorescence: tuple[float, ...]
    spill: tuple[float, ...]
    errors: tuple[float, ...]
    bend: tuple[float, ...]
    bend_errors: tuple[float, ...]
    background: tuple[float, ...] = ()
    background_errors: tuple[float, ...] = ()

    @property
    def peak(self) -> str:
        """The detector with the most light."""
        return self.detectors[int(np.argmax(self.spill))]


def fit_stain(
    dye: str, stained: ControlTube, unstained: ControlTube | None = None, *, primary: str | None = None
) -> StainFit:
    """Estimate what a dye sheds into every detector.

    Parameters
    ----------
    dye : str
        Its name.
    stained : ControlTube
        Stained with this dye alone.
    unstained : ControlTube, optional
        Same cells or beads without stain; without it the tube must hold negatives of its own.
    primary : str, optional
        Detector of the dye; the brightest by default.

    Returns
    -------
    StainFit

    Raises
    ------
    CompensationError
        If positives or negatives are fewer than `MINIMUM`, or not told apart.
    """
    place = stained.detectors.index(primary) if primary else brightest(stained, unstained)
    found = find_populations(stained, unstained, place)
    if (fault := too_few(dye, stained, unstained, place, found)) is not None:
        raise CompensationError([fault])
    positives, negatives = (
        group[:: -(-len(group) // ENOUGH)] for group in (found.positives, found.negatives)
    )
    slopes, errors, brightness = _level(positives, negatives, place)
    bend, bend_errors = _bend(positives, negatives, slopes, place)
    comparable = unstained is not None and len(found.own) >= MINIMUM
    background = _background(found.own, negatives) if comparable else ((), ())
    return StainFit(
        dye=dye,
        source=stained.source,
        primary=stained.detectors[place],
        detectors=stained.detectors,
        positives=len(positives),
        negatives=len(negatives),
        saturated=stained.saturated,
        brightness=brightness,
        contrast=brightness / max(float(spread(negatives[:, [place]])[0]), 1e-9),
        autofluorescence=_numbers(locate(negatives)[0]),
        spill=_numbers(slopes),
        errors=_numbers(errors),
        bend=_numbers(bend),
        bend_errors=_numbers(bend_errors),
        background=background[0],
        background_errors=background[1],
    )


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _level(positives: Floats, negatives: Floats, place: int) -> tuple[Floats, Floats, float]:
    """Find the slopes that leave positives and negatives equally high, with standard errors."""
    span = float(locate(positives[:, [place]])[0][0] - locate(negatives[:, [place]])[0][0])
    slopes = np.zeros(positives.shape[1])
    for _ in range(_STEPS):
        gap, error = _gap(positives, negatives, slopes, place)
        slopes += gap / span
        if np.all(np.abs(gap) <= _TOLERANCE * error + _ROUNDING * abs(span)):
            break
    slopes[place], error[place] = 1.0, 0.0
    return slopes, error / span, span


def _gap(positives: Floats, negatives: Floats, slopes: Floats, place: int) -> tuple[Floats, Floats]:
    """How much higher the positives lie once `slopes` are taken off, with its standard error."""
    high, high_error = locate(positives - np.outer(positives[:, place], slopes))
    low, low_error = locate(negatives - np.outer(negatives[:, place], slopes))
    gap, error = high - low, np.hypot(high_error, low_error)
    gap[place] = 0.0
    return gap, error


def _background(own: Floats, negatives: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compare the negatives of the stained tube with the unstained ones."""
    (mine, my_error), (theirs, their_error) = locate(own), locate(negatives)
    return _numbers(mine - theirs), _numbers(np.hypot(my_error, their_error))


def _bend(positives: Floats, negatives: Floats, slopes: Floats, place: int) -> tuple[Floats, Floats]:
    """Compare the slope of the brighter half of the positives with that of the dimmer half."""
    taken = slopes.copy()
    taken[place] = 0.0
    light = positives[:, place]
    floor = float(np.median(negatives[:, place]))
    found = []
    for half in (light > np.median(light), light <= np.median(light)):
        gap, error = _gap(positives[half], negatives, taken, place)
        span = float(np.median(light[half])) - floor
        found.append((gap / span, error / span))
    (bright, bright_error), (dim, dim_error) = found
    error = np.hypot(bright_error, dim_error)
    error[place] = 0.0
    return bright - dim, error
