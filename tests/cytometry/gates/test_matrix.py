"""Whole matrices: within 1e-7 of the exact scale, and nothing where nothing was measured."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.gates.engine import NUMPY, compiled
from remnant.cytometry.gates.events import open_tube, scale_values
from remnant.cytometry.gates.gate import FROM_FILE, UNCOMPENSATED, Axis
from remnant.cytometry.gates.matrix import scaled_matrix
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle

NAMES = ("A", "B", "C", "Time")
AXES = (
    Axis("A", FROM_FILE, Logicle(1000, 0.7, 4, 0)),
    Axis("B", FROM_FILE, Hyperlog(1000, 0.5, 4)),
    Axis("C", FROM_FILE, Asinh(1000, 4, 1), (0.2, None)),
    Axis("A", UNCOMPENSATED, Log(1000, 4)),
    Axis("B", UNCOMPENSATED, Linear(1000, 100), (0.0, 1.0)),
    Axis("A", FROM_FILE, Logicle(1000, 0.7, 4, 0), (None, None), "B"),
    Axis("Time", UNCOMPENSATED),
)


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(2)
    rows = np.column_stack([rng.normal(150, 300, (4000, 3)), np.arange(4000)])
    rows[5, 0], rows[6, 1], rows[7] = np.nan, np.inf, [3e30, -3e30, 1e-30, 7]
    spill = (NAMES[:3], np.array([[1, 0.2, 0.01], [0.1, 1, 0], [0, 0.3, 1]]))
    write_fcs(tmp_path / "m.fcs", rows, [ChannelSpec(n) for n in NAMES], spillover=spill, timestep=0.02)
    return read_fcs(tmp_path / "m.fcs")


@pytest.mark.parametrize("engine", [pytest.param(NUMPY, id="numpy"), pytest.param(compiled(), id="numba")])
@pytest.mark.parametrize("axes", [AXES, AXES[:5]])
def test_every_place_is_within_a_ten_millionth_of_the_exact_one(file, engine, axes):
    found = scaled_matrix(file, axes, engine=engine)
    events = open_tube(file)
    for place, axis in enumerate(axes):
        exact = scale_values(axis, events.values(axis))
        assert np.array_equal(np.isnan(found[:, place]), np.isnan(exact))
        good = ~np.isnan(exact)
        assert good.sum() > 1000
        assert found[good, place] == pytest.approx(exact[good], rel=1e-12, abs=1e-7)


def test_a_given_matrix_takes_the_place_of_that_of_the_file(file):
    own = scaled_matrix(file, AXES[:1])
    identity = open_tube(file).matrices[FROM_FILE]
    rows = tuple(tuple(float(i == j) for j in range(3)) for i in range(3))
    other = scaled_matrix(file, AXES[:1], spillover=type(identity)(identity.dyes, identity.detectors, rows))
    stored = AXES[0].transform.forward(file.column("A"))
    assert np.nanmax(np.abs(other[:, 0] - stored)) < 1e-7
    assert np.nanmax(np.abs(own[:, 0] - stored)) > 1e-3
