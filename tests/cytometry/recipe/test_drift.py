"""What moved since the first visit: nothing in a second tube of one marrow, all where the laser did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from remnant.cytometry import find_drift, gate_tube
from remnant.cytometry.recipe.population import ReferenceMedian, Threshold
from remnant.observation.tube import CEILING, PANEL, SCATTER, simulate_events, write_tube

COUNTS = np.array([60, 90, 2600, 5000, 1500, 14000, 5000, 900, 1200, 1800])
STEM = {"stem": "CD34+ CD38-/low CD90+"}


def visit(folder, seed, *, gain=1.0):
    controls = {}
    for number, without in enumerate((None, "CD38", "CD90")):
        rng = np.random.default_rng([seed, number])
        events = simulate_events(COUNTS, without=without, rng=rng)
        light = slice(len(SCATTER), -1)
        events[:, light] = np.minimum(gain * events[:, light], CEILING)
        path = folder / f"{seed}-{without}.fcs"
        write_tube(path, events, keywords={})
        controls[without] = path
    stained = controls.pop(None)
    return gate_tube(
        stained, panel=PANEL, compartments=STEM, controls=controls, rng=np.random.default_rng(seed)
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return visit(tmp_path_factory.mktemp("first"), 1)


def test_a_second_tube_of_the_same_marrow_has_not_moved(first, tmp_path):
    drift = find_drift(first, visit(tmp_path, 2), decades=0.2)
    assert {item.what for item in drift} == {"threshold", "median"}
    assert {"CD45", "CD38", "CD34"} <= {item.marker for item in drift}
    assert "lymphocytes" in {item.population for item in drift}
    assert not any(item.flagged for item in drift)


def test_a_laser_twice_as_strong_is_seen_in_every_median(first, tmp_path):
    drift = find_drift(first, visit(tmp_path, 3, gain=2.0), decades=0.2)
    lymphocytes = next(item for item in drift if item.population == "lymphocytes")
    assert lymphocytes.decades == pytest.approx(np.log10(2), abs=0.02)
    assert lymphocytes.intervals > 10
    assert lymphocytes.flagged
    stem = [item for item in drift if item.what == "median" and item.marker in ("CD34", "CD38")]
    assert stem
    assert all(item.flagged for item in stem)


def test_a_tube_has_not_drifted_from_itself(first):
    for item in find_drift(first, first, decades=0.01):
        assert not item.flagged
        assert item.decades in (0, None)


def test_a_move_within_its_interval_is_not_flagged_and_one_without_a_logarithm_is():
    tube = visit_record(Threshold("CD38", "A", 10.0, 1.0, 40.0, "m", 9, "CD34+ cells of a.fcs", False, "FMO"))
    wide = visit_record(Threshold("CD38", "A", 30.0, 5.0, 60.0, "m", 9, "CD34+ cells of b.fcs", False, "FMO"))
    (within,) = find_drift(tube, wide, decades=0.2)
    assert within.decades == pytest.approx(np.log10(3))
    assert within.intervals < 1
    assert not within.flagged
    below = visit_record(Threshold("CD38", "A", -60.0, -70.0, -55.0, "m", 9, "CD34+ cells", False, "FMO"))
    (through_zero,) = find_drift(tube, below, decades=0.2)
    assert through_zero.decades is None
    assert through_zero.flagged


def test_thresholds_that_were_not_found_anew_are_not_compared():
    fixed = Threshold("CD38", "A", 10.0, 10.0, 10.0, "m", 9, "CD34+ cells", True, "plan")
    assert find_drift(visit_record(fixed), visit_record(fixed), decades=0.2) == ()


def test_a_marker_that_one_visit_lacks_is_left_out():
    median = ReferenceMedian("lymphocytes", "CD45", "A", 5.0, 4.0, 6.0, 50)
    with_it = replace(visit_record(), medians=(median,))
    assert find_drift(visit_record(), with_it, decades=0.2) == ()


def visit_record(*thresholds):
    from remnant.cytometry import GatedTube

    return GatedTube("t.fcs", 1, 1, (), thresholds, (), (), (), ())
