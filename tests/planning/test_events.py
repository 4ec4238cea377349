import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from remnant.planning import BlankLaw, Wishes, blank_law, events_sentence, plan_events, plan_split, tube
from remnant.planning.acquisition import cells_for_cv, cells_for_detection
from remnant.planning.background import NO_BACKGROUND
from remnant.stats.numerics.posterior import beta_posterior
from remnant.stats.rare.product import product_posterior


def goal(plan, kind):
    return next(goal for goal in plan.goals if goal.kind == kind)


@pytest.mark.parametrize(
    ("mean", "limit", "signal"),
    [
        (0, 0, 3.00),
        (0.5, 2, 5.80),
        (1, 3, 6.75),
        (2, 5, 8.51),
        (5, 9, 10.71),
        (10, 15, 13.10),
        (20, 28, 18.39),
    ],
)
def test_the_smallest_signal_over_each_background_is_that_of_the_table(mean, limit, signal):
    row = next(row for row in plan_events(1e-5, Wishes()).blanks if row.mean == mean)
    assert row.limit_of_blank == limit
    assert round(row.signal, 2) == signal


@pytest.mark.parametrize(
    ("cv", "events", "cells"), [(0.3, 11.1, 1.1e6), (0.2, 25, 2.5e6), (0.15, 44.4, 4.4e6), (0.1, 100, 1e7)]
)
def test_a_coefficient_of_variation_needs_the_events_of_the_table(cv, events, cells):
    found = plan_events(1e-5, Wishes(cv=cv)).goals[0]
    assert found.events == pytest.approx(events, abs=0.05)
    assert found.cells == pytest.approx(cells, rel=0.011)


def test_25_events_are_two_and_a_half_million_cells_at_1_in_100_000():
    assert plan_events(1e-5, Wishes(cv=0.2)).goals[0].cells == 2_500_000


def test_one_event_and_the_conventional_limits_are_those_of_the_table():
    plan = plan_events(1e-5, Wishes())
    assert round(goal(plan, "events").cells, -3) == 300_000
    assert goal(plan, "lod").cells == 2_000_000
    assert goal(plan, "loq").cells == 5_000_000


@given(st.floats(1e-7, 1e-2), st.floats(0.05, 0.6), st.floats(0, 50), st.floats(0, 0.5))
@settings(max_examples=60, deadline=None)
def test_the_planned_cells_count_with_the_wished_variation(frequency, cv, background, dispersion):
    for blank in (BlankLaw(background, None, dispersion), BlankLaw(background, 1e6, dispersion)):
        cells = cells_for_cv(frequency, cv, blank)
        if cells is None:
            assert blank.cells is not None
            continue
        events, noise = frequency * cells, blank.mean(cells)
        found = np.sqrt(events + noise + dispersion * noise**2) / events
        assert found <= cv * (1 + 1e-6)
        if cells > 1000:
            assert found == pytest.approx(cv, rel=2e-3)


def test_a_background_that_varies_between_tubes_can_forbid_any_precision():
    plan = plan_events(1e-5, Wishes(), blank=BlankLaw(10.0, 1e6, 0.2))
    assert plan.goals[0].cells is None
    assert "no number of cells suffices" in events_sentence(plan)


@pytest.mark.parametrize(
    ("frequency", "rate", "dispersion", "power"),
    [(1e-3, 5e-4, 0.0, 0.95), (1e-3, 4e-3, 0.0, 0.9), (2e-3, 1e-3, 0.3, 0.8), (1e-3, 1e-5, 0.0, 0.5)],
)
def test_from_the_planned_cells_on_every_tube_exceeds_the_limit_of_blank(frequency, rate, dispersion, power):
    """Against every size of tube up to 60,000 cells: the background as negative binomial, summed over."""
    blank = BlankLaw(rate * 1e6, 1e6, dispersion)
    planned = cells_for_detection(frequency, blank, power=power)
    sizes = np.arange(20, 60_000) if dispersion == 0 else np.arange(planned - 100, planned + 300)
    if dispersion == 0:
        chance = poisson.sf(poisson.ppf(0.95, rate * sizes), (rate + frequency) * sizes)
    else:
        chance = np.array([exceeds(frequency * n, rate * n, dispersion) for n in sizes])
    assert planned == sizes[np.flatnonzero(chance < power)[-1]] + 1


