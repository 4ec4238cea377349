"""Text of a file, row by row, with true line numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.study import LINE
from remnant.study.csv_text import read_text


def text(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_text(path, "t.csv")


def test_lines_are_those_of_an_editor(tmp_path):
    content = '# a comment\n\na,b\n1,"two\nlines"\n\n# another\n3,4\n'
    read = text(tmp_path, content)
    assert read.header_line == 3
    assert read.table[LINE].to_list() == [4, 8]
    assert read.table["b"].to_list() == ["two\nlines", "4"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_system_ends_its_lines_in_its_way(tmp_path, end):
    read = text(tmp_path, end.join(["a,b", "1,2", "", "3,4"]))
    assert read.table.rows() == [(2, "1", "2"), (4, "3", "4")]


def test_a_separator_that_only_unicode_calls_a_line_is_no_line(tmp_path):
    read = text(tmp_path, "a,b\n1,x\u2028y\x0cz\n3,4\n")
    assert read.table[LINE].to_list() == [2, 3]


def test_a_hash_inside_a_quoted_cell_is_no_comment(tmp_path):
    read = text(tmp_path, 'a,b\n1,"see\n#2"\n')
    assert read.table["b"].to_list() == ["see\n#2"]
    assert not read.faults


def test_rows_commented_out_below_the_header_are_noted(tmp_path):
    read = text(tmp_path, "# top\na,b\n#1,2\n3,4\n")
    assert read.table.height == 1
    assert read.notes == ("t.csv has 1 lines below its header that start with #; none was read",)


def test_cells_are_stripped_and_empty_ones_are_null(tmp_path):
    assert text(tmp_path, "a,b\n 1 ,\u00a0\n").table.rows() == [(2, "1", None)]


def test_a_byte_order_mark_is_accepted_and_noted(tmp_path):
    read = text(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n")
    assert read.header == ["a", "b"]
    assert "byte-order mark" in read.notes[0]


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        (b"", 1, "an empty file"),
        (b"\n\n  \n", 1, "an empty file"),
        (b"# only a comment\n", 1, "an empty file"),
        (b"\xef\xbb\xbf", 1, "an empty file"),
        (b"a;b\n1;2\n", 1, "columns parted by semicolons"),
        (b"a\tb\n1\t2\n", 1, "columns parted by tabs"),
        ("a,b\n1,2\n".encode("utf-16"), 1, "UTF-16"),
        ("a,b\n1,2\n3,\u00e9\n".encode("latin-1"), 3, "byte 0xe9"),
        (b"a,b\n1,2\n3,\0\n", 3, "NUL"),
        (b"PK\x03\x04\0\0", 1, "NUL"),
    ],
)
def test_what_is_no_table_is_said_with_its_line(tmp_path, content, line, found):
    read = text(tmp_path, content)
    assert read.header == []
    assert read.table.is_empty()
    (fault,) = read.faults
    assert fault.line == line
    assert found in fault.found


def test_a_header_without_rows_is_not_a_table_of_nothing(tmp_path):
    (fault,) = text(tmp_path, "# c\na,b\n").faults
    assert (fault.line, fault.found) == (2, "a header and no rows")


def test_ragged_rows_are_named_and_the_others_are_read(tmp_path):
    read = text(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [(fault.line, fault.found) for fault in read.faults] == [(3, "1 cells"), (4, "3 cells")]
    assert read.table["a"].to_list() == ["1", "7"]


@pytest.mark.parametrize(
    "content", ['a,b\n1,2\n3,"4\n5,6\n', 'a,b\n1,2\n"3"x,4\n', 'a,b\n1,2\n3,"' + "x" * 200_000 + '"\n']
)
def test_a_quotation_mark_left_open_names_the_line_where_it_opened(tmp_path, content):
    read = text(tmp_path, content)
    (fault,) = read.faults
    assert fault.line == 3
    assert "quotation mark" in fault.hint


def test_many_ragged_rows_are_counted(tmp_path):
    read = text(tmp_path, "a,b\n" + "1\n" * 60_000)
    assert read.faults[0].found == "60,000 faults of this kind"
    assert len(read.faults) == 21


def test_more_rows_than_a_block_are_all_there_in_order(tmp_path):
    rows = 120_001
    read = text(tmp_path, "a,b\n" + "".join(f"{i},x\n" for i in range(rows)))
    assert read.table["a"].to_list() == [str(i) for i in range(rows)]
    assert read.table[LINE].to_list() == list(range(2, rows + 2))


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(tmp_path_factory, content):
    read = text(tmp_path_factory.getbasetemp(), content)
    assert bool(read.header) or len(read.faults) == 1
    assert all(fault.source == "t.csv" for fault in read.faults)
