"""Every event on courses written by hand, against the definition in the table of columns."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.cohort.hand_made import course

from remnant.cohort.course.columns import OUTCOMES
from remnant.cohort.course.events import NEVER, first, first_after, lasting, reached_twice, sustained, twice
from remnant.cohort.course.outcomes import outcomes

MONTHLY = tuple(range(0, 28 * 14, 28))
LOOKS = len(MONTHLY)


def at(changes, default, looks=LOOKS):
    """A value per look: the default but for some."""
    return [changes.get(look, default) for look in range(looks)]


def of(name, **seen):
    """The one value of an outcome."""
    return outcomes(course(MONTHLY, **seen))[name][0]


def test_every_outcome_has_a_column_and_every_column_an_outcome():
    assert set(outcomes(course(MONTHLY))) == {column.name for column in OUTCOMES}


def test_a_patient_is_independent_from_the_first_look_of_eight_weeks_without_need():
    need = [2, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0]
    assert of("independence_day", transfused=need) == 4 * 28
    assert of("independence_lost_day", transfused=need) == 11 * 28
    assert of("independence_days", transfused=need) == 7 * 28


def test_units_are_given_for_as_long_as_there_is_need():
    level = [7.5, 6.5, 12.0] + [12.0] * 10 + [5.0]
    assert of("units", haemoglobin=level) == 2 + 3
    weekly = outcomes(course((0, 7, 14, 28), haemoglobin=[7.5, 7.5, 7.5, 7.5]))
    assert weekly["units"][0] == pytest.approx(2)


def test_two_looks_without_need_are_not_eight_weeks():
    assert math.isnan(of("independence_day", transfused=[2, 0, 0] * 4 + [2, 2]))


def test_independence_that_the_horizon_cuts_short_is_not_yet_independence():
    assert math.isnan(of("independence_day", transfused=[2] * 12 + [0, 0]))
    assert of("independence_day", transfused=[2] * 11 + [0, 0, 0]) == 11 * 28


def test_independence_that_lasts_is_censored_at_the_horizon():
    need = [2, 0] + [0] * 12
    assert math.isnan(of("independence_lost_day", transfused=need))
    assert of("independence_days", transfused=need) == MONTHLY[-1] - 28


def test_who_needed_no_red_cells_at_the_start_cannot_become_independent():
    need = [0, 2, 2] + [0] * 11
    assert not of("transfused_at_start", transfused=need)
    assert math.isnan(of("independence_day", transfused=need))
    assert math.isnan(of("independence_days", transfused=need))


def test_half_a_year_of_independence_takes_half_a_year():
    need = [2, 0, 0, 0, 2] + [0] * 9
    assert of("independence_day", transfused=need) == 28
    assert of("long_independence_day", transfused=need) == 5 * 28
    assert math.isnan(of("long_independence_day", transfused=[2, 0, 0, 0, 0, 0, 0, 2] + [0] * 6))


def test_the_best_haemoglobin_is_one_that_two_looks_in_a_row_reach():
    level = at({3: 15.0, 6: 11.0, 7: 11.5}, 9.0)
    assert of("best_haemoglobin", haemoglobin=level) == 11.0
    assert of("haemoglobin_rise", haemoglobin=level) == 2.0
    assert of("haemoglobin_at_start", haemoglobin=level) == 9.0


def test_an_erythroid_response_without_transfusion_is_a_rise_that_lasts_eight_weeks():
    level = at({4: 10.6, 5: 10.7, 6: 10.5}, 9.0)
    assert of("erythroid_response_day", haemoglobin=level) == 4 * 28
    assert math.isnan(of("erythroid_response_day", haemoglobin=at({4: 10.6, 5: 10.7}, 9.0)))


def test_a_clinical_relapse_is_need_or_two_looks_well_below_the_best():
    level = [9.0, 11.0, 11.0, 11.0, 12.0, 12.0, 10.4, 11.0, 10.5, 10.5, 10.5, 10.5, 10.5, 10.5]
    assert of("clinical_relapse_day", haemoglobin=level) == 9 * 28
    need = at({7: 2}, 0)
    assert of("clinical_relapse_day", haemoglobin=level, transfused=need) == 7 * 28


def test_a_patient_without_a_response_has_no_clinical_relapse():
    assert math.isnan(of("clinical_relapse_day", transfused=[2] * LOOKS))


def test_one_marrow_without_an_abnormal_metaphase_is_a_complete_response():
    marrow = at({0: 14, 6: 0, 12: 0}, -1)
    assert of("complete_response_day", abnormal=marrow) == 6 * 28
    assert math.isnan(of("complete_response_lost_day", abnormal=marrow))


def test_a_marrow_that_never_showed_the_clone_cannot_respond():
    marrow = at({0: 0, 6: 0}, -1)
    assert not of("cytogenetically_evaluable", abnormal=marrow)
    assert math.isnan(of("complete_response_day", abnormal=marrow))


def test_a_start_without_a_marrow_is_not_evaluable():
    assert not of("cytogenetically_evaluable", abnormal=at({6: 0}, -1))
    assert math.isnan(of("complete_response_day", abnormal=at({6: 0}, -1)))


def test_one_abnormal_metaphase_ends_a_complete_response_and_makes_no_clone():
    marrow = at({0: 14, 3: 0, 6: 1, 9: 0, 12: 1}, -1)
    assert of("complete_response_lost_day", abnormal=marrow) == 6 * 28
    assert math.isnan(of("cytogenetic_relapse_day", abnormal=marrow))


@pytest.mark.parametrize(
    ("marrow", "look"),
    [({0: 14, 3: 0, 6: 2}, 6), ({0: 14, 3: 0, 6: 1, 9: 1}, 9), ({0: 14, 3: 0, 6: 1, 7: -1, 9: 1, 12: 5}, 9)],
)
def test_two_abnormal_metaphases_or_one_in_each_of_two_marrows_are_a_clone(marrow, look):
    assert of("cytogenetic_relapse_day", abnormal=at(marrow, -1)) == look * 28


def test_what_hides_in_remission_is_read_at_its_first_day():
    seen = {
        "abnormal": at({0: 14, 6: 0}, -1),
        "stem": at({6: 0.5}, 0.9),
        "progenitor": at({6: 0.01}, 0.9),
        "stems": at({6: 4e4}, 9e4),
        "resistant": at({6: 0.25}, 0.0),
    }
    assert of("stem_fraction_in_response", **seen) == 0.5
    assert of("stem_persistence_in_response", **seen) == pytest.approx(0.49)
    assert of("malignant_stem_cells_in_response", **seen) == 4e4
    assert of("resistant_share_in_response", **seen) == 0.25
    assert math.isnan(of("stem_persistence_in_response", abnormal=at({0: 14}, -1)))


def test_a_molecular_relapse_follows_clearance_and_ten_fold_growth():
    clone = [0.9, 0.1, 2e-3, 9e-4, 5e-3, 9e-3, 0.01, 0.5, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
    assert of("cleared_day", progenitor=clone) == 3 * 28
    assert of("molecular_relapse_day", progenitor=clone) == 6 * 28
    assert math.isnan(of("molecular_relapse_day", progenitor=[0.9, 5e-3] + [0.9] * 12))


def test_stopping_is_twelve_weeks_without_a_drug_after_treatment():
    days = [21, 0, 21, 0, 0, 21, 21, 0, 0, 0, 0, 0, 0]
    assert of("stopped_day", treated=days) == 7 * 28
    assert of("treated_days", treated=days) == 84
    assert math.isnan(of("stopped_day", treated=[21] * 13))


def test_a_drug_that_starts_late_was_not_stopped_before():
    assert math.isnan(of("stopped_day", treated=[0] * 6 + [21] * 7))


def test_twelve_weeks_that_the_horizon_cuts_short_are_not_yet_a_stop():
    assert math.isnan(of("stopped_day", treated=[21] * 11 + [0, 0]))
    assert of("stopped_day", treated=[21] * 10 + [0, 0, 0]) == 10 * 28


def test_a_loss_after_stopping_counts_in_those_who_stopped_in_complete_response():
    days = [21] * 5 + [0] * 8
    marrow = at({0: 14, 3: 0, 6: 0, 9: 1, 12: 3}, -1)
    assert of("complete_response_at_stop", treated=days, abnormal=marrow) == 1
    assert of("lost_after_stop_day", treated=days, abnormal=marrow) == 9 * 28
    assert of("relapse_after_stop_day", treated=days, abnormal=marrow) == 12 * 28
    late = at({0: 14, 3: 1, 6: 0, 9: 1}, -1)
    assert of("complete_response_at_stop", treated=days, abnormal=late) == 0
    assert math.isnan(of("lost_after_stop_day", treated=days, abnormal=late))
    assert math.isnan(of("complete_response_at_stop", treated=[21] * 13, abnormal=marrow))


def test_each_look_stands_until_the_next_and_the_last_for_nothing():
    counts = at({2: 0.9, 3: 0.4, 13: 0.1}, 3.0)
    assert of("days_neutrophils_below_1", neutrophils=counts) == 56
    assert of("days_neutrophils_below_0_5", neutrophils=counts) == 28
    assert of("worst_neutrophils", neutrophils=counts) == 0.1
    plates = at({2: 49.0, 5: 24.0, 6: 50.0}, 200.0)
    assert of("days_platelets_below_50", platelets=plates) == 56
    assert of("days_platelets_below_25", platelets=plates) == 28


def test_a_clone_is_cured_from_the_day_on_which_no_stem_cell_is_left():
    stems = [5.0, 1.0, 0.0, 0.0] + [0.0] * 10
    assert of("extinct_day", stems=stems) == 56
    assert math.isnan(of("extinct_day", stems=[5.0] * LOOKS))
    assert math.isnan(of("extinct_day", stems=[5.0, 0.0] + [1.0] * 12))


def test_who_never_had_the_clone_is_not_cured_of_it():
    assert math.isnan(of("extinct_day", stems=[0.0] * LOOKS))


def test_looks_need_not_be_evenly_apart():
    days = (0, 7, 14, 28, 56, 84, 100)
    seen = outcomes(course(days, transfused=[2, 2, 0, 0, 0, 0, 2]))
    assert seen["independence_day"][0] == 14
    assert seen["independence_lost_day"][0] == 100


states = arrays(bool, st.tuples(st.integers(2, 12), st.integers(1, 4)))


@given(states, st.integers(1, 200))
def test_a_sustained_state_holds_at_each_of_its_looks(state, least):
    days = 28 * np.arange(len(state))
    for look, patient in np.argwhere(sustained(state, days, least)):
        inside = (days >= days[look]) & (days < days[look] + least)
        assert state[inside, patient].all()
        assert days[-1] >= days[look] + least


@given(states)
def test_first_events_are_the_first(state):
    found = first(state)
    for patient, look in enumerate(found):
        assert (look == NEVER) == (not state[:, patient].any())
        if look != NEVER:
            assert state[look, patient]
            assert not state[:look, patient].any()
    later = first_after(state, found)
    assert ((later == NEVER) | (later > found)).all()
    assert (later[found == NEVER] == NEVER).all()


@given(states)
def test_a_state_seen_twice_in_a_row_is_seen_at_both_looks(state):
    both = twice(state, np.ones_like(state))
    assert not both[0].any()
    assert (both[1:] == (state[1:] & state[:-1])).all()


@given(states)
def test_a_lasting_state_lasts(state):
    for patient, look in enumerate(lasting(state)):
        assert (look == NEVER) == (not state[-1, patient])
        assert look == NEVER or state[look:, patient].all()


@given(arrays(float, st.tuples(st.integers(2, 9), st.integers(1, 3)), elements=st.floats(0, 20)))
def test_a_level_reached_twice_is_at_most_the_level(level):
    assert (reached_twice(level) <= level).all()


def test_a_row_has_nulls_where_nothing_was_reached():
    series = pl.Series(outcomes(course(MONTHLY))["independence_day"]).fill_nan(None)
    assert series.null_count() == 1
