"""What each channel of an FCS file is, and where it lies in a row of DATA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from remnant.cytometry.fcs.header import Repair, fault
from remnant.errors import Fault, FcsError

MAXIMUM_CHANNELS = 10_000  # a claim beyond this is damage: the widest panels have some hundreds


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

    @property
    def mask(self) -> int | None:
        """Bits that carry the value: the next power of two of the range; None where all do."""
        if self.datatype != "I" or self.range is None:
            return None
        bits = (int(self.range) - 1).bit_length()
        return (1 << bits) - 1 if bits < self.bits else None


def whole(text: str) -> int | None:
    """Read a whole number as FCS writes it, padded or not; None if it is not one."""
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,30}\s*", text) else None


def number(text: str) -> float | None:
    """Read a finite decimal number; None if it is not one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def read_channels(keywords: Mapping[str, str], source: str) -> tuple[tuple[Channel, ...], list[Repair]]:
    """Read every `$Pn` keyword of a data set.

    Raises
    ------
    FcsError
        With every keyword that is missing, unreadable or not supported.
    """
    default = keywords["$DATATYPE"].strip().upper()
    faults: list[Fault] = []
    repairs: list[Repair] = []
    if default not in ("I", "F", "D"):
        faults.append(
            fault(source, "$DATATYPE", default, "I, F or D", "ASCII data are not supported: export as float")
        )
    if (mode := keywords.get("$MODE", "L").strip().upper()) != "L":
        faults.append(
            fault(source, "$MODE", mode, "L (list mode)", "histograms are not supported: export events")
        )
    total = whole(keywords["$PAR"])
    if total is None or not 0 < total <= MAXIMUM_CHANNELS:
        faults.append(
            fault(source, "$PAR", repr(keywords["$PAR"]), "a number of channels", "export the file again")
        )
    elif f"$P{total + 1}B" in keywords or f"$P{total + 1}N" in keywords:
        hint = "export the file again: rows of another width would shift every value"
        faults.append(fault(source, "$PAR", total, f"at least {total + 1}, as $P{total + 1}N is there", hint))
    if faults:
        raise FcsError(faults)
    assert total is not None
    reader = _ChannelReader(keywords, source, default, faults, repairs)
    channels = tuple(reader.read(n) for n in range(1, total + 1))
    if faults:
        raise FcsError(faults)
    return channels, repairs


@dataclass(frozen=True)
class _ChannelReader:
    """Reads one channel after another, and gathers what is wrong."""

    keywords: Mapping[str, str]
    source: str
    default: str
    faults: list[Fault]
    repairs: list[Repair]

    def read(self, n: int) -> Channel:
        datatype = self.keywords.get(f"$P{n}DATATYPE", self.default).strip().upper()
        name = self.keywords.get(f"$P{n}N", "").strip()
        if not name:
            self._fault(f"$P{n}N", "nothing", "the name of a channel", "export the file again")
        if datatype not in ("I", "F", "D"):
            self._fault(f"$P{n}DATATYPE", datatype, "I, F or D", "export the file as float")
        decades, offset = self._amplifier(n, datatype)
        gain = self._gain(n)
        stain = self.keywords.get(f"$P{n}S", "").strip()
        bits = self._bits(n, datatype)
        return Channel(n, name, stain, self._range(n, datatype, bits), gain, decades, offset, datatype, bits)

    def _fault(self, keyword: str, found: object, expected: str, hint: str) -> None:
        self.faults.append(fault(self.source, keyword, found, expected, hint))

    def _bits(self, n: int, datatype: str) -> int:
        text = self.keywords.get(f"$P{n}B", "")
        bits = whole(text)
        expected = {"F": (32,), "D": (64,)}.get(datatype, tuple(range(8, 65, 8)))
        if bits not in expected:
            words = " or ".join(map(str, expected)) + f" bits for $DATATYPE {datatype}"
            self._fault(f"$P{n}B", repr(text) if text else "nothing", words, "export the file again")
            return 8
        return bits

    def _range(self, n: int, datatype: str, bits: int) -> float | None:
        text = self.keywords.get(f"$P{n}R", "")
        value = number(text)
        if value is not None and value > 0 and (datatype != "I" or value == int(value)):
            return value
        if datatype == "I":
            hint = "without its range the bits of an integer cannot be told apart"
            self._fault(f"$P{n}R", repr(text) if text else "nothing", "a whole number above 0", hint)
        else:
            self.repairs.append(Repair(f"$P{n}R", repr(text), "range unknown", "float values do not need it"))
        return float(1 << bits) if datatype == "I" else None

    def _amplifier(self, n: int, datatype: str) -> tuple[float, float]:
        text = self.keywords.get(f"$P{n}E", "0,0")
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
    order = [whole(part) for part in text.split(",")]
    if order == list(range(1, len(order) + 1)):
        return "<"
    if order == list(range(len(order), 0, -1)):
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
