"""Cells per µL: the formula, coverage with and without an uncertain lot, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.rare.absolute import (
    BeadLot,
    acquired_volume_ul,
    dual_platform,
    from_beads,
    from_volume,
)
from remnant.errors import FcsError, SettingError
from remnant.study.estimate import Evidence

LOT = BeadLot(1000.0, 0.0, "A1")
TUBE = {"bead_volume_ul": 50.0, "sample_volume_ul": 100.0}


def test_cells_over_beads_times_beads_added_over_sample():
    found = from_beads(420, 21_000, lot=LOT, dilution=2, **TUBE)
    assert found.cells_per_ul.value == pytest.approx(420 / 21_000 * 50_000 / 100 * 2)


@given(st.integers(1, 10**6), st.integers(1000, 10**9), st.integers(0, 10**5))
def test_limits_hold_the_value(cells, beads, doublets):
    found = from_beads(cells, beads, lot=BeadLot(1000, 0.05), doublets=doublets, **TUBE)
    wide, plain = found.cells_per_ul, found.counting_only
    assert wide.lower < plain.lower < plain.value < plain.upper < wide.upper
    assert plain.value == pytest.approx(cells / (beads + 2 * doublets) * 500)


def test_no_cell_is_an_upper_bound_of_three_cells():
    found = from_beads(0, 10**9, lot=LOT, **TUBE)
    assert found.cells_per_ul.evidence is Evidence.NOT_DETECTED
    assert found.cells_per_ul.upper == pytest.approx(2.9957 / 10**9 * 500, rel=1e-3)
    few = from_beads(0, 1000, lot=LOT, **TUBE)
    assert few.cells_per_ul.upper > 2.9957 / 1000 * 500
    assert from_volume(0, 100).cells_per_ul.upper == pytest.approx(0.029957, rel=1e-3)
    assert dual_platform(0, 10**6, white_cells_per_ul=5000).cells_per_ul.upper == pytest.approx(
        0.01498, rel=1e-3
    )


@pytest.mark.parametrize("uncertainty", [0.0, 0.08])
@pytest.mark.parametrize("truth", [0.05, 1.0, 20.0])
def test_the_interval_covers_the_concentration(truth, uncertainty):
    rng = np.random.default_rng(round(100 * truth))
    runs, beads = 1500, 5000
    covered = 0
    for _ in range(runs):
        real = 1000 * (1 + uncertainty * rng.uniform(-1, 1))
        volume = beads / (real * 50 / 100)  # of sample that passes beside so many beads
        cells, counted = rng.poisson(truth * volume), rng.poisson(beads)
        found = from_beads(int(cells), int(counted), lot=BeadLot(1000, uncertainty), **TUBE).cells_per_ul
        covered += found.lower <= truth <= found.upper
    assert covered / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_doublets_count_as_two_and_widen_the_interval():
    rng = np.random.default_rng(9)
    truth, runs, covered = 2.0, 1500, 0
    for _ in range(runs):
        singles, doubles = rng.poisson(1500), rng.poisson(900)
        cells = rng.poisson(truth * (1500 + 2 * 900) / 500)
        found = from_beads(int(cells), int(singles), lot=LOT, doublets=int(doubles), **TUBE).cells_per_ul
        covered += found.lower <= truth <= found.upper
    assert covered / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize("beads", [0, 1, 999])
def test_few_beads_are_refused(beads):
    with pytest.raises(SettingError, match="1,000 or more"):
        from_beads(10, beads, lot=LOT, **TUBE)


def test_a_lot_without_concentration_and_impossible_volumes_are_said_together():
    with pytest.raises(SettingError) as caught:
        from_beads(-1, 10, lot=BeadLot(float("nan"), 5, "B2"), bead_volume_ul=0, sample_volume_ul=-3)
    text = str(caught.value)
    assert all(
        part in text for part in ("bead lot B2", "bead volume", "sample volume", "cells", "1,000", "0.03")
    )


def test_a_volume_in_nanolitres_is_read_from_the_file(tmp_path):
    def tube(keywords):
        write_fcs(tmp_path / "v.fcs", np.ones((5, 1)), [ChannelSpec("A")], keywords=keywords)
        return read_fcs(tmp_path / "v.fcs")

    assert acquired_volume_ul(tube({"$VOL": "120000"})) == 120.0
    for keywords in ({}, {"$VOL": "0"}, {"$VOL": "much"}):
        with pytest.raises(FcsError, match=r"\$VOL"):
            acquired_volume_ul(tube(keywords))


def test_the_volume_interval_covers_the_concentration():
    rng = np.random.default_rng(1)
    truth, runs, covered = 0.12, 1500, 0
    for _ in range(runs):
        cells = rng.poisson(truth * 80 * (1 + 0.05 * rng.uniform(-1, 1)))
        found = from_volume(int(cells), 80, uncertainty=0.05).cells_per_ul
        covered += found.lower <= truth <= found.upper
    assert covered / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_two_instruments_say_that_they_are_two():
    found = dual_platform(50, 500_000, white_cells_per_ul=4000, uncertainty=0.1)
    assert found.cells_per_ul.value == pytest.approx(0.4)
    assert "two instruments" in found.notes[0]
    with pytest.raises(SettingError, match="parent events"):
        dual_platform(0, 0, white_cells_per_ul=4000)
