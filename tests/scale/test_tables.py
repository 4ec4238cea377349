"""A table made in blocks is one file with the same bytes, whatever happened on the way to it."""

from __future__ import annotations

import errno
import json
import os
from functools import partial
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from fake_work import BAD, FakePlan, fake_rows, rows_but
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.errors import ResultsError, SettingError, UnfinishedError
from remnant.scale import Block, Serial
from remnant.scale import kept as kept_module
from remnant.scale import manifest as manifest_module
from remnant.scale.kept import KeptBlocks, gaps, pack_rows
from remnant.scale.tables import write_table

PLAN = FakePlan(100)


def write(directory, plan=PLAN, *, function=None, size=13, **more):
    """Write the fake patients."""
    rows = function or partial(fake_rows, plan)
    return write_table(
        rows,
        plan.patients,
        directory,
        name="patients",
        plan=plan,
        size=size,
        executor=Serial(),
        **more,
    )


def begin(directory, plan=PLAN, *, blocks):
    """Leave a folder as a killed run leaves it: some blocks whole, no table."""

    def stop(block):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(directory, plan, function=stop)
    kept = KeptBlocks(directory / "patients.blocks", plan.patients)
    for block in blocks:
        kept.keep(block, pack_rows(partial(fake_rows, plan), block))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes that every run must come to."""
    return write(tmp_path_factory.mktemp("whole") / "one").path.read_bytes()


def files(directory):
    return sorted(path.name for path in directory.iterdir())


def test_the_table_is_that_of_one_call(tmp_path, whole):
    written = write(tmp_path / "a" / "b")
    assert pl.read_parquet(written.path).equals(fake_rows(PLAN, Block(0, 100)))
    assert files(tmp_path / "a" / "b") == ["patients.json", "patients.parquet"]
    assert (written.rows, written.found) == (100, 0)


@settings(max_examples=25)
@given(size=st.none() | st.integers(1, 120), cuts=st.sets(st.integers(0, 100), max_size=8), data=st.data())
def test_the_bytes_do_not_know_how_the_table_came_about(tmp_path_factory, whole, size, cuts, data):
    """Blocks of any size; any of them there from a run with others; parts and broken files beside them."""
    directory = tmp_path_factory.mktemp("run") / "a=b [1*]"
    edges = sorted(cuts)
    there = [Block(*pair) for pair in pairwise(edges) if data.draw(st.booleans())]
    begin(directory, blocks=there)
    blocks = directory / "patients.blocks"
    (blocks / ".part-000000000000-000000000050.0123456789abcdef.parquet").write_bytes(b"half")
    (directory / ".part-patients.parquet").write_bytes(b"half")
    (blocks / "000000000000-000000000050.0123456789abcdef.parquet").write_bytes(b"not what its name says")
    made = []

    def rows(block):
        made.extend(block.items)
        return fake_rows(PLAN, block)

    counted = []
    written = write(directory, function=rows, size=size, done=counted.append)
    assert written.path.read_bytes() == whole
    had = {item for block in there for item in block.items}
    assert sorted(made) == [item for item in range(100) if item not in had]
    assert written.found == len(had)
    assert sum(counted) == 100
    assert files(directory) == ["patients.json", "patients.parquet"]


def test_rows_are_grouped_alike_however_blocks_are_cut(tmp_path, monkeypatch):
    """With more rows than a group, which is where bytes would differ first."""
    monkeypatch.setattr(kept_module, "ROW_GROUP", 32)
    written = [write(tmp_path / str(size), size=size).path.read_bytes() for size in (1, 7, 32, 33, 100)]
    assert len(set(written)) == 1


def test_a_great_many_blocks_are_joined_before_they_are_merged(tmp_path, monkeypatch, whole):
    monkeypatch.setattr(kept_module, "MOST_FILES", 5)
    assert write(tmp_path / "a", size=2).path.read_bytes() == whole
    monkeypatch.setattr(kept_module, "MOST_JOINED", 7)
    written = [write(tmp_path / str(size), size=size).path.read_bytes() for size in (1, 3, 8, 100)]
    assert len(set(written)) == 1


def test_a_finished_table_is_left_as_it_is(tmp_path):
    first = write(tmp_path / "a")
    before = first.path.stat().st_mtime_ns

    def never(block):
        raise AssertionError

    counted = []
    again = write(tmp_path / "a", function=never, done=counted.append)
    assert again.path.stat().st_mtime_ns == before
    assert (again.rows, again.found, again.sha256, counted) == (100, 100, first.sha256, [100])


def test_a_run_killed_after_the_merge_is_only_finished(tmp_path, whole):
    begin(tmp_path / "a", blocks=[Block(0, 40), Block(40, 100)])
    (tmp_path / "a" / "patients.parquet").write_bytes(whole)
    assert write(tmp_path / "a").found == 100
    assert files(tmp_path / "a") == ["patients.json", "patients.parquet"]


def test_without_resuming_all_is_made_again(tmp_path, whole):
    begin(tmp_path / "a", blocks=[Block(0, 40)])
    assert write(tmp_path / "a", resume=False).found == 0
    other = FakePlan(100, seed=2)
    assert write(tmp_path / "a", other, resume=False).path.read_bytes() != whole


def test_what_fails_is_told_the_rest_is_kept_and_a_later_run_fills_it(tmp_path, whole):
    with pytest.raises(UnfinishedError, match=rf"patients {BAD}: found AnswerError: .* \(tried 3 times\)"):
        write(tmp_path / "a", function=partial(rows_but, "short", PLAN))
    (told,) = json.loads((tmp_path / "a" / "patients.failed.json").read_text())
    assert told["block"] == {"first": BAD, "last": BAD + 1}
    assert "rows_but" in told["trace"] or "pack_rows" in told["trace"]
    with pytest.raises(UnfinishedError):
        write(tmp_path / "a", function=partial(rows_but, "none", PLAN), size=None)
    assert not (tmp_path / "a" / "patients.parquet").exists()
    written = write(tmp_path / "a")
    assert (written.found, written.path.read_bytes()) == (99, whole)
    assert files(tmp_path / "a") == ["patients.json", "patients.parquet"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("none", "a table was expected, not NoneType"),
        ("short", "one row for each of 1 items was expected, not 0 rows"),
        ("column", r"n0 \(Float64\), n9 \(Float64\) differs"),
        ("type", r"n0 \(Float32\), n0 \(Float64\) differs"),
    ],
)
def test_nonsense_is_refused(tmp_path, kind, told):
    with pytest.raises(UnfinishedError, match=told):
        write(tmp_path / "a", function=partial(rows_but, kind, PLAN), size=None)


def test_a_folder_of_another_plan_is_refused_with_what_differs(tmp_path):
    write(tmp_path / "a")
    before = files(tmp_path / "a")
    with pytest.raises(ResultsError) as refused:
        write(tmp_path / "a", FakePlan(99, seed=2))
    told = [(fault.column, fault.found, fault.expected) for fault in refused.value.faults]
    assert ("number of patients", "100", "99, as asked now") in told
    assert ("seed", "1", "2, as asked now") in told
    assert all("name a new folder" in fault.hint for fault in refused.value.faults)
    assert files(tmp_path / "a") == before


def test_a_folder_of_another_program_is_refused(tmp_path, monkeypatch):
    """Half a table from one program and half from another is nobody's table."""
    begin(tmp_path / "a", blocks=[Block(0, 40)])
    other = {**manifest_module.program(), "numpy": "0.1"}
    monkeypatch.setattr(manifest_module, "program", lambda: other)
    with pytest.raises(ResultsError, match=r"program\.numpy: found .* expected \"0\.1\", as asked now"):
        write(tmp_path / "a")


