"""What each channel of an FCS file is, and where it lies in a row of DATA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, isfinite

import numpy as np

from remnant.cytometry.fcs.header import QUOTED, Repair, fault
from remnant.errors import Fault, FcsError

MAXIMUM_CHANNELS = 10_000  # a claim beyond this is damage: the widest panels have some hundreds
# Possessive, so that a number of a million digits takes no longer than reading it.
_DECIMAL = r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,5})?"
_PADDED = r"[ \t\r\n\0]*({})[ \t\r\n\0]*"


@dataclass(frozen=True)
class Channel:
    """One channel (`parameter`) of an FCS file.

    Parameters
    ----------
    number : int
        Position, from 1.
    name : str
        `$PnN`.
    stain : str
        `$PnS`, empty if absent.
    range : float or None
        `$PnR`, None where a float channel does not say.
    mask : int or None
        Bits of a stored integer that carry its value, up to the next power of two of `$PnR`; None for all.
    gain : float
        `$PnG`; values are divided by it, but never on Time and never on a logarithmic channel.
    decades, offset : float
        `$PnE` of an integer channel: value = offset * 10 ** (decades * stored / range); linear for 0.
    datatype : str
        `I`, `F` or `D`.
    bits : int
        Width of a stored value.
    """

    number: int
    name: str
    stain: str
    range: float | None
    mask: int | None
    gain: float
    decades: float
    offset: float
    datatype: str
    bits: int

    @property
    def is_time(self) -> bool:
        """Whether this is the channel that the standard reserves for time."""
        return self.name.strip().lower() == "time"

    @property
    def label(self) -> str:
        """Name with its stain, for lists and axes."""
        return f"{self.name} ({self.stain})" if self.stain else self.name


def whole(text: str) -> int | None:
    """Read a whole number as FCS writes it, padded or not; None if it is not one."""
    found = re.fullmatch(_PADDED.format(r"[+-]?[0-9]{1,30}"), text)
    return int(found[1]) if found else None


def number(text: str) -> float | None:
    """Read a finite decimal number as FCS writes it; None if it is not one."""
    found = re.fullmatch(_PADDED.format(_DECIMAL), text)
    value = float(found[1]) if found else None
    return value if value is not None and isfinite(value) else None


def read_channels(
    keywords: Mapping[str, str], source: str, version: str
) -> tuple[tuple[Channel, ...], list[Repair]]:
    """Read every `$Pn` keyword of a data set of some `version`, such as `FCS3.1`.

    Raises
    ------
    FcsError
        With every keyword that is missing, unreadable or not supported.
    """
    default = keywords["$DATATYPE"].strip().upper()
    total = _count_channels(keywords, source, default)
    faults: list[Fault] = []
    repairs: list[Repair] = []
    first = 0 if "$P0B" in keywords and f"$P{total}B" not in keywords else 1
    if first == 0:
        reason = "they are as many, in their order"
        repairs.append(Repair("$P0B", "channels from 0", "channels from 1", reason))
    reader = _ChannelReader(keywords, source, version, default, faults, repairs)
    channels = tuple(replace(reader.read(n), number=n + 1 - first) for n in range(first, total + first))
    if faults:
        raise FcsError(faults)
    return channels, repairs


def _count_channels(keywords: Mapping[str, str], source: str, default: str) -> int:
    """Read `$PAR`, in a data set that is list mode of a type that is supported."""
    faults = []
    if default not in ("I", "F", "D"):
        hint = "ASCII data are not supported: export as float"
        faults.append(fault(source, "$DATATYPE", default, "I, F or D", hint))
    if (mode := keywords.get("$MODE", "").strip().upper() or "L") != "L":
        hint = "histograms are not supported: export events"
        faults.append(fault(source, "$MODE", mode, "L (list mode)", hint))
    total = whole(keywords["$PAR"])
    if total is None or not 0 < total <= MAXIMUM_CHANNELS:
        found = repr(keywords["$PAR"])
        faults.append(fault(source, "$PAR", found, "a number of channels", "export the file again"))
    elif beyond := _unread(keywords, total):
        hint = "export the file again: rows of another width would shift every value"
        faults.append(fault(source, "$PAR", total, f"more, as $P{beyond[0]}N is there too", hint))
    if faults:
        raise FcsError(faults)
    assert total is not None
    return total


def _unread(keywords: Mapping[str, str], total: int) -> list[int]:
    """Return numbers that have keywords of a channel, but not a place among `total` channels."""
    described = [n for n in (0, total, total + 1) if f"$P{n}B" in keywords or f"$P{n}N" in keywords]
    # Some writers count channels from 0; then the last is total - 1.
    allowed = {0} if 0 in described and total not in described else {total}
    return [n for n in described if n not in allowed]


@dataclass(frozen=True)
class _ChannelReader:
    """Reads one channel after another, and gathers what is wrong."""

    keywords: Mapping[str, str]
    source: str
    version: str
    default: str
    faults: list[Fault]
    repairs: list[Repair]

    def read(self, n: int) -> Channel:
        datatype = self._datatype(n)
        decades, offset = self._amplifier(n, datatype)
        name, stain = self._name(n), self.keywords.get(f"$P{n}S", "").strip()
        bits = self._bits(n, datatype)
        top, mask = self._range(n, datatype, bits)
        return Channel(n, name, stain, top, mask, self._gain(n), decades, offset, datatype, bits)

    def _fault(self, keyword: str, found: object, expected: str, hint: str) -> None:
        self.faults.append(fault(self.source, keyword, found, expected, hint))

    def _datatype(self, n: int) -> str:
        text = self.keywords.get(f"$P{n}DATATYPE", "").strip().upper()
        if not text or text == self.default:
            return self.default
        if self.version < "FCS3.2":
            expected = f"nothing, as {self.version} has one $DATATYPE for all: {self.default}"
            self._fault(f"$P{n}DATATYPE", text, expected, "which one is meant? export as FCS 3.2")
        elif text not in ("I", "F", "D"):
            self._fault(f"$P{n}DATATYPE", text, "I, F or D", "export the file as float")
        return text

    def _name(self, n: int) -> str:
        name = self.keywords.get(f"$P{n}N", "").strip()
        if not name and self.version == "FCS2.0":
            self.repairs.append(Repair(f"$P{n}N", "nothing", f"P{n}", "FCS 2.0 may leave names out"))
            return f"P{n}"
        if not name:
            self._fault(f"$P{n}N", "nothing", "the name of a channel", "export the file again")
        return name

    def _bits(self, n: int, datatype: str) -> int:
        text = self.keywords.get(f"$P{n}B", "")
        bits = whole(text)
        expected = {"F": (32,), "D": (64,)}.get(datatype, tuple(range(8, 65, 8)))
        if bits not in expected:
            words = " or ".join(map(str, expected)) + f" bits for $DATATYPE {datatype}"
            self._fault(f"$P{n}B", repr(text) if text else "nothing", words, "export the file again")
            return 8
        return bits

    def _range(self, n: int, datatype: str, bits: int) -> tuple[float | None, int | None]:
        text = self.keywords.get(f"$P{n}R", "")
        value = number(text)
        if datatype != "I":
            if value is not None and value > 0:
                return value, None
            self.repairs.append(Repair(f"$P{n}R", repr(text), "range unknown", "float values do not need it"))
            return None, None
        if value is None or value <= 1:
            hint = "without its range the bits of an integer cannot be told apart"
            self._fault(f"$P{n}R", repr(text) if text else "nothing", "a number above 1", hint)
            return float(1 << bits), None
        exact = whole(text)  # a double cannot tell ranges beyond 2**53 apart
        used = ((ceil(value) if exact is None else exact) - 1).bit_length()
        if used > bits:
            self.repairs.append(Repair(f"$P{n}R", text, text, f"beyond {bits} bits: every bit is taken"))
        elif value != int(value):
            self.repairs.append(Repair(f"$P{n}R", text, text, f"not a whole number: {used} bits are taken"))
        return value, (1 << used) - 1 if used < bits else None

    def _amplifier(self, n: int, datatype: str) -> tuple[float, float]:
        text = self.keywords.get(f"$P{n}E", "")
        if not text.strip():
            if datatype == "I":
                self.repairs.append(
                    Repair(f"$P{n}E", "nothing", "0,0", "nothing says that it is logarithmic")
                )
            return 0.0, 1.0
        parts = [number(part) for part in text.split(",")]
        if len(parts) != 2 or parts[0] is None or parts[1] is None or min(parts[0], parts[1]) < 0:
            self._fault(f"$P{n}E", repr(text), "two numbers such as 0,0 or 4,1", "export the file again")
            return 0.0, 1.0
        if parts[0] == 0:
            return 0.0, 1.0
        if datatype != "I":
            self.repairs.append(Repair(f"$P{n}E", text, "0,0", "the standard keeps float values linear"))
            return 0.0, 1.0
        if parts[1] == 0:
            self.repairs.append(Repair(f"$P{n}E", text, f"{parts[0]:g},1", "a logarithm cannot start at 0"))
        return parts[0], parts[1] or 1.0

    def _gain(self, n: int) -> float:
        text = self.keywords.get(f"$P{n}G", "")
        if not text.strip():
            return 1.0
        value = number(text)
        if value is None or value < 0:
            self._fault(f"$P{n}G", repr(text), "a gain above 0", "leave it out, or write 1")
            return 1.0
        if value == 0:
            self.repairs.append(Repair(f"$P{n}G", text, "1", "no amplifier has a gain of 0"))
        return value or 1.0


def read_byte_order(keywords: Mapping[str, str], source: str) -> str:
    """Read `$BYTEORD` as NumPy's `<` or `>`."""
    text = keywords["$BYTEORD"]
    parts = re.split(r"[,;\s]+|(?<=[0-9])(?=[0-9])", text.strip()) if len(text) <= QUOTED else []
    order = [whole(part) for part in parts]
    if order == list(range(1, len(order) + 1)) and len(order) > 1:
        return "<"
    if order == list(range(len(order), 0, -1)) and len(order) > 1:
        return ">"
    expected = "1,2,3,4 or 4,3,2,1"
    raise FcsError([fault(source, "$BYTEORD", repr(text), expected, "mixed byte orders are not supported")])


def row_dtype(channels: tuple[Channel, ...], order: str) -> np.dtype[np.void]:
    """Lay out one event: field `n` (as text) for each channel, in order and without gaps."""
    kinds = {"F": "f4", "D": "f8"}
    fields: list[tuple[str, object]] = []
    for channel in channels:
        size = channel.bits // 8
        if channel.datatype != "I":
            fields.append((str(channel.number), order + kinds[channel.datatype]))
        elif size in (1, 2, 4, 8):
            fields.append((str(channel.number), f"{order}u{size}"))
        else:
            fields.append((str(channel.number), (np.uint8, (size,))))
    return np.dtype(fields)
