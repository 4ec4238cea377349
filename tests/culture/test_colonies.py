import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from remnant.culture import ColonyYield, count_colonies
from remnant.study.estimate import Evidence
from remnant.study.tables import COLONIES


def dishes(*rows):
    names = ("assay", "cells_plated", "colonies", "colonies_typed", "colonies_abnormal", "lineage")
    types = {"line": pl.Int64} | {column.name: column.dtype for column in COLONIES.columns}
    full = [
        {"line": place + 2, "sample_id": "P1-d100", "compartment": "stem"}
        | dict(zip(names, (*row, *[None] * (6 - len(row))), strict=True))
        for place, row in enumerate(rows)
    ]
    return pl.DataFrame(full, schema=types)


def test_replicate_dishes_are_one_count():
    (found,) = count_colonies(dishes(("CFC", 500.0, 4), ("CFC", 500.0, 6)))
    assert (found.dishes, found.colonies, found.cells_plated) == (2, 10, 1000)
    assert found.per_cell.value == 0.01
    assert [round(1000 * x, 2) for x in (found.per_cell.lower, found.per_cell.upper)] == [4.80, 18.39]


def test_no_colony_excludes_three_in_all_cells_plated():
    (found,) = count_colonies(dishes(("LTC-CFC", 10_000.0, 0, 0, 0)))
    assert found.per_cell.evidence is Evidence.NOT_DETECTED
    assert found.per_cell.upper == pytest.approx(2.995732273553991 / 10_000)
    assert found.clone_fraction.evidence is Evidence.NOT_EVALUABLE


def test_lineages_and_assays_stay_apart():
    rows = [("CFC", 500.0, 4, None, None, "erythroid"), ("CFC", 500.0, 6, None, None, "myeloid")]
    found = count_colonies(dishes(*rows, ("LTC-CFC", 500.0, 6)))
    assert [(x.assay, x.lineage) for x in found] == [
        ("CFC", "erythroid"),
        ("CFC", "myeloid"),
        ("LTC-CFC", None),
    ]


def test_the_clone_among_typed_colonies():
    typed, untyped, clean = (
        count_colonies(dishes(("LTC-CFC", 500.0, 40, *counts)))[0].clone_fraction
        for counts in ((20, 5), (), (20, 0))
    )
    assert typed.value == 0.25
    assert "not independent" in typed.reason
    assert untyped.evidence is Evidence.NOT_DONE
    assert clean.evidence is Evidence.NOT_DETECTED
    assert clean.upper == pytest.approx(1 - 0.05 ** (1 / 20))


@settings(deadline=None)
@given(st.integers(0, 500), st.data())
def test_records_survive_json(colonies, data):
    typed = data.draw(st.integers(0, colonies))
    found = count_colonies(dishes(("CFC", 1e4, colonies, typed, data.draw(st.integers(0, typed)))))
    kind = TypeAdapter(tuple[ColonyYield, ...])
    assert kind.validate_json(kind.dump_json(found)) == found
