"""Limits from blanks and from a rule: theory, coverage, few blanks, bad blanks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry.rare.limits import Blank, LimitMethod, limits_from_blanks, limits_from_rule
from remnant.cytometry.rare.rule import RareRule
from remnant.cytometry.rare.table import read_blanks
from remnant.errors import SettingError, TableError

DEPTH = 500_000


def blanks(counts, depth=DEPTH):
    return [Blank(int(count), depth) for count in counts]


def test_empty_blanks_leave_detection_to_three_events():
    found = limits_from_blanks(blanks([0] * 60), DEPTH)
    assert found.blank.events == 0
    assert found.detection.events == pytest.approx(2.9957, abs=1e-4)
    assert found.quantitation.events == pytest.approx(25)
    assert found.detection.fraction == pytest.approx(2.9957 / DEPTH, rel=1e-4)
    assert any("no blank has an event" in note for note in found.notes)


def test_a_poisson_background_gives_the_limits_of_the_books():
    found = limits_from_blanks(blanks([2] * 60), DEPTH)
    assert found.dispersion == 0
    assert found.background == pytest.approx(2)
    assert found.blank.events == 5  # P(X <= 5 | 2) = 0.983, P(X <= 4) = 0.947
    assert found.detection.events == pytest.approx(10.513, abs=1e-3)  # P(X <= 5 | 10.513) = 0.05


@settings(max_examples=25)
@given(st.lists(st.integers(0, 60), min_size=20, max_size=80), st.integers(10_000, 10**7))
def test_limits_stand_in_their_order(counts, parent):
    found = limits_from_blanks(blanks(counts), parent)
    assert found.blank.events <= found.blank_upper.events
    assert found.blank.events < found.detection.events <= found.quantitation.events
    assert found.background <= found.detection.events


def test_a_deeper_tube_detects_a_smaller_fraction():
    counts = np.random.default_rng(0).poisson(1, 60)
    shallow, deep = (limits_from_blanks(blanks(counts), n) for n in (DEPTH, 10 * DEPTH))
    assert deep.detection.fraction < shallow.detection.fraction / 2


def test_blanks_that_differ_raise_the_limit():
    same, differing = blanks([4] * 40), blanks([0, 0, 0, 16] * 10)
    low, high = (limits_from_blanks(tubes, DEPTH) for tubes in (same, differing))
    assert high.dispersion > 1
    assert high.blank.events > 1.5 * low.blank.events


@pytest.mark.parametrize("method", [LimitMethod.BLANKS, LimitMethod.RANKS])
def test_a_blank_is_above_its_limit_once_in_twenty(method):
    rng = np.random.default_rng(12)
    mean, phi = 6.0, 0.3
    counts = rng.poisson(rng.gamma(1 / phi, mean * phi, 400))
    found = limits_from_blanks(blanks(counts), DEPTH, method=method)
    later = rng.poisson(rng.gamma(1 / phi, mean * phi, 20_000))
    above = np.mean(later > found.blank.events)
    assert 0.025 < above < 0.075
    assert np.mean(later > found.blank_upper.events) < 0.05


def test_ranks_give_the_57th_and_a_half_of_sixty():
    found = limits_from_blanks(blanks(range(1, 61)), DEPTH, method=LimitMethod.RANKS)
    assert found.blank.events == pytest.approx(57.5)
    assert found.blank_upper.events == 60


def test_ranks_of_few_blanks_have_no_bound_and_say_so():
    found = limits_from_blanks(blanks(range(30)), DEPTH, method=LimitMethod.RANKS)
    assert found.blank_upper is None
    assert found.detection_upper is None
    assert any("too few" in note for note in found.notes)


def test_ranks_refuse_blanks_of_another_depth():
    tubes = [*blanks([1] * 19), Blank(0, 20_000, "shallow")]
    with pytest.raises(SettingError, match="shallow"):
        limits_from_blanks(tubes, DEPTH, method=LimitMethod.RANKS)
    assert limits_from_blanks(tubes, DEPTH).blank.events >= 1


@pytest.mark.parametrize("number", [0, 1, 19])
def test_too_few_blanks_are_refused_with_the_number_needed(number):
    with pytest.raises(SettingError, match=f"found {number}; expected 20 or more"):
        limits_from_blanks(blanks([0] * number), DEPTH)


def test_a_lab_may_ask_for_fewer_blanks_but_not_for_two():
    assert limits_from_blanks(blanks([0, 1, 3]), DEPTH, rule=RareRule(fewest_blanks=3)).blanks == 3
    with pytest.raises(SettingError, match="fewest_blanks"):
        RareRule(fewest_blanks=2)


def test_every_fault_of_the_blanks_is_said_at_once():
    tubes = [Blank(5, 4, "a"), Blank(0, 0, "b"), Blank(-1, 9, "c")]
    with pytest.raises(SettingError) as caught:
        limits_from_blanks(tubes, 0)
    text = str(caught.value)
    assert all(part in text for part in ("number of blanks", "blank a", "blank b", "blank c", "limits"))


def test_the_rule_of_the_lab_is_called_a_convention_until_it_is_the_labs_own():
    shipped, own = (limits_from_rule(rule, DEPTH) for rule in (RareRule(), RareRule(detection_events=30)))
    assert (shipped.detection.events, shipped.quantitation.events) == (20, 50)
    assert "convention" in shipped.notes[0]
    assert own.notes == ()
    assert own.blank is None


def test_a_rule_that_contradicts_itself_is_refused():
    with pytest.raises(SettingError, match="quantitation_events") as caught:
        RareRule(detection_events=60, quantitation_cv=20, confidence=95)
    assert len(caught.value.faults) == 3


def test_blanks_are_read_from_a_table(tmp_path):
    path = tmp_path / "blanks.csv"
    path.write_text("tube,events,parent_events\na,2,500000\nb,0,480000\n")
    assert read_blanks(path) == (Blank(2, 500_000, "a"), Blank(0, 480_000, "b"))
    path.write_text("tube,events,parent_events\na,2,1\nb,many,480000\na,0,0\n")
    with pytest.raises(TableError) as caught:
        read_blanks(path)
    assert len(caught.value.faults) >= 3


def test_a_blank_that_is_hardly_one_is_named():
    tubes = [*(Blank(0, DEPTH, f"b{n}") for n in range(22)), Blank(4000, DEPTH, "b22")]
    found = limits_from_blanks(tubes, DEPTH)
    assert any("4,000 events (b22)" in note for note in found.notes)
    calm = limits_from_blanks([*tubes[:22], Blank(1, DEPTH, "b22")], DEPTH)
    assert calm.dispersion == 0
    assert not any("b22" in note for note in calm.notes)


@pytest.mark.parametrize("mean", [10**3, 10**6, 10**9])
def test_limits_of_huge_backgrounds_stay_a_few_deviations_above_them(mean):
    counts = np.random.default_rng(4).poisson(mean, 30)
    found = limits_from_blanks(blanks(counts, 10**12), 10**12)
    assert mean + 1 * mean**0.5 < found.blank.events < mean + 2.6 * mean**0.5
    assert found.blank.events < found.blank_upper.events < mean + 4 * mean**0.5
