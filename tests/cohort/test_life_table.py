"""A curve from counts by day is the curve from rows, and adds up over blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cohort.summary.life_table import life_table
from remnant.stats.survival.kaplan_meier import kaplan_meier

subjects = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


def counts(rows, length=31):
    days, event = np.array([row[0] for row in rows], int), np.array([row[1] for row in rows], bool)
    return np.stack([np.bincount(days[which], minlength=length) for which in (event, ~event)])


@given(subjects)
def test_counts_by_day_give_the_curve_of_kaplan_and_meier(rows):
    table = life_table(*counts(rows))
    curve = kaplan_meier([row[0] for row in rows], [row[1] for row in rows])
    steps = table.events > 0
    assert table.day[steps] == pytest.approx(curve.time)
    assert table.at_risk[steps] == pytest.approx(curve.at_risk)
    assert table.free[steps] == pytest.approx(curve.free)
    assert table.lower[steps] == pytest.approx(curve.lower, nan_ok=True)
    assert table.upper[steps] == pytest.approx(curve.upper, nan_ok=True)
    assert table.median == (None if curve.median is None else pytest.approx(curve.median))


@given(subjects, subjects)
def test_two_blocks_add_up_to_the_whole(one, other):
    whole, parts = life_table(*counts(one + other)), life_table(*(counts(one) + counts(other)))
    for name in ("day", "at_risk", "events", "free"):
        assert (getattr(whole, name) == getattr(parts, name)).all()


def test_nobody_makes_no_step():
    table = life_table(np.zeros(5, int), np.zeros(5, int))
    assert len(table.day) == 0
    assert table.median is None
