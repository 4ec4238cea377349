"""Beads among cells: found, counted alone and in pairs, refused where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.rare.beads import find_beads, find_free_beads
from remnant.errors import ChannelError, GatingError

SPECS = [ChannelSpec(name) for name in ("FSC-A", "SSC-A", "APC-A", "PE-A")]


def tube(folder, beads, doublets, rng, *, stray=0):
    """Synthetic: dim and stained cells, beads of 4 % width, pairs of beads, stray bright events."""
    cells = np.column_stack(
        [rng.normal(80e3, 9e3, 40_000), rng.lognormal(10.3, 0.5, 40_000),
         rng.lognormal(6, 1.5, 40_000), rng.lognormal(5.5, 1.2, 40_000)]
    )  # fmt: skip
    single = np.array([25e3, 70e3, 60e3, 45e3]) * rng.normal(1, 0.04, (beads, 4))
    pair = 2 * np.array([25e3, 70e3, 60e3, 45e3]) * rng.normal(1, 0.03, (doublets, 4))
    odd = np.column_stack([rng.uniform(2e4, 2e5, (stray, 2)), 10 ** rng.uniform(4.2, 5.3, (stray, 2))])
    rows = np.vstack([cells, single, pair, odd])
    write_fcs(folder / "beads.fcs", rng.permutation(rows), SPECS)
    return read_fcs(folder / "beads.fcs")


def test_beads_are_found_among_cells_and_pairs_are_told_apart(tmp_path):
    found = find_beads(tube(tmp_path, 5000, 200, np.random.default_rng(1)), "APC-A", "PE-A")
    assert found.singlets == pytest.approx(5000, abs=15)
    assert found.doublets == pytest.approx(200, abs=4)
    assert found.doublet_share == pytest.approx(200 / 5200, abs=0.002)
    assert found.scatter == "SSC-A"


def test_stray_bright_events_are_not_beads(tmp_path):
    found = find_beads(tube(tmp_path, 3000, 60, np.random.default_rng(2), stray=400), "APC-A", "PE-A")
    assert found.singlets == pytest.approx(3000, abs=30)
    assert found.doublets == pytest.approx(60, abs=15)


def test_a_tube_without_beads_is_refused(tmp_path):
    with pytest.raises(GatingError, match=r"beads\.fcs, beads in APC-A and PE-A"):
        find_beads(tube(tmp_path, 0, 0, np.random.default_rng(3), stray=2000), "APC-A", "PE-A")
    with pytest.raises(GatingError, match="as bright as beads"):
        find_beads(tube(tmp_path, 0, 0, np.random.default_rng(3)), "APC-A", "PE-A", bright=0.9)


def test_a_channel_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ChannelError, match="FITC-A"):
        find_beads(tube(tmp_path, 10, 0, np.random.default_rng(4)), "FITC-A", "PE-A")


def test_beads_are_looked_for_only_where_no_marker_is(tmp_path):
    file = tube(tmp_path, 5000, 200, np.random.default_rng(6))
    assert find_free_beads(file, {}) == find_beads(file, "APC-A", "PE-A")
    for panel in ({"CD34": "APC-A"}, {"CD34": "APC-H", "CD38": "PE-A"}):
        with pytest.raises(GatingError, match="of 2 such channels"):
            find_free_beads(file, panel)
