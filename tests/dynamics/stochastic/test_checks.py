"""A cohort that cannot be is refused before anything is computed, with every fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from remnant.dynamics.model.packed import ADVANTAGE, DIVISION, MUTATION, PROGENITOR_LOSS, Packed, pack
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.dynamics.stochastic import Cells, advance
from remnant.errors import SettingError

PATIENTS = np.arange(2, dtype=np.uint64)


def good() -> dict:
    parameters = Parameters(np.array([0.11, 0.12]), 0.2, 0.05, 0.2, 1.0, 6.0)
    return {
        "cells": Cells(np.ones((2, 3, 2)), np.ones((2, 3, 2)), np.zeros(2, np.uint64)),
        "packed": pack(parameters, [Effect()]),
        "edges": [0.0, 28.0, 56.0],
        "doses": [[1.0], [0.0]],
        "stem_cells": 1e5,
        "options": {"seed_key": 1, "patients": PATIENTS},
    }


def follow(case: dict) -> Cells:
    names = ("cells", "packed", "edges", "doses", "stem_cells")
    return advance(*(case[name] for name in names), **case["options"])


def with_rate(row: int, value: float) -> Packed:
    packed = good()["packed"]
    packed.rates[1, row] = value
    return packed


def cells(**changes) -> Cells:
    return replace(good()["cells"], **changes)


BAD = {
    "zero cells": ("stem_cells", 0.0, "stem_cells"),
    "a pool that is missing": ("stem_cells", np.array([1e5, np.nan]), "stem_cells, row 1"),
    "a negative count": ("cells", cells(stems=np.full((2, 3, 2), -1.0)), "stems"),
    "a follower that is missing": ("cells", cells(followers=np.full((2, 3, 2), np.nan)), "followers"),
    "followers of another structure": ("cells", cells(followers=np.ones((2, 3, 4))), "followers"),
    "a rate that is missing": ("packed", with_rate(DIVISION, np.nan), "division, row 1"),
    "a negative rate": ("packed", with_rate(PROGENITOR_LOSS, -1.0), "progenitor loss, row 1"),
    "an infinite rate": ("packed", with_rate(DIVISION, np.inf), "division, row 1"),
    "a disadvantage beyond none": ("packed", with_rate(ADVANTAGE, -1.0), "advantage"),
    "a chance above 1": ("packed", with_rate(MUTATION, 1.5), "mutation"),
    "edges that do not rise": ("edges", [0.0, 28.0, 28.0], "edges"),
    "an edge that is missing": ("edges", [0.0, np.nan, 28.0], "edges"),
    "one edge": ("edges", [0.0], "edges"),
    "a dose too few": ("doses", [[1.0]], "doses"),
    "a drug too many": ("doses", [[1.0, 1.0], [0.0, 0.0]], "doses"),
    "a negative dose": ("doses", [[1.0], [-0.5]], "doses"),
    "a dose that is missing": ("doses", [[1.0], [np.nan]], "doses"),
    "doses of three patients": ("doses", np.ones((3, 2, 1)), "doses"),
    "a threshold that is missing": ("options", {"threshold": np.nan}, "threshold"),
    "an unknown method": ("options", {"method": "tau-leap"}, "method"),
    "an unknown division": ("options", {"division": "asymmetric"}, "division"),
    "no thread": ("options", {"threads": 0}, "threads"),
    "a patient too many": ("options", {"patients": np.arange(3, dtype=np.uint64)}, "patients"),
}


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_and_named(name):
    where, value, place = BAD[name]
    case = good()
    case[where] = {**case["options"], **value} if where == "options" else value
    with pytest.raises(SettingError) as refused:
        follow(case)
    assert any(place in fault.column for fault in refused.value.faults)


def test_every_fault_is_said_at_once():
    case = {**good(), "stem_cells": -1.0, "edges": [5.0, 2.0, 1.0], "doses": [[-1.0], [0.0]]}
    with pytest.raises(SettingError) as refused:
        follow(case)
    assert {fault.column.split(",")[0] for fault in refused.value.faults} == {"stem_cells", "edges", "doses"}


def test_nobody_is_a_cohort_of_none():
    case = good()
    empty = Packed(case["packed"].rates[:0], case["packed"].effects[:0])
    nobody = Cells(np.ones((0, 3, 2)), np.ones((0, 3, 2)), np.zeros(0, np.uint64))
    options = {**case["options"], "patients": PATIENTS[:0]}
    assert len(follow({**case, "cells": nobody, "packed": empty, "options": options})) == 0


def test_what_was_given_is_not_changed():
    case = good()
    before = case["cells"].stems.copy(), case["cells"].followers.copy()
    follow(case)
    assert np.array_equal(case["cells"].stems, before[0])
    assert np.array_equal(case["cells"].followers, before[1])
