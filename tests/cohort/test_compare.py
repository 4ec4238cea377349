"""Scenarios side by side in the same virtual patients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from remnant.cohort import compare as module
from remnant.cohort.compare import Comparison, compare
from remnant.cohort.comparison_table import comparison_frame, comparison_rows
from remnant.cohort.medians import SECTIONS
from remnant.cohort.moments import Moments
from remnant.cohort.paired_share import paired_limits
from remnant.cohort.plan import CohortPlan
from remnant.cohort.scenario import Scenario
from remnant.cohort.shipped import shipped
from remnant.cohort.simulate import simulate_block
from remnant.errors import SettingError
from remnant.scale.blocks import Block
from remnant.stats.survival.kaplan_meier import kaplan_meier

HORIZON = 3652


def plan(name: str = "label", **changes: Any) -> CohortPlan:
    """Plan a cohort of a shipped scenario."""
    scenario = shipped(name)
    usual = CohortPlan(scenario, scenario.preset, 1000, 10.0, 1)
    return replace(usual, **changes)


def table(n: int, **columns: Any) -> pl.DataFrame:
    """Write virtual patients by hand; what is not given did not happen."""
    days = (
        "complete_response_day",
        "cytogenetic_relapse_day",
        "cleared_day",
        "molecular_relapse_day",
        "extinct_day",
    )
    amounts = ("treated_days", "units", "days_neutrophils_below_1", "days_neutrophils_below_0_5")
    amounts = (*amounts, "days_platelets_below_50", "days_platelets_below_25")
    kept: dict[str, Any] = {"patient": np.arange(n, dtype=np.uint64), "horizon_day": np.full(n, HORIZON)}
    kept |= {name: pl.Series([None] * n, dtype=pl.Int32) for name in days}
    kept |= {name: np.zeros(n, np.int64) for name in amounts}
    return pl.DataFrame(kept | columns)


def relapses(n: int, seed: int, shift: float) -> pl.DataFrame:
    """Let patients, of whom each is drawn once, be in remission for longer by a factor."""
    rng = np.random.default_rng(seed)
    start = rng.integers(100, 400, n)
    days = np.round(rng.exponential(800.0, n) * shift) + start
    end = pl.Series([int(day) if day < HORIZON else None for day in days], dtype=pl.Int32)
    return table(n, complete_response_day=pl.Series(start, dtype=pl.Int32), cytogenetic_relapse_day=end)


def two(one: pl.DataFrame, other: pl.DataFrame) -> Comparison:
    """Compare two tables."""
    n = one.height
    return compare([plan(patients=n), plan("stop-at-response", patients=n)], [one, other])


def test_a_scenario_does_not_differ_from_itself_and_no_chance_is_left():
    one = relapses(500, 1, 1.0)
    found = two(one, one)
    for measure in found.measures:
        for apart in measure.differences:
            assert apart.value == 0
            assert apart.error == 0
            assert apart.variance_reduction is None
    assert found.measure("relapse_free_days").differences[0].unpaired_error > 0


def test_remission_days_count_every_patient_and_zero_without_remission():
    one = table(
        4,
        complete_response_day=pl.Series([100, 100, None, 200], dtype=pl.Int32),
        cytogenetic_relapse_day=pl.Series([1100, None, None, 300], dtype=pl.Int32),
    )
    found = two(one, one).measure("relapse_free_days")
    assert found.patients == 4
    assert found.values[0].value == pytest.approx((1000 + HORIZON - 100 + 0 + 100) / 4)


def test_a_relapse_counts_by_the_year_in_which_it_was_seen():
    days = [365, 366, 730, 1826, 1827, None]
    start = pl.Series([100] * 6, dtype=pl.Int32)
    one = table(6, complete_response_day=start, cytogenetic_relapse_day=pl.Series(days, dtype=pl.Int32))
    found = two(one, one)
    by_year = [found.measure(f"relapse_by_{year}y").values[0].value for year in (1, 2, 5)]
    assert by_year == pytest.approx([1 / 6, 3 / 6, 4 / 6])


def test_years_beyond_the_horizon_are_not_asked():
    one = table(100, horizon_day=np.full(100, 1096))
    plans = [plan(patients=100, years=3.0), plan("stop-at-response", patients=100, years=3.0)]
    names = [measure.name for measure in compare(plans, [one, one]).measures]
    assert "relapse_by_2y" in names
    assert "relapse_by_5y" not in names


def test_the_error_of_a_paired_difference_is_that_of_the_differences():
    one, other = relapses(400, 1, 1.0), relapses(400, 1, 1.3)
    apart = two(one, other).measure("relapse_free_days").differences[0]
    days = [
        np.array([(end or HORIZON) - start for start, end in part.select(
            "complete_response_day", "cytogenetic_relapse_day").iter_rows()])
        for part in (one, other)
    ]  # fmt: skip
    each = days[1] - days[0]
    assert apart.value == pytest.approx(each.mean())
    assert apart.error == pytest.approx(each.std(ddof=1) / np.sqrt(400))
    unpaired = np.sqrt(days[0].var(ddof=1) / 400 + days[1].var(ddof=1) / 400)
    assert apart.unpaired_error == pytest.approx(unpaired)
    assert apart.variance_reduction == pytest.approx((unpaired / apart.error) ** 2)
    assert apart.variance_reduction > 5


def test_intervals_of_paired_differences_hold_the_truth_as_often_as_they_say():
    """Rows of one table are drawn in pairs whose true mean difference is known; 300 tables."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        days = rng.integers(0, 1000, 80)
        more = rng.integers(0, 201, 80)  # true mean difference: 100
        one = table(80, treated_days=days)
        other = table(80, treated_days=days + more)
        apart = two(one, other).measure("treated_days").differences[0]
        hits += apart.lower <= 100 <= apart.upper
    assert abs(hits / 300 - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / 300)


