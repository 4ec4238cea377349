"""The commands on FCS files, as a person and as a program asks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cytometry import ChannelSpec, write_fcs

GATES = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
    '<g:RectangleGate g:id="high"><g:dimension g:compensation-ref="uncompensated" g:min="500">'
    '<d:fcs-dimension d:name="APC-A"/></g:dimension></g:RectangleGate>{}</g:Gating-ML>'
)


def ask(*words):
    return CliRunner().invoke(app, ["fcs", *map(str, words)])


@pytest.fixture
def tube(tmp_path):
    rng = np.random.default_rng(1)
    cd34 = np.concatenate([rng.normal(0, 60, 5000), rng.normal(4000, 600, 1600)])
    cd38 = np.concatenate([rng.normal(0, 60, 5000), rng.normal(2000, 300, 1200), rng.normal(0, 60, 400)])
    scatter = rng.normal(80_000, 5_000, 6600)
    events = np.column_stack([scatter, scatter * 0.9, cd34, cd38])
    specs = [ChannelSpec("FSC-A"), ChannelSpec("FSC-H"), ChannelSpec("APC-A", "CD34"), ChannelSpec("PE-A")]
    write_fcs(tmp_path / "tube.fcs", events, specs)
    return tmp_path / "tube.fcs"


def test_info_lists_channels_for_people_and_programs(tube):
    shown = ask("info", tube)
    assert shown.exit_code == 0
    assert "6,600 events" in shown.stdout
    assert "APC-A" in shown.stdout
    answer = json.loads(ask("info", tube, "--json").stdout)
    assert answer["events"] == 6600
    assert [channel["name"] for channel in answer["channels"]] == ["FSC-A", "FSC-H", "APC-A", "PE-A"]


def test_a_damaged_file_is_said_and_exits_with_one(tube):
    tube.write_bytes(tube.read_bytes()[:-500])
    shown = ask("info", tube)
    assert shown.exit_code == 1
    assert "tube.fcs, DATA" in shown.stderr
    answer = json.loads(ask("info", tube, "--json").stdout)
    assert answer["error"] == "FcsError"


def test_gates_are_counted_and_membership_written(tube, tmp_path):
    (tmp_path / "gates.xml").write_text(GATES.format(""))
    shown = ask("gate", tube, "--gates", tmp_path / "gates.xml", "--membership", tmp_path / "m.csv", "--json")
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["gates"][0]["events"] == 1600
    header, *lines = (tmp_path / "m.csv").read_text().split()
    assert header == "high"
    assert (len(lines), lines.count("1")) == (6600, 1600)


def test_one_broken_gate_is_shown_and_exits_with_one(tube, tmp_path):
    broken = '<g:RectangleGate g:id="broken"/>'
    (tmp_path / "gates.xml").write_text(GATES.format(broken))
    shown = ask("gate", tube, "--gates", tmp_path / "gates.xml", "--membership", tmp_path / "m.csv")
    assert shown.exit_code == 1
    assert {line[-1] for line in (tmp_path / "m.csv").read_text().split()[1:]} == {","}
    assert "1600" in shown.stdout
    assert "gate broken" in shown.stdout


def test_compartments_need_no_study(tube):
    words = ("--marker", "CD34=CD34", "--marker", "CD38=PE-A", "--compartment", "progenitor=CD34+ CD38+")
    answer = json.loads(ask("compartments", tube, *words, "--json").stdout)
    [progenitor] = answer["populations"]
    assert progenitor["events"] == pytest.approx(1200, abs=20)
    assert answer["thresholds"][0]["weaker"] is True
    shown = ask("compartments", tube, *words)
    assert "CD34 is cut at the valley" in shown.stdout


def test_slips_on_the_command_line_are_named(tube):
    assert "as in CD34=APC-A" in ask("compartments", tube, "--marker", "CD34").stderr
    assert "no marker" in ask("compartments", tube).stderr
    missing = ask("compartments", tube, "--marker", "CD34=CD34", "--fmo", "CD34=nowhere.fcs")
    assert missing.exit_code == 1
    assert "nowhere.fcs" in missing.stderr
    assert "add --study" in ask("compartments", tube, "--panel", "hspc").stderr
