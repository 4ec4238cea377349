"""`remnant fcs cycle`, as a person and as a program asks."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.observation.cell_cycle import (
    CycleAssay,
    CyclingCells,
    DnaShape,
    simulate_cycle,
    write_cycle_tube,
)

GATES = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
    '<g:RectangleGate g:id="stem"><g:dimension g:compensation-ref="uncompensated" g:min="1000">'
    '<d:fcs-dimension d:name="PE-A"/></g:dimension></g:RectangleGate></g:Gating-ML>'
)


def ask(*words):
    return CliRunner().invoke(app, ["fcs", "cycle", *map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("cycle"), np.random.default_rng(1)
    populations = {
        "bulk": CyclingCells(6000, (0.35, 0.45, 0.12, 0.08), 100.0),
        "stem": CyclingCells(400, (0.75, 0.17, 0.05, 0.03), 4000.0),
    }
    wide = CycleAssay(shape=DnaShape(50_000, 0.12, 1.95, 6.0))
    for name, assay, blank in (
        ("a.fcs", CycleAssay(), False),
        ("fmo.fcs", CycleAssay(), True),
        ("wide.fcs", wide, False),
    ):
        tube = simulate_cycle(populations, assay, without_ki67=blank, rng=rng)
        write_cycle_tube(folder / name, tube)
    (folder / "gates.xml").write_text(GATES)
    return folder


@pytest.fixture
def words(folder):
    gates = ("--gates", folder / "gates.xml", "--gate", "stem")
    return (folder / "a.fcs", "--dna", "DAPI-A", "--ki67", "APC-A", *gates)


def test_phases_are_shown_to_people_and_programs(folder, words):
    shown = ask(*words, "--ki67-fmo", folder / "fmo.fcs")
    assert shown.exit_code == 0, shown.stderr
    for text in ("2n peak at", "S/G2/M", "With the cut elsewhere", "90 % quantile", "99.5 % quantile"):
        assert text in shown.stdout
    answer = json.loads(ask(*words, "--ki67-fmo", folder / "fmo.fcs", "--json").stdout)
    [stem] = answer["compartments"]
    g0 = stem["phases"][0]["alone"]
    assert g0["lower"] <= 0.75 <= g0["upper"]


def test_markers_need_no_gates(folder):
    markers = ("--marker", "CD34=CD34", "--marker", "viability=viability", "--compartment", "stem=CD34+")
    shown = ask(folder / "a.fcs", "--dna", "DNA", "--ki67", "Ki-67", *markers, "--json")
    assert shown.exit_code == 0, shown.stderr
    answer = json.loads(shown.stdout)
    assert answer["parent"] == "nucleated"
    assert answer["compartments"][0]["threshold"]["weaker"] is True


def test_pyronin_stands_where_ki67_does(folder, words):
    dna, gates = words[:3], words[5:]
    one = ask(*dna, "--pyronin", "APC-A", *gates, "--json").stdout
    assert one == ask(*words, "--json").stdout


def test_a_peak_that_cannot_be_used_is_said_and_exits_with_one(folder, words):
    shown = ask(folder / "wide.fcs", *words[1:])
    assert shown.exit_code == 1
    assert "Not evaluable: the 2n peak has a CV of" in shown.stdout
    assert ask(folder / "wide.fcs", *words[1:], "--maximum-cv", 0.15).exit_code == 0


def test_slips_on_the_command_line_are_named(folder, words):
    file, dna = words[0], words[1:3]
    fmo = ("--ki67-fmo", folder / "fmo.fcs")
    assert "neither" in ask(file, *dna).stderr
    assert "both" in ask(*words, "--marker", "CD34=CD34").stderr
    assert "gates alone" in ask(*words, "--fmo", "CD34=x.fcs").stderr
    assert "no gate" in ask(file, *dna, "--gates", folder / "gates.xml").stderr
    assert "markers alone" in ask(file, *dna, "--marker", "CD34=CD34", "--gate", "stem").stderr
    assert "without --ki67" in ask(file, *dna, *words[5:], *fmo).stderr
    assert "beside --ki67-fmo" in ask(*words, *fmo, "--ki67-cut", 5).stderr
    assert "did you mean" in ask(*words[:-1], "stm").stderr
    assert "DAPI-Z" in ask(file, "--dna", "DAPI-Z", *words[3:]).stderr
    assert ask(*words, "--maximum-cv", 8).exit_code == 1
    absent = ask(file, *dna, "--marker", "CD34=CD34", "--fmo", "CD34=nowhere.fcs")
    assert "nowhere.fcs" in absent.stderr
