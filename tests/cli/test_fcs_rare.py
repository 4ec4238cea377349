"""Limits, concentrations and quality of acquisition, as a person and as a program asks."""

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
    '<g:RectangleGate g:id="rare"><g:dimension g:compensation-ref="uncompensated" g:min="90000">'
    '<d:fcs-dimension d:name="APC-A"/></g:dimension></g:RectangleGate>{}</g:Gating-ML>'
)
LOT = ("--lot-beads-per-ul", 1000, "--bead-volume-ul", 50, "--sample-volume-ul", 100)


def ask(*words):
    return CliRunner().invoke(app, ["fcs", *map(str, words)])


def answer(*words):
    shown = ask(*words, "--json")
    assert shown.exit_code == 0, shown.stderr
    return json.loads(shown.stdout)


@pytest.fixture
def blanks(tmp_path):
    path = tmp_path / "blanks.csv"
    rows = [f"b{n},{n % 3},{480_000 + 1000 * n}" for n in range(24)]
    path.write_text("\n".join(["tube,events,parent_events", *rows]) + "\n")
    return path


@pytest.fixture
def tube(tmp_path):
    """Synthetic: 20,000 events with 60 rare ones, dimmed for a while, 30 of the rare within it."""
    rng = np.random.default_rng(1)
    signal = rng.lognormal(6, 0.5, 20_000)
    signal[8000:10_000] *= 0.3
    signal[8000:8030] = signal[15_000:15_030] = 100_000
    time = np.cumsum(rng.exponential(0.04, 20_000))
    write_fcs(
        tmp_path / "t.fcs", np.column_stack([signal, time]), [ChannelSpec("APC-A"), ChannelSpec("Time")]
    )
    (tmp_path / "gates.xml").write_text(GATES.format('<g:RectangleGate g:id="broken"/>'))
    return tmp_path / "t.fcs"


def test_limits_come_from_blanks_and_judge_a_tube(blanks):
    found = answer("limits", "--blanks", blanks, "--parent", 600_000, "--events", 40)
    assert found["limits"]["blanks"] == 24
    assert found["limits"]["blank"]["events"] >= 3
    assert found["judgement"]["verdict"] == "quantified"
    shown = ask("limits", "--blanks", blanks, "--parent", 600_000, "--events", 40)
    assert "Quantified: 40 of 600,000 events" in shown.stdout
    assert "provisional" in shown.stdout


def test_without_blanks_the_rule_is_called_a_convention():
    shown = ask("limits", "--parent", 600_000, "--events", 0)
    assert shown.exit_code == 0
    assert "fewer than 4.99 per million" in shown.stdout
    assert "convention" in shown.stdout
    own = ask("limits", "--parent", 600_000, "--events", 70, "--detection-events", 60)
    assert "Quantified" in own.stdout
    assert "convention" not in own.stdout


def test_an_empty_tube_is_an_answer():
    assert answer("limits", "--parent", 0, "--events", 0)["judgement"]["verdict"] == "not evaluable"


def test_events_to_acquire_are_planned():
    plan = answer("limits", "--parent", 600_000, "--frequency", 1e-5)["plan"]
    assert plan["for_one"] == 299_574
    assert plan["for_detection"] == pytest.approx(2_787_924)
    assert ask("limits", "--parent", 600_000, "--frequency", 2).exit_code == 1


def test_blood_in_the_aspirate_is_shown_with_and_without():
    shown = ask("limits", "--parent", 600_000, "--events", 60, "--blood-share", 0.1, 0.4)
    assert "100 per million as counted" in shown.stdout
    assert "without blood" in shown.stdout
    assert ask("limits", "--parent", 600_000, "--events", 60, "--blood-share", 0.4, 0.1).exit_code == 1


def test_slips_about_limits_are_named(blanks):
    assert "expected --blanks" in ask("limits", "--parent", 10, "--ranks").stderr
    blanks.write_text("tube,events,parent_events\na,2,500000\n")
    few = ask("limits", "--blanks", blanks, "--parent", 600_000)
    assert few.exit_code == 1
    assert "found 1; expected 20 or more" in few.stderr
    swapped = ask("limits", "--parent", 5, "--events", 50, "--json")
    assert swapped.exit_code == 1
    assert json.loads(swapped.stdout)["error"] == "SettingError"


