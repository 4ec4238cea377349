import json
import shutil
from dataclasses import fields

import polars as pl
import pytest

from remnant.analysis import Plan, analyse, load, open_cache, save
from remnant.analysis.tube_tasks import tube_tasks
from remnant.errors import StudyError
from remnant.observation import read_truth
from remnant.persistence import State
from remnant.scale import Processes
from remnant.store import Cache, digest, to_json
from remnant.study import Evidence, read_study

CULTURES = ("colonies.csv", "dilution_plates.csv", "cell_cycle.csv")


def copy(study_folder, tmp_path):
    """Copy the study without its cultures, which take long to judge."""
    return shutil.copytree(study_folder, tmp_path / "study", ignore=shutil.ignore_patterns(*CULTURES))


def replace_rows(path, change):
    """Rewrite a table with some rows changed; comments go."""
    table = pl.read_csv(path, comment_prefix="#", infer_schema=False)
    change(table).write_csv(path)


@pytest.fixture(scope="module")
def truth(study_folder):
    return {
        visit.sample_id: visit for patient in read_truth(study_folder).patients for visit in patient.visits
    }


def test_the_same_study_gives_the_same_bytes_on_every_engine(study_folder, findings):
    assert to_json(analyse(read_study(study_folder), executor=Processes(2))) == to_json(findings)


def test_the_clone_fractions_cover_their_truth(findings, truth):
    """Of intervals at 95 % over some thirty compartments, at least four in five hold the truth."""
    held = [
        item.fraction.lower
        <= truth[item.sample_id].compartment(item.compartment).clone_fraction
        <= item.fraction.upper
        for item in findings.clones
        if item.fraction.known
    ]
    assert len(held) > 20
    assert sum(held) / len(held) >= 0.8


def test_compartments_are_counted_near_their_truth(findings, truth):
    """Counted cells against true frequency x cells: within 5 standard errors and a fifth for the gates."""
    for result in findings.tubes:
        for found in result.tube.populations:
            true = truth[result.sample_id].compartment(found.population)
            expected = true.frequency * found.parent_events
            assert abs(found.events - expected) < 5 * expected**0.5 + 0.2 * expected + 3


def test_every_patient_is_untreated_then_in_remission_with_persistent_stem_cells(findings):
    for timeline in findings.timelines:
        states = [item.state for item in findings.courses if item.patient_id == timeline.patient_id]
        assert states[0] is State.UNTREATED
        assert State.REMISSION_PERSISTENT in states


def test_stem_cells_are_spared_in_remission_and_not_before(findings):
    phases = {item.phase: item for item in findings.pooled}
    assert phases["remission"].log_odds.lower > 0
    assert phases["baseline"].log_odds.lower < 0 < phases["baseline"].log_odds.upper


def test_every_number_knows_its_rows(findings, study_folder):
    lines = {path.name: len(path.read_text().splitlines()) for path in study_folder.glob("*.csv")}
    for item in findings.clones:
        assert item.fraction.sources
        for source in item.fraction.sources:
            assert 1 < source.line <= lines[source.file]


def test_a_failed_hybridisation_is_not_evaluable_and_a_missing_slide_not_done(
    study_folder, findings, tmp_path
):
    folder = copy(study_folder, tmp_path)

    def lose(table):
        failed = pl.col("compartment") == "progenitor"
        none = [
            pl.when(failed).then(pl.lit("0")).otherwise(name).alias(name)
            for name in ("nuclei_scored", "nuclei_abnormal")
        ]
        return table.filter(pl.col("compartment") != "stem").with_columns(none)

    replace_rows(folder / "fish.csv", lose)
    save(findings, tmp_path / "counted")
    found = analyse(read_study(folder), cache=open_cache(tmp_path / "counted", resume=True))
    by_role = {
        role: {item.clone_fraction.evidence for item in found.burdens if item.role == role}
        for role in ("stem", "progenitor")
    }
    assert by_role == {"stem": {Evidence.NOT_DONE}, "progenitor": {Evidence.NOT_EVALUABLE}}
    assert all(item.log_odds.evidence is Evidence.NOT_DONE for item in found.selective)
    assert {item.state for item in found.courses} & {
        State.REMISSION_PERSISTENT,
        State.REMISSION_CLEAR,
    } == set()


