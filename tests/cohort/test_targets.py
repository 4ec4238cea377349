import numpy as np
import pytest
from tests.cohort.hand_made import course

from remnant.cohort.calibration.compare import calibrate, compare, markdown
from remnant.cohort.calibration.targets import TARGETS, exponential, lognormal, median, of_range, share
from remnant.cohort.calibration.trials import enrolled, observe, trials, until
from remnant.cohort.course.outcomes import outcomes

NAMED = {target.name for target in TARGETS if target.named}
# What the model misses, on purpose not hidden: at half the dose it loses less than the trial did.
MISSED = {"response_5", "complete_5"}


def test_four_figures_are_named():
    assert {"weeks_to_independence", "years_independent", "complete_response", "lost_after_stop"} == NAMED


def test_every_interval_holds_its_figure():
    for target in TARGETS:
        f = target.figure
        assert (f.value is None) == (f.lower is None) == (f.upper is None)
        if f.value is not None:
            assert f.lower < f.value <= f.upper, target.name
            assert target.met(f.value)
            assert target.met(f.upper * 1.01) is False


def test_the_exact_interval_is_the_one_that_the_paper_prints():
    figure = share(99, 148)
    assert (round(figure.lower, 2), round(figure.upper, 2)) == (0.59, 0.74)


@pytest.mark.parametrize("n", [20, 99])
def test_the_median_of_a_sample_lies_within_the_ranks_as_often_as_said(n):
    rng = np.random.default_rng(7)
    inside = 0
    for values in rng.exponential(2.2 / np.log(2), (2000, n)):
        # The true median is 2.2; the interval of the law at the sample's own median must hold it.
        own = median(float(np.median(values)), n, exponential(float(np.median(values))), "")
        inside += own.lower <= 2.2 <= own.upper
    assert 0.92 < inside / 2000 < 0.99


def test_a_range_spreads_a_law_as_wide_as_its_extremes():
    law = lognormal(4.6, 1, 49, of_range(99))
    extremes = law(1 - 0.625 / 99.25) / law(0.625 / 99.25)
    assert extremes == pytest.approx(49, rel=1e-9)
    assert law(0.5) == pytest.approx(4.6)


def test_who_needs_no_red_cells_or_has_too_few_other_cells_is_not_enrolled():
    days = [0, 28, 56]
    ill = course(days, transfused=[1, 1, 1])
    assert enrolled(ill)[0]
    assert not enrolled(course(days))[0]
    assert not enrolled(course(days, transfused=[1, 1, 1], neutrophils=[0.4, 3, 3]))[0]
    assert not enrolled(course(days, transfused=[1, 1, 1], platelets=[49, 200, 200]))[0]


def test_a_cut_course_knows_nothing_of_what_came_later():
    days = list(range(0, 365, 28))
    late = course(days, transfused=[1] * 10 + [0] * 4, treated=[21] * 13)
    assert len(until(late, 168).days) == 7
    assert len(until(late, 168).treated) == 6
    assert np.isnan(outcomes(until(late, 168))["independence_day"][0])
    assert outcomes(late)["independence_day"][0] == 280


def test_a_responder_counts_in_every_figure_of_response():
    days = list(range(0, 1849, 28))
    n = len(days)
    marrow = [18, 6, 0] + [0] * 9
    abnormal = [marrow[day // 168] if day % 168 == 0 else -1 for day in days]
    progenitor = [0.95 if day < 56 else 0.03 for day in days]
    one = course(
        days,
        transfused=[1, 1] + [0] * (n - 4) + [1, 1],
        haemoglobin=[6.0, 7.0] + [13.0] * (n - 4) + [7.0, 7.0],
        abnormal=abnormal,
        progenitor=progenitor,
        neutrophils=[3.0, 0.8] + [3.0] * (n - 2),
    )
    label = next(trial for trial in trials() if trial.name == "label")
    seen = {name: value[0] for name, value in observe(label, one).items()}
    assert seen["independent"] == seen["complete_response"] == seen["cytogenetic_response"] == 1
    assert seen["weeks_to_independence"] == 8
    assert seen["best_haemoglobin"] == 13
    assert seen["haemoglobin_rise"] == 5  # from the trigger, at which transfusions hold a patient
    assert seen["years_independent"] == pytest.approx((days[-2] - 56) / 365.25)
    assert seen["years_independent_lost"] == 1
    assert (seen["neutropenia"], seen["thrombocytopenia"]) == (1, 0)
    assert seen["stem_above_progenitor"] == seen["progenitors_first"] == 1
    assert seen["stem_fraction_then"] == 0.9
    assert seen["half_year_10"] == seen["onset_by_cycle_2_10"] == 1


def test_stopping_is_followed_for_forty_nine_months_or_not_counted():
    days = list(range(0, 3653, 28))
    n = len(days)
    stopped = 672
    back = [0 < day <= stopped + 336 for day in days]
    abnormal = [(0 if b else 20) if day % 168 == 0 else -1 for day, b in zip(days, back, strict=True)]
    one = course(
        days,
        transfused=[1, 1] + [0] * (n - 3) + [1],
        abnormal=abnormal,
        treated=[21 if day < stopped else 0 for day in days[:-1]],
    )
    stop = next(trial for trial in trials() if trial.name == "stop")
    seen = {name: value[0] for name, value in observe(stop, one).items()}
    assert seen["lost_after_stop"] == seen["any_cell_after_stop"] == 1
    assert seen["needs_after_stop"] == 0  # independence was lost, but after the 49 months
    assert seen["months_independent_after_stop_lost"] == 1
    short = observe(stop, until(one, 2000))
    assert np.isnan(short["lost_after_stop"][0])


def test_who_is_treated_again_is_not_among_the_stopped():
    stop = next(trial for trial in trials() if trial.name == "stop")
    assert {rule.then for rule in stop.scenario.rule} == {"stop"}


def test_nobody_asked_is_no_figure():
    nobody = {name: np.full(3, np.nan) for name in {t.name for t in TARGETS}}
    rows = compare(nobody | {"years_independent_lost": np.full(3, np.nan)})
    assert all(row.model is None and row.patients == 0 for row in rows)
    assert {row.verdict for row in rows} == {"not seen"}


def _agrees(row):
    """Whether published and simulated interval touch: as much as few virtual patients can say."""
    return row.upper is None or (
        row.lower <= row.target.figure.upper and row.upper >= row.target.figure.lower
    )


def test_every_figure_is_sought_and_shown_in_a_handful_of_patients():
    rows = calibrate(6, 1)
    assert {row.target.name for row in rows} == {target.name for target in TARGETS}
    assert 0 < max(row.patients for row in rows) <= 6
    assert all(row.verdict == "not seen" for row in rows if not row.patients)
    table = markdown(rows)
    assert table.count("\n") == len(TARGETS) + 1
    assert all(target.meaning in table for target in TARGETS)


@pytest.mark.slow
def test_the_shipped_preset_agrees_with_the_named_figures_in_few_patients():
    for row in calibrate(400, 1):
        if row.target.named:
            assert _agrees(row), row


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shipped_preset_shows_the_published_figures_in_ten_thousand(seed):
    rows = calibrate(10_000, seed)
    missed = {row.target.name for row in rows if row.verdict == "missed"}
    assert not missed & NAMED
    assert missed <= MISSED
    above = next(row for row in rows if row.target.name == "stem_above_progenitor")
    assert above.model > 0.95
