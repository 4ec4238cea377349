"""A number of the model that differs between patients: its law, where it comes from, how well it is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, betaln, expit, log_expit, logit, ndtr, ndtri, xlog1py, xlogy

from remnant.errors import Fault, SettingError

Array = NDArray[np.float64]
Law = Literal["fixed", "lognormal", "logit-normal", "half-normal", "beta", "normal", "uniform"]
Mark = Literal["read", "computed", "from memory", "choice", "open"]

_SUPPORT = {
    "lognormal": (0.0, np.inf),
    "logit-normal": (0.0, 1.0),
    "half-normal": (0.0, np.inf),
    "beta": (0.0, 1.0),
}


@dataclass(frozen=True)
class Prior:
    """The law of one number over patients.

    Parameters
    ----------
    name : str
        Of the number.
    unit : str
        Of the number; "-" for none.
    law : str
        "fixed": always `centre`. "lognormal": median `centre`, standard deviation `spread` of the logarithm.
        "logit-normal": mean `centre` and standard deviation `spread` on the logit. "normal": mean and
        standard deviation. "half-normal": |x| of a normal one around 0. "beta": a = `centre`, b = `spread`.
        "uniform": from `lower` to `upper`.
    centre, spread : float
        As the law reads them.
    lower, upper : float
        The law is cut to these bounds, and scaled to be one again.
    source : str
        Paper, or who chose it.
    mark : str
        How well it is known: read, computed, from memory, choice or open.
    note : str
        What a reader should know.

    Raises
    ------
    SettingError
        If the law is unknown, its numbers are impossible, or no value lies within the bounds.

    Examples
    --------
    >>> prior = Prior("division", "per month", "lognormal", 0.11, 0.35)
    >>> prior.quantile([0.025, 0.5, 0.975]).round(3).tolist()
    [0.055, 0.11, 0.218]
    """

    name: str
    unit: str
    law: Law
    centre: float = 0.0
    spread: float = 0.0
    lower: float = -np.inf
    upper: float = np.inf
    source: str = ""
    mark: Mark = "choice"
    note: str = ""

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if not faults and not self._mass() > 0:
            found, hint = f"{self.lower:g} to {self.upper:g}", "widen the bounds, or move the centre"
            expected = f"bounds that the {self.law} law reaches"
            faults.append(Fault("prior", None, self.name, found, expected, hint))
        if faults:
            raise SettingError(faults)

    def _faults(self) -> Iterator[Fault]:
        def fault(found: object, expected: str, hint: str) -> Fault:
            return Fault("prior", None, self.name, str(found), expected, hint)

        if self.law not in get_args(Law):
            yield fault(self.law, "one of " + ", ".join(get_args(Law)), "name a law")
            return
        if self.mark not in get_args(Mark):
            yield fault(self.mark, "one of " + ", ".join(get_args(Mark)), "say how well it is known")
        if not np.isfinite([self.centre, self.spread]).all():
            yield fault(f"{self.centre:g}, {self.spread:g}", "numbers", "give centre and spread")
            return
        if self.law in ("lognormal", "beta") and not self.centre > 0:
            yield fault(self.centre, "a centre above 0", "the median, or a of the beta law")
        if self.law not in ("fixed", "uniform") and not self.spread > 0:
            yield fault(self.spread, "a spread above 0", 'a number without spread is "fixed"')
        if not self.lower < self.upper and self.law != "fixed":
            yield fault(f"{self.lower:g} to {self.upper:g}", "lower below upper", "swap them")
        elif self.law == "uniform" and not np.isfinite([self.lower, self.upper]).all():
            yield fault(f"{self.lower:g} to {self.upper:g}", "two finite bounds", "give lower and upper")

    @property
    def support(self) -> tuple[float, float]:
        """The least and the largest value that can be drawn."""
        if self.law == "fixed":
            return self.centre, self.centre
        low, high = _SUPPORT.get(self.law, (-np.inf, np.inf))
        return max(low, self.lower), min(high, self.upper)

    def quantile(self, u: ArrayLike) -> Array:
        """Return the value below which a share `u` in (0, 1) of patients lies, same shape."""
        share = np.asarray(u, float)
        low, high = self.support
        if self.law == "fixed":
            return np.full(share.shape, self.centre)
        if self.law == "uniform":
            return low + share * (high - low)
        if self.law == "beta":
            first, last = betainc(self.centre, self.spread, [low, high])
            drawn = betaincinv(self.centre, self.spread, first + share * (last - first))
        else:
            first, last = self.scores()
            if first > 0:  # far in the upper tail only the tail itself keeps its digits
                drawn = self._unlink(-ndtri(ndtr(-first) + share * (ndtr(-last) - ndtr(-first))))
            else:
                drawn = self._unlink(ndtri(ndtr(first) + share * (ndtr(last) - ndtr(first))))
        return np.asarray(np.clip(drawn, low, high))

    def log_density(self, x: ArrayLike) -> Array:
        """Return the log of the density at `x`, same shape; minus infinity outside the bounds.

        Of a fixed number, 0 at its value.
        """
        value = np.asarray(x, float)
        low, high = self.support
        inside = (value >= low) & (value <= high)
        if self.law == "fixed":
            return np.where(inside, 0.0, -np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            density = self._base_log_density(value) - np.log(self._mass())
        return np.where(inside, np.nan_to_num(density, nan=-np.inf), -np.inf)

    def unconstrain(self, x: ArrayLike) -> Array:
        """Map the support onto the real line, for a sampler: logit, log or nothing; of a fixed number 0."""
        value, (low, high) = np.asarray(x, float), self.support
        if self.law == "fixed":
            return np.zeros(value.shape)
        if np.isfinite([low, high]).all():
            return np.asarray(logit((value - low) / (high - low)))
        if np.isfinite(low):
            return np.log(value - low)
        return -np.log(high - value) if np.isfinite(high) else value

    def constrain(self, z: ArrayLike) -> Array:
        """Map the real line onto the support: the inverse of `unconstrain`."""
        free, (low, high) = np.asarray(z, float), self.support
        if self.law == "fixed":
            return np.full(free.shape, self.centre)
        if np.isfinite([low, high]).all():
            return np.asarray(low + (high - low) * expit(free))
        if np.isfinite(low):
            return np.asarray(low + np.exp(free))
        return np.asarray(high - np.exp(-free) if np.isfinite(high) else free)

    def log_slope(self, z: ArrayLike) -> Array:
        """Return the log of the slope of `constrain`, what a density on the real line adds; same shape."""
        free, (low, high) = np.asarray(z, float), self.support
        if self.law == "fixed":
            return np.zeros(free.shape)
        if np.isfinite([low, high]).all():
            return np.asarray(np.log(high - low) + log_expit(free) + log_expit(-free))
        if np.isfinite(low):
            return free
        return -free if np.isfinite(high) else np.zeros(free.shape)

    def link(self, x: Array) -> Array:
        """Map a value to the standard normal score behind it, before the cut."""
        with np.errstate(divide="ignore"):
            if self.law == "lognormal":
                return np.asarray((np.log(x) - np.log(self.centre)) / self.spread)
            if self.law == "logit-normal":
                return np.asarray((logit(x) - self.centre) / self.spread)
        return (x - (0.0 if self.law == "half-normal" else self.centre)) / self.spread

    def _unlink(self, score: Array) -> Array:
        if self.law == "lognormal":
            return np.asarray(self.centre * np.exp(self.spread * score))
        if self.law == "logit-normal":
            return np.asarray(expit(self.centre + self.spread * score))
        return (0.0 if self.law == "half-normal" else self.centre) + self.spread * score

    def scores(self) -> tuple[float, float]:
        """Return the standard normal scores of the bounds, before the cut."""
        first, last = self.link(np.asarray(self.support))
        return float(first), float(last)

    def _mass(self) -> float:
        """Return the share of the uncut law within the bounds."""
        if self.law in ("fixed", "uniform"):
            return 1.0
        if self.law == "beta":
            first, last = betainc(self.centre, self.spread, self.support)
            return float(last - first)
        first, last = self.scores()
        return float(ndtr(-first) - ndtr(-last) if first > 0 else ndtr(last) - ndtr(first))

    def _base_log_density(self, x: Array) -> Array:
        """Log density of the uncut law; the half-normal one is a normal one, cut at 0."""
        if self.law == "uniform":
            return np.full(x.shape, -np.log(self.upper - self.lower))
        if self.law == "beta":
            a, b = self.centre, self.spread
            return np.asarray(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))
        normal: Array = -(self.link(x) ** 2) / 2 - np.log(self.spread * np.sqrt(2 * np.pi))
        if self.law == "lognormal":
            normal -= np.log(x)
        elif self.law == "logit-normal":
            normal -= np.log(x) + np.log1p(-x)
        return normal
