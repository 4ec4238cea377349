"""The scale of log-odds, on which a fraction next to nothing and one next to all both show."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, log, log10
from typing import Any

import altair as alt

FLOOR = 1e-6  # a fraction below is drawn at the foot of its panel, and its axis says "or less"
TICKS = (*(10.0**power for power in range(-6, 0)), 0.5, 0.9, 0.99, 0.999)
NAME = 14  # pixels to the name of a tick
PLANNED = "as planned"


def log_odds(fraction: float) -> float:
    """Return the log-odds of a fraction in (0, 1)."""
    return log(fraction / (1 - fraction))


def foot(fractions: Iterable[float]) -> float:
    """Return the power of ten at which an axis for these fractions begins.

    Examples
    --------
    >>> foot([0.5, 0.0031]), foot([0.4]), foot([0.0])
    (0.001, 0.01, 1e-06)
    """
    least = min([0.03, *fractions])
    return max(FLOOR, 10.0 ** floor(log10(max(least, FLOOR))))


def head(fractions: Iterable[float]) -> float:
    """Return the fraction at which such an axis ends.

    Examples
    --------
    >>> head([0.2]), head([0.993]), head([1.0])
    (0.9, 0.999, 0.999)
    """
    most = max([0.5, *fractions])
    return next((tick for tick in (0.9, 0.99) if most <= tick), 0.999)


def clipped(fraction: float, low: float, high: float) -> float:
    """Return a fraction that the axis can show, to four figures: a page carries thousands."""
    return float(f"{min(max(fraction, low), high):.4g}")


def with_log_odds(layer: Any, *fields: str) -> Any:
    """Add to each row the log-odds of fractions; `q50` becomes `q50_`."""
    calculated = {f"{name}_": f"log(datum.{name} / (1 - datum.{name}))" for name in fields}
    layer.transform = [
        alt.CalculateTransform(calculate=rule, **{"as": to}) for to, rule in calculated.items()
    ]
    return layer


def spaced(low: float, high: float, height: int) -> list[float]:
    """Return the ticks from `low` to `high` whose names do not touch, both ends among them.

    Examples
    --------
    >>> spaced(0.01, 0.99, 100)
    [0.01, 0.1, 0.5, 0.9, 0.99]
    >>> spaced(1e-06, 0.99, 90)
    [1e-06, 0.0001, 0.01, 0.5, 0.99]
    """
    ticks = [tick for tick in TICKS if low <= tick <= high]
    least = NAME * (log_odds(high) - log_odds(low)) / height
    kept = ticks[:1]
    for tick in ticks[1:-1]:
        far = log_odds(tick) - log_odds(kept[-1]) >= least and log_odds(ticks[-1]) - log_odds(tick) >= least
        kept += [tick] * far
    return kept + ticks[-1:]


def fraction_y(field: str, low: float, high: float, title: str, height: int) -> alt.Y:
    """Place a field of `with_log_odds` between two fractions.

    Parameters
    ----------
    field : str
        Name of the fraction, without its last stroke.
    low, high : float
        First and last fraction of the axis.
    title : str
        Of the axis.
    height : int
        Of the panel, in pixels: ticks that would touch give way.
    """
    ticks = [round(log_odds(tick), 4) for tick in spaced(low, high, height)]
    number = "format(1 / (1 + exp(-datum.value)), '.3~p')"
    label = (
        f"datum.value < {log_odds(FLOOR) + 0.01:.4g} ? '≤ ' + {number} : {number}" if low <= FLOOR else number
    )
    axis = alt.Axis(values=ticks, labelExpr=label, labelOverlap=False, title=title, domain=False, ticks=False)
    domain = [round(log_odds(low) - 0.15, 4), round(log_odds(high) + 0.15, 4)]
    return alt.Y(f"{field}_:Q", scale=alt.Scale(domain=domain, nice=False, clamp=True), axis=axis)
