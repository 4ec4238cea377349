"""Courses of posterior draws: the same as the engines', whole, and independent of who stands beside."""

import numpy as np
import pytest
from tests.inference.forecast.patients import DEL5Q, DRUG, NOW, cycles, prior_draws, unknown_patient

from remnant.dynamics.deterministic.solver import solve
from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.start import baseline
from remnant.dynamics.treatment import Calendar, Therapy
from remnant.errors import SettingError
from remnant.inference.forecast import follow, follow_draws
from remnant.inference.forecast.course import course_of, follow_on, looks
from remnant.inference.forecast.quantities import fraction


def test_draws_follow_the_equations_of_the_plain_solver(stopping):
    few = course_of(stopping, np.arange(12))
    numbers = few.posterior.drawn()
    packed = pack(numbers.parameters, numbers.effects)
    start = baseline(numbers.parameters, **vars(numbers.start))
    truth = np.moveaxis(solve(packed, few.therapy, few.days, start), 0, 1)
    assert np.abs(few.states - truth).max() < 5e-3  # in pools, where kills reach some per month


def test_a_draw_does_not_depend_on_its_neighbours_nor_on_how_many_they_are(patient, stopping):
    few = patient.thinned(3)
    alone = follow(few, cycles(NOW - 1), NOW + 731)
    rows = np.linspace(0, patient.draws - 1, 3).round().astype(int)
    np.testing.assert_allclose(alone.states, stopping.states[rows], rtol=1e-12, atol=1e-14)


def test_looks_are_weekly_with_now_among_them_and_none_before_the_start():
    odd = unknown_patient(2, now=367)
    days = looks(odd, 400)
    assert 367 in days
    assert days[0] >= odd.start_day
    assert set(np.diff(days)) == {7}
    assert 400 <= days[-1] < 407


def test_the_past_does_not_depend_on_what_comes(stopping, going_on):
    past = stopping.days <= NOW
    np.testing.assert_allclose(stopping.states[:, past], going_on.states[:, past], rtol=1e-12, atol=1e-14)


def test_extreme_draws_are_defined():
    values = {name: np.repeat(x, 4) for name, x in prior_draws(DEL5Q, 1, 3).items()}
    values["start.fraction"] = np.array([0.0, 1.0, 1e-12, 1 - 1e-12])
    states = follow_draws(values, DEL5Q, (DRUG,), cycles(100), np.arange(0.0, 1095, 7))
    assert np.isfinite(states).all()
    assert (states >= 0).all()
    assert (states[0, :, 1:] == 0).all()


def test_no_therapy_and_one_look_are_courses_too(patient):
    course = follow_on(patient, Therapy(), [0.0])
    assert course.states.shape == (256, 1, 3, 4)
    assert course.doses.shape == (1, 1)
    np.testing.assert_allclose(fraction(course, "stem")[:, 0], patient.values["start.fraction"], rtol=1e-12)


def test_effects_of_a_drug_that_was_never_given_are_not_asked_for():
    values = {name: x for name, x in prior_draws(DEL5Q, 3, 1).items() if not name.startswith(DRUG)}
    states = follow_draws(values, DEL5Q, (), Therapy(), np.arange(0.0, 70, 7))
    assert states.shape == (3, 10, 3, 4)


def test_a_missing_number_and_an_unknown_drug_are_named():
    values = prior_draws(DEL5Q, 3, 1)
    with pytest.raises(SettingError, match="advantage"):
        follow_draws({n: x for n, x in values.items() if n != "advantage"}, DEL5Q, (DRUG,), Therapy(), [0, 7])
    given = Therapy.single("lenalidomid", Calendar((0.0,), (1.0,)))
    with pytest.raises(SettingError, match="did you mean lenalidomide"):
        follow_draws(values, DEL5Q, (DRUG,), given, [0, 7])


def test_assay_numbers_stand_beside_those_of_the_model_and_are_not_read(patient):
    assert patient.number("fish.dispersion", 80.0).tolist() == [80.0] * 256
    with_assay = unknown_patient(4, fish__dispersion=np.full(4, 60.0))
    assert follow_on(with_assay, Therapy(), [0.0, 7.0]).states.shape[0] == 4


def test_pools_are_drawn_from_their_prior_and_nothing_else_moves(patient):
    one = unknown_patient(stem_cells=np.array(1e5))
    drawn = one.with_pools(rng=np.random.default_rng(4))
    again = one.with_pools(rng=np.random.default_rng(4))
    np.testing.assert_array_equal(drawn.values["stem_cells"], again.values["stem_cells"])
    assert np.log(drawn.values["stem_cells"]).std() == pytest.approx(0.7, abs=0.05)
    assert drawn.values["advantage"] is one.values["advantage"]
