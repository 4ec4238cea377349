"""Where a chain begins: a climb from a draw of the prior, and the curvature at its end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from remnant.errors import Fault, SettingError
from remnant.inference.sampler.kernel import Kernel

TRIES = 60  # points looked at for one where the density is finite
CLIMB = 80  # steps of the climb: towards the bulk, not to the last digit
APART = 1e-3  # of the points between which a gradient is differenced
FLATTEST = 0.05  # least curvature that is believed; in the scale of the coordinates the prior has 1
LOWEST = 1e200  # stands for a density that is not finite in the climb


@dataclass(frozen=True)
class Start:
    """A first point, a first inverse mass matrix, and the gradients that both took."""

    position: np.ndarray
    inverse_mass: np.ndarray
    spent: int


class _Counted:
    """A density that counts how often it was asked."""

    def __init__(self, kernel: Kernel):
        self.kernel, self.asked = kernel, 0

    def __call__(self, position: np.ndarray) -> tuple[float, np.ndarray]:
        self.asked += 1
        return self.kernel.evaluate(position)


def given_start(kernel: Kernel, position: np.ndarray, inverse_mass: np.ndarray | None) -> Start:
    """Begin where the caller says.

    Raises
    ------
    SettingError
        If the density is not finite there.
    """
    look = _Counted(kernel)
    if not np.isfinite(look(position)[0]):
        hint = "leave `start` out, and a point is looked for"
        fault = Fault("start", None, "", "a point without a finite density", "a possible point", hint)
        raise SettingError([fault])
    if inverse_mass is None:
        inverse_mass = curvature(look, position)
    return Start(position, inverse_mass, look.asked)


def find_start(
    kernel: Kernel, dimension: int, inverse_mass: np.ndarray | None, *, rng: np.random.Generator
) -> Start:
    """Climb from a draw of the prior, then draw from the normal law of the curvature at the end.

    Chains that begin all over the prior and climb find modes apart from each other, where there are such.

    Raises
    ------
    SettingError
        If no point with a finite density was found.
    """
    look = _Counted(kernel)
    top = _climb(look, _possible(look, dimension, rng))
    inverse_mass = curvature(look, top) if inverse_mass is None else inverse_mass
    return Start(_scattered(look, top, inverse_mass, rng), inverse_mass, look.asked)


def _possible(look: _Counted, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """Return a point where the density is finite, nearer to 0 the longer it takes."""
    for attempt in range(TRIES):
        point = rng.standard_normal(dimension) * 0.5 ** (attempt // 10)
        if np.isfinite(look(point)[0]):
            return point
    hint = "no draw of the prior has a finite density: the counts contradict the model, or it has a fault"
    found = f"no finite density at {TRIES} draws of the prior"
    raise SettingError([Fault("density", None, "", found, "a posterior that can be drawn from", hint)])


def _climb(look: _Counted, point: np.ndarray) -> np.ndarray:
    def below(position: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = look(position)
        return (-value, -slope) if np.isfinite(value) else (LOWEST, slope)

    answer = minimize(below, point, jac=True, method="L-BFGS-B", options={"maxiter": CLIMB, "maxcor": 20})
    return np.asarray(answer.x) if answer.fun < LOWEST else point


def curvature(look: _Counted, point: np.ndarray) -> np.ndarray:
    """Return the inverse of the curvature of minus the log density, (d, d), by differences of its gradient.

    Directions in which it bends upwards, or hardly bends, get the curvature `FLATTEST`.
    """
    slopes = []
    for move in APART * np.eye(len(point)):
        (above, up), (beneath, down) = look(point + move), look(point - move)
        known = np.isfinite(above) and np.isfinite(beneath)
        slopes.append((down - up) / (2 * APART) if known else move / APART)
    values, vectors = np.linalg.eigh((np.array(slopes) + np.array(slopes).T) / 2)
    inverse: np.ndarray = (vectors / np.maximum(np.abs(values), FLATTEST)) @ vectors.T
    return inverse


def _scattered(
    look: _Counted, top: np.ndarray, inverse_mass: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return a draw around the top that the density does not find impossible; the top itself if none is."""
    height, size = look(top)[0], len(top)
    away = np.linalg.cholesky(inverse_mass) @ rng.standard_normal(size)
    for share in (1.0, 0.5, 0.25):
        if look(top + share * away)[0] > height - 2 * size - 10:
            return top + share * away
    return top