def test_a_table_that_was_changed_is_not_passed_off_as_written(tmp_path):
    path = write(tmp_path / "a").path
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ResultsError, match="another content"):
        write(tmp_path / "a")
    path.unlink()
    assert write(tmp_path / "a").found == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "patients"}', '{"name": 1}'])
def test_a_broken_manifest_is_said(tmp_path, text):
    write(tmp_path / "a")
    (tmp_path / "a" / "patients.json").write_text(text)
    with pytest.raises(ResultsError, match=r"patients\.json: found .* expected a manifest of this program"):
        write(tmp_path / "a")


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("mine")
    for directory in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(SettingError, match="expected a folder to write into"):
            write(directory)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_strangers_folder_is_left_alone(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "patients.parquet").write_text("mine")
    for resume in (True, False):
        with pytest.raises(SettingError, match="a folder with other files"):
            write(tmp_path / "a", resume=resume)
    assert (tmp_path / "a" / "patients.parquet").read_text() == "mine"


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_full_disk_is_said_and_what_was_finished_is_kept(tmp_path, monkeypatch, whole, broken):
    module, name = {"fsync": (os, "fsync"), "replace": (Path, "replace")}[broken]
    true, calls = getattr(module, name), []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) > 5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return true(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(module, name, full)
        with pytest.raises(SettingError, match="No space left on device; expected a folder to write into"):
            write(tmp_path / "a")
    assert [*(tmp_path / "a").rglob(".part-*")] == []
    written = write(tmp_path / "a")
    assert 0 < written.found < 100
    assert written.path.read_bytes() == whole


def test_a_second_run_in_the_same_folder_is_kept_out(tmp_path):
    pytest.importorskip("fcntl")

    def rows(block):
        with pytest.raises(SettingError, match="another run at work here"):
            write(tmp_path / "a")
        return fake_rows(PLAN, block)

    assert write(tmp_path / "a", function=rows, size=50).rows == 100


def test_an_unknown_number_of_the_plan_equals_itself(tmp_path):
    plan = {"dose": float("nan"), "end": float("inf")}
    rows = partial(fake_rows, PLAN)
    for found in (0, 100):
        written = write_table(rows, 100, tmp_path / "a", name="rows", plan=plan, executor=Serial(), size=100)
        assert written.found == found


@given(st.sets(st.integers(0, 30), max_size=10), st.data())
def test_gaps_and_blocks_tile_the_items(edges, data):
    cuts = sorted(edges)
    pairs = [Block(*pair) for pair in pairwise(cuts) if data.draw(st.booleans())]
    missing = gaps({block: Path() for block in pairs}, 30)
    assert sorted(item for block in [*pairs, *missing] for item in block.items) == list(range(30))
    assert all(len(gap) for gap in missing)
