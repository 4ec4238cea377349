"""How frequencies, fractions and p-values of a culture are written for a person."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, log10
from typing import Any, Protocol

from remnant.study.estimate import Estimate, Evidence


class OneIn(Protocol):
    """A frequency with the limits of 1 / frequency."""

    @property
    def cells_per_unit(self) -> float | None: ...  # noqa: D102
    @property
    def cells_per_unit_at_lower(self) -> float | None: ...  # noqa: D102
    @property
    def cells_per_unit_at_upper(self) -> float | None: ...  # noqa: D102
    @property
    def side(self) -> str | None: ...  # noqa: D102


def one_in(found: OneIn | Estimate) -> str:
    """Say a frequency as labs do, 1 in so many cells; the limits turn over."""
    if isinstance(found, Estimate):
        return _estimate(found)
    if found.side == "upper":
        return f"not detected, fewer than 1 in {cells(found.cells_per_unit_at_upper)}"
    if found.side == "lower":
        return f"every well positive, at least 1 in {cells(found.cells_per_unit_at_lower)}"
    limits = f"{cells(found.cells_per_unit_at_upper)} to {cells(found.cells_per_unit_at_lower)}"
    return f"1 in {cells(found.cells_per_unit)} ({limits})"


def _estimate(found: Estimate) -> str:
    if found.evidence is Evidence.DETECTED and found.value and found.upper:
        most = cells(1 / found.lower) if found.lower else "any number"
        return f"1 in {cells(1 / found.value)} ({cells(1 / found.upper)} to {most})"
    if found.evidence is Evidence.NOT_DETECTED and found.upper:
        return f"not detected, fewer than 1 in {cells(1 / found.upper)}"
    return f"{found.evidence}: {found.reason}"


def share(found: Estimate) -> str:
    """Say a fraction in percent."""
    if found.evidence is Evidence.DETECTED:
        value, low, high = (100 * (x or 0.0) for x in (found.value, found.lower, found.upper))
        return f"{value:.3g} % ({low:.3g} to {high:.3g})"
    if found.evidence is Evidence.NOT_DETECTED:
        return f"not detected, below {100 * (found.upper or 0.0):.2g} %"
    return f"{found.evidence}: {found.reason}"


def ratio(found: Mapping[str, Any]) -> str:
    """Say a ratio with its limits, from fields value or ratio, lower, upper, one_sided."""
    value = found["value"] if "value" in found else found["ratio"]
    if value is None and found["lower"] is None:
        return str(found.get("reason") or "neither can be told")
    if found["one_sided"]:
        return (
            f"below {number(found['upper'])}"
            if found["upper"] is not None
            else f"above {number(found['lower'])}"
        )
    return f"{number(value)} ({number(found['lower'])} to {number(found['upper'])})"


def cells(count: float | None) -> str:
    """Say a number of cells: whole from 10 on, with a digit below."""
    if count is None:
        return "any number"
    return f"{count:,.0f}" if count >= 10 else f"{count:.2g}"


def number(value: float | None) -> str:
    """Say a number in three figures, without an exponent where it would be short; None is infinite."""
    if value is None:
        return "infinite"
    if value == 0 or 1e-4 <= abs(value) < 1e6:
        digits = 2 if value == 0 else max(2 - floor(log10(abs(value))), 0)
        return f"{value:,.{digits}f}"
    return f"{value:.2e}"


def p_value(p: float) -> str:
    """Say a p-value."""
    return f"{p:.3f}" if p >= 0.001 else f"{p:.1e}"
