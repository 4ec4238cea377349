"""Later observations against their forecast: log predictive density, and whether they lie where expected.

The predictive law of an observation is the mean over draws of the law of its assay. So its log density is

    log mean_i exp(log p(y | theta_i)),

of log10 of a transcript in per cent, of haemoglobin in g/dL, or the log chance of a count, or of a transcript
below its limit. Whether it lies within the central 50 or 90 % follows from the chance of a value up to it; of
a count, whether its own place reaches into the interval.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

from remnant.dynamics.treatment import Therapy
from remnant.inference.forecast.course import Course, Posterior, at_look, follow_on, looks
from remnant.inference.forecast.held import Held
from remnant.inference.forecast.next_assays import Assay, log_counts, seen_share
from remnant.inference.forecast.quantities import haemoglobin, log_transcript
from remnant.inference.forecast.scatter import haemoglobin_spread, transcript_spread
from remnant.inference.records import Score

Array = NDArray[np.float64]

QUANTITIES = {"transcript": "transcript (log10 of %)", "haemoglobin": "haemoglobin (g/dL)"}
LOWEST = -1e6  # log of a chance that no draw gives: it stays a number


def score(posterior: Posterior, therapy: Therapy, held: Sequence[Held]) -> tuple[Score, ...]:
    """Score the later observations of one patient.

    Parameters
    ----------
    posterior : Posterior
        From earlier ones.
    therapy : Therapy
        What was given, up to the last observation held.
    held : sequence of Held
        Of this patient; one before the course began is compared with its start.

    Returns
    -------
    tuple of Score
        In the order of `held`.
    """
    assert all(each.patient_id == posterior.patient_id for each in held), "held of another patient"
    if not held:
        return ()
    asked = [float(max(each.day, posterior.start_day)) for each in held]
    days = np.unique([posterior.start_day, *looks(posterior, max(asked)), *asked])
    course = follow_on(posterior, therapy, days)
    return tuple(
        _score(course, int(np.searchsorted(days, day)), each) for day, each in zip(asked, held, strict=True)
    )


def score_all(
    posteriors: Mapping[str, Posterior], therapies: Mapping[str, Therapy], held: Sequence[Held]
) -> tuple[Score, ...]:
    """Score the later observations of many patients, in the order of the file."""
    found = [
        each
        for name, posterior in posteriors.items()
        for each in score(posterior, therapies[name], [row for row in held if row.patient_id == name])
    ]
    return tuple(sorted(found, key=lambda each: each.line))


def early_notes(posteriors: Mapping[str, Posterior], held: Sequence[Held]) -> tuple[str, ...]:
    """Say which observations are no forecast: they lie on or before the last day that was fitted."""
    return tuple(
        f"line {each.line}: day {each.day} of {each.patient_id} is not after the last observation of the "
        f"fit, day {posteriors[each.patient_id].now_day}; its score is no forecast"
        for each in held
        if each.day <= posteriors[each.patient_id].now_day
    )


def _score(course: Course, look: int, held: Held) -> Score:
    law = {"transcript": _transcript, "haemoglobin": _haemoglobin, "nuclei": _nuclei}[held.what]
    log_density, below, up_to = law(course, look, held)
    quantity = QUANTITIES.get(held.what) or f"abnormal of {Assay('nuclei', held.kind, held.total).says}"
    observed = held.value / held.total if held.what == "nuclei" else held.value
    total = float(logsumexp(log_density) - np.log(len(log_density)))
    place = (held.patient_id, quantity, held.line, held.day, float(observed), held.below)
    within = [
        None if held.below else bool(up_to.mean() >= tail and below.mean() <= 1 - tail)
        for tail in (0.25, 0.05)
    ]
    return Score(*place, max(total, LOWEST), *within)


def _transcript(course: Course, look: int, held: Held) -> tuple[Array, Array, Array]:
    """Return per draw the log density, and the chance of a value below the one observed, twice."""
    spread = transcript_spread(course.posterior)
    z = (np.log10(held.value) - log_transcript(at_look(course, look))[:, 0]) / spread
    log_density, log_below = _transcript_law()
    below = np.asarray(log_below(z))
    up_to = np.exp(below)
    return below if held.below else np.asarray(log_density(z, spread)), up_to, up_to


@cache
def _transcript_law() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the law of the fit, compiled: one by one, its steps would cost more than the course."""
    import jax

    from remnant.observation.likelihood import transcripts

    return jax.jit(transcripts.log_density), jax.jit(transcripts.log_below)


def _haemoglobin(course: Course, look: int, held: Held) -> tuple[Array, Array, Array]:
    """Return the same of a log-normal count, per g/dL."""
    spread = haemoglobin_spread(course.posterior)
    until = replace(course, days=course.days[: look + 1], states=course.states[:, : look + 1])
    z = (np.log(held.value) - np.log(haemoglobin(until)[:, -1])) / spread
    up_to = ndtr(z)
    return -(z**2) / 2 - np.log(spread * held.value * np.sqrt(2 * np.pi)), up_to, up_to


def _nuclei(course: Course, look: int, held: Held) -> tuple[Array, Array, Array]:
    """Return per draw the log chance of the count, and the chances of fewer, and of no more."""
    share, phi = seen_share(course, look, Assay("nuclei", held.kind, held.total))
    counts = np.arange(held.value + 1)
    log_chance = log_counts(counts, held.total, share[:, None], phi[:, None])
    up_to = np.exp(log_chance).sum(axis=1)
    return log_chance[:, -1], up_to - np.exp(log_chance[:, -1]), up_to
