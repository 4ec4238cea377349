"""How the next measurement scatters around the truth of a draw, by the laws of `remnant.observation`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.inference.forecast.course import Course, Posterior

Array = NDArray[np.float64]


def transcript_spread(posterior: Posterior, log_percent: Array) -> Array:
    """Return the standard deviation of log10 of a usual reading, same shape (draws, ...)."""
    import jax.numpy as jnp

    from remnant.observation.likelihood import transcripts

    own = {
        each.name: _beside(posterior.number(each.name, float(each.prior.quantile(0.5))), log_percent)
        for each in transcripts.numbers()
    }
    return np.asarray(transcripts.scatter(jnp.asarray(log_percent), own))


def scattered_transcript(course: Course, percent: Array, rng: np.random.Generator) -> Array:
    """Draw one reading, in per cent, around each truth, shape (draws, times)."""
    from remnant.observation.likelihood import transcripts

    expected = np.log10(np.maximum(percent, 1e-300))
    return np.asarray(
        10 ** transcripts.draw(expected, transcript_spread(course.posterior, expected), rng=rng)
    )


def haemoglobin_spread(posterior: Posterior) -> Array:
    """Return the standard deviation of the logarithm of one haemoglobin, shape (draws,)."""
    from remnant.observation.likelihood import blood

    prior = next(each.prior for each in blood.numbers() if each.name == blood.RESIDUAL)
    return posterior.number(blood.RESIDUAL, float(prior.quantile(0.5)))


def scattered_haemoglobin(course: Course, truth: Array, rng: np.random.Generator) -> Array:
    """Draw one haemoglobin, in g/dL, around each truth, shape (draws, times)."""
    spread = _beside(haemoglobin_spread(course.posterior), truth)
    return np.asarray(truth * np.exp(spread * rng.standard_normal(truth.shape)))


def _beside(number: Array, values: Array) -> Array:
    """Give a number of each draw the axes of values (draws, ...)."""
    return number.reshape(-1, *[1] * (values.ndim - 1))
