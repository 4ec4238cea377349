"""Real tubes of several laboratories: thresholds known from outside, and plain refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from remnant.cytometry import ChannelSpec, Recipe, gate_tube, write_fcs
from remnant.cytometry.recipe.threshold import Reference, cut_on_control
from remnant.errors import ChannelError, FcsError, SettingError

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"


def needs(name):
    reason = f"needs {name} beside the repository, in shared/data"
    return pytest.mark.skipif(not (DATA / name).exists(), reason=reason)


def as_fcs(source, target, names=None):
    """Write a table of events, as some archives keep them, as an FCS file."""
    table = pl.read_csv(source)
    write_fcs(target, table.to_numpy().astype(float), [ChannelSpec(n) for n in names or table.columns])
    return table


def gate(path, panel, compartments, **options):
    return gate_tube(path, panel=panel, compartments=compartments, rng=np.random.default_rng(1), **options)


@needs("fmo-pair")
@pytest.mark.parametrize(
    ("quantile", "value", "above"), [(0.99, 2.011, 0.981), (0.995, 2.210, 0.927), (0.999, 2.363, 0.810)]
)
def test_quantiles_of_a_real_fmo_are_those_known_from_outside(quantile, value, above):
    full, control = (
        pl.read_csv(DATA / "fmo-pair" / f"sampleFCS_3{end}.csv.gz")["BV421-A"].to_numpy()
        for end in ("", "_FMO")
    )
    reference = Reference("BV421", "BV421-A", "all events", control, 4.5)
    cut = cut_on_control(reference, Recipe(fmo_quantile=quantile), rng=np.random.default_rng(1))
    assert np.mean(full >= value) == pytest.approx(above, abs=0.001)
    # The cut is the next event above, so that no more than the stated share of the FMO is positive.
    between = np.sum((control > value + 0.0005) & (control < cut.value))
    assert value - 0.0005 <= cut.value
    assert between <= 1
    assert np.mean(control >= cut.value) <= 1 - quantile + 1e-12
    assert cut.lower < value < cut.upper
    assert cut.bootstrap_lower <= cut.value <= cut.bootstrap_upper


@needs("fmo-pair")
def test_a_pair_that_was_scaled_already_is_noticed_and_shuffled_time_is_refused_until_accepted(tmp_path):
    for end, name in (("", "full"), ("_FMO", "fmo")):
        as_fcs(DATA / "fmo-pair" / f"sampleFCS_3{end}.csv.gz", tmp_path / f"{name}.fcs")
    panel, wanted = {"X": "BV421-A"}, {"positive": "X+"}
    controls = {"X": tmp_path / "fmo.fcs"}
    with pytest.raises(FcsError, match="Time runs backwards"):
        gate(tmp_path / "full.fcs", panel, wanted, controls=controls)
    recipe = Recipe(accepted_files=("full.fcs", "fmo.fcs"))
    tube = gate(tmp_path / "full.fcs", panel, wanted, controls=controls, recipe=recipe)
    assert sum("transformed already?" in text for text in tube.warnings) == 2
    (cut,) = tube.thresholds
    assert cut.source == "FMO"
    assert cut.value == pytest.approx(2.21, abs=0.03)
    assert tube.populations[0].interval.fraction == pytest.approx(0.927, abs=0.02)


@pytest.fixture(scope="module")
def aml(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aml")
    for n in (1, 2, 7):
        names = ["FS", "SS", "FITC", "PE", "CD45", "PC5", "PC7"]
        as_fcs(DATA / "aml-multitube-a" / f"tube{n}.csv.gz", folder / f"{n}.fcs", names)
    return folder


@needs("aml-multitube-a")
def test_an_isotype_tube_cuts_the_markers_of_another_tube(aml):
    panel = {"CD45": "CD45", "CD19": "PC5", "CD20": "PC7"}
    isotype = dict.fromkeys(("CD19", "CD20"), aml / "1.fcs")
    tube = gate(aml / "2.fcs", panel, {"B": "CD19+", "all": ""}, isotypes=isotype)
    cut = next(cut for cut in tube.thresholds if cut.marker == "CD19")
    assert (cut.source, cut.weaker) == ("isotype", True)
    assert 1.0 < cut.value < 1.8
    (b, everything) = tube.populations
    # Some 20 of 2,000 events: the limits say how little such a tube can tell.
    assert 5 < b.events < 60
    assert b.interval.fraction_upper > 1.5 * b.interval.fraction
    assert everything.events == tube.cells


@needs("aml-multitube-a")
def test_tubes_of_one_specimen_are_joined_by_counts_and_agree_on_what_both_stain(aml):
    isotype = {"CD19": aml / "1.fcs"}
    first = gate(aml / "2.fcs", {"CD45": "CD45", "CD19": "PC5"}, {"B": "CD19+"}, isotypes=isotype)
    second = gate(aml / "7.fcs", {"CD45": "CD45", "CD19": "PE"}, {"B": "CD19+"}, isotypes=isotype)
    one, two = (tube.populations[0].interval for tube in (first, second))
    assert one.fraction_lower < two.fraction_upper
    assert two.fraction_lower < one.fraction_upper


@needs("aml-multitube-a")
def test_two_thousand_events_are_too_few_for_a_sweep_of_rare_cells(aml):
    panel = {"CD45": "CD45", "CD34": "PC5", "CD38": "PE"}
    tube = gate(aml / "7.fcs", panel, {"stem": "CD34+ CD38-/low"}, isotypes={"CD34": aml / "1.fcs"})
    assert tube.populations[0].events is None
    assert "are needed" in tube.populations[0].reason


@needs("bm-cytof-a")
def test_mass_cytometry_says_what_it_has_not_and_refuses_a_hundred_events():
    path = DATA / "bm-cytof-a" / "bm5721_healthy_basal.fcs"
    panel = {marker: marker for marker in ("CD34", "CD38", "CD90", "CD45")}
    tube = gate(path, panel, {"stem": "CD34+ CD38-/low CD90+"})
    assert any("as in mass cytometry" in text for text in tube.warnings)
    assert tube.populations[0].events is None
    assert "1,000 are needed" in tube.populations[0].reason
    assert tube.doublets is None
    lab = Recipe(cuts=(("CD34", 20.0), ("CD38", 10.0), ("CD90", 2.0)))
    counted = gate(path, panel, {"stem": "CD34+ CD38- CD90+"}, recipe=lab).populations[0]
    assert counted.events is not None
    assert counted.interval.upper >= 3.6
    few = Recipe(minimum_parent_events=500, cuts=lab.cuts)
    assert "500 are needed" in gate(path, panel, {"stem": "CD34+ CD38-"}, recipe=few).populations[0].reason


@needs("bm-cytof-a")
def test_a_marker_that_two_metals_carry_is_not_guessed():
    path = DATA / "bm-cytof-a" / "bm5721_healthy_basal.fcs"
    with pytest.raises(ChannelError):
        gate(path, {"CD34": "empty"}, {})


@needs("flowcap-aml-a")
def test_a_panel_without_cd34_is_refused_by_type():
    path = DATA / "flowcap-aml-a" / "sample1.fcs"
    with pytest.raises(SettingError, match="CD34"):
        gate(path, {"CD45": "CD45-ECD"}, {"stem": "CD34+ CD38-"})
    with pytest.raises(ChannelError, match="channel of CD34"):
        gate(path, {"CD34": "CD34-PC5"}, {"stem": "CD34+"})
