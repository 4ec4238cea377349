"""Controls of every kind: FMO, isotype, dead cells, and the thresholds of a first visit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry import (
    Recipe,
    SpilloverMatrix,
    Whose,
    gate_tube,
    read_fcs,
    read_spillover,
    write_spillover_csv,
)
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.threshold import bootstrap_interval, intervals_agree, quantile_interval
from remnant.observation.tube import PANEL, simulate_events, write_tube

#             stem early prog  lymph mono gran eryth red dead debris
COUNTS = np.array([60, 90, 2600, 5000, 1500, 14000, 5000, 900, 1200, 1800])
DEAD = np.array([0, 0, 0, 100, 0, 100, 0, 0, 5000, 0])
STEM = {"stem": "CD34+ CD38-/low CD90+"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("controls")
    for seed, (name, counts, without) in enumerate(
        [
            ("stained", COUNTS, None),
            ("CD38", COUNTS, "CD38"),
            ("CD90", COUNTS, "CD90"),
            ("dead", DEAD, None),
            ("no-dead", COUNTS * (np.arange(10) != 8), None),
        ]
    ):
        events = simulate_events(counts, without=without, rng=np.random.default_rng(seed))
        write_tube(place / f"{name}.fcs", events, keywords={})
    return place


def gate(path, compartments=STEM, **options):
    return gate_tube(path, panel=PANEL, compartments=compartments, rng=np.random.default_rng(1), **options)


def cut_of(tube, marker):
    return next(cut for cut in tube.thresholds if cut.marker == marker)


def test_an_isotype_gives_a_threshold_that_is_labelled_weaker(folder):
    tube = gate(folder / "stained.fcs", isotypes={"CD38": folder / "CD38.fcs", "CD90": folder / "CD90.fcs"})
    for marker in ("CD38", "CD90"):
        cut = cut_of(tube, marker)
        assert cut.source == "isotype"
        assert cut.weaker
        assert "weaker than an FMO" in cut.method
    assert any("weaker than an FMO" in text for text in tube.warnings)


def test_an_fmo_goes_before_an_isotype(folder):
    tube = gate(
        folder / "stained.fcs",
        controls={"CD90": folder / "CD90.fcs"},
        isotypes={"CD90": folder / "CD38.fcs", "CD38": folder / "CD38.fcs"},
    )
    assert cut_of(tube, "CD90").source == "FMO"
    assert cut_of(tube, "CD38").source == "isotype"


def test_an_isotype_tube_for_all_markers_has_no_cd34_so_its_parent_is_all_nucleated_cells(folder):
    same = dict.fromkeys(("CD34", "CD38", "CD90"), folder / "CD90.fcs")
    tube = gate(folder / "stained.fcs", isotypes=same)
    assert cut_of(tube, "CD90").parent == "nucleated cells of CD90.fcs"


def test_a_rule_that_asks_for_an_fmo_is_not_served_by_an_isotype(folder):
    tube = gate(
        folder / "stained.fcs",
        isotypes={"CD38": folder / "CD38.fcs"},
        recipe=Recipe(cd38_rule="fmo"),
    )
    assert "no FMO" in tube.populations[0].reason


def test_a_dead_cell_control_agrees_with_the_cut_of_the_dye(folder):
    checked = gate(folder / "stained.fcs", dead=folder / "dead.fcs")
    assert not any("dead-cell" in text for text in checked.warnings)
    wrong = gate(
        folder / "stained.fcs", dead=folder / "dead.fcs", recipe=Recipe(cuts=(("viability", 200_000.0),))
    )
    assert any("of the dead-cell control lies above the cut" in text for text in wrong.warnings)


def test_a_tube_without_dead_cells_borrows_the_valley_of_the_dead_cell_control(folder):
    alone = gate(folder / "no-dead.fcs")
    helped = gate(folder / "no-dead.fcs", dead=folder / "dead.fcs")
    viable = [next(step for step in tube.steps if step.name == "viable") for tube in (alone, helped)]
    assert viable[0].rule.startswith("not applied")
    assert "the dead-cell control" in viable[1].rule


def test_the_background_of_a_compartment_is_what_its_own_gate_holds_in_the_fmo(folder):
    tube = gate(folder / "stained.fcs", controls={m: folder / f"{m}.fcs" for m in ("CD38", "CD90")})
    interval = tube.populations[0].interval
    assert interval.measured == "CD90"
    assert interval.unmeasured == "CD34"
    assert 0 <= interval.background < 5
    assert interval.events == pytest.approx(tube.populations[0].events - interval.background)


def test_cuts_move_independently_not_all_to_their_worst(folder):
    """The root of the sum of squares lies between the widest single move and the sum of all."""
    controls = {m: folder / f"{m}.fcs" for m in ("CD38", "CD90")}
    (found,) = gate(folder / "stained.fcs", controls=controls).populations
    assert found.events_at_lower <= found.events <= found.events_at_upper
    assert found.interval.lower <= found.interval.events <= found.interval.upper


def test_thresholds_of_the_first_visit_are_counted_beside_and_used_only_where_the_plan_says_so(folder):
    controls = {m: folder / f"{m}.fcs" for m in ("CD38", "CD90")}
    first = gate(folder / "stained.fcs", controls=controls)
    moved = tuple(
        cut if cut.marker != "CD38" else Threshold(**vars(cut) | {"value": 1.0, "lower": 1.0, "upper": 1.0})
        for cut in first.thresholds
    )
    own, baseline = (
        gate(folder / "stained.fcs", controls=controls, baseline=moved, recipe=Recipe(thresholds=whose))
        for whose in Whose
    )
    assert own.both_ways[0].own == own.populations[0].events == first.populations[0].events
    assert own.both_ways[0].baseline == baseline.populations[0].events
    assert baseline.both_ways[0].own == first.populations[0].events
    assert baseline.populations[0].events < own.populations[0].events
    assert cut_of(baseline, "CD38").source == "first visit"
    assert not first.both_ways


@given(st.integers(0, 2**31), st.integers(1000, 6000), st.sampled_from([0.95, 0.99, 0.995]))
@settings(max_examples=25, deadline=None)
def test_the_exact_and_the_resampled_interval_agree(seed, n, quantile):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    value, *exact = quantile_interval(values, quantile, 0.95)
    resampled = bootstrap_interval(values, quantile, 0.95, draws=1000, rng=rng)
    cut = Threshold("CD38", "A", value, *exact, "m", n, "p", False, "FMO", *resampled)
    assert n * (1 - quantile) < 12 or intervals_agree(cut)
    assert resampled[0] <= value <= resampled[1]


def test_the_quick_bootstrap_has_the_law_of_resampled_events():
    rng = np.random.default_rng(4)
    values = np.sort(rng.exponential(size=1500))
    slow = [np.sort(rng.choice(values, 1500))[1485] for _ in range(3000)]
    lower, upper = bootstrap_interval(values, 0.99, 0.95, draws=20_000, rng=rng)
    expected = np.quantile(slow, [0.025, 0.975])
    # In ranks of the sample: the two ways differ by less than what 3,000 resamples leave open.
    assert abs(np.searchsorted(values, lower) - np.searchsorted(values, expected[0])) <= 2
    assert abs(np.searchsorted(values, upper) - np.searchsorted(values, expected[1])) <= 2


def test_intervals_that_share_less_than_half_are_said_to_differ():
    apart = Threshold("CD38", "A", 5.0, 4.0, 6.0, "m", 100, "p", False, "FMO", 5.5, 9.0)
    assert not intervals_agree(apart)


def test_a_given_matrix_stands_in_for_that_of_every_tube(folder):
    """The matrix of the instrument, from a table: the same counts as from the files themselves."""
    own = read_spillover(read_fcs(folder / "stained.fcs"))
    write_spillover_csv(folder / "own.csv", own)
    controls = {"CD38": folder / "CD38.fcs", "CD90": folder / "CD90.fcs"}
    plain = gate(folder / "stained.fcs", controls=controls)
    given = gate(folder / "stained.fcs", controls=controls, spillover=folder / "own.csv")
    assert given.populations == plain.populations
    assert any("compensated by own.csv" in text for text in given.warnings)
    identity = SpilloverMatrix(own.dyes, own.detectors, tuple(tuple(row) for row in np.eye(6).tolist()))
    write_spillover_csv(folder / "none.csv", identity)
    without = gate(folder / "stained.fcs", controls=controls, spillover=folder / "none.csv")
    assert without.populations != plain.populations
