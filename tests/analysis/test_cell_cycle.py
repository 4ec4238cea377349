"""Quiescence in the journey: SYNTHETIC tubes of known phases, and a table of counts made elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from remnant.analysis import analyse, load, open_cache, save
from remnant.errors import StudyError
from remnant.observation.cell_cycle import CycleAssay, CyclingCells, simulate_cycle, write_cycle_tube
from remnant.store import to_json
from remnant.study import Evidence, Source, read_study

CELLS = {
    "bulk": CyclingCells(12_000, (0.35, 0.45, 0.12, 0.08), 100.0),
    "stem": CyclingCells(600, (0.75, 0.17, 0.05, 0.03), 4000.0),
}
STEM, BULK = np.array((0.75, 0.17, 0.08)), np.array((0.35, 0.45, 0.2))
TRUTH = {"stem": STEM, "bulk": (600 * STEM + 12_000 * BULK) / 12_600}  # bulk: all nucleated cells
CONFIG = """
[study]
title = "Synthetic tubes of DNA and Ki-67"
synthetic = true

[compartments.stem]
role = "stem"
phenotype = "CD34+"

[compartments.progenitor]
role = "progenitor"
phenotype = "CD34+ CD38+"

[compartments.bulk]
role = "bulk"

[panel.cycle]
CD34 = "PE-A"
viability = "BV510-A"
DAPI = "DAPI-A"
"Ki67" = "APC-A"

