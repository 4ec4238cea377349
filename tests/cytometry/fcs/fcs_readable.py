"""Odd FCS files that can be read: the values that each must give, and the keywords that need a mend."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from fcs_by_hand import ROWS, Broken, doubles, floats, integers, keyed, overwritten, sound, supplemented


@dataclass(frozen=True)
class Readable:
    """A file that must give these values, after mends of these keywords and no others."""

    file: Broken | bytes
    repairs: Sequence[str] = ()
    rows: object = None  # ROWS by default


THREE = [[1, 2, 3], [250, 0, 255]]
BYTES = ("256", "256", "256")
WHOLE = "1024", "1024", "1024"

DIRTY = [[0xFC00 | 5, 0x8000 | 600, 0xFFFF], [17, 900, 3]]
WIDE = [[2**53, 2**52 + 1, 1], [5, 6, 7]]
BEFORE_3_0 = keyed(BEGINDATA=None, ENDDATA=None, BEGINSTEXT=None, ENDSTEXT=None, TOT=None, MODE=None)

READABLE = {
    "sound": Readable(sound()),
    "version 3.0": Readable(sound(version="FCS3.0")),
    "version 3.2 with as little as it asks for": Readable(
        sound(version="FCS3.2", keywords=keyed(MODE=None, BEGINANALYSIS=None, NEXTDATA=None))
    ),
    "version 2.0 without $TOT": Readable(sound(version="FCS2.0", keywords=BEFORE_3_0)),
    "version 2.0 without names": Readable(
        sound(version="FCS2.0", keywords={**BEFORE_3_0, "$P1N": None, "$P2N": " "}), ["$P1N", "$P2N"]
    ),
    "big-endian floats": Readable(sound(data=floats(order=">"), byte_order="4,3,2,1")),
    "big-endian doubles": Readable(
        Broken(data=doubles(), bits=(64,) * 3, datatype="D", byte_order="8,7,6,5,4,3,2,1")
    ),
    "doubles in the order of four bytes": Readable(
        Broken(data=doubles(), bits=(64,) * 3, datatype="D", byte_order="4, 3, 2, 1")
    ),
    "doubles in the order of two bytes": Readable(
        Broken(data=doubles(order="<"), bits=(64,) * 3, datatype="D", byte_order="1,2")
    ),
    "$BYTEORD without commas": Readable(sound(byte_order="1234")),
    "$BYTEORD with blanks": Readable(sound(data=floats(order=">"), byte_order="4 3 2 1")),
    "$BYTEORD with semicolons": Readable(sound(byte_order="1;2;3;4")),
    "$DATATYPE in small letters": Readable(sound(datatype="f")),
    "$TOT with blanks": Readable(sound(total=" 4 ")),
    "$TOT with zeros": Readable(sound(total="0004")),
    "$TOT with NUL behind": Readable(sound(total="4\0\0")),
    "no $TOT": Readable(sound(keywords=keyed(TOT=None)), ["$TOT"]),
    "$PnR NA": Readable(sound(keywords=keyed(P2R="NA")), ["$P2R"]),
    "no $PnR": Readable(sound(keywords=keyed(P2R=None)), ["$P2R"]),
    "$PnR in powers": Readable(sound(keywords=keyed(P2R="2.6e5"))),
    "$PnG 0": Readable(sound(keywords=keyed(P2G="0")), ["$P2G"]),
    "$MODE blank": Readable(sound(keywords=keyed(MODE=" "))),
    "$PnG blank": Readable(sound(keywords=keyed(P2G=" "))),
    "$PnG on Time": Readable(sound(keywords=keyed(P3G="5"))),
    "$PnE of floats": Readable(sound(keywords=keyed(P2E="4,1")), ["$P2E"]),
    "$PnE 0,1": Readable(sound(keywords=keyed(P2E="0,1"))),
    "no $PnE of floats": Readable(sound(keywords=keyed(P2E=None))),
    "$TIMESTEP blank": Readable(sound(keywords=keyed(TIMESTEP=" ")), ["$TIMESTEP"]),
    "$TIMESTEP blotted out": Readable(sound(keywords=keyed(TIMESTEP="xxxx")), ["$TIMESTEP"]),
    "$TIMESTEP 0": Readable(sound(keywords=keyed(TIMESTEP="0")), ["$TIMESTEP"]),
    "$NEXTDATA NA": Readable(sound(keywords=keyed(NEXTDATA="NA"), tail=b"00000000"), ["$NEXTDATA"]),
    "$NEXTDATA to the end of the file": Readable(sound(keywords=keyed(NEXTDATA="380")), ["$NEXTDATA"]),
    "supplemental TEXT that is TEXT": Readable(sound(keywords=keyed(BEGINSTEXT="58", ENDSTEXT="329"))),
    "a checksum": Readable(sound(tail=b"1234ABCD")),
    "something behind the last data set": Readable(sound(tail=b"left by a program" * 10)),
    "$ENDDATA one byte late": Readable(sound(shift_end=1, total="4", tail=b" "), ["$ENDDATA"]),
    "$ENDDATA one byte late at the end": Readable(sound(shift_end=1, total="4"), ["$ENDDATA"]),
    "HEADER places no DATA": Readable(sound(header_data=(0, 0))),
    "HEADER places DATA in stars": Readable(sound(edit=overwritten(26, b"*" * 16))),
    "HEADER places DATA in blanks": Readable(sound(edit=overwritten(26, b" " * 16))),
    "HEADER places DATA at -1": Readable(sound(edit=overwritten(26, b"      -1      -1"))),
    "HEADER has no end of DATA": Readable(sound(edit=overwritten(34, b"       0")), ["HEADER"]),
    "HEADER numbers to the left": Readable(sound(edit=lambda raw: raw[:10] + b"58      " + raw[18:])),
    "HEADER with NUL": Readable(sound(edit=overwritten(42, b"\0" * 16))),
    "HEADER with an absurd ANALYSIS": Readable(sound(edit=overwritten(42, b"9999999099999999"))),
    "TEXT places no DATA": Readable(sound(keywords=keyed(BEGINDATA="0" * 8, ENDDATA="0" * 8))),
    "TEXT has no offsets": Readable(sound(keywords=keyed(BEGINDATA=None, ENDDATA=None))),
    "an ANALYSIS of 20 GB": Readable(
        sound(keywords=keyed(BEGINANALYSIS="1000", ENDANALYSIS=str(20 * 2**30)))
    ),
    "a gap before DATA": Readable(sound(gap=b"\0" * 600, shift_begin=600, shift_end=600)),
    "a Latin-1 comment": Readable(sound(keywords=keyed(CYT="Zytometer Köln"), encoding="latin-1"), ["TEXT"]),
    "a Shift-JIS comment": Readable(sound(keywords=keyed(INST="検査室"), encoding="shift-jis"), ["TEXT"]),
    "channels numbered from 0": Readable(
        sound(edit=lambda raw: raw.replace(b"$P1", b"$P0").replace(b"$P2", b"$P1").replace(b"$P3", b"$P2")),
        ["$P0B"],
    ),
    "keywords in small letters": Readable(
        sound(edit=lambda raw: raw.replace(b"$PAR", b"$par").replace(b"$P1B", b"$p1b"))
    ),
    "a doubled delimiter": Readable(sound(keywords=keyed(FIL="a//b//", P2S="CD34//APC"))),
    "empty values": Readable(sound(keywords=keyed(P1S="", FIL="", P3S="t")), ["TEXT"]),
    "empty values and doubled delimiters": Readable(
        sound(keywords={**keyed(P1S="", FIL="c:////data//x.fcs"), "NOTE": "//lab//"}), ["TEXT"]
    ),
    "a last value that is not closed": Readable(
        sound(keywords={"END": "x"}, edit=lambda raw: raw.replace(b"END/x/", b"END/x ")), ["TEXT"]
    ),
    "blanks behind TEXT": Readable(
        sound(keywords={"END": "x"}, edit=lambda raw: raw.replace(b"/END/x/", b"/\0\0\0\0  "))
    ),
    "TEXT closes one byte late": Readable(
        sound(edit=lambda raw: raw[:18] + b"%8d" % (int(raw[18:26]) - 1) + raw[26:]), ["HEADER"]
    ),
    "a keyword twice with one value": Readable(sound(keywords={"$par": " 3 "})),
    "a comment twice": Readable(sound(keywords={"$COM": "a", "$com": "b"}), ["$COM"]),
    "a keyword of a maker twice": Readable(sound(keywords={"MODE": "a", "mode": "b"}), ["MODE"]),
    "supplemental TEXT": Readable(supplemented(b"/$P2S/CD34/SPILL/2,FSC-A,CD34,1,0,0,1/")),
    "supplemental TEXT that contradicts": Readable(
        supplemented(b"/$TOT/9/$PAR/2/", keywords={}), ["$TOT", "$PAR"]
    ),
    "supplemental TEXT without an opening delimiter": Readable(
        supplemented(b"$P2S/CD34/$OP/someone/"), ["supplemental TEXT"]
    ),
    "supplemental TEXT that is an archive": Readable(
        supplemented(b"PK\x03\x04/\x00\x01/\xff\x00/"), ["supplemental TEXT"]
    ),
    "supplemental TEXT of blanks": Readable(supplemented(b" " * 40)),
    "two names alike": Readable(sound(names=("FL7-A", "FL7-A", "Time"))),
    "not finite": Readable(sound(data=floats([[np.nan, 1, 0], [np.inf, 2, 1]])),
        rows=[[np.nan, 1, 0], [np.nan, 2, 1]],
    ),
    "a signalling NaN": Readable(
        sound(data=b"\x01\x00\x80\x7f" + floats([[1, 0]])), rows=[[np.nan, 1, 0]]
    ),
    "no events": Readable(Broken(), rows=np.empty((0, 3))),
    "no events, at 0": Readable(
        Broken(header_data=(0, 0), keywords=keyed(BEGINDATA="0", ENDDATA="0")), rows=np.empty((0, 3))
    ),
    "no events, to -1": Readable(
        Broken(header_data=(0, 0), keywords=keyed(BEGINDATA="0", ENDDATA="-1")), rows=np.empty((0, 3))
    ),
    "8-bit integers": Readable(integers(THREE, (8,) * 3, BYTES), rows=THREE),
    "16-bit integers": Readable(integers(THREE, (16,) * 3, WHOLE), rows=THREE),
    "16-bit integers, big-endian": Readable(integers(THREE, (16,) * 3, WHOLE, "big", "2,1"), rows=THREE),
    "24-bit integers": Readable(integers(THREE, (24,) * 3, WHOLE), rows=THREE),
    "24-bit integers, big-endian": Readable(integers(THREE, (24,) * 3, WHOLE, "big", "4,3,2,1"), rows=THREE),
    "40-, 48- and 56-bit integers": Readable(
        integers([[2**39, 2**47, 2**55]], (40, 48, 56), (str(2**40), str(2**48), str(2**56))),
        rows=[[2**39, 2**47, 2**55]],
    ),
    "40-, 48- and 56-bit integers, big-endian": Readable(
        integers(THREE, (40, 48, 56), WHOLE, "big", "4,3,2,1"), rows=THREE
    ),
    "mixed widths": Readable(integers(THREE, (8, 16, 32), BYTES), rows=THREE),
    "mixed widths, big-endian": Readable(integers(THREE, (64, 8, 24), BYTES, "big", "4,3,2,1"), rows=THREE),
    "dirty high bits": Readable(
        integers(DIRTY, (16,) * 3, ("1000", "1024", "65536")), rows=[[5, 600, 65535], [17, 900, 3]]
    ),
    "dirty high bits, big-endian": Readable(
        integers(DIRTY, (16,) * 3, ("1000", "1024", "65536"), "big", "2,1"),
        rows=[[5, 600, 65535], [17, 900, 3]],
    ),
    "dirty high bits of 24": Readable(
        integers([[0xF00001, 0x800002, 3]], (24,) * 3, ("1048576", "65536", "16777216")), rows=[[1, 2, 3]]
    ),
    "$PnR that is the top value": Readable(
        integers([[1023, 65535, 255]], (16,) * 3, ("1023", "65535", "255")), rows=[[1023, 65535, 255]]
    ),
    "$PnR of 2^32": Readable(
        integers([[2**32 - 1, 0, 1]], (32,) * 3, ("4294967296",) * 3), rows=[[2**32 - 1, 0, 1]]
    ),
    "$PnR of 2^64": Readable(
        integers([[2**63, 0, 1]], (64,) * 3, ("18446744073709551616",) * 3), rows=[[2.0**63, 0, 1]]
    ),
    "$PnR that a double cannot tell from 2^53": Readable(
        integers(WIDE, (64,) * 3, (str(2**53 + 1), str(2**53), "8")), rows=WIDE
    ),
    "$PnR beyond the width": Readable(
        integers([[65535, 1, 2]], (16,) * 3, ("4294967296", "1024", "1024")), ["$P1R"], [[65535, 1, 2]]
    ),
    "$PnR with a fraction": Readable(
        integers([[0x8000 | 1000, 1, 2]], (16,) * 3, ("1000.5", "1024", "1024")), ["$P1R"], [[1000, 1, 2]]
    ),
    "logarithm": Readable(
        integers([[512, 512, 512]], (16,) * 3, WHOLE, keywords=keyed(P1E="4,1", P2E="2,10", P1G="8")),
        rows=[[100, 100, 512]],
    ),
    "logarithm from 0": Readable(
        integers([[512, 1, 2]], (16,) * 3, WHOLE, keywords=keyed(P1E="4,0")), ["$P1E"], [[100, 1, 2]]
    ),
    "no $PnE of integers": Readable(
        integers([[5, 1, 2]], (16,) * 3, WHOLE, keywords=keyed(P1E=None)), ["$P1E"], [[5, 1, 2]]
    ),
    "gain": Readable(integers([[8, 9, 2]], (16,) * 3, WHOLE, keywords=keyed(P1G="4")), rows=[[2, 9, 2]]),
    "mixed types of FCS 3.2": Readable(
        Broken(
            data=b"".join(struct.pack("<Hfd", int(a), b, c) for a, b, c in ROWS),
            bits=(16, 32, 64), version="FCS3.2", keywords=keyed(P1DATATYPE="I", P3DATATYPE="D"),
        )
    ),
    "one type said twice in FCS 3.1": Readable(sound(keywords=keyed(P1DATATYPE="F"))),
}  # fmt: skip
