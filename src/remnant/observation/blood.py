"""Blood counts and transfusions that a marrow of given clones gives rise to.

Output is driven by demand: a small pool that works makes up for its size, so haemoglobin follows the *share*
of working (normal) cells among maturing ones, y, and not their number::

    steady = dependent + (normal - dependent) (1 + c) y / (c + y)
    H'     = (steady - H) / tau,   transfused cells T' = -T / tau_T

A measured count is log-normal around H + T, its residual an AR(1) process in continuous time with correlation
exp(-|dt| / memory).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]

RED_CELL_DAYS = 30.0  # approach to a new balance under erythropoietin; response comes within weeks
TRANSFUSED_DAYS = 40.0  # stored cells of mixed age outlive the transfusion by about six weeks
RISE_PER_UNIT = 1.0  # g/dL, the usual rule of thumb in an adult


@dataclass(frozen=True)
class Haemoglobin:
    """How one patient's haemoglobin depends on the clone.

    Parameters
    ----------
    dependent : float
        Balance without any normal output, g/dL.
    normal : float
        Balance without the clone, g/dL.
    reserve : float
        c: the smaller, the fewer normal cells suffice.
    """

    dependent: float
    normal: float
    reserve: float = 0.4

    def steady(self, clone_fraction: ArrayLike) -> Array:
        """Balance in g/dL, when `clone_fraction` of maturing cells are of the clone."""
        working = 1 - np.asarray(clone_fraction, float)
        share = (1 + self.reserve) * working / (self.reserve + working)
        return self.dependent + (self.normal - self.dependent) * share


@dataclass(frozen=True)
class Residual:
    """Scatter of a count around its expectation.

    Parameters
    ----------
    spread : float
        Standard deviation of the logarithm.
    memory : float
        Days over which a deviation lasts.
    """

    spread: float
    memory: float


def follow(steady: ArrayLike, *, time_constant: float = RED_CELL_DAYS) -> Array:
    """Haemoglobin on each day, shape (days,), from its balance on each day; starts in balance."""
    target, kept = np.asarray(steady, float), np.exp(-1 / time_constant)
    level, _ = lfilter([1 - kept], [1, -kept], target, zi=kept * target[:1])
    return np.asarray(level)


def simulate_residual(days: ArrayLike, residual: Residual, *, rng: np.random.Generator) -> Array:
    """Draw the deviation of the logarithm on each of the rising `days`, shape (days,)."""
    when = np.asarray(days, float)
    noise = rng.standard_normal(len(when))
    deviation = np.empty(len(when))
    kept = np.exp(-np.diff(when) / residual.memory)
    for i, draw in enumerate(noise):
        past = kept[i - 1] if i else 0.0
        before = deviation[i - 1] if i else 0.0
        deviation[i] = past * before + residual.spread * np.sqrt(1 - past**2) * draw
    return deviation


def log_likelihood(counts: ArrayLike, expected: ArrayLike, days: ArrayLike, residual: Residual) -> float:
    """Log-density of the logarithms of `counts` on rising `days`, around the log of `expected`."""
    deviation = np.log(np.asarray(counts, float)) - np.log(np.asarray(expected, float))
    past = np.concatenate(([0.0], np.exp(-np.diff(np.asarray(days, float)) / residual.memory)))
    before = np.concatenate(([0.0], deviation[:-1]))
    spread = residual.spread * np.sqrt(1 - past**2)
    score = (deviation - past * before) / spread
    return float(np.sum(-0.5 * score**2 - np.log(spread) - 0.5 * np.log(2 * np.pi)))


@dataclass(frozen=True)
class Transfusion:
    """Red cells given on one day, with the haemoglobin measured before them."""

    day: int
    units: int
    haemoglobin: float


def simulate_red_cells(
    own: ArrayLike,
    checks: ArrayLike,
    residual: Residual,
    *,
    first_day: int,
    trigger: float,
    rng: np.random.Generator,
) -> tuple[dict[int, float], tuple[Transfusion, ...]]:
    """Draw measured haemoglobin and transfusions over a follow-up.

    A patient below `trigger` at a check gets two units, or three when very low; below 9.5 g/dL the next check
    comes within a week.

    Parameters
    ----------
    own : array_like, shape (days,)
        Haemoglobin without transfused cells, on each day from `first_day`.
    checks : array_like of int
        Planned days of counts, rising.
    residual : Residual
        Scatter of the measurement.
    first_day : int
        Day of `own[0]`.
    trigger : float
        Haemoglobin in g/dL below which red cells are given, give or take 0.2.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    measured : dict of int to float
        Haemoglobin on the planned days, g/dL.
    given : tuple of Transfusion
        In the order of time.
    """
    level = np.asarray(own, float)
    days = first_day + np.arange(len(level))
    scatter = np.exp(simulate_residual(days, residual, rng=rng))
    mood = rng.normal(0, 0.2, len(level))
    planned = {int(day) for day in np.asarray(checks)}
    measured: dict[int, float] = {}
    given: list[Transfusion] = []
    # Before the record begins the same policy was in force: about one gap's worth of transfused cells.
    transfused, again = max(0.0, trigger - level[0]), -1
    for i, day in enumerate(days.tolist()):
        transfused *= np.exp(-1 / TRANSFUSED_DAYS)
        if day not in planned and day != again:
            continue
        seen = float((level[i] + transfused) * scatter[i])
        if day in planned:
            measured[day] = seen
        if seen < trigger + mood[i]:
            units = 3 if seen < trigger - 1 else 2
            given.append(Transfusion(day, units, seen))
            transfused += units * RISE_PER_UNIT
        if seen < 9.5:
            again = day + 7
    return measured, tuple(given)
