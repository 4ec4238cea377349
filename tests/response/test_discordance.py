from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from remnant.errors import SettingError
from remnant.response import Agreement, FishCount, MetaphaseCount, Surprise, discordances
from remnant.response.cytogenetic.discordance import COVER, CULTURE, metaphase_tail
from remnant.study import Source


def _compare(metaphases, nuclei, cutoff=7, known=True):
    row = Source("karyotypes.csv", 2)
    counts = [MetaphaseCount("S1", 180, *metaphases, (), row)]
    if known:
        counts.append(MetaphaseCount("S0", -7, 18, 20, (), row))
    (found,) = discordances("P1", counts, [FishCount("S1", 180, *nuclei, cutoff, row)])
    return found


@pytest.mark.parametrize(
    ("metaphases", "nuclei", "agreement", "surprise"),
    [
        ((0, 20), (20, 200), Agreement.FISH_ONLY, Surprise.NONE),
        ((0, 20), (34, 200), Agreement.FISH_ONLY, Surprise.SOME),
        ((0, 20), (100, 200), Agreement.FISH_ONLY, Surprise.MUCH),
        ((18, 20), (180, 200), Agreement.BOTH, Surprise.NONE),
        ((2, 20), (180, 200), Agreement.BOTH, Surprise.MUCH),
        ((0, 20), (2, 200), Agreement.NEITHER, Surprise.NONE),
        ((1, 20), (2, 200), Agreement.METAPHASES_ONLY, Surprise.NONE),
        ((10, 20), (2, 200), Agreement.METAPHASES_ONLY, Surprise.MUCH),
    ],
)
def test_which_assay_shows_the_clone_and_how_surprising_that_is(metaphases, nuclei, agreement, surprise):
    found = _compare(metaphases, nuclei)
    assert (found.agreement, found.surprise) == (agreement, surprise)


def test_none_of_20_at_10_percent_by_fish_is_not_contradictory():
    found = _compare((0, 20), (20, 200))
    assert found.probability == pytest.approx(0.9**20)
    assert "0 of 20 metaphases, 20 of 200 nuclei (cut-off 7)" in found.reason
    assert "0.12" in found.reason
    assert found.remarks == (CULTURE,)


def test_metaphases_alone_ask_whether_the_probe_covers_the_deletion():
    assert _compare((10, 20), (2, 200)).remarks == (CULTURE, COVER)
    assert _compare((18, 20), (180, 200)).remarks == ()


def test_one_metaphase_is_a_clone_only_where_the_clone_is_known():
    assert _compare((1, 20), (2, 200)).agreement is Agreement.METAPHASES_ONLY
    assert _compare((1, 20), (2, 200), known=False).agreement is Agreement.NEITHER


@pytest.mark.parametrize(
    ("metaphases", "nuclei", "cutoff", "lacking"),
    [
        ((0, 0), (20, 200), 7, "no metaphase"),
        ((0, 20), (0, 0), None, "no nucleus scored"),
        ((0, 20), (20, 200), None, "no cut-off"),
    ],
)
def test_without_cells_or_a_cutoff_nothing_is_compared(metaphases, nuclei, cutoff, lacking):
    found = _compare(metaphases, nuclei, cutoff)
    assert found.agreement is Agreement.NOT_COMPARABLE
    assert found.reason.endswith(lacking)


def test_samples_with_only_one_of_the_two_are_left_out():
    row = Source("fish.csv", 2)
    assert (
        discordances("P1", [MetaphaseCount("S1", 1, 0, 20, (), row)], [FishCount("S2", 1, 0, 200, 7, row)])
        == ()
    )


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(SettingError):
        _compare((21, 20), (2, 200))
    with pytest.raises(SettingError):
        _compare((1, 20), (201, 200))


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 400), st.data())
def test_the_chance_at_the_limit_is_never_less_than_at_the_fraction_itself(scored, nuclei, data):
    abnormal, marked = data.draw(st.integers(0, scored)), data.draw(st.integers(0, nuclei))
    found = _compare((abnormal, scored), (marked, nuclei), cutoff=1)
    assert 0 <= found.probability <= found.probability_at_limit + 1e-12 <= 1 + 1e-12


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(0, 1), st.data())
def test_the_tail_is_the_smaller_of_the_two(scored, fraction, data):
    abnormal = data.draw(st.integers(0, scored))
    chances = binom.pmf(range(scored + 1), scored, fraction)
    few, many = chances[: abnormal + 1].sum(), chances[abnormal:].sum()
    assert metaphase_tail(abnormal, scored, fraction) == pytest.approx(min(few, many, 1), abs=1e-9)


def test_equal_fractions_surprise_no_more_often_than_chance():
    """Exactly, over every count of metaphases: the smaller tail lies below 5 % in at most 10 %."""
    for fraction in (0.05, 0.2, 0.5, 0.9):
        chances = binom.pmf(range(21), 20, fraction)
        rate = sum(p for k, p in enumerate(chances) if metaphase_tail(k, 20, fraction) < 0.05)
        assert rate <= 0.1
