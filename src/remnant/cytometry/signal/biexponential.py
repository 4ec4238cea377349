"""FlowJo's own scales: its biexponential, and a logarithm with a floor.

FlowJo tabulates its biexponential at whole channels and reads between them. Here the channel is a
real number of the same formula, so that the scale has an inverse without a table.

References
----------
FlowJo documentation, "Biexponential transform" (width basis, extra negative decades); Parks,
Roederer & Moore (2006) Cytometry A 69:541-551, doi:10.1002/cyto.a.20258 (the condition on its width).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, log10

import numpy as np
from numpy.typing import ArrayLike

from remnant.cytometry.signal.odd_root import Floats, solve_odd, unbounded
from remnant.cytometry.signal.parameters import require, require_decades, require_top

LN10 = log(10)
CHANNELS = 4096  # of FlowJo's table, whatever the resolution of its plot


@dataclass(frozen=True)
class Biexponential:
    """FlowJo's biexponential, scaled so that the last channel of its table is 1.

    x = k (e^(a t) - 1 - r (e^(-b t) - 1)), odd about t = 0, with t the channels from zero divided by
    one more than the channels of the table. b solves 2 ln(b / a) + w (a + b) = 0, with w the share of
    the linear part in the decades.

    Parameters
    ----------
    top : float
        FlowJo's maxRange: about the value of the last channel.
    positive : float
        FlowJo's pos: decades of the whole scale.
    negative : float
        FlowJo's neg: further decades below zero; what is below 0 is taken as 0, as FlowJo does.
    width : float
        FlowJo's width basis, from -1000 to -1: the further from zero, the wider the linear part.
    """

    top: float = 262144.0
    positive: float = 4.418539922
    negative: float = 0.0
    width: float = -10.0

    def __post_init__(self) -> None:
        require_top("biex", self.top)
        require_decades("biex", self.positive)
        require("biex", -1e6 <= self.width <= -1, f"width = {self.width:g}", "width from -1e6 to -1")
        require("biex", self.negative <= 100, f"neg = {self.negative:g}", "neg up to 100")
        above = self.positive - log10(-self.width) / 2
        require(
            "biex", above > 0, f"width = {self.width:g}", f"log10(-width) < 2 pos, pos = {self.positive:g}"
        )

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; 1 is the last channel. Values beyond the table are scaled on, not cut off."""
        zero, a, b, ratio, unit = self._constants
        target = np.asarray(values, float) / unit
        t = solve_odd(
            target,
            lambda x: (
                np.expm1(a * x) - ratio * np.expm1(-b * x),
                a * np.exp(a * x) + ratio * b * np.exp(-b * x),
            ),
            np.log1p(np.abs(target)) / a,
        )
        return np.asarray((t * (CHANNELS + 1) + zero) / CHANNELS)

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`."""
        zero, a, b, ratio, unit = self._constants
        t = (np.asarray(scaled, float) * CHANNELS - zero) / (CHANNELS + 1)
        value = np.expm1(a * np.abs(t)) - ratio * np.expm1(-b * np.abs(t))
        return np.asarray(np.copysign(value, t) * unit)

    @property
    def _constants(self) -> tuple[int, float, float, float, float]:
        return _constants(self.top, self.positive, self.negative, self.width)


@dataclass(frozen=True)
class FloorLog:
    """y = log10(max(x, offset) / offset) / decades: FlowJo's logarithm, which piles the rest on its axis."""

    offset: float = 1.0
    decades: float = 5.0

    def __post_init__(self) -> None:
        require("log", 1e-30 <= self.offset <= 1e30, f"offset = {self.offset:g}", "offset > 0")
        require_decades("log", self.decades)

    @property
    def top(self) -> float:
        """The value at y = 1."""
        return float(self.offset * 10**self.decades)

    @unbounded
    def forward(self, values: ArrayLike) -> Floats:
        """Scale `values`; `offset` and all below it become 0."""
        return np.asarray(
            np.log10(np.maximum(np.asarray(values, float), self.offset) / self.offset) / self.decades
        )

    @unbounded
    def inverse(self, scaled: ArrayLike) -> Floats:
        """Undo `forward`; 0 and below become `offset`."""
        return np.asarray(self.offset * 10 ** (self.decades * np.maximum(np.asarray(scaled, float), 0.0)))


@lru_cache(maxsize=256)
def _constants(
    top: float, positive: float, negative: float, width: float
) -> tuple[int, float, float, float, float]:
    """Return the channel of zero, a, b, r and k of `Biexponential`."""
    linear = log10(-width)
    above = positive - linear / 2
    below = max(negative, 0.0) + linear / 2
    zero = min(int(below * CHANNELS / (below + above)), CHANNELS // 2)
    if zero:
        # FlowJo puts zero on a whole channel and stretches the decades to fit.
        above = below * CHANNELS / zero
    share = linear / (2 * above)
    a = LN10 * above
    b = _decay(a, share)
    at = zero / (CHANNELS + 1)
    positive_part = exp(at * a)
    negative_part = exp((a + b) * (share + below / above) - at * b)
    return zero, a, b, negative_part / positive_part, top * exp(at * a - a)


def _decay(a: float, share: float) -> float:
    """Solve 2 ln(b / a) + share (a + b) = 0 for b in (0, a]; the left side rises with b."""
    low, high = 0.0, a
    while high - low > 4e-16 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if 2 * log(middle / a) + share * (a + middle) < 0 else (low, middle)
    return (low + high) / 2
