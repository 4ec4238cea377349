"""Markers of the nucleated cells of one tube, gathered once: a count is then a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.layout import Channel
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.gates.exact import place
from remnant.cytometry.gates.gate import FROM_FILE, Gate
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE, Codes
from remnant.cytometry.recipe.phenotype import Level, MarkerRule
from remnant.cytometry.recipe.walk import scale_top

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Bits = NDArray[np.uint64]
Cells = NDArray[np.uint16]
CELLS = 8192  # of a first look
_REACH = 24.0  # arcsinh of ten thousand million: beyond any scale
_MASKS = 96  # of the last sides looked at; one is a bit a cell


@dataclass(frozen=True)
class Tube:
    """A file with its panel resolved."""

    name: str
    events: TubeEvents
    channels: Mapping[str, Channel]
    _cells: dict[str, Cells] = field(default_factory=dict, repr=False, compare=False)

    def cells(self, marker: str) -> Cells:
        """Return the cell of every event on a scale of `CELLS`; one that was not measured is in `CELLS`."""
        if marker not in self._cells:
            self._cells[marker] = cells_of(self.events.column(self.channels[marker].name, FROM_FILE))
        return self._cells[marker]


def cells_of(values: Floats) -> Cells:
    """Put values into cells of equal width on a scale that spreads fluorescence evenly enough."""
    places = (np.arcsinh(values) + _REACH) * (CELLS / (2 * _REACH))
    places = np.where(np.isfinite(values), np.clip(places, 0, CELLS - 1), CELLS)
    return places.astype(np.uint16)


@dataclass(frozen=True)
class Sheet:
    """The nucleated cells of a tube.

    Parameters
    ----------
    tube : Tube
        Where they are from.
    rows : ndarray of int, shape (cells,)
        Their events.
    region : ndarray of bool, shape (cells,)
        Which of them lie where progenitors do (dim CD45, low side scatter); all, where that is not known.
    """

    tube: Tube
    rows: NDArray[np.intp]
    region: Mask
    _values: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)
    _masks: dict[tuple[str, str, float], Bits] = field(default_factory=dict, repr=False, compare=False)
    _region: dict[str, Bits] = field(default_factory=dict, repr=False, compare=False)
    _within: dict[Gate, Sheet] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, tube: Tube, codes: Codes) -> Sheet:
        """Gather the events of `tube` that `codes` puts inside."""
        rows = np.flatnonzero(codes == IN)
        return cls(tube, rows, np.ones(len(rows), dtype=bool))

    def within(self, gate: Gate) -> Sheet:
        """Mark the cells inside a gate as the region of progenitors."""
        if gate not in self._within:
            codes = np.zeros(self.tube.events.size, dtype=np.int8)
            codes[self.rows] = IN
            region = place(gate, self.tube.events, codes, {})[self.rows] == IN
            self._within.clear()  # of the last gate only
            self._within[gate] = Sheet(self.tube, self.rows, region, self._values, self._masks)
        return self._within[gate]

    def only(self, inside: Mask) -> Sheet:
        """Keep some of the cells: what is counted among few of them need not look at all."""
        kept = {marker: values[inside] for marker, values in self._values.items()}
        return Sheet(self.tube, self.rows[inside], self.region[inside], kept)

    def values(self, marker: str, *, keep: bool = True) -> Floats:
        """Return a marker of every cell on the compensated scale; NaN where it was not measured.

        What is looked at once need not be kept: a column of a million cells is 8 MB.
        """
        if marker in self._values:
            return self._values[marker]
        channel = self.tube.channels[marker].name
        values = self.tube.events.column(channel, FROM_FILE)[self.rows]
        if keep:
            self._values[marker] = values
        return values

    def spread(self, marker: str) -> NDArray[np.intp]:
        """Count the cells of the tube in each cell of `Tube.cells`; what was not measured is left out."""
        return np.bincount(self.tube.cells(marker)[self.rows], minlength=CELLS + 1)[:CELLS]

    def top(self, marker: str) -> float:
        """Top of the scale of a marker."""
        return scale_top(self.tube.events, self.tube.channels[marker].name)

    def known(self, markers: Iterable[str]) -> Mask:
        """Cells that can be judged on every one of `markers`."""
        good = np.ones(len(self.rows), dtype=bool)
        for marker in markers:
            good &= np.isfinite(self.values(marker))
        return good

    def passing(self, rules: Iterable[MarkerRule], cuts: Mapping[str, float], *, region: bool) -> Mask:
        """Cells inside every cut, and inside the region of progenitors where that is asked for.

        Parameters
        ----------
        rules : iterable of MarkerRule
            Markers and the side of their cuts.
        cuts : mapping of str to float
            Value of the cut of each marker: events at or above it are positive.
        region : bool
            Whether to look in the region only.
        """
        inside = self.region.copy() if region else np.ones(len(self.rows), dtype=bool)
        for rule in rules:
            values, cut = self.values(rule.marker), cuts[rule.marker]
            inside &= values >= cut if rule.level is Level.POSITIVE else values < cut
        return inside

    def count(
        self,
        rules: Iterable[MarkerRule],
        cuts: Mapping[str, float],
        *,
        region: bool,
        known: Iterable[str] = (),
    ) -> int:
        """Count the cells that `passing` lets in and that could be judged on `known`.

        Each side of each cut is a bit a cell, kept while it is asked for: as one cut moves the others need
        not be looked at again, and ten million cells are counted in a millisecond.
        """
        masks = [self._side(rule.marker, rule.level is Level.POSITIVE, cuts[rule.marker]) for rule in rules]
        masks += [self._judged(marker) for marker in known]
        if region:
            if "bits" not in self._region:
                self._region["bits"] = _packed(self.region)
            masks.append(self._region["bits"])
        if not masks:
            return len(self.rows)
        return int(np.bitwise_count(np.bitwise_and.reduce(masks)).sum())

    def _side(self, marker: str, positive: bool, cut: float) -> Bits:
        values = self.values(marker)
        if positive:
            return self._mask((marker, "+", cut), lambda: values >= cut)
        return self._mask((marker, "-", cut), lambda: values < cut)

    def _judged(self, marker: str) -> Bits:
        return self._mask((marker, "known", 0.0), lambda: np.isfinite(self.values(marker)))

    def _mask(self, key: tuple[str, str, float], make: Callable[[], Mask]) -> Bits:
        if key not in self._masks:
            while len(self._masks) >= _MASKS:
                del self._masks[next(iter(self._masks))]
            self._masks[key] = _packed(make())
        return self._masks[key]

    def codes(self, inside: Mask, known: Mask) -> Codes:
        """Spread membership over all events of the tube."""
        codes = np.zeros(self.tube.events.size, dtype=np.int8)
        codes[self.rows[inside]] = IN
        codes[self.rows[~known]] = NOT_EVALUABLE
        return codes


def _packed(mask: Mask) -> Bits:
    """Pack a mask into words of 64 cells; what is beyond the last cell is not in it."""
    octets = np.packbits(mask)
    return np.pad(octets, (0, -len(octets) % 8)).view(np.uint64)


@dataclass(frozen=True)
class Control:
    """A tube that shows where cells lie without an antibody.

    Parameters
    ----------
    sheet : Sheet
        Its nucleated cells, by the gates of the stained tube.
    kind : {"FMO", "isotype"}
        What stands in the antibody's place: nothing, or one that binds nothing in particular.
    leaves : frozenset of str
        Markers without their antibody.
    """

    sheet: Sheet
    kind: str
    leaves: frozenset[str]
