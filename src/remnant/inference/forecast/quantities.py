"""What a course shows, draw by draw: clone fractions, haemoglobin, transcripts; arrays (draws, times)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.model.observables import HAEMOGLOBIN, Blood, Kind, blood_targets, cells
from remnant.dynamics.model.parameters import MALIGNANT, NORMAL, RESISTANT
from remnant.inference.forecast.course import Course, Posterior

Array = NDArray[np.float64]
Quantity = Literal["stem fraction", "progenitor fraction", "mature fraction", "haemoglobin", "transcript"]

FRACTIONS: dict[Quantity, Kind] = {
    "stem fraction": "stem",
    "progenitor fraction": "progenitor",
    "mature fraction": "mature",
}
LEAST = 1e-12  # of a healthy pool: far below one cell; an empty clone has this logarithm
MODEL_DEFAULT = "the default of the model"  # note of a prior that a preset left out


def normal_and_clone(course: Course, kind: Kind) -> tuple[Array, Array]:
    """Return normal cells of a kind, and those of the clone, sensitive or resistant, shape (draws, times)."""
    each = cells(course.states, kind)
    return each[..., NORMAL], each[..., MALIGNANT] + each[..., RESISTANT]


def log_odds(course: Course, kind: Kind) -> Array:
    """Return log(clone / normal cells), shape (draws, times); NaN where there is no cell of the kind."""
    normal, clone = normal_and_clone(course, kind)
    odds = np.log(np.maximum(clone, LEAST)) - np.log(np.maximum(normal, LEAST))
    return np.where(normal + clone > 0, odds, np.nan)


def fraction(course: Course, kind: Kind) -> Array:
    """Return the clone fraction, shape (draws, times), in [0, 1]; NaN where there is no cell of the kind."""
    normal, clone = normal_and_clone(course, kind)
    total = normal + clone
    return np.asarray(np.where(total > 0, clone / np.where(total > 0, total, 1.0), np.nan))


def log_transcript(course: Course) -> Array:
    """Return log10 of the transcript in per cent, shape (draws, times).

    It is what a reading is expected to be, log10 of 100 L / (L + 2 N) and the patient's scale, as in
    `remnant.observation.likelihood.transcripts`.
    """
    normal, clone = normal_and_clone(course, "mature")
    total = clone + 2 * normal
    ratio = np.log10(np.maximum(clone, LEAST)) - np.log10(np.maximum(total, LEAST))
    scale = course.posterior.number("transcripts.scale", 0.0)[:, None]
    return np.where(total > 0, 2.0 + ratio + scale, np.nan)


def knows_blood(posterior: Posterior) -> bool:
    """Say whether the fit knows the blood: the preset has a law of it, and haemoglobin was measured.

    Without a count the numbers of the blood are fixed at their medians, which no patient need have.
    """
    law = any(prior.note != MODEL_DEFAULT for prior in posterior.preset.blood)
    own = posterior.values.get("blood.haemoglobin")
    return law and own is not None and bool(np.ptp(own) > 0)


def haemoglobin_balance(course: Course) -> Array:
    """Return the haemoglobin, in g/dL, that the marrow of each day would come to hold, shape (draws, times).

    Transfused cells are no part of it.
    """
    blood = _wide(course.posterior.drawn().blood)
    suppressor = 0 if course.therapy.drugs else None
    return blood_targets(course.states, course.doses, blood, suppressor=suppressor)[..., HAEMOGLOBIN]


def haemoglobin(course: Course) -> Array:
    """Return the haemoglobin in blood, in g/dL, without transfused cells, shape (draws, times).

    It starts in balance. The balance runs straight from day to day, and the approach to it is then exact, as
    in `remnant.observation.likelihood.blood`.
    """
    balance = haemoglobin_balance(course)
    delay = np.asarray(course.posterior.drawn().blood.red_cell_days, float)
    behind = np.zeros_like(balance)
    for step, days in enumerate(np.diff(course.days)):
        h, rise = days / delay, balance[:, step + 1] - balance[:, step]
        behind[:, step + 1] = behind[:, step] * np.exp(-h) + rise * np.expm1(-h) / h
    return np.asarray(balance + behind)


def _wide(blood: Blood) -> Blood:
    """Give every field an axis of times, so that it lies beside states (draws, times, ...)."""
    return Blood(**{name: np.atleast_1d(np.asarray(value))[:, None] for name, value in vars(blood).items()})
