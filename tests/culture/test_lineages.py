"""Colonies by lineage."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from remnant.culture.colonies import count_colonies
from remnant.culture.lineages import lineage_of, lineage_outputs, output_ratio
from remnant.study.estimate import Evidence


def table(*rows):
    """Rows of (sample, lineage, colonies, cells plated)."""
    return pl.DataFrame(
        {
            "line": [n + 2 for n in range(len(rows))],
            "sample_id": [row[0] for row in rows],
            "compartment": "progenitor",
            "assay": "CFC",
            "lineage": pl.Series([row[1] for row in rows], dtype=pl.String),
            "colonies": [row[2] for row in rows],
            "cells_plated": [float(row[3]) for row in rows],
            "colonies_typed": pl.Series([None] * len(rows), dtype=pl.Int64),
            "colonies_abnormal": pl.Series([None] * len(rows), dtype=pl.Int64),
        }
    )


def outputs(*rows):
    return {(o.sample_id, o.lineage): o for o in lineage_outputs(count_colonies(table(*rows)))}


@pytest.mark.parametrize(
    ("name", "lineage"),
    [("BFU-E", "erythroid"), ("cfu_e", "erythroid"), ("CFU GM", "myeloid"), ("CFU-GEMM", "multipotent"),
     ("CFU-Mk", "megakaryocytic"), ("Mast", "mast")],
)  # fmt: skip
def test_every_usual_name_finds_its_lineage(name, lineage):
    assert lineage_of(name) == lineage


def test_two_kinds_of_red_colonies_add_up_on_the_same_cells():
    found = outputs(("a", "BFU-E", 6, 500), ("a", "CFU-E", 14, 500), ("a", "CFU-GM", 30, 500))
    red = found["a", "erythroid"]
    assert (red.colonies, red.cells_plated, red.names) == (20, 500, ("BFU-E", "CFU-E"))
    assert red.per_cell.value == pytest.approx(0.04)
    assert red.share.value == pytest.approx(0.4)


def test_colonies_counted_on_different_cells_are_not_added_nor_shared():
    found = outputs(("a", "BFU-E", 6, 500), ("a", "CFU-E", 14, 1000), ("a", "CFU-GM", 30, 500))
    assert found["a", "erythroid"].per_cell.evidence is Evidence.NOT_EVALUABLE
    assert found["a", "myeloid"].per_cell.value == pytest.approx(0.06)
    assert found["a", "myeloid"].share.evidence is Evidence.NOT_EVALUABLE


def test_no_colony_is_a_bound_and_not_zero():
    found = outputs(("a", "BFU-E", 0, 500), ("a", "CFU-GM", 30, 500))["a", "erythroid"]
    assert found.per_cell.evidence is Evidence.NOT_DETECTED
    assert found.per_cell.upper == pytest.approx(-math.log(0.05) / 500)
    assert found.share.upper == pytest.approx(1 - 0.05 ** (1 / 30))


def test_colonies_that_were_not_told_apart_have_no_lineage():
    assert not outputs(("a", None, 12, 500))


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from((200, 400, 1000)))
def test_the_limits_of_a_ratio_are_those_of_the_conditional_binomial(before, after, cells):
    found = outputs(("a", "BFU-E", before, 400), ("b", "BFU-E", after, cells))
    ratio = output_ratio(found["a", "erythroid"], found["b", "erythroid"])
    if before + after == 0:
        assert ratio.reason
        return
    tail = 0.05 if ratio.one_sided else 0.025
    if ratio.lower:
        odds = ratio.lower * cells / 400
        assert binom.sf(after - 1, before + after, odds / (1 + odds)) == pytest.approx(tail, rel=1e-6)
    if ratio.upper is not None:
        odds = ratio.upper * cells / 400
        assert binom.cdf(after, before + after, odds / (1 + odds)) == pytest.approx(tail, rel=1e-6)
    assert (ratio.value is None) == (before == 0)
