"""Figures of a fit: they hold what the records say, a small clone shows, and what is unfit is marked."""

from dataclasses import replace

import numpy as np
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from remnant.figures import fit_scale
from remnant.figures.fit_checks import plot_checks, plot_pit
from remnant.figures.fit_cure import plot_cure
from remnant.figures.fit_fan import plot_fan
from remnant.figures.fit_mechanisms import plot_mechanisms
from remnant.figures.fit_next import plot_next
from remnant.figures.fit_numbers import SCORES, plot_numbers, position
from remnant.figures.fit_ranks import plot_ranks
from remnant.figures.fit_relapse import chance_rows, plot_chances, plot_forecasts
from remnant.figures.fit_shade import UNFIT
from remnant.figures.fit_spaghetti import plot_spaghetti
from remnant.figures.fit_what_if import plot_what_ifs
from remnant.figures.theme import ALARM, specification
from remnant.inference.records import Quantiles


@pytest.fixture(scope="module")
def fit(made):
    return made.made_fit(scenario="stop now")


@pytest.fixture(scope="module")
def seen(made, fit):
    return made.made_observed(fit)


def drawn(chart):
    chart.to_dict()  # checks the schema
    spec = specification(chart)
    return vl_convert.vegalite_to_svg(spec), spec["datasets"], spec["description"]


def everything(fit, seen):
    name = fit.patients[0]
    return {
        "fan": plot_fan(fit, seen, name),
        "spaghetti": plot_spaghetti(fit, seen, name),
        "chances": plot_chances(fit, name, anchor="first dose"),
        "strip": plot_forecasts(fit, anchor="first dose"),
        "numbers": plot_numbers(fit, [one for one in fit.numbers if not one.patient_id]),
        "checks": plot_checks(fit),
        "pit": plot_pit(fit),
        "cure": plot_cure(fit, name),
        "pairs": plot_what_ifs(fit, name),
        "next": plot_next(fit, name),
        "mechanisms": plot_mechanisms(fit),
    }


def test_every_figure_is_drawn_and_says_what_it_shows(fit, seen):
    for name, chart in everything(fit, seen).items():
        svg, data, says = drawn(chart)
        assert "<svg" in svg, name
        assert len(says) > 30, name
        assert all(rows or key.startswith(("bound", "silent", "seen")) for key, rows in data.items()), name


def test_a_figure_of_an_unfit_fit_says_so_itself_since_a_picture_travels_without_its_page(made, seen):
    unfit = made.made_fit(fit=False, scenario="stop now")
    for name, chart in everything(unfit, seen).items():
        assert UNFIT in drawn(chart)[0], name


def test_the_figures_of_a_fit_that_holds_do_not_say_that_it_must_not_be_used(fit, seen):
    assert all(UNFIT not in drawn(chart)[0] for chart in everything(fit, seen).values())


def test_the_fan_holds_the_quantiles_of_the_curve_to_four_figures(fit, seen):
    _, data, _ = drawn(plot_fan(fit, seen, "S-02", points=10_000))
    own = [
        p
        for p in fit.curves
        if (p.patient_id, p.quantity, p.scenario) == ("S-02", "stem fraction", "as planned")
    ]
    assert [row["day"] for row in data["fan-stem"]] == [p.day for p in own]
    for row, point in zip(data["fan-stem"], own, strict=True):
        assert row["q50"] == pytest.approx(point.value.q50, rel=1e-3)
        assert row["q05"] <= row["q25"] <= row["q50"] <= row["q75"] <= row["q95"]


def test_a_thinned_fan_keeps_its_first_and_last_day(fit, seen):
    _, data, _ = drawn(plot_fan(fit, seen, "S-02", points=40))
    days = [row["day"] for row in data["fan-stem"]]
    own = [p.day for p in fit.curves if p.patient_id == "S-02"]
    assert len(days) <= 40
    assert (days[0], days[-1]) == (min(own), max(own))


def test_not_detected_is_a_bound_and_never_a_value(fit, seen):
    _, data, _ = drawn(plot_fan(fit, seen, "S-07"))
    missed = [
        k for k in seen.looks if k.patient_id == "S-07" and k.quantity == "stem fraction" and k.value is None
    ]
    assert missed
    assert [(row["day"], row["upper"]) for row in data["bound-stem"]] == [(k.day, k.upper) for k in missed]
    assert not {k.day for k in missed} & {row["day"] for row in data["seen-stem"]}


def test_another_calendar_begins_on_the_day_of_now(fit, seen):
    _, data, _ = drawn(plot_fan(fit, seen, "S-01"))
    assert min(row["day"] for row in data["other-stem"]) >= data["now"][0]["day"]


