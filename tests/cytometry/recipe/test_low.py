"""Both cuts of CD38 and the sweep, on sheets whose cells are known."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry import Recipe, gate_tube
from remnant.cytometry.recipe.low import _verdict
from remnant.cytometry.recipe.population import SweepStep
from remnant.observation.tube import PANEL, simulate_events, write_tube

#             stem early prog  lymph mono gran eryth red dead debris
COUNTS = (60, 90, 2600, 5000, 1500, 14000, 5000, 900, 1200, 1800)
STEM = {"stem": "CD34+ CD38-/low CD90+"}


def write(folder, name, *, seed, without=None, **changed):
    names = ("stem", "early", "progenitor")
    counts = list(COUNTS)
    for key, value in changed.items():
        counts[names.index(key)] = value
    events = simulate_events(np.array(counts), without=without, rng=np.random.default_rng(seed))
    write_tube(folder / f"{name}.fcs", events, keywords={})
    return folder / f"{name}.fcs"


@pytest.fixture(scope="module")
def tubes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("low")
    controls = {m: write(folder, m, seed=n, without=m) for n, m in enumerate(("CD38", "CD90"), 2)}
    return write(folder, "stained", seed=1), controls


def gate(path, controls, *, recipe=None, compartments=STEM, **options):
    rng = np.random.default_rng(1)
    return gate_tube(
        path, panel=PANEL, compartments=compartments, controls=controls, recipe=recipe, rng=rng, **options
    )


def test_both_cuts_stand_side_by_side_and_the_plan_names_the_one_in_use(tubes):
    path, controls = tubes
    for rule, used in (("automatic", "FMO"), ("progenitor", "progenitors"), ("percentile", "share")):
        tube = gate(path, controls, recipe=Recipe(cd38_rule=rule))
        (found,) = tube.comparisons
        assert (found.marker, found.used) == ("CD38", used)
        assert found.control.rule == "FMO"
        assert found.control.events <= found.progenitors.events
        assert found.ratio == found.progenitors.events / found.control.events
        used_events = {"FMO": found.control.events, "progenitors": found.progenitors.events}
        if used in used_events:
            assert tube.populations[0].events == used_events[used]


def test_the_rule_in_use_changes_neither_cut(tubes):
    """Whichever the plan names, each way gives the same cut and count: nothing switches silently."""
    path, controls = tubes
    first, second = (
        gate(path, controls, recipe=Recipe(cd38_rule=rule)).comparisons[0] for rule in ("fmo", "progenitor")
    )
    assert first.control.cut == second.control.cut
    assert first.progenitors == second.progenitors
    assert (first.lower, first.upper) == (second.lower, second.upper)


def test_a_way_that_is_refused_says_why_and_the_other_stands(tubes):
    path, controls = tubes
    (alone,) = gate(path, {"CD90": controls["CD90"]}).comparisons
    assert alone.control.events is None
    assert "CD38 has no control" in alone.control.reason
    assert alone.progenitors.events > 0
    assert alone.ratio is None
    assert alone.upper == alone.progenitors.interval.fraction_upper


def test_the_limits_of_either_cut_hold_those_of_both(tubes):
    path, controls = tubes
    (found,) = gate(path, controls).comparisons
    for way in (found.control, found.progenitors):
        assert found.lower <= way.interval.fraction_lower
        assert way.interval.fraction_upper <= found.upper


def test_a_wider_step_never_holds_fewer_stem_cells(tubes):
    path, controls = tubes
    (found,) = gate(path, controls).sweeps
    steps = [step for step in found.steps if step.events is not None]
    assert [step.share for step in found.steps] == [0.02, 0.05, 0.10, 0.20]
    assert len(steps) >= 3
    events = [step.events for step in steps]
    assert events == sorted(events)
    assert all(step.fraction_lower <= step.fraction <= step.fraction_upper for step in steps)
    wanted = "holds at every step" if len(steps) == 4 else "holds at every evaluable step"
    assert found.verdict == wanted


def test_a_step_below_the_stated_number_of_events_is_refused_with_the_number(tubes):
    path, controls = tubes
    (found,) = gate(path, controls, recipe=Recipe(minimum_step_events=200)).sweeps
    refused = [step for step in found.steps if step.step_events < 200]
    assert refused
    for step in refused:
        assert step.events is None
        assert "200 are needed" in step.reason
    assert found.verdict != "holds at every step"


def test_background_alone_is_not_a_finding(tmp_path):
    """Without any stem cell what lies in the gate leaked in, and the control says how much to expect."""
    path = write(tmp_path, "stained", seed=5, stem=0, early=150)
    control = write(tmp_path, "CD90", seed=6, without="CD90", stem=0, early=150)
    tube = gate(path, {"CD90": control}, recipe=Recipe(sweep=(0.10, 0.20)))
    (found,) = tube.sweeps
    assert found.verdict == "not found"
    assert tube.populations[0].interval.lower == 0
    assert tube.populations[0].interval.upper > 0


def step(found):
    return SweepStep(0.1, 1.0, 60, 3, 0.0, 9.0, 0.05, 0.01, 0.1, found)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([True, True], "holds at every step"),
        ([None, True, True], "holds at every evaluable step"),
        ([False, True], "fragile"),
        ([True, True, False], "holds at 2 of 3 steps"),
        ([False, False], "not found"),
        ([None, True], "fragile"),
        ([None, None], "not evaluable"),
    ],
)
def test_a_finding_at_one_step_only_is_fragile(found, verdict):
    assert _verdict([step(each) for each in found]) == verdict
