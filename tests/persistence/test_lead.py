import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.persistence import EventInterval, lead_time, pool_leads


def event(name, after, by, patient="P1"):
    return EventInterval(patient, name, after, by, None, "why")


def lead(stem, clinic, patient="P1"):
    return lead_time(event("stem", *stem, patient), event("clinical", *clinic, patient))


@pytest.mark.parametrize(
    ("stem", "clinic", "expected"),
    [
        ((180, 270), (360, 400), (90, 220, "first came first")),
        ((180, 270), (270, 400), (0, 220, "first came first")),
        ((180, 270), (180, 270), (-90, 90, "unsure")),
        ((360, 400), (180, 270), (-220, -90, "second came first")),
        ((180, 270), (500, None), (230, None, "first came first")),
        ((180, 270), (200, None), (-70, None, "unsure")),
        ((500, None), (180, 270), (None, -230, "second came first")),
        ((200, None), (180, 270), (None, 70, "unsure")),
        ((500, None), (500, None), (None, None, "neither seen")),
        ((None, None), (180, 270), (None, None, "not evaluable")),
        ((180, 270), (None, None), (None, None, "not evaluable")),
        ((270, 270), (270, 270), (0, 0, "unsure")),
        ((260, 260), (270, 270), (10, 10, "first came first")),
    ],
)
def test_a_lead_is_the_difference_of_two_intervals(stem, clinic, expected):
    found = lead(stem, clinic)
    assert (found.lower, found.upper, found.sign) == expected


def test_a_lead_that_cannot_be_told_says_which_event_was_not_looked_for():
    assert lead((None, None), (180, 270)).reason == "stem: why"


@given(
    st.integers(1, 900), st.integers(1, 900),
    st.lists(st.integers(0, 1000), min_size=1, max_size=8),
    st.lists(st.integers(0, 1000), min_size=1, max_size=8),
)  # fmt: skip
def test_the_true_lead_lies_within_its_limits_and_a_sure_sign_is_right(a, b, looks_a, looks_b):
    """Any two true days, any two sets of looks."""

    def seen(day, looks):
        before, after = [x for x in looks if x < day], [x for x in looks if x >= day]
        return max(before, default=0), min(after, default=None) if after else None

    found, true = lead(seen(a, looks_a), seen(b, looks_b)), b - a
    assert found.lower is None or found.lower < true
    assert found.upper is None or true < found.upper
    if found.sign == "first came first":
        assert true > 0
    if found.sign == "second came first":
        assert true < 0


def test_pooled_leads_count_the_sure_the_unsure_and_those_against():
    leads = [
        lead((0, 10), (50, 60), "P1"), lead((0, 10), (50, 60), "P2"), lead((0, 10), (5, 60), "P3"),
        lead((50, 60), (0, 10), "P4"), lead((None, None), (0, 10), "P5"), lead((9, None), (9, None), "P6"),
    ]  # fmt: skip
    found = pool_leads(leads, confidence=0.95)
    assert (found.patients, found.ahead, found.behind, found.unsure) == (4, 2, 1, 1)
    assert (found.median_lower, found.median_upper) == (17.5, 60.0)
    assert found.lower is None  # four patients allow no 95 % interval
    assert pool_leads([], confidence=0.95) is None


def test_six_patients_are_the_fewest_that_allow_limits():
    """2 / 2^6 = 0.031: the sign test of six."""
    six = pool_leads([lead((0, 10), (50 + n, 60 + n), f"P{n}") for n in range(6)], confidence=0.95)
    assert six.coverage == pytest.approx(1 - 2 / 64)
    assert (six.lower, six.upper) == (40, 65)
    five = pool_leads([lead((0, 10), (50, 60), f"P{n}") for n in range(5)], confidence=0.95)
    assert five.coverage is None


def test_the_limits_of_the_median_lead_cover_it():
    """600 studies of 12 patients, looks every 90 days: at least 95 % within 3 standard errors."""
    rng, held = np.random.default_rng(4), 0
    for _ in range(600):
        leads = []
        for n in range(12):
            first = int(rng.integers(100, 600))
            second = max(first + int(rng.normal(80, 150)), 1)
            spans = [(90 * ((day - 1) // 90), 90 * ((day - 1) // 90) + 90) for day in (first, second)]
            leads.append(lead(*spans, patient=f"P{n}"))
        found = pool_leads(leads, confidence=0.95)
        held += found.lower <= 80 <= found.upper
    assert held / 600 > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 600)
