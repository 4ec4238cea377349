"""Any table text and any edit: what was edited is read back, and every other byte is as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from remnant.errors import TableError
from remnant.service.texts import cells as cell_texts
from remnant.service.texts import columns
from remnant.service.texts.cells import (
    LONGEST,
    append_row,
    append_rows,
    change_cell,
    change_row,
    remove_row,
)
from remnant.service.texts.csv_rows import find_rows
from remnant.study.column import Column, Kind
from remnant.study.csv_text import read_text
from remnant.study.schema import TableSchema
from remnant.study.tables import BLOOD_COUNTS, FISH_CONTROLS

NAMES = ("probe", "scored", "remark")
SCHEMA = TableSchema("notes", "a note", tuple(Column(name, Kind.TEXT, "", required=False) for name in NAMES))
LETTERS = st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",))
values = st.one_of(
    st.text(st.sampled_from('ab1#, "\r\n\t'), max_size=6), st.text(LETTERS, max_size=6), st.just("")
).map(str.strip)
ends = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def cells(draw, *, first: bool):
    """A cell as somebody may have spelt it: plain between spaces, or in quotes that may be needless."""
    value = draw(values)
    needs = any(mark in value for mark in '",\r\n') or (first and value.startswith("#"))
    if needs or draw(st.booleans()):
        return '"' + draw(st.sampled_from(["", " "])) + value.replace('"', '""') + '"'
    return draw(st.sampled_from(["", " ", "  "])) + value + draw(st.sampled_from(["", " "]))


@st.composite
def files(draw, *, least: int = 0):
    """A file with comments, blank lines and rows, its line endings mixed, its last line ended or not."""
    end = draw(st.sampled_from([st.just("\n"), st.just("\r\n"), st.just("\r"), ends]))
    blank = st.sampled_from(["", "  ", ",,", '# a comment, "open', " # another"])
    lines = [*draw(st.lists(st.sampled_from(["", "# of the lab"]), max_size=2)), ",".join(NAMES)]
    for _ in range(draw(st.integers(least, 4))):
        lines += draw(st.lists(blank, max_size=2))
        lines.append(",".join(draw(cells(first=not place)) for place in range(3)))
    lines += draw(st.lists(blank, max_size=2))
    text = "".join(line + draw(end) for line in lines)
    if draw(st.booleans()):
        text = text.removesuffix("\n").removesuffix("\r")
    mark = "\ufeff" if draw(st.booleans()) else ""
    return (mark + text).encode()


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Read a file as a study does: a list of (line, cells)."""
    path = tmp_path_factory.mktemp("cells") / "notes.csv"

    def rows(data: bytes) -> list[tuple[int, list[str]]]:
        path.write_bytes(data)
        text = read_text(path, "notes.csv")
        assert text.header[:3] == list(NAMES)
        return [(row["line"], [row[name] or "" for name in text.header]) for row in text.table.to_dicts()]

    return rows


def stripped(data):
    return [cells for _, cells in data]


@given(data=files())
def test_rows_are_found_where_the_reader_finds_them(read, data):
    found = find_rows(data, "notes.csv")
    assert [(row.line, found.values(row)) for row in found.rows] == read(data)


@given(data=files(), row=st.lists(values, min_size=3, max_size=3))
def test_a_row_is_added_beneath_bytes_that_all_stay(read, data, row):
    assume(any(row))
    longer = append_row(data, SCHEMA, dict(zip(NAMES, row, strict=True)))
    assert longer.startswith(data)
    assert stripped(read(longer)) == [*stripped(read(data)), row]
    assert longer.endswith((b"\r", b"\n")) == data.endswith((b"\r", b"\n"))
    assert remove_row(longer, read(longer)[-1][0]) == data


@given(data=files(least=1), value=values, choice=st.data())
def test_a_cell_is_changed_and_nothing_else(read, data, value, choice):
    before = read(data)
    assume(before)
    place = choice.draw(st.integers(0, len(before) - 1))
    column = choice.draw(st.integers(0, 2))
    line, row = before[place]
    wanted = [*row[:column], value, *row[column + 1 :]]
    if not any(wanted):
        with pytest.raises(TableError, match="empty row"):
            change_cell(data, line, NAMES[column], value)
        return
    changed = change_cell(data, line, NAMES[column], value)
    assert stripped(read(changed)) == [*stripped(before[:place]), wanted, *stripped(before[place + 1 :])]
    found = find_rows(data, "")
    start, end = found.cells(found.row(line))[column]
    around = (found.mark + found.text[:start]).encode(), found.text[end:].encode()
    assert changed.startswith(around[0])
    assert changed.endswith(around[1])
    if value == row[column]:
        assert changed == data
    back = change_cell(changed, line, NAMES[column], row[column])
    assert stripped(read(back)) == stripped(before)
    if value and not re.search(r"[\",\r\n#]", value) and '"' not in found.text[start:end]:
        assert back == data


