import numpy as np
import polars as pl
import pytest

from remnant.culture import estimate_frequency
from remnant.culture.change import Quantity, change_of_plates
from remnant.culture.pooled import pool_changes, pool_frequencies

DOSE = np.array([50.0, 100, 200, 400])
TYPES = dict.fromkeys(("wells_normal_only", "wells_clone_only", "wells_both"), pl.Int64)


def plate(positive, typed=None, tested=24):
    kinds = dict(zip(TYPES, typed if typed is not None else [[None] * 4] * 3, strict=True))
    counts = {"cells_per_well": DOSE, "wells_tested": [tested] * 4, "wells_positive": list(positive)}
    return pl.DataFrame(counts | kinds, schema_overrides=TYPES)


def drawn(rate, rng, tested=24):
    return plate(rng.binomial(tested, -np.expm1(-rate * DOSE)), tested=tested)


SICK = plate([5, 11, 17, 22], ([1, 2, 2, 2], [4, 8, 12, 12], [0, 1, 3, 8]))
BETTER = plate([5, 9, 14, 19], ([4, 7, 10, 12], [1, 1, 2, 2], [0, 1, 2, 5]))
SILENT = plate([0] * 4, [[0] * 4] * 3)


def test_a_patient_has_a_change_of_frequency_and_of_the_clone():
    found = change_of_plates(SICK, BETTER, names=("d0", "d100"))
    assert found.frequency.lower < found.frequency.value < found.frequency.upper
    assert found.clone_odds.upper < 1
    assert (found.before, found.after) == ("d0", "d100")


def test_a_silent_plate_has_a_bound_and_no_clone_odds():
    found = change_of_plates(SICK, SILENT, names=("d0", "d100"))
    assert (found.frequency.value, found.frequency.one_sided) == (0, True)
    assert found.clone_odds.value is None
    assert "no typed colony" in found.clone_odds.reason
    back = change_of_plates(SILENT, SICK, names=("d0", "d100"))
    assert (back.frequency.value, back.frequency.upper) == (None, None)
    assert back.frequency.lower == pytest.approx(1 / found.frequency.upper)


def test_two_silent_plates_say_why_there_is_no_ratio():
    assert "no well" in change_of_plates(SILENT, SILENT, names=("a", "b")).frequency.reason


def test_three_patients_who_fall_alike_have_a_mean_fall_and_a_sign_test_that_cannot_show_it():
    found = pool_changes([(SICK, BETTER)] * 3, of=Quantity.CLONE_ODDS)
    assert found.upper < 1
    assert found.probability_fall > 0.99
    assert found.signs.p_two_sided == found.signs.smallest_p == 0.25


def test_a_patient_whose_second_plate_is_silent_counts_for_the_fall():
    two = [
        (drawn(1 / 200, np.random.default_rng(k)), drawn(1 / 300, np.random.default_rng(k))) for k in (1, 2)
    ]
    without, with_silent = pool_changes(two), pool_changes([*two, (SICK, SILENT)])
    assert with_silent.ratio < without.ratio
    assert with_silent.patients == 3


def test_pooling_nothing_says_so():
    assert pool_changes([(SILENT, SILENT)]) is None
    assert pool_changes([(plate([3] * 4), plate([4] * 4))], of=Quantity.CLONE_ODDS) is None
    assert pool_frequencies([plate([24] * 4)] * 2) is None


def test_no_positive_well_in_any_patient_is_a_bound():
    found = pool_frequencies([SILENT, SILENT])
    assert (found.frequency, found.lower, found.one_sided) == (0, 0, True)
    assert found.upper == pytest.approx(-np.log(0.05) / (2 * 24 * DOSE.sum()))


def test_patients_alike_pool_to_their_frequency_and_patients_apart_have_a_spread():
    alike = pool_frequencies([plate([5, 10, 15, 20])] * 6)
    apart = pool_frequencies([plate([1, 2, 4, 8]), plate([12, 18, 22, 24])] * 3)
    alone = estimate_frequency(plate([5, 10, 15, 20]))
    assert alike.frequency == pytest.approx(alone.frequency, rel=0.02)
    assert alone.lower < alike.lower < alike.upper < alone.upper
    assert apart.spread > 2 * alike.spread
    assert apart.upper / apart.lower > alike.upper / alike.lower


def test_normal_units_that_rise_and_clonal_ones_that_stay_are_told_apart():
    found = change_of_plates(SICK, BETTER, names=("d0", "d100"))
    assert found.normal.lower > 1
    assert found.clone.value < 1
    assert found.clone.value / found.normal.value == pytest.approx(found.clone_odds.value, rel=1e-6)


def test_wells_that_were_not_typed_tell_no_change_of_a_kind():
    partly = plate([5, 9, 14, 19], ([4, 7, 8, 10], [1, 1, 1, 2], [0, 1, 1, 3]))
    found = change_of_plates(SICK, partly, names=("a", "b"))
    assert "8 positive wells were not typed" in found.normal.reason
    assert found.clone_odds.value is not None


def test_a_patient_who_does_not_change_has_no_sign():
    found = pool_changes([(SICK, SICK), (SICK, BETTER)], of=Quantity.CLONE_ODDS)
    assert (found.patients, found.signs.above, found.signs.below) == (2, 0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.5, 1.5])
@pytest.mark.parametrize("patients", [2, 3, 6])
def test_the_pooled_mean_of_few_patients_covers_whether_they_differ_little_or_much(patients, spread):
    rng, held, studies = np.random.default_rng(patients), 0, 150
    for _ in range(studies):
        rates = np.exp(np.log(1 / 250) + spread * rng.normal(size=patients))
        found = pool_frequencies([drawn(rate, rng) for rate in rates])
        held += found is not None and found.lower <= 1 / 250 <= found.upper
    assert held / studies > 0.89


@pytest.mark.slow
@pytest.mark.parametrize("patients", [2, 3])
def test_the_pooled_change_covers_where_patients_differ_much(patients):
    rng, held, studies, truth = np.random.default_rng(10 + patients), 0, 150, 0.4
    for _ in range(studies):
        ratios = truth * np.exp(1.5 * rng.normal(size=patients))
        pairs = [(drawn(1 / 150, rng), drawn(ratio / 150, rng)) for ratio in ratios]
        found = pool_changes(pairs)
        held += found is not None and found.lower <= truth <= found.upper
    assert held / studies > 0.89
