"""Which controls a tube gets, and what a patient's first visit changes for the later ones."""

from __future__ import annotations

import polars as pl
import pytest

from remnant.analysis.controls import dead_of, first_visits, isotypes_of, markers_of, related

EVENTS = pl.DataFrame(
    [
        ("P1", "A", 0, "a.fcs", "stained", None),
        ("P1", "A", 0, "a-fmo.fcs", "fmo", "CD38"),
        ("P1", "A", 0, "a-iso.fcs", "isotype", None),
        ("P1", "B", 90, "b.fcs", "stained", None),
        ("P1", "B", 90, "b-iso.fcs", "isotype", "CD90"),
        ("P1", "B", 90, "b-dead.fcs", "dead", None),
        ("P2", "C", 5, "c.fcs", "stained", None),
    ],
    schema=["patient_id", "sample_id", "day", "file", "tube", "control_for"],
    orient="row",
).with_columns(panel=pl.lit("hspc"), line=pl.int_range(2, 9))
PANEL = {"CD34": "APC-A", "CD38": "PE-A", "CD90": "BV-A", "CD45": "V-A"}


def row(file):
    return EVENTS.row(by_predicate=pl.col("file") == file, named=True)


def test_an_isotype_tube_that_names_no_marker_stands_for_every_counted_one():
    own = isotypes_of(related(EVENTS, "isotype", row("a.fcs")), PANEL, ["CD34", "CD38", "cd90"])
    assert own == (
        ("CD34", "a-iso.fcs", False),
        ("CD38", "a-iso.fcs", False),
        ("CD90", "b-iso.fcs", True),
    )


def test_a_control_of_another_visit_is_borrowed_and_said_so():
    assert markers_of(related(EVENTS, "fmo", row("b.fcs"))) == (("CD38", "a-fmo.fcs", True),)
    assert markers_of(related(EVENTS, "fmo", row("c.fcs"))) == ()
    assert dead_of(related(EVENTS, "dead", row("a.fcs"))) == "b-dead.fcs"
    assert dead_of(related(EVENTS, "dead", row("c.fcs"))) == ""


def test_the_first_visit_of_each_patient_leads_the_later_ones():
    assert first_visits(EVENTS.filter(pl.col("tube") == "stained")) == {"b.fcs": "a.fcs"}


def test_later_visits_carry_counts_both_ways_and_their_drift_and_first_ones_do_not(findings):
    firsts = {min((v.day, v.sample_id) for v in p.visits)[1] for p in findings.timelines if p.visits}
    later = [result for result in findings.tubes if result.drift]
    assert later
    assert not firsts & {result.sample_id for result in later}
    for result in findings.tubes:
        assert bool(result.drift) == bool(result.tube.both_ways)
        for both, found in zip(result.tube.both_ways, result.tube.populations, strict=False):
            assert both.used == "own"
            assert both.own == found.events


def test_every_compartment_of_the_study_has_limits_that_hold_its_count(findings):
    for result in findings.tubes:
        for found in result.tube.populations:
            assert found.interval.fraction_lower <= found.interval.fraction <= found.interval.fraction_upper
            assert found.interval.fraction == pytest.approx(
                max(found.events - found.interval.background, 0) / found.parent_events
            )
