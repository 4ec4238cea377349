import pytest

from remnant.analysis import compartments
from remnant.analysis.fish_metaphases import fish_answers
from remnant.analysis.karyotypes import read_karyotypes
from remnant.analysis.plan import Plan
from remnant.response import Agreement, histories
from remnant.study import read_study


@pytest.fixture(scope="module")
def study(study_folder):
    return read_study(study_folder)


@pytest.fixture(scope="module")
def answers(study):
    plan = Plan.of(study.config)
    _, clones = compartments.score_slides(study, plan)
    patients = {item.patient_id: item for item in histories(study)}
    return fish_answers(study, plan, clones, read_karyotypes(study, plan), patients)


def test_only_unsorted_nuclei_stand_beside_metaphases(study, answers):
    bulk = {
        row["sample_id"]: row for row in study["fish"].iter_rows(named=True) if row["compartment"] == "bulk"
    }
    assert answers.responses
    assert {one.sample_id for one in answers.responses} <= set(bulk)


def test_the_synthetic_clone_is_seen_by_both_before_treatment(study, answers):
    first = {one.sample_id for one in answers.responses}
    before = [one for one in answers.discordances if one.sample_id not in first]
    assert before
    assert all(one.agreement is Agreement.BOTH for one in before)


def test_every_fish_response_names_its_row_and_its_baseline(answers):
    for one in answers.responses:
        assert one.sources[0].file == "fish.csv"
        assert one.response in ("complete", "partial", "none", "not assessable")
        assert one.response == "not assessable" or len(one.sources) == 2
