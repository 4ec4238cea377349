"""The cell cycle of tubes whose phases are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from remnant.cytometry import IN, NOT_EVALUABLE, OUT, ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.cycle import (
    ControlKind,
    CyclePlan,
    PeakRefusal,
    Phase,
    TubeCycle,
    measure_cycle,
)
from remnant.cytometry.gates.events import open_tube
from remnant.cytometry.recipe.threshold import Refusal
from remnant.errors import ChannelError, FcsError
from remnant.observation.cell_cycle import CHANNELS, NAMES, CycleAssay, CyclingCells, DnaShape
from remnant.study.estimate import Evidence

TRUTH = {Phase.G0: 0.75, Phase.G1: 0.17, Phase.S_G2M: 0.08}


def values(tube, name=0):
    return [phase.alone.value for phase in tube.compartments[name].phases]


def test_a_compartment_has_its_true_phases(lab, pair):
    stained, blank = pair
    tube = lab.measure(stained, "stem", "bulk", control=lab.control_of(blank, "stem", "bulk"))
    assert tube.model.cv == pytest.approx(0.05, abs=0.002)
    assert tube.model.ratio == pytest.approx(1.95, abs=0.02)
    stem, bulk = tube.compartments
    for phase, truth in TRUTH.items():
        estimate = stem.fraction(phase)
        assert estimate.lower <= truth <= estimate.upper
        assert estimate.value == pytest.approx(truth, abs=0.06)
    assert [phase.alone.value for phase in bulk.phases] == pytest.approx([0.35, 0.45, 0.2], abs=0.02)
    assert sum(values(tube)) == pytest.approx(1)
    assert not stem.warnings


def test_every_event_of_a_compartment_is_accounted_for(lab, pair):
    stained, blank = pair
    tube = lab.measure(stained, "stem", "bulk", control=lab.control_of(blank, "stem", "bulk"))
    for found in tube.compartments:
        parts = found.evaluable + found.doublets + found.below_2n + found.above_4n
        assert found.events == parts + found.not_evaluable
    stem = tube.compartments[0]
    true_doublets = int(np.sum((stained.truth.population == 1) & stained.truth.alive & ~stained.truth.single))
    assert stem.doublets == pytest.approx(true_doublets, abs=3)


def test_limits_for_all_phases_are_wider_than_for_one(measured):
    for phase in measured.compartments[0].phases:
        assert 0 <= phase.lower_together < phase.alone.lower <= phase.alone.value
        assert phase.alone.value <= phase.alone.upper < phase.upper_together <= 1


def test_the_record_survives_the_store(measured):
    adapter = TypeAdapter(TubeCycle)
    assert adapter.validate_json(adapter.dump_json(measured)) == measured


def test_the_cut_moves_through_its_interval(measured):
    [stem] = measured.compartments
    assert [step.where for step in stem.sensitivity] == ["lower", "value", "upper", "90 % quantile"]
    lower, value, upper, strict = stem.sensitivity
    assert strict.cut < lower.cut <= value.cut <= upper.cut
    assert strict.events < lower.events <= value.events <= upper.events
    assert value.g0 == pytest.approx(stem.fraction(Phase.G0).value)
    assert all(s.g0 + s.g1 + s.s_g2m == pytest.approx(1) for s in stem.sensitivity)


def test_a_rare_compartment_reads_its_background_in_a_parent(lab, pair):
    stained, blank = pair
    stem, bulk = lab.measure(
        stained, "stem", "bulk", control=lab.control_of(blank, "stem", "bulk")
    ).compartments
    assert stem.threshold.parent == "viable of fmo.fcs"  # 600 stem cells hold no 99.5 % quantile
    assert bulk.threshold.parent == "bulk of fmo.fcs"


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(power=st.sampled_from([-3, -1, 1, 2]))
def test_scaling_dna_changes_nothing(lab, pair, measured, tmp_path, power):
    _, blank = pair

    def scale(tube):
        for name in ("DAPI-A", "DAPI-H"):
            tube.events[:, NAMES.index(name)] *= 2.0**power

    scaled = lab.make(tmp_path / "scaled.fcs", change=scale)
    control = lab.control_of(blank, "stem")
    one, other = measured, lab.measure(scaled, control=control)
    assert other.compartments == one.compartments
    assert other.model.peak == pytest.approx(one.model.peak * 2.0**power, rel=1e-9)


def test_scaling_dna_by_any_factor_changes_no_more_than_rounding(lab, pair, measured, tmp_path):
    _, blank = pair
    control = lab.control_of(blank, "stem")

    def scale(tube):
        for name in ("DAPI-A", "DAPI-H"):
            tube.events[:, NAMES.index(name)] *= 0.37

    other = lab.measure(lab.make(tmp_path / "scaled.fcs", change=scale), control=control)
    assert values(other) == pytest.approx(values(measured), abs=2e-4)


def test_dead_cells_outside_the_parent_change_nothing(lab, pair, measured, tmp_path):
    stained, blank = pair
    control = lab.control_of(blank, "stem")
    dead = np.tile(stained.truth.events[:500], (2, 1))
    dead[:, NAMES.index("DAPI-A")] *= 1.3
    path = tmp_path / "stained.fcs"
    write_fcs(path, np.vstack([stained.truth.events, dead]), CHANNELS)
    more = open_tube(read_fcs(path))

    def longer(codes):
        return np.concatenate([codes, np.full(len(dead), OUT, dtype=np.int8)])

    codes = {name: longer(found) for name, found in stained.members("stem").items()}
    tube = measure_cycle(
        more,
        dna="DAPI-A",
        marker="APC-A",
        parent="viable",
        within=longer(stained.alive),
        compartments=codes,
        control=control,
        rng=np.random.default_rng(1),
    )
    assert tube == measured


def test_the_order_of_events_changes_nothing(lab, pair, measured, tmp_path):
    stained, blank = pair
    control = lab.control_of(blank, "stem")
    order = np.random.default_rng(1).permutation(len(stained.truth.events))
    path = tmp_path / "stained.fcs"
    write_fcs(path, stained.truth.events[order], CHANNELS)
    moved = {name: codes[order] for name, codes in stained.members("stem").items()}
    tube = measure_cycle(
        open_tube(read_fcs(path)),
        dna="DAPI-A",
        marker="APC-A",
        parent="viable",
        within=stained.alive[order],
        compartments=moved,
        control=control,
        rng=np.random.default_rng(1),
    )
    assert tube == measured


def test_what_was_not_measured_is_kept_apart(lab, pair, tmp_path):
    stained, blank = pair
    control = lab.control_of(blank, "stem")
    stem = np.flatnonzero(stained.members("stem")["stem"] == IN)

    def lose(tube):
        tube.events[stem[:20], NAMES.index("DAPI-A")] = np.nan
        tube.events[stem[20:50], NAMES.index("APC-A")] = np.nan
        tube.events[stem[50:55], NAMES.index("DAPI-H")] = np.nan
        tube.events[stem[55:58], NAMES.index("DAPI-A")] = -10

    lost = lab.make(tmp_path / "lost.fcs", change=lose)
    codes = stained.members("stem")["stem"].copy()
    codes[np.flatnonzero(codes == OUT)[:7]] = NOT_EVALUABLE
    [found] = lab.measure(lost, control=control, compartments={"stem": codes}).compartments
    assert found.not_evaluable == 20 + 30 + 5 + 7
    assert found.below_2n >= 3
    parts = found.evaluable + found.doublets + found.below_2n + found.above_4n
    assert parts == len(stem) - 55


def test_too_few_cells_are_not_evaluable_and_say_how_many(lab, pair):
    stained, blank = pair
    few = stained.members("stem")["stem"].copy()
    few[np.flatnonzero(few == IN)[45:]] = OUT
    control = lab.control_of(blank, "stem")
    [found] = lab.measure(stained, control=control, compartments={"stem": few}).compartments
    assert {phase.alone.evidence for phase in found.phases} == {Evidence.NOT_EVALUABLE}
    assert "50 are needed" in found.phases[0].alone.reason
    plan = CyclePlan(minimum_compartment_events=20)
    [found] = lab.measure(stained, control=control, compartments={"stem": few}, plan=plan).compartments
    assert found.fraction(Phase.G0).known


def test_a_compartment_that_could_not_be_gated_says_why(lab, pair):
    [found] = lab.measure(pair[0], compartments={"stem": Refusal("CD38 cannot be cut")}).compartments
    assert found.fraction(Phase.G0).reason == "CD38 cannot be cut"


def test_a_wide_peak_leaves_nothing_evaluable(lab, tmp_path):
    assay = CycleAssay(shape=DnaShape(50_000, 0.11, 1.95, 6.0))
    tube = lab.measure(lab.make(tmp_path / "wide.fcs", assay=assay))
    assert isinstance(tube.peak, PeakRefusal)
    assert tube.model is None
    assert tube.compartments[0].fraction(Phase.S_G2M).reason == tube.peak.reason


def test_without_a_marker_only_s_and_g2m_are_told(lab, pair):
    [found] = lab.measure(pair[0], marker=None).compartments
    assert found.fraction(Phase.G0).evidence is Evidence.NOT_DONE
    dividing = found.fraction(Phase.S_G2M)
    assert dividing.lower <= 0.08 <= dividing.upper


def test_a_marker_that_cannot_be_cut_leaves_g0_not_evaluable(lab, tmp_path):
    # Everyone rests: the density of Ki-67 has no valley.
    resting = {"bulk": CyclingCells(6000, (0.98, 0, 0.01, 0.01), 100.0)}
    assay = CycleAssay(ki67=(1.0, 1.0))
    stained = lab.make(tmp_path / "resting.fcs", populations=resting, assay=assay)
    [found] = lab.measure(stained, compartments=stained.members("bulk", populations=resting)).compartments
    assert found.fraction(Phase.G0).evidence is Evidence.NOT_EVALUABLE
    assert "no valley" in found.fraction(Phase.G0).reason
    assert found.fraction(Phase.S_G2M).known
    assert found.threshold is None


def test_a_control_without_events_is_refused(lab, pair, tmp_path):
    small = {
        "bulk": CyclingCells(300, (0.4, 0.4, 0.1, 0.1), 100.0),
        "stem": CyclingCells(20, (1, 0, 0, 0), 1),
    }
    blank = lab.make(tmp_path / "small.fcs", populations=small, without_ki67=True)
    [found] = lab.measure(pair[0], control=lab.control_of(blank, "stem")).compartments
    assert "1,000 are needed" in found.fraction(Phase.G0).reason


def test_a_cut_without_a_control_is_labelled_so(lab, pair):
    tube = lab.measure(pair[0])
    [found] = tube.compartments
    assert found.threshold.weaker
    assert any("without a control" in text for text in tube.warnings)
    assert found.fraction(Phase.G0).value == pytest.approx(0.75, abs=0.06)
    fixed = lab.measure(pair[0], plan=CyclePlan(fixed_cut=400.0)).compartments[0].threshold
    assert (fixed.value, fixed.method) == (400.0, "value fixed in the plan")


def test_an_isotype_is_labelled_weaker_than_an_fmo(lab, pair, measured):
    stained, blank = pair
    control = lab.control_of(blank, "stem", kind=ControlKind.ISOTYPE)
    tube = lab.measure(stained, control=control)
    assert tube.compartments[0].threshold.weaker
    assert any("isotype" in text for text in tube.warnings)
    assert not measured.compartments[0].threshold.weaker
    assert measured.compartments[0].phases == tube.compartments[0].phases


def test_doublets_without_a_pulse_are_a_stated_upper_bound(lab, pair, tmp_path):
    stained, blank = pair
    control = lab.control_of(blank, "bulk")
    keep = [place for place, name in enumerate(NAMES) if name != "DAPI-H"]
    path = tmp_path / "stained.fcs"
    write_fcs(path, stained.truth.events[:, keep], [CHANNELS[place] for place in keep])
    flat = replace(stained, path=path)
    without = lab.measure(flat, "bulk", control=control)
    with_pulse = lab.measure(stained, "bulk", control=control)
    assert without.pulse is None
    assert any("upper bound" in text for text in without.warnings)
    more, right = (tube.compartments[0].fraction(Phase.S_G2M).value for tube in (without, with_pulse))
    assert right == pytest.approx(0.2, abs=0.02)
    assert more > right + 0.01


def test_a_pulse_width_does_as_well_as_a_height(lab, pair, measured, tmp_path):
    stained, blank = pair
    events = stained.truth.events.copy()
    place = NAMES.index("DAPI-H")
    events[:, place] = 65536 * events[:, NAMES.index("DAPI-A")] / events[:, place] / 1.1
    specs = [ChannelSpec("DAPI-W") if spec.name == "DAPI-H" else spec for spec in CHANNELS]
    path = tmp_path / "stained.fcs"
    write_fcs(path, events, specs)
    control = lab.control_of(blank, "stem")
    wide = lab.measure(replace(stained, path=path), control=control)
    assert wide.pulse.channel == "DAPI-W"
    assert wide.compartments[0].phases == measured.compartments[0].phases
    with pytest.raises(ChannelError):
        lab.measure(stained, pulse="DAPI-X")


def test_doublets_of_the_control_do_not_raise_the_cut(lab, pair, tmp_path):
    many = lab.make(tmp_path / "many.fcs", assay=CycleAssay(doublets=0.4), without_ki67=True, seed=2)
    none = lab.make(tmp_path / "none.fcs", assay=CycleAssay(doublets=0.0), without_ki67=True, seed=2)
    cuts = [lab.measure(pair[0], control=lab.control_of(b, "stem")).compartments[0] for b in (many, none)]
    assert cuts[0].threshold.value == pytest.approx(cuts[1].threshold.value, rel=0.08)


def test_overlap_with_the_background_is_said_and_spanned(lab, tmp_path):
    assay = CycleAssay(ki67=(350.0, 1200.0), ki67_spread=0.6)
    stained = lab.make(tmp_path / "dim.fcs", assay=assay)
    blank = lab.make(tmp_path / "fmo.fcs", assay=assay, without_ki67=True, seed=2)
    [bulk] = lab.measure(stained, "bulk", control=lab.control_of(blank, "bulk")).compartments
    assert any("overlap the background" in text for text in bulk.warnings)
    g0 = bulk.fraction(Phase.G0)
    assert g0.value > 0.37  # too many: some of G1 lie below the cut
    strict = bulk.sensitivity[-1].g0
    assert abs(strict - 0.35) < abs(g0.value - 0.35)
    assert g0.lower <= strict < g0.value <= g0.upper


def test_an_aneuploid_tube_is_said(lab, tmp_path):
    def shift(tube):
        half = np.arange(len(tube.events)) % 3 == 0
        for name in ("DAPI-A", "DAPI-H"):
            tube.events[half, NAMES.index(name)] *= 1.35

    tube = lab.measure(lab.make(tmp_path / "aneuploid.fcs", change=shift))
    assert tube.peak.others[0] == pytest.approx(1.35, abs=0.03)
    assert any("DNA index 1.3" in text for text in tube.warnings)


def test_a_ratio_at_its_limit_is_said(lab, tmp_path):
    assay = CycleAssay(shape=DnaShape(50_000, 0.04, 1.7, 6.0))
    tube = lab.measure(lab.make(tmp_path / "low.fcs", assay=assay))
    assert any("is DNA linear?" in text for text in tube.warnings)


def test_no_events_and_equal_events_are_refused(lab, tmp_path):
    for events in (np.empty((0, len(CHANNELS))), np.full((3000, len(CHANNELS)), 500.0)):
        path = tmp_path / "odd.fcs"
        write_fcs(path, events, CHANNELS)
        codes = np.full(len(events), IN, dtype=np.int8)
        tube = measure_cycle(
            open_tube(read_fcs(path)),
            dna="DAPI-A",
            marker="APC-A",
            parent="all",
            within=codes,
            compartments={"all": codes},
            rng=np.random.default_rng(1),
        )
        assert not tube.compartments[0].fraction(Phase.G0).known


def test_wrong_channels_and_implausible_values_are_refused(lab, pair, tmp_path):
    with pytest.raises(ChannelError, match="DAPI-Z"):
        lab.measure(pair[0], dna="DAPI-Z")

    def spoil(tube):
        tube.events[::3, NAMES.index("DAPI-A")] = 1e35

    with pytest.raises(FcsError, match="beyond any range"):
        lab.measure(lab.make(tmp_path / "bad.fcs", change=spoil))
