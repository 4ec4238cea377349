"""From the plate before treatment to the plate in remission."""

import polars as pl
import pytest

from remnant.culture import estimate_frequencies
from remnant.culture.change import Quantity
from remnant.culture.recovery import CultureChange, PlatedVisit, PooledCulture, measure_change, pool_patients
from remnant.store import from_json, to_json
from remnant.study.estimate import Evidence

PLACE = "stem", "LTC-IC"
DOSES = (50.0, 100.0, 200.0, 400.0)
COUNTS = ("wells_positive", "wells_normal_only", "wells_clone_only", "wells_both")
SICK = ((5, 1, 4, 0), (11, 2, 8, 1), (17, 2, 12, 3), (22, 2, 12, 8))
BETTER = ((5, 4, 1, 0), (9, 7, 1, 1), (14, 10, 2, 2), (19, 12, 2, 5))
CLEAN = tuple((n + c + b, n + c + b, 0, 0) for _, n, c, b in BETTER)
CLONAL = tuple((p, 0, p, 0) for p, *_ in SICK)
SILENT = ((0, 0, 0, 0),) * 4
FULL = ((24, 0, 0, 24),) * 4


def visit(sample, day, rows, tested=24):
    counts = {name: [row[k] for row in rows] for k, name in enumerate(COUNTS)}
    place = {"sample_id": sample, "compartment": PLACE[0], "assay": PLACE[1]}
    wells = pl.DataFrame(counts).with_columns(
        pl.Series("cells_per_well", DOSES), pl.lit(tested).alias("wells_tested"),
        pl.int_range(2, 6).alias("line"), *(pl.lit(value).alias(name) for name, value in place.items()),
    )  # fmt: skip
    (found,) = estimate_frequencies(wells)
    return PlatedVisit(day, wells, found)


def change(before, after):
    first = None if before is None else visit("A", -5, before)
    last = None if after is None else visit("B", 90, after)
    return measure_change("P1", PLACE, first, last, confidence=0.95)


def test_normal_units_recover_while_clonal_ones_fall():
    found = change(SICK, BETTER)
    assert found.normal.ratio.lower > 1
    assert found.clone.ratio.upper < 1
    assert found.clone_odds.ratio.upper < found.clone.ratio.upper
    assert found.clone_before.value > found.clone_after.value
    assert (found.before_day, found.after_day) == (-5, 90)
    assert len(found.frequency.ratio.sources) == 8


def test_without_a_plate_nothing_was_done_and_it_says_which_is_missing():
    before, after = change(None, BETTER), change(SICK, None)
    assert before.frequency.ratio.evidence is after.frequency.ratio.evidence is Evidence.NOT_DONE
    assert "before treatment" in before.frequency.ratio.reason
    assert "in remission" in after.frequency.ratio.reason
    assert before.frequency_after.known
    assert (after.after_sample, after.after_day) == ("", None)


def test_plates_without_wells_are_not_evaluable():
    empty = visit("A", -5, SILENT, tested=0)
    found = measure_change("P1", PLACE, empty, visit("B", 90, SICK), confidence=0.95)
    assert found.frequency.ratio.evidence is Evidence.NOT_EVALUABLE
    assert "no wells scored before treatment" in found.frequency.ratio.reason
    assert pool_patients(PLACE, [(empty, visit("B", 90, SICK))] * 3, confidence=0.95)[0].patients == 0


def test_a_clone_that_no_longer_grows_is_not_detected_with_a_bound():
    found = change(SICK, CLEAN)
    for ratio in (found.clone.ratio, found.clone_odds.ratio):
        assert ratio.evidence is Evidence.NOT_DETECTED
        assert 0 < ratio.upper < 0.2
    assert found.normal.ratio.evidence is Evidence.DETECTED


def test_units_that_were_not_there_before_have_a_lower_bound_and_no_ratio():
    found = change(CLONAL, BETTER)
    assert found.normal.ratio.evidence is Evidence.NOT_EVALUABLE
    assert "none before treatment" in found.normal.ratio.reason
    assert found.normal.at_least > 1
    assert "no normal unit before treatment" in found.clone_odds.ratio.reason
    assert found.clone_odds.at_most < 1


def test_a_plate_full_before_is_not_called_a_loss():
    found = change(FULL, BETTER)
    assert found.frequency.ratio.evidence is Evidence.NOT_EVALUABLE
    assert "every well positive before treatment" in found.frequency.ratio.reason
    assert 0 < found.frequency.at_most < 1
    back = change(BETTER, FULL).frequency
    assert back.at_least == pytest.approx(1 / found.frequency.at_most)
    assert "in remission" in back.ratio.reason


def test_two_silent_plates_say_nothing():
    found = change(SILENT, SILENT).frequency
    assert found.ratio.evidence is Evidence.NOT_EVALUABLE
    assert (found.at_least, found.at_most) == (None, None)


def test_patients_pool_in_every_quantity_and_one_alone_does_not():
    pair = visit("A", -5, SICK), visit("B", 90, BETTER)
    three = {item.quantity: item for item in pool_patients(PLACE, [pair] * 3, confidence=0.95)}
    assert set(three) == set(Quantity)
    assert three[Quantity.CLONE_ODDS].ratio.upper < 1
    assert (three[Quantity.NORMAL].rose, three[Quantity.CLONE].fell) == (3, 3)
    assert three[Quantity.NORMAL].smallest_p == 0.25
    assert "half-Normal(1.5)" in three[Quantity.NORMAL].prior
    alone = pool_patients(PLACE, [pair], confidence=0.95)[0]
    assert alone.ratio.evidence is Evidence.NOT_EVALUABLE
    assert "1 patient " in alone.ratio.reason


def test_records_survive_json():
    found = change(CLONAL, BETTER)
    assert from_json(CultureChange, to_json(found), source="x") == found
    (pooled, *_) = pool_patients(PLACE, [(visit("A", -5, SICK), visit("B", 90, BETTER))] * 2, confidence=0.9)
    assert from_json(PooledCulture, to_json(pooled), source="x") == pooled
