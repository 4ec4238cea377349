from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.persistence import GRAVITY, PRECEDENCE, Shown, State, VisitFacts, follow
from remnant.study import Estimate, Evidence, Source

FOUND = Estimate.detected(0.2, 0.1, 0.4, confidence=0.95, sources=(Source("fish.csv", 3),))
CLEAR = Estimate.not_detected(0.1, confidence=0.95)
FAILED = Estimate.not_evaluable("hybridisation failed")
NOT_DONE = Estimate.not_done("no slide")
KINDS = (FOUND, CLEAR, FAILED, NOT_DONE)
EVENTS = ("acute_leukaemia", "progression", "evolution", "loss", "cytogenetic_return", "clone_rise")
SEEN = Shown("seen", (Source("marrows.csv", 9),))


def facts(**known):
    usual = dict(  # noqa: C408
        patient_id="P1", sample_id="S1", day=200, treated=True, clinical=Shown("CR"), complete=True,
        independent=True, improving=True, cytogenetic=Shown("complete"), stem=FOUND, bulk=NOT_DONE,
    )  # fmt: skip
    return VisitFacts(**(usual | known))


def state(**known):
    (course,) = follow([facts(**known)])
    return course.state


UNWELL = {"independent": False, "complete": False, "clinical": Shown("stable disease")}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, State.REMISSION_PERSISTENT),
        ({"stem": CLEAR}, State.REMISSION_CLEAR),
        ({"stem": FAILED}, State.REMISSION_UNKNOWN),
        ({"stem": NOT_DONE}, State.REMISSION_NOT_DONE),
        ({"treated": False, "progression": SEEN}, State.UNTREATED),
        ({"acute_leukaemia": SEEN, "progression": SEEN, "evolution": SEEN}, State.AML),
        ({"progression": SEEN, "evolution": SEEN, "loss": SEEN}, State.PROGRESSION),
        ({"progression": SEEN, "cytogenetic_return": SEEN}, State.CLINICAL_PROGRESSION),
        ({"evolution": SEEN, "loss": SEEN}, State.CYTOGENETIC_PROGRESSION),
        ({"loss": SEEN, "cytogenetic_return": SEEN, "clone_rise": SEEN}, State.CLINICAL_RECURRENCE),
        ({"cytogenetic_return": SEEN, "clone_rise": SEEN}, State.CYTOGENETIC_RECURRENCE),
        ({"clone_rise": SEEN}, State.MOLECULAR_RECURRENCE),
        ({"clone_rise": SEEN} | UNWELL, State.EXPANSION),
        (UNWELL, State.RESPONDING),
        ({"cytogenetic": Shown("partial")}, State.RESPONDING),
        (UNWELL | {"improving": False}, State.NO_RESPONSE),
        ({"cytogenetic": Shown("none"), "improving": False}, State.NO_RESPONSE),
        ({"cytogenetic": None, "improving": None}, State.NOT_EVALUABLE),
    ],
)
def test_each_state_has_its_facts(known, expected):
    assert state(**known) is expected


KEYS = [
    key
    for key in product(
        (True, False),
        product((False, True), repeat=len(EVENTS)),
        product((True, False, None), repeat=3),
        ("complete", "partial", "none", None),
        range(len(KINDS)),
        (0, 1),
    )
    # Before treatment nothing is weighed, and bulk cells only where metaphases say nothing.
    if (key[0] or key[4] == 0) and (key[3] is None or key[5] == 0)
]


def visit_of(key, patient):
    treated, seen, (complete, independent, improving), cytogenetic, stem, bulk = key
    events = {name: SEEN if shown else None for name, shown in zip(EVENTS, seen, strict=True)}
    return facts(
        patient_id=patient, treated=treated, complete=complete, independent=independent, improving=improving,
        cytogenetic=None if cytogenetic is None else Shown(cytogenetic), stem=KINDS[stem],
        bulk=(FOUND, CLEAR)[bulk], **events,
    )  # fmt: skip


@pytest.fixture(scope="module")
def every():
    """Every combination of what a visit can show, each of another patient, and its course."""
    visits = [visit_of(key, f"P{number}") for number, key in enumerate(KEYS)]
    return {key: (visit, course) for key, visit, course in zip(KEYS, visits, follow(visits), strict=True)}


def test_every_visit_has_one_state_by_an_independent_reading_and_every_state_is_reached(every):
    assert len(every) > 40_000
    for visit, course in every.values():
        assert course.state is read(visit), visit
        assert course.reasons
    assert {course.state for _, course in every.values()} == set(State)