[panel.plain]
CD34 = "PE-A"
viability = "BV510-A"
"""
TABLE = """sample_id,compartment,g0_events,g1_events,s_g2m_events
S1,progenitor,20,60,40
S2,stem,0,70,30
S2,progenitor,9,1,0
"""


def tube(path, *, cells=CELLS, assay=None, without_ki67=False, seed=1):
    rng = np.random.default_rng(seed)
    write_cycle_tube(path, simulate_cycle(cells, assay or CycleAssay(), without_ki67=without_ki67, rng=rng))


def write_study(folder, *, config=CONFIG, table=TABLE, events=()):
    folder.mkdir()
    (folder / "study.toml").write_text(config)
    (folder / "patients.csv").write_text("patient_id\nP1\n")
    (folder / "samples.csv").write_text(
        "sample_id,patient_id,day,material\nS1,P1,0,marrow\nS2,P1,180,marrow\n"
    )
    if table:
        (folder / "cell_cycle.csv").write_text(table)
    if events:
        rows = ["sample_id,file,tube,panel,control_for", *(",".join(row) for row in events)]
        (folder / "events.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def stained(tmp_path_factory):
    """A study with a tube of DNA and Ki-67 and its FMO at the first visit, and counts at both."""
    events = [("S1", "s1.fcs", "stained", "cycle", ""), ("S1", "fmo.fcs", "fmo", "cycle", "Ki67")]
    config = CONFIG.replace('phenotype = "CD34+ CD38+"', 'phenotype = "CD34low"')
    folder = write_study(tmp_path_factory.mktemp("cycle") / "study", config=config, events=events)
    tube(folder / "s1.fcs")
    tube(folder / "fmo.fcs", without_ki67=True, seed=2)
    return folder


@pytest.fixture(scope="module")
def found(stained):
    return analyse(read_study(stained))


def by_place(findings):
    return {(r.sample_id, r.compartment, r.origin): r for r in findings.phases}


def test_a_stained_tube_gives_each_compartment_its_true_phases(found):
    readings = by_place(found)
    for compartment, truth in TRUTH.items():
        reading = readings["S1", compartment, "s1.fcs"]
        for fraction, true in zip((reading.g0, reading.g1, reading.s_g2m), truth, strict=True):
            assert fraction.lower <= true <= fraction.upper
            assert fraction.sources == (Source("s1.fcs"),)
        assert "quantile of the FMO" in reading.remarks[0]
    assert readings["S1", "stem", "s1.fcs"].cells <= found.tubes[0].tube.populations[0].events


def test_rows_of_the_table_keep_their_counts_and_lines(found):
    reading = by_place(found)["S1", "progenitor", "cell_cycle.csv"]
    assert reading.cells == 120
    assert reading.g0.value == pytest.approx(20 / 120)
    assert reading.g0.lower < 20 / 120 < reading.g0.upper
    assert reading.g0.sources == (Source("cell_cycle.csv", 2),)


def test_the_four_kinds_of_absence_stay_apart(found):
    kinds = {place: reading.g0.evidence for place, reading in by_place(found).items()}
    assert kinds == {
        ("S1", "stem", "s1.fcs"): Evidence.DETECTED,
        ("S1", "progenitor", "cell_cycle.csv"): Evidence.DETECTED,
        ("S1", "progenitor", "s1.fcs"): Evidence.NOT_EVALUABLE,  # the recipe has no rule for CD34low
        ("S1", "bulk", "s1.fcs"): Evidence.DETECTED,
        ("S2", "stem", "cell_cycle.csv"): Evidence.NOT_DETECTED,  # 0 of 100
        ("S2", "progenitor", "cell_cycle.csv"): Evidence.NOT_EVALUABLE,  # 10 cells
        ("S2", "bulk", ""): Evidence.NOT_DONE,
    }


def test_counting_alone_and_with_the_cell_cycle_gives_the_same_counts(stained, found, tmp_path):
    events = [("S1", "s1.fcs", "stained", "plain", "")]
    config = CONFIG.replace('phenotype = "CD34+ CD38+"', 'phenotype = "CD34low"')
    folder = write_study(tmp_path / "study", config=config, table="", events=events)
    (folder / "s1.fcs").write_bytes((stained / "s1.fcs").read_bytes())
    plain = analyse(read_study(folder))
    assert [p.events for p in plain.tubes[0].tube.populations] == [
        p.events for p in found.tubes[0].tube.populations
    ]
    assert plain.tubes[0].cycle is None
    assert {reading.g0.evidence for reading in plain.phases} == {Evidence.NOT_DONE}


def test_what_was_found_is_read_back_and_used_again(stained, found, tmp_path):
    save(found, tmp_path / "results")
    assert to_json(load(tmp_path / "results")) == to_json(found)
    table = pl.read_csv(tmp_path / "results" / "tables" / "phases.csv")
    assert table.height == len(found.phases)
    assert {"g0_value", "g0_evidence", "g0_sources", "s_g2m_upper"} <= set(table.columns)
    cache = open_cache(tmp_path / "results", resume=True)
    assert to_json(analyse(read_study(stained), cache=cache)) == to_json(found)


@pytest.fixture
def one_tube(tmp_path):
    """Makes and analyses a study of one tube; its events and its panel may be changed."""

    def make(*, config=CONFIG, control=None, **options):
        events = [("S1", "s1.fcs", "stained", "cycle", "")]
        events += [(control[0], "fmo.fcs", control[1], "cycle", "Ki67")] if control else []
        config = config.replace(" CD38+", "")
        folder = write_study(tmp_path / "study", config=config, table="", events=events)
        tube(folder / "s1.fcs", **options)
        if control:
            tube(folder / "fmo.fcs", without_ki67=True, seed=2)
        return analyse(read_study(folder))

    return make


def test_a_borrowed_control_is_said_so(one_tube):
    found = one_tube(control=("S2", "fmo"))
    assert any("fmo.fcs, which is borrowed from another visit" in note for note in found.notes)
    assert by_place(found)["S1", "stem", "s1.fcs"].g0.known


def test_an_isotype_is_a_weaker_control(one_tube):
    found = one_tube(control=("S1", "isotype"))
    assert any("isotype control" in note for note in found.notes)
    assert by_place(found)["S1", "stem", "s1.fcs"].g0.known


def test_a_cut_that_the_lab_has_fixed_goes_before_a_control(one_tube):
    found = one_tube(config=CONFIG + "\n[gates.cuts]\nKi67 = 420.0\n", control=("S1", "fmo"))
    assert {c.threshold.value for c in found.tubes[0].cycle.compartments} == {420.0}


def test_a_panel_with_two_dna_dyes_is_not_evaluable_and_says_why(one_tube):
    found = one_tube(config=CONFIG.replace('DAPI = "DAPI-A"', 'DAPI = "DAPI-A"\nDRAQ5 = "DAPI-H"'))
    reading = by_place(found)["S1", "bulk", "s1.fcs"]
    assert reading.g0.evidence is Evidence.NOT_EVALUABLE
    assert "2 DNA dyes: DAPI, DRAQ5" in reading.g0.reason
    assert found.tubes[0].tube.populations[0].events > 0


def test_dna_that_cannot_be_judged_does_not_stop_the_counts(one_tube):
    shape = replace(CycleAssay().shape, cv=0.2)
    found = one_tube(assay=CycleAssay(shape=shape))
    readings = [r for r in found.phases if r.origin]
    assert {r.g0.evidence for r in readings} == {Evidence.NOT_EVALUABLE}
    assert found.tubes[0].tube.populations[0].events > 0


def test_a_file_that_is_accepted_for_its_counts_has_no_phases_where_its_dna_is_implausible(
    one_tube, tmp_path, monkeypatch
):
    def odd(file, names):
        return ["NaN in DAPI-A"] if "DAPI-A" in names else []

    monkeypatch.setattr("remnant.cytometry.recipe.opening.find_implausible", odd)
    monkeypatch.setattr("remnant.cytometry.cycle.tube.find_implausible", odd)
    with pytest.raises(StudyError, match="NaN in DAPI-A"):
        one_tube()
    shutil.rmtree(tmp_path / "study")
    found = one_tube(config=CONFIG + '\n[gates]\naccepted_files = ["s1.fcs"]\n')
    reading = by_place(found)["S1", "stem", "s1.fcs"]
    assert (reading.g0.evidence, reading.g0.reason) == (Evidence.NOT_EVALUABLE, "NaN in DAPI-A")
    assert found.tubes[0].tube.populations[0].events > 0


def test_a_tube_of_few_events_is_not_evaluable(one_tube):
    few = {name: replace(cells, events=8) for name, cells in CELLS.items()}
    found = one_tube(cells=few)
    assert {r.g0.evidence for r in found.phases if r.origin} == {Evidence.NOT_EVALUABLE}


def test_a_compartment_that_study_toml_does_not_know_is_a_fault_with_its_line(tmp_path):
    folder = write_study(tmp_path / "study", table=TABLE.replace("S2,stem", "S2,stm"))
    with pytest.raises(StudyError) as error:
        read_study(folder)
    [fault] = error.value.faults
    assert (fault.source, fault.line, fault.column) == ("cell_cycle.csv", 3, "compartment")
    assert "stem" in fault.hint


def test_a_row_twice_and_a_sample_that_is_not_there_are_faults(tmp_path):
    folder = write_study(tmp_path / "study", table=TABLE + "S1,progenitor,1,1,1\nS9,stem,1,-1,1\n")
    with pytest.raises(StudyError) as error:
        read_study(folder)
    assert {(f.line, f.column) for f in error.value.faults} == {
        (5, "compartment"),
        (6, "g1_events"),
        (6, "sample_id"),
    }


def test_synthetic_counts_cover_the_truth_of_their_study(findings, study_folder):
    from remnant.observation import read_truth

    true = {}
    for patient in read_truth(study_folder).patients:
        for visit in patient.visits:
            true[visit.sample_id, "stem"] = visit.quiescent_fraction
            true[visit.sample_id, "progenitor"] = patient.parameter("progenitors_at_rest")
    known = [r for r in findings.phases if r.g0.known]
    held = [r.g0.lower <= true[r.sample_id, r.compartment] <= r.g0.upper for r in known]
    assert {r.compartment for r in known} == {"stem", "progenitor"}
    assert len(held) > 16
    assert sum(held) / len(held) >= 0.8
