"""Acquisition over time, on synthetic tubes: quiet where nothing happened, right where something did."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry import ChannelSpec, read_fcs, write_fcs
from remnant.cytometry.acquisition.cut import cut_mask
from remnant.cytometry.acquisition.findings import QualityRule, Trouble
from remnant.cytometry.acquisition.quality import check_acquisition
from remnant.errors import ChannelError, SettingError

CHANNELS = 6
SPECS = [*(ChannelSpec(f"C{n}-A", range=1e9) for n in range(CHANNELS)), ChannelSpec("Time", range=1e9)]
RATE, TICK = 2500.0, 0.01


def steady(events, rng):
    """Synthetic: mixtures of two log-normal populations, and arrival times in ticks."""
    dim = rng.lognormal(5.0, 0.6, (events, CHANNELS))
    bright = rng.random((events, CHANNELS)) < 0.2
    dim[bright] *= 40
    time = np.floor(np.cumsum(rng.exponential(1 / RATE, events)) / TICK)
    return np.column_stack([dim, time])


def check(folder, rows, rule=None, **given):
    write_fcs(folder / "tube.fcs", rows, SPECS, timestep=TICK)
    return check_acquisition(read_fcs(folder / "tube.fcs"), rule=rule, **given)


def kinds(found):
    return {finding.trouble for finding in found.findings}


def covered(found, begin, end):
    return float(cut_mask(found.events, found.cut)[begin:end].mean())


def cut_rate(folder, events, tubes, seed, rule):
    rng = np.random.default_rng(seed)
    return float(np.mean([bool(check(folder, steady(events, rng), rule).cut) for _ in range(tubes)]))


def test_clean_tubes_are_left_alone(tmp_path):
    tubes, rule = 40, QualityRule(false_alarm=0.05, least_shift=0, least_rate_change=1)
    assert cut_rate(tmp_path, 10_000, tubes, 1, rule) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / tubes)


@pytest.mark.slow
@pytest.mark.parametrize("events", [6_000, 20_000, 60_000])
def test_clean_tubes_get_a_cut_no_more_often_than_stated(tmp_path, events):
    # Without any floor of size, so that chance alone decides.
    tubes, rule = 400, QualityRule(false_alarm=0.05, least_shift=0, least_rate_change=1)
    assert cut_rate(tmp_path, events, tubes, events, rule) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / tubes)


def test_a_clean_tube_has_no_finding_at_all(tmp_path):
    found = check(tmp_path, steady(60_000, np.random.default_rng(2)))
    assert found.findings == ()
    assert (found.bins, found.cut_events) == (100, 0)


def clog(rows, begin, end):
    slow = rows.copy()
    gaps = np.diff(rows[:, -1], prepend=0)
    gaps[begin:end] *= 4
    slow[:, -1] = np.cumsum(gaps)
    return slow


def surge(rows, begin, end):
    fast = rows.copy()
    gaps = np.diff(rows[:, -1], prepend=0)
    gaps[begin:end] /= 4
    fast[:, -1] = np.cumsum(gaps)
    return fast


def bubble(rows, begin, end):
    weak = rows.copy()
    weak[begin:end, :-1] *= 0.3
    return weak


def drift(rows, begin, end):
    moved = rows.copy()
    moved[begin:end, 2] *= np.linspace(1, 3, end - begin)
    return moved


@pytest.mark.parametrize(
    ("injury", "trouble"), [(clog, Trouble.SLOW), (surge, Trouble.FAST), (bubble, Trouble.SHIFT)]
)
@pytest.mark.parametrize(("begin", "end"), [(0, 4100), (20_333, 25_777), (57_000, 60_000)])
def test_the_finding_covers_the_injured_events(tmp_path, injury, trouble, begin, end):
    found = check(tmp_path, injury(steady(60_000, np.random.default_rng(begin)), begin, end))
    assert trouble in kinds(found)
    assert covered(found, begin, end) == 1
    # No more goes with it than the bins that it touches and one on each side.
    assert found.cut_events <= end - begin + 4 * 600


def test_a_slow_drift_is_found_where_it_has_moved_far(tmp_path):
    found = check(tmp_path, drift(steady(60_000, np.random.default_rng(5)), 0, 60_000))
    [finding] = found.findings
    assert (finding.trouble, finding.channel) == (Trouble.SHIFT, "C2-A")
    assert covered(found, 0, 10_000) > 0.9
    assert covered(found, 55_000, 60_000) > 0.9
    assert covered(found, 27_000, 31_000) < 0.7


@pytest.mark.slow
@pytest.mark.parametrize("injury", [clog, surge, bubble])
def test_injuries_of_two_bins_are_found_nearly_always(tmp_path, injury):
    rng = np.random.default_rng(31)
    shares = []
    for _ in range(60):
        begin = int(rng.integers(0, 58_000))
        found = check(tmp_path, injury(steady(60_000, rng), begin, begin + 1800))
        shares.append(covered(found, begin, begin + 1800))
    assert np.mean(np.array(shares) > 0.9) >= 0.95


def test_a_pause_is_found_and_cuts_nothing(tmp_path):
    rows = steady(60_000, np.random.default_rng(6))
    rows[30_000:, -1] += 5000
    found = check(tmp_path, rows)
    pauses = [finding for finding in found.findings if finding.trouble is Trouble.PAUSE]
    assert pauses[0].ranges[0].begin == 29_999
    assert pauses[0].size == pytest.approx(50, abs=0.2)  # seconds


def test_joined_runs_are_a_step_back_and_cut_nothing(tmp_path):
    rows = steady(60_000, np.random.default_rng(7))
    rows[30_000:, -1] -= rows[30_000, -1]
    found = check(tmp_path, rows)
    assert kinds(found) == {Trouble.BACKWARD}
    assert found.findings[0].ranges[0].begin == 29_999
    assert found.cut == ()


@pytest.mark.parametrize("time", [0.0, np.nan])
def test_a_clock_that_says_nothing_is_said(tmp_path, time):
    rows = steady(20_000, np.random.default_rng(8))
    rows[:, -1] = time
    found = check(tmp_path, bubble(rows, 9000, 12_000))
    assert {Trouble.TIME, Trouble.SHIFT} <= kinds(found)
    assert covered(found, 9000, 12_000) == 1


def test_without_a_clock_the_order_of_events_still_serves(tmp_path):
    rows = bubble(steady(20_000, np.random.default_rng(9)), 9000, 12_000)[:, :-1]
    write_fcs(tmp_path / "t.fcs", rows, SPECS[:-1])
    found = check_acquisition(read_fcs(tmp_path / "t.fcs"))
    assert {Trouble.TIME, Trouble.SHIFT} == kinds(found)


@pytest.mark.parametrize("events", [0, 1, 4999])
def test_a_small_tube_is_not_evaluable_over_time_and_says_so(tmp_path, events):
    found = check(tmp_path, steady(events, np.random.default_rng(10)))
    assert (found.bins, found.cut) == (0, ())
    assert "not evaluable below 5,000" in found.notes[0]
    assert all(channel.largest_shift is None for channel in found.channels)


def test_piles_and_missing_values_are_counted(tmp_path):
    rows = steady(20_000, np.random.default_rng(11))
    rows[::20, 0] = 1e9  # 5 % at the top
    rows[::10, 1] = 0.0  # 10 % at the bottom
    rows[::50, 3] = np.nan  # 2 % without a value
    found = check(tmp_path, rows)
    sizes = {(f.trouble, f.channel): f.size for f in found.findings}
    assert sizes[Trouble.TOP, "C0-A"] == pytest.approx(0.05)
    assert sizes[Trouble.BOTTOM, "C1-A"] == pytest.approx(0.10)
    assert sizes[Trouble.NOT_EVALUABLE, "C3-A"] == pytest.approx(0.02)
    assert len(sizes) == 3
    assert found.cut == ()


def test_a_channel_without_any_value_is_not_judged(tmp_path):
    rows = steady(20_000, np.random.default_rng(12))
    rows[:, 2] = np.nan
    rows[:, 3] = 7.0
    found = check(tmp_path, rows)
    missing, constant = (c for c in found.channels if c.channel in ("C2-A", "C3-A"))
    assert (missing.largest_shift, missing.not_evaluable) == (None, 1.0)
    assert (constant.largest_shift, constant.spread, constant.bottom) == (None, 0.0, 1.0)


def test_compensation_that_throws_negatives_wide_is_named(tmp_path):
    rng = np.random.default_rng(13)
    rows = steady(20_000, rng)
    rows[:, 0] = rng.normal(0, 30, 20_000)
    matrix = np.array([[1.0, 0.0], [0.9, 1.0]])
    write_fcs(tmp_path / "t.fcs", rows, SPECS, spillover=(["C0-A", "C1-A"], matrix), timestep=TICK)
    found = check_acquisition(read_fcs(tmp_path / "t.fcs"))
    wide = [finding.channel for finding in found.findings if finding.trouble is Trouble.NEGATIVE]
    assert wide == ["C0-A"]
    assert found.negatives[0].stored == pytest.approx(30, rel=0.1)


def test_a_tube_that_changed_half_way_leaves_the_choice_open(tmp_path):
    rows = steady(60_000, np.random.default_rng(14))
    rows[25_000:, 0] *= 4
    found = check(tmp_path, rows)
    assert Trouble.SHIFT in kinds(found)
    rows = steady(60_000, np.random.default_rng(14))
    rows[:, 1] *= np.repeat(np.linspace(1, 50, 100), 600)
    assert any("which part" in note for note in check(tmp_path, rows).notes)


def test_blocks_do_not_change_the_answer(tmp_path, monkeypatch):
    rows = drift(steady(30_000, np.random.default_rng(15)), 10_000, 20_000)
    whole = check(tmp_path, rows)
    monkeypatch.setattr("remnant.cytometry.acquisition.bins.BLOCK_EVENTS", 1300)
    parts = check(tmp_path, rows)
    assert parts.findings == whole.findings
    assert parts.cut == whole.cut
    assert [c.bottom for c in parts.channels] == [c.bottom for c in whole.channels]


def test_only_the_channels_asked_for_are_looked_at(tmp_path):
    rows = bubble(steady(20_000, np.random.default_rng(16)), 9000, 12_000)
    assert [c.channel for c in check(tmp_path, rows, channels=["C4-A"]).channels] == ["C4-A"]
    with pytest.raises(ChannelError, match="C9-A"):
        check(tmp_path, rows, channels=["C9-A"])


def test_a_rule_that_cannot_be_meant_is_refused_at_once():
    with pytest.raises(SettingError) as caught:
        QualityRule(false_alarm=5, fewest_bins=1, least_shift=-1)
    assert len(caught.value.faults) == 3


def test_events_that_the_cytometer_dropped_are_counted(tmp_path):
    rows = steady(6000, np.random.default_rng(17))
    for keywords, expected in (({"$ABRT": "1500", "$LOST": "500"}, 0.25), ({"$ABRT": "10"}, None)):
        write_fcs(tmp_path / "t.fcs", rows, SPECS, keywords=keywords, timestep=TICK)
        sizes = [f.size for f in check_acquisition(read_fcs(tmp_path / "t.fcs")).findings]
        assert sizes == ([] if expected is None else [expected])


def test_a_matrix_that_cannot_be_read_leaves_time_to_be_judged(tmp_path):
    rows = bubble(steady(20_000, np.random.default_rng(18)), 9000, 12_000)
    write_fcs(tmp_path / "t.fcs", rows, SPECS, keywords={"$DFC1TO2": "20.5"}, timestep=TICK)
    found = check_acquisition(read_fcs(tmp_path / "t.fcs"))
    assert Trouble.SHIFT in kinds(found)
    assert "$DFC1TO2" in found.notes[0]
