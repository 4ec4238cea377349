"""Quiescence inside the gates of a whole panel: a SYNTHETIC marrow in which stem cells rest."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.analysis import analyse
from remnant.cytometry import IN, ChannelSpec, Recipe, gate_with_codes, write_fcs
from remnant.cytometry.recipe.opening import Opening
from remnant.observation import tube
from remnant.observation.cell_cycle import DEBRIS, CycleAssay, simulate_dna
from remnant.study import read_study

CELLS = dict(zip(tube.NAMES, (500, 700, 2500, 6000, 2000, 16000, 7000, 1500, 2500, 3000), strict=True))
PHASES = {"stem": (0.75, 0.17, 0.05, 0.03), "progenitor": (0.2, 0.5, 0.2, 0.1)}
OTHERS = (0.45, 0.4, 0.1, 0.05)
PANEL = tube.PANEL | {"DNA": "DAPI-A", "Ki-67": "PE-A"}
CONTROLS = ("CD38", "CD90", "Ki-67")
EXTRA = (ChannelSpec("DAPI-A", "DNA"), ChannelSpec("DAPI-H"), ChannelSpec("PE-A", "Ki-67"))


def phases_of(kind, rng):
    """Draw the phase of every event; debris and red cells have no nucleus."""
    phase = rng.choice(4, size=len(kind), p=OTHERS)
    for place, name in enumerate(tube.NAMES):
        inside = kind == place
        phase[inside] = rng.choice(4, size=inside.sum(), p=PHASES.get(name, OTHERS))
    return np.where(np.isin(kind, [tube.NAMES.index("debris"), tube.NAMES.index("red_cell")]), DEBRIS, phase)


def write(path, *, without=None, ki67=True, seed):
    """Write a tube of the whole panel with DNA and Ki-67 beside it; return kind and phase of its events."""
    rng, assay = np.random.default_rng(seed), CycleAssay()
    events, kind = tube.simulate_labelled(np.array(list(CELLS.values())), without=without, rng=rng)
    phase = phases_of(kind, rng)
    dna = simulate_dna(phase, assay.shape, assay.s_shares, rng=rng)
    height = dna / 1.1 * np.exp(0.03 * rng.standard_normal(len(dna)))
    second = simulate_dna(rng.permutation(phase), assay.shape, assay.s_shares, rng=rng)
    dna = np.where(kind == tube.DOUBLET, dna + second, dna)
    stain = 100 * np.exp(0.4 * rng.standard_normal(len(dna))) + 30 * rng.standard_normal(len(dna))
    if ki67:
        median = np.choose(phase, [0.0, assay.ki67[0], assay.ki67[1], assay.ki67[1], 0.0])
        stain += median * np.exp(assay.ki67_spread * rng.standard_normal(len(dna)))
    told = {"$COM": "SYNTHETIC data, simulated by remnant", "REMNANT SYNTHETIC": "true"}
    columns = np.column_stack([events, dna, height, stain])
    matrix = tuple(tube.PANEL.values()), tube.SPILLOVER
    write_fcs(path, columns, (*tube.CHANNELS, *EXTRA), spillover=matrix, keywords=told, timestep=0.01)
    return kind, phase


@pytest.fixture(scope="module")
def marrow(tmp_path_factory):
    """Folder of a study of one stained tube with its controls, and the kind and phase of every event."""
    folder = tmp_path_factory.mktemp("panel")
    panel = "\n".join(f'{marker} = "{channel}"' for marker, channel in PANEL.items())
    (folder / "study.toml").write_text(f"[study]\nsynthetic = true\n[panel.hspc]\n{panel}\n")
    (folder / "patients.csv").write_text("patient_id\nP1\n")
    (folder / "samples.csv").write_text("sample_id,patient_id,day,material\nS1,P1,0,marrow\n")
    rows = ["sample_id,file,tube,panel,control_for", "S1,stained.fcs,stained,hspc,"]
    rows += [f"S1,{marker}.fcs,fmo,hspc,{marker}" for marker in CONTROLS]
    (folder / "events.csv").write_text("\n".join(rows) + "\n")
    truth = write(folder / "stained.fcs", seed=1)
    write(folder / "CD38.fcs", without="CD38", seed=2)
    write(folder / "CD90.fcs", without="CD90", seed=3)
    write(folder / "Ki-67.fcs", ki67=False, seed=4)
    return folder, truth


@pytest.fixture(scope="module")
def found(marrow):
    return analyse(read_study(marrow[0]))


@pytest.fixture(scope="module")
def members(marrow):
    """Membership of every event, by the gates alone."""
    asked = Opening(
        marrow[0] / "stained.fcs",
        panel=PANEL,
        compartments={"stem": "CD34+ CD38-/low CD90+", "progenitor": "CD34+ CD38+"},
        controls={marker: marrow[0] / f"{marker}.fcs" for marker in CONTROLS},
        recipe=Recipe(minimum_parent_events=500),
    )
    _, codes = gate_with_codes(asked, rng=np.random.default_rng(1))
    return {**codes.members, "bulk": codes.nucleated}


@pytest.mark.parametrize("compartment", ["stem", "progenitor", "bulk"])
def test_the_phases_are_those_of_the_cells_inside_the_gates(marrow, found, members, compartment):
    """The gates let in some cells of other kinds: the phases are of what was counted, whatever it is."""
    kind, phase = marrow[1]
    inside = phase[(members[compartment] == IN) & (kind != tube.DOUBLET) & (phase != DEBRIS)]
    g0, g1, s, g2m = (np.mean(inside == each) for each in range(4))
    [reading] = [r for r in found.phases if r.compartment == compartment]
    for fraction, true in zip((reading.g0, reading.g1, reading.s_g2m), (g0, g1, s + g2m), strict=True):
        assert fraction.lower <= true <= fraction.upper
        assert fraction.value == pytest.approx(true, abs=0.05)


def test_stem_cells_that_rest_are_found_to_rest_more_than_progenitors(found):
    rest = {r.compartment: r.g0 for r in found.phases}
    assert rest["stem"].lower > 0.6 > 0.3 > rest["progenitor"].upper


def test_phases_are_of_the_cells_that_were_counted(found):
    [result] = found.tubes
    counted = {p.population: p.events for p in result.tube.populations} | {"bulk": result.tube.cells}
    for cycle in result.cycle.compartments:
        assert cycle.events == counted[cycle.compartment]
        left = cycle.doublets + cycle.below_2n + cycle.above_4n + cycle.not_evaluable
        assert cycle.evaluable + left == cycle.events


def test_ki67_is_cut_on_its_own_control_in_the_nearest_parent_that_can_tell(found):
    cuts = {c.compartment: c.threshold for c in found.tubes[0].cycle.compartments}
    assert cuts["stem"].parent == "nucleated of Ki-67.fcs"  # 500 cells cannot tell a quantile of 99.5 %
    assert cuts["bulk"].parent == "nucleated of Ki-67.fcs"
    assert all(cut.method == "99.5 % quantile of the FMO" for cut in cuts.values())
