"""Compartments from Gating-ML and from the automatic recipe have their cycle measured alike."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry import read_gates
from remnant.cytometry.cycle import ControlKind, CycleStain, Phase, cycle_by_gates, cycle_by_recipe
from remnant.errors import SettingError

HEAD = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
)
RANGE = (
    '<g:RectangleGate g:id="{}"{}><g:dimension g:compensation-ref="uncompensated" g:{}="{}">'
    '<d:fcs-dimension d:name="{}"/></g:dimension></g:RectangleGate>'
)
PANEL = {"CD34": "CD34", "viability": "viability"}


def gate(name, side, value, channel, parent=None):
    return RANGE.format(name, f' g:parent_id="{parent}"' if parent else "", side, value, channel)


@pytest.fixture
def tree(tmp_path):
    path = tmp_path / "gates.xml"
    gates = [
        gate("viable", "max", 1000, "BV510-A"),
        gate("CD34pos", "min", 1000, "PE-A", "viable"),
        gate("bright", "min", 4000, "PE-A", "CD34pos"),
        gate("other", "max", 1000, "PE-A", "viable"),
        gate("absent", "min", 1, "BV785-A", "viable"),
        gate("lost", "min", 1, "BV785-A"),
    ]
    path.write_text(HEAD + "".join(gates) + "</g:Gating-ML>")
    return read_gates(path)


def stain(pair, **options):
    return CycleStain("DAPI-A", "Ki-67", (ControlKind.FMO, pair[1].path), **options)


def ask(pair, tree, *gates, parent=None):
    rng = np.random.default_rng(1)
    return cycle_by_gates(pair[0].path, tree, gates, stain(pair), parent=parent, rng=rng)


def covers(found, truth):
    return all(
        found.fraction(phase).lower <= t <= found.fraction(phase).upper
        for phase, t in zip(Phase, truth, strict=True)
    )


def test_gates_and_recipe_agree_with_the_truth(pair, tree):
    gated = ask(pair, tree, "CD34pos")
    recipe = cycle_by_recipe(
        pair[0].path,
        stain(pair),
        panel=PANEL,
        compartments={"stem": "CD34+"},
        rng=np.random.default_rng(1),
    )
    assert gated.marker == "APC-A"
    for tube in (gated, recipe):
        [found] = tube.compartments
        assert covers(found, (0.75, 0.17, 0.08))
        assert found.threshold.method == "99.5 % quantile of the FMO"
    assert recipe.compartments[0].threshold.parent == "nucleated of fmo.fcs"


def test_the_nearest_gate_that_holds_all_lends_the_peak(pair, tree):
    assert ask(pair, tree, "CD34pos").parent == "viable"
    assert ask(pair, tree, "CD34pos", "other").parent == "viable"
    whole = ask(pair, tree, "viable")
    assert whole.parent == "all events"
    assert "name the gate of viable singlets" in whole.warnings[-1]
    assert ask(pair, tree, "bright", parent="viable").parent == "viable"


def test_the_threshold_is_read_in_the_nearest_parent_with_enough_events(pair, tree):
    tube = ask(pair, tree, "bright", "other")
    bright, other = tube.compartments
    assert bright.threshold.parent == "viable of fmo.fcs"
    assert other.threshold.parent == "other of fmo.fcs"


def test_a_gate_that_cannot_be_placed_does_not_stop_the_others(pair, tree):
    good, lost = ask(pair, tree, "CD34pos", "absent").compartments
    assert good.fraction(Phase.G0).known
    assert "BV785-A" in lost.fraction(Phase.G0).reason


def test_wrong_ids_are_named(pair, tree):
    with pytest.raises(SettingError, match="did you mean CD34pos"):
        ask(pair, tree, "CD34po")
    with pytest.raises(SettingError, match="no gate"):
        ask(pair, tree)
    with pytest.raises(SettingError, match="gate lost"):
        ask(pair, tree, "CD34pos", parent="lost")
    with pytest.raises(SettingError, match="of no marker"):
        CycleStain("DAPI-A", None, (ControlKind.FMO, pair[1].path))


def test_a_compartment_that_the_recipe_cannot_cut_says_why(pair):
    wanted = {"stem": "CD34+", "dim": "CD34low"}
    tube = cycle_by_recipe(
        pair[0].path, stain(pair), panel=PANEL, compartments=wanted, rng=np.random.default_rng(1)
    )
    stem, dim = tube.compartments
    assert stem.fraction(Phase.G0).known
    assert "no rule for" in dim.fraction(Phase.G0).reason
