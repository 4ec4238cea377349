"""Cells per µL in the journey: by volume, by beads in the tube, and never a number where neither tells."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.analysis.absolute import NO_VOLUME, TubeVolume, count_per_ul
from remnant.cytometry import ChannelSpec, CountInterval, PopulationCount, read_fcs, write_fcs
from remnant.cytometry.rare.absolute import Platform
from remnant.study import Evidence

SPECS = [ChannelSpec(name) for name in ("FSC-A", "SSC-A", "APC-A", "U1-A", "U2-A")]
PANEL = {"CD34": "APC-A"}
INTERVAL = CountInterval(380.0, 330.0, 440.0, 3.8e-3, 3.3e-3, 4.4e-3, 0.95, 20.0, "CD90", "CD34")
STEM = PopulationCount("stem", "CD34+", "nucleated", 400, 100_000, 390, 410, interval=INTERVAL)


def tube(folder, beads=5000, doublets=100, specs=SPECS, keywords=None):
    """Synthetic: cells without a signal in two channels, and beads that shine in all."""
    rng = np.random.default_rng(4)
    cells = np.column_stack(
        [rng.normal(80e3, 9e3, 20_000), rng.lognormal(10.3, 0.5, 20_000), rng.lognormal(6, 1.5, 20_000),
         rng.normal(0, 200, (20_000, 2))]
    )  # fmt: skip
    single = np.array([25e3, 70e3, 60e3, 45e3, 50e3]) * rng.normal(1, 0.03, (beads, 5))
    pair = 2 * np.array([25e3, 70e3, 60e3, 45e3, 50e3]) * rng.normal(1, 0.02, (doublets, 5))
    rows = rng.permutation(np.vstack([cells, single, pair]))[:, : len(specs)]
    write_fcs(folder / "t.fcs", rows, specs, keywords=keywords or {})
    return read_fcs(folder / "t.fcs")


def per_ul(file, volume, count=STEM):
    (found,) = count_per_ul(file, (count,), volume, panel=PANEL, place=("S", "fcs/t.fcs"), confidence=0.95)
    return found


@pytest.fixture(scope="module")
def beaded(tmp_path_factory):
    return tube(tmp_path_factory.mktemp("beads"))


def test_a_known_volume_gives_cells_per_ul_with_the_limits_of_the_gates(beaded):
    found = per_ul(beaded, TubeVolume(volume_ul=50.0))
    assert found.platform is Platform.VOLUME
    limits = found.cells_per_ul
    assert (limits.value, limits.lower, limits.upper) == pytest.approx((380 / 50, 330 / 50, 440 / 50))
    assert found.counting_only.value == pytest.approx(400 / 50)
    assert "as acquired" in found.notes[0]


def test_beads_in_the_tube_are_found_where_no_marker_is_and_widen_the_limits(beaded):
    found = per_ul(beaded, TubeVolume(volume_ul=100.0, beads_added=50_000))
    assert found.platform is Platform.BEADS
    assert found.beads == pytest.approx(5200, abs=20)
    per_event = 50_000 / found.beads / 100
    limits = found.cells_per_ul
    assert limits.value == pytest.approx(380 * per_event)
    assert limits.lower < 330 * per_event
    assert limits.upper > 440 * per_event
    assert limits.upper < 1.05 * 440 * per_event


def test_no_cell_is_a_bound_and_no_gate_is_not_evaluable(beaded):
    none = PopulationCount("stem", "CD34+", "nucleated", 0, 100_000, 0, 0)
    for volume in (TubeVolume(100.0), TubeVolume(100.0, 50_000)):
        found = per_ul(beaded, volume, none)
        assert found.cells_per_ul.evidence is Evidence.NOT_DETECTED
        assert found.cells_per_ul.upper >= found.counting_only.upper > 0
    lost = PopulationCount("stem", "CD34+", "nucleated", None, 100_000, None, None, "CD34 is not there")
    assert per_ul(beaded, TubeVolume(100.0), lost).cells_per_ul.reason == "CD34 is not there"


def test_without_volume_and_beads_it_was_not_done(beaded):
    found = per_ul(beaded, TubeVolume())
    assert (found.cells_per_ul.evidence, found.cells_per_ul.reason) == (Evidence.NOT_DONE, NO_VOLUME)
    assert found.platform is None


@pytest.mark.parametrize(
    ("made", "volume", "reason"),
    [
        ({}, TubeVolume(beads_added=50_000), "beads without volume_ul"),
        ({}, TubeVolume(beads_apart="fcs/beads.fcs"), "the beads of fcs/beads.fcs measure that tube"),
        ({"beads": 0, "doublets": 0}, TubeVolume(100.0, 50_000), "events as bright as beads"),
        ({"beads": 400, "doublets": 0}, TubeVolume(100.0, 50_000), "1,000 or more expected"),
        ({"specs": SPECS[:4]}, TubeVolume(100.0, 50_000), "1 of 2 such channels"),
        ({"keywords": {"$VOL": "60000"}}, TubeVolume(100.0), "the cytometer drew 60 µL"),
    ],
)
def test_what_cannot_tell_a_volume_is_not_evaluable_with_its_reason(tmp_path, made, volume, reason):
    found = per_ul(tube(tmp_path, **made), volume)
    assert found.cells_per_ul.evidence is Evidence.NOT_EVALUABLE
    assert reason in found.cells_per_ul.reason
    assert found.counting_only.evidence is Evidence.NOT_EVALUABLE


def test_the_study_gives_the_volume_of_each_tube(findings):
    for result in findings.tubes:
        for found, count in zip(result.evidence.absolute, result.tube.populations, strict=True):
            assert found.cells_per_ul.value == pytest.approx(count.interval.events / 100)