def test_medians_are_those_of_kaplan_meier_and_their_error_that_of_repeated_cohorts():
    one, other = relapses(2000, 1, 1.0), relapses(2000, 1, 1.3)
    found = two(one, other).measure("median_relapse_free_days")
    kept = one["cytogenetic_relapse_day"].is_not_null().to_numpy()
    days = (one["cytogenetic_relapse_day"].fill_null(HORIZON) - one["complete_response_day"]).to_numpy()
    assert found.values[0].value == kaplan_meier(days.astype(float), kept).median
    medians = []
    for seed in range(60):
        mine, theirs = relapses(2000, seed, 1.0), relapses(2000, seed, 1.3)
        repeated = two(mine, theirs).measure("median_relapse_free_days")
        medians.append((repeated.values[0].value, repeated.differences[0].value))
    spread = np.std(medians, axis=0, ddof=1)
    # A spread of 60 cohorts is known to 9 %, one of 20 sections to 16 %.
    assert found.values[0].error == pytest.approx(spread[0], rel=0.5)
    assert found.differences[0].error == pytest.approx(spread[1], rel=0.5)


def test_a_median_that_is_not_reached_is_not_a_number():
    one = table(100, complete_response_day=pl.Series([100] * 100, dtype=pl.Int32))
    found = two(one, one).measure("median_relapse_free_days")
    assert found.values[0].value is None
    assert found.reason
    assert found.differences[0].value is None


def test_what_was_not_measured_under_one_scenario_is_not_compared():
    one = relapses(50, 1, 1.0)
    unknown = one.with_columns(days_platelets_below_50=pl.lit(None, dtype=pl.Int64))
    found = two(one, unknown).measure("days_platelets_below_50")
    assert found.values == ()
    assert "not measured" in found.reason
    header, rows = comparison_rows(two(one, unknown))
    row = next(row for row in rows if row[0] == found.meaning)
    assert set(row[1:]) == {"not evaluable"}
    assert len(row) == len(header)


def test_a_share_of_cures_is_not_asked_of_equations():
    one = relapses(50, 1, 1.0)
    plans = [plan(patients=50, method="deterministic"), plan("wait", patients=50, method="deterministic")]
    assert "cured" not in [measure.name for measure in compare(plans, [one, one]).measures]


def test_scenarios_that_cannot_be_paired_are_refused_with_every_reason():
    plans = [plan(), plan("cml-stop", years=5.0, seed=2, patients=10)]
    with pytest.raises(SettingError) as error:
        compare(plans, [])
    assert [fault.column for fault in error.value.faults] == ["preset", "years", "patients", "seed"]
    with pytest.raises(SettingError, match="two or more"):
        compare([plan()], [])


def test_tables_of_other_patients_are_refused():
    one = relapses(50, 1, 1.0)
    with pytest.raises(SettingError, match="other patients in table 2"):
        two(one, one.head(49))
    with pytest.raises(SettingError, match="other patients in table 2"):
        two(one, one.with_columns(pl.col("patient") + 1))


def test_tables_that_were_followed_for_other_years_are_refused():
    one = relapses(50, 1, 1.0)
    plans = [plan(patients=50, years=3.0), plan("stop-at-response", patients=50, years=3.0)]
    with pytest.raises(SettingError, match="followed for other years"):
        compare(plans, [one, one])


def test_patients_that_are_not_quite_the_same_are_named():
    one = relapses(50, 1, 1.0)
    found = compare([plan(patients=50), plan("wait", patients=50)], [one, one])
    assert any("start.fraction" in note for note in found.notes)
    assert compare([plan(patients=50), plan("intermittent", patients=50)], [one, one]).notes == ()


def test_a_table_says_value_and_difference_of_every_measure(tmp_path):
    found = two(relapses(100, 1, 1.0), relapses(100, 1, 1.3))
    frame = comparison_frame(found)
    assert frame.height == 2 * len([measure for measure in found.measures if measure.values])
    assert (
        frame.filter(pl.col("scenario") == found.titles[0])["difference_value"].null_count()
        == frame.height / 2
    )
    frame.write_csv(tmp_path / "c.csv")
    assert pl.read_csv(tmp_path / "c.csv").columns == frame.columns


