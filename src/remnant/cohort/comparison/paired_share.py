"""Difference of two shares of the same patients: Tango's score interval, right where few or none differ.

With b of n patients having the event under the second treatment alone and c under the first alone, the
interval holds every difference d with |b - c - n d| <= z sqrt(n (2 q + d (1 - d))), q being the most likely
share of c under that difference. A Wald interval without a discordant patient has no width, as if that were
certain.

References
----------
Tango (1998) Stat Med 17:891-908, equations 8 and 9.
"""

from __future__ import annotations

from math import sqrt

from scipy.optimize import brentq

Z = 1.959963984540054


def paired_limits(b: int, c: int, n: int, *, z: float = Z) -> tuple[float, float]:
    """Return the limits of the difference of shares, (b - c) / n.

    Parameters
    ----------
    b, c : int
        Patients with the event under the second treatment alone, and under the first alone.
    n : int
        Patients, at least b + c and 1.
    z : float
        Standard normal quantile; 1.96 for 95 %.

    Examples
    --------
    >>> lower, upper = paired_limits(0, 0, 100)
    >>> round(lower, 4), round(upper, 4)
    (-0.037, 0.037)
    """
    assert b >= 0, f"a count of patients, not {b}"
    assert c >= 0, f"a count of patients, not {c}"
    assert b + c <= n, f"{b} and {c} of {n}"
    assert n >= 1, "nobody to compare"

    def apart(difference: float, sign: int) -> float:
        return b - c - n * difference - sign * z * _error(b, c, n, difference)

    # Without a discordant patient the estimate itself solves the equation, too: look beside it.
    found = (b - c) / n
    upper = 1.0 if b == n else brentq(apart, found + 1e-9, 1.0, args=(-1,), xtol=1e-13)
    lower = -1.0 if c == n else brentq(apart, -1.0, found - 1e-9, args=(1,), xtol=1e-13)
    return float(lower), float(upper)


def _error(b: int, c: int, n: int, d: float) -> float:
    """Standard error of b - c, were the difference of shares `d`."""
    linear = -b - c + (2 * n - b + c) * d
    constant = -c * d * (1 - d)
    q = (sqrt(max(linear**2 - 8 * n * constant, 0.0)) - linear) / (4 * n)
    return sqrt(max(n * (2 * q + d * (1 - d)), 0.0))