def read(visit):
    """The rule, read a second time: by what is excluded, not by the order of lines."""
    if not visit.treated:
        return State.UNTREATED
    if visit.acute_leukaemia:
        return State.AML
    if visit.progression:
        return State.PROGRESSION if visit.evolution else State.CLINICAL_PROGRESSION
    if visit.evolution:
        return State.CYTOGENETIC_PROGRESSION
    if visit.loss:
        return State.CLINICAL_RECURRENCE
    if visit.cytogenetic_return:
        return State.CYTOGENETIC_RECURRENCE
    clone = visit.cytogenetic.text if visit.cytogenetic else None
    if clone is None and visit.bulk.evidence is Evidence.NOT_DETECTED:
        clone = "complete"
    well = visit.complete or visit.independent
    remission = well and clone in ("complete", "partial")
    if visit.clone_rise:
        return State.MOLECULAR_RECURRENCE if remission else State.EXPANSION
    if remission and clone == "complete":
        return {
            Evidence.DETECTED: State.REMISSION_PERSISTENT,
            Evidence.NOT_DETECTED: State.REMISSION_CLEAR,
            Evidence.NOT_EVALUABLE: State.REMISSION_UNKNOWN,
            Evidence.NOT_DONE: State.REMISSION_NOT_DONE,
        }[visit.stem.evidence]
    if remission or visit.improving:
        return State.RESPONDING
    return State.NOT_EVALUABLE if visit.improving is None else State.NO_RESPONSE


def test_graver_evidence_never_gives_a_milder_state(every):
    """Adding any event, or detecting the clone in stem cells, leaves the state as grave or graver."""
    for key, (_, before) in every.items():
        treated, seen, *others, stem, bulk = key
        worse = [(*seen[:n], True, *seen[n + 1 :]) for n in range(len(seen)) if not seen[n]]
        changed = [(treated, more, *others, stem, bulk) for more in worse]
        if KINDS[stem] is CLEAR:
            changed.append((treated, seen, *others, KINDS.index(FOUND), bulk))
        least = GRAVITY[before.state]
        for graver in changed if treated else []:
            assert least is None or GRAVITY[every[graver][1].state] >= least, (key, graver)


def test_the_table_goes_from_grave_to_mild_and_names_every_state_once():
    grave = [line.gravity for line in PRECEDENCE if line.gravity is not None]
    assert grave == sorted(grave, reverse=True)
    assert sorted(line.state for line in PRECEDENCE) == sorted(State)
    assert {state for state, gravity in GRAVITY.items() if gravity is None} == {
        State.UNTREATED, State.REMISSION_UNKNOWN, State.REMISSION_NOT_DONE, State.NOT_EVALUABLE,
    }  # fmt: skip


def test_bulk_fish_stands_in_for_metaphases_and_says_so():
    (course,) = follow([facts(cytogenetic=None, bulk=CLEAR)])
    assert course.state is State.REMISSION_PERSISTENT
    assert any("stands in" in reason for reason in course.reasons)


def test_a_missing_log_is_not_a_remission():
    (course,) = follow([facts(clinical=None, complete=None, independent=None, improving=None)])
    assert course.state is State.NOT_EVALUABLE
    assert course.in_remission is None
    assert any("transfusion log" in missing for missing in course.missing)


def test_one_failing_arm_settles_it_whatever_is_missing():
    (course,) = follow([facts(independent=None, cytogenetic=Shown("none"), improving=False)])
    assert course.in_remission is False


def test_the_compartments_are_compared_in_partial_cytogenetic_remission_too():
    (course,) = follow([facts(cytogenetic=Shown("partial"))])
    assert course.in_remission is True


def test_a_complete_response_needs_no_log():
    assert state(independent=None) is State.REMISSION_PERSISTENT


def test_before_treatment_nothing_else_is_weighed():
    (course,) = follow([facts(treated=False)])
    assert course.reasons == ("drawn before treatment",)
    assert course.in_remission is False
    assert course.missing == ()


@given(st.booleans())
def test_a_rise_without_a_karyotype_is_read_by_the_last_visit_that_could_tell(remitted):
    """Without metaphases nobody can say today; what the last visit said stands until another says more."""
    first = facts() if remitted else facts(**UNWELL)
    unknown = facts(sample_id="S2", day=300, cytogenetic=None, clone_rise=SEEN)
    other = VisitFacts(**(vars(unknown) | {"patient_id": "P2"}))
    _, own, strange = follow([first, unknown, other])
    assert own.state is (State.MOLECULAR_RECURRENCE if remitted else State.EXPANSION)
    assert own.in_remission is None
    assert any("cannot be told" in reason for reason in own.reasons)
    assert strange.state is State.EXPANSION


def test_the_stem_evidence_and_its_bound_are_kept_and_what_lacks_is_named():
    (clear,) = follow([facts(stem=CLEAR)])
    assert (clear.stem_evidence, clear.stem_upper) == (Evidence.NOT_DETECTED, 0.1)
    (failed,) = follow([facts(stem=FAILED)])
    assert (failed.stem_evidence, failed.stem_upper) == (Evidence.NOT_EVALUABLE, None)
    assert any("hybridisation failed" in text for text in failed.missing)
    (event,) = follow([facts(loss=SEEN)])
    assert set(event.sources) >= {Source("marrows.csv", 9), Source("fish.csv", 3)}
    assert event.in_remission is False
