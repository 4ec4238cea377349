from __future__ import annotations

import polars as pl

from remnant.culture import estimate_frequencies
from remnant.study.estimate import Source


def test_the_wells_of_a_plate_are_kept_from_the_lowest_dose_up_with_their_lines():
    plate = pl.DataFrame(
        {
            "sample_id": ["S1"] * 2,
            "compartment": ["stem"] * 2,
            "assay": ["LTC-IC"] * 2,
            "cells_per_well": [30.0, 3.0],
            "wells_tested": [24, 24],
            "wells_positive": [9, 1],
            "wells_normal_only": [None, 1],
            "wells_clone_only": [None, 0],
            "wells_both": [None, 0],
            "line": [2, 3],
        }
    )
    (found,) = estimate_frequencies(plate)
    low, high = found.wells
    assert (low.cells_per_well, high.cells_per_well) == (3.0, 30.0)
    assert (low.source, high.source) == (
        Source("dilution_plates.csv", 3),
        Source("dilution_plates.csv", 2),
    )
    assert (low.wells_normal_only, high.wells_normal_only) == (1, None)
    assert sum(dose.wells_positive for dose in found.wells) == found.wells_positive
