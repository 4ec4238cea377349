"""Hundreds of files become one table: nothing lost, nothing counted twice, whoever does the work."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from remnant.analysis import batch, counting
from remnant.analysis.batch import BatchRow, count_batch
from remnant.analysis.batch_table import check_table_path, write_batch
from remnant.analysis.counting import GateCounting, RecipeCounting
from remnant.analysis.event_files import find_event_files
from remnant.cytometry import ChannelSpec, Recipe, evaluate, read_fcs, read_gates, write_fcs
from remnant.errors import RemnantError, SettingError
from remnant.scale import Dask, Processes, Serial

REAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "flowcap-aml-a"
HEAD = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
)
RANGE = (
    '<g:RectangleGate g:id="{}"{}><g:dimension g:compensation-ref="uncompensated" g:min="{}">'
    '<d:fcs-dimension d:name="{}"/></g:dimension></g:RectangleGate>'
)


def gate(name, channel, least, parent=None):
    return RANGE.format(name, f' g:parent_id="{parent}"' if parent else "", least, channel)


def gates_in(folder, *gates):
    path = folder / "gates.xml"
    path.write_text(HEAD + "".join(gates) + "</g:Gating-ML>")
    return path


def write_tube(path, *, events=40, seed=0, rng=None):
    """Write a small synthetic tube; return how many of its events lie at or above 500 on APC-A."""
    rng = rng or np.random.default_rng(seed)
    values = rng.uniform(0, 1000, (events, 2)).astype("f4")
    write_fcs(path, values, [ChannelSpec("FSC-A"), ChannelSpec("APC-A")])
    return int(np.sum(values[:, 1] >= 500))


def chain(path, *parts):
    """Join files into one of several data sets, as `$NEXTDATA` asks."""
    joined = b""
    for number, part in enumerate(parts):
        data = part.read_bytes()
        step = len(data) if number < len(parts) - 1 else 0
        old, new = b"$NEXTDATA/0/", f"$NEXTDATA/{step}/".encode()
        assert data.count(old) == 1
        # The writer pads its offsets with zeros, which pay for the digits of the new one.
        spare = len(new) - len(old)
        for _ in range(spare):
            data = data.replace(b"$BEGINDATA/0", b"$BEGINDATA/", 1)
        joined += data.replace(old, new)
    path.write_bytes(joined)


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Two hundred synthetic files, of which every tenth is damaged; and the true counts of the others."""
    folder = tmp_path_factory.mktemp("many")
    truth = {}
    for number in range(200):
        path = folder / f"plate{number // 50}" / f"tube{number:03d}.{'LMD' if number % 3 else 'fcs'}"
        path.parent.mkdir(exist_ok=True)
        truth[path] = write_tube(path, seed=number)
        if number % 10 == 7:
            data = path.read_bytes()
            damaged = {
                0: data[: len(data) // 2],
                1: b"",
                2: b"\x89PNG" + data[4:],
                3: data.replace(b"$TOT/40/", b"$TOT/77/"),
                4: data.replace(b"$BYTEORD/1,2,3,4/", b"$BYTEORD/3,1,2,4/"),
            }
            path.write_bytes(damaged[number // 10 % 5])
            del truth[path]
    return folder, truth


@pytest.fixture(scope="module")
def high(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gates")
    return GateCounting.of(gates_in(folder, gate("high", "APC-A", 500), gate("both", "FSC-A", 500, "high")))


def run(folder, what, *, executor=None, keep=None):
    return count_batch(find_event_files([folder]), what, executor=executor or Serial(), keep=keep)


def test_damaged_files_are_said_and_all_others_are_counted(many, high):
    folder, truth = many
    counted = run(folder, high)
    assert counted.files == 200
    assert counted.failed
    right = {row.file: row.events for row in counted.rows if row.gate == "high"}
    assert right == {path.as_posix(): events for path, events in truth.items()}
    refused = [row for row in counted.rows if row.gate is None]
    assert len(refused) == 20
    assert all(row.reason and row.events is None and row.evaluable is None for row in refused)
    assert {fault.source for fault in counted.faults} == {row.file for row in refused}


def test_rows_stand_in_the_order_of_the_paths_and_then_of_the_gates(many, high):
    rows = run(many[0], high).rows
    files = list(dict.fromkeys(row.file for row in rows))
    assert files == sorted(files)
    assert [row.gate for row in rows[:4]] == ["high", "both"] * 2
    assert [row.parent for row in rows[:2]] == ["all events", "high"]


@pytest.mark.slow
def test_every_engine_writes_the_same_bytes(many, high, tmp_path):
    pytest.importorskip("distributed", reason="needs the scale extra")
    found = find_event_files([many[0], *([REAL] if REAL.is_dir() else [])])
    for name, engine in {"serial": Serial(), "processes": Processes(2), "dask": Dask()}.items():
        counted = count_batch(found, high, executor=engine, keep=tmp_path / name)
        write_batch(counted, tmp_path / f"{name}.csv")
        write_batch(counted, tmp_path / f"{name}.parquet")
    for suffix in ("csv", "parquet"):
        first, *others = (path.read_bytes() for path in sorted(tmp_path.glob(f"*.{suffix}")))
        assert len(first) > 1000
        assert others == [first, first]


def test_the_table_says_what_the_rows_say(many, high, tmp_path):
    rows = run(many[0], high).rows
    for name, read in {"t.csv": pl.read_csv, "t.parquet": pl.read_parquet}.items():
        write_batch(run(many[0], high), tmp_path / name)
        table = read(tmp_path / name)
        assert table.columns == list(BatchRow.__dataclass_fields__)
        assert table["events"].to_list() == [row.events for row in rows]
        assert [text or "" for text in table["reason"]] == [row.reason for row in rows]


def test_a_finished_file_is_not_read_again(many, high, tmp_path, monkeypatch):
    folder, truth = many
    first = run(folder, high, keep=tmp_path)
    opened = []

    def watched(read):
        return lambda path, **options: (opened.append(Path(path)), read(path, **options))[1]

    monkeypatch.setattr(batch, "digest", watched(batch.digest))
    monkeypatch.setattr(batch, "count_data_sets", watched(batch.count_data_sets))
    monkeypatch.setattr(counting, "read_fcs", watched(counting.read_fcs))
    assert run(folder, high, keep=tmp_path) == first
    assert opened
    assert not set(opened) & truth.keys()


def test_a_file_that_changed_is_counted_again_and_a_renamed_one_is_known(high, tmp_path, monkeypatch):
    folder, keep = tmp_path / "tubes", tmp_path / "keep"
    folder.mkdir()
    write_tube(folder / "a.fcs", seed=1)
    before = run(folder, high, keep=keep).rows[0].events
    now = write_tube(folder / "a.fcs", seed=3)
    assert before != now
    assert run(folder, high, keep=keep).rows[0].events == now
    (folder / "a.fcs").rename(folder / "b.fcs")
    monkeypatch.setattr(batch, "count_data_sets", None)  # not opened: its bytes are known
    assert [(r.file[-5:], r.events) for r in run(folder, high, keep=keep).rows[:1]] == [("b.fcs", now)]


def test_other_gates_are_another_answer(high, tmp_path):
    (tmp_path / "tubes").mkdir()
    write_tube(tmp_path / "tubes" / "a.fcs")
    run(tmp_path / "tubes", high, keep=tmp_path / "keep")
    other = GateCounting.of(gates_in(tmp_path, gate("all", "APC-A", -1)))
    assert [row.events for row in run(tmp_path / "tubes", other, keep=tmp_path / "keep").rows] == [40]


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path, monkeypatch):
    folder, out = tmp_path / "tubes", tmp_path / "t.csv"
    folder.mkdir()
    truth = [write_tube(folder / f"t{n:03d}.fcs", events=2000, seed=n) for n in range(300)]
    gates = gates_in(tmp_path, gate("high", "APC-A", 500))
    words = ["fcs", "batch", folder, "--gates", gates, "--out", out, "--engine", "serial"]
    process = subprocess.Popen(
        [sys.executable, "-m", "remnant", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    kept = tmp_path / "t.csv.unfinished"
    while process.poll() is None and len(list(kept.glob("*.json"))) < 60:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not out.exists()
    known = len(list(kept.glob("*.json")))
    read = []
    whole = counting.read_fcs
    monkeypatch.setattr(counting, "read_fcs", lambda path, **o: (read.append(path), whole(path, **o))[1])
    counted = run(folder, GateCounting.of(gates), keep=kept)
    assert [row.events for row in counted.rows] == truth
    # Two answers are kept for each finished file: its hash and its counts.
    assert 0 < len(read) <= 300 - known // 2
    assert len(set(read)) == len(read)


def test_each_data_set_of_a_file_has_its_rows(high, tmp_path):
    parts = [tmp_path / "1.part", tmp_path / "2.part", tmp_path / "3.part"]
    truth = [write_tube(part, seed=number) for number, part in enumerate(parts)]
    chain(tmp_path / "three.fcs", *parts)
    rows = [row for row in run(tmp_path, high).rows if row.gate == "high"]
    assert [(row.dataset, row.events) for row in rows] == list(zip((1, 2, 3), truth, strict=True))
    recipe = RecipeCounting.of({"CD34": "APC-A"}, {"all": "CD34+"}, {}, recipe=Recipe(), seed=1)
    assert "several data sets" in run(tmp_path, recipe).rows[0].reason


def test_a_gate_that_cannot_be_placed_is_not_zero(tmp_path):
    write_tube(tmp_path / "a.fcs")
    gates = gates_in(tmp_path, gate("high", "APC-A", 500), gate("absent", "PE-A", 1))
    counted = run(tmp_path, GateCounting.of(gates))
    high, absent = counted.rows
    assert high.events is not None
    assert (absent.events, absent.evaluable, absent.not_evaluable) == (None, None, None)
    assert "PE-A" in absent.reason
    assert counted.failed
    assert any("gate absent is not evaluable in 1 files" in text for text in counted.notes)


def test_the_recipe_counts_what_it_counts_alone(tmp_path):
    rng = np.random.default_rng(1)
    scatter = rng.normal(80_000, 5_000, 6600)
    cd34 = np.concatenate([rng.normal(0, 60, 5000), rng.normal(4000, 600, 1600)])
    specs = [ChannelSpec("FSC-A"), ChannelSpec("FSC-H"), ChannelSpec("APC-A")]
    write_fcs(tmp_path / "a.fcs", np.column_stack([scatter, scatter * 0.9, cd34]), specs)
    what = RecipeCounting.of({"CD34": "APC-A"}, {"p": "CD34+"}, {}, recipe=Recipe(), seed=1)
    [row] = run(tmp_path, what, keep=tmp_path / "keep").rows
    assert row.events == pytest.approx(1600, abs=20)
    assert (row.gate, row.parent, row.not_evaluable) == ("p", "nucleated", 0)


def test_a_folder_means_every_event_file_below_it(tmp_path):
    for name in ("b.FCS", "a/c.lmd", "a.fcs/inner.Fcs", "z.txt", "._b.fcs", "b/d.fcs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = find_event_files([tmp_path])
    assert [path.relative_to(tmp_path).as_posix() for path in found.files] == [
        "a/c.lmd",
        "a.fcs/inner.Fcs",
        "b/d.fcs",
        "b.FCS",
    ]
    assert any("1 hidden files" in text for text in found.notes)
    named = find_event_files([tmp_path / "z.txt", tmp_path / "b.FCS", tmp_path])
    assert named.files[:2] == (tmp_path / "z.txt", tmp_path / "b.FCS")
    assert len(named.files) == 5


def test_a_file_met_twice_is_counted_once_and_twins_are_said(high, tmp_path):
    write_tube(tmp_path / "a.fcs")
    shutil.copy(tmp_path / "a.fcs", tmp_path / "b.fcs")
    (tmp_path / "link.fcs").symlink_to(tmp_path / "a.fcs")
    counted = run(tmp_path, high)
    assert counted.files == 2
    assert any("link.fcs is left out" in text for text in counted.notes)
    assert any("the same bytes in" in text and "b.fcs" in text for text in counted.notes)
    assert not counted.failed


def test_what_is_no_readable_file_is_said(high, tmp_path, monkeypatch):
    write_tube(tmp_path / "a.fcs")
    (tmp_path / "broken.fcs").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.fcs")
    locked = tmp_path / "locked.fcs"
    write_tube(locked, seed=3)

    def refuse(path):
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return digest(path)

    digest = batch.digest
    monkeypatch.setattr(batch, "digest", refuse)
    counted = run(tmp_path, high)
    reasons = {Path(row.file).name: row.reason for row in counted.rows if row.reason}
    assert "No such file" in reasons["broken.fcs"]
    assert "no regular file" in reasons["pipe.fcs"]
    assert "Permission denied" in reasons["locked.fcs"]
    assert len(reasons) == 3


def test_a_folder_that_cannot_be_listed_is_said(high, tmp_path, monkeypatch):
    write_tube(tmp_path / "a.fcs")
    walk = os.walk

    def refused(folder, onerror):
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "locked")))
        return walk(folder)

    monkeypatch.setattr(os, "walk", refused)
    found = find_event_files([tmp_path])
    assert [fault.found for fault in found.faults] == ["Permission denied"]
    assert count_batch(found, high, executor=Serial(), keep=None).failed


def test_nothing_to_count_is_a_slip(tmp_path):
    with pytest.raises(SettingError, match=r"no \.fcs or \.lmd file"):
        find_event_files([tmp_path])


@pytest.mark.parametrize("name", ["t.xlsx", "t", "absent/t.csv"])
def test_a_table_that_cannot_be_written_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(SettingError):
        check_table_path(tmp_path / name)


def test_an_absent_control_is_refused(tmp_path):
    with pytest.raises(SettingError, match=r"nowhere\.fcs"):
        RecipeCounting.of({"CD34": "A"}, {}, {"CD34": tmp_path / "nowhere.fcs"}, recipe=Recipe(), seed=1)


@pytest.mark.skipif(not REAL.is_dir(), reason="needs shared/data/flowcap-aml-a")
def test_real_files_count_in_a_batch_as_they_do_alone(tmp_path):
    gates = gates_in(tmp_path, gate("cells", "FS Lin", 200), gate("cd45", "FL3 Log", 10, "cells"))
    counted = run(REAL, GateCounting.of(gates))
    assert counted.files == 10
    tree = read_gates(gates)
    for path in find_event_files([REAL]).files:
        rows = [row for row in counted.rows if row.file == path.as_posix()]
        alone, reason = _count_alone(tree, path)
        assert [row.events for row in rows] == alone
        assert reason in rows[0].reason


def _count_alone(tree, path):
    try:
        counts, _ = evaluate(tree, read_fcs(path))
    except RemnantError as error:
        return [None], error.faults[0].found
    return [None if count.reason else count.events for count in counts], ""
