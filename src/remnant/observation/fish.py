"""Interphase FISH of sorted cells: the clone, the sort, the probe, and the nuclei that were counted.

The order is that of the bench: true fractions per compartment, mixing by an impure sort, errors of the probe,
counts. Nuclei of one slide share its errors, so the count is beta-binomial around the error-prone fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.stats.numerics import log_mass

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Probe:
    """Errors of a probe.

    Parameters
    ----------
    false_positive : float
        Chance that a normal nucleus scores abnormal.
    false_negative : float
        Chance that a nucleus of the clone scores normal.
    dispersion : float or None
        phi of the beta-binomial: nuclei of one slide agree like 1 / (1 + phi); None for independent nuclei.
    """

    false_positive: float
    false_negative: float
    dispersion: float | None = None


def sorted_fraction(fraction: ArrayLike, contaminant: ArrayLike, purity: ArrayLike) -> Array:
    """Clone fraction among sorted nuclei, when a share 1 - `purity` comes from another compartment."""
    pure = np.asarray(purity, float)
    return np.asarray(np.asarray(fraction, float) * pure + np.asarray(contaminant, float) * (1 - pure))


def abnormal_probability(fraction: ArrayLike, probe: Probe) -> Array:
    """Chance that a nucleus scores abnormal, when `fraction` of nuclei carry the clone."""
    clone = np.asarray(fraction, float)
    return np.asarray(clone * (1 - probe.false_negative) + (1 - clone) * probe.false_positive)


def simulate(
    fraction: ArrayLike, nuclei: ArrayLike, probe: Probe, *, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the nuclei that score abnormal.

    Parameters
    ----------
    fraction : array_like, shape (...)
        Clone fraction among the sorted nuclei, in [0, 1].
    nuclei : array_like of int, shape (...)
        Nuclei scored.
    probe : Probe
        Errors of the probe.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of int, shape (...)
        From 0 to `nuclei`.
    """
    chance = abnormal_probability(fraction, probe)
    if probe.dispersion is not None:
        # A slide that cannot vary has no Beta: 0 and 1 stay as they are.
        inner = np.clip(chance, 1e-12, 1 - 1e-12)
        drawn = rng.beta(inner * probe.dispersion, (1 - inner) * probe.dispersion)
        chance = np.where((chance <= 0) | (chance >= 1), chance, drawn)
    return rng.binomial(np.asarray(nuclei), chance)


def log_likelihood(abnormal: ArrayLike, nuclei: ArrayLike, fraction: ArrayLike, probe: Probe) -> Array:
    """Log-probability of `abnormal` of `nuclei`, shape (...); normalised over 0 to `nuclei`."""
    chance = abnormal_probability(fraction, probe)
    k, n = np.asarray(abnormal, float), np.asarray(nuclei, float)
    if probe.dispersion is None:
        return log_mass.binomial(k, n, chance)
    inner = np.clip(chance, 1e-12, 1 - 1e-12)
    phi = probe.dispersion
    return log_mass.beta_binomial(k, n, inner * phi, (1 - inner) * phi)


def simulate_purity(purity: float, events: int, *, rng: np.random.Generator) -> int:
    """Draw how many of the re-run `events` of a sorted population fall inside its gate."""
    return int(rng.binomial(events, purity))
