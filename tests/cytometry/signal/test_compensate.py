"""Compensation: a known answer, a legal subset, and NaN that does not spread."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.cytometry import (
    ChannelSpec,
    GateTree,
    SpilloverMatrix,
    check_spillover,
    compensate,
    evaluate,
    read_fcs,
    require_channels,
    write_fcs,
)
from remnant.cytometry.gates.events import open_tube
from remnant.cytometry.gates.gate import Axis, Interval, RectangleGate
from remnant.cytometry.signal.compensate import conditioning_warnings
from remnant.cytometry.signal.spillover_table import read_spillover_csv
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


def chains(spills):
    """Channels that spill reaches from each channel, step by step."""
    reached = []
    for start in range(len(spills)):
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            new = {int(j) for j in np.flatnonzero(spills[here])} - seen
            seen |= new
            todo += new
        reached.append(seen)
    return reached


@given(
    arrays(bool, (6, 6), elements=st.booleans()),
    arrays(float, (6, 6), elements=st.floats(0.01, 0.9)),
    st.permutations(range(6)),
    st.integers(0, 5),
)
@settings(max_examples=100, deadline=None)
def test_nan_reaches_only_the_dyes_that_a_chain_of_spill_connects(links, values, order, lost):
    """Rounding in the inverse must not stand for spill, whatever the order of the rows."""
    rows = np.where(links, values, 0.0) / 5  # rows sum to less than 2: never singular
    np.fill_diagonal(rows, 1)
    shuffled = SpilloverMatrix(
        tuple(f"dye{i}" for i in order), tuple("ABCDEF"), tuple(tuple(map(float, rows[i])) for i in order)
    )
    columns = {name: np.ones(1) for name in "ABCDEF"}
    columns["ABCDEF"[lost]] = np.full(1, np.nan)
    found = compensate(columns, shuffled)
    touched = {i for i in range(6) if np.isnan(found[f"dye{i}"]).any()}
    assert touched <= chains(rows != 0)[lost]
    assert lost in touched


def test_a_matrix_that_was_inverted_and_back_lets_no_nan_through():
    rows = np.eye(6)
    rows[:3, :3] += 0.3 * np.random.default_rng(1).random((3, 3))
    rows[3:, 3:] += 0.3 * np.random.default_rng(2).random((3, 3))
    mixed = np.random.default_rng(3).permutation(6)
    twice = np.linalg.inv(np.linalg.inv(rows[np.ix_(mixed, mixed)]))
    twice[twice == 0] = 1e-17  # what other programs leave there
    names = tuple(np.array(list("ABCDEF"))[mixed])
    columns = {name: np.ones(1) for name in names} | {"A": np.full(1, np.nan)}
    found = compensate(columns, matrix(twice, names))
    assert {name for name in names if np.isnan(found[name]).any()} == set("ABC")


def test_nan_in_one_laser_stays_out_of_the_other_in_least_squares():
    spectra = SpilloverMatrix(
        ("x", "y", "z"), tuple("ABCDE"), ((1, 0.5, 0, 0, 0), (0.3, 1, 0, 0, 0), (0, 0, 0.2, 1, 0.7))
    )
    columns = {name: np.ones(2) for name in "ABCDE"} | {"B": np.array([np.nan, 1.0])}
    found = compensate(columns, check_spillover(spectra, "test", "matrix"))
    assert [bool(np.isnan(found[d]).any()) for d in "xyz"] == [True, True, False]


@given(arrays(float, (5, 8), elements=st.floats(0, 1)), arrays(float, 8, elements=st.floats(-100, 1e5)))
@settings(max_examples=50, deadline=None)
def test_least_squares_leaves_residuals_that_no_spectrum_explains(entries, measured):
    """The normal equations: what is left of the light is orthogonal to every spectrum."""
    rows = entries * 0.2
    rows[:, :5] += np.eye(5)
    spectra = SpilloverMatrix(tuple("vwxyz"), tuple("ABCDEFGH"), tuple(tuple(map(float, r)) for r in rows))
    found = compensate({n: np.array([x]) for n, x in zip("ABCDEFGH", measured, strict=True)}, spectra)
    dyes = np.array([found[d][0] for d in "vwxyz"])
    assert np.abs(rows @ (measured - dyes @ rows)).max() < 1e-9 * max(1, np.abs(measured).max())


def exact_solution(rows, measured):
    """Solve dyes @ rows = measured in fractions, by elimination."""
    n = len(rows)
    work = [[Fraction(rows[j][i]) for j in range(n)] + [Fraction(measured[i])] for i in range(n)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if work[i][k] != 0)
        work[k], work[pivot] = work[pivot], work[k]
        for i in range(n):
            if i != k and work[i][k] != 0:
                factor = work[i][k] / work[k][k]
                work[i] = [a - factor * b for a, b in zip(work[i], work[k], strict=True)]
    return np.array([float(work[i][n] / work[i][i]) for i in range(n)])


@pytest.mark.parametrize("closeness", [0.5, 0.9, 0.99, 0.9999])
def test_the_error_is_that_of_the_condition_number_and_no_more(closeness):
    rows = np.eye(4)
    rows[0, :2] = 1, closeness
    rows[1, :2] = closeness, 1
    rows[2, 3] = 0.3
    spill = check_spillover(matrix(rows), "test", "matrix")
    measured = [1234.5, 1100.25, 10.0, 77.125]
    found = compensate({n: np.array([x]) for n, x in zip("ABCD", measured, strict=True)}, spill)
    exact = exact_solution(rows.tolist(), measured)
    error = max(abs(found[n][0] - x) for n, x in zip("ABCD", exact, strict=True))
    assert error <= 8 * np.finfo(float).eps * spill.condition * np.abs(exact).max()


def test_dyes_that_are_hardly_told_apart_are_named():
    rows = np.eye(4)
    rows[1, 3], rows[3, 1] = 0.99, 0.995
    doubted = check_spillover(matrix(rows), "test", "matrix")
    assert set(doubted.inseparable) == {"B", "D"}
    assert doubted.noise_growth[0] == 1
    assert min(doubted.noise_growth[1], doubted.noise_growth[3]) > 50
    [warning] = conditioning_warnings(doubted)
    assert "condition number" in warning
    assert "A" not in warning.split(":")[1].split(" are ")[0]
    assert conditioning_warnings(matrix(np.eye(4))) == ()
    assert "not 1 in its own detector: B (0.5)" in conditioning_warnings(matrix(np.diag([1, 0.5, 1, 1])))[0]


def test_more_dyes_than_detectors_are_refused():
    spectra = SpilloverMatrix(("x", "y"), ("A",), ((1.0,), (0.5,)))
    with pytest.raises(CompensationError, match="2 dyes in 1 detectors"):
        check_spillover(spectra, "test", "matrix")


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


def test_an_event_without_a_value_is_not_evaluable_only_where_spill_connects(tmp_path):
    events = np.array([[100.0, 30.0, np.nan], [100.0, 30.0, 1.0], [np.nan, 30.0, 1.0]])
    spill = (["A", "B", "C"], np.array([[1, 0.3, 0], [0.1, 1, 0], [0, 0, 1]]))
    write_fcs(tmp_path / "a.fcs", events, [ChannelSpec(name) for name in "ABC"], spillover=spill)
    gates = tuple(RectangleGate(name, None, (Interval(Axis(name), -1e6, 1e6),)) for name in "ABC")
    counts, codes = evaluate(GateTree(gates), read_fcs(tmp_path / "a.fcs"))
    assert [(c.events, c.not_evaluable) for c in counts] == [(2, 1), (2, 1), (2, 1)]
    assert [codes[name].tolist() for name in "ABC"] == [[2, 2, 1], [2, 2, 1], [1, 2, 2]]


def test_a_matrix_by_the_names_of_dyes_does_not_pass_for_one_of_channels(tmp_path):
    write_fcs(tmp_path / "a.fcs", np.ones((2, 4)), [ChannelSpec(name) for name in "ABCD"])
    file = read_fcs(tmp_path / "a.fcs")
    assert require_channels(matrix(np.eye(4)), file) == matrix(np.eye(4))
    with pytest.raises(CompensationError) as refused:
        require_channels(SpilloverMatrix(("x", "A"), ("A", "Q"), ((1.0, 0.0), (0.0, 1.0))), file)
    assert [fault.found for fault in refused.value.faults] == ["x", "Q"]


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
    for event in range(0, file.events, 1000):
        exact = exact_solution(spill.rows, stored[event, places].tolist())
        ours = np.array([found[name][event] for name in names])
        assert np.abs(ours - exact).max() <= 1e-12 * np.abs(exact).max()
    assert spill == read_spillover_csv(TRUTH / "comp_complete_example.csv", file)
