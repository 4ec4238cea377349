import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from remnant.culture import Frequency, Interval, estimate_frequencies, estimate_frequency
from remnant.study.estimate import Evidence, Source
from remnant.study.tables import DILUTION_PLATES

DOSES = (50, 100, 200, 400, 800)


def plate(positive, typed=None, *, doses=DOSES, tested=24, sample="P1-d100"):
    typed = typed or [(None, None, None)] * len(positive)
    names = ("wells_normal_only", "wells_clone_only", "wells_both")
    rows = [
        {"line": place + 2, "sample_id": sample, "compartment": "stem", "assay": "LTC-IC"}
        | {"cells_per_well": dose, "wells_tested": tested, "wells_positive": hits}
        | dict(zip(names, kinds, strict=True))
        for place, (dose, hits, kinds) in enumerate(zip(doses, positive, typed, strict=True))
    ]
    types = {"line": pl.Int64} | {column.name: column.dtype for column in DILUTION_PLATES.columns}
    return pl.DataFrame(rows, schema=types)


TYPED = [(1, 1, 0), (4, 1, 1), (5, 2, 2), (7, 2, 6), (6, 3, 12)]
PUBLISHED = plate([2, 6, 9, 15, 21])


def test_the_published_series_gives_the_published_frequency():
    found = estimate_frequency(PUBLISHED, interval=Interval.WALD)
    assert [round(1 / x) for x in (found.frequency, found.upper, found.lower)] == [403, 302, 538]


def test_the_default_interval_follows_the_likelihood():
    found = estimate_frequency(PUBLISHED)
    assert found.interval is Interval.PROFILE
    assert 1 / found.lower == pytest.approx(544.1746928881345, rel=1e-9)


def test_no_positive_well_is_a_result_with_its_bound():
    (found,) = estimate_frequencies(plate([0] * 5))
    assert found.all_cells.evidence is Evidence.NOT_DETECTED
    assert found.all_cells.upper == pytest.approx(2.995732273553991 / (24 * sum(DOSES)))
    assert found.interval is Interval.UPPER


def test_only_positive_wells_give_a_lower_limit_and_advice():
    (found,) = estimate_frequencies(plate([24] * 5))
    assert (found.all_cells.value, found.all_cells.upper) == (1, 1)
    assert 0 < found.all_cells.lower < 1
    assert any("plate fewer cells" in remark for remark in found.remarks)


def test_no_wells_are_not_evaluable():
    (found,) = estimate_frequencies(plate([0] * 5, tested=0))
    assert found.all_cells.evidence is Evidence.NOT_EVALUABLE
    assert found.clone_fraction.evidence is Evidence.NOT_EVALUABLE


def test_untyped_colonies_are_not_done_rather_than_normal():
    (found,) = estimate_frequencies(PUBLISHED)
    assert found.clone.evidence is found.clone_fraction.evidence is Evidence.NOT_DONE


def test_typed_wells_give_the_functional_clone_fraction():
    (found,) = estimate_frequencies(plate([2, 6, 9, 15, 21], TYPED))
    ratio = found.clone.value / (found.clone.value + found.normal.value)
    assert found.clone_fraction.value == pytest.approx(ratio, rel=1e-5)
    assert found.clone_fraction.lower < ratio < found.clone_fraction.upper
    assert found.wells_typed == 53


def test_no_clonal_colony_is_not_detected_with_a_bound():
    (found,) = estimate_frequencies(plate([2, 6, 9, 15, 21], [(k, 0, 0) for k in (2, 6, 9, 15, 21)]))
    assert found.clone.evidence is found.clone_fraction.evidence is Evidence.NOT_DETECTED
    assert 0 < found.clone_fraction.upper < 0.2
    assert found.normal.value == pytest.approx(found.all_cells.value, rel=1e-6)


def test_typed_but_nothing_grew():
    (found,) = estimate_frequencies(plate([0] * 5, [(0, 0, 0)] * 5))
    assert found.clone.evidence is found.normal.evidence is Evidence.NOT_DETECTED
    assert found.clone_fraction.evidence is Evidence.NOT_EVALUABLE


def test_wells_that_all_hold_both_kinds_tell_no_fraction():
    (found,) = estimate_frequencies(plate([24] * 5, [(0, 0, 24)] * 5))
    assert found.clone_fraction.evidence is Evidence.NOT_EVALUABLE


def test_untyped_wells_among_typed_ones_are_said():
    (found,) = estimate_frequencies(plate([2, 6, 9, 15, 21], [*TYPED[:4], (5, 2, 4)]))
    assert any("10 positive wells were not typed" in remark for remark in found.remarks)


def test_wells_that_answer_to_more_than_one_cell_are_said():
    (found,) = estimate_frequencies(plate([0, 0, 2, 18, 24]))
    assert found.single_hit.slope > 1.5
    assert any("single-hit" in remark for remark in found.remarks)


def test_plates_are_kept_apart_with_their_sources():
    both = pl.concat([PUBLISHED, plate([0, 1, 2, 3, 4], sample="P2").with_columns(pl.col("line") + 5)])
    first, second = estimate_frequencies(both)
    assert (first.sample_id, second.sample_id) == ("P1-d100", "P2")
    assert second.all_cells.sources == tuple(Source("dilution_plates.csv", line) for line in range(7, 12))
    assert first == estimate_frequencies(PUBLISHED)[0]


@st.composite
def positives(draw):
    return [draw(st.integers(0, 24)) for _ in DOSES]


@settings(deadline=None)
@given(positives())
def test_a_second_identical_plate_moves_nothing(positive):
    table = plate(positive)
    once, twice = estimate_frequency(table), estimate_frequency(pl.concat([table, table]))
    assert twice.frequency == pytest.approx(once.frequency, rel=1e-9)


@settings(deadline=None)
@given(positives())
def test_one_row_a_well_is_the_same_plate(positive):
    rows = [
        (dose, int(well < hits)) for dose, hits in zip(DOSES, positive, strict=True) for well in range(24)
    ]
    wells = pl.DataFrame(rows, schema=["cells_per_well", "wells_positive"], orient="row")
    single = estimate_frequency(wells.with_columns(wells_tested=1))
    whole = estimate_frequency(plate(positive))
    assert single.frequency == pytest.approx(whole.frequency, rel=1e-9)
    assert single.upper == pytest.approx(whole.upper, rel=1e-9)


@given(positives())
@settings(deadline=None)
def test_the_estimate_lies_in_its_interval_within_a_cell(positive):
    found = estimate_frequency(plate(positive))
    assert 0 <= found.lower <= found.frequency <= found.upper <= 1


@given(positives())
@settings(max_examples=15, deadline=None)
def test_records_survive_json(positive):
    assume(sum(positive) > 0)
    kind = TypeAdapter(tuple[Frequency, ...])
    found = estimate_frequencies(plate(positive))
    assert kind.validate_json(kind.dump_json(found)) == found
