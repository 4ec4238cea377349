"""Measurements that could be made next: the chance of each outcome in each draw, by the law of the assay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.model.observables import Kind
from remnant.inference.forecast.course import Course, at_look
from remnant.inference.forecast.quantities import fraction, haemoglobin, log_transcript
from remnant.inference.forecast.scatter import haemoglobin_spread, transcript_spread
from remnant.stats.numerics.log_mass import beta_binomial

Array = NDArray[np.float64]
What = Literal["nuclei", "metaphases", "colonies", "transcript", "haemoglobin"]

FLOOR = 1e-12  # a chance is kept off 0 and 1, as in the likelihoods
GRID = 241  # values at which a density is laid out
MARGIN = 5.0  # standard deviations beyond the outermost draw


@dataclass(frozen=True)
class Assay:
    """One measurement.

    Parameters
    ----------
    what : {"nuclei", "metaphases", "colonies", "transcript", "haemoglobin"}
        Which.
    kind : {"stem", "progenitor", "mature"}
        Cells that are looked at.
    count : int
        Nuclei, metaphases or colonies.
    """

    what: What
    kind: Kind = "mature"
    count: int = 1

    @property
    def says(self) -> str:
        """In words."""
        if self.what in ("transcript", "haemoglobin"):
            return f"one {self.what}"
        of = {"stem": "stem cells", "progenitor": "progenitors", "mature": "the whole marrow"}[self.kind]
        return {
            "nuclei": f"{self.count} nuclei of {of}",
            "metaphases": f"{self.count} metaphases",
            "colonies": f"{self.count} typed colonies of {of}",
        }[self.what]


BY_FRACTION = (
    Assay("nuclei", "stem", 200),
    Assay("nuclei", "progenitor", 200),
    Assay("metaphases", "mature", 20),
    Assay("colonies", "progenitor", 40),
)
BY_TRANSCRIPT = (Assay("transcript"),)


def outcome_chances(course: Course, look: int, assay: Assay) -> Array:
    """Return the chance of every outcome at one look, shape (draws, outcomes); rows sum to 1.

    Numbers of the assay are those of the posterior; where the fit has none, the medians of their priors.
    """
    if assay.what == "transcript":
        expected = log_transcript(at_look(course, look))[:, 0]
        return densities(expected, transcript_spread(course.posterior))
    if assay.what == "haemoglobin":
        expected = np.log(haemoglobin(course)[:, look])
        return densities(expected, haemoglobin_spread(course.posterior))
    share, phi = seen_share(course, look, assay)
    chance = np.exp(log_counts(np.arange(assay.count + 1.0), assay.count, share[:, None], phi[:, None]))
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def log_counts(k: Array, n: float, share: Array, phi: Array) -> Array:
    """Return the log chance of k of n around a share, when cells of one count agree like 1 / (1 + phi)."""
    inside = np.clip(share, FLOOR, 1 - FLOOR)
    return beta_binomial(k, n, inside * phi, (1 - inside) * phi)


def seen_share(course: Course, look: int, assay: Assay) -> tuple[Array, Array]:
    """Return the expected share of abnormal cells and how far cells of one count agree, shapes (draws,)."""
    number, truth = course.posterior.number, fraction(at_look(course, look), assay.kind)[:, 0]
    truth = np.where(np.isnan(truth), 0.5, truth)
    defaults = assay_defaults()
    if assay.what == "nuclei":
        own = truth * (1 - number("fish.lymphoid", 0.0)) if assay.kind == "mature" else truth
        fp, fn = number("fish.false_positive", 0.0), number("fish.false_negative", 0.0)
        return own * (1 - fn) + (1 - own) * fp, number("fish.dispersion", defaults["fish.dispersion"])
    if assay.what == "metaphases":
        others = number("metaphases.others", defaults["metaphases.others"])
        return truth * (1 - others), number("metaphases.dispersion", defaults["metaphases.dispersion"])
    plating = number("colonies.clone_plating", defaults["colonies.clone_plating"])
    return truth * plating / (truth * plating + 1 - truth), number("colonies.dispersion", 1e6)


@cache
def assay_defaults() -> Mapping[str, float]:
    """Return the median of each assay number that a fit without the assay does not know."""
    from remnant.observation.likelihood import colonies, metaphases

    known = (*metaphases.numbers(), *colonies.numbers())
    return {"fish.dispersion": 1e6} | {each.name: float(each.prior.quantile(0.5)) for each in known}


def densities(expected: Array, spread: Array) -> Array:
    """Lay normal densities out on a common grid, shape (draws, GRID); rows sum to 1.

    The grid reaches `MARGIN` standard deviations beyond the draws, but no further than 30 below the largest:
    what is smaller than every assay can see all looks the same.
    """
    low, high = (expected - MARGIN * spread).min(), (expected + MARGIN * spread).max()
    values = np.linspace(max(low, high - 30.0), high, GRID)
    nearest = np.clip(expected, values[0], values[-1])
    z = (values - nearest[:, None]) / spread[:, None]
    log_density = -(z**2) / 2
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))
