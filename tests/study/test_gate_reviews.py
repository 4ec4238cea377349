"""A reviewed cut belongs to one stained tube and one marker of its panel, and says who, when and why."""

from datetime import date

import polars as pl
import pytest

from remnant.study import read_study

EVENTS = (
    "sample_id,file,tube,panel,control_for\n"
    "P1-d0,fcs/P1.fcs,stained,hspc,\n"
    "P1-d0,fcs/P1-fmo.fcs,fmo,hspc,CD38\n"
)
HEADER = "sample_id,file,marker,cut,reviewer,reviewed_on,reason,file_sha256\n"
GOOD = "P1-d0,fcs/P1.fcs,CD38,640.5,AB,2024-03-31,inside the progenitors,\n"


@pytest.fixture
def tube(folder):
    (folder.root / "fcs").mkdir()
    for name in ("P1.fcs", "P1-fmo.fcs"):
        (folder.root / "fcs" / name).write_bytes(b"FCS3.1")
    return folder


def place(fault):
    return fault.source, fault.line, fault.column


def test_a_review_is_read_as_it_was_typed(tube):
    tube.write({"events.csv": EVENTS, "gate_reviews.csv": HEADER + GOOD})
    (row,) = read_study(tube.root)["gate_reviews"].to_dicts()
    assert row["cut"] == 640.5
    assert row["reviewed_on"] == date(2024, 3, 31)
    assert row["file_sha256"] is None


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("P1-d0,fcs/P2.fcs,CD38,640,AB,2024-03-31,why,", "file"),
        ("P1-d0,fcs/P1-fmo.fcs,CD38,640,AB,2024-03-31,why,", "file"),
        ("P1-d0,fcs/P1.fcs,CD83,640,AB,2024-03-31,why,", "marker"),
        ("P1-d0,fcs/P1.fcs,CD38,nan,AB,2024-03-31,why,", "cut"),
        ("P1-d0,fcs/P1.fcs,CD38,inf,AB,2024-03-31,why,", "cut"),
        ("P1-d0,fcs/P1.fcs,CD38,640,,2024-03-31,why,", "reviewer"),
        ("P1-d0,fcs/P1.fcs,CD38,640,AB,31.3.2024,why,", "reviewed_on"),
        ("P1-d0,fcs/P1.fcs,CD38,640,AB,2999-03-31,why,", "reviewed_on"),
        ("P1-d0,fcs/P1.fcs,CD38,640,AB,2024-03-31,,", "reason"),
        ("P1-d0,fcs/P1.fcs,CD38,640,AB,2024-03-31,why,abc", "file_sha256"),
    ],
)
def test_a_review_that_cannot_be_followed_is_a_fault_at_its_cell(tube, row, column):
    fault = tube.fault(events=EVENTS, gate_reviews=f"{HEADER}{row}\n")
    assert place(fault) == ("gate_reviews.csv", 2, column)


def test_a_tube_has_one_cut_of_a_marker(tube):
    fault = tube.fault(events=EVENTS, gate_reviews=HEADER + GOOD + GOOD)
    assert place(fault) == ("gate_reviews.csv", 3, "marker")


def test_the_sample_of_a_review_is_that_of_its_tube(tube):
    fault = tube.fault(events=EVENTS, gate_reviews=HEADER + GOOD.replace("P1-d0", "P1-d90", 1))
    assert place(fault) == ("gate_reviews.csv", 2, "sample_id")


def test_a_study_without_reviews_has_an_empty_table(folder):
    assert isinstance(read_study(folder.root)["gate_reviews"], pl.DataFrame)
    assert not read_study(folder.root).has("gate_reviews")
