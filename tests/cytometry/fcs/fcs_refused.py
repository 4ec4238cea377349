"""Damaged FCS files, and words of the refusal that each must get: keyword or segment, and what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fcs_by_hand import Broken, chained, floats, header, keyed, sound, supplemented


@dataclass(frozen=True)
class Refused:
    """A file that must be refused in these words."""

    file: Broken | bytes
    words: Sequence[str]


NOWHERE = keyed(BEGINDATA=None, ENDDATA=None, TOT=None)

REFUSED = {
    "empty": Refused(b"", ["HEADER bytes 0-5", "empty"]),
    "six bytes": Refused(b"FCS3.0", ["HEADER", "6 bytes"]),
    "57 bytes": Refused(bytes(sound())[:57], ["HEADER", "57 bytes"]),
    "a picture": Refused(b"\x89PNG\r\n\x1a\n" * 20, ["HEADER bytes 0-5", "PNG"]),
    "blanks": Refused(b" " * 200, ["HEADER bytes 0-5"]),
    "a version and blanks": Refused(b"FCS3.1    " + b" " * 48, ["HEADER bytes 10-17"]),
    "version 9.9": Refused(sound(version="FCS9.9"), ["HEADER bytes 0-5", "FCS9.9"]),
    "version 1.0": Refused(sound(version="FCS1.0"), ["HEADER bytes 0-5"]),
    "version in small letters": Refused(sound(version="fcs3.1"), ["HEADER bytes 0-5"]),
    "TEXT within HEADER": Refused(sound(header_text=(10, 300)), ["HEADER bytes 10-17"]),
    "TEXT behind the file": Refused(sound(header_text=(9000, 9100)), ["HEADER bytes 10-17"]),
    "TEXT ends behind the file": Refused(sound(header_text=(58, 99999999)), ["HEADER bytes 18-25"]),
    "TEXT ends before it begins": Refused(sound(header_text=(58, 50)), ["HEADER bytes 18-25"]),
    "TEXT at letters": Refused(header(10, "here"), ["HEADER bytes 10-17", "here"]),
    "TEXT at a negative byte": Refused(header(10, "-58"), ["HEADER bytes 10-17"]),
    "TEXT cut short": Refused(bytes(sound())[:200], ["HEADER bytes 18-25"]),
    "TEXT of delimiters": Refused(sound(text=b"/" * 100), ["TEXT"]),
    "TEXT of a million delimiters": Refused(sound(text=b"/a" * 1_100_000), ["TEXT", "500000 keywords"]),
    "TEXT that does not pair": Refused(sound(text=b"/$PAR/3/$TOT/"), ["TEXT", "cannot pair"]),
    "TEXT of no keyword that matters": Refused(sound(text=b"/A/1/B/2/"), ["TEXT", "no $PAR"]),
    "TEXT that begins with NUL": Refused(sound(delimiter="\0"), ["TEXT", "a delimiter"]),
    "TEXT that begins beyond ASCII": Refused(sound(delimiter="é", encoding="latin-1"), ["TEXT"]),
    "a value holds the delimiter once": Refused(sound(keywords=keyed(FIL="a/b")), ["TEXT"]),
    "no $PAR": Refused(sound(keywords=keyed(PAR=None)), ["TEXT", "$PAR"]),
    "no $DATATYPE": Refused(sound(keywords=keyed(DATATYPE=None)), ["TEXT", "$DATATYPE"]),
    "no $BYTEORD": Refused(sound(keywords=keyed(BYTEORD=None)), ["TEXT", "$BYTEORD"]),
    "$PAR twice": Refused(sound(text=sound().render(0, 0) + b"$PAR/4/"), ["TEXT $PAR", "'3' and '4'"]),
    "$P1B twice": Refused(sound(text=sound().render(0, 0) + b"$p1b/16/"), ["TEXT $P1B", "'32' and '16'"]),
    "SPILL twice": Refused(
        sound(text=sound().render(0, 0) + b"SPILL/1,CD34,1/SPILL/1,CD34,2/"), ["TEXT SPILL"]
    ),
    "$PAR in words": Refused(sound(keywords=keyed(PAR="twelve")), ["$PAR", "twelve"]),
    "$PAR with a point": Refused(sound(keywords=keyed(PAR="3.0")), ["$PAR", "3.0"]),
    "$PAR of 0": Refused(sound(keywords=keyed(PAR="0")), ["$PAR", "'0'"]),
    "$PAR below 0": Refused(sound(keywords=keyed(PAR="-3")), ["$PAR", "-3"]),
    "$PAR of a thousand million": Refused(sound(keywords=keyed(PAR="1000000000")), ["$PAR"]),
    "$PAR one too few": Refused(sound(keywords=keyed(PAR="2")), ["$PAR", "$P3N"]),
    "$PAR one too few, from 0": Refused(sound(keywords=keyed(P0B="32")), ["$PAR", "$P0N is there too"]),
    "$PAR one too many": Refused(sound(keywords=keyed(PAR="4")), ["$P4N", "$P4B"]),
    "$TOT half": Refused(sound(total="2"), ["$TOT", "2", "4 events"]),
    "$TOT double": Refused(sound(total="8"), ["$TOT", "8", "4 events"]),
    "$TOT of 10^12": Refused(sound(total=str(10**12)), ["$TOT", "4 events"]),
    "$TOT below 0": Refused(sound(total="-5"), ["$TOT", "'-5'"]),
    "$TOT in powers": Refused(sound(total="2e3"), ["$TOT", "2e3"]),
    "$TOT in words": Refused(sound(total="4 events"), ["$TOT", "4 events"]),
    "$TOT of 0 beside events": Refused(sound(total="0"), ["$TOT", "4 events"]),
    "$DATATYPE A": Refused(sound(datatype="A", keywords=keyed(P1B="*")), ["$DATATYPE", "A"]),
    "$DATATYPE X": Refused(sound(datatype="X"), ["$DATATYPE", "X"]),
    "$MODE C": Refused(sound(keywords=keyed(MODE="C")), ["$MODE", "C"]),
    "$MODE U": Refused(sound(keywords=keyed(MODE="U")), ["$MODE", "U"]),
    "$BYTEORD of a PDP-11": Refused(sound(byte_order="3,4,1,2"), ["$BYTEORD", "3,4,1,2"]),
    "$BYTEORD in pairs": Refused(sound(byte_order="2,1,4,3"), ["$BYTEORD"]),
    "$BYTEORD in words": Refused(sound(byte_order="little"), ["$BYTEORD", "little"]),
    "$BYTEORD blank": Refused(sound(byte_order=" "), ["$BYTEORD"]),
    "$BYTEORD of one byte": Refused(sound(byte_order="1"), ["$BYTEORD"]),
    "$PnB *": Refused(sound(keywords=keyed(P2B="*")), ["$P2B", "*"]),
    "$PnB of 12 bits": Refused(sound(datatype="I", keywords=keyed(P2B="12")), ["$P2B", "12"]),
    "$PnB of 0 bits": Refused(sound(datatype="I", keywords=keyed(P2B="0")), ["$P2B", "'0'"]),
    "$PnB of 128 bits": Refused(sound(datatype="I", keywords=keyed(P2B="128")), ["$P2B"]),
    "$PnB of 64 bits for floats": Refused(sound(keywords=keyed(P2B="64")), ["$P2B", "32 bits"]),
    "$PnB of 32 bits for doubles": Refused(sound(datatype="D"), ["$P1B", "$P2B", "64 bits"]),
    "no $PnB": Refused(sound(keywords=keyed(P2B=None)), ["$P2B", "nothing"]),
    "$PnR NA of an integer": Refused(sound(datatype="I", ranges=("9", "NA", "9")), ["$P2R", "NA"]),
    "$PnR 0 of an integer": Refused(sound(datatype="I", ranges=("9", "0", "9")), ["$P2R", "'0'"]),
    "$PnR 1 of an integer": Refused(sound(datatype="I", ranges=("9", "1", "9")), ["$P2R", "'1'"]),
    "$PnR below 0 of an integer": Refused(sound(datatype="I", ranges=("9", "-9", "9")), ["$P2R"]),
    "no $PnR of an integer": Refused(sound(datatype="I", keywords=keyed(P2R=None)), ["$P2R", "nothing"]),
    "$PnR with an underscore": Refused(sound(datatype="I", ranges=("9", "1_024", "9")), ["$P2R"]),
    "$PnG NA": Refused(sound(keywords=keyed(P2G="NA")), ["$P2G", "NA"]),
    "$PnG below 0": Refused(sound(keywords=keyed(P2G="-1")), ["$P2G", "-1"]),
    "$PnE of one number": Refused(sound(keywords=keyed(P2E="4")), ["$P2E", "'4'"]),
    "$PnE in words": Refused(sound(keywords=keyed(P2E="log,lin")), ["$P2E"]),
    "$PnE below 0": Refused(sound(keywords=keyed(P2E="-4,1")), ["$P2E"]),
    "$PnE with a semicolon": Refused(sound(keywords=keyed(P2E="4;1")), ["$P2E"]),
    "$TIMESTEP in words": Refused(sound(keywords=keyed(TIMESTEP="abc")), ["$TIMESTEP", "abc"]),
    "$TIMESTEP with a comma": Refused(sound(keywords=keyed(TIMESTEP="0,01")), ["$TIMESTEP", "0,01"]),
    "$TIMESTEP below 0": Refused(sound(keywords=keyed(TIMESTEP="-1")), ["$TIMESTEP"]),
    "no $PnN": Refused(sound(keywords=keyed(P2N=None)), ["$P2N"]),
    "$PnN blank": Refused(sound(names=("A", " ", "B")), ["$P2N"]),
    "mixed types before FCS 3.2": Refused(sound(keywords=keyed(P1DATATYPE="I")), ["$P1DATATYPE", "FCS3.1"]),
    "$PnDATATYPE A": Refused(
        sound(version="FCS3.2", keywords=keyed(P1DATATYPE="A")), ["$P1DATATYPE", "A"]
    ),
    "$BEGINDATA below 0": Refused(sound(keywords=keyed(BEGINDATA="-12")), ["$BEGINDATA", "-12"]),
    "$BEGINDATA in words": Refused(sound(keywords=keyed(BEGINDATA="here")), ["$BEGINDATA", "here"]),
    "$ENDDATA in words": Refused(sound(keywords=keyed(ENDDATA="there")), ["$ENDDATA", "there"]),
    "DATA nowhere": Refused(
        sound(header_data=(0, 0), keywords=keyed(BEGINDATA=None, ENDDATA=None)), ["$TOT", "4"]
    ),
    "DATA nowhere in FCS 2.0": Refused(
        sound(version="FCS2.0", header_data=(0, 0), keywords=NOWHERE),
        ["HEADER bytes 26-41"],
    ),
    "DATA ends before it begins": Refused(
        sound(version="FCS2.0", header_data=(500, 90), keywords=NOWHERE),
        ["HEADER bytes 26-41", "500-90"],
    ),
    "HEADER and TEXT disagree": Refused(sound(header_data=(60, 90)), ["$BEGINDATA", "60-90 in HEADER"]),
    "HEADER and TEXT disagree by one byte": Refused(
        sound(header_data=(331, 378)),
        ["$BEGINDATA", "330-377 in TEXT", "331-378 in HEADER", "offsets="],
    ),
    "DATA one row early": Refused(sound(shift_begin=-12, shift_end=-12), ["overlap", "TEXT bytes", "DATA"]),
    "DATA one byte early": Refused(sound(shift_begin=-1, shift_end=-1), ["overlap", "TEXT bytes", "DATA"]),
    "DATA within HEADER": Refused(
        sound(header_data=(0, 0), keywords=keyed(BEGINDATA="10", ENDDATA="57")), ["$BEGINDATA", "overlap"]
    ),
    "DATA one row late": Refused(sound(shift_begin=12, shift_end=12), ["DATA", "event 4 is the first"]),
    "DATA behind the file": Refused(
        sound(shift_begin=9000, shift_end=9000), ["DATA", "event 1 is the first"]
    ),
    "DATA cut short": Refused(bytes(sound())[:-5], ["DATA", "event 4 is the first missing"]),
    "DATA cut by a row, $TOT not": Refused(sound(data=floats()[:-12], total="4"), ["$TOT", "3 events"]),
    "DATA one byte short": Refused(sound(shift_end=-1), ["$TOT", "3 events and 11 bytes"]),
    "DATA two bytes long": Refused(sound(shift_end=2, tail=b"  "), ["$TOT", "4 events and 2 bytes"]),
    "ANALYSIS within DATA": Refused(
        sound(header_data=(0, 0), keywords=keyed(BEGINANALYSIS="350", ENDANALYSIS="370")),
        ["ANALYSIS bytes 350-370", "overlap"],
    ),
    "supplemental TEXT within DATA": Refused(
        sound(keywords=keyed(BEGINSTEXT="00000350", ENDSTEXT="00000370")),
        ["supplemental TEXT bytes 350-370", "overlap"],
    ),
    "supplemental TEXT behind the file": Refused(
        sound(keywords=keyed(BEGINSTEXT="9000", ENDSTEXT="9100")), ["$ENDSTEXT", "cut short"]
    ),
    "a spillover matrix in a broken supplement": Refused(
        supplemented(b"/SPILL/2,FSC-A,CD34,1,0,0,1/more/"), ["supplemental TEXT"]
    ),
    "$NEXTDATA into TEXT": Refused(sound(keywords=keyed(NEXTDATA="70")), ["$NEXTDATA", "byte 70"]),
    "$NEXTDATA into nothing": Refused(sound(keywords=keyed(NEXTDATA="9000")), ["$NEXTDATA", "byte 9000"]),
    "$NEXTDATA beyond any file": Refused(sound(keywords=keyed(NEXTDATA=str(2**64))), ["$NEXTDATA"]),
    "$NEXTDATA below 0": Refused(sound(keywords=keyed(NEXTDATA="-1")), ["$NEXTDATA", "byte -1"]),
    "$NEXTDATA NA, and something follows": Refused(
        sound(keywords=keyed(NEXTDATA="NA"), tail=b"something that is no padding"), ["$NEXTDATA", "NA"]
    ),
    "$NEXTDATA NA, and something follows far behind": Refused(
        sound(keywords=keyed(NEXTDATA="NA"), tail=b"\0" * 70_000 + b"FCS3.1 once more"), ["$NEXTDATA"]
    ),
    "two data sets and no choice": Refused(
        chained(sound(), sound()), ["$NEXTDATA", "2 data sets", "dataset="]
    ),
    "supplemental TEXT behind the next data set": Refused(
        chained(sound(keywords=keyed(BEGINSTEXT="500", ENDSTEXT="600")), sound()), ["$ENDSTEXT"]
    ),
    "supplemental TEXT across TEXT": Refused(
        sound(keywords=keyed(BEGINSTEXT="300", ENDSTEXT="350")), ["$BEGINSTEXT", "overlap"]
    ),
    "two files joined end to end": Refused(
        bytes(sound()) + bytes(sound(data=floats() * 2)), ["$NEXTDATA", "2 data sets"]
    ),
    "two files joined end to end, with checksums": Refused(
        bytes(sound(tail=b"0000A1B2")) + bytes(sound(data=floats() * 2)), ["$NEXTDATA", "2 data sets"]
    ),
    "$BYTEORD without end": Refused(sound(byte_order=",".join(map(str, range(1, 999)))), ["$BYTEORD"]),
    "a second data set that is damaged": Refused(
        chained(sound(), sound(keywords=keyed(PAR=None))), ["TEXT", "$PAR"]
    ),
}  # fmt: skip
