import polars as pl
import pytest

from remnant.culture import analyse_dilution
from remnant.culture.kinetics import MIXED_INPUT, NOT_LINEAR, input_remarks
from remnant.study.tables import DILUTION_PLATES

DOSES = (10, 30, 100, 300, 1000)


def wells(**groups):
    rows = [
        {"line": 2, "group": name, "cells_per_well": dose, "wells_tested": 24, "wells_positive": hits}
        for name, positive in groups.items()
        for dose, hits in zip(DOSES, positive, strict=True)
    ]
    types = {"line": pl.Int64, "group": pl.String} | {c.name: c.dtype for c in DILUTION_PLATES.columns}
    return pl.DataFrame(rows, schema=types)


def said(*positive):
    (group,) = analyse_dilution(wells(A=positive)).groups
    return "; ".join(group.remarks)


def test_wells_that_need_more_than_one_cell_are_steeper():
    assert "more than one cell" in said(0, 0, 2, 20, 24)


def test_a_mixture_is_flatter():
    assert "several kinds" in said(6, 8, 10, 12, 15)


def test_single_hit_wells_earn_no_remark():
    assert said(1, 2, 7, 15, 23) == ""


def test_wells_that_scatter_about_the_line_do_not_fit():
    assert "scatter" in said(3, 0, 14, 10, 24)


def test_inhibition_at_a_high_dose_is_flagged():
    assert "inhibit" in said(4, 12, 20, 22, 6)


def test_a_dose_that_parts_the_wells_is_said():
    assert "infinite" in said(0, 0, 24, 24, 24)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"stem"}, ()),
        ({"Bulk"}, (NOT_LINEAR,)),
        ({"stem", "MNC"}, (NOT_LINEAR, MIXED_INPUT)),
        (set(), ()),
    ],
)
def test_unselected_marrow_is_not_proportional_to_what_was_plated(names, expected):
    assert input_remarks(names) == expected


def test_groups_are_compared_pair_by_pair_with_holm():
    found = analyse_dilution(wells(A=(1, 2, 7, 15, 23), B=(4, 9, 19, 24, 24), C=(0, 0, 0, 0, 0), D=(24,) * 5))
    assert found.difference.df == 3
    assert len(found.pairwise) == 6
    by_p = sorted(found.pairwise, key=lambda pair: pair.p)
    assert by_p[0].p_holm == pytest.approx(6 * by_p[0].p)
    assert all(pair.p <= pair.p_holm <= 1 for pair in found.pairwise)
    silent = next(pair for pair in found.pairwise if (pair.a, pair.b) == ("A", "C"))
    assert (silent.ratio, silent.lower, silent.one_sided) == (0, 0, True)
    full = next(pair for pair in found.pairwise if (pair.a, pair.b) == ("C", "D"))
    assert (full.ratio, full.upper) == (None, None)
    assert full.lower > 1
    sides = {group.group: group.side for group in found.groups}
    assert sides == {"A": None, "B": None, "C": "upper", "D": "lower"}


def test_two_silent_groups_have_no_ratio_and_no_difference():
    (pair,) = analyse_dilution(wells(A=(0,) * 5, B=(0,) * 5)).pairwise
    assert (pair.ratio, pair.lower, pair.upper, pair.p) == (None, None, None, 1)


def test_the_same_file_gives_the_same_answer():
    table = wells(A=(1, 2, 7, 15, 23), B=(4, 9, 19, 24, 24))
    assert analyse_dilution(table) == analyse_dilution(table)