def test_two_scenarios_of_one_title_are_numbered():
    one = relapses(20, 1, 1.0)
    titles = compare([plan(patients=20), plan(patients=20)], [one, one]).titles
    assert len(set(titles)) == 2


def test_the_answer_does_not_depend_on_how_many_rows_are_read_at_once(monkeypatch):
    one, other = relapses(SECTIONS * 20, 1, 1.0), relapses(SECTIONS * 20, 1, 1.3)
    whole = two(one, other)
    monkeypatch.setattr(module, "ROWS", 7)
    parts = two(one, other)
    for mine, theirs in zip(whole.measures, parts.measures, strict=True):
        assert [v.value for v in mine.values] == pytest.approx([v.value for v in theirs.values])
        assert mine.differences[0].error == pytest.approx(theirs.differences[0].error)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.floats(-1e6, 1e6), st.just(float("nan")))] * 3), min_size=1, max_size=30
    ),
    st.integers(0, 30),
)
def test_moments_of_parts_are_those_of_the_whole(rows, cut):
    values = np.array(rows).T
    whole, parts = Moments.of(values), Moments.of(values[:, :cut]) + Moments.of(values[:, cut:])
    kept = values[:, ~np.isnan(values).any(axis=0)]
    assert whole.count == parts.count == kept.shape[1]
    if whole.count:
        scale = max(1.0, float(np.abs(kept).max()))
        assert np.allclose(whole.mean, parts.mean, atol=1e-9 * scale)
        assert np.allclose(whole.products, parts.products, atol=1e-9 * scale**2 * whole.count)


@pytest.mark.parametrize(("b", "c", "n"), [(12, 2, 50), (3, 1, 40), (7, 7, 90), (1, 30, 400)])
def test_limits_of_a_paired_difference_solve_the_score_equation(b, c, n):
    """The most likely share under each limit is found anew, by a search that knows no formula."""

    def statistic(d: float) -> float:
        low, high = max(0.0, -d) + 1e-12, (1 - d) / 2 - 1e-12
        found = minimize_scalar(
            lambda q: -(b * np.log(q + d) + c * np.log(q) + (n - b - c) * np.log(1 - 2 * q - d)),
            bounds=(low, high), method="bounded", options={"xatol": 1e-13},
        )  # fmt: skip
        return float((b - c - n * d) / np.sqrt(n * (2 * found.x + d - d * d)))

    lower, upper = paired_limits(b, c, n)
    assert statistic(lower) == pytest.approx(1.959964, abs=1e-4)
    assert statistic(upper) == pytest.approx(-1.959964, abs=1e-4)


@settings(max_examples=80)
@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_limits_of_a_paired_difference_hold_the_estimate_and_turn_with_the_treatments(b, c, more):
    n = b + c + more
    if n == 0:
        return
    lower, upper = paired_limits(b, c, n)
    assert -1 <= lower <= (b - c) / n <= upper <= 1
    assert lower < upper
    assert paired_limits(c, b, n) == pytest.approx((-upper, -lower), abs=1e-9)


def test_no_difference_seen_in_few_patients_is_no_proof_of_none():
    one = relapses(30, 1, 1.0)
    found = two(one, one).measure("cured").differences[0]
    assert found.value == 0
    assert found.lower == pytest.approx(-(1.96**2) / (30 + 1.96**2), rel=1e-3)
    assert two(one, one).measure("cured").values[0].upper == pytest.approx(1 - 0.025 ** (1 / 30))


def test_intervals_of_paired_shares_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(3)
    hits = 0
    for b, c, _ in rng.multinomial(60, [0.1, 0.03, 0.87], size=3000).tolist():
        lower, upper = paired_limits(b, c, 60)
        hits += lower <= 0.07 <= upper
    assert hits / 3000 > 0.935


def test_a_rule_that_never_fires_changes_nobody():
    """Only what is done makes a difference: same patients, same chances, same scatter of counts."""
    written = shipped("label")
    rule = {"when": {"from_day": 20_000}, "then": "stop", "drug": "lenalidomide"}
    other = Scenario.model_validate(written.model_dump() | {"rule": [rule]})
    plans = [CohortPlan(one, one.preset, 30, 1.0, 4) for one in (written, other)]
    tables = [simulate_block(one, Block(0, 30)) for one in plans]
    assert tables[0].equals(tables[1])
    for measure in compare(plans, tables).measures:
        assert all(apart.value in (0, None) for apart in measure.differences)


@pytest.mark.slow
def test_pairing_saves_patients_and_does_not_move_the_difference():
    """Against other patients under each scenario the difference is the same, and its error larger."""
    plans = [plan(name, patients=4000, years=5.0) for name in ("label", "stop-at-response")]
    tables = [simulate_block(one, Block(0, 2000)) for one in plans]
    others = [simulate_block(one, Block(2000, 4000)) for one in plans]
    found = compare(plans, tables).measure("relapse_free_days")
    apart = found.differences[0]
    assert apart.variance_reduction > 1.5
    crossed = compare(plans, others).measure("relapse_free_days").values[1].value - found.values[0].value
    assert abs(crossed - apart.value) < 4 * np.hypot(apart.unpaired_error, apart.error)
