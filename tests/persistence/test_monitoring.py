import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.persistence import (
    CloneReading,
    DosePeriod,
    Followed,
    MonitoringLook,
    clone_changes,
    judge_resistance,
    monitor,
)
from remnant.stats.numerics.posterior import beta_posterior
from remnant.study import Estimate, Source


def reading(day, k, n):
    return CloneReading(day, beta_posterior(k + 0.5, n - k + 0.5), None, (Source("fish.csv", day + 10),))


def series(*counts):
    looks = tuple(
        MonitoringLook(f"S{day}", day, k, n, Estimate.not_done("not asked")) for day, k, n in counts
    )
    readings = tuple(reading(day, k, n) for day, k, n in counts if n)
    return Followed("P1", "blood", "cd34", "FISH", looks, readings, "as counted")


def judged(*counts):
    return monitor(series(*counts), treated_from=0, probability=0.95, confidence=0.95)


def test_a_clone_that_falls_and_grows_has_a_trend_from_its_lowest_level():
    found = judged((-3, 180, 200), (90, 4, 200), (180, 8, 200), (270, 16, 200), (360, 32, 200))
    assert (found.fell_day, found.trend_from_day, found.trend_looks) == (90, 90, 4)
    assert found.rise_day is not None
    # Doubled every 90 days.
    assert found.doubling_lower < 90 < found.doubling_upper
    assert found.doubling_days == pytest.approx(84, abs=12)
    assert found.slope_lower < found.slope_per_month < found.slope_upper


def test_a_stable_series_has_no_doubling_time_and_no_rise():
    found = judged((-3, 180, 200), (90, 9, 200), (180, 11, 200), (270, 8, 200), (360, 10, 200))
    assert found.rise_day is None
    assert found.doubling_upper is None
    assert found.slope_lower < 0 < found.slope_upper


def test_a_series_of_one_look_says_that_it_is_none():
    found = judged((-3, 180, 200), (90, 0, 0))
    assert (found.trend_from_day, found.slope_per_month, found.rise_day) == (None, None, None)
    assert "1 of 2 samples could be counted" in found.reason


def test_an_endless_slope_has_no_number():
    """Nothing, then a clone: the slope has a lower limit and no upper one."""
    found = judged((-3, 50, 50), (90, 0, 50), (180, 20, 50))
    assert found.slope_per_month is None
    assert found.slope_lower > 0
    assert found.slope_upper is None
    assert found.doubling_lower == 0


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
@settings(max_examples=40, deadline=None)
def test_any_series_can_be_judged(counts):
    found = judged(*((60 * n, min(pair), max(pair)) for n, pair in enumerate(counts)))
    assert len(found.looks) == len(counts)
    assert found.reason


FALL_AND_RISE = (reading(-3, 95, 100), reading(180, 1, 100), reading(360, 1, 100), reading(540, 40, 100))


def resistance(readings, *doses, treated_from=0):
    before = sum(item.day <= 0 for item in readings)
    changes, _ = clone_changes(readings, probability=0.95, first=max(before, 1)) if readings else ((), ())
    periods = [DosePeriod(*dose, Source("therapy.csv", n + 2)) for n, dose in enumerate(doses)]
    return judge_resistance(
        "P1", "progenitor", readings, changes, periods, treated_from=treated_from, probability=0.95
    )


@pytest.mark.parametrize(
    ("doses", "kind", "resistant"),
    [
        ([(0, None, 10.0)], "acquired resistance", True),
        ([(0, 299, 10.0), (300, None, 10.0)], "acquired resistance", True),
        ([(0, 299, 10.0), (300, None, 15.0)], "acquired resistance", True),
        ([(0, 299, 10.0), (300, None, 5.0)], "growth while dose reduced", False),
        ([(0, 299, 10.0), (530, None, 10.0)], "growth while held", False),
        ([(0, 399, 10.0), (402, None, 10.0)], "growth while held", False),
        ([(0, 200, 10.0)], "growth after the last dose", False),
        ([(0, None, None)], "growth, dose not known", None),
        ([(0, 500, 10.0), (501, None, None)], "growth, dose not known", None),
        # Held before the last clear look, more than 28 days before the growth: it does not matter.
        ([(0, 200, 10.0), (250, None, 10.0)], "acquired resistance", True),
    ],
)
def test_growth_is_resistance_only_where_every_day_had_the_full_dose(doses, kind, resistant):
    found = resistance(FALL_AND_RISE, *doses)
    assert (found.kind, found.resistant) == (kind, resistant), found.reason
    assert (found.after_day, found.day) == (360, 540)


def test_a_hold_in_the_28_days_before_growth_counts_though_the_look_before_is_nearer():
    readings = (*FALL_AND_RISE[:3], reading(530, 1, 100), reading(540, 40, 100))
    assert resistance(readings, (0, 515, 10.0), (520, None, 10.0)).kind == "growth while held"


def test_a_clone_that_never_fell_is_resistant_from_the_first_after_16_weeks_of_full_dose():
    stays = (reading(-3, 95, 100), reading(150, 93, 100))
    assert resistance(stays, (0, None, 10.0)).kind == "primary resistance"
    early = resistance((reading(-3, 95, 100), reading(100, 93, 100)), (0, None, 10.0))
    assert (early.kind, early.resistant) == ("not evaluable", None)
    held = resistance(stays, (0, 60, 10.0), (90, None, 10.0))
    assert (held.kind, held.resistant) == ("no resistance shown", None)
    few = resistance((reading(-3, 3, 4), reading(150, 1, 2)), (0, None, 10.0))
    assert (few.kind, few.resistant) == ("no resistance shown", None)


def test_a_clone_that_grows_without_having_fallen_is_resistant_from_the_first():
    found = resistance((reading(-3, 30, 100), reading(150, 80, 100)), (0, None, 10.0))
    assert (found.kind, found.resistant) == ("primary resistance", True)


def test_nothing_is_judged_without_a_dose_or_a_look():
    assert resistance(FALL_AND_RISE).kind == "not evaluable"
    assert resistance((), (0, None, 10.0)).resistant is None
    assert resistance(FALL_AND_RISE, (0, None, 10.0), treated_from=None).reason == "not treated"


def test_resistance_needs_growth():
    found = resistance(FALL_AND_RISE[:3], (0, None, 10.0))
    assert (found.kind, found.resistant) == ("no resistance shown", False)
