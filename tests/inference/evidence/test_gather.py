"""A study folder becomes evidence: every assay that was done, on the right day, and faults all at once."""

import shutil

import jax
import numpy as np
import polars as pl
import pytest

from remnant.dynamics.model.presets import CML_IMATINIB, DEL5Q_LENALIDOMIDE
from remnant.errors import StudyError
from remnant.inference.evidence.evidence import ASSAYS, stack
from remnant.inference.evidence.gather import gather
from remnant.inference.problem.problem import make_problem
from remnant.observation.likelihood.compartments import PROGENITORS
from remnant.persistence import CompartmentCount
from remnant.study import read_study

MECHANISM = """
[mechanism]
resistance_gene = "TP53"
transcript = "fusion"
"""


def table(folder, name, rows, columns):
    text = ",".join(columns) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    (folder / f"{name}.csv").write_text(text)


@pytest.fixture
def folder(study_folder, tmp_path):
    """A copy of the synthetic study to be changed."""
    copy = tmp_path / "study"
    shutil.copytree(study_folder, copy)
    return copy


@pytest.fixture(scope="module")
def rich(study_folder, tmp_path_factory):
    """The synthetic study with counts of compartments and transcripts, so that all nine assays are there."""
    copy = tmp_path_factory.mktemp("rich") / "study"
    shutil.copytree(study_folder, copy)
    with (copy / "study.toml").open("a") as file:
        file.write(MECHANISM)
    samples = read_study(study_folder)["samples"]["sample_id"].to_list()
    with (copy / "populations.csv").open("a") as file:
        for sample in samples:
            file.write(f"{sample},stem,nucleated,31,40000\n{sample},progenitor,nucleated,900,40000\n")
    with (copy / "biomarkers.csv").open("a") as file:
        for number, sample in enumerate(samples):
            file.write(f"{sample},fusion,{0.01 if number % 3 else 12.5},% IS,{'yes' if number % 3 else ''}\n")
    return read_study(copy)


@pytest.fixture(scope="module")
def gathered(rich):
    return gather(rich, DEL5Q_LENALIDOMIDE)


def test_all_nine_assays_of_a_full_study_are_there(gathered):
    assert {name for one in gathered.evidence for name in one.assays} == set(ASSAYS)
    assert not gathered.refusals


def test_every_row_stands_on_the_day_of_its_sample(rich, gathered):
    days = dict(rich["samples"].select("sample_id", "day").iter_rows())
    files = {
        "slides": "fish",
        "metaphases": "karyotypes",
        "wells": "dilution_plates",
        "variants": "mutations",
    }
    for evidence, labels in zip(gathered.evidence, gathered.labels, strict=True):
        for name, table_name in files.items():
            if name not in evidence.assays:
                continue
            sample = dict(rich[table_name].select("line", "sample_id").iter_rows())
            for time, label in zip(evidence.assays[name].time, labels[name], strict=True):
                assert label.table == f"{table_name}.csv"
                assert evidence.days[time] == days[sample[label.line]]


def test_counts_are_those_of_the_tables(rich, gathered):
    rows = {row["line"]: row for row in rich["fish"].iter_rows(named=True)}
    for evidence, labels in zip(gathered.evidence, gathered.labels, strict=True):
        slides = evidence.assays["slides"]
        for k, n, label in zip(slides.abnormal[:, 0], slides.scored[:, 0], labels["slides"], strict=True):
            row = rows[label.line]
            if row["iscn"] is None:
                assert (k, n) == (row["nuclei_abnormal"], row["nuclei_scored"])
            else:
                assert row["iscn"].endswith(f"[{k:.0f}/{n:.0f}]" if k else f"[{n:.0f}]")


def test_every_row_has_a_label(gathered):
    for evidence, labels in zip(gathered.evidence, gathered.labels, strict=True):
        assert set(labels) == set(evidence.assays)
        for name, rows in evidence.assays.items():
            assert len(labels[name]) == len(rows.time)
            assert [bool(label.what) for label in labels[name]] == (rows.weight > 0).tolist()


@pytest.mark.slow
def test_the_posterior_of_what_was_gathered_is_finite_with_its_gradient(gathered):
    problem = make_problem(gathered, DEL5Q_LENALIDOMIDE)
    judge = jax.jit(jax.value_and_grad(lambda one, x: one.log_density(x), argnums=1))
    for scale in (0.0, 1.0, 4.0):
        x = scale * problem.prior_draw(rng=np.random.default_rng(1))
        value, gradient = judge(problem, x)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


def test_patients_stack_to_one_shape(gathered):
    whole = stack(gathered.evidence)
    assert whole.days.shape[0] == len(gathered.patients)
    for name, rows in whole.assays.items():
        real = sum(one.assays[name].weight.sum() for one in gathered.evidence if name in one.assays)
        assert rows.weight.sum() == real


