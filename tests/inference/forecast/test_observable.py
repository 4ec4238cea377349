"""Curves over the posterior, lines of single draws, and the chance of cure."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy.special import ndtr
from tests.inference.forecast.patients import CML, NOW, cycles, unknown_patient

from remnant.dynamics.extinction import Signal, cure_from
from remnant.dynamics.model.packed import pack
from remnant.inference.forecast import curves, follow, lines
from remnant.inference.forecast.course import course_of
from remnant.inference.forecast.cure import cure_points
from remnant.inference.forecast.extinct import extinct_by, stem_cells
from remnant.inference.forecast.observable import hidden, known_quantities
from remnant.inference.forecast.quantiles import quantiles, weighted
from remnant.inference.forecast.quantities import fraction, haemoglobin, log_transcript
from remnant.inference.forecast.scatter import haemoglobin_spread, scattered_transcript


def test_quantiles_of_a_curve_are_those_of_the_draws(stopping):
    points = curves(stopping, ("stem fraction",), rng=np.random.default_rng(1))
    days = [point.day for point in points]
    assert NOW in days
    assert set(np.diff(days)) == {28}
    at = next(point for point in points if point.day == NOW)
    truth = fraction(stopping, "stem")[:, np.searchsorted(stopping.days, NOW)]
    assert at.value.q50 == pytest.approx(np.median(truth))
    assert at.value.mean == pytest.approx(truth.mean())
    assert not at.seen


def test_what_is_seen_is_wider_than_what_is_hidden(stopping):
    points = curves(stopping, ("haemoglobin", "transcript"), rng=np.random.default_rng(1))
    for quantity in ("haemoglobin", "transcript"):
        both = [
            [p.value for p in points if (p.quantity, p.seen) == (quantity, seen)] for seen in (False, True)
        ]
        assert len(both[0]) == len(both[1]) > 20
        width = [np.mean([np.log(v.q95 / v.q05) for v in each]) for each in both]
        assert width[1] > width[0]


def test_the_same_seed_gives_the_same_curves(stopping):
    one, other = (curves(stopping, ("haemoglobin",), rng=np.random.default_rng(9)) for _ in range(2))
    assert one == other


def test_haemoglobin_is_shown_only_where_it_is_known():
    cml = unknown_patient(4, chosen=CML)
    course = follow(cml, cycles(100, name="imatinib", on=28), NOW + 731)
    assert known_quantities(course, transcript=True)[-1] == "transcript"
    assert "haemoglobin" not in known_quantities(course, transcript=True)
    assert "transcript" not in known_quantities(course, transcript=False)


def test_haemoglobin_follows_its_balance_as_the_likelihood_has_it(stopping):
    from remnant.observation.likelihood import blood

    course = course_of(stopping, np.arange(5))
    days, looks = course.days, len(course.days)
    doses = course.doses[:, 0]
    rows = blood.Rows(
        *(np.arange(looks), np.ones(looks), np.arange(looks), np.zeros(looks)),
        *(np.diff(days, prepend=days[0]), doses, np.zeros(looks), np.zeros(looks)),
        *(np.zeros(looks, int), np.full(looks, blood.NEVER)),
    )
    law = jax.jit(jax.vmap(lambda states, own: blood.seen(states, own, rows)))
    numbers = {f"blood.{name}" for name in blood.LAW}
    own = {name: x for name, x in course.posterior.values.items() if name in numbers}
    np.testing.assert_allclose(haemoglobin(course), np.asarray(law(course.states, own)), rtol=1e-8)


def test_transcripts_are_expected_as_the_likelihood_has_it(stopping):
    from remnant.observation.likelihood import transcripts

    course = course_of(stopping, np.arange(5))
    scale = np.array([-0.3, 0.0, 0.3, 0.5, 0.2])
    values = course.posterior.values | {transcripts.SCALE: scale}
    course = replace(course, posterior=replace(course.posterior, values=values))
    looks = np.arange(len(course.days))
    rows = transcripts.Rows(looks, np.ones(len(looks)), *np.zeros((3, len(looks))))
    for draw in range(5):
        own = {transcripts.SCALE: scale[draw]}
        theirs = np.asarray(transcripts.seen(course.states[draw], own, rows))
        near = theirs > -8
        np.testing.assert_allclose(log_transcript(course)[draw][near], theirs[near], rtol=1e-8)


def test_readings_scatter_by_their_law(stopping):
    truth = np.full((256, 40), 1.0)
    values = {"transcripts.spread": np.array(0.2)}
    own = replace(stopping.posterior, values=stopping.posterior.values | values)
    drawn = np.log10(scattered_transcript(replace(stopping, posterior=own), truth, np.random.default_rng(2)))
    share = (np.abs(drawn) < 0.2).mean()
    assert share == pytest.approx(0.95 * (2 * ndtr(1) - 1) + 0.05 * (2 * ndtr(0.25) - 1), abs=0.02)
    assert haemoglobin_spread(own).shape == (256,)


def test_lines_are_single_draws(stopping):
    drawn = lines(stopping, ("stem fraction", "haemoglobin"))
    assert len(drawn) == 40
    truth = hidden(stopping, "stem fraction")
    first = drawn[0]
    shown = np.isin(stopping.days, first.days)
    np.testing.assert_allclose(first.values, truth[0, shown])


def test_cure_falls_with_the_number_of_stem_cells_and_is_a_chance(going_on):
    points = cure_points(going_on, draws=40)
    assert [point.stem_cells for point in points] == sorted(point.stem_cells for point in points)
    means = [point.probability.mean for point in points]
    assert means == sorted(means, reverse=True)
    for point in points:
        q = point.probability
        assert 0 <= q.q05 <= q.q25 <= q.q50 <= q.q75 <= q.q95 <= 1
        assert point.horizon_day == int(going_on.days[-1])


def test_without_a_clone_cure_is_certain_and_a_whole_clone_is_not_cured():
    whole = unknown_patient(8, start__fraction=np.repeat([0.0, 1.0], 4), start__resistant=np.zeros(8))
    course = follow(whole, cycles(83), NOW + 731)
    none, all_ = (cure_points(course_of(course, rows)) for rows in (np.arange(4), np.arange(4, 8)))
    assert all(point.probability.q05 == 1 for point in none)
    assert all_[-1].probability.q95 < 0.01


def test_extinction_on_the_way_is_that_of_the_backward_equation(going_on):
    """At the pool of each draw the chance is the one `cure_from` gives, and rises with time."""
    few = np.flatnonzero(stem_cells(going_on)[:, going_on.days >= NOW].min(axis=1) < 1000)[:20]
    course = course_of(going_on, few)
    own, ahead = course.posterior.drawn(), course.days >= NOW
    packed = pack(own.parameters, own.effects)
    edges, doses = course.therapy.segments(NOW, course.days[-1])
    signal = Signal.of(course.days[ahead], np.moveaxis(course.states[:, ahead], 1, 0), packed)
    day = NOW + 365.25
    direct = cure_from(
        NOW, packed, edges, doses, signal, course.states[:, ahead][:, 0], own.stem_cells, horizons=[day]
    )
    found = extinct_by(course, np.array([NOW, NOW + 200, day, NOW + 700]))
    np.testing.assert_allclose(found[:, 2], direct[:, 0], atol=1e-4)
    assert (np.diff(found, axis=1) >= 0).all()


def test_weighted_quantiles_are_those_of_draws_that_stand_as_often_as_they_weigh():
    draws, weights = np.array([3.0, 1.0, 2.0]), np.array([2, 1, 4])
    many = quantiles(np.repeat(draws, weights))
    assert weighted(draws, weights).mean == pytest.approx(many.mean)
    assert weighted(draws, weights).q50 == 2.0