@given(data=files(least=1), choice=st.data())
def test_a_row_is_taken_out_and_the_others_stay(read, data, choice):
    before = read(data)
    assume(len(before) > 1)
    place = choice.draw(st.integers(0, len(before) - 1))
    found = find_rows(data, "")
    row = found.row(before[place][0])
    shorter = remove_row(data, row.line)
    assert stripped(read(shorter)) == stripped(before[:place] + before[place + 1 :])
    text = found.text[: row.start].rstrip("\r\n") + found.text[row.end :]
    assert shorter.decode().removeprefix("\ufeff").replace("\r", "").replace("\n", "") == re.sub(
        "[\r\n]", "", text
    )


@given(data=files(least=1), value=values, choice=st.data())
def test_a_new_column_stands_behind_the_others_and_moves_none(read, data, value, choice):
    before = read(data)
    assume(before)
    place = choice.draw(st.integers(0, len(before) - 1))
    wider = change_row(data, before[place][0], {"scorer": value})
    if not value:
        assert wider == data
        return
    after = read(wider)
    if not re.search(r"[\r\n]", value):
        assert [line for line, _ in after] == [line for line, _ in before]
    assert [cells[:3] for _, cells in after] == stripped(before)
    assert [cells[3] for _, cells in after] == [value if i == place else "" for i in range(len(before))]


def test_a_table_that_does_not_exist_yet_is_made_with_its_header():
    row = {"probe": "EGR1", "control_id": "c1", "nuclei_scored": "200", "nuclei_abnormal": "3"}
    header, line = append_row(b"", FISH_CONTROLS, row).decode().splitlines()
    assert header.split(",") == [column.name for column in FISH_CONTROLS.columns]
    assert line.startswith("EGR1,c1,200,3")


def test_a_new_table_takes_dates_where_the_row_has_dates():
    row = {"patient_id": "P1", "date": "2024-03-31", "platelets_1e9_per_l": "88"}
    header, line = append_row(b"", BLOOD_COUNTS, row).decode().splitlines()
    assert header.startswith("patient_id,date,")
    assert line.startswith("P1,2024-03-31,")


def test_a_name_that_starts_with_a_hash_makes_no_comment_of_its_row(read):
    data = append_row(b"probe,scored,remark\n", SCHEMA, {"probe": "#5", "scored": "200"})
    assert read(data) == [(2, ["#5", "200", ""])]


@pytest.mark.parametrize(
    ("line", "value", "said"),
    [
        (1, "x", "no row"),  # the header
        (2, "x", "no row"),  # a comment
        (9, "x", "no row"),
        (3, "a\0b", "no text can hold"),
        (3, "\ud800", "no text can hold"),
        (3, "x" * (LONGEST + 1), "100,001 letters"),
    ],
)
def test_what_cannot_be_written_is_refused_in_words(line, value, said):
    data = b"probe,scored,remark\n# EGR1\nEGR1,200,\n"
    with pytest.raises(TableError, match=said):
        change_cell(data, line, "probe", value)


@pytest.mark.parametrize("data", [b'probe\n"EGR1\n', b'probe\n"EGR1"x\n', b"probe\n\xff\n", b"\xff\xfep\0"])
def test_a_file_that_is_no_table_is_not_touched(data):
    with pytest.raises(TableError):
        append_row(data, SCHEMA, {"probe": "EGR1"})


def test_a_row_that_is_too_short_can_be_mended_in_place():
    data = b"probe,scored,remark\nEGR1,200\n"
    assert change_cell(data, 2, "remark", "dim") == b"probe,scored,remark\nEGR1,200,dim\n"
    assert change_cell(data, 2, "scored", "201") == b"probe,scored,remark\nEGR1,201\n"


said_rows = st.lists(
    st.dictionaries(
        st.sampled_from([*NAMES, "more", "still more"]),
        values.filter(lambda value: not set(value) & set("\r\n")),
        min_size=1,
    ),
    min_size=1,
    max_size=4,
)


@given(data=files(), rows=said_rows)
def test_rows_added_at_once_are_those_added_one_after_the_other(data, rows):
    assume(all(any(row.get(name, "").strip() for name in NAMES) for row in rows))
    one_by_one = data
    for row in rows:
        one_by_one = append_row(one_by_one, SCHEMA, row)
    assert append_rows(data, SCHEMA, rows) == one_by_one


def test_a_file_is_looked_through_as_often_for_a_thousand_rows_as_for_one(monkeypatch):
    looks, find = [], cell_texts.find_rows
    monkeypatch.setattr(cell_texts, "find_rows", lambda *given: looks.append(1) or find(*given))
    for rows in (1, 1000):
        append_rows(b"", SCHEMA, [dict.fromkeys(NAMES, "x")] * rows)
    assert len(looks) == 4


def test_columns_come_and_go_in_rows_of_any_number():
    wide = change_row(b"a\n1\n\n# c\n2", 2, {"b": "x", "c": "y"})
    assert wide == b"a,b,c\n1,x,y\n\n# c\n2,,"
    assert columns.remove_column(wide, "b", source="") == b"a,c\n1,y\n\n# c\n2,"
    assert columns.remove_column(wide, "a", source="") == b"b,c\nx,y\n\n# c\n,"
    assert columns.change_column(wide, "b", {2: "q,r", 5: "z"}, source="") == b'a,b,c\n1,"q,r",y\n\n# c\n2,z,'
