"""Which markers of a panel tell the cell cycle: by name, and never by guess."""

from __future__ import annotations

import pytest

from remnant.cytometry.cycle import CycleDoubt, CycleMarkers, find_cycle_markers
from remnant.cytometry.cycle.stain import DNA_DYES, PROLIFERATION


@pytest.mark.parametrize("dna", [*DNA_DYES, "dapi", "hoechst-33342", "Draq 5"])
@pytest.mark.parametrize("marker", [*PROLIFERATION, "KI67", "ki 67", "Pyronin-Y"])
def test_a_dye_and_a_marker_are_known_however_they_are_written(dna, marker):
    assert find_cycle_markers({"CD34": "A", dna: "B", marker: "C"}) == CycleMarkers(dna, marker)


@pytest.mark.parametrize("panel", [{}, {"DAPI": "A"}, {"Ki-67": "A"}, {"DAPI": "A", "CD67": "B"}])
def test_one_without_the_other_is_no_cell_cycle(panel):
    assert find_cycle_markers(panel) is None


@pytest.mark.parametrize("dye", ["PI", "propidium iodide", "7-AAD", "viability"])
def test_a_dye_of_dead_cells_is_not_taken_for_dna(dye):
    assert find_cycle_markers({dye: "A", "Ki-67": "B"}) is None


def test_two_of_a_kind_are_a_doubt_that_names_them():
    two = find_cycle_markers({"DAPI": "A", "DRAQ5": "B", "Ki-67": "C"})
    assert isinstance(two, CycleDoubt)
    assert "2 DNA dyes: DAPI, DRAQ5" in two.reason
    both = find_cycle_markers({"DNA": "A", "pyronin Y": "B", "Ki-67": "C"})
    assert isinstance(both, CycleDoubt)
    assert "2 markers of proliferation: pyronin Y, Ki-67" in both.reason
