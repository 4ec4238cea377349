"""Returns of the disease and of the clone against a clinic whose every day is known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from tests.persistence.truth_intervals import (
    CLINICAL,
    CLOSE,
    EARLIER,
    INSIDE,
    TRACED,
    UNEXPLAINED,
    by_kind,
)

from remnant.analysis import compartments
from remnant.analysis.clone_series import clone_series
from remnant.analysis.events import COMPLETE, DEATH, LEUKAEMIA, PROGRESSION
from remnant.analysis.karyotypes import metaphase_counts, read_karyotypes
from remnant.analysis.plan import Plan
from remnant.observation.courses import simulate_courses
from remnant.observation.courses_body import FIRST_DAY
from remnant.response import classify

FEW, MANY, SEED = 80, 1_000, 2008
SEEN = (INSIDE, EARLIER, CLOSE, TRACED)
EVENTS = (COMPLETE, CLINICAL, PROGRESSION, LEUKAEMIA, DEATH)


@pytest.fixture(scope="module")
def made():
    return simulate_courses(FEW, seed=SEED)


@pytest.fixture(scope="module")
def clinic():
    return simulate_courses(MANY, seed=SEED)


def _inside(kinds):
    """Of the events that were seen, the share whose interval holds the day on which they truly came."""
    return (kinds[INSIDE] + kinds[EARLIER]) / sum(kinds[name] for name in SEEN)


def _without_noise(made):
    found = by_kind(made, made.noise_free)
    assert set(found) == set(EVENTS)
    for event, kinds in found.items():
        assert not kinds[UNEXPLAINED], (event, kinds)
        # A progression may be the relapse of a remission that came and went between two marrows.
        assert _inside(kinds) >= (0.85 if event == PROGRESSION else 0.97), (event, kinds)
    assert _inside(found[LEUKAEMIA]) == _inside(found[DEATH]) == 1


def test_without_noise_events_came_inside_their_intervals(made):
    _without_noise(made)


@pytest.mark.slow
def test_without_noise_events_of_1000_patients_came_inside_their_intervals(clinic):
    _without_noise(clinic)


def _as_measured(made):
    found = by_kind(made, made.study)
    for event, kinds in found.items():
        assert not kinds[UNEXPLAINED], (event, kinds)
        assert _inside(kinds) >= 0.6, (event, kinds)
    return found


def test_as_measured_an_event_outside_its_interval_is_a_look_that_is_not_true(made):
    _as_measured(made)


@pytest.mark.slow
def test_among_1000_patients_an_event_outside_its_interval_is_a_look_that_is_not_true(clinic):
    found = _as_measured(clinic)
    assert _inside(found[LEUKAEMIA]) > 0.8


def _metaphases_return_when_the_clone_grew(made):
    """Where the abnormality is back in metaphases after a complete response, its share has grown."""
    counts = metaphase_counts(read_karyotypes(made.study, Plan.of(made.study.config)))
    share = {item.sample_id: item.share for one in made.truth for item in one.metaphases}
    gone: dict[str, list[float]] = {}
    found = Counter()
    for one in classify(made.study, metaphases=counts).cytogenetic:
        if one.relapse and one.patient_id in gone:
            found["grew" if share[one.sample_id] > min(gone[one.patient_id]) else "did not"] += 1
        if one.response == "complete":
            gone.setdefault(one.patient_id, []).append(share[one.sample_id])
    return found


def test_metaphases_return_where_the_clone_grew(made):
    found = _metaphases_return_when_the_clone_grew(made)
    assert found["grew"] > 9 * found["did not"] > -1
    assert found["grew"] > 5


def _changes_of_the_clone(made):
    """Falls and rises that are called, by whether the true fraction of the sorted cells moved so."""
    study, truth = made.study, {one.patient_id: one for one in made.truth}
    plan = Plan.of(study.config)
    _, clones = compartments.score_slides(study, plan)
    found: Counter[tuple[str, bool]] = Counter()
    for patient, series in clone_series(study, plan, clones, dict.fromkeys(truth, 0)).items():
        for one in series:
            true = getattr(truth[patient].body, one.followed.of)
            levels = [float(true[look.day - FIRST_DAY]) for look in one.followed.readings]
            for change in one.changes:
                start = change.starts_at
                earlier = np.mean(levels[max(start - change.earlier_looks, 0) : start])
                later = np.mean(levels[start : change.shown_at + 1])
                found["rise" if change.rise else "fall", bool((later > earlier) == change.rise)] += 1
    return found


def _are_true(found, patients):
    false = found["rise", False] + found["fall", False]
    assert false <= 0.05 * patients  # the error that a course is allowed, each way
    assert min(found["rise", True], found["fall", True]) > patients / 4


def test_a_clone_that_is_called_risen_or_fallen_has_moved():
    _are_true(_changes_of_the_clone(simulate_courses(8, seed=12)), 8)


@pytest.mark.slow
def test_clones_of_150_patients_that_are_called_risen_or_fallen_have_moved():
    _are_true(_changes_of_the_clone(simulate_courses(150, seed=13)), 150)
