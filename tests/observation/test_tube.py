import numpy as np
import pytest

from remnant.cytometry import gate_tube, read_fcs
from remnant.observation import tube

COUNTS = np.array([60, 90, 1500, 6000, 2000, 17_000, 6000, 1200, 1800, 2200])
STAINED, CONTROL = tube.SCATTER + tuple(tube.PANEL.values()), 0.995


@pytest.fixture(scope="module")
def recorded():
    return tube.simulate_events(COUNTS, rng=np.random.default_rng(1))


def _dyes(events):
    first = len(tube.SCATTER)
    return events[:, first : first + len(tube.PANEL)] @ np.linalg.inv(tube.SPILLOVER)


def test_every_population_has_a_count():
    assert len(COUNTS) == len(tube.POPULATIONS)
    assert tube.NAMES[:7] == tube.VIABLE


def test_doublets_take_two_cells_for_one_event(recorded):
    lost = COUNTS.sum() - len(recorded)
    pairs = COUNTS.sum() // 2
    assert abs(lost - pairs * tube.DOUBLETS) < 4 * np.sqrt(pairs * tube.DOUBLETS)
    ratio = recorded[:, 0] / recorded[:, 1]
    assert np.mean(ratio > 1.35) == pytest.approx(tube.DOUBLETS / 2, rel=0.4)


def test_time_never_runs_back(recorded):
    assert (np.diff(recorded[:, -1]) >= 0).all()


def test_compensated_negatives_spread_around_zero_and_below(recorded):
    cd90 = _dyes(recorded)[:, tube.MARKERS.index("CD90")]
    low = cd90[cd90 < 400]
    assert 0.02 < np.mean(low < 0) < 0.5
    assert np.median(low) == pytest.approx(tube.AUTOFLUORESCENCE, abs=30)


def test_compensation_removes_what_the_dyes_spill():
    counts = np.zeros(len(tube.POPULATIONS), int)
    counts[tube.NAMES.index("lymphocyte")] = 20_000
    dyes = _dyes(tube.simulate_events(counts, rng=np.random.default_rng(3)))
    cd45, cd90 = (dyes[:, tube.MARKERS.index(marker)] for marker in ("CD45", "CD90"))
    bright = cd45 > np.quantile(cd45, 0.75)
    error = np.std(cd90[bright]) / np.sqrt(bright.sum()) + np.std(cd90[~bright]) / np.sqrt((~bright).sum())
    assert abs(cd90[bright].mean() - cd90[~bright].mean()) < 4 * error
    assert np.std(cd90[bright]) > np.std(cd90[~bright])  # photon noise of the spilled light stays


def test_an_fmo_tube_lacks_one_dye_and_keeps_the_others(recorded):
    control = tube.simulate_events(COUNTS, without="CD38", rng=np.random.default_rng(1))
    column = {name: tube.MARKERS.index(name) for name in ("CD34", "CD38")}
    assert np.quantile(_dyes(control)[:, column["CD38"]], 0.99) < 400
    assert np.quantile(_dyes(recorded)[:, column["CD38"]], 0.5) > 150
    top = [np.quantile(_dyes(x)[:, column["CD34"]], 0.99) for x in (control, recorded)]
    assert top[0] == pytest.approx(top[1], rel=0.1)


def test_a_file_reads_back_and_says_that_it_is_synthetic(recorded, tmp_path):
    path = tmp_path / "tube.fcs"
    tube.write_tube(path, recorded, keywords={"$SMNO": "P1-d0"})
    file = read_fcs(path)
    assert [channel.name for channel in file.channels] == [*STAINED, "Time"]
    assert file.events == len(recorded)
    assert np.array_equal(file.column("APC-A"), recorded[:, 4].astype(np.float32))
    assert "SYNTHETIC" in file.keywords["$COM"]
    assert file.keywords["$SPILLOVER"].startswith("6,APC-A,PE-Cy7-A")
    assert file.repairs == ()


def test_automatic_gating_finds_the_cells_that_were_put_in(recorded, tmp_path):
    """The tube and the recipe were written apart; they must agree within counting error."""
    files = {None: tmp_path / "stained.fcs", "CD38": tmp_path / "cd38.fcs", "CD90": tmp_path / "cd90.fcs"}
    for number, (marker, path) in enumerate(files.items()):
        events = tube.simulate_events(COUNTS, without=marker, rng=np.random.default_rng(number))
        tube.write_tube(path, events, keywords={})
    gated = gate_tube(
        files[None],
        panel=tube.PANEL,
        compartments={"stem": "CD34+ CD38-/low CD90+", "progenitor": "CD34+ CD38+"},
        controls={marker: files[marker] for marker in ("CD38", "CD90")},
        rng=np.random.default_rng(0),
    )
    stem, progenitor = gated.populations
    # Gates and doublets take a few per cent of every population alike.
    found = progenitor.events / 1500
    assert 0.88 < found < 1.05
    assert abs(stem.events - 60 * found) < 4 * np.sqrt(60)
    viable = COUNTS[:7].sum()
    assert progenitor.parent_events == pytest.approx(viable, rel=0.06)
