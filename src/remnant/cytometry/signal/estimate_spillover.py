"""A spillover matrix from single-stain controls, with its errors and with what a reader should doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from remnant.cytometry.signal.compensate import SpilloverMatrix, check_spillover, conditioning_warnings
from remnant.cytometry.signal.control_faults import (
    claimed_twice,
    mistaken_tubes,
    swapped_tubes,
    unlike_tubes,
)
from remnant.cytometry.signal.control_tube import ControlTube
from remnant.cytometry.signal.single_stain import SingleStain, StainFit, fit_stain
from remnant.errors import CompensationError

Rows = tuple[tuple[float, ...], ...]
BEYOND_ERROR = 3.0  # standard errors
# Noise in the primary detector alone bends by its share of the variance there, some percent of the slope.
BENT, BENT_SHARE, BENT_ERRORS = 0.03, 0.1, 5.0
DIM = 15.0  # robust standard deviations of the negatives; below, what is called positive depends on noise
SATURATED = 0.1  # of the events of a tube
ANOTHER_BACKGROUND = 0.01  # of the brightness: shifts a slope by as much
_BACKGROUND_ERRORS = 5.0


@dataclass(frozen=True)
class SpilloverEstimate:
    """A spillover matrix with its errors.

    Parameters
    ----------
    matrix : SpilloverMatrix
        Square, over the detectors of the dyes, 1 in each; or spectra, dyes by detectors, largest = 1.
    errors : tuple of tuple of float
        Standard error of every coefficient, in the shape of the matrix.
    fits : tuple of StainFit
        One per dye, in the order of the matrix.
    warnings : tuple of str
        What a reader should doubt; empty for sound controls.
    """

    matrix: SpilloverMatrix
    errors: Rows
    fits: tuple[StainFit, ...]
    warnings: tuple[str, ...]

    def interval(self, confidence: float = 0.95) -> tuple[Rows, Rows]:
        """Return the lower and upper ends of the interval of every coefficient; may be below 0."""
        margin = NormalDist().inv_cdf((1 + confidence) / 2) * np.array(self.errors)
        values = np.array(self.matrix.rows)
        return _rows(values - margin), _rows(values + margin)


def estimate_spillover(
    stains: Sequence[SingleStain], unstained: ControlTube | None = None, *, square: bool = True
) -> SpilloverEstimate:
    """Estimate the spillover matrix of single-stain controls.

    Parameters
    ----------
    stains : sequence of SingleStain
        One tube per dye, all with the same detectors.
    unstained : ControlTube, optional
        The same cells or beads without stain; needed where tubes hold no negatives of their own.
    square : bool, default True
        Among the detectors of the dyes only, for compensation; else spectra over all detectors.

    Returns
    -------
    SpilloverEstimate
        A coefficient below 0 by more than 3 standard errors is set to 0 and said; a smaller one is kept,
        for cutting it would make all of them too large on average.

    Raises
    ------
    CompensationError
        With every tube that cannot be used and why (see `fit_stain`), two dyes of one name or detector,
        tubes that fit other dyes better than their own, or a matrix that cannot be inverted.
    """
    fits = _fit(stains, unstained, square)
    columns = tuple(fit.primary for fit in fits) if square else fits[0].detectors
    picked = [fits[0].detectors.index(name) for name in columns]
    slopes = np.array([fit.spill for fit in fits])[:, picked]
    errors = np.array([fit.errors for fit in fits])[:, picked]
    negative = slopes < -BEYOND_ERROR * errors
    said = [warning for fit in fits for warning in _warnings(fit, picked)]
    said += [
        f"{fits[i].dye}: spill of {slopes[i, j]:.4f} into {columns[j]} is below 0 by more than its error "
        "and was set to 0; do positives and negatives differ in autofluorescence?"
        for i, j in np.argwhere(negative)
    ]
    slopes[negative] = 0.0
    unit = np.ones((len(fits), 1)) if square else slopes.max(axis=1, keepdims=True)
    dyes = columns if square else tuple(fit.dye for fit in fits)
    matrix = SpilloverMatrix(dyes, columns, _rows(slopes / unit))
    check_spillover(matrix, "single stains", "matrix")
    return SpilloverEstimate(
        matrix, _rows(errors / unit), tuple(fits), (*said, *conditioning_warnings(matrix))
    )


def _fit(stains: Sequence[SingleStain], unstained: ControlTube | None, square: bool) -> list[StainFit]:
    """Fit every tube; what is wrong with any of them is said at once."""
    if faults := unlike_tubes(stains, unstained):
        raise CompensationError(faults)
    fits = []
    for stain in stains:
        try:
            fits.append(fit_stain(stain.dye, stain.tube, unstained, primary=stain.detector))
        except CompensationError as error:
            faults += error.faults
    if square:
        faults += claimed_twice([(fit.primary, fit.dye, fit.source) for fit in fits])
    declared = all(stain.detector is not None for stain in stains)
    swapped = swapped_tubes(fits) if declared and not faults else []
    if faults := [*faults, *(swapped or mistaken_tubes(fits))]:
        order = [stain.tube.source for stain in stains]
        raise CompensationError(
            sorted(faults, key=lambda f: order.index(f.source) if f.source in order else -1)
        )
    return fits


def _rows(values: np.ndarray) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in values)


def _warnings(fit: StainFit, picked: Sequence[int]) -> Iterator[str]:
    """Say what is doubtful about one control, in the detectors `picked`."""
    spill, errors = np.array(fit.spill), np.array(fit.errors)
    if (top := float(spill.max())) > 1 + BEYOND_ERROR * errors[spill.argmax()]:
        said = f"{fit.dye}: {top:.2f} times brighter in {fit.peak} than in its own detector {fit.primary}; "
        yield said + "are voltages far apart, or is it the tube of another dye?"
    if fit.contrast < DIM:
        yield (
            f"{fit.dye}: positives stand only {fit.contrast:.0f} standard deviations above the negatives, "
            "so spill may be off by more than its error; use a brighter control"
        )
    total = fit.saturated + fit.positives
    if fit.saturated > SATURATED * total:
        yield f"{fit.dye}: {fit.saturated:,} events of {fit.source} are at the top of a detector and left out"
    for i in picked:
        bend = fit.bend[i]
        if abs(bend) > max(BENT + BENT_SHARE * abs(spill[i]), BENT_ERRORS * fit.bend_errors[i]):
            yield (
                f"{fit.dye}: spill into {fit.detectors[i]} is not in proportion, {bend:+.3f} from dim to "
                "bright positives; is a detector out of its linear range?"
            )
    if fit.background:
        apart, error = np.array(fit.background), np.array(fit.background_errors)
        other = [detector == fit.primary for detector in fit.detectors]
        share = np.where(other, 0, np.abs(apart)) / fit.brightness
        clear = (share > ANOTHER_BACKGROUND) & (np.abs(apart) > _BACKGROUND_ERRORS * error)
        if clear[list(picked)].any():
            names = ", ".join(fit.detectors[i] for i in picked if clear[i])
            yield (
                f"{fit.dye}: negatives of {fit.source} and the unstained tube differ in {names}; "
                "are they the same cells or beads?"
            )