def exceeds(events, mean, dispersion):
    size = 1 / dispersion
    law = nbinom(size, size / (size + mean))
    limit = law.ppf(0.95)
    background = np.arange(int(limit) + 1)
    return 1 - float(law.pmf(background) @ poisson.cdf(limit - background, events))


@pytest.mark.parametrize(
    ("frequency", "rate", "dispersion"), [(1e-3, 4e-5, 0.3), (1e-2, 1e-4, 1.0), (1e-4, 1e-4, 0.5)]
)
def test_a_background_of_any_spread_has_an_answer(frequency, rate, dispersion):
    cells = cells_for_detection(frequency, BlankLaw(rate * 1e6, 1e6, dispersion), power=0.9)
    if cells is not None:
        assert exceeds(frequency * cells, rate * cells, dispersion) >= 0.9 - 1e-4


def test_a_fixed_background_needs_its_own_signal():
    cells = cells_for_detection(1e-5, BlankLaw(2.0), power=0.95)
    assert cells == pytest.approx(8.513034908 / 1e-5, abs=2)


def test_no_background_is_detected_by_one_event():
    assert cells_for_detection(1e-5, NO_BACKGROUND, power=0.95) == 299_574


def test_blanks_give_a_background_that_grows_with_the_tube():
    law, said = blank_law([(3, 1_000_000), (1, 1_000_000), (2, 500_000)])
    assert law.mean(5_000_000) == pytest.approx(12)
    assert "6 of 2,500,000" in said
    assert "fewer than 3" in blank_law([(3, 1000)])[1]


def test_a_tube_without_an_event_excludes_three_over_its_cells():
    done = plan_events(1e-5, Wishes(), acquire=1_000_000).acquired
    assert done.none_seen == pytest.approx(2.9957e-6, rel=1e-4)
    assert done.power == pytest.approx(1 - np.exp(-10))
    assert (done.lower, done.upper) == (pytest.approx(4.80, abs=0.01), pytest.approx(18.39, abs=0.01))


def test_every_way_to_bound_malignant_stem_cells_keeps_to_its_target():
    split = plan_split(1e-3, 2e-5)
    assert split.best in split.rows
    assert split.best.hours == min(row.hours for row in split.rows)
    for row in split.rows:
        clone = beta_posterior(row.abnormal + 0.5, row.nuclei - row.abnormal + 0.5)
        upper = float(product_posterior(round(1e-3 * row.cells), row.cells, clone).quantile(0.95))
        assert upper <= 2e-5 * 1.01  # events are whole here
        assert row.cells * 1e-3 * split.recovered >= row.nuclei - 1e-6


def test_with_fewer_nuclei_no_number_of_cells_bounds_the_product():
    split = plan_split(1e-3, 2e-5)
    enough, short = (
        1e-3 * float(beta_posterior(0.5, n + 0.5).quantile(0.95))
        for n in (split.fewest_nuclei, split.fewest_nuclei - 1)
    )
    assert enough < 2e-5 <= short


def test_a_clone_above_the_target_is_never_bounded_below_it():
    split = plan_split(1e-3, 2e-5, clone=0.2)
    assert split.best is None
    plan = plan_events(1e-3, Wishes(), split=split)
    assert "no number of nuclei suffices" in events_sentence(plan)


def test_cheaper_nuclei_move_the_best_split_towards_nuclei():
    slow = plan_split(1e-2, 1e-4, seconds_per_nucleus=120, cells_per_second=2000).best
    quick = plan_split(1e-2, 1e-4, seconds_per_nucleus=0.1, cells_per_second=10).best
    assert quick.nuclei > slow.nuclei
    assert quick.cells < slow.cells


@given(st.floats(0.01, 300), st.floats(0, 4000), st.sampled_from([0.0, 0.01, 0.3]))
@settings(max_examples=60, deadline=None)
def test_the_short_sum_over_a_large_background_leaves_nothing_out(events, background, dispersion):
    limit = BlankLaw(background, None, dispersion).limit_of_blank(0, probability=0.95)
    leaked = np.arange(limit + 1)
    size = 1 / dispersion if dispersion else 0
    law = nbinom(size, size / (size + background)) if dispersion else poisson(background)
    whole = 1 - law.pmf(leaked) @ poisson(events).cdf(limit - leaked)
    assert tube.exceeds(limit, events, background, dispersion) == pytest.approx(whole, abs=1e-9)
