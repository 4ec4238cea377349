"""EventFile: events by channel, by range and on their scale; data sets by number."""

from __future__ import annotations

import numpy as np
import pytest
from fcs_by_hand import ROWS, Broken, chained, doubles, floats, packed, refuse, sound, values

from remnant.cytometry import read_fcs
from remnant.cytometry.fcs.file import read_all
from remnant.errors import ChannelError, FcsError


def test_a_sound_file_is_read_as_written_without_repairs(tmp_path):
    file = read_fcs(sound().write(tmp_path / "a.fcs"))
    assert (file.version, file.events, [c.name for c in file.channels]) == (
        "FCS3.1",
        4,
        ["FSC-A", "CD34", "Time"],
    )
    assert np.array_equal(file.matrix(["FSC-A", "CD34", "Time"]), ROWS)
    assert file.repairs == ()


def test_an_analysis_segment_beyond_the_file_costs_nothing_until_it_is_asked_for(tmp_path):
    keywords = {"$BEGINANALYSIS": "1000", "$ENDANALYSIS": str(20 * 2**30)}
    file = read_fcs(sound(keywords=keywords).write(tmp_path / "e.fcs"))
    assert np.array_equal(file.matrix([1, 2, 3]), ROWS)
    with pytest.raises(FcsError, match="ANALYSIS"):
        file.analysis()


def test_the_plan_may_say_which_offsets_to_believe(tmp_path):
    path = sound(header_data=(70, 117)).write(tmp_path / "j.fcs")
    refuse(path, "offsets=")
    assert np.array_equal(values(path, offsets="text"), ROWS)


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


def test_several_data_sets_are_listed_and_chosen(tmp_path):
    path = tmp_path / "many.fcs"
    path.write_bytes(chained(sound(), sound(data=floats(ROWS * 2), version="FCS3.0")))
    refuse(path, "2 data sets", "dataset=")
    refuse(path, "1 to 2", dataset=3)
    assert np.array_equal(values(path, dataset=1), ROWS)
    assert np.array_equal(values(path, dataset=2), ROWS * 2)
    assert [file.version for file in read_all(path)] == ["FCS3.1", "FCS3.0"]


@pytest.mark.parametrize("between", [b"", b"0000FCS1", b"\0" * 600])
def test_files_joined_end_to_end_are_data_sets_though_nothing_says_so(tmp_path, between):
    path = tmp_path / "joined.fcs"
    path.write_bytes(bytes(sound()) + between + bytes(sound(data=floats(ROWS * 2))) + between)
    first, second = read_all(path)
    assert np.array_equal(first.matrix([1, 2, 3]), ROWS)
    assert np.array_equal(second.matrix([1, 2, 3]), ROWS * 2)
    assert [[repair.keyword for repair in one.repairs] for one in (first, second)] == [["$NEXTDATA"], []]


def test_a_data_set_that_cannot_be_read_hides_no_other(tmp_path):
    path = tmp_path / "half.fcs"
    path.write_bytes(chained(sound(keywords={"$P1B": "12"}), sound()))
    first, second = read_all(path)
    assert isinstance(first, FcsError)
    assert "$P1B" in str(first)
    assert np.array_equal(second.matrix([1, 2, 3]), ROWS)


def test_data_never_runs_into_the_next_data_set(tmp_path):
    path = tmp_path / "into.fcs"
    path.write_bytes(chained(sound(data=floats()[:-12], shift_end=12, total="4"), sound()))
    refuse(path, "DATA", "event 4 is the first missing", dataset=1)


def test_a_chain_of_data_sets_without_end_is_refused(tmp_path):
    one = bytes(sound(keywords={"$NEXTDATA": "00000000"}))
    linked = one.replace(b"$NEXTDATA/00000000", b"$NEXTDATA/%08d" % len(one))
    path = tmp_path / "chain.fcs"
    path.write_bytes(linked * 1001)
    refuse(path, "$NEXTDATA", "without end")


@pytest.mark.parametrize(
    "said", [(0, 0), (99_999_999, 99_999_999), (1, 48), (100_000_001 // 10, 48), (0, 99_999_999)]
)
def test_beyond_99_999_999_bytes_text_alone_places_data(tmp_path, said):
    begin = 100_000_001
    keywords = {"$BEGINDATA": str(begin), "$ENDDATA": str(begin + 47)}
    path = sound(data=b"", total="4", keywords=keywords, header_data=said).write(tmp_path / "long.fcs")
    with path.open("r+b") as stream:  # a file with a hole: it takes no room on the disk
        stream.seek(begin)
        stream.write(floats())
    if said[0] == begin // 10:
        refuse(path, "$BEGINDATA", "the same bytes in both")
        return
    file = read_fcs(path)
    assert np.array_equal(file.matrix([1, 2, 3]), ROWS)
    assert [repair.keyword for repair in file.repairs] == ([] if said == (0, 0) else ["HEADER"])


def test_many_data_sets_take_one_open_file(tmp_path):
    one = bytes(sound(keywords={"$NEXTDATA": "00000000"}))
    linked = one.replace(b"$NEXTDATA/00000000", b"$NEXTDATA/%08d" % len(one))
    path = tmp_path / "chain.fcs"
    path.write_bytes(linked * 899 + one)
    files = read_all(path)
    assert len(files) == 900
    assert np.array_equal(files[-1].matrix([1, 2, 3]), ROWS)


def test_segments_may_lie_in_any_order(tmp_path):
    text = sound(keywords={"$BEGINDATA": "58", "$ENDDATA": "105"}).render(0, 0)
    places = (106, 106 + len(text) - 1, 58, 105, 0, 0)
    path = tmp_path / "order.fcs"
    path.write_bytes(b"FCS3.1    " + b"".join(b"%8d" % place for place in places) + floats() + text)
    assert np.array_equal(values(path), ROWS)


def test_the_refusal_of_two_readings_says_which_of_them_fits(tmp_path):
    path = sound(header_data=(300, 377)).write(tmp_path / "fits.fcs")
    refuse(path, "330-377 in TEXT", "300-377 in HEADER", "only that of TEXT holds $TOT events")
    assert [repair.keyword for repair in read_fcs(path, offsets="text").repairs] == ["$BEGINDATA"]
