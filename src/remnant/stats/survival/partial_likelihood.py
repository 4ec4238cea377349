"""Cox's partial likelihood with Efron's treatment of ties, its slope, its curvature, and one more.

With r_j = exp(x_j' b), the risk set R(t) of those under observation just before t, and d events D(t) at t,

    log L(b) = sum over t of [ sum over D of x_i' b - sum over k < d of log S_k ],
    S_k = sum over R of r_j - k/d sum over D of r_j.

Each of the d terms is the log of a weighted sum, so slope, curvature and third moment are the mean,
covariance and third cumulant of the covariates under those weights. Strata have risk sets of their own.

References
----------
Efron (1977) J Am Stat Assoc 72:557-565; Therneau & Grambsch, Modeling Survival Data (2000), section 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.survival.subjects import ordered

LAID_OUT = 4_000_000  # cells of risk sets that are laid out at once where entry is delayed


@dataclass(frozen=True)
class Moments:
    """Of the covariates in each term, one row for each event.

    Parameters
    ----------
    log_sum : ndarray, shape (events,)
        Log of the weighted sum.
    mean : ndarray, shape (events, p)
    covariance : ndarray, shape (events, p, p)
    third : ndarray, shape (events, p, p, p), or None
        Third cumulants, where they were asked for.
    """

    log_sum: FloatArray
    mean: FloatArray
    covariance: FloatArray
    third: FloatArray | None


@dataclass(frozen=True)
class Stratum:
    """Subjects that are compared with one another, in the order of time.

    Parameters
    ----------
    entry : ndarray, shape (subjects,), or None
        None where all were under observation from the start.
    time, event : ndarray, shape (subjects,)
    x : ndarray, shape (subjects, p)
        Covariates.
    """

    entry: FloatArray | None
    time: FloatArray
    event: npt.NDArray[np.bool_]
    x: FloatArray

    @cached_property
    def steps(self) -> FloatArray:
        """Distinct times of events."""
        return np.unique(self.time[self.event])

    @cached_property
    def step(self) -> npt.NDArray[np.intp]:
        """Place in `steps` of each event."""
        return np.searchsorted(self.steps, self.time[self.event])

    @cached_property
    def starts(self) -> npt.NDArray[np.intp]:
        """Place of the first event of each step."""
        return np.searchsorted(self.time[self.event], self.steps, "left")

    @cached_property
    def share(self) -> FloatArray:
        """Part of its tie that each event's term leaves out: k / d."""
        many = np.bincount(self.step, minlength=self.steps.size)
        return np.asarray((np.arange(self.step.size) - self.starts[self.step]) / many[self.step])

    def under_observation(self, place: slice) -> npt.NDArray[np.bool_]:
        """Whether each subject is in each risk set, shape (steps, subjects)."""
        when = self.steps[place, None]
        inside = self.time >= when
        return inside if self.entry is None else inside & (self.entry < when)

    def risk_sums(self, values: FloatArray) -> FloatArray:
        """Sum of the columns of `values` over each risk set."""
        if self.entry is None:
            first = np.searchsorted(self.time, self.steps, "left")
            return np.asarray(np.cumsum(values[::-1], axis=0)[::-1][first])
        # A difference of running sums would lose the small risk sets of late entry to rounding.
        if self._whole is not None:
            return np.asarray(self._whole @ values)
        rows = max(LAID_OUT // self.time.size, 1)
        blocks = [
            self.under_observation(slice(begin, begin + rows)).astype(float) @ values
            for begin in range(0, self.steps.size, rows)
        ]
        return np.concatenate(blocks)

    @cached_property
    def _whole(self) -> FloatArray | None:
        """All risk sets as ones and zeros, where they are not too many to keep."""
        small = self.steps.size * self.time.size <= LAID_OUT
        return self.under_observation(slice(None)).astype(float) if small else None

    def moments(self, beta: FloatArray, *, third: bool = False) -> Moments:
        """Moments of the covariates in the term of each event."""
        p = self.x.shape[1]
        linear = self.x @ beta
        top = linear.max(initial=0.0)
        powers = [np.ones((len(self.x), 1)), self.x]
        for _ in range(2 if third else 1):
            powers.append((powers[-1][:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1))
        values = np.exp(linear - top)[:, None] * np.concatenate(powers, axis=1)
        tied = np.add.reduceat(values[self.event], self.starts, axis=0)
        sums = self.risk_sums(values)[self.step] - self.share[:, None] * tied[self.step]
        total = np.where(sums[:, 0] > 0, sums[:, 0], np.nan)
        mean = sums[:, 1 : 1 + p] / total[:, None]
        second = (sums[:, 1 + p : 1 + p + p * p] / total[:, None]).reshape(-1, p, p)
        outer = mean[:, :, None] * mean[:, None, :]
        cumulant = None
        if third:
            raw = (sums[:, 1 + p + p * p :] / total[:, None]).reshape(-1, p, p, p)
            mixed = np.einsum("ejk,el->ejkl", second, mean)
            mixed = mixed + mixed.transpose(0, 1, 3, 2) + mixed.transpose(0, 3, 2, 1)
            cumulant = raw - mixed + 2 * outer[..., None] * mean[:, None, None, :]
        return Moments(np.log(total) + top, mean, second - outer, cumulant)


@dataclass(frozen=True)
class PartialLikelihood:
    """The partial likelihood of a set of subjects, on covariates centred and scaled.

    Parameters
    ----------
    strata : tuple of Stratum
        Those with an event.
    centre, scale : ndarray, shape (p,)
        Mean and standard deviation of the covariates; a coefficient per unit is that per standard deviation
        divided by `scale`.
    subjects, events : int
    """

    strata: tuple[Stratum, ...]
    centre: FloatArray
    scale: FloatArray
    subjects: int
    events: int

    @classmethod
    def of(
        cls,
        time: npt.ArrayLike,
        event: npt.ArrayLike,
        covariates: npt.ArrayLike,
        *,
        entry: npt.ArrayLike | None = None,
        stratum: npt.ArrayLike | None = None,
    ) -> PartialLikelihood:
        """Sort subjects into strata and risk sets; the order in which they come is nothing."""
        x = np.asarray(covariates, float)
        x = x[:, None] if x.ndim == 1 else x
        layer = np.zeros(len(x)) if stratum is None else stratum
        begun, when, seen, name, x = ordered(time, np.asarray(event, bool), layer, x, entry=entry)
        centre, scale = x.mean(axis=0), x.std(axis=0)
        z = (x - centre) / np.where(scale > 0, scale, 1.0)
        strata = []
        for layer_name in np.unique(name):
            mine = name == layer_name
            if seen[mine].any():
                start = None if entry is None else begun[mine]
                strata.append(Stratum(start, when[mine], seen[mine] == 1, z[mine]))
        scale = np.where(scale > 0, scale, 1.0)
        return cls(tuple(strata), centre, scale, len(when), int(seen.sum()))

    def evaluate(self, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood, its slope and its information at `beta`, per standard deviation."""
        return self.expand(beta, third=False)[:3]

    def expand(
        self, beta: FloatArray, *, third: bool = True
    ) -> tuple[float, FloatArray, FloatArray, FloatArray]:
        """As `evaluate`, and the slope of the information; its last axis is the coefficient that moves."""
        p = beta.size
        value, slope, information = 0.0, np.zeros(p), np.zeros((p, p))
        change = np.zeros((p, p, p))
        for stratum, moments in self.each(beta, third=third):
            if not np.isfinite(moments.log_sum).all():
                # A whole risk set has vanished beside the rest: too far out for double precision.
                return -np.inf, slope, information, change
            own = stratum.x[stratum.event]
            value += float((own @ beta).sum() - moments.log_sum.sum())
            slope += (own - moments.mean).sum(axis=0)
            information += moments.covariance.sum(axis=0)
            if moments.third is not None:
                change += moments.third.sum(axis=0)
        return value, slope, information, change

    def each(self, beta: FloatArray, *, third: bool = False) -> Iterator[tuple[Stratum, Moments]]:
        """Yield every stratum with its moments."""
        for stratum in self.strata:
            yield stratum, stratum.moments(beta, third=third)
