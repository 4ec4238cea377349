"""How the next measurement scatters around the truth of a draw, by the laws of `remnant.observation`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remnant.inference.forecast.course import Course, Posterior
from remnant.observation.likelihood.number import Number

Array = NDArray[np.float64]


def transcript_spread(posterior: Posterior) -> Array:
    """Return the standard deviation of log10 of a usual reading, shape (draws,)."""
    from remnant.observation.likelihood import transcripts

    return _own(posterior, transcripts.SPREAD, transcripts.numbers())


def scattered_transcript(course: Course, percent: Array, rng: np.random.Generator) -> Array:
    """Draw one reading, in per cent, around each truth, shape (draws, times); a few are stray."""
    from remnant.observation.likelihood import transcripts

    wide = np.where(rng.random(percent.shape) < transcripts.STRAY, transcripts.STRAY_SPREAD, 1.0)
    spread = transcript_spread(course.posterior)[:, None] * wide
    return np.asarray(percent * 10 ** (spread * rng.standard_normal(percent.shape)))


def haemoglobin_spread(posterior: Posterior) -> Array:
    """Return the standard deviation of the logarithm of one haemoglobin, shape (draws,)."""
    from remnant.observation.likelihood import blood

    return _own(posterior, blood.RESIDUAL, blood.numbers())


def scattered_haemoglobin(course: Course, truth: Array, rng: np.random.Generator) -> Array:
    """Draw one haemoglobin, in g/dL, around each truth, shape (draws, times)."""
    spread = haemoglobin_spread(course.posterior)[:, None]
    return np.asarray(truth * np.exp(spread * rng.standard_normal(truth.shape)))


def _own(posterior: Posterior, name: str, numbers: Sequence[Number]) -> Array:
    """Return a number of the assay in each draw; the median of its prior where the fit has none."""
    prior = next(each.prior for each in numbers if each.name == name)
    return posterior.number(name, float(prior.quantile(0.5)))