def test_the_same_study_gives_the_same_bytes(rich, gathered):
    again = gather(rich, DEL5Q_LENALIDOMIDE)
    for first, second in zip(
        jax.tree.leaves(gathered.evidence), jax.tree.leaves(again.evidence), strict=True
    ):
        assert np.asarray(first).tobytes() == np.asarray(second).tobytes()
    assert again.labels == gathered.labels
    assert again.numbers == gathered.numbers


def test_observations_after_a_day_are_left_out_and_treatment_is_kept(rich, gathered):
    patient = gathered.patients[0]
    early = gather(rich, DEL5Q_LENALIDOMIDE, until={patient: 200})
    assert early.now_days[0] <= 200 < gathered.now_days[0]
    assert early.now_days[1] == gathered.now_days[1]
    assert early.therapies == gathered.therapies
    kept = gather(rich, DEL5Q_LENALIDOMIDE, until=200)
    for few, all_of in zip(kept.evidence, gathered.evidence, strict=True):
        count = all_of.assays["slides"].weight[all_of.days[all_of.assays["slides"].time] <= 200].sum()
        assert few.assays["slides"].weight.sum() == count


def test_further_days_are_looked_at_and_change_no_observation(rich, gathered):
    more = gather(rich, DEL5Q_LENALIDOMIDE, extra_days=(3000,))
    for one, plain in zip(more.evidence, gathered.evidence, strict=True):
        assert one.days[-1] == 3000
        assert one.assays["slides"].abnormal.tolist() == plain.assays["slides"].abnormal.tolist()


def test_a_patient_of_whom_nothing_was_observed_is_refused(rich):
    none = gather(rich, DEL5Q_LENALIDOMIDE, until={rich.patients[1]: -500})
    assert none.patients == (rich.patients[0],)
    assert none.refusals[0].patient_id == rich.patients[1]
    assert "day -500" in none.refusals[0].reason


def test_a_slide_without_nuclei_was_not_done(rich, gathered):
    failed = rich["fish"].filter(pl.col("nuclei_scored") == 0)
    lines = {label.line for labels in gathered.labels for label in labels["slides"]}
    assert not lines & set(failed["line"])
    assert len(lines) == rich["fish"].height - failed.height


def test_dishes_counted_once_more_by_lineage_count_once(rich, gathered):
    whole = rich["colonies"].filter(pl.col("lineage").is_null(), pl.col("colonies_typed") > 0)
    total = sum(one.assays["colonies"].total.sum() for one in gathered.evidence)
    assert total == whole["colonies_typed"].sum()


def test_counts_gated_from_tubes_go_before_those_that_were_typed(rich):
    sample = rich["samples"]["sample_id"][0]
    counted = {(sample, "progenitor"): CompartmentCount(77, 50_000)}
    given = gather(rich, DEL5Q_LENALIDOMIDE, counted=counted).evidence[0].assays["frequencies"]
    mine = given.kind == PROGENITORS
    assert 77 in given.count[mine]
    assert mine.sum() == (given.kind == 0).sum()


def test_haemoglobin_needs_a_law_of_the_disease(rich, folder):
    (folder / "therapy.csv").unlink()
    plain = gather(read_study(folder), CML_IMATINIB)
    assert all("blood" not in one.assays for one in plain.evidence)
    assert any("no law of haemoglobin" in note for note in plain.notes)


def test_transfused_cells_are_those_of_a_day_by_day_count(rich, gathered):
    for patient, evidence in zip(gathered.patients, gathered.evidence, strict=True):
        rows = evidence.assays["blood"]
        red = rich["transfusions"].filter(pl.col("patient_id") == patient, pl.col("product") == "red_cells")
        units = dict(red.group_by("day").agg(pl.col("units").sum()).iter_rows())
        days = evidence.days[rows.time] + rows.part * (evidence.days[rows.later] - evidence.days[rows.time])
        level, daily = 0.0, {}
        for day in range(int(min([*days, *units])), int(days[-1]) + 1):
            level *= np.exp(-1 / 40)
            daily[day] = level
            level += units.get(day, 0)
        assert np.allclose([daily[round(day)] for day in days], rows.transfused, atol=1e-9)


