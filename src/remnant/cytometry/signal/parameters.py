"""Rules that the parameters of a scale must keep, said with the inequality that is broken."""

from __future__ import annotations

from remnant.errors import Fault, SettingError

MAXIMUM_DECADES = 100.0  # no detector spans more than ten; beyond 300 the arithmetic overflows
MINIMUM_DECADES = 1e-3
MINIMUM_WIDTH = 1e-9  # of a hyperlog, which is not defined at W = 0
MAXIMUM_TOP = 1e30  # of a scale; arithmetic stays finite for values up to 1e250
MINIMUM_TOP = 1e-30


def require(kind: str, good: bool, found: str, expected: str) -> None:
    """Raise a `SettingError` with the inequality `expected` unless it is `good`."""
    if not good:
        raise SettingError([Fault(f"{kind} transform", None, "parameters", found, expected, "check them")])


def require_top(kind: str, top: float) -> None:
    """Require T > 0, within what arithmetic can hold."""
    require(kind, top > 0, f"T = {top:g}", "T > 0")
    expected = f"T from {MINIMUM_TOP:g} to {MAXIMUM_TOP:g}"
    require(kind, MINIMUM_TOP <= top <= MAXIMUM_TOP, f"T = {top:g}", expected)


def require_decades(kind: str, decades: float) -> None:
    """Require M > 0, within what arithmetic can hold."""
    require(kind, decades > 0, f"M = {decades:g}", "M > 0")
    expected = f"M from {MINIMUM_DECADES:g} to {MAXIMUM_DECADES:g}"
    require(kind, MINIMUM_DECADES <= decades <= MAXIMUM_DECADES, f"M = {decades:g}", expected)


def require_biexponential(
    kind: str, top: float, width: float, decades: float, negative: float, *, open_width: bool
) -> None:
    """Require what logicle and hyperlog share; W = 0 is refused where `open_width`."""
    require_top(kind, top)
    require_decades(kind, decades)
    low = width >= MINIMUM_WIDTH if open_width else width >= 0
    expected = "0 < W <= M/2" if open_width else "0 <= W <= M/2"
    require(kind, low and width <= decades / 2, f"W = {width:g}, M = {decades:g}", expected)
    inside = -width <= negative <= decades - 2 * width
    limits = f"-W <= A <= M - 2W, here {-width:g} to {decades - 2 * width:g}"
    require(kind, inside, f"A = {negative:g}", limits)
