"""A summary counts what the rows say, adds up over blocks, and keeps null apart from zero."""

import itertools
import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cohort.plan import CohortPlan
from remnant.cohort.questions import CURVES, SPREADS, depths
from remnant.cohort.rows import columns_of
from remnant.cohort.scenario import Scenario
from remnant.cohort.simulate import simulate_block
from remnant.cohort.summary import CohortSummary, summarise
from remnant.cohort.summary_files import write_summary
from remnant.cohort.tally import added, tally_block
from remnant.scale import Block
from remnant.stats.survival.kaplan_meier import kaplan_meier
from remnant.store.records import from_json, to_json

STOP = {
    "title": "Two years",
    "therapy": [{"drug": "lenalidomide", "start_day": 0, "end_month": 24}],
    "parameters": {"lenalidomide.progenitor_kill": 60.0, "lenalidomide.quiescent_kill": 0.05},
}


@pytest.fixture(scope="module")
def plan():
    scenario = Scenario.model_validate(STOP)
    return CohortPlan(scenario, scenario.preset, 150, 4.0, 8)


@pytest.fixture(scope="module")
def rows(plan):
    return simulate_block(plan, Block(0, plan.patients))


@pytest.fixture(scope="module")
def summary(rows, plan):
    return summarise(rows.lazy(), plan)


def test_shares_are_counts_with_exact_limits(rows, summary):
    share = summary.share("complete_response")
    among = rows.filter("cytogenetically_evaluable")
    assert share.among == among.height > 100
    assert share.count == among["complete_response_day"].count() > 10
    assert share.share == share.count / share.among
    assert 0 <= share.lower < share.share < share.upper <= 1


def test_a_share_of_nobody_is_no_number(rows, plan):
    nobody = rows.with_columns(cytogenetically_evaluable=pl.lit(False))
    share = summarise(nobody.lazy(), plan).share("complete_response")
    assert (share.count, share.among) == (0, 0)
    assert share.share is share.lower is share.upper is None


def test_a_curve_is_that_of_the_rows(rows, summary):
    ill = rows.filter(pl.col("complete_response_day").is_not_null())
    until = pl.coalesce("complete_response_lost_day", "horizon_day") - pl.col("complete_response_day")
    time, event = ill.select(until)[:, 0], ill["complete_response_lost_day"].is_not_null()
    curve, expected = summary.curve("complete_response_kept"), kaplan_meier(time, event)
    steps = [step for step in curve.steps if step.events]
    assert [step.day for step in steps] == expected.time.tolist()
    assert [step.free for step in steps] == pytest.approx(expected.free)
    assert curve.patients == ill.height
    assert curve.events == event.sum()
    assert curve.median_day == expected.median


def test_a_quantile_is_that_of_the_rows_to_a_bin(rows, summary):
    for depth in summary.depths:
        with np.errstate(divide="ignore"):
            fractions = np.sort(np.log10(rows[depth.spread.name].drop_nulls().to_numpy()))
        assert depth.spread.patients == len(fractions)
        if len(fractions):
            middle = fractions[int(np.ceil(0.5 * len(fractions))) - 1]
            assert middle > -12
            assert depth.spread.q50 == pytest.approx(middle, abs=depth.spread.resolution)


def test_depths_are_told_at_every_time_of_every_compartment(summary):
    assert {(depth.compartment, depth.month) for depth in summary.depths} == set(depths())
    last = next(depth for depth in summary.depths if depth.month == "60")
    assert last.spread.patients == 0
    assert last.spread.q50 is None


def test_no_clone_at_all_is_a_zero_and_has_no_logarithm(rows, plan):
    gone = rows.with_columns(stem_fraction_end=pl.lit(0.0))
    depth = next(
        one for one in summarise(gone.lazy(), plan).depths if (one.compartment, one.month) == ("stem", "end")
    )
    assert depth.spread.zeros == depth.spread.patients == rows.height
    assert depth.spread.q50 is None


def test_an_empty_compartment_is_not_counted_as_one_without_the_clone(rows, plan):
    empty = rows.with_columns(stem_fraction_end=pl.lit(None, pl.Float64))
    depth = next(
        one for one in summarise(empty.lazy(), plan).depths if (one.compartment, one.month) == ("stem", "end")
    )
    assert (depth.spread.patients, depth.spread.zeros) == (0, 0)


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(1, 149), max_size=5, unique=True))
def test_blocks_add_up_exactly(rows, plan, cuts):
    ends = [0, *sorted(cuts), 150]
    total = {}
    for first, last in itertools.pairwise(ends):
        total = added(total, tally_block(rows.slice(first, last - first), horizon=plan.horizon))
    whole = tally_block(rows, horizon=plan.horizon)
    assert total.keys() == whole.keys()
    assert all((total[name] == whole[name]).all() for name in whole)


def test_rows_are_read_a_few_at_a_time(rows, plan, summary, monkeypatch, tmp_path):
    monkeypatch.setattr("remnant.cohort.tally.ROWS", 17)
    rows.write_parquet(tmp_path / "patients.parquet", row_group_size=20)
    assert summarise(tmp_path, plan) == summary


def test_cure_is_not_asked_of_equations(rows, plan, summary):
    assert summary.cure is not None
    assert summary.cure.among == 150
    assert summarise(rows.lazy(), replace(plan, method="deterministic")).cure is None


def test_an_event_that_takes_weeks_to_be_known_is_followed_until_it_can_be(rows, plan):
    dependent = rows.with_columns(
        transfused_at_start=pl.lit(True), independence_day=pl.lit(None, pl.Int32), horizon_day=pl.lit(400)
    )
    curve = summarise(dependent.lazy(), plan).curve("to_independence")
    assert [(step.day, step.censored) for step in curve.steps] == [(400 - 56, 150)]


def test_a_summary_is_kept_as_json_and_read_back(summary):
    assert from_json(CohortSummary, to_json(summary), source="summary.json") == summary


def test_every_file_says_that_nobody_was_measured(summary, plan, tmp_path):
    names = write_summary(summary, {"patients.parquet": columns_of(plan)}, tmp_path)
    assert sorted(names) == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        assert "SYNTHETIC" in (tmp_path / name).read_text()
    assert json.loads((tmp_path / "summary.json").read_text())["patients"] == 150
    steps = pl.read_csv(tmp_path / "curve_steps.csv")
    assert set(steps["curve"]) <= {asked.name for asked in CURVES}
    for name in ("shares.csv", "depths.csv", "spreads.csv", "curves.csv"):
        assert pl.read_csv(tmp_path / name).height > 0


def test_every_question_is_about_a_column(rows):
    asked = [
        *(spread.column for spread in SPREADS),
        *(spread.column for spread in depths().values()),
        *(curve.event for curve in CURVES),
    ]
    assert set(asked) <= set(rows.columns)
    for spread in SPREADS:
        assert spread.column in rows.columns
        assert spread.bins > 1
