"""Blood in marrow: the mixture is undone, bounds hold, contradictions are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.rare.count import count_rare
from remnant.cytometry.rare.haemodilution import (
    BloodShare,
    correct_for_blood,
    share_bound_from_marker,
    share_from_counts,
)
from remnant.errors import SettingError
from remnant.study.estimate import Evidence

shares = st.floats(0, 0.95)


def test_a_mixture_made_of_known_volumes_is_read_back():
    # One volume of blood with two volumes of marrow tissue that has no red cell of its own.
    found = share_from_counts(
        marrow_red_1e12_per_l=4.5 / 3,
        marrow_nucleated_1e9_per_l=(6 + 2 * 60) / 3,
        blood_red_1e12_per_l=4.5,
        blood_white_1e9_per_l=6,
    )
    assert found.lower == pytest.approx(6 / 126)
    assert found.upper == pytest.approx(6 / 126)


def test_an_aspirate_that_is_blood_is_refused():
    counts = {"marrow_red_1e12_per_l": 4.5, "blood_red_1e12_per_l": 4.5, "blood_white_1e9_per_l": 6.0}
    with pytest.raises(SettingError, match="it is blood"):
        share_from_counts(marrow_nucleated_1e9_per_l=6, **counts)
    with pytest.raises(SettingError, match="marrow nucleated cells"):
        share_from_counts(marrow_nucleated_1e9_per_l=0, **counts)


@given(shares, shares, st.integers(1, 10**5))
def test_dilution_only_lowers_what_blood_does_not_carry(first, second, events):
    low, high = sorted((first, second))
    found = correct_for_blood(count_rare(events, 10**6), BloodShare(low, high, "test"))
    assert found.corrected.lower >= found.observed.lower
    assert found.corrected.value >= found.observed.value * (1 - 1e-12)
    assert found.corrected.lower <= found.corrected.value <= found.corrected.upper
    assert found.observed == count_rare(events, 10**6).fraction


@given(st.floats(0, 0.9), st.floats(0, 0.01), st.floats(0.0, 0.01))
def test_the_corrected_limits_hold_the_marrow_that_was_mixed(share, marrow, blood):
    mixed = (1 - share) * marrow + share * blood
    parent = 10**6
    events = round(mixed * parent)
    found = correct_for_blood(
        count_rare(events, parent), BloodShare(share / 2, share, "test"), blood_fraction=(blood / 2, blood)
    )
    assert (found.corrected.lower or 0) - 1e-12 <= marrow <= found.corrected.upper + 1e-12


def test_not_detected_stays_not_detected_with_a_wider_bound():
    found = correct_for_blood(count_rare(0, 10**6), BloodShare(0.2, 0.5, "test"))
    assert found.corrected.evidence is Evidence.NOT_DETECTED
    assert found.corrected.upper == pytest.approx(2 * found.observed.upper)
    assert "without blood" in found.sentence


def test_an_empty_parent_is_corrected_to_nothing():
    found = correct_for_blood(count_rare(0, 0), BloodShare(0.2, 0.5, "test"))
    assert found.corrected.evidence is Evidence.NOT_EVALUABLE


@pytest.mark.parametrize("share", [(0.5, 0.2), (-0.1, 0.2), (0.2, 1.0)])
def test_a_share_that_is_no_interval_is_refused(share):
    with pytest.raises(SettingError, match="blood share"):
        correct_for_blood(count_rare(1, 10), BloodShare(*share, "test"))


def test_the_bound_by_a_population_of_blood_covers_the_share():
    rng = np.random.default_rng(3)
    share, in_marrow, in_blood, runs = 0.3, 0.02, 0.55, 800
    covered = 0
    for _ in range(runs):
        aspirate = rng.binomial(20_000, (1 - share) * in_marrow + share * in_blood)
        blood = rng.binomial(8000, in_blood)
        found = share_bound_from_marker(int(aspirate), 20_000, int(blood), 8000)
        assert found.lower == 0
        covered += found.upper >= share
    assert covered / runs >= 0.95
    with pytest.raises(SettingError, match="blood carries"):
        share_bound_from_marker(5, 100, 0, 100)
