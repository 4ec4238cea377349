"""What the counts of a tube can carry: a verdict by the study's rule, and the acquisition with its cut."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from remnant.analysis import Plan, analyse, load, save
from remnant.analysis.absolute import NO_VOLUME
from remnant.analysis.evidence import BACKGROUND, TubeEvidence, check_quality, judge_compartments
from remnant.analysis.tube_tasks import tube_tasks
from remnant.cytometry import IN, gate_with_codes, read_fcs
from remnant.cytometry.rare.rule import RareRule
from remnant.cytometry.rare.verdict import Verdict
from remnant.cytometry.recipe.opening import Opening
from remnant.errors import StudyError
from remnant.observation.tube import PANEL, write_tube
from remnant.store import from_json, to_json
from remnant.study import Evidence, StudyConfig, read_study

STEM = {"stem": "CD34+ CD38-/low CD90+", "progenitor": "CD34+ CD38+"}


def judged(tube, **rule):
    found = judge_compartments(tube, RareRule(**rule), place=("S", "t.fcs"), stem="CD34")
    return {item.population: item for item in found}


def changed(tube, population, **fields):
    """The tube with one population changed."""
    counts = tuple(
        replace(count, **fields) if count.population == population else count for count in tube.populations
    )
    return replace(tube, populations=counts)


@pytest.fixture(scope="module")
def tube(findings):
    return findings.tubes[0].tube


def test_every_compartment_of_every_tube_of_the_study_has_its_verdict(findings):
    rule = findings.plan.rare
    for result in findings.tubes:
        verdicts = result.evidence.verdicts
        assert [item.population for item in verdicts] == [p.population for p in result.tube.populations]
        for found in verdicts:
            assert (found.sample_id, found.file) == (result.sample_id, result.file)
            expected = (
                Verdict.QUANTIFIED
                if found.events >= rule.quantitation_events
                else Verdict.BELOW_LOQ
                if found.events >= rule.detection_events
                else Verdict.NOT_EVALUABLE  # no tube of it has the parent events that absence needs
            )
            assert found.verdict is expected
            assert found.upper > found.events / found.parent_events


def test_enough_cells_without_the_population_are_below_detection_with_the_bound(tube):
    few = changed(tube, "stem", events=0)
    assert judged(few)["stem"].verdict is Verdict.NOT_EVALUABLE
    found = judged(few, minimum_parent_events=1000)["stem"]
    assert found.verdict is Verdict.BELOW_LOD
    assert found.fraction.evidence is Evidence.NOT_DETECTED
    assert found.fraction.upper == pytest.approx(1 - 0.05 ** (1 / found.parent_events))


def test_too_few_stem_marker_positive_cells_cannot_show_absence(tube):
    few = changed(tube, "stem", events=0)
    among = next(step.events for step in tube.steps if step.name == "CD34+")
    found = judged(few, minimum_parent_events=0, minimum_compartment_events=among + 1)["stem"]
    assert (found.verdict, found.compartment_events) == (Verdict.NOT_EVALUABLE, among)
    enough = judged(few, minimum_parent_events=0, minimum_compartment_events=among)["stem"]
    assert enough.verdict is Verdict.BELOW_LOD


def test_a_compartment_without_gates_is_not_evaluable_for_its_own_reason(tube):
    lost = changed(tube, "stem", events=None, reason="CD90 is not in the panel", interval=None)
    found = judged(lost)["stem"]
    assert (found.verdict, found.events, found.upper) == (Verdict.NOT_EVALUABLE, None, None)
    assert found.fraction.reason == "CD90 is not in the panel"


def test_a_count_that_background_could_explain_says_so(tube):
    interval = next(p.interval for p in tube.populations if p.population == "stem")
    leaked = changed(tube, "stem", events=60, interval=replace(interval, lower=0.0, measured="CD90"))
    assert BACKGROUND in judged(leaked)["stem"].notes
    assert BACKGROUND not in judged(changed(tube, "stem", events=60))["stem"].notes


def test_the_rule_of_the_study_is_part_of_every_answer(study_folder):
    study = read_study(study_folder)
    usual = Plan.of(study.config)
    other = usual.model_copy(update={"rare": usual.rare.model_copy(update={"detection_events": 5})})
    names = [{task.answer_name() for task in tube_tasks(study, plan)} for plan in (usual, other)]
    assert names[0].isdisjoint(names[1])
    assert {task.rare.detection_events for task in tube_tasks(study, other)} == {5}
    assert usual.digest != other.digest


def test_the_defaults_of_the_study_are_those_of_the_rule():
    assert RareRule.of(StudyConfig().rare, confidence=0.95) == RareRule()


def test_a_rule_that_cannot_be_stops_the_study(study_folder, tmp_path):
    for name in ("patients.csv", "samples.csv"):
        (tmp_path / name).write_text((study_folder / name).read_text())
    (tmp_path / "study.toml").write_text("[rare]\ndetection_events = 60\n")
    with pytest.raises(StudyError, match="what is quantified is detected"):
        read_study(tmp_path)


def test_every_compartment_is_counted_with_and_without_the_cut(findings):
    for result in findings.tubes:
        counts = {p.population: p.events for p in result.tube.populations}
        assert {item.gate: item.events for item in result.evidence.effects} == counts
        for item in result.evidence.effects:
            assert item.events_kept == item.events or result.evidence.quality.cut


def jumped(file, path):
    """Synthetic: the CD34 channel of a tube falls to a third for a tenth of the acquisition."""
    events = np.column_stack([file.column(channel.number) for channel in file.channels])
    begin, end = len(events) // 2, len(events) // 2 + len(events) // 10
    events[begin:end, [channel.name for channel in file.channels].index("APC-A")] /= 3
    write_tube(path, events, keywords={})
    return begin, end


def test_a_jump_of_the_signal_is_found_and_both_counts_are_given(findings, study_folder, tmp_path):
    file = read_fcs(study_folder / findings.tubes[0].file)
    begin, end = jumped(file, tmp_path / "jump.fcs")
    tube, codes = gate_with_codes(Opening(tmp_path / "jump.fcs", PANEL, STEM), rng=np.random.default_rng(1))
    quality, effects = check_quality(codes, tube.populations, confidence=0.95)
    (part,) = quality.cut
    assert part.begin <= begin
    assert part.end >= end
    assert part.size < 0.2 * file.events
    assert any(finding.channel == "APC-A" for finding in quality.findings)
    for effect in effects:
        inside = codes.members[effect.gate] == IN
        assert effect.events == inside.sum()
        assert effect.events_kept == effect.events - inside[part.begin : part.end].sum()
        assert effect.events_kept < effect.events


@pytest.mark.parametrize("events", [0, 1, 200])
def test_a_tube_with_hardly_an_event_is_not_evaluable_and_can_be_stored(study_folder, tmp_path, events):
    file = read_fcs(next((study_folder / "fcs").glob("*.fcs")))
    few = np.column_stack([file.column(channel.number, 0, events) for channel in file.channels])
    write_tube(tmp_path / "few.fcs", few, keywords={})
    tube, codes = gate_with_codes(Opening(tmp_path / "few.fcs", PANEL, STEM), rng=np.random.default_rng(1))
    quality, effects = check_quality(codes, tube.populations, confidence=0.95)
    verdicts = judge_compartments(tube, RareRule(), place=("S", "few.fcs"), stem="CD34")
    assert {item.verdict for item in verdicts} == {Verdict.NOT_EVALUABLE}
    assert "not evaluable below" in quality.notes[0]
    evidence = TubeEvidence(verdicts, quality, effects, ())
    assert from_json(TubeEvidence, to_json(evidence), source="x") == evidence


def test_a_proposed_cut_is_a_note_of_the_study_and_changes_no_count(study_folder, findings, tmp_path):
    """One tube alone, whole and with a jump: the counts in the burden are those of all its events."""
    first = findings.tubes[0]
    for name in ("study.toml", "patients.csv", "samples.csv"):
        shutil.copy(study_folder / name, tmp_path)
    jumped(read_fcs(study_folder / first.file), tmp_path / "jump.fcs")
    rows = ("sample_id,file,tube,panel", f"{first.sample_id},jump.fcs,stained,hspc")
    (tmp_path / "events.csv").write_text("\n".join(rows))
    found = analyse(read_study(tmp_path))
    (tube,) = found.tubes
    assert tube.evidence.quality.cut
    assert [note for note in found.notes if "a cut is proposed" in note and first.sample_id in note]
    assert not [note for note in findings.notes if "a cut is proposed" in note]
    assert {item.cells_per_ul.reason for item in tube.evidence.absolute} == {NO_VOLUME}
    frequency = {item.compartment: item.frequency for item in found.burdens if item.frequency.known}
    for effect in tube.evidence.effects:
        cells = next(p.parent_events for p in tube.tube.populations if p.population == effect.gate)
        assert frequency[effect.gate].value == pytest.approx(effect.events / cells)


def test_evidence_is_stored_as_it_was_and_laid_out_as_tables(findings, tmp_path):
    evidence = findings.tubes[0].evidence
    assert from_json(TubeEvidence, to_json(evidence), source="x") == evidence
    save(findings, tmp_path / "results")
    assert load(tmp_path / "results").tubes[0].evidence == evidence
    for name in ("verdicts", "cells_per_ul", "cut_effects", "populations"):
        header = (tmp_path / f"results/tables/{name}.csv").read_text().splitlines()[0]
        assert header.startswith("sample_id,file,"), name


def test_results_of_before_are_still_read(findings, tmp_path):
    """A results folder without verdicts and without a rule of rare cells opens, and says nothing of them."""
    old = replace(findings, tubes=tuple(replace(result, evidence=None) for result in findings.tubes))
    save(old, tmp_path / "results")
    path = tmp_path / "results/findings.json"
    text = path.read_text().replace(',\n   "evidence": null', "")
    assert 'evidence": null' not in text
    path.write_text(text)
    assert load(tmp_path / "results") == old
