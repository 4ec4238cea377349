import pytest

from remnant.persistence import State, VisitFacts, follow
from remnant.study import Estimate

FOUND = Estimate.detected(0.2, 0.1, 0.4, confidence=0.95)
CLEAR = Estimate.not_detected(0.1, confidence=0.95)
FAILED = Estimate.not_evaluable("hybridisation failed")
NOT_DONE = Estimate.not_done("no slide")


def facts(**known):
    usual = dict(  # noqa: C408
        patient_id="P1", sample_id="S1", day=200, treated=True, clinical="CR", independent=True,
        improving=True, progression="", cytogenetic="complete", cytogenetic_return="", clone_return="",
        stem=FOUND, bulk=NOT_DONE,
    )  # fmt: skip
    return VisitFacts(**(usual | known))


def state(**known):
    (course,) = follow([facts(**known)])
    return course.state


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, State.REMISSION_PERSISTENT),
        ({"stem": CLEAR}, State.REMISSION_CLEAR),
        ({"stem": FAILED}, State.REMISSION_UNKNOWN),
        ({"stem": NOT_DONE}, State.REMISSION_UNKNOWN),
        ({"treated": False, "progression": "x"}, State.UNTREATED),
        ({"progression": "relapse by haemoglobin", "cytogenetic_return": "x"}, State.PROGRESSION),
        ({"cytogenetic_return": "2 of 20", "clone_return": "x"}, State.CYTOGENETIC_RECURRENCE),
        ({"clone_return": "above the lowest"}, State.MOLECULAR_RECURRENCE),
        ({"independent": False, "clinical": "SD"}, State.RESPONDING),
        ({"cytogenetic": "partial"}, State.RESPONDING),
        ({"independent": False, "clinical": "SD", "improving": False}, State.NO_RESPONSE),
        ({"cytogenetic": "none", "improving": False}, State.NO_RESPONSE),
        ({"cytogenetic": None, "improving": None}, State.NOT_EVALUABLE),
    ],
)
def test_each_state_has_its_facts(known, expected):
    assert state(**known) is expected


def test_bulk_fish_stands_in_for_metaphases_and_says_so():
    (course,) = follow([facts(cytogenetic=None, bulk=CLEAR)])
    assert course.state is State.REMISSION_PERSISTENT
    assert any("stands in" in reason for reason in course.reasons)


def test_a_missing_log_is_not_a_remission():
    (course,) = follow([facts(clinical=None, independent=None, improving=None)])
    assert course.state is State.NOT_EVALUABLE
    assert course.in_remission is None
    assert any("transfusion log" in missing for missing in course.missing)


def test_one_failing_arm_settles_it_whatever_is_missing():
    (course,) = follow([facts(independent=None, cytogenetic="none", improving=False)])
    assert course.in_remission is False


def test_the_compartments_are_compared_in_partial_cytogenetic_remission_too():
    (course,) = follow([facts(cytogenetic="partial")])
    assert course.in_remission is True


def test_a_complete_response_needs_no_log():
    assert state(independent=None) is State.REMISSION_PERSISTENT


def test_before_treatment_nothing_else_is_weighed():
    (course,) = follow([facts(treated=False)])
    assert course.reasons == ("drawn before treatment",)
    assert course.in_remission is False
    assert course.missing == ()
