"""FCS files: checked header, memory-mapped events, and every repair said aloud.

Either the right value or an `FcsError`: a file that contradicts itself is refused, a mend that
cannot change a value is made and listed. Nothing is allocated because a header claims it.

References
----------
Spidlen et al. (2010) Cytometry A 77:97-100, doi:10.1002/cyto.a.20825 (FCS 3.1).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.data import locate_data, other_segments, read_timestep
from remnant.cytometry.fcs.datasets import DataSet, check_tail, read_data_sets
from remnant.cytometry.fcs.header import Repair, Segment, fault
from remnant.cytometry.fcs.layout import Channel, read_byte_order, read_channels, row_dtype
from remnant.cytometry.fcs.rows import Rows, map_file, map_rows
from remnant.cytometry.fcs.text import parse_keywords
from remnant.errors import ChannelError, Fault, FcsError

_ROWS_AT_ONCE = 32_768  # of a matrix: its columns are far apart, and a block of it stays in the cache


@dataclass(frozen=True)
class EventFile:
    """One data set of an FCS file; events stay on disk until a channel is asked for.

    Parameters
    ----------
    path : Path
        The file.
    version : str
        As in its HEADER, such as `FCS3.1`.
    keywords : mapping
        TEXT with supplemental TEXT; upper-case keyword to value.
    channels : tuple of Channel
        In the order of the file.
    events : int
        Number of events.
    timestep : float or None
        Seconds per tick of Time; None where the file does not say, and Time stays in ticks.
    repairs : tuple of Repair
        What was mended while reading.
    """

    path: Path
    version: str
    keywords: Mapping[str, str]
    channels: tuple[Channel, ...]
    events: int
    timestep: float | None
    repairs: tuple[Repair, ...]
    _rows: Rows = field(repr=False, compare=False)
    _analysis: Segment = field(repr=False, compare=False)

    def channel(self, name: str | int) -> Channel:
        """Return a channel by number (from 1), `$PnN` or, where no `$PnN` fits, `$PnS`.

        Raises
        ------
        ChannelError
            If there is none, or more than one, of that name.
        """
        if isinstance(name, int):
            if 1 <= name <= len(self.channels):
                return self.channels[name - 1]
            raise ChannelError([self._no_channel(str(name), f"1 to {len(self.channels)}", "count from 1")])
        for attribute in ("name", "stain"):
            found = [c for c in self.channels if getattr(c, attribute).lower() == name.strip().lower() != ""]
            if len(found) == 1:
                return found[0]
            if found:
                places = ", ".join(str(c.number) for c in found)
                hint = "name the channel by its number"
                raise ChannelError([self._no_channel(name, f"one channel, not numbers {places}", hint)])
        known = [c.name for c in self.channels] + [c.stain for c in self.channels if c.stain]
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else "take one of these"
        raise ChannelError([self._no_channel(name, ", ".join(c.label for c in self.channels), hint)])

    def _no_channel(self, name: str, expected: str, hint: str) -> Fault:
        return fault(self.path.name, "channel", name, expected, hint)

    def raw(self, name: str | int, begin: int | None = 0, end: int | None = None) -> NDArray[np.float64]:
        """Read the stored values of a channel, without gain, logarithm or time step.

        Parameters
        ----------
        name : str or int
            As in `channel`.
        begin, end : int, optional
            Events to read, as in a slice; all without them.

        Returns
        -------
        ndarray of float64, shape (events read,)
            The caller's own. Integers beyond 2**53 are rounded to the nearest double.
        """
        with np.errstate(invalid="ignore"):  # a signalling NaN in the file is a NaN
            return self._rows.stored(self.channel(name), begin, end).astype(np.float64)

    def count_masked(self, name: str | int, begin: int | None = 0, end: int | None = None) -> int:
        """Count integers with bits beyond `$PnR`, which `raw` leaves out as the standard asks."""
        channel = self.channel(name)
        if channel.mask is None:
            return 0
        values = self._rows.unmasked(channel, begin, end)
        return int(np.count_nonzero(values > np.asarray(channel.mask, values.dtype)))

    def column(self, name: str | int, begin: int | None = 0, end: int | None = None) -> NDArray[np.float64]:
        """Read one channel on its scale: gain and `$PnE` applied, Time in seconds.

        Parameters
        ----------
        name : str or int
            As in `channel`.
        begin, end : int, optional
            Events to read, as in a slice; all without them.

        Returns
        -------
        ndarray of float64, shape (events read,)
            What is not finite is NaN: it was not measured.
        """
        channel = self.channel(name)
        values = self.raw(channel.number, begin, end)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is no measurement, and NaN below
            if channel.is_time:
                values *= 1.0 if self.timestep is None else self.timestep
            elif channel.decades:
                assert channel.range is not None
                values = channel.offset * 10 ** (channel.decades * values / channel.range)
            elif channel.gain != 1:
                values /= channel.gain
        if channel.datatype != "I" or channel.decades or channel.gain != 1 or channel.is_time:
            values[~np.isfinite(values)] = np.nan
        return values

    def matrix(
        self, names: Sequence[str | int], begin: int | None = 0, end: int | None = None
    ) -> NDArray[np.float64]:
        """Read several channels as `column` does; shape (events read, channels)."""
        first, last, _ = slice(begin, end).indices(self.events)
        values = np.empty((max(last - first, 0), len(names)))
        numbers = [self.channel(name).number for name in names]
        for start in range(first, last, _ROWS_AT_ONCE):
            block = values[start - first : start - first + _ROWS_AT_ONCE]
            for place, number in enumerate(numbers):
                block[:, place] = self.column(number, start, start + len(block))
        return values

    def plain(self) -> NDArray[np.floating] | None:
        """Return the events as they lie in the file, mapped and not copied.

        Returns
        -------
        ndarray of float32 or float64, shape (events, channels), or None
            The stored values: no gain is applied, Time is in ticks, and what is not finite stays as it is.
            Read-only, in the byte order of this machine, not always aligned. None where the file holds
            integers, mixed types or the other byte order.
        """
        return self._rows.plain()

    def spans(self, events: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield ranges `begin, end` that cover the events in order, for work in bounded memory.

        Parameters
        ----------
        events : int, optional
            Events in each range but the last; about a megabyte of the file without it.
        """
        return self._rows.spans(events)

    def analysis(self) -> Mapping[str, str]:
        """Read the keywords of the ANALYSIS segment, empty if there is none."""
        segment, size = self._analysis, self.path.stat().st_size
        if segment.size <= 1:
            return MappingProxyType({})
        if segment.end >= size:
            hint = "the events are sound; only ANALYSIS is cut short"
            raise FcsError([fault(self.path.name, "ANALYSIS", segment, f"an end before byte {size}", hint)])
        with self.path.open("rb") as stream:
            stream.seek(segment.begin)
            return MappingProxyType(parse_keywords(stream.read(segment.size), self.path.name, "ANALYSIS")[0])


