"""`remnant fcs batch`, as a person and as a program asks."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cytometry import ChannelSpec, write_fcs

GATES = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
    '<g:RectangleGate g:id="high"><g:dimension g:compensation-ref="uncompensated" g:min="500">'
    '<d:fcs-dimension d:name="APC-A"/></g:dimension></g:RectangleGate></g:Gating-ML>'
)


def ask(*words):
    return CliRunner().invoke(app, ["fcs", "batch", *map(str, words)])


@pytest.fixture
def tubes(tmp_path):
    folder = tmp_path / "tubes"
    folder.mkdir()
    for number in range(3):
        values = np.column_stack([np.full(10, 1e4), np.arange(10) * 100.0])
        write_fcs(folder / f"{number}.fcs", values, [ChannelSpec("FSC-A"), ChannelSpec("APC-A")])
    (tmp_path / "gates.xml").write_text(GATES)
    return folder, ("--gates", tmp_path / "gates.xml", "--out", tmp_path / "t.csv", "--engine", "serial")


def test_a_folder_becomes_a_table(tubes, tmp_path):
    folder, words = tubes
    shown = ask(folder, *words)
    assert shown.exit_code == 0
    assert "3 files, 3 rows" in shown.stdout
    assert pl.read_csv(tmp_path / "t.csv")["events"].to_list() == [5, 5, 5]
    assert not (tmp_path / "t.csv.unfinished").exists()
    assert "the same bytes in" in shown.stderr


def test_one_bad_file_is_said_and_the_run_can_go_on(tubes, tmp_path):
    folder, words = tubes
    good = (folder / "1.fcs").read_bytes()
    (folder / "1.fcs").write_bytes(good[:-100])
    shown = ask(folder, *words, "--json")
    assert shown.exit_code == 1
    answer = json.loads(shown.stdout)
    assert answer["refused"] == [(folder / "1.fcs").as_posix()]
    assert "1.fcs" in answer["faults"][0]["source"]
    assert "1 of 3 files could not be counted" in shown.stderr
    assert (tmp_path / "t.csv.unfinished").is_dir()
    (folder / "1.fcs").write_bytes(good)
    assert ask(folder, *words, "--resume").exit_code == 0
    assert pl.read_csv(tmp_path / "t.csv")["events"].to_list() == [5, 5, 5]


def test_slips_are_named_before_any_work(tubes, tmp_path):
    folder, words = tubes
    out = ("--out", tmp_path / "t.csv")
    assert "neither" in ask(folder, *out).stderr
    assert "both" in ask(folder, *words, "--marker", "CD34=APC-A").stderr
    assert "gates alone" in ask(folder, *words, "--fmo", "CD34=x.fcs").stderr
    assert ".parquet" in ask(folder, *words[:2], "--out", tmp_path / "t.xlsx").stderr
    assert "serial" in ask(folder, *words[:4], "--engine", "none").stderr
    assert not (tmp_path / "t.csv").exists()
    absent = ask(folder, tmp_path / "nowhere.fcs", *words)
    assert absent.exit_code == 1
    assert "nowhere.fcs" in absent.stderr


def test_compartments_are_counted_without_gates(tubes, tmp_path):
    folder, _ = tubes
    words = ("--out", tmp_path / "t.parquet", "--engine", "serial", "--marker", "CD34=APC-A")
    shown = ask(folder, *words, "--compartment", "p=CD34+")
    assert shown.exit_code == 1  # ten events are too few for any compartment
    table = pl.read_parquet(tmp_path / "t.parquet")
    assert table["gate"].to_list() == ["p"] * 3
    assert table["events"].null_count() == 3
    assert "100 are needed" in table["reason"][0]
