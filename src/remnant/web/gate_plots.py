"""A plot of a gate review as shapes of SVG: tones of density, ticks, outlines, single cells and cuts.

Everything is drawn by the server, sharp at any size and without a script; the script only moves what moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remnant.cytometry.recipe.review_plots import ControlPlot, PlotAxis, ReviewPlot, StemCells
from remnant.cytometry.recipe.tube import GateView
from remnant.service.gating.records import Cut, Review

TONES = 7
NO_ROLE = "other"
Rules = Sequence[tuple[str, tuple[tuple[str, int], ...]]]


@dataclass(frozen=True)
class Frame:
    """Where a plot is drawn, in units of its viewBox."""

    width: float = 340
    height: float = 296
    left: float = 46
    top: float = 10
    right: float = 332
    bottom: float = 252

    def x(self, share: float) -> float:
        """Place on the axis to the right."""
        return round(self.left + share * (self.right - self.left), 2)

    def y(self, share: float) -> float:
        """Place on the axis upwards."""
        return round(self.bottom - share * (self.bottom - self.top), 2)


FULL, BENEATH, SMALL = Frame(), Frame(height=190, bottom=146), Frame(height=250, bottom=206)


@dataclass(frozen=True)
class CutLine:
    """A cut on one axis of a plot.

    Parameters
    ----------
    marker : str
    side : {"x", "y"}
        Axis that it lies on.
    at : float
        Place in the viewBox.
    band : tuple of two floats or None
        The interval of the automatic cut.
    ghost : float or None
        The automatic cut, where another counts.
    placed : bool
        Whether a person placed it.
    value : str
        As it is written beside the line.
    """

    marker: str
    side: str
    at: float
    band: tuple[float, float] | None
    ghost: float | None
    placed: bool
    value: str


@dataclass(frozen=True)
class Drawn:
    """One plot, ready for a template."""

    key: str
    title: str
    frame: Frame
    view: GateView
    tones: tuple[tuple[int, str], ...]
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    outline: str
    cells: tuple[tuple[str, str], ...]
    cuts: tuple[CutLine, ...]
    events: int
    beneath: tuple[Drawn, ...] = ()
    marker: str = ""


def draw(review: Review, roles: Mapping[str, str]) -> tuple[Drawn, ...]:
    """Draw every plot of a review.

    Parameters
    ----------
    review : Review
    roles : mapping of str to str
        Compartment to its role, by which its cells are coloured.
    """
    cuts = {cut.marker: cut for cut in review.proposal.cuts}
    dots = _Dots(review.stem, review.rules, roles, cuts)
    return tuple(draw_one(plot, cuts, dots) for plot in review.plots)


def draw_small(plots: Sequence[ReviewPlot], cuts: Sequence[Cut]) -> tuple[Drawn, ...]:
    """Draw the compartments of another visit, small and without single cells."""
    by = {cut.marker: cut for cut in cuts}
    return tuple(_drawn(plot.key, plot.view, plot.x, plot.y, by, SMALL, None) for plot in plots)


def draw_one(plot: ReviewPlot, cuts: Mapping[str, Cut], dots: _Dots) -> Drawn:
    """Draw one plot with its controls."""
    beneath = tuple(_control(plot, control, cuts) for control in plot.controls)
    return _drawn(plot.key, plot.view, plot.x, plot.y, cuts, FULL, dots if plot.cells else None, beneath)


def share_of(axis: PlotAxis, value: float) -> float:
    """Place of a value on an axis, from 0 to 1; what lies beyond is drawn at the edge."""
    return float(np.interp(value, axis.values, np.linspace(0, 1, len(axis.values))))


class _Dots:
    """Single cells, coloured by the compartment that their cuts put them in."""

    def __init__(self, stem: StemCells, rules: Rules, roles: Mapping[str, str], cuts: Mapping[str, Cut]):
        self.values = {m: np.array(v) for m, v in zip(stem.markers, stem.values, strict=True)}
        self.role = np.full(len(stem.values[0]) if stem.values else 0, NO_ROLE, dtype=object)
        for name, rule in reversed(rules):
            known = rule and all(m in self.values and cuts[m].value is not None for m, _ in rule)
            if known:
                self.role[self._inside(rule, cuts)] = roles.get(name, NO_ROLE)

    def _inside(self, rule: Sequence[tuple[str, int]], cuts: Mapping[str, Cut]) -> np.ndarray:
        inside = np.ones(len(self.role), dtype=bool)
        for marker, side in rule:
            above = self.values[marker] >= cuts[marker].value
            inside &= above if side > 0 else ~above
        return inside

    def paths(self, x: PlotAxis, y: PlotAxis, frame: Frame) -> tuple[tuple[str, str], ...]:
        """Dots of each role as one path of points."""
        if x.marker not in self.values or y.marker not in self.values:
            return ()
        shares = [
            np.interp(self.values[axis.marker], axis.values, np.linspace(0, 1, len(axis.values)))
            for axis in (x, y)
        ]
        across = frame.left + shares[0] * (frame.right - frame.left)
        up = frame.bottom - shares[1] * (frame.bottom - frame.top)
        return tuple(
            (role, "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(across[mine], up[mine], strict=True)))
            for role in (NO_ROLE, "bulk", "progenitor", "stem")
            for mine in [self.role == role]
        )


def _control(plot: ReviewPlot, control: ControlPlot, cuts: Mapping[str, Cut]) -> Drawn:
    drawn = _drawn(f"{plot.key}-{control.marker}", control.view, plot.x, plot.y, cuts, BENEATH, None)
    own = tuple(cut for cut in drawn.cuts if cut.marker == control.marker)
    return Drawn(**{**vars(drawn), "cuts": own, "marker": control.marker})


def _drawn(
    key: str,
    view: GateView,
    x: PlotAxis,
    y: PlotAxis,
    cuts: Mapping[str, Cut],
    frame: Frame,
    dots: _Dots | None,
    beneath: tuple[Drawn, ...] = (),
) -> Drawn:
    lines = tuple(
        _line(cuts[axis.marker], axis, side, frame)
        for side, axis in (("x", x), ("y", y))
        if axis.marker in cuts and cuts[axis.marker].value is not None
    )
    return Drawn(
        key,
        view.title,
        frame,
        view,
        _tones(view, frame),
        tuple((frame.x(_share(at, view.x_range)), label) for at, label in view.x_ticks),
        tuple((frame.y(_share(at, view.y_range)), label) for at, label in view.y_ticks),
        _outline(view, frame),
        () if dots is None else dots.paths(x, y, frame),
        lines,
        sum(count for _, _, count in view.counts),
        beneath,
    )


def _line(cut: Cut, axis: PlotAxis, side: str, frame: Frame) -> CutLine:
    place = frame.x if side == "x" else frame.y

    def at(value: float) -> float:
        return place(share_of(axis, value))

    band = None
    if cut.automatic_lower is not None and cut.automatic_upper is not None:
        ends = sorted((at(cut.automatic_lower), at(cut.automatic_upper)))
        band = (ends[0], round(max(ends[1] - ends[0], 1.0), 2))
    assert cut.value is not None, "only a cut that there is has a line"
    ghost = at(cut.automatic) if cut.placed and cut.automatic is not None else None
    return CutLine(cut.marker, side, at(cut.value), band, ghost, cut.placed, _said(cut.value))


def _said(value: float) -> str:
    """Write a cut as the script does: whole from a thousand on, else to four figures."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _share(at: float, limits: tuple[float, float]) -> float:
    return (at - limits[0]) / (limits[1] - limits[0])