def read_fcs(path: Path, *, dataset: int | None = None, offsets: str | None = None) -> EventFile:
    """Open one data set of an FCS 2.0 to 3.2 list-mode file.

    The events are mapped, not read: the file must not be shortened while they are in use.

    Parameters
    ----------
    path : Path
        The file.
    dataset : int, optional
        Which data set, from 1; needed only where the file holds several.
    offsets : {"header", "text"}, optional
        Which to believe where HEADER and TEXT place DATA differently; without it such a file is refused.

    Returns
    -------
    EventFile

    Raises
    ------
    FcsError
        If the file is damaged, contradicts itself or is of a kind not supported.
    """
    path = Path(path)
    sets = read_data_sets(path)
    if dataset is None and len(sets) > 1:
        starts = ", ".join(str(one.header.start) for one in sets)
        hint = f"choose one: dataset=1 to dataset={len(sets)}"
        found = f"{len(sets)} data sets, at bytes {starts}"
        raise FcsError([fault(path.name, "$NEXTDATA", found, "one data set, or a choice", hint)])
    if dataset is not None and not 1 <= dataset <= len(sets):
        raise FcsError([fault(path.name, "dataset", dataset, f"1 to {len(sets)}", "count data sets from 1")])
    return _open(path, map_file(path), sets[(dataset or 1) - 1], offsets)


def count_data_sets(path: Path) -> int:
    """Count the data sets of a file; FcsError as in `read_fcs`."""
    return len(read_data_sets(Path(path)))


def read_all(path: Path, *, offsets: str | None = None) -> tuple[EventFile | FcsError, ...]:
    """Open every data set of a file, in order; one that cannot be read gives its error and hides no other.

    Raises
    ------
    FcsError
        If the file is no FCS file, or its chain of data sets is broken.
    """
    path = Path(path)
    sets = read_data_sets(path)
    mapped = map_file(path)

    def attempt(one: DataSet) -> EventFile | FcsError:
        try:
            return _open(path, mapped, one, offsets)
        except FcsError as error:
            return error

    return tuple(attempt(one) for one in sets)


def _open(path: Path, mapped: mmap.mmap, one: DataSet, offsets: str | None) -> EventFile:
    source, header, keywords = path.name, one.header, one.keywords
    channels, mends = read_channels(keywords, source, header.version)
    order = read_byte_order(keywords, source)
    dtype = row_dtype(channels, order)
    segment, events, more = locate_data(header, keywords, dtype.itemsize, source, one.limit, offsets)
    timestep, last = read_timestep(keywords, source)
    rows = map_rows(mapped, dtype, segment.begin, events, order)
    repairs = (*one.repairs, *mends, *more, *last, *check_tail(path, one, segment))
    analysis = other_segments(header, keywords)["ANALYSIS"]
    frozen = MappingProxyType(keywords)
    return EventFile(path, header.version, frozen, channels, events, timestep, repairs, rows, analysis)
