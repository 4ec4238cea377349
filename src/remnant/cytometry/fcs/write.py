"""Write events as FCS 3.1 list mode, little-endian; the same events give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.data import HEADER_LIMIT
from remnant.errors import Fault, SettingError

_DELIMITERS = "/|\\!^~\f\x1e\x1f\x1d\x1c"
_WIDTHS = {"F": (32,), "D": (64,), "I": (8, 16, 32, 64)}


@dataclass(frozen=True)
class ChannelSpec:
    """A channel to write: `$PnN`, `$PnS`, `$PnR` and, for integers, `$PnB`.

    Parameters
    ----------
    name, stain : str
        `$PnN` and `$PnS`.
    range : float, default 262144
        `$PnR`. Of integers it also says which bits count: at most 2 to the power of `bits`.
    bits : int, optional
        Width of a stored value; by default 32, and 64 for doubles.
    """

    name: str
    stain: str = ""
    range: float = 262144.0
    bits: int | None = None


def write_fcs(
    path: Path,
    events: NDArray[np.floating] | NDArray[np.integer],
    channels: Sequence[ChannelSpec],
    *,
    spillover: tuple[Sequence[str], NDArray[np.floating]] | None = None,
    keywords: Mapping[str, str] | None = None,
    timestep: float = 0.01,
    datatype: str = "F",
) -> None:
    """Write one FCS 3.1 file that `read_fcs` reads back as it was given.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    events : ndarray, shape (events, channels)
        Values on the scale of the channels. Time in ticks of `timestep`. NaN is kept in floats only.
    channels : sequence of ChannelSpec
        One per column.
    spillover : (names, matrix), optional
        `$SPILLOVER`: row i says what fraction of the dye of channel i is seen in each channel.
    keywords : mapping, optional
        Further keywords, such as `$CYT`; those that describe the layout cannot be given.
    timestep : float, default 0.01
        Seconds per tick of the Time channel.
    datatype : {"F", "D", "I"}, default "F"
        Store as float32 (rounded to 24 bits), float64 or unsigned integers.

    Raises
    ------
    SettingError
        If names repeat or are empty, a shape does not fit, a keyword is reserved or cannot be written, or a
        value cannot be stored: too large for float32; or as an integer fractional, negative, not finite or
        beyond the range of its channel.
    """
    values = np.asarray(events)
    described = _describe(values, channels, spillover, timestep, datatype)
    pairs = described | _check_keywords(keywords or {}, described)
    delimiter = _free_delimiter(pairs)
    rows = _pack(values, channels, datatype)
    text, begin, end = _place(pairs, delimiter, rows.nbytes)
    header = f"FCS3.1    {58:>8}{58 + len(text) - 1:>8}"
    fits = end <= HEADER_LIMIT
    header += f"{begin if fits else 0:>8}{end if fits else 0:>8}{0:>8}{0:>8}"
    with Path(path).open("wb") as stream:
        stream.write(header.encode("ascii") + text)
        stream.write(rows.data)
        stream.write(b"0" * 8)  # no checksum


def _fault(column: str, found: object, expected: str, hint: str) -> Fault:
    return Fault("write_fcs", None, column, str(found), expected, hint)


def _describe(
    values: NDArray[np.generic],
    channels: Sequence[ChannelSpec],
    spillover: tuple[Sequence[str], NDArray[np.floating]] | None,
    timestep: float,
    datatype: str,
) -> dict[str, str]:
    """Return every keyword except the two that place DATA."""
    names = [channel.name for channel in channels]
    faults = []
    if values.ndim != 2 or values.shape[1] != len(channels):
        expected = f"(events, {len(channels)})"
        faults.append(_fault("events", values.shape, expected, "one column per channel"))
    if len(set(names)) < len(names) or any(not name.strip() or "," in name for name in names):
        faults.append(
            _fault("channels", ", ".join(names), "different names, no comma", "rename the channels")
        )
    faults += _layout_faults(channels, datatype)
    pairs = {
        "$BEGINANALYSIS": "0", "$ENDANALYSIS": "0", "$BEGINSTEXT": "0", "$ENDSTEXT": "0", "$NEXTDATA": "0",
        "$BYTEORD": "1,2,3,4", "$DATATYPE": datatype, "$MODE": "L", "$PAR": str(len(channels)),
        "$TOT": str(len(values)), "$TIMESTEP": f"{timestep:.12g}",
    }  # fmt: skip
    for n, channel in enumerate(channels, start=1):
        pairs |= {
            f"$P{n}N": channel.name,
            f"$P{n}B": str(_bits(channel, datatype)),
            f"$P{n}E": "0,0",
            f"$P{n}R": f"{channel.range:.17g}",
        }
        if channel.stain:
            pairs[f"$P{n}S"] = channel.stain
    if spillover is not None:
        listed, matrix = list(spillover[0]), np.asarray(spillover[1], dtype=float)
        if matrix.shape != (len(listed), len(listed)) or not set(listed) <= set(names):
            expected = "a square matrix over channels of this file"
            found = f"{matrix.shape} over {', '.join(listed)}"
            faults.append(_fault("spillover", found, expected, "check the names"))
        numbers = (repr(float(value)) for value in matrix.ravel())
        pairs["$SPILLOVER"] = ",".join([str(len(listed)), *listed, *numbers])
    if faults:
        raise SettingError(faults)
    return pairs


def _bits(channel: ChannelSpec, datatype: str) -> int:
    return channel.bits or (64 if datatype == "D" else 32)


def _layout_faults(channels: Sequence[ChannelSpec], datatype: str) -> list[Fault]:
    """Check the type of the data, and width and range of every channel against it."""
    if datatype not in _WIDTHS:
        return [_fault("datatype", repr(datatype), "F, D or I", "F is float32, D float64, I integers")]
    faults = []
    for channel in channels:
        bits = _bits(channel, datatype)
        if bits not in _WIDTHS[datatype]:
            expected = " or ".join(map(str, _WIDTHS[datatype]))
            faults.append(_fault(f"bits of {channel.name}", bits, expected, f"as {datatype} asks"))
        if not 0 < channel.range < np.inf:
            faults.append(_fault(f"range of {channel.name}", channel.range, "above 0, finite", "mend it"))
        elif datatype == "I" and not (channel.range == int(channel.range) and 1 < channel.range <= 1 << bits):
            expected = f"a whole number from 2 to 2**{bits}"
            faults.append(_fault(f"range of {channel.name}", channel.range, expected, "give the range"))
    return faults


def _check_keywords(given: Mapping[str, str], described: Mapping[str, str]) -> dict[str, str]:
    """Return further keywords in upper case, if each can be written and read back."""
    faults = []
    keywords: dict[str, str] = {}
    for name, value in given.items():
        key = name.upper()
        if key in described or key in ("$BEGINDATA", "$ENDDATA"):
            faults.append(_fault("keywords", key, "other keywords", "leave out: the layout decides it"))
        elif (
            key in keywords
            or not key.strip()
            or key != key.strip()
            or not (key.isascii() and key.isprintable())
        ):
            expected = "a keyword in printable ASCII, once"
            faults.append(_fault("keywords", repr(name), expected, "rename it"))
        keywords[key] = str(value)
    for key, value in {**described, **keywords}.items():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            faults.append(_fault(f"value of {key}", repr(value), "text that UTF-8 can hold", "mend it"))
    if faults:
        raise SettingError(faults)
    return keywords


def _free_delimiter(pairs: Mapping[str, str]) -> str:
    """Find a delimiter that stands nowhere in TEXT, so that nothing needs to be doubled."""
    used = set().union(*pairs, *pairs.values())
    for delimiter in _DELIMITERS:
        if delimiter not in used:
            return delimiter
    hint = "leave one of these characters out of names and values"
    raise SettingError([_fault("keywords", "every delimiter in use", f"one of {_DELIMITERS!r} free", hint)])


def _pack(
    values: NDArray[Any], channels: Sequence[ChannelSpec], datatype: str
) -> NDArray[np.void] | NDArray[np.generic]:
    """Lay the events out as they will lie in DATA."""
    kinds = [f"<{'u' if datatype == 'I' else 'f'}{_bits(channel, datatype) // 8}" for channel in channels]
    rows = np.empty(len(values), [(str(n), kind) for n, kind in enumerate(kinds)])
    faults = []
    for n, channel in enumerate(channels):
        column = values[:, n]
        if (odd := _unstorable(column, channel, datatype)).any():
            event = int(odd.argmax())
            limit = 2 ** (int(channel.range) - 1).bit_length() - 1
            expected = f"whole numbers from 0 to {limit}" if datatype == "I" else "values that float32 holds"
            hint = f"{int(odd.sum())} events like it: write as floats, or as doubles"
            faults.append(_fault(f"{channel.name}, event {event + 1}", column[event], expected, hint))
        else:
            rows[str(n)] = column
    if faults:
        raise SettingError(faults)
    return rows


def _unstorable(column: NDArray[Any], channel: ChannelSpec, datatype: str) -> NDArray[np.bool_]:
    """Mark what would be read back as something else than a rounded value."""
    if datatype != "I":
        top = np.finfo(np.float32 if datatype == "F" else np.float64).max
        with np.errstate(invalid="ignore"):
            return np.asarray(np.isfinite(column) & (np.abs(column) > top))
    limit = 2 ** (int(channel.range) - 1).bit_length()
    if column.dtype.kind in "ui":
        return np.asarray((column < 0) | (column > limit - 1))
    with np.errstate(invalid="ignore"):
        # `limit` is a power of two, so a float compares with it exactly; NaN fails every comparison.
        return np.asarray(~((column >= 0) & (column < float(limit)) & (column == np.floor(column))))


def _place(pairs: Mapping[str, str], delimiter: str, data_bytes: int) -> tuple[bytes, int, int]:
    """Write TEXT; its own length decides where DATA begins, so it is sized with padded offsets."""

    def render(begin: int, end: int) -> bytes:
        offsets = {"$BEGINDATA": f"{begin:020d}", "$ENDDATA": f"{end:020d}"}
        parts = [part for pair in (offsets | dict(pairs)).items() for part in pair]
        # The standard allows no empty value, so a blank stands in for one.
        return (delimiter + delimiter.join(part or " " for part in parts) + delimiter).encode("utf-8")

    begin = 58 + len(render(0, 0))
    end = begin + data_bytes - 1
    return render(begin, end), begin, end
