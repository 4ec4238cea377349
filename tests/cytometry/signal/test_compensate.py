"""Compensation: a known answer, a legal subset, and NaN that does not spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import ChannelSpec, SpilloverMatrix, check_spillover, compensate, read_fcs, write_fcs
from remnant.cytometry.gates.events import open_tube
from remnant.errors import CompensationError

TRUTH = Path(__file__).parents[3] / ".." / "shared" / "data" / "compensation-truth-a"
entries = arrays(float, (4, 4), elements=st.floats(0, 0.2))


def matrix(rows, names=("A", "B", "C", "D")):
    names = tuple(names)
    return SpilloverMatrix(names, names, tuple(tuple(float(x) for x in row) for row in rows))


@given(entries, arrays(float, (5, 4), elements=st.floats(-1e3, 1e5)))
@settings(max_examples=50, deadline=None)
def test_compensation_undoes_spill(entries, dyes):
    rows = entries.copy()
    np.fill_diagonal(rows, 1)
    measured = dyes @ rows
    columns = dict(zip("ABCD", measured.T, strict=True))
    found = compensate(columns, check_spillover(matrix(rows), "test", "matrix"))
    assert np.column_stack([found[name] for name in "ABCD"]) == pytest.approx(dyes, rel=1e-6, abs=1e-4)


def test_a_channel_that_takes_no_part_does_not_spread_its_nan():
    rows = np.eye(4)
    rows[0, 1] = 0.3
    columns = {name: np.array([1.0, 2.0]) for name in "ABCD"}
    columns["C"] = np.array([np.nan, 1.0])
    found = compensate(columns, matrix(rows))
    assert [bool(np.isnan(found[name]).any()) for name in "ABCD"] == [False, False, True, False]


def test_only_the_channels_that_are_asked_for_are_read():
    rows = np.eye(4)
    rows[0, 1] = 0.3
    assert set(compensate({"A": np.ones(2), "B": np.ones(2)}, matrix(rows), ["B"])) == {"B"}


def test_more_detectors_than_dyes_are_unmixed_by_least_squares():
    spectra = SpilloverMatrix(("x", "y"), ("A", "B", "C"), ((1.0, 0.5, 0.1), (0.0, 0.4, 1.0)))
    dyes = np.array([[100.0, 5.0], [3.0, 80.0]])
    columns = dict(zip("ABC", (dyes @ np.array(spectra.rows)).T, strict=True))
    found = compensate(columns, check_spillover(spectra, "test", "matrix"))
    assert np.column_stack([found["x"], found["y"]]) == pytest.approx(dyes)


def test_a_matrix_may_name_some_channels_and_leaves_the_others_as_stored(tmp_path):
    events = np.array([[100.0, 30.0, 7.0], [0.0, 5.0, 9.0]])
    specs = [ChannelSpec(name) for name in "ABC"]
    write_fcs(tmp_path / "a.fcs", events, specs, spillover=(["A", "B"], np.array([[1, 0.3], [0, 1]])))
    tube = open_tube(read_fcs(tmp_path / "a.fcs"))
    assert tube.column("B", "FCS") == pytest.approx([0, 5])
    assert tube.column("C", "FCS").tolist() == [7, 9]


def test_a_singular_or_ragged_matrix_is_refused():
    with pytest.raises(CompensationError, match="cannot be inverted"):
        check_spillover(matrix(np.ones((4, 4))), "test", "matrix")
    with pytest.raises(CompensationError, match="4 rows of 4"):
        check_spillover(SpilloverMatrix(tuple("ABCD"), tuple("ABCD"), ((1.0, 0.0),)), "test", "matrix")


@pytest.mark.skipif(not TRUTH.exists(), reason=f"needs {TRUTH.name} beside the repository, in shared/data")
def test_published_events_and_matrix_are_undone_exactly():
    """The array beside the file holds its events as stored, so it tells raw values from compensated ones."""
    file = read_fcs(TRUTH / "test_comp_example.fcs")
    stored = np.fromfile(TRUTH / "test_comp_example.npy").reshape(file.events, -1)
    assert np.array_equal(np.column_stack([file.raw(c.number) for c in file.channels]), stored)
    names, *rows = [line.split(",") for line in (TRUTH / "comp_complete_example.csv").read_text().split()]
    spill = check_spillover(matrix([[float(x) for x in row] for row in rows], names), "truth", "matrix")
    found = compensate({name: file.column(name) for name in names}, spill)
    places = [file.channel(name).number - 1 for name in names]
    again = np.column_stack([found[name] for name in names]) @ np.array(spill.rows)
    assert np.allclose(again, stored[:, places], rtol=1e-9, atol=1e-6)
