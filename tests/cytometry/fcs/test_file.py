"""FCS: the right value or an error that names the place; never silent."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import ChannelSpec, read_fcs, read_spillover, write_fcs
from remnant.cytometry.fcs.plausible import find_implausible
from remnant.errors import ChannelError, CompensationError, FcsError, RemnantError, SettingError

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
ZOO = DATA / "fcs-zoo-a"


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
    tail: bytes = b""
    encoding: str = "utf-8"

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

    def write(self, path: Path) -> Path:
        size = len(self.render(0, 0))
        begin = 58 + size + self.shift_begin
        end = 58 + size + len(self.data) - 1 + self.shift_end
        text = self.render(begin, end)
        first, last = self.header_text or (58, 58 + size - 1)
        data = self.header_data or (begin, end)
        header = f"{self.version}    {first:>8}{last:>8}{data[0]:>8}{data[1]:>8}{0:>8}{0:>8}".encode()
        path.write_bytes(header + text + self.data + self.tail)
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


def test_a_sound_file_is_read_as_written_without_repairs(tmp_path):
    file = read_fcs(sound().write(tmp_path / "a.fcs"))
    assert (file.version, file.events, [c.name for c in file.channels]) == (
        "FCS3.1",
        4,
        ["FSC-A", "CD34", "Time"],
    )
    assert np.array_equal(file.matrix(["FSC-A", "CD34", "Time"]), ROWS)
    assert file.repairs == ()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (sound(total="2"), ("$TOT", "4 events")),
        (sound(total="8"), ("$TOT", "4 events")),
        (sound(total=str(10**12)), ("$TOT", "4 events")),
        (sound(total="-5"), ("$TOT", "'-5'")),
        (sound(total="2e3"), ("$TOT", "2e3")),
        (sound(keywords={"$PAR": "twelve"}), ("$PAR", "twelve")),
        (sound(keywords={"$PAR": "2"}), ("$PAR", "$P3N")),
        (sound(keywords={"$PAR": "4"}), ("$P4N", "$P4B")),
        (sound(keywords={"$P2G": "NA"}), ("$P2G", "NA")),
        (sound(keywords={"$P2E": "4"}), ("$P2E", "4")),
        (sound(keywords={"$TIMESTEP": "abc"}), ("$TIMESTEP", "abc")),
        (sound(keywords={"$TIMESTEP": "0,01"}), ("$TIMESTEP", "0,01")),
        (sound(keywords={"$P2N": None}), ("$P2N",)),
        (sound(datatype="A"), ("$DATATYPE",)),
        (sound(keywords={"$MODE": "C"}), ("$MODE",)),
        (sound(keywords={"$MODE": "U"}), ("$MODE",)),
        (sound(byte_order="3,4,1,2"), ("$BYTEORD",)),
        (sound(keywords={"$BEGINDATA": "-12"}), ("$BEGINDATA", "-12")),
        (sound(keywords={"$BEGINDATA": "here"}), ("$BEGINDATA", "here")),
        (sound(header_text=(58, 99999999)), ("HEADER bytes 18-25",)),
        (sound(header_data=(60, 90)), ("$BEGINDATA", "HEADER")),
        (sound(shift_begin=-12, shift_end=-12), ("overlap", "TEXT")),
        (sound(keywords={"$NEXTDATA": "20"}), ("$NEXTDATA", "byte 20")),
        (sound(keywords={"$NEXTDATA": "NA"}, tail=b"something that is not padding"), ("$NEXTDATA",)),
        (sound(data=floats()[:-12], shift_end=12, total="4"), ("DATA", "event 4 is the first missing")),
        (sound(datatype="I", ranges=("1024", "NA", "1024")), ("$P2R", "NA")),
        (sound(text=b"/" * 100), ("TEXT",)),
        (sound(text=b"/$PAR/3/$TOT/"), ("TEXT",)),
        (sound(version="FCS9.9"), ("HEADER",)),
    ],
)  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused_by_keyword_or_segment(tmp_path, broken, words):
    refuse(broken.write(tmp_path / "b.fcs"), *words)


@pytest.mark.parametrize(
    "raw", [b"", b"FCS3.0", b"\x89PNG\r\n\x1a\n" * 20, b" " * 200, b"FCS3.1    " + b" " * 48]
)
def test_what_is_not_fcs_is_refused_at_its_header(tmp_path, raw):
    path = tmp_path / "c.fcs"
    path.write_bytes(raw)
    refuse(path, "HEADER")


def test_a_huge_total_allocates_nothing(tmp_path):
    path = sound(total=str(10**12)).write(tmp_path / "d.fcs")
    tracemalloc.start()
    with pytest.raises(FcsError):
        read_fcs(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_an_analysis_segment_beyond_the_file_costs_nothing_until_it_is_asked_for(tmp_path):
    keywords = {"$BEGINANALYSIS": "1000", "$ENDANALYSIS": str(20 * 2**30)}
    file = read_fcs(sound(keywords=keywords).write(tmp_path / "e.fcs"))
    assert np.array_equal(file.matrix([1, 2, 3]), ROWS)
    with pytest.raises(FcsError, match="ANALYSIS"):
        file.analysis()


@pytest.mark.parametrize(
    ("broken", "keyword"),
    [
        (sound(keywords={"$P2R": "NA"}), "$P2R"),
        (sound(keywords={"$P2G": "0"}), "$P2G"),
        (sound(keywords={"$P2E": "4,1"}), "$P2E"),
        (sound(keywords={"$TIMESTEP": " "}), "$TIMESTEP"),
        (sound(keywords={"$TIMESTEP": "xxxx"}), "$TIMESTEP"),
        (sound(keywords={"$NEXTDATA": "NA"}, tail=b"00000000"), "$NEXTDATA"),
        (sound(keywords={"$TOT": None}), "$TOT"),
        (sound(shift_end=1, total="4", tail=b" "), "$ENDDATA"),
        (sound(keywords={"$CYT": "Zytometer Köln"}, encoding="latin-1"), "TEXT"),
    ],
)  # fmt: skip
def test_a_mend_that_changes_no_value_is_made_and_listed(tmp_path, broken, keyword):
    file = read_fcs(broken.write(tmp_path / "f.fcs"))
    assert np.array_equal(file.matrix([1, 2, 3]), ROWS)
    assert [repair.keyword for repair in file.repairs] == [keyword]


@pytest.mark.parametrize("total", [" 4 ", "0004"])
def test_padded_numbers_are_numbers(tmp_path, total):
    file = read_fcs(sound(total=total).write(tmp_path / "g.fcs"))
    assert (file.events, file.repairs) == (4, ())


@pytest.mark.parametrize(
    "broken", [Broken(), Broken(header_data=(0, 0), keywords={"$BEGINDATA": "0", "$ENDDATA": "0"})]
)
def test_a_file_without_events_is_read(tmp_path, broken):
    file = read_fcs(broken.write(tmp_path / "h.fcs"))
    assert file.events == 0
    assert file.column("CD34").shape == (0,)


def test_header_offsets_of_zero_leave_the_word_to_text(tmp_path):
    assert np.array_equal(values(sound(header_data=(0, 0)).write(tmp_path / "i.fcs")), ROWS)


def test_the_plan_may_say_which_offsets_to_believe(tmp_path):
    path = sound(header_data=(70, 117)).write(tmp_path / "j.fcs")
    refuse(path, "offsets=")
    assert np.array_equal(values(path, offsets="text"), ROWS)


def test_data_four_bytes_late_is_implausible(tmp_path):
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(1e4, 1e3, 500), rng.normal(0, 50, 500), np.arange(500)])
    late = Broken(data=floats(rows), shift_begin=4, shift_end=4, tail=b"1234")
    file = read_fcs(late.write(tmp_path / "k.fcs"))
    assert any("Time" in finding for finding in find_implausible(file, ("CD34",)))
    right = read_fcs(Broken(data=floats(rows)).write(tmp_path / "l.fcs"))
    assert find_implausible(right, ("CD34",)) == ()


def test_what_is_not_finite_stays_unmeasured_in_its_own_channel(tmp_path):
    rows = ROWS.copy()
    rows[1, 1], rows[2, 1] = np.nan, np.inf
    file = read_fcs(sound(data=floats(rows)).write(tmp_path / "m.fcs"))
    assert np.isnan(file.column("CD34")).tolist() == [False, True, True, False]
    assert np.array_equal(file.column("FSC-A"), ROWS[:, 0])


@pytest.mark.parametrize("text", ["4,1", "4,0"])
def test_a_logarithmic_integer_starts_at_one(tmp_path, text):
    broken = Broken(
        data=packed([[0, 512, 3]], (16,) * 3),
        bits=(16,) * 3,
        datatype="I",
        keywords={"$P2E": text, "$P1G": "8"},
    )
    file = read_fcs(broken.write(tmp_path / "n.fcs"))
    assert file.column("CD34")[0] == pytest.approx(100.0)
    assert file.raw("CD34")[0] == 512


def test_gain_divides_but_never_time(tmp_path):
    file = read_fcs(sound(keywords={"$P1G": "4", "$P3G": "5", "$TIMESTEP": "0.5"}).write(tmp_path / "o.fcs"))
    assert file.column("FSC-A").tolist() == [25, 50, 75, 100]
    assert file.column("Time").tolist() == [0, 0.5, 1, 1.5]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("widths", [(8, 16, 24), (32, 64, 40), (16, 16, 16), (24, 24, 24), (64, 8, 48)])
def test_integers_of_any_width_and_order_are_right(tmp_path, order, widths):
    rows = [[200, 201, 7], [3, 100, 255], [255, 0, 1]]
    tops = ("256", "256", "256")
    text = "1,2,3,4" if order == "little" else "4,3,2,1"
    broken = Broken(data=packed(rows, widths, order), bits=widths, ranges=tops, datatype="I", byte_order=text)
    assert values(broken.write(tmp_path / "p.fcs")).tolist() == rows


@pytest.mark.parametrize(
    "broken",
    [
        sound(),
        sound(data=floats(order=">"), byte_order="4,3,2,1"),
        sound(data=packed([[1, 2, 3], [4, 5, 6]] * 2, (16, 24, 8)), bits=(16, 24, 8), datatype="I"),
    ],
)
def test_a_range_of_events_is_a_slice_of_them_all(tmp_path, broken):
    file = read_fcs(broken.write(tmp_path / "range.fcs"))
    whole = file.matrix([1, 2, 3])
    for begin, end in [(0, None), (1, 3), (2, 2), (3, 99), (-2, None), (None, -1), (3, 1)]:
        assert np.array_equal(file.matrix([1, 2, 3], begin, end), whole[begin:end])
        assert np.array_equal(file.column(2, begin, end), whole[begin:end, 1])
        assert np.array_equal(file.raw("CD34", begin, end), file.raw("CD34")[begin:end])
    assert np.array_equal(np.vstack([file.matrix([3, 1], *span) for span in file.spans(3)]), whole[:, [2, 0]])


def test_plain_rows_are_the_stored_floats_themselves(tmp_path):
    gained = sound(keywords={"$P1G": "4", "$TIMESTEP": "0.5"})
    single = read_fcs(gained.write(tmp_path / "f.fcs")).plain()
    double = read_fcs(Broken(data=doubles(order="<"), bits=(64,) * 3, datatype="D").write(tmp_path / "d.fcs"))
    assert single.dtype == np.float32
    assert double.plain().dtype == np.float64
    assert np.array_equal(single, ROWS.astype(np.float32))
    assert np.array_equal(double.plain(), ROWS)
    with pytest.raises(ValueError, match="read-only"):
        single[0, 0] = 1
    assert read_fcs(Broken().write(tmp_path / "e.fcs")).plain().shape == (0, 3)


@pytest.mark.parametrize(
    "broken",
    [
        sound(data=floats(order=">"), byte_order="4,3,2,1"),
        sound(data=packed([[1, 2, 3]], (32,) * 3), datatype="I"),
        sound(data=floats(), keywords={"$P2DATATYPE": "I"}, version="FCS3.2"),
    ],
)
def test_rows_that_are_not_plain_floats_of_this_machine_are_said_so(tmp_path, broken):
    assert read_fcs(broken.write(tmp_path / "p.fcs")).plain() is None


@pytest.mark.parametrize("order", ["little", "big"])
def test_dirty_high_bits_are_masked_per_channel(tmp_path, order):
    rows = [[0xFC00 | 5, 0x8000 | 600, 0xFFFF], [17, 900, 3]]
    text = "1,2" if order == "little" else "2,1"
    broken = Broken(
        data=packed(rows, (16,) * 3, order), bits=(16,) * 3, ranges=("1000", "1024", "65536"),
        datatype="I", byte_order=text,
    )  # fmt: skip
    assert values(broken.write(tmp_path / "q.fcs")).tolist() == [[5, 600, 65535], [17, 900, 3]]


@pytest.mark.parametrize("text", ["8,7,6,5,4,3,2,1", "4, 3, 2, 1", "4,3,2,1", "2,1"])
def test_byte_orders_of_double_data_are_understood(tmp_path, text):
    broken = Broken(data=doubles(), bits=(64,) * 3, datatype="D", byte_order=text)
    assert np.array_equal(values(broken.write(tmp_path / "r.fcs")), ROWS)


def test_mixed_datatypes_of_fcs_3_2_are_read_per_channel(tmp_path):
    data = b"".join(
        int(a).to_bytes(2, "little") + np.float32(b).tobytes() + np.float64(c).tobytes() for a, b, c in ROWS
    )
    keywords = {"$P1DATATYPE": "I", "$P3DATATYPE": "D"}
    broken = Broken(data=data, bits=(16, 32, 64), version="FCS3.2", keywords=keywords)
    assert np.array_equal(values(broken.write(tmp_path / "s.fcs")), ROWS)


@pytest.mark.parametrize("delimiter", ["^", "+", "\\", "|", "\f", "!", "*", "\x1e", "\t", "\n", "x"])
def test_any_ascii_character_may_delimit(tmp_path, delimiter):
    file = read_fcs(sound(delimiter=delimiter).write(tmp_path / "t.fcs"))
    assert np.array_equal(file.matrix([1, 2, 3]), ROWS)


def test_a_doubled_delimiter_is_one_character_of_the_value(tmp_path):
    file = read_fcs(sound(keywords={"$P2S": "CD34//APC", "$FIL": "a//b//"}).write(tmp_path / "u.fcs"))
    assert (file.channels[1].stain, file.keywords["$FIL"], file.repairs) == ("CD34/APC", "a/b/", ())


def test_empty_values_never_shift_a_keyword(tmp_path):
    keywords = {"$P1S": "", "$P2S": "", "$P3S": "ticks"}
    file = read_fcs(sound(keywords=keywords).write(tmp_path / "v.fcs"))
    assert [c.stain for c in file.channels] == ["", "", "ticks"]
    assert [r.read_as for r in file.repairs] == ["empty values"]


def test_a_dollar_is_part_of_the_keyword_alone(tmp_path):
    file = read_fcs(sound(keywords={"$FIL": "one$.fcs", "FIL": "two"}).write(tmp_path / "w.fcs"))
    assert (file.keywords["$FIL"], file.keywords["FIL"]) == ("one$.fcs", "two")


def test_two_values_of_one_keyword_are_refused(tmp_path):
    text = sound().render(0, 0) + b"$PAR/4/"
    refuse(sound(text=text).write(tmp_path / "x.fcs"), "$PAR", "'3' and '4'")


def test_supplemental_text_is_merged_and_primary_text_wins(tmp_path):
    extra = b"/$P2S/other/SPILL/2,FSC-A,CD34,1,0,0,1/"
    broken = sound(keywords={"$P2S": "CD34 APC", "$BEGINSTEXT": "00000000", "$ENDSTEXT": "00000000"})
    begin = 58 + len(broken.render(0, 0)) + len(broken.data)
    places = {"$BEGINSTEXT": f"{begin:08d}", "$ENDSTEXT": f"{begin + len(extra) - 1:08d}"}
    broken = replace(broken, keywords={**broken.keywords, **places}, tail=extra)
    file = read_fcs(broken.write(tmp_path / "y.fcs"))
    assert file.channels[1].stain == "CD34 APC"
    assert [r.keyword for r in file.repairs] == ["$P2S"]
    assert read_spillover(file).detectors == ("FSC-A", "CD34")


def test_shift_jis_bytes_do_not_raise(tmp_path):
    file = read_fcs(sound(keywords={"$INST": "検査室"}, encoding="shift-jis").write(tmp_path / "z.fcs"))
    assert file.events == 4


def test_several_data_sets_are_listed_and_chosen(tmp_path):
    path = tmp_path / "many.fcs"
    first = sound(keywords={"$NEXTDATA": "00000000"}).write(path).read_bytes()
    text = f"{len(first):08d}"
    first = sound(keywords={"$NEXTDATA": text}).write(path).read_bytes()
    second = sound(data=floats(ROWS * 2)).write(path).read_bytes()
    path.write_bytes(first + second)
    refuse(path, "2 data sets", "dataset=")
    refuse(path, "1 to 2", dataset=3)
    assert np.array_equal(values(path, dataset=1), ROWS)
    assert np.array_equal(values(path, dataset=2), ROWS * 2)


def test_a_name_that_stands_twice_is_ambiguous_but_its_number_is_not(tmp_path):
    file = read_fcs(sound(names=("FL7-A", "FL7-A", "Time")).write(tmp_path / "aa.fcs"))
    with pytest.raises(ChannelError, match="numbers 1, 2"):
        file.column("FL7-A")
    assert np.array_equal(file.column(2), ROWS[:, 1])


def test_an_unknown_channel_lists_what_is_there(tmp_path):
    file = read_fcs(sound().write(tmp_path / "ab.fcs"))
    with pytest.raises(ChannelError, match="did you mean CD34"):
        file.column("CD43")
    with pytest.raises(ChannelError, match="1 to 3"):
        file.column(4)


def test_two_hundred_thousand_keywords_are_read(tmp_path):
    text = sound().render(0, 0) + b"".join(b"K%d/v/" % n for n in range(200_000))
    begin = 58 + len(text)
    head = sound(keywords={"$BEGINDATA": f"{begin:08d}", "$ENDDATA": f"{begin + 47:08d}"})
    text = head.render(0, 0) + text[len(sound().render(0, 0)) :]
    path = replace(head, text=text).write(tmp_path / "ac.fcs")
    assert read_fcs(path).keywords["K199999"] == "v"


def test_a_matrix_that_cannot_be_used_names_its_fault(tmp_path):
    cases = {
        "2,CD34,FSC-A,1,1,1,1": "cannot be inverted",
        "2,CD34,FSC-A,1,0,0": "2 x 2 numbers",
        "2,CD34,CD33,1,0,0,1": "CD33",
        "2,CD34,FSC-A,1,zero,0,1": "row CD34, column FSC-A",
        "2,CD34,CD34,1,0,0,1": "twice",
    }
    for text, word in cases.items():
        file = read_fcs(sound(keywords={"$SPILLOVER": text}).write(tmp_path / "ad.fcs"))
        with pytest.raises(CompensationError, match=word):
            read_spillover(file)


@given(
    arrays(
        np.float32, st.tuples(st.integers(0, 30), st.integers(1, 5)), elements=st.floats(-1e6, 1e6, width=32)
    ),
    st.text("ab/|\\!^~$ ", max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_bit_for_bit(tmp_path_factory, events, word):
    path = tmp_path_factory.mktemp("fcs") / "round.fcs"
    channels = [ChannelSpec(f"F{n}-A", f"m{word}{n}") for n in range(events.shape[1])]
    names = [c.name for c in channels]
    matrix = np.eye(len(names)) + 0.01
    write_fcs(path, events, channels, spillover=(names, matrix), keywords={"OPERATOR": word + "x"})
    file = read_fcs(path)
    assert np.array_equal(file.matrix(names), events.astype(float))
    assert [c.stain for c in file.channels] == [c.stain.strip() for c in channels]
    assert file.keywords["OPERATOR"] == word + "x"
    assert file.repairs == ()
    assert np.array_equal(np.array(read_spillover(file).rows), matrix)
    again = path.with_name("again.fcs")
    write_fcs(again, events, channels, spillover=(names, matrix), keywords={"OPERATOR": word + "x"})
    assert again.read_bytes() == path.read_bytes()


def test_the_writer_refuses_what_it_could_not_read_back(tmp_path):
    events = np.zeros((2, 2))
    with pytest.raises(SettingError, match="different names"):
        write_fcs(tmp_path / "a.fcs", events, [ChannelSpec("A"), ChannelSpec("A")])
    with pytest.raises(SettingError, match="one column per channel"):
        write_fcs(tmp_path / "a.fcs", events, [ChannelSpec("A")])
    with pytest.raises(SettingError, match=r"\$TOT"):
        write_fcs(tmp_path / "a.fcs", events, [ChannelSpec("A"), ChannelSpec("B")], keywords={"$tot": "3"})


@given(st.integers(0, 3000), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_one_damaged_byte_is_read_or_refused_but_never_a_crash(tmp_path_factory, place, byte):
    path = tmp_path_factory.mktemp("fcs") / "damaged.fcs"
    raw = bytearray(sound(keywords={"$TIMESTEP": "0.01", "$P2S": "CD34"}).write(path).read_bytes())
    raw[place % len(raw)] = byte
    path.write_bytes(raw)
    try:
        file = read_fcs(path)
        file.matrix(list(range(1, len(file.channels) + 1)))
    except RemnantError:
        return
    assert file.events <= len(raw)


# The readers behind truth.json differ on these; the values of the one that reads it are right.
READABLE = ("Cytek_xP5.fcs",)
ZOO_FILES = sorted((ZOO / "files").glob("*")) if ZOO.exists() else []


@pytest.mark.skipif(not ZOO_FILES, reason=f"needs {ZOO.name} beside the repository, in shared/data")
@pytest.mark.parametrize("path", ZOO_FILES, ids=lambda path: path.name)
def test_files_of_many_instruments_are_right_or_refused(path):
    truth = json.loads((ZOO / "truth.json").read_text()).get(path.name, {})
    if not truth.get("readers_agree") and path.name not in READABLE:
        refuse(path)
        return
    file = read_fcs(path)
    assert file.events == truth["events"]
    assert [c.name for c in file.channels] == [name.strip() for name in truth["pnn"]]
    raw = [file.raw(c.number) for c in file.channels]
    for statistic in ("mean", "min", "max"):
        found = [getattr(column, statistic)() for column in raw]
        assert found == pytest.approx(truth[f"raw_{statistic}"], rel=1e-6, abs=1e-6)


@pytest.mark.skipif(not ZOO_FILES, reason=f"needs {ZOO.name} beside the repository, in shared/data")
def test_both_data_sets_of_a_list_mode_file_can_be_chosen():
    path = ZOO / "files" / "coulter.lmd"
    assert read_fcs(path, dataset=1).events == 18110
    assert read_fcs(path, dataset=2).events > 0