def test_cells_are_counted_against_beads():
    found = answer("absolute", "--cells", 42, "--beads", 21_000, *LOT, "--lot-uncertainty", 0.05)
    assert found["count"]["cells_per_ul"]["value"] == pytest.approx(1.0)
    shown = ask("absolute", "--cells", 0, "--beads", 21_000, *LOT)
    assert "Not detected: fewer than 0.0713 cells per µL" in shown.stdout


def test_volume_and_white_count_are_the_other_ways(tube):
    assert answer("absolute", "--cells", 12, "--volume-ul", 60)["count"]["cells_per_ul"]["value"] == 0.2
    dual = ask("absolute", "--cells", 50, "--parent", 500_000, "--white-cells-per-ul", 4000)
    assert "0.4 cells per µL" in dual.stdout
    assert "dual platform" in dual.stdout
    words = ("absolute", "--file", tube, "--gates", tube.parent / "gates.xml", "--gate", "rare")
    assert "$VOL" in ask(*words).stderr
    assert answer(*words, "--volume-ul", 60)["cells"] == 60


def test_beads_are_found_in_the_file_or_taken_from_a_gate(tmp_path):
    rng = np.random.default_rng(2)
    cells = np.column_stack([rng.normal(5e4, 5e3, 9000), rng.lognormal(5, 0.6, (9000, 2))])
    beads = np.array([7e4, 1e5, 6e4]) * rng.normal(1, 0.04, (3000, 3))
    specs = [ChannelSpec("SSC-A"), ChannelSpec("APC-A"), ChannelSpec("PE-A")]
    write_fcs(tmp_path / "b.fcs", np.vstack([cells, beads]), specs)
    (tmp_path / "gates.xml").write_text(GATES.replace("90000", "40000").format(""))
    words = ("absolute", "--cells", 30, "--file", tmp_path / "b.fcs", *LOT)
    channels = ("--bead-channel", "APC-A", "--bead-channel", "PE-A")
    found = answer(*words, *channels)
    assert found["beads"]["singlets"] == pytest.approx(3000, abs=12)
    assert "Beads: " in ask(*words, *channels).stdout
    gated = answer(*words, "--gates", tmp_path / "gates.xml", "--bead-gate", "rare")
    assert gated["count"]["cells_per_ul"]["value"] == pytest.approx(30 / 3000 * 500)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cells", 3), "--volume-ul"),
        ((), "--cells"),
        (("--cells", 3, "--beads", 5000), "--lot-beads-per-ul"),
        (("--cells", 3, "--beads", 10, *LOT), "1,000 or more"),
        (("--cells", 3, "--gate", "rare", "--volume-ul", 3), "--gates"),
        (("--cells", 3, "--white-cells-per-ul", 4000), "--parent"),
        (("--cells", 3, "--white-cells-per-ul", 4000, "--volume-ul", 3), "one way"),
        (("--cells", 3, *LOT), "--bead-channel"),
    ],
)
def test_slips_about_concentrations_are_named(words, said):
    shown = ask("absolute", *words)
    assert shown.exit_code == 1
    assert said in shown.stderr


def test_a_gate_that_cannot_be_placed_is_refused(tube):
    gates = tube.parent / "gates.xml"
    for name, said in (("broken", "broken"), ("absent", "no such gate")):
        for words in (("quality", tube), ("absolute", "--volume-ul", 3, "--file", tube)):
            shown = ask(*words, "--gates", gates, "--gate", name)
            assert shown.exit_code == 1
            assert said in shown.stderr


def test_quality_proposes_a_cut_and_counts_the_rare_gate_with_and_without_it(tube):
    words = ("quality", tube, "--gates", tube.parent / "gates.xml", "--gate", "rare")
    found = answer(*words)
    [effect] = found["gates"]
    assert (effect["events"], effect["events_kept"]) == (60, 30)
    assert found["quality"]["cut_events"] >= 2000
    shown = ask(*words)
    assert "Proposed cut, not applied" in shown.stdout
    assert "rare: 60 events, 30 without" in shown.stdout
    assert "takes them more than other events" in shown.stdout


def test_quality_needs_both_gates_and_gate(tube):
    assert "name the file of gates and the gate" in ask("quality", tube, "--gate", "rare").stderr
    assert ask("quality", tube, "--false-alarm", 3).exit_code == 1
    assert "no rare gate" not in ask("quality", tube).stdout
