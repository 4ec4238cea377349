"""What the report says of both cuts, the sweep and the drift: numbers from records, every gap said."""

from __future__ import annotations

from remnant.analysis.findings import TubeResult
from remnant.cytometry import (
    BothWays,
    CountInterval,
    CutComparison,
    CutWay,
    Drift,
    GatedTube,
    Sweep,
    SweepStep,
    Threshold,
)
from remnant.report.low import background, drift_table, low_tables, per_million

INTERVAL = CountInterval(40.0, 28.0, 55.0, 1e-3, 7e-4, 1.4e-3, 0.95, 2.5, "CD90", "CD34")
CUT = Threshold("CD38", "PE-Cy7-A", 180.0, 170.0, 190.0, "m", 900, "CD34+ cells", False, "FMO")


def tube(**parts):
    return GatedTube("t.fcs", 100, 90, (), (), (), (), (), (), **parts)


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_both_cuts_are_shown_with_the_one_in_use_and_the_reason_of_the_other():
    refused = CutWay("progenitors", None, None, None, "150 events; 200 are needed")
    found = CutComparison(
        "stem", "CD38", "FMO", CutWay("FMO", CUT, 42, INTERVAL), refused, None, 7e-4, 1.4e-3
    )
    table = low_tables(tube(comparisons=(found,)))[0]
    rows = texts(table)
    assert rows[0] == ["stem", "CD38 on the FMO", "180.0", "42", "1,000", "in use"]
    assert rows[1][3:] == ["not evaluable", "–", "150 events; 200 are needed"]
    assert rows[2][4] == "700 to 1,400"


def test_a_sweep_shows_its_verdict_and_the_steps_that_were_refused():
    steps = (
        SweepStep(0.02, None, 20, None, None, None, None, None, None, None, "20; 50 are needed"),
        SweepStep(0.1, 90.0, 100, 12, 4.0, 20.0, 0.12, 0.06, 0.2, True),
    )
    table = low_tables(tube(sweeps=(Sweep("stem", "CD38", steps, "fragile"),)))[1]
    assert table.rows[0][0].more == "fragile"
    assert texts(table)[0][3] == "not evaluable"
    assert texts(table)[1][3:6] == ["12", "4.0 to 20", "12 %"]


def test_counts_both_ways_say_which_is_in_use():
    table = low_tables(tube(both_ways=(BothWays("stem", 22, None, "baseline"),)))[2]
    assert texts(table) == [["stem", "22", "not evaluable", "first visit"]]


def test_what_drifted_stands_first():
    steady = Drift("median", "CD45", "lymphocytes", 10.0, 9.0, 11.0, 10.0, 9.0, 11.0, 0.0, 0.0, False)
    moved = Drift("threshold", "CD38", "CD34+ cells", 40.0, 38.0, 42.0, 10.0, 9.0, 11.0, 12.0, 0.6, True)
    table = drift_table(TubeResult("S", "t.fcs", tube(), (), "0" * 64, (steady, moved)))
    assert [row[0] for row in texts(table)] == ["threshold of CD38", "median of CD45"]
    assert table.rows[0][5].text == "beyond the limit"
    assert drift_table(TubeResult("S", "t.fcs", tube(), (), "0" * 64)) is None


def test_a_frequency_shows_its_limits_its_background_and_what_was_not_measured():
    assert (per_million(INTERVAL).text, per_million(INTERVAL).more) == ("1,000", "700 to 1,400")
    assert background(INTERVAL) == (
        "background by the control of CD90: 2.5 events; background of CD34 not measured"
    )
    assert per_million(None).text == "–"
