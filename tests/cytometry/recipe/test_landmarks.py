"""The region of progenitors: bounded by mature cells, and never at the price of CD34+ cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry import Recipe, gate_tube
from remnant.cytometry.recipe.landmarks import find_landmarks
from remnant.cytometry.recipe.threshold import Refusal
from remnant.observation.tube import DOUBLET, NAMES, PANEL, simulate_labelled, write_tube

COUNTS = np.array([60, 90, 2600, 5000, 1500, 14000, 5000, 900, 1200, 1800])
TOP = 262144.0


def marrow(rng, *, lymphocytes=4000, granulocytes=9000, bright=4.5, gain=1.0):
    """CD45 and side scatter of lymphocytes, granulocytes and a few progenitors."""
    cd45 = [
        rng.normal(bright, 0.1, lymphocytes),
        rng.normal(3.9, 0.13, granulocytes),
        rng.normal(3.6, 0.1, 300),
    ]
    side = [
        rng.normal(9.7, 0.2, lymphocytes),
        rng.normal(11.7, 0.2, granulocytes),
        rng.normal(10.1, 0.2, 300),
    ]
    return gain * 10 ** np.concatenate(cd45), np.exp(np.concatenate(side))


@pytest.fixture(scope="module")
def tube(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landmarks")
    events, kind = simulate_labelled(COUNTS, rng=np.random.default_rng(1))
    write_tube(folder / "t.fcs", events, keywords={})
    return folder / "t.fcs", kind


def gate(path, **options):
    compartments = {"all": "CD34+"}
    return gate_tube(path, panel=PANEL, compartments=compartments, rng=np.random.default_rng(1), **options)


@given(st.integers(0, 2**31), st.floats(4.3, 4.8))
@settings(max_examples=20, deadline=None)
def test_landmarks_lie_where_the_populations_do(seed, bright):
    cd45, side = marrow(np.random.default_rng(seed), bright=bright)
    found = find_landmarks(cd45, side, TOP, Recipe())
    assert not isinstance(found, Refusal)
    assert np.log10(found.scale.inverse(found.lymphocytes.cd45)) == pytest.approx(bright, abs=0.1)
    assert found.lymphocytes.side == pytest.approx(9.7, abs=0.2)
    assert found.granulocytes.side == pytest.approx(11.7, abs=0.2)
    assert found.granulocytes.side_spread == pytest.approx(0.2, rel=0.35)


def test_the_order_of_events_cannot_move_a_landmark():
    rng = np.random.default_rng(2)
    cd45, side = marrow(rng)
    mixed = rng.permutation(len(cd45))
    straight, shuffled = (
        find_landmarks(cd45[order], side[order], TOP, Recipe()) for order in (slice(None), mixed)
    )
    assert straight == shuffled


def test_a_specimen_without_one_of_the_landmarks_has_no_region_and_says_why():
    rng = np.random.default_rng(3)
    few = find_landmarks(*marrow(rng, lymphocytes=200, granulocytes=300), TOP, Recipe())
    assert "1,000 are needed" in few.reason
    alone = find_landmarks(*marrow(rng, lymphocytes=0, granulocytes=9000), TOP, Recipe())
    assert isinstance(alone, Refusal)
    dim = find_landmarks(*marrow(rng, bright=3.5), TOP, Recipe())
    assert "brighter in CD45" in dim.reason


def test_the_region_keeps_progenitors_and_leaves_mature_cells(tube):
    path, kind = tube
    found = gate(path)
    step = next(step for step in found.steps if step.name == "progenitor region")
    single = np.bincount(kind[kind != DOUBLET], minlength=len(NAMES))
    progenitors = int(single[:3].sum())
    positive = next(step for step in found.steps if step.name == "CD34+")
    assert positive.parent == "progenitor region"
    assert positive.events == pytest.approx(progenitors, rel=0.01)
    assert step.events < 0.4 * step.evaluable


def test_a_region_that_would_delete_cd34_cells_is_not_applied(tube):
    """So wide a distance from lymphocytes that progenitors are cut off: back-gating refuses the region."""
    path, _ = tube
    usual, strict = gate(path), gate(path, recipe=Recipe(region_widths=11.0))
    step = next(step for step in strict.steps if step.name == "progenitor region")
    assert step.rule.startswith("not applied: it would remove")
    assert strict.populations[0].events >= usual.populations[0].events
    assert any("progenitor region not applied" in text for text in strict.warnings)
