"""Gated events leave with their values, their three-valued membership and where they come from."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import sys
import tracemalloc
from pathlib import Path

import anndata
import numpy as np
import polars as pl
import pytest

from remnant.cytometry import (
    IN,
    NOT_EVALUABLE,
    Asinh,
    ChannelSpec,
    GateTree,
    Logicle,
    SpilloverMatrix,
    evaluate,
    read_fcs,
    write_fcs,
)
from remnant.cytometry.export.gated_events import collect_events
from remnant.cytometry.export.to_anndata import to_anndata
from remnant.cytometry.export.to_frame import to_frame
from remnant.cytometry.gates.gate import Axis, BrokenGate, Interval, RectangleGate
from remnant.errors import ChannelError, CompensationError, GatingError, SettingError

MASS = Path(__file__).parents[3] / ".." / "shared" / "data" / "bm-cytof-a"
SPILL = np.array([[1.0, 0.2], [0.05, 1.0]])
TREE = GateTree(
    (
        RectangleGate("CD34+", None, (Interval(Axis("APC-A"), 1000.0),)),
        RectangleGate("CD34+/CD38-", "CD34+", (Interval(Axis("PE-A"), None, 500.0),)),
    ),
    broken=(BrokenGate("lost", 9, "no such channel"),),
)


@pytest.fixture
def tube(tmp_path):
    """Synthetic: 400 events, two dyes with spill, one event without CD34."""
    rng = np.random.default_rng(1)
    dyes = np.column_stack([rng.choice([0, 5000.0], 400), rng.choice([0, 3000.0], 400)]) + rng.normal(
        0, 50, (400, 2)
    )
    light = dyes @ SPILL
    light[7, 0] = np.nan
    events = np.column_stack([rng.normal(80_000, 5000, 400), light, np.arange(400)])
    specs = [
        ChannelSpec("FSC-A"),
        ChannelSpec("APC-A", "CD34"),
        ChannelSpec("PE-A", "CD38"),
        ChannelSpec("Time"),
    ]
    write_fcs(tmp_path / "tube.fcs", events, specs, spillover=(("APC-A", "PE-A"), SPILL))
    return read_fcs(tmp_path / "tube.fcs")


def test_values_gates_and_origin_survive_a_round_trip_through_h5ad(tube, tmp_path):
    _, codes = evaluate(TREE, tube)
    made = to_anndata(tube, TREE, codes, transforms={"APC-A": Logicle()}, dtype=np.float64)
    made.write_h5ad(tmp_path / "tube.h5ad")
    back = anndata.read_h5ad(tmp_path / "tube.h5ad")
    stored = tube.matrix(["APC-A", "PE-A"])
    assert back.layers["stored"][:, 1:3] == pytest.approx(stored, nan_ok=True, rel=0)
    assert back.X[:, 1:3] == pytest.approx(stored @ np.linalg.inv(SPILL), nan_ok=True)
    assert back.X[:, [0, 3]] == pytest.approx(tube.matrix(["FSC-A", "Time"]), rel=0)
    assert back.layers["transformed"][:, 1] == pytest.approx(Logicle().forward(back.X[:, 1]), nan_ok=True)
    assert list(back.var_names) == ["FSC-A", "APC-A", "PE-A", "Time"]
    assert list(back.var["stain"]) == ["", "CD34", "CD38", ""]
    assert list(back.var["compensated"]) == [False, True, True, False]
    for gate, column in (("CD34+", "CD34+"), ("CD34+/CD38-", "CD34+|CD38-")):
        answer = back.obs[column]
        assert answer.dtype == "boolean"
        assert np.array_equal(answer.isna(), codes[gate] == NOT_EVALUABLE)
        assert np.array_equal(answer.fillna(False).to_numpy(bool), codes[gate] == IN)
    assert back.obs["lost"].isna().all()
    origin = back.uns["remnant"]
    assert origin["sha256"] == hashlib.sha256(tube.path.read_bytes()).hexdigest()
    assert (origin["file"], origin["events_in_file"], origin["values"]) == ("tube.fcs", 400, "compensated")
    assert list(origin["gates"]["id"]) == ["CD34+", "CD34+/CD38-", "lost"]
    assert list(origin["gates"]["reason"]) == ["", "", "no such channel"]
    assert origin["gates"]["events"][0] == np.sum(codes["CD34+"] == IN)
    assert np.array_equal(origin["spillover"]["matrix"], SPILL)


def test_an_event_without_a_value_stays_without_and_is_not_evaluable(tube):
    _, codes = evaluate(TREE, tube)
    made = to_anndata(tube, TREE, codes)
    assert np.isnan(made.X[7, 1:3]).all()
    assert np.isnan(made.layers["stored"][7]).tolist() == [False, True, False, False]
    assert made.obs["CD34+"].isna().to_numpy().nonzero()[0].tolist() == [7]


def test_only_the_events_of_a_gate_leave_under_their_own_numbers(tube):
    _, codes = evaluate(TREE, tube)
    made = to_anndata(tube, TREE, codes, within="CD34+")
    numbers = np.flatnonzero(codes["CD34+"] == IN) + 1
    assert made.obs_names.tolist() == [str(n) for n in numbers]
    assert made.obs["CD34+"].all()
    whole = to_anndata(tube, TREE, codes)
    assert np.array_equal(made.X, whole[made.obs_names].X)
    assert np.array_equal(made.obs["CD34+|CD38-"], whole[made.obs_names].obs["CD34+|CD38-"])


def test_memory_grows_with_the_events_that_leave(tmp_path):
    events = np.random.default_rng(2).normal(0, 1, (100_000, 24))
    events[:50, 0] = 100
    write_fcs(tmp_path / "wide.fcs", events, [ChannelSpec(f"C{i}") for i in range(24)])
    file = read_fcs(tmp_path / "wide.fcs")
    tree = GateTree((RectangleGate("rare", None, (Interval(Axis("C0"), 50.0),)),))
    _, codes = evaluate(tree, file)
    tracemalloc.start()
    assert len(collect_events(file, tree, codes, within="rare").values) == 50
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * 8 * file.events  # some columns at a time, of 24


def test_values_as_stored_on_request_and_by_another_matrix(tube):
    stored = to_anndata(tube, compensated=False, dtype=np.float64)
    assert np.array_equal(stored.X, tube.matrix([1, 2, 3, 4]), equal_nan=True)
    assert "stored" not in stored.layers
    assert stored.uns["remnant"]["values"] == "as stored"
    none = SpilloverMatrix(("PE-A",), ("PE-A",), ((2.0,),))
    other = to_anndata(tube, spillover=none, dtype=np.float64)
    assert other.X[:, 2] == pytest.approx(tube.column("PE-A") / 2)
    spectra = SpilloverMatrix(("cy5",), ("APC-A", "PE-A"), ((1.0, 0.1),))
    with pytest.raises(CompensationError, match="cy5"):
        to_anndata(tube, spillover=spectra)


def test_a_gate_or_scale_that_is_not_there_is_refused(tube):
    _, codes = evaluate(TREE, tube)
    with pytest.raises(GatingError, match=r"found CD90\+; expected CD34\+, CD34\+/CD38-"):
        collect_events(tube, TREE, codes, within="CD90+")
    with pytest.raises(GatingError, match="lost"):
        collect_events(tube, TREE, codes, within="lost")
    with pytest.raises(GatingError, match="another tube"):
        collect_events(tube, TREE, {"CD34+": codes["CD34+"][:5]})
    with pytest.raises(ChannelError, match="BV421-A"):
        to_anndata(tube, TREE, codes, transforms={"BV421-A": Asinh()})


def test_tables_keep_the_three_answers_apart(tube, tmp_path):
    _, codes = evaluate(TREE, tube)
    table = to_frame(collect_events(tube, TREE, codes))
    assert table.columns == ["event", "FSC-A", "APC-A", "PE-A", "Time", "CD34+", "CD34+|CD38-", "lost"]
    assert table["CD34+"].null_count() == 1
    assert table["CD34+"].sum() == np.sum(codes["CD34+"] == IN)
    table.write_parquet(tmp_path / "t.parquet")
    back = pl.read_parquet(tmp_path / "t.parquet")
    assert back.equals(table)
    assert np.isnan(back["APC-A"][7])


def test_channels_and_gates_of_one_name_stay_apart(tmp_path):
    write_fcs(tmp_path / "a.fcs", np.ones((3, 2)), [ChannelSpec("event"), ChannelSpec("CD34")])
    file = read_fcs(tmp_path / "a.fcs")
    names = ("CD34", "event", "a/b", "a|b")
    tree = GateTree(tuple(RectangleGate(name, None, (Interval(Axis("CD34"), 0.0),)) for name in names))
    _, codes = evaluate(tree, file)
    table = to_frame(collect_events(file, tree, codes))
    assert len(set(table.columns)) == 7
    made = to_anndata(file, tree, codes)
    assert list(made.uns["remnant"]["gates"]["column"]) == list(made.obs.columns)[1:]
    assert made.obs.shape == (3, 5)
    made.write_h5ad(tmp_path / "a.h5ad")
    assert anndata.read_h5ad(tmp_path / "a.h5ad").obs.shape == (3, 5)


def test_no_events_are_an_answer(tube, tmp_path):
    tree = GateTree((RectangleGate("none", None, (Interval(Axis("APC-A"), 1e9),)),))
    _, codes = evaluate(tree, tube)
    made = to_anndata(tube, tree, codes, within="none")
    assert made.shape == (0, 4)
    made.write_h5ad(tmp_path / "none.h5ad")
    assert anndata.read_h5ad(tmp_path / "none.h5ad").shape == (0, 4)


@pytest.mark.skipif(not MASS.exists(), reason=f"needs {MASS.name} beside the repository, in shared/data")
@pytest.mark.parametrize("path", sorted(MASS.glob("*.fcs")), ids=lambda path: path.name)
def test_mass_cytometry_leaves_as_stored(path, tmp_path):
    file = read_fcs(path)
    made = to_anndata(file, dtype=np.float64)
    assert made.uns["remnant"]["values"] == "as stored"
    assert np.array_equal(made.X, file.matrix([c.number for c in file.channels]), equal_nan=True)
    made.write_h5ad(tmp_path / "mass.h5ad")
    assert np.array_equal(anndata.read_h5ad(tmp_path / "mass.h5ad").X, made.X, equal_nan=True)
    assert len(set(made.var_names)) == len(file.channels)


def test_anndata_is_imported_only_when_asked_for_and_its_absence_is_said(tube, monkeypatch):
    script = (
        "import sys, remnant.cytometry, remnant.cytometry.export.to_anndata; print('anndata' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    real = importlib.import_module

    def absent(name, *rest):
        if name == "anndata":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr("remnant.cytometry.export.to_anndata.import_module", absent)
    with pytest.raises(SettingError, match=r"remnant\[interop\]"):
        to_anndata(tube)
