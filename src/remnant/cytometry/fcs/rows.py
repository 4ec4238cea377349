"""Rows of DATA as they lie in the file: mapped, never copied whole, and read a range at a time."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.layout import Channel

BLOCK_BYTES = 1 << 20  # what a block of a stream holds: it stays in the cache of one core
BLOCK_ROWS = 2048  # but not fewer rows, so that a wide panel is not read a few events at a time
MAXIMUM_BLOCK_BYTES = 16 << 20


@dataclass(frozen=True)
class Rows:
    """The events of a data set, one packed row each, in the byte order of the file.

    Parameters
    ----------
    packed : ndarray, shape (events,)
        One field per channel, named by its number.
    order : {"<", ">"}
        Byte order.
    """

    packed: NDArray[np.void]
    order: str
    _map: mmap.mmap | None = None
    _begin: int = 0

    def stored(self, channel: Channel, begin: int | None = 0, end: int | None = None) -> NDArray[np.generic]:
        """Return the values of a channel in rows `begin` to `end`, masked, in the width that they need."""
        values = self.unmasked(channel, begin, end)
        return values if channel.mask is None else values & np.asarray(channel.mask, values.dtype)

    def unmasked(
        self, channel: Channel, begin: int | None = 0, end: int | None = None
    ) -> NDArray[np.generic]:
        """Return what stands in rows `begin` to `end`, with bits that `$PnR` does not allow."""
        values: NDArray[np.generic] = self.packed[str(channel.number)][begin:end]
        return values if values.ndim == 1 else _assemble(values, self.order)

    def plain(self) -> NDArray[np.floating] | None:
        """Return all rows as one array of floats without a copy; None where they are not such rows."""
        names = self.packed.dtype.names or ()
        kinds = {self.packed.dtype[name] for name in names}
        if len(kinds) != 1 or (kind := kinds.pop()).kind != "f" or not kind.isnative:
            return None
        return self.packed.view(kind).reshape(len(self.packed), len(names))

    def spans(self, events: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield ranges of rows that cover the file; pages of one are let go when the next is asked for."""
        fitting = max(BLOCK_BYTES // self.packed.dtype.itemsize, BLOCK_ROWS)
        step = events or max(min(fitting, MAXIMUM_BLOCK_BYTES // self.packed.dtype.itemsize), 1)
        for begin in range(0, len(self.packed), step):
            end = min(begin + step, len(self.packed))
            yield begin, end
            self._let_go(begin, end)

    def _let_go(self, begin: int, end: int) -> None:
        """Give pages back to the system, which has the file; without this a long file fills the memory."""
        if self._map is None or not hasattr(mmap, "MADV_DONTNEED"):
            return
        size = self.packed.dtype.itemsize
        first = (self._begin + begin * size) // mmap.PAGESIZE * mmap.PAGESIZE
        self._map.madvise(mmap.MADV_DONTNEED, first, self._begin + end * size - first)


def map_file(path: Path) -> mmap.mmap:
    """Map a whole file, to be read only."""
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def map_rows(mapped: mmap.mmap, dtype: np.dtype[np.void], begin: int, events: int, order: str) -> Rows:
    """View `events` rows from byte `begin` on."""
    packed = np.frombuffer(mapped, dtype, events, begin) if events else np.empty(0, dtype)
    return Rows(packed, order, mapped, begin)


def _assemble(values: NDArray[np.generic], order: str) -> NDArray[np.generic]:
    """Join the bytes of a width that NumPy lacks (24, 40, 48 or 56 bits); shape (events, bytes)."""
    count, size = values.shape
    whole = 4 if size == 3 else 8
    padded = np.zeros((count, whole), np.uint8)
    padded[:, slice(0, size) if order == "<" else slice(whole - size, whole)] = values
    return padded.view(f"{order}u{whole}")[:, 0]
