"""Spillover matrices as text: what programs write, what people break, and reading back what was written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import ChannelSpec, SpilloverMatrix, read_fcs, write_fcs
from remnant.cytometry.signal.spillover_table import read_spillover_csv, write_spillover_csv
from remnant.errors import CompensationError

CHANNELS = ("FITC-A", "PE-A", "APC-A")
SQUARE = SpilloverMatrix(CHANNELS, CHANNELS, ((1.0, 0.25, 0.0), (0.01, 1.0, 0.002), (0.0, 0.0, 1.0)))


@pytest.fixture
def tube(tmp_path):
    specs = [
        ChannelSpec("FSC-A"),
        *(ChannelSpec(c, s) for c, s in zip(CHANNELS, ("CD90", "CD38", "CD34"), strict=True)),
    ]
    write_fcs(tmp_path / "tube.fcs", np.ones((3, 4)), specs)
    return read_fcs(tmp_path / "tube.fcs")


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        (tmp_path / "spill.csv").write_bytes(text.encode(encoding))
        return tmp_path / "spill.csv"

    return write


@pytest.mark.parametrize(
    "text",
    [
        "FITC-A,PE-A,APC-A\n1,0.25,0\n0.01,1,0.002\n0,0,1\n",
        ",FITC-A,PE-A,APC-A\nFITC-A,1,0.25,0\nPE-A,0.01,1,0.002\nAPC-A,0,0,1\n",
        ",FITC-A :: CD90,PE-A :: CD38,APC-A :: CD34\r\n"
        "FITC-A :: CD90,1,0.25,0\r\nPE-A :: CD38,0.01,1,0.002\r\nAPC-A :: CD34,0,0,1\r\n",
        "\ufeffFITC-A;PE-A;APC-A\n1;0,25;0\n0,01;1;0,002\n0;0;1\n",
        "Fluorochrome\tFITC-A\tPE-A\tAPC-A\nFITC-A\t1\t0.25\t0\nPE-A\t1e-2\t1\t0.002\nAPC-A\t0\t0\t1\n\n",
        '"FITC-A","PE-A","APC-A"\n"1",1,0.25,0\n"2",0.01,1,0.002\n"3",0,0,1\n',
        '"","FITC-A","PE-A","APC-A"\n"1",1,0.25,0\n"2",0.01,1,0.002\n"3",0,0,1\n',
        "CD90,CD38,CD34\n1,0.25,0\n0.01,1,0.002\n0,0,1\n",
    ],
    ids=["plain", "named", "stains", "semicolon", "tab", "short header", "numbered", "by stain"],
)
def test_every_usual_form_is_the_same_matrix(text, table, tube):
    assert read_spillover_csv(table(text), tube) == SQUARE


def test_rows_in_another_order_keep_their_dyes(table, tube):
    found = read_spillover_csv(
        table(",FITC-A,PE-A,APC-A\nAPC-A,0,0,1\nPE-A,0.01,1,0.002\nFITC-A,1,0.25,0\n"), tube
    )
    assert found.dyes == ("APC-A", "PE-A", "FITC-A")
    assert found.rows[2] == SQUARE.rows[0]


def test_some_channels_of_the_file_are_enough_and_spectra_name_dyes(table, tube):
    assert read_spillover_csv(table("PE-A,APC-A\n1,0.1\n0,1\n"), tube).detectors == ("PE-A", "APC-A")
    spectra = read_spillover_csv(table(",FITC-A,PE-A,APC-A\nAlexa 488,1,0.2,0\ncy5,0,0.1,1\n"), tube)
    assert spectra.dyes == ("Alexa 488", "cy5")
    assert spectra.detectors == CHANNELS


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).filter(
            lambda name: name == name.strip() and "::" not in name and not name.isdigit()
        ),
        min_size=4,
        max_size=4,
        unique=True,
    ),
    arrays(float, (2, 4), elements=st.floats(-0.1, 0.9)),
)
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_back_equal(tmp_path_factory, names, entries):
    path = tmp_path_factory.mktemp("spill") / "spill.csv"
    entries[:, :2] = np.array([[1, 0.1], [0.2, 1]])
    spectra = SpilloverMatrix(
        ("dye x", "dye, y"), tuple(names), tuple(tuple(float(x) for x in row) for row in entries)
    )
    write_spillover_csv(path, spectra)
    assert read_spillover_csv(path) == spectra
    write_spillover_csv(path, SQUARE)
    assert read_spillover_csv(path) == SQUARE


def test_a_delimiter_within_a_name_does_not_split_it(tmp_path):
    odd = SpilloverMatrix(("a;b;c;d", "e"), ("f;g;h;i", "j\tk"), ((1.0, 0.1), (0.0, 1.0)))
    write_spillover_csv(tmp_path / "odd.csv", odd)
    assert read_spillover_csv(tmp_path / "odd.csv") == odd


def test_every_bad_cell_is_said_with_row_and_column(table, tube):
    with pytest.raises(CompensationError) as refused:
        read_spillover_csv(table(",FITC-A,PE-A,APC-A\nFITC-A,1,x,0\nPE-A,0.01,1,\nAPC-A,0,nan,1\n"), tube)
    assert [(f.line, f.column, f.found) for f in refused.value.faults] == [
        (2, "PE-A, row FITC-A", "'x'"),
        (3, "APC-A, row PE-A", "''"),
        (4, "PE-A, row APC-A", "'nan'"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 lines"),
        ("FITC-A,PE-A\n", "1 lines"),
        ("FITC-A,PE-A\n1,0.1\n0\n", "line 3: found 1 cells; expected 2"),
        ("FITC-A,Pacific Blue-A\n1,0\n0,1\n", "'Pacific Blue-A', not in tube.fcs"),
        (",FITC-A,PE-A\nFITC-A,1,0\nDio,0,1\n", "line 3, column names: found 'Dio'"),
        ("FITC-A,FITC-A\n1,0\n0,1\n", "FITC-A twice"),
        ("FITC-A,PE-A\n1,1\n1,1\n", "cannot be inverted"),
        ("FITC-A,PE-A\n100,3\n2,100\n", "percent"),
        ("FITC-A,PE-A,APC-A\n1,0,0\n0,1,0\n", "2 rows without names"),
        (",FITC-A\na,1\nb,0.1\n", "2 dyes in 1 detectors"),
    ],
)
def test_a_broken_table_is_refused_with_its_place(text, said, table, tube):
    with pytest.raises(CompensationError, match=r"spill\.csv") as refused:
        read_spillover_csv(table(text), tube)
    assert said in str(refused.value)


def test_bytes_that_are_not_text_are_refused(table, tmp_path):
    with pytest.raises(CompensationError, match="not UTF-8"):
        read_spillover_csv(table("µ-A,PE-A\n1,0\n0,1\n", "latin-1"))
    (tmp_path / "spill.csv").write_bytes(b"FITC-A,PE-A\n1,\x000\n0,1\n")
    with pytest.raises(CompensationError, match=r"spill\.csv"):
        read_spillover_csv(tmp_path / "spill.csv")
