"""Same subjects, other order: the same answer to the last bit, from every estimator."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.survival.cox import cox
from remnant.stats.survival.cumulative_incidence import aalen_johansen
from remnant.stats.survival.fine_gray import fine_gray
from remnant.stats.survival.firth_cox import firth_cox
from remnant.stats.survival.gray import gray
from remnant.stats.survival.interval_censored import interval_censored
from remnant.stats.survival.kaplan_meier import kaplan_meier, restricted_mean
from remnant.stats.survival.log_rank import exact_log_rank, log_rank
from remnant.stats.survival.proportional_hazards import proportional_hazards

# Few distinct times, so that nearly all are tied.
SUBJECTS = st.lists(
    st.tuples(
        st.integers(1, 8), st.integers(0, 2), st.integers(0, 1), st.sampled_from([-1.3, -0.2, 0.0, 0.4, 2.1]),
        st.sampled_from([0.0, 0.5, 0.9]), st.integers(0, 1),
    ),
    min_size=4, max_size=24,
)  # fmt: skip


def answers(rows):
    time, event, x, z, entry, stratum = np.array(rows, float).T
    both = np.c_[x, z]
    return {
        "kaplan_meier": kaplan_meier(time, event > 0, entry=entry),
        "restricted_mean": restricted_mean(time, event > 0, until=6.0),
        "log_rank": log_rank(time, event > 0, x, entry=entry, stratum=stratum),
        "exact_log_rank": exact_log_rank(time, event > 0, x),
        "cox": cox(time, event == 1, both),
        "cox, late": cox(time, event == 1, both, entry=entry, stratum=stratum),
        "firth": firth_cox(time, event == 1, z, stratum=stratum),
        "aalen_johansen": aalen_johansen(time, event, entry=entry),
        "gray": gray(time, event, x),
        "fine_gray": fine_gray(time, event, both),
        "hazards": proportional_hazards(time, event == 1, z),
        "interval": interval_censored(time - entry, np.where(event > 0, time, np.inf)),
    }


def same(first, second):
    if is_dataclass(first):
        return all(same(getattr(first, f.name), getattr(second, f.name)) for f in fields(first))
    if isinstance(first, tuple):
        return all(map(same, first, second))
    if first is None or isinstance(first, str):
        return first == second
    return np.array_equal(first, second, equal_nan=True)


@given(SUBJECTS, st.randoms())
@settings.get_profile("costly")
def test_the_order_of_rows_changes_no_bit_of_any_answer(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    first, second = answers(rows), answers(shuffled)
    assert {name for name in first if not same(first[name], second[name])} == set()


@pytest.mark.parametrize("unit", [1 / 365.25, 12 / 365.25, 0.1])
def test_days_and_years_tie_alike(unit):
    """A time made by a division, and the same made by another sum, are one time."""
    rng = np.random.default_rng(5)
    days, event, x = rng.integers(1, 40, 60), rng.integers(0, 3, 60), rng.normal(size=60)
    part = rng.integers(0, days)
    years = part * unit + (days - part) * unit
    assert len(np.unique(years)) > len(np.unique(days))
    first, second = cox(days, event == 1, x), cox(years, event == 1, x)
    assert first.coefficient == pytest.approx(second.coefficient, abs=1e-12)
    assert np.array_equal(kaplan_meier(days, event > 0).free, kaplan_meier(years, event > 0).free)
    assert np.array_equal(aalen_johansen(days, event).incidence, aalen_johansen(years, event).incidence)
    assert gray(days, event, x > 0).chi_square == gray(years, event, x > 0).chi_square
