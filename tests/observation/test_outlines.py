"""The true courses of the synthetic study, over seeds: what the seed study states must hold in truth."""

import numpy as np
import pytest

from remnant.dynamics import calendar
from remnant.observation.outlines import OUTLINES, draw_patient, fraction_of, stem_fraction
from remnant.observation.visits import draw_follow_up
from remnant.persistence.state import State
from remnant.scale import stream

SEEDS = (20100909, 1)


@pytest.fixture(scope="module", params=SEEDS)
def cohort(request):
    drawn = []
    for number, outline in enumerate(OUTLINES):
        name = f"P{number + 1}"
        patient = draw_patient(outline, rng=stream(request.param, name, "patient"))
        rng = stream(request.param, name, "visits")
        drawn.append(draw_follow_up(name, patient, early=number % 2 == 0, rng=rng))
    return drawn


def _fractions(visit):
    return [visit.compartment(name).clone_fraction for name in ("stem", "progenitor")]


def test_seven_patients_are_followed_before_and_in_remission(cohort):
    assert len(cohort) == 7
    for follow in cohort:
        days = [visit.day for visit in follow.visits]
        assert days == sorted(set(days))
        assert days[0] < 0 < days[1]
        assert 4 <= len(days) <= 8
        assert days[-1] < follow.last_day


def test_before_treatment_virtually_all_cells_of_both_compartments_carry_the_clone(cohort):
    for follow in cohort:
        assert min(_fractions(follow.visits[0])) > 0.95


def test_in_complete_remission_stem_cells_keep_what_progenitors_have_lost(cohort):
    checked = 0
    for follow in cohort:
        for visit in follow.visits:
            if visit.state == "remission with stem-cell persistence" and visit.day > 150:
                stem, progenitor = _fractions(visit)
                assert progenitor < 0.05 < stem
                assert stem > 2 * progenitor
                checked += 1
    assert checked >= 10


def test_partial_remission_halves_the_clone_and_no_more(cohort):
    partial = [follow for follow in cohort if not follow.patient.outline.complete]
    assert partial
    for follow in partial:
        year = min(follow.visits, key=lambda visit: abs(visit.day - 364))
        stem, progenitor = _fractions(year)
        assert 0.005 < progenitor < 0.45
        assert stem > progenitor


def test_most_patients_relapse_and_their_last_marrow_shows_it(cohort):
    relapsed = [follow for follow in cohort if follow.patient.clone_relapse_day is not None]
    assert len(relapsed) >= 4
    for follow in relapsed:
        assert 450 <= follow.patient.clone_relapse_day <= follow.patient.clinical_relapse_day < 2000
        last = follow.visits[-1]
        assert last.state in (State.CLINICAL_RECURRENCE, State.PROGRESSION)
        assert _fractions(last)[1] > 0.4


def test_the_others_stay_well(cohort):
    for follow in cohort:
        if follow.patient.clone_relapse_day is None:
            assert follow.patient.clinical_relapse_day is None
            assert follow.visits[-1].state in ("remission with stem-cell persistence", "responding")
            assert min(follow.haemoglobin[-60:]) > 10.5


def test_haemoglobin_recovers_within_the_first_half_year(cohort):
    for follow in cohort:
        at = {day: follow.haemoglobin[day + 112] for day in (-100, 182)}
        assert at[-100] < 7.0
        assert at[182] > 10.0


def test_the_clone_is_still_there_at_the_end_of_every_remission(cohort):
    """Persistence is a statement about stem cells, so it must be true of them."""
    for follow in cohort:
        for visit in follow.visits:
            assert _fractions(visit)[0] > 0.01


def test_true_frequencies_are_rare_and_add_up(cohort):
    for follow in cohort:
        for visit in follow.visits:
            stem, progenitor, bulk = (item.frequency for item in visit.compartments)
            assert 2e-5 < stem < 6e-3
            assert stem < progenitor < 0.09
            assert bulk == 1.0
            whole = visit.compartment("bulk").clone_fraction
            assert whole <= 1 - follow.lymphoid + 1e-9


def test_true_states_are_named_as_inferred_ones_are(cohort):
    seen = {visit.state for follow in cohort for visit in follow.visits}
    assert seen <= set(State)
    assert {State.UNTREATED, State.REMISSION_PERSISTENT, State.CLINICAL_RECURRENCE} <= seen


def test_the_same_stream_gives_the_same_patient():
    one, two = (draw_patient(OUTLINES[3], rng=stream(5, "P4", "patient")) for _ in range(2))
    assert one == two


def test_states_before_treatment_are_those_of_its_first_day():
    patient = draw_patient(OUTLINES[3], rng=stream(5, "P4", "patient"))
    states = patient.states(np.array([-50.0, -1, 0, 28]), calendar(OUTLINES[3].courses(400)))
    assert np.array_equal(states[0], states[2])
    assert stem_fraction(states)[3] < stem_fraction(states)[0]
    assert fraction_of(states, 2).shape == (4,)
