import numpy as np
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


def test_dishes_that_differ_widen_the_yield():
    (alike,) = count_colonies(dishes(*[("CFC", 1000.0, n) for n in (33, 34, 36)]))
    (apart,) = count_colonies(dishes(*[("CFC", 1000.0, n) for n in (18, 45, 40)]))
    assert alike.dispersion == 0
    assert "exact Poisson" in alike.per_cell.reason
    assert apart.dispersion > 0
    assert apart.dishes_differ_p < 0.01
    assert apart.per_cell.upper - apart.per_cell.lower > 2 * (alike.per_cell.upper - alike.per_cell.lower)


def test_one_or_two_dishes_cannot_tell_a_spread():
    (one,) = count_colonies(dishes(("CFC", 1000.0, 5)))
    (two,) = count_colonies(dishes(("CFC", 1000.0, 5), ("CFC", 1000.0, 50)))
    assert one.dispersion is two.dispersion is one.dishes_differ_p is None
    assert two.dishes_differ_p < 1e-6


def test_the_yields_of_both_kinds_add_up_to_the_yield():
    (found,) = count_colonies(dishes(("LTC-CFC", 1e4, 40, 20, 5)))
    total = found.clone_per_cell.value + found.normal_per_cell.value
    assert total == pytest.approx(found.per_cell.value)
    assert found.clone_per_cell.lower < found.clone_per_cell.value < found.clone_per_cell.upper


def test_a_clone_that_made_no_colony_has_a_bound_on_its_yield():
    (found,) = count_colonies(dishes(("CFC", 1e4, 40, 20, 0)))
    assert found.clone_per_cell.evidence is Evidence.NOT_DETECTED
    assert found.clone_per_cell.upper == pytest.approx(found.per_cell.upper * found.clone_fraction.upper)
    assert found.normal_per_cell.value == pytest.approx(found.per_cell.value)


def test_typed_colonies_of_dishes_that_differ_count_for_fewer():
    rows = [("CFC", 1e3, 30, 20, k) for k in (1, 19, 2, 18)]
    (apart,), (alike,) = count_colonies(dishes(*rows)), count_colonies(dishes(("CFC", 4e3, 120, 80, 40)))
    assert "dishes differ" in apart.clone_fraction.reason
    assert apart.clone_fraction.upper > alike.clone_fraction.upper + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("dispersion", [0.0, 0.05, 0.2])
def test_the_yield_of_four_dishes_covers_whether_they_differ_or_not(dispersion):
    rng, held = np.random.default_rng(3), 0
    for _ in range(400):
        spread = rng.gamma(1 / dispersion, dispersion, 4) if dispersion else np.ones(4)
        counts = rng.poisson(30 * spread)
        (found,) = count_colonies(dishes(*[("CFC", 1000.0, int(n)) for n in counts]))
        held += found.per_cell.lower <= 0.03 <= found.per_cell.upper
    assert held / 400 > 0.90
