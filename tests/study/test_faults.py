"""How faults are said."""

import polars as pl

from remnant.errors import Fault
from remnant.study.faults import FEW, listed, nearest, quoted, suggest


def _say(row):
    return Fault("fish.csv", row["line"], "probe", f"{row['line']}", "a probe", "look")


def test_a_few_faults_are_all_listed():
    faults = listed(pl.DataFrame({"line": range(2, 2 + FEW)}), _say)
    assert [fault.line for fault in faults] == list(range(2, 2 + FEW))


def test_of_many_faults_of_one_kind_the_number_is_true_and_stands_first():
    whole, *rest = listed(pl.DataFrame({"line": range(2, 1_002)}), _say)
    assert (whole.line, whole.column, whole.found) == (None, "probe", "1,000 faults of this kind")
    assert [fault.line for fault in rest] == list(range(2, 2 + FEW))


def test_no_fault_is_no_list():
    assert listed(pl.DataFrame({"line": []}, schema={"line": pl.Int64}), _say) == []


def test_a_cell_that_swallowed_half_a_file_is_cut():
    shown = quoted("x" * 100_000)
    assert len(shown) < 100
    assert "100,000 characters" in shown
    assert quoted("P1") == "'P1'"


def test_the_nearest_name_is_suggested_and_a_far_one_is_not():
    assert nearest("progenitr", ["stem", "progenitor"]) == "progenitor"
    assert nearest("zzzz", ["stem", "progenitor"]) is None
    assert suggest("zzzz", ["stem"], "remove it") == "remove it"


def test_a_search_among_very_many_names_is_not_begun():
    assert nearest("P1", [f"P{i}" for i in range(100_000)]) is None
