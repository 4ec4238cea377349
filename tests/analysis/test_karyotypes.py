"""Karyotypes of a study, from the table to what follows from each of them and from their order."""

import shutil

import polars as pl
import pytest

from remnant.analysis import Plan, metaphase_counts, read_karyotypes
from remnant.analysis.findings import KaryotypeResult
from remnant.analysis.karyotype_courses import KaryotypeCourse, karyotype_courses
from remnant.cytogenetics import Group
from remnant.cytogenetics.clones.deleted_region import Verdict
from remnant.cytogenetics.clones.evolution import Development
from remnant.store import from_json, to_json
from remnant.study import read_study


@pytest.fixture
def karyotyped(study_folder, tmp_path):
    """A function that writes these strings for the first samples of a patient, and reads them."""

    def write(*strings, sex="female"):
        folder = tmp_path / "study"
        shutil.copytree(study_folder, folder, dirs_exist_ok=True)
        study = read_study(study_folder)
        patient = study.patients[0]
        samples = [sample for owner, sample, _ in study.visits() if owner == patient][: len(strings)]
        assert len(samples) == len(strings)
        pl.DataFrame({"sample_id": samples, "iscn": strings}).write_csv(folder / "karyotypes.csv")
        patients = pl.read_csv(folder / "patients.csv", comment_prefix="#", infer_schema=False)
        told = pl.when(pl.col("patient_id") == patient).then(pl.lit(sex)).otherwise("sex").alias("sex")
        patients.with_columns(told).write_csv(folder / "patients.csv")
        study = read_study(folder)
        return read_karyotypes(study, Plan.of(study.config))

    return write


def test_every_karyotype_says_what_follows_from_it(karyotyped):
    first, second = karyotyped(
        "46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX,del(5)(q13q33)[9]/45,idem,-7[4]/46,XX[7]"
    )
    assert first.ipss_r.group is Group.GOOD
    assert (second.ipss_r.group, second.complexity.abnormalities) == (Group.POOR, 2)
    assert (first.monosomal.is_monosomal, second.monosomal.is_monosomal) == (False, True)
    assert first.deleted_regions[0].higher_risk.verdict is Verdict.DELETED
    assert (first.loss_of_5q, first.sex, first.sex_disagrees) == (True, "female", False)
    assert (first.new, second.new) == ((), ("-7",))


def test_a_string_of_the_other_sex_is_a_remark_and_no_refusal(karyotyped):
    (found,) = karyotyped("46,XY[20]")
    assert found.sex_disagrees
    assert "those of a male and the patient is female" in found.remarks[-1]


def test_a_donors_cells_have_their_own_sex(karyotyped):
    (found,) = karyotyped("46,XX[2]//46,XY[18]")
    assert not found.sex_disagrees


def test_without_a_sex_of_the_patient_nothing_disagrees(karyotyped):
    (found,) = karyotyped("46,XY[20]", sex="")
    assert (found.sex, found.sex_disagrees) == ("male", False)


def test_a_failed_culture_is_done_and_not_evaluable(karyotyped):
    before, failed, after = karyotyped("46,XX,del(5)(q13q33)[18]/46,XX[2]", "no growth", "46,XX[20]")
    assert (failed.abnormal, failed.scored, failed.ipss_r) == (None, 0, None)
    (counts,) = metaphase_counts([before, failed, after]).values()
    assert [(count.abnormal, count.scored) for count in counts] == [(18, 20), (0, 0), (0, 20)]
    (course,) = karyotype_courses([before, failed, after])
    assert [visit.metaphases for visit in course.strip.visits] == [20, 20]


def test_evolution_is_told_against_the_last_and_against_the_first(karyotyped):
    (course,) = karyotype_courses(
        karyotyped(
            "46,XX,del(5)(q13q33)[18]/46,XX[2]",
            "46,XX[20]",
            "46,XX,del(5)(q13q33)[3]/47,idem,+8[4]/46,XX[13]",
        )
    )
    assert [item.development for item in course.since_previous] == [
        Development.NOT_SEEN,
        Development.NEW_CLONE,
    ]
    assert [item.development for item in course.since_first] == [Development.NOT_SEEN, Development.EVOLUTION]
    assert [clone.cells for clone in course.strip.clones] == [(2, 20, 13), (18, 0, 3), (0, 0, 4)]


def test_results_and_courses_can_be_kept(karyotyped):
    results = karyotyped("46,XX,del(5)(q13q33)[18]/46,XX[2]", "45~46,XX,?-7,+1~2mar,inc[cp9]/46,XX[11]")
    courses = karyotype_courses(results)
    assert from_json(tuple[KaryotypeResult, ...], to_json_of(results), source="x") == results
    assert from_json(tuple[KaryotypeCourse, ...], to_json_of(courses), source="x") == courses


def to_json_of(records):
    return b"[" + b",".join(to_json(record) for record in records) + b"]"


def test_results_that_were_made_before_can_still_be_read(karyotyped):
    (found,) = karyotyped("46,XX,del(5)(q13q33)[18]/46,XX[2]")
    kept = to_json(found).split(b' "ipss_r"')[0].rstrip().rstrip(b",") + b"}"
    assert from_json(KaryotypeResult, kept, source="x").ipss_r is None