def test_a_study_of_names_alone_is_analysed(study_folder, tmp_path):
    """Only study.toml, patients and samples: every answer says that it was not done; nothing fails."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in ("study.toml", "patients.csv", "samples.csv"):
        shutil.copy(study_folder / name, folder)
    found = analyse(read_study(folder))
    assert {item.per_million.evidence for item in found.burdens} == {Evidence.NOT_DONE}
    assert {item.verdict.value for item in found.statements} == {"not evaluable"}
    assert found.tubes == found.clones == found.frequencies == ()


def test_counts_from_elsewhere_stand_in_for_event_files(study_folder, tmp_path):
    folder = copy(study_folder, tmp_path)
    (folder / "events.csv").unlink()
    sample = read_study(folder)["samples"]["sample_id"][0]
    rows = [
        "sample_id,population,parent,events,parent_events",
        f"{sample},stem,nucleated,40,50000",
        f"{sample},progenitor,CD34,9,10",
    ]
    (folder / "populations.csv").write_text("\n".join(rows))
    burdens = {
        item.compartment: item for item in analyse(read_study(folder)).burdens if item.sample_id == sample
    }
    assert burdens["stem"].frequency.value == pytest.approx(40 / 50_000)
    assert burdens["stem"].per_million.evidence is Evidence.DETECTED
    assert burdens["progenitor"].frequency.evidence is Evidence.NOT_EVALUABLE


def test_broken_files_and_strings_are_said_together(study_folder, tmp_path):
    folder = copy(study_folder, tmp_path)
    files = read_study(folder)["events"].filter(pl.col("tube") == "stained")["file"].to_list()
    for name in files[:2]:
        path = folder / name
        path.write_bytes(path.read_bytes()[:5000])
    replace_rows(
        folder / "karyotypes.csv", lambda table: table.with_columns(iscn=pl.lit("46,XX,del(5(q13q33)[18]"))
    )
    with pytest.raises(StudyError) as refused:
        analyse(read_study(folder))
    said = str(refused.value)
    assert all(name.split("/")[-1] in said for name in files[:2])
    assert "karyotypes.csv" in said


def test_results_come_back_and_a_resumed_run_counts_nothing_again(study_folder, findings, tmp_path):
    folder = tmp_path / "results"
    save(findings, folder)
    assert load(folder) == findings
    cache = open_cache(folder, resume=True)
    plan = Plan.of(read_study(study_folder).config)
    names = [task.answer_name() for task in tube_tasks(read_study(study_folder), plan)]
    assert set(names) == set(cache.earlier)

    class Nobody:
        def map(self, function, items, *, done):
            assert list(items) == []
            return []

    again = analyse(read_study(study_folder), executor=Nobody(), cache=cache)
    assert to_json(again) == to_json(findings)


def test_an_answer_is_kept_for_other_choices_apart(study_folder):
    study = read_study(study_folder)
    usual, other = (Plan.of(study.config, seed=seed) for seed in (1, 2))
    names = [{task.answer_name() for task in tube_tasks(study, plan)} for plan in (usual, other)]
    assert names[0].isdisjoint(names[1])


def test_a_broken_off_run_leaves_its_counts_and_no_results(study_folder, tmp_path):
    class Stops:
        def map(self, function, items, *, done):
            function(next(iter(items)))
            raise KeyboardInterrupt

    folder = tmp_path / "results"
    with pytest.raises(KeyboardInterrupt):
        analyse(read_study(study_folder), executor=Stops(), cache=open_cache(folder, resume=False))
    assert not folder.exists()
    # One piece of work is a patient: later visits are counted by the thresholds of the first one too.
    study = read_study(study_folder)
    tasks = tube_tasks(study, Plan.of(study.config))
    first = [task for task in tasks if tasks[0].file in (task.file, task.first)]
    assert len(list((tmp_path / "results.unfinished").iterdir())) == len(first)
    assert open_cache(folder, resume=True).directory == tmp_path / "results.unfinished"
    open_cache(folder, resume=False)
    assert not (tmp_path / "results.unfinished").exists()


def test_the_manifest_names_inputs_versions_seed_and_every_choice(findings, study_folder, tmp_path):
    save(findings, tmp_path / "results")
    manifest = json.loads((tmp_path / "results/manifest.json").read_text())
    inputs = dict(manifest["origin"]["inputs"])
    assert inputs["fish.csv"] == digest(study_folder / "fish.csv")
    assert any(name.endswith(".fcs") for name in inputs)
    assert manifest["origin"]["seed"] == manifest["plan"]["analysis"]["seed"]
    assert manifest["plan"]["gates"]["fmo_quantile"] == 0.995
    assert any(package.startswith("numpy ") for package in manifest["origin"]["packages"])


def test_every_kind_of_finding_becomes_a_table(findings, tmp_path):
    save(findings, tmp_path / "results")
    written = {path.stem for path in (tmp_path / "results/tables").glob("*.csv")}
    kinds = {item.name for item in fields(findings)} - {
        "plan", "responses", "beside", "notes", "origin", "joint", "haematopoiesis", "fit", "observed",
    }  # fmt: skip
    assert kinds <= written | {"tubes"}
    assert {"joint_fractions", "joint_differences", "joint_sensitivity", "joint_shares"} <= written
    assert {"calls", "independence", "cytogenetic", "populations"} <= written
    assert {"blood_courses", "lineages", "lineage_changes", "maturation"} <= written


def test_a_plan_takes_the_choices_of_the_study_and_of_the_command(study_folder):
    study = read_study(study_folder)
    assert Plan.of(study.config, seed=None).analysis == study.config.analysis
    assert Plan.of(study.config, seed=5).analysis.seed == 5
    assert Plan.of(study.config, seed=5).digest != Plan.of(study.config, seed=6).digest
    assert Cache().get(str, "x") is None
