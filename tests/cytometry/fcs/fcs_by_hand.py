"""Small FCS files, whole or broken, written byte by byte: HEADER and TEXT say what they are told to say."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from remnant.cytometry import read_fcs
from remnant.errors import FcsError


@dataclass
class Broken:
    """A small FCS file; what is given here goes into it as it is."""

    data: bytes = b""
    names: Sequence[str] = ("FSC-A", "CD34", "Time")
    bits: Sequence[int] = (32, 32, 32)
    ranges: Sequence[str] = ("1024", "1024", "1024")
    total: str | None = None
    keywords: Mapping[str, str | None] = field(default_factory=dict)
    version: str = "FCS3.1"
    datatype: str = "F"
    byte_order: str = "1,2,3,4"
    delimiter: str = "/"
    text: bytes | None = None
    header_text: tuple[int, int] | None = None
    header_data: tuple[int, int] | None = None
    shift_begin: int = 0
    shift_end: int = 0
    gap: bytes = b""  # between TEXT and DATA, beside what the offsets say
    tail: bytes = b""
    encoding: str = "utf-8"
    edit: Callable[[bytes], bytes] | None = None  # the last word on every byte

    def pairs(self, begin: int, end: int) -> dict[str, str]:
        rows = len(self.data) // (sum(self.bits) // 8)
        pairs = {
            "$BEGINANALYSIS": "0", "$ENDANALYSIS": "0", "$BEGINSTEXT": "0", "$ENDSTEXT": "0",
            "$NEXTDATA": "0",
            "$BEGINDATA": f"{begin:08d}", "$ENDDATA": f"{end:08d}", "$MODE": "L", "$DATATYPE": self.datatype,
            "$BYTEORD": self.byte_order, "$PAR": str(len(self.names)), "$TOT": self.total or str(rows),
        }  # fmt: skip
        for n, (name, bits, top) in enumerate(zip(self.names, self.bits, self.ranges, strict=True), start=1):
            pairs |= {f"$P{n}N": name, f"$P{n}B": str(bits), f"$P{n}R": top, f"$P{n}E": "0,0"}
        pairs |= {key: value for key, value in self.keywords.items() if value is not None}
        for key, value in self.keywords.items():
            if value is None:
                pairs.pop(key, None)
        return pairs

    def render(self, begin: int, end: int) -> bytes:
        if self.text is not None:
            return self.text
        d = self.delimiter
        parts = [part for pair in self.pairs(begin, end).items() for part in pair]
        return (d + d.join(parts) + d).encode(self.encoding)

    def __bytes__(self) -> bytes:
        size = len(self.render(0, 0))
        begin = 58 + size + self.shift_begin
        end = 58 + size + len(self.data) - 1 + self.shift_end
        text = self.render(begin, end)
        first, last = self.header_text or (58, 58 + size - 1)
        data = self.header_data or (begin, end)
        header = f"{self.version}    {first:>8}{last:>8}{data[0]:>8}{data[1]:>8}{0:>8}{0:>8}".encode()
        raw = header + text + self.gap + self.data + self.tail
        return self.edit(raw) if self.edit else raw

    def write(self, path: Path) -> Path:
        path.write_bytes(bytes(self))
        return path


ROWS = np.array([[100.0, 1.5, 0], [200.0, -2.5, 1], [300.0, 1e3, 2], [400.0, 0.25, 3]])


def floats(rows=ROWS, order: str = "<") -> bytes:
    return np.asarray(rows, dtype=f"{order}f4").tobytes()


def packed(values, widths: Sequence[int], order: str = "little") -> bytes:
    """Pack integers of mixed widths, in bits."""
    return b"".join(
        int(value).to_bytes(bits // 8, order)
        for row in values
        for value, bits in zip(row, widths, strict=True)
    )


def doubles(rows=ROWS, order: str = ">") -> bytes:
    return b"".join(struct.pack(order + "d", value) for row in rows for value in row)


def sound(**changes) -> Broken:
    return replace(Broken(data=floats()), **changes)


def values(path: Path, **options):
    return read_fcs(path, **options).matrix([1, 2, 3])


def refuse(path: Path, *words: str, **options) -> str:
    with pytest.raises(FcsError) as caught:
        read_fcs(path, **options)
    text = str(caught.value)
    assert path.name in text
    for word in words:
        assert word in text
    return text


def chained(first: Broken, second: Broken) -> bytes:
    """Two data sets in one file, the first pointing to the second."""
    size = len(bytes(replace(first, keywords={**first.keywords, "$NEXTDATA": "00000000"})))
    pointing = replace(first, keywords={**first.keywords, "$NEXTDATA": f"{size:08d}"})
    return bytes(pointing) + bytes(second)


def supplemented(extra: bytes, **changes) -> Broken:
    """A file with supplemental TEXT behind DATA."""
    keywords = {**changes.pop("keywords", {}), "$BEGINSTEXT": "0" * 8, "$ENDSTEXT": "0" * 8}
    broken = sound(keywords=keywords, **changes)
    begin = len(bytes(broken))
    places = {"$BEGINSTEXT": f"{begin:08d}", "$ENDSTEXT": f"{begin + len(extra) - 1:08d}"}
    return replace(broken, keywords={**keywords, **places}, tail=extra)


def overwritten(begin: int, raw: bytes) -> Callable[[bytes], bytes]:
    """Replace some bytes, as an `edit`."""
    return lambda whole: whole[:begin] + raw + whole[begin + len(raw) :]


def integers(rows, widths, ranges, order="little", byte_order="1,2,3,4", **changes) -> Broken:
    return Broken(
        data=packed(rows, widths, order), bits=widths, ranges=ranges, datatype="I",
        byte_order=byte_order, **changes,
    )  # fmt: skip


def keyed(**changes: str | None) -> dict[str, str | None]:
    """Keywords of a sound file with some changed: `P2R` stands for `$P2R`."""
    return {f"${key}": value for key, value in changes.items()}


def header(position: int, text: str) -> Broken:
    """A sound file with one field of HEADER overwritten."""
    return sound(edit=overwritten(position, text.encode().rjust(8)))