def _tones(view: GateView, frame: Frame) -> tuple[tuple[int, str], ...]:
    """Join the bins of each tone into one path: the more events the deeper, on a logarithmic scale."""
    if not view.counts:
        return ()
    bins = np.array(view.counts)
    most = bins[:, 2].max()
    level = np.ones(len(bins), dtype=int)
    if most > 1:
        level = 1 + np.floor((TONES - 1e-9) * np.log(bins[:, 2]) / np.log(most)).astype(int).clip(
            0, TONES - 1
        )
    wide = (frame.right - frame.left) / view.bins_x
    high = (frame.bottom - frame.top) / view.bins_y
    paths = []
    for tone in range(1, TONES + 1):
        mine = bins[level == tone]
        if not len(mine):
            continue
        # A hair of overlap, so that no seam shows between bins.
        path = "".join(
            f"M{frame.left + i * wide:.2f} {frame.bottom - (j + 1) * high:.2f}h{wide + 0.06:.2f}"
            f"v{high + 0.06:.2f}h-{wide + 0.06:.2f}z"
            for i, j, _ in mine
        )
        paths.append((tone, path))
    return tuple(paths)


def _outline(view: GateView, frame: Frame) -> str:
    if not view.outline:
        return ""
    corners = [(frame.x(_share(x, view.x_range)), frame.y(_share(y, view.y_range))) for x, y in view.outline]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"