def test_what_the_next_measurement_shows_is_drawn_where_both_it_and_the_truth_are_given(fit, seen):
    hidden = [replace(p, seen=False) for p in fit.curves if p.quantity == "haemoglobin"]
    twice = replace(fit, curves=(*hidden, *fit.curves))
    assert drawn(plot_fan(twice, seen, "S-01"))[1] == drawn(plot_fan(fit, seen, "S-01"))[1]


def test_a_patient_without_a_curve_has_no_fan(fit, seen):
    assert plot_fan(fit, seen, "nobody") is None
    assert plot_chances(fit, "S-03", anchor="a") is None  # returned: nothing is forecast
    assert plot_forecasts(replace(fit, relapses=()), anchor="a") is None


def test_the_chance_of_relapse_rises_from_nothing_to_what_the_horizon_leaves(fit):
    for one in fit.relapses:
        if one.chances and one.scenario == "as planned":
            rows = chance_rows(one)
            chances = [row["chance"] for row in rows]
            assert chances[0] == 0
            assert chances == sorted(chances)
            assert chances[-1] == pytest.approx(1 - one.beyond, abs=1e-4)


def test_a_median_beyond_the_horizon_has_no_mark_and_a_silent_patient_its_reason(fit):
    _, data, _ = drawn(plot_forecasts(fit, anchor="first dose"))
    late = {
        (one.patient_id, one.kind)
        for one in fit.relapses
        if one.scenario == "as planned" and one.day and one.day.q50 >= one.horizon_day
    }
    assert late
    assert {(r["patient"], r["kind"]) for r in data["ahead"] if r["median"] is None} == late
    assert {row["patient"] for row in data["silent"]} == {"S-03", "S-06"}
    assert all(row["reason"] for row in data["silent"])


quantile = st.floats(1e-9, 1e6)


@given(st.lists(quantile, min_size=5, max_size=5, unique=True), quantile, quantile)
def test_where_a_value_lies_in_its_prior_rises_with_the_value(places, one, other):
    score = position(Quantiles(1.0, *sorted(places)))
    low, high = sorted((one, other))
    assert score(low) <= score(high) + 1e-9


def test_the_quantiles_of_the_prior_lie_at_their_own_scores():
    prior = Quantiles(1.0, 0.1, 0.5, 1.0, 2.0, 9.0)
    score = position(prior)
    assert [score(v) for v in (0.1, 0.5, 1.0, 2.0, 9.0)] == pytest.approx(SCORES)
    assert position(Quantiles(2.0, 2.0, 2.0, 2.0, 2.0, 2.0))(2.0) == 0


@given(st.floats(1e-7, 0.999), st.floats(1e-7, 0.999), st.integers(40, 400))
def test_the_ticks_of_a_fraction_have_room_and_hold_both_ends(one, other, height):
    low, high = fit_scale.foot([one, other]), fit_scale.head([one, other])
    ticks = fit_scale.spaced(low, high, height)
    assert (ticks[0], ticks[-1]) == (low, high)
    places = [fit_scale.log_odds(t) for t in ticks]
    pixels = np.diff(places) * height / (places[-1] - places[0])
    assert (pixels > 0).all()
    assert (pixels[:-1] >= fit_scale.NAME - 1e-9).all()


def test_ranks_that_leave_their_band_are_named_and_red():
    draws, size = 50, 400
    at = np.arange(1, draws + 1) / (draws + 1)
    width = 3 * np.sqrt(at * (1 - at) / size)
    rng = np.random.default_rng(3)
    good, bad = rng.integers(0, draws + 1, size), np.minimum(rng.integers(0, draws + 1, size), 30)
    svg, data, says = drawn(plot_ranks({"good": good, "bad": bad}, draws, at - width, at + width))
    assert "outside: bad." in says
    assert ALARM in svg
    last = data["rank-1"][-2]
    assert last["less"] == pytest.approx(1 - at[-1], abs=1e-4)  # every rank is at most 30
    assert len(data["rank-0"]) == draws + 2


def test_a_flat_tail_lies_within_its_band(fit):
    flat = [replace(fit.check_rows[0], tail=(n + 0.5) / 200) for n in range(200)]
    _, data, _ = drawn(plot_pit(replace(fit, check_rows=tuple(flat))))
    band = data["band-0"][0]
    assert all(band["lower"] <= row["count"] <= band["upper"] for row in data["pit-0"])
    assert sum(row["count"] for row in data["pit-0"]) == 200


def test_a_mechanism_whose_guards_failed_is_marked(fit):
    _, data, _ = drawn(plot_mechanisms(fit))
    doubtful = {one.title for one in fit.mechanisms if not one.fit or one.pareto_k > 0.7}
    assert {row["mechanism"] for row in data["mechanisms"] if row["doubtful"]} == doubtful
