"""A tube that stays open counts as one that is opened anew, wherever its cuts are moved, in any order."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from remnant.analysis.plan import Plan
from remnant.analysis.tube_tasks import tube_tasks
from remnant.cli.app import app
from remnant.cytometry import read_fcs
from remnant.cytometry.gatefiles.cut_notes import CutNote
from remnant.cytometry.gatefiles.gatingml import read_gating_ml
from remnant.cytometry.gatefiles.write import gates_text, write_gates
from remnant.cytometry.gatefiles.xml_reader import read_xml
from remnant.cytometry.gates.evaluate import evaluate
from remnant.cytometry.recipe.autogate import gate_with_codes
from remnant.cytometry.recipe.bench import Bench, open_bench
from remnant.cytometry.recipe.gate_tree import gate_tree
from remnant.cytometry.recipe.opening import Opening
from remnant.errors import SettingError
from remnant.scale import stream
from remnant.study import read_study

MARKERS = ("viability", "CD45", "CD34", "CD38", "CD90")
COMPARTMENTS = {
    "stem": "CD34+ CD38-/low CD90+",
    "progenitor": "CD34+ CD38+",
    "bright": "CD90+",
    "bulk": "",
}

NOTE = CutNote("CD38", "250", "194.3", "A & B", "2024-03-31", 'inside "CD38+" <cells>')


@pytest.fixture(scope="module")
def opening(study_folder):
    """What opens the first stained tube of the study: by the bench, and by the recipe."""
    study = read_study(study_folder)
    task = tube_tasks(study, Plan.of(study.config))[0]
    path = study_folder / task.file
    choices = {
        "panel": dict(task.panel),
        "compartments": COMPARTMENTS,
        "controls": {marker: study_folder / file for marker, file, _ in task.controls},
    }
    return path, choices, task.recipe


@pytest.fixture(scope="module")
def bench(opening) -> Bench:
    path, choices, recipe = opening
    return open_bench(Opening(path, **choices, recipe=recipe), rng=stream(1, "gates"))


def fresh(opening, cuts):
    path, choices, recipe = opening
    recipe = replace(recipe, reviewed=tuple(sorted(cuts.items())))
    return gate_with_codes(Opening(path, **choices, recipe=recipe), rng=stream(1, "gates"))


cuts = st.dictionaries(
    st.sampled_from(MARKERS),
    st.one_of(st.floats(-400, 4000), st.floats(-3e5, 3e5), st.sampled_from([0.0, 194.3, 1104.4, 237.0])),
    max_size=5,
)


@settings(max_examples=8)
@given(moves=st.lists(cuts, min_size=1, max_size=3))
def test_counts_and_codes_are_those_of_a_tube_gated_anew(opening, bench, moves):
    for move in moves:
        counted = bench.count(move)
    tube, codes = fresh(opening, moves[-1])
    assert counted.tube.populations == tube.populations
    assert counted.tube.thresholds == tube.thresholds
    assert counted.tube.steps == tube.steps
    assert set(counted.tube.warnings) <= set(tube.warnings)
    members = bench.members(counted)
    assert members.keys() == codes.members.keys()
    for name, member in members.items():
        np.testing.assert_array_equal(member, codes.members[name])


@settings(max_examples=8)
@given(move=cuts)
def test_a_count_of_bits_is_a_count_of_cells(bench, move):
    counted = bench.count(move)
    sheet = counted.cutter.sheet
    for rules in bench.phenotypes.values():
        known = {rule.marker: 300.0 for rule in rules} | move
        for region in (False, True):
            inside = sheet.passing(rules, known, region=region)
            judged = tuple(rule.marker for rule in rules)
            assert sheet.count(rules, known, region=region) == np.count_nonzero(inside)
            both = np.count_nonzero(inside & sheet.known(judged))
            assert sheet.count(rules, known, region=region, known=judged) == both


def test_a_reviewed_cut_goes_before_the_plan_and_the_first_visit(opening):
    path, choices, recipe = opening
    first = gate_with_codes(Opening(path, **choices, recipe=recipe), rng=stream(1, "gates"))[0]
    recipe = replace(recipe, cuts=(("CD38", 100.0),), reviewed=(("CD38", 250.0),), thresholds="baseline")
    again = Opening(path, **choices, recipe=recipe, baseline=first.thresholds)
    tube = gate_with_codes(again, rng=stream(1, "gates"))[0]
    (cut,) = (cut for cut in tube.thresholds if cut.marker == "CD38")
    assert (cut.value, cut.lower, cut.upper, cut.source) == (250.0, 250.0, 250.0, "review")
    assert next(c for c in tube.thresholds if c.marker == "CD90").source == "first visit"


@pytest.mark.parametrize(
    "bad", [{"CD38": float("nan")}, {"CD38": float("inf")}, {"CD117": 1.0}, {"lineage": 5.0}]
)
def test_a_cut_that_no_gate_can_follow_is_refused(bench, bad):
    with pytest.raises(SettingError) as caught:
        bench.count(bad)
    assert next(iter(bad)) in str(caught.value)


def test_a_cut_beyond_the_scale_is_counted_and_said(bench):
    low, high = bench.range_of("CD38")
    assert low == -high
    counted = bench.count({"CD38": 2 * high})
    assert any("outside the scale" in text for text in counted.tube.warnings)


def test_a_review_of_cd45_that_would_lose_stem_cells_is_not_applied_and_said(bench):
    counted = bench.count({"CD45": 30_000.0})
    assert any("its cut would remove" in text for text in counted.tube.warnings)


@settings(max_examples=6)
@given(move=cuts)
def test_the_gates_written_down_count_the_same_cells(opening, bench, move):
    counted = bench.count(move)
    tree = gate_tree(bench, counted)
    text = gates_text(tree, "reviewed.xml", reviews=[NOTE])
    back = read_gating_ml(read_xml(text.encode(), "reviewed.xml"))
    assert back.gates == tree.gates
    assert back.notes == (NOTE.sentence,)
    events = {count.gate: count.events for count in evaluate(back, read_fcs(opening[0]))[0]}
    for count in counted.tube.populations:
        if count.population in events and count.events is not None:
            assert events[count.population] == count.events
    steps = {step.name: step.events for step in counted.tube.steps if not step.rule.startswith("not applied")}
    for name in ("cells", "singlets", "narrow", "viable", "nucleated"):
        assert name not in steps or events[name] == steps[name]


def test_the_command_counts_the_reviewed_gates_and_says_who_moved_them(opening, bench, tmp_path):
    counted = bench.count({"CD38": 250.0})
    write_gates(gate_tree(bench, counted), tmp_path / "reviewed.xml", reviews=[NOTE])
    answer = CliRunner().invoke(
        app, ["fcs", "gate", str(opening[0]), "--gates", str(tmp_path / "reviewed.xml"), "--json"]
    )
    assert answer.exit_code == 0, answer.output
    said = json.loads(answer.output)
    assert said["notes"] == [NOTE.sentence]
    events = {gate["gate"]: gate["events"] for gate in said["gates"]}
    assert events["stem"] == next(p.events for p in counted.tube.populations if p.population == "stem")