def test_counts_soon_after_transfusions_that_may_be_unlogged_are_masked(folder, study_folder):
    patient = read_study(study_folder).patients[0]
    rows = [(patient, -112, 100), (patient, 400, 2000)]
    table(folder, "transfusion_log", rows, ("patient_id", "start_day", "end_day"))
    table(folder, "transfusions", [(patient, 90, "red_cells", 2)], ("patient_id", "day", "product", "units"))
    evidence = gather(read_study(folder), DEL5Q_LENALIDOMIDE)
    one, labels = evidence.evidence[0], evidence.labels[0]["blood"]
    lines = {label.line for label in labels if label.line}
    counts = read_study(folder)["blood_counts"].filter(pl.col("patient_id") == patient)
    kept = counts.filter(pl.col("line").is_in(list(lines)))["day"].to_list()
    assert not [day for day in kept if 101 <= day <= 479]
    assert [day for day in kept if day < 101]
    assert [day for day in kept if day > 479]
    assert one.assays["blood"].weight.sum() == len(kept)


def test_a_course_that_goes_on_and_a_planned_stop_are_kept(folder, study_folder):
    patients = read_study(study_folder).patients
    columns = ("patient_id", "drug", "start_day", "end_day", "dose_mg", "days_on", "cycle_days")
    rows = [(patients[0], "Revlimid", 0, "", 5, 28, 28), (patients[1], "lenalidomide", 0, 5000, "", "", "")]
    table(folder, "therapy", rows, columns)
    with (folder / "study.toml").open("a") as file:
        file.write('\n[mechanism]\ndrug_names = { revlimid = "lenalidomide" }\n')
    found = gather(read_study(folder), DEL5Q_LENALIDOMIDE)
    first, second = (one.calendars[0] for one in found.therapies)
    assert first.dose([0, 25, 9000]).tolist() == [0.5, 0.5, 0.5]
    assert second.dose([0, 20, 21, 4990, 5001]).tolist() == [1, 1, 0, 1, 0]
    assert any("without dose_mg" in note for note in found.notes)


def test_what_cannot_be_read_or_has_no_meaning_is_said_all_at_once(folder, study_folder):
    study = read_study(study_folder)
    patient, sample = study.patients[0], study["samples"]["sample_id"][0]
    columns = ("patient_id", "drug", "start_day", "end_day")
    table(folder, "therapy", [(patient, "lenalidomid", 0, 90), (patient, "imatinib", 100, 200)], columns)
    table(
        folder,
        "karyotypes",
        [
            (sample, '"46,XX,del(5)(q13q33"'),
        ],
        ("sample_id", "iscn"),
    )
    columns = ("sample_id", "compartment", "probe", "nuclei_scored", "nuclei_abnormal", "contaminant")
    table(folder, "fish", [(sample, "stem", "EGR1", 50, 10, "stem")], columns)
    columns = ("sample_id", "name", "value", "unit", "below_detection")
    table(folder, "biomarkers", [(sample, "fusion", 0, "copies", "yes")], columns)
    with (folder / "study.toml").open("a") as file:
        file.write(MECHANISM)
    with pytest.raises(StudyError) as caught:
        gather(read_study(folder), DEL5Q_LENALIDOMIDE)
    said = {(fault.source, fault.line, fault.column.split(",")[0]): fault for fault in caught.value.faults}
    assert ("fish.csv", 2, "contaminant") in said
    assert ("biomarkers.csv", 2, "value") in said
    assert ("biomarkers.csv", 2, "unit") in said
    assert any(fault.source == "karyotypes.csv" and fault.line == 2 for fault in caught.value.faults)
    assert 'drug_names = { "lenalidomid" = "lenalidomide" }' in said["therapy.csv", 2, "drug"].hint
    assert 'preset "cml-imatinib"' in said["therapy.csv", 3, "drug"].hint


def test_two_names_of_one_drug_do_not_overlap(folder, study_folder):
    patient = read_study(study_folder).patients[0]
    columns = ("patient_id", "drug", "start_day", "end_day")
    table(folder, "therapy", [(patient, "lenalidomide", 0, 90), (patient, "Revlimid", 80, 200)], columns)
    with (folder / "study.toml").open("a") as file:
        file.write('\n[mechanism]\ndrug_names = { Revlimid = "lenalidomide" }\n')
    with pytest.raises(StudyError, match="two names of one drug"):
        gather(read_study(folder), DEL5Q_LENALIDOMIDE)


def test_a_drug_that_stands_for_nothing_has_no_part(folder, study_folder):
    patient = read_study(study_folder).patients[0]
    columns = ("patient_id", "drug", "start_day", "end_day")
    table(folder, "therapy", [(patient, "epoetin", 0, 90)], columns)
    with (folder / "study.toml").open("a") as file:
        file.write('\n[mechanism]\ndrug_names = { epoetin = "" }\n')
    found = gather(read_study(folder), DEL5Q_LENALIDOMIDE)
    assert found.drugs == ()
    assert any("epoetin has no part" in note for note in found.notes)
