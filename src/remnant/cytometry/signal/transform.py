"""Scales on which gates are drawn: linear, log, asinh, logicle and hyperlog, each with its inverse.

Logicle and hyperlog are odd about zero and convex above it, so one Newton iteration from above
inverts both, exactly and without a table. What is not a number stays so, and what is infinite too.

References
----------
Parks, Roederer & Moore (2006) Cytometry A 69:541-551, doi:10.1002/cyto.a.20258.
Moore & Parks (2012) Cytometry A 81:273-277, doi:10.1002/cyto.a.22030 (the normalisation and A).
Gating-ML 2.0: Spidlen et al. (2015) Cytometry A 87:683-687, doi:10.1002/cyto.a.22690.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, expm1, log, sinh

import numpy as np
from numpy.typing import ArrayLike

from remnant.cytometry.signal.biexponential import Biexponential, FloorLog
from remnant.cytometry.signal.odd_root import Floats, solve_odd, unbounded
from remnant.cytometry.signal.parameters import require, require_biexponential, require_decades, require_top

LN10 = log(10)


@dataclass(frozen=True)
class Linear:
    """y = (x + A) / (T + A)."""

    top: float = 262144.0
    negative: float = 0.0

    def __post_init__(self) -> None:
        require_top("linear", self.top)
        require("linear", -self.top < self.negative <= self.top, f"A = {self.negative:g}", "-T < A <= T")

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; T becomes 1."""
        return (np.asarray(values, float) + self.negative) / (self.top + self.negative)

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`."""
        return np.asarray(scaled, float) * (self.top + self.negative) - self.negative


@dataclass(frozen=True)
class Log:
    """y = log10(x / T) / M + 1; not a number for x <= 0."""

    top: float = 262144.0
    decades: float = 4.5

    def __post_init__(self) -> None:
        require_top("log", self.top)
        require_decades("log", self.decades)

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; T becomes 1, and M decades below it 0."""
        x = np.asarray(values, float)
        positive = np.where(x > 0, x, np.nan)
        return np.log10(positive / self.top) / self.decades + 1

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`."""
        return np.asarray(self.top * 10 ** (self.decades * (np.asarray(scaled, float) - 1)))


@dataclass(frozen=True)
class Asinh:
    """y = (asinh(x sinh(M ln 10) / T) + A ln 10) / ((M + A) ln 10)."""

    top: float = 262144.0
    decades: float = 4.5
    negative: float = 0.0

    def __post_init__(self) -> None:
        require_top("asinh", self.top)
        require_decades("asinh", self.decades)
        require("asinh", 0 <= self.negative <= self.decades, f"A = {self.negative:g}", "0 <= A <= M")

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; T becomes 1."""
        stretched = np.arcsinh(np.asarray(values, float) * (sinh(self.decades * LN10) / self.top))
        # Divided first, so that zero is A / (M + A) without rounding.
        return (stretched / LN10 + self.negative) / (self.decades + self.negative)

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`."""
        stretched = np.asarray(scaled, float) * (self.decades + self.negative) - self.negative
        return np.sinh(stretched * LN10) * (self.top / sinh(self.decades * LN10))


@dataclass(frozen=True)
class Logicle:
    """x = T g(t) / g((M - W) ln 10), with g(t) = e^t - 1 - p^2 (e^(-t/p) - 1), odd about t = 0.

    t = ln(10) ((M + A) y - A - W), and p >= 1 solves W ln 10 = 2 p ln(p) / (p + 1). This is the
    function of Parks et al. with the normalisation of Moore & Parks, written from its zero outwards.

    Parameters
    ----------
    top : float
        T, the value at y = 1.
    width : float
        W, decades of the nearly linear part.
    decades : float
        M, decades of the whole scale above A.
    negative : float
        A, further decades below zero.
    """

    top: float = 262144.0
    width: float = 0.5
    decades: float = 4.5
    negative: float = 0.0

    def __post_init__(self) -> None:
        require_biexponential("logicle", self.top, self.width, self.decades, self.negative, open_width=False)

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; T becomes 1."""
        p = _curvature(self.width)
        target = np.asarray(values, float) * (self._gain(p) / self.top)
        # g(t) is at least e^t - 1 and (1 + p) t, so the smaller of their roots lies above its own.
        above = np.minimum(np.log1p(np.abs(target)), np.abs(target) / (1 + p))
        t = solve_odd(target, lambda x: _logicle(x, p), above)
        return (t / LN10 + self.negative + self.width) / (self.decades + self.negative)

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`."""
        p = _curvature(self.width)
        shift = self.negative + self.width
        t = LN10 * (np.asarray(scaled, float) * (self.decades + self.negative) - shift)
        value = np.copysign(_logicle(np.abs(t), p)[0], t)
        return np.asarray(value * (self.top / self._gain(p)))

    def _gain(self, p: float) -> float:
        return float(_logicle(np.float64((self.decades - self.width) * LN10), p)[0])


@dataclass(frozen=True)
class Hyperlog:
    """x = T h(t) / h((M - W) ln 10), with h(t) = e^t - 1 + k t, odd about t = 0.

    t as in `Logicle`, and k = e^(W ln 10) / (W ln 10).
    """

    top: float = 262144.0
    width: float = 0.5
    decades: float = 4.5
    negative: float = 0.0

    def __post_init__(self) -> None:
        require_biexponential("hyperlog", self.top, self.width, self.decades, self.negative, open_width=True)

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; T becomes 1."""
        k, reach = self._slope, (self.decades - self.width) * LN10
        target = np.asarray(values, float) * ((expm1(reach) + k * reach) / self.top)
        above = np.minimum(np.log1p(np.abs(target)), np.abs(target) / (1 + k))
        t = solve_odd(target, lambda x: (np.expm1(x) + k * x, np.exp(x) + k), above)
        return (t / LN10 + self.negative + self.width) / (self.decades + self.negative)

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`."""
        k, reach = self._slope, (self.decades - self.width) * LN10
        shift = self.negative + self.width
        t = LN10 * (np.asarray(scaled, float) * (self.decades + self.negative) - shift)
        value = np.copysign(np.expm1(np.abs(t)) + k * np.abs(t), t)
        return np.asarray(value * (self.top / (expm1(reach) + k * reach)))

    @property
    def _slope(self) -> float:
        return exp(self.width * LN10) / (self.width * LN10)


Transform = Linear | Log | Asinh | Logicle | Hyperlog | Biexponential | FloorLog


def _logicle(t: Floats | np.float64, p: float) -> tuple[Floats, Floats]:
    """g(t) and its slope, for t >= 0."""
    return (
        np.asarray(np.expm1(t) - p * p * np.expm1(-t / p)),
        np.asarray(np.exp(t) + p * np.exp(-t / p)),
    )


@lru_cache(maxsize=256)
def _curvature(width: float) -> float:
    """Solve W ln 10 = 2 p ln(p) / (p + 1); the right side rises with p, from 0 at 1."""
    goal = width * LN10
    low, high = 1.0, exp(goal) + 1
    while high - low > 4e-16 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if 2 * middle * log(middle) / (middle + 1) < goal else (low, middle)
    return (low + high) / 2


def fit_logicle(values: Floats, top: float, *, decades: float = 4.5) -> Logicle:
    """Choose W so that the negative spread of `values` lies in the linear part.

    W = (M - log10(T / |r|)) / 2 with r the 5 % quantile of the negative values (Parks et al. 2006);
    too small a W would split one negative population in two.

    Parameters
    ----------
    values : ndarray, shape (events,)
        Compensated values of one channel; NaN are left out.
    top : float
        T, the top of the scale.
    decades : float, default 4.5
        M.
    """
    negative = values[values < 0]
    if len(negative) < 10:
        return Logicle(top, 0.5, decades, 0.0)
    reference = -float(np.quantile(negative, 0.05))
    width = (decades - float(np.log10(top / max(reference, 1e-12)))) / 2
    return Logicle(top, float(np.clip(width, 0.5, decades / 2 - 0.1)), decades, 0.0)
