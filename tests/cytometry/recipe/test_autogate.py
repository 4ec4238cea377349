"""Automatic gating against tubes whose cells are known, and against real ones."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from remnant.cytometry import ChannelSpec, GatedTube, LowRule, Recipe, gate_tube, write_fcs
from remnant.cytometry.gates.events import TubeEvents
from remnant.cytometry.recipe.sheet import Sheet
from remnant.errors import ChannelError, FcsError, SettingError

COURSE = Path(__file__).parents[3] / ".." / "shared" / "data" / "cd34-timecourse-a"
CHANNELS = ("FSC-A", "FSC-H", "SSC-A", "APC-A", "PE-Cy7-A", "BV421-A", "BV786-A", "PerCP-A", "Time")
MARKERS = ("CD34", "CD38", "CD90", "CD45", "viability")
PANEL = dict(zip(MARKERS, CHANNELS[3:8], strict=True))
COMPARTMENTS = {"stem": "CD34+ CD38-/low CD90+", "progenitor": "CD34+ CD38+"}
#              FSC   SSC    CD34   CD38  CD90  CD45   dye
KINDS = {
    "stem": (80e3, 20e3, 14000, 20, 3000, 3000, 0),
    "progenitor": (90e3, 22e3, 9000, 6000, 5, 3500, 0),
    "lymphocyte": (65e3, 15e3, 4, 1500, 10, 30000, 0),
    "granulocyte": (130e3, 100e3, 5, 700, 10, 7000, 0),
    "dead": (50e3, 40e3, 60, 200, 100, 4000, 25000),
    "debris": (12e3, 8e3, 2, 5, 2, 20, 5),
}
COUNTS = {
    "stem": 40,
    "progenitor": 1200,
    "lymphocyte": 9000,
    "granulocyte": 18000,
    "dead": 1500,
    "debris": 4000,
}
SPILL = np.eye(5) + np.where(np.eye(5) == 1, 0, 0.03)


def simulate(path, *, rng, without=None, doublets=0.04, **counts):
    """Write a tube; return the number of live single cells of each kind."""
    counts = COUNTS | counts
    kind = np.repeat(np.arange(len(KINDS)), [counts[name] for name in KINDS])
    means = np.array(list(KINDS.values()))[kind]
    n = len(kind)
    scatter = means[:, :2] * np.exp(rng.normal(0, 0.14, (n, 2)))
    dyes = means[:, 2:] * np.exp(rng.normal(0, 0.3, (n, 5)))
    if without is not None:
        dyes[:, MARKERS.index(without)] = 0
    light = (dyes + 20) @ SPILL
    light += rng.normal(size=light.shape) * np.sqrt(40**2 + 3 * light)
    height = 0.9 * scatter[:, 0] * np.exp(rng.normal(0, 0.02, n))
    double = rng.random(n) < doublets
    scatter[double, 0] *= 1.9
    events = np.column_stack([scatter[:, 0], height, scatter[:, 1], light, np.arange(n)])
    specs = [ChannelSpec(name) for name in CHANNELS]
    write_fcs(path, events, specs, spillover=(CHANNELS[3:8], SPILL))
    return {name: int(np.sum((kind == i) & ~double)) for i, name in enumerate(KINDS)}


@pytest.fixture(scope="module")
def tubes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tubes")
    rng = np.random.default_rng(20100909)
    truth = simulate(folder / "stained.fcs", rng=rng)
    controls = {}
    for marker in ("CD38", "CD90"):
        controls[marker] = folder / f"fmo-{marker}.fcs"
        simulate(controls[marker], rng=rng, without=marker, progenitor=2500)
    return folder / "stained.fcs", controls, truth


def count(path, controls=None, *, compartments=COMPARTMENTS, panel=PANEL, recipe=None, seed=1) -> GatedTube:
    rng = np.random.default_rng(seed)
    return gate_tube(path, panel=panel, compartments=compartments, controls=controls, recipe=recipe, rng=rng)


def by_name(tube):
    return {population.population: population for population in tube.populations}


def test_known_cells_are_found_with_controls(tubes):
    path, controls, truth = tubes
    tube = count(path, controls)
    live = sum(truth[name] for name in ("stem", "progenitor", "lymphocyte", "granulocyte"))
    assert tube.cells == pytest.approx(live, rel=0.02)
    found = by_name(tube)
    assert found["stem"].events == pytest.approx(truth["stem"], abs=4)
    assert found["progenitor"].events == pytest.approx(truth["progenitor"], rel=0.02)
    methods = {t.marker: t for t in tube.thresholds}
    assert not methods["CD38"].weaker
    assert not methods["CD90"].weaker
    assert methods["CD38"].parent == "CD34+ cells of fmo-CD38.fcs"
    names = ["cells", "singlets", "viable", "nucleated", "progenitor region", "CD34+"]
    assert [step.name for step in tube.steps] == names


def test_nothing_of_a_tube_stays_in_memory_once_it_is_counted(tubes):
    """Columns of events are large: a circle of references would hold them until chance collects it."""
    path, controls, _ = tubes
    kinds = (Sheet, TubeEvents)  # asked by type: an object that poses as what it refers to may be dead

    def held() -> set[int]:
        return {id(item) for item in gc.get_objects() if issubclass(type(item), kinds)}

    gc.collect()
    gc.disable()
    before = held()  # benches that other tests have open
    try:
        count(path, controls)
        assert held() <= before
    finally:
        gc.enable()


def test_without_controls_every_cut_is_labelled_weaker(tubes):
    path, _, truth = tubes
    tube = count(path)
    assert all(threshold.weaker for threshold in tube.thresholds)
    found = by_name(tube)
    assert found["stem"].events == pytest.approx(truth["stem"], abs=5)
    assert any("CD38 is cut at the lowest 10 %" in warning for warning in tube.warnings)


def test_a_count_lies_between_the_fewest_and_the_most_that_its_cuts_allow(tubes):
    path, controls, _ = tubes
    for tube in (count(path), count(path, controls)):
        for population in tube.populations:
            assert population.events_at_lower <= population.events <= population.events_at_upper


def test_positive_and_low_of_one_marker_share_one_cut(tubes):
    path, controls, _ = tubes
    compartments = {"low": "CD34+ CD38-/low", "high": "CD34+ CD38+"}
    tube = count(path, controls, compartments=compartments)
    positive = next(step.events for step in tube.steps if step.name == "CD34+")
    assert sum(population.events for population in tube.populations) == positive


def test_the_same_seed_gives_the_same_record_and_json_brings_it_back(tubes):
    path, controls, _ = tubes
    tube = count(path, controls)
    assert tube == count(path, controls)
    adapter = TypeAdapter(GatedTube)
    assert adapter.validate_json(adapter.dump_json(tube)) == tube


def test_dead_cells_and_debris_outside_the_gates_change_no_compartment(tmp_path):
    """Only chance moves the counts when more of what is gated away is added."""
    counts = []
    for extra in ({}, {"dead": 4000, "debris": 8000}):
        truth = simulate(tmp_path / "t.fcs", rng=np.random.default_rng(5), doublets=0, **extra)
        found = by_name(count(tmp_path / "t.fcs"))
        assert found["stem"].events == pytest.approx(truth["stem"], abs=5)
        counts.append(found["progenitor"].parent_events)
    assert counts[0] == pytest.approx(counts[1], rel=0.02)


def test_a_marker_without_valley_or_control_is_not_evaluable_with_its_reason(tmp_path):
    simulate(tmp_path / "t.fcs", rng=np.random.default_rng(6), stem=0, progenitor=0)
    for population in count(tmp_path / "t.fcs").populations:
        assert population.events is None
        assert population.events_at_upper is None
        assert "CD34 cannot be cut" in population.reason


def test_too_few_cells_are_not_evaluable(tmp_path):
    simulate(tmp_path / "t.fcs", rng=np.random.default_rng(7), progenitor=10, lymphocyte=20, granulocyte=20)
    tube = count(tmp_path / "t.fcs", recipe=Recipe(minimum_parent_events=500))
    assert all("500 are needed" in population.reason for population in tube.populations)
    assert any(step.rule.startswith("not applied") for step in tube.steps)


def test_a_file_without_events_has_no_denominator(tmp_path):
    write_fcs(tmp_path / "t.fcs", np.zeros((0, 9)), [ChannelSpec(name) for name in CHANNELS])
    tube = count(tmp_path / "t.fcs")
    assert tube.cells is None
    assert all(population.events is None for population in tube.populations)


def test_a_control_that_is_too_small_is_not_replaced_silently(tubes, tmp_path):
    path, controls, _ = tubes
    simulate(tmp_path / "small.fcs", rng=np.random.default_rng(8), without="CD38", progenitor=300)
    found = by_name(count(path, controls | {"CD38": tmp_path / "small.fcs"}))
    assert "its FMO has" in found["stem"].reason


def test_a_rule_that_needs_a_control_says_so(tubes):
    path, controls, _ = tubes
    recipe = Recipe(cd38_rule=LowRule.FMO)
    assert "no FMO" in by_name(count(path, {"CD90": controls["CD90"]}, recipe=recipe))["stem"].reason
    by_mode = count(path, controls, recipe=Recipe(cd38_rule=LowRule.PROGENITOR))
    cut = next(t for t in by_mode.thresholds if t.marker == "CD38")
    assert "minus 2 widths" in cut.method
    assert cut.weaker


def test_cuts_fixed_in_the_plan_go_first(tubes):
    path, controls, _ = tubes
    tube = count(path, controls, recipe=Recipe(cuts=(("cd38", 500.0), ("viability", 2000.0))))
    fixed = {t.marker: t.value for t in tube.thresholds if t.method == "value fixed in the plan"}
    assert fixed == {"CD38": 500.0, "viability": 2000.0}


def test_what_is_not_a_number_leaves_the_denominator(tmp_path):
    simulate(tmp_path / "t.fcs", rng=np.random.default_rng(9), doublets=0)
    raw = bytearray((tmp_path / "t.fcs").read_bytes())
    rows = sum(COUNTS.values())
    start = len(raw) - 8 - rows * 36
    place = start + (COUNTS["stem"] + 5) * 36 + 5 * 4  # CD90 of the sixth progenitor
    raw[place : place + 4] = np.float32(np.nan).tobytes()
    (tmp_path / "n.fcs").write_bytes(bytes(raw))
    whole, holed = count(tmp_path / "t.fcs"), count(tmp_path / "n.fcs")
    stem = by_name(holed)["stem"]
    # Spillover mixes the hole into every channel of the event, so no fluorescence gate can judge it.
    assert by_name(whole)["stem"].events == stem.events
    viable = next(step for step in holed.steps if step.name == "viable")
    assert viable.not_evaluable == 1
    assert holed.cells == whole.cells - 1


def test_low_alone_has_no_rule_and_gets_no_gate(tubes):
    path, _, _ = tubes
    found = by_name(count(path, compartments={"dim": "CD34+ CD45low"}))["dim"]
    assert found.events is None
    assert "no rule for CD45low" in found.reason


def test_no_cell_past_a_known_cut_is_a_count_of_none_wherever_the_other_cut_lies(tmp_path):
    """Without any CD34+ cell CD38 cannot be cut among them, and there are still no stem cells."""
    simulate(tmp_path / "t.fcs", rng=np.random.default_rng(12), stem=0, progenitor=0)
    tube = count(tmp_path / "t.fcs", recipe=Recipe(cuts=(("CD34", 4000.0), ("CD90", 500.0))))
    for name in ("stem", "progenitor"):
        found = by_name(tube)[name]
        assert (found.events, found.events_at_lower, found.events_at_upper) == (0, 0, 0)
        assert found.parent_events == tube.cells


def test_an_empty_phenotype_is_every_nucleated_cell(tubes):
    path, _, _ = tubes
    tube = count(path, compartments={"bulk": ""})
    assert by_name(tube)["bulk"].events == tube.cells


def test_a_cut_of_cd45_that_would_delete_the_answer_is_not_applied(tmp_path):
    """All cells carry CD45 here, so its lowest valley lies between dim CD34+ cells and bright ones."""
    simulate(tmp_path / "t.fcs", rng=np.random.default_rng(10), debris=0, dead=0, granulocyte=0)
    tube = count(tmp_path / "t.fcs")
    step = next(step for step in tube.steps if step.name == "nucleated")
    assert step.rule.startswith("not applied: its valley would remove")
    assert by_name(tube)["progenitor"].events > 1000


def test_an_fmo_of_another_sample_is_called_doubtful(tubes, tmp_path):
    path, _, _ = tubes
    simulate(tmp_path / "other.fcs", rng=np.random.default_rng(11), without="CD38", lymphocyte=40_000)
    tube = count(path, {"CD38": tmp_path / "other.fcs"})
    assert any("doubtful" in warning for warning in tube.warnings)


def test_views_hold_every_event_of_the_rare_population_and_the_gate_in_range(tubes):
    path, controls, _ = tubes
    tube = count(path, controls)
    titles = [view.title for view in tube.views]
    assert titles[0] == "Cells among all events"
    assert "CD90 against CD38 of CD34+ cells" in titles
    for view in tube.views:
        places = np.array(view.counts)
        assert places[:, :2].min() >= 0
        assert places[:, 0].max() < view.bins_x
        assert places[:, 1].max() < view.bins_y
        for x, y in (*view.outline, *view.points):
            assert view.x_range[0] <= x <= view.x_range[1]
            assert view.y_range[0] <= y <= view.y_range[1]
        assert all(view.x_range[0] <= place <= view.x_range[1] for place, _ in view.x_ticks)
    last = tube.views[-1]
    assert len(last.points) == by_name(tube)["stem"].events
    positive = next(step.events for step in tube.steps if step.name == "CD34+")
    assert sum(n for _, _, n in last.counts) == pytest.approx(positive, rel=0.01)


def test_a_panel_that_does_not_fit_names_every_fault(tubes):
    path, _, _ = tubes
    with pytest.raises(ChannelError) as caught:
        count(path, panel=PANEL | {"CD38": "PE-Cy-A", "CD117": "APC-A"})
    assert "did you mean PE-Cy7-A" in str(caught.value)
    assert "as for CD34" in str(caught.value)
    with pytest.raises(SettingError, match="did you mean CD90"):
        count(path, compartments={"stem": "CD34+ CD9O+"})
    with pytest.raises(SettingError, match="control"):
        count(path, {"CD117": path})


def test_implausible_values_are_gated_only_when_the_plan_names_the_file(tmp_path):
    rng = np.random.default_rng(12)
    simulate(tmp_path / "t.fcs", rng=rng)
    events = rng.normal(1e4, 1e3, (3000, 9))
    write_fcs(tmp_path / "odd.fcs", events, [ChannelSpec(name) for name in CHANNELS])
    with pytest.raises(FcsError, match="Time runs backwards"):
        count(tmp_path / "odd.fcs")
    assert count(tmp_path / "odd.fcs", recipe=Recipe(accepted_files=("odd.fcs",))).events == 3000


@pytest.mark.skipif(not COURSE.exists(), reason=f"needs {COURSE.name} beside the repository, in shared/data")
def test_cd34_appears_over_a_real_differentiation():
    """Stem-cell line driven to blood: no CD34 on day 0, the negative control, much on day 8."""
    panel = {"CD34": "CD34", "CD38": "PE-Cy7-A", "CD90": "CD90", "CD45": "BV786-A", "viability": "7-AAD"}
    share = []
    for day in ("D0", "D4", "D8"):
        tube = count(COURSE / f"{day}.fcs", {"CD34": COURSE / "D0.fcs"}, panel=panel)
        positive = next(step.events for step in tube.steps if step.name == "CD34+")
        share.append(positive / tube.cells)
    assert share[0] < 0.01 < 0.2 < share[1] < share[2]
    found = by_name(count(COURSE / "D8.fcs", panel=panel))
    assert found["stem"].events is not None or "CD34 cannot be cut" in found["stem"].reason


@pytest.mark.skipif(not COURSE.exists(), reason=f"needs {COURSE.name} beside the repository, in shared/data")
def test_a_lab_cut_makes_a_real_tube_without_controls_evaluable():
    panel = {"CD34": "APC-A", "CD38": "PE-Cy7-A", "CD90": "BV421-A"}
    recipe = Recipe(cuts=(("CD34", 300.0), ("CD90", 1000.0)))
    found = by_name(count(COURSE / "D8.fcs", panel=panel, recipe=recipe))
    assert found["stem"].events > 0
    assert found["stem"].events_at_lower <= found["stem"].events
    assert found["stem"].events + found["progenitor"].events <= found["progenitor"].parent_events
