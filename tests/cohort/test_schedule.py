"""The search for a schedule: on a stand-in whose best schedule is known, and once on the model itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.scenario.shipped import shipped
from remnant.cohort.schedule import search as module
from remnant.cohort.schedule.limits import Limit, parse_limit
from remnant.cohort.schedule.racing import Score, excess, front, ranked, rounds, survivors
from remnant.cohort.schedule.record import ScheduleAnswer
from remnant.cohort.schedule.schedule import ScheduleQuestion, optimise
from remnant.cohort.schedule.text import schedule_frame, schedule_rows, schedule_sentence
from remnant.cohort.schedule.variations import Axis, Candidate, candidates, grid, parse_axis
from remnant.errors import SettingError
from remnant.scale import Serial
from remnant.scale.blocks import Block


def stand_in(plan: CohortPlan, block: Block) -> pl.DataFrame:
    """Make patients whose remission is longest at 10 mg, 21 days on, and whose toxicity rises with the dose.

    A patient's own luck is the same under every schedule, so that schedules differ by less than patients do.
    """
    course = plan.scenario.therapy[0]
    dose, on = course.dose_mg or 10.0, course.days_on or 21
    patients = np.arange(block.first, block.last)
    luck = np.array([np.random.default_rng([plan.seed, int(number)]).random(3) for number in patients])
    days = 1000 - 4 * (dose - 10) ** 2 - 2 * (on - 21) ** 2 + 400 * luck[:, 0] + 20 * luck[:, 1]
    start, end = np.full(len(patients), 100), np.round(100 + days).astype(int)
    low = np.where(luck[:, 2] < dose / 40, 60, 0)  # of 10 mg a quarter has more than 28 days
    return pl.DataFrame(
        {
            "patient": patients.astype(np.uint64),
            "horizon_day": np.full(len(patients), plan.horizon),
            "complete_response_day": start,
            "cytogenetic_relapse_day": end,
            "extinct_day": pl.Series([100 if x < dose / 20 else None for x in luck[:, 0]], dtype=pl.Int32),
            "treated_days": np.full(len(patients), on * 10),
            "days_neutrophils_below_0_5": low,
            "days_platelets_below_25": low // 4,
        }
    )


@pytest.fixture
def known(monkeypatch):
    """Put the stand-in in the place of the model."""
    monkeypatch.setattr(module, "simulate_block", stand_in)


@pytest.fixture
def counted(monkeypatch):
    """Let the preset have blood counts, whichever it ships."""
    monkeypatch.setattr(ScheduleQuestion, "has_counts", property(lambda _: True))


def question(*vary: str, patients: int = 200, **changes: Any) -> ScheduleQuestion:
    """Ask for the best of some schedules of the label."""
    scenario = shipped("label")
    axes = tuple(parse_axis(text, scenario) for text in vary)
    plan = CohortPlan(scenario, scenario.preset, patients, 10.0, changes.pop("seed", 1))
    return ScheduleQuestion(plan, axes, **changes)


def answered(asked: ScheduleQuestion) -> ScheduleAnswer:
    """Search for it."""
    return optimise(asked, executor=Serial())


def settings_of(answer: ScheduleAnswer) -> dict[str, float | None]:
    """Return what the winner sets."""
    assert answer.winner is not None
    return {setting.name: setting.level for setting in answer.winner.settings}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_known_best_schedule_is_found_and_judged_on_fresh_patients(known, seed):
    found = answered(question("lenalidomide.dose_mg=5:15:2.5", "lenalidomide.days_on=14,28", seed=seed))
    assert found.verdict == "as written"  # 21 days on at 10 mg is better than all that were tried
    best = max(found.tried[1:], key=lambda one: (one.patients, one.objective.value))
    assert best.settings[0].level == 10


def test_the_schedule_as_written_wins_where_it_is_the_best(known):
    found = answered(question("lenalidomide.dose_mg=2.5,5,7.5,10,15", "lenalidomide.days_on=7,14,21,28"))
    assert found.verdict == "as written"
    assert "the one as written is the best" in schedule_sentence(found)


def test_a_better_schedule_is_called_better_by_a_paired_interval(known):
    found = answered(question("lenalidomide.days_on=14,28", "lenalidomide.dose_mg=10"))
    assert found.verdict in ("worse", "as written")
    scenario = parse_axis("lenalidomide.days_on=14", shipped("label"))
    worse = candidates(shipped("label"), [scenario], [(14,)]).made[0].scenario
    asked = question("lenalidomide.days_on=14,21")
    plan = CohortPlan(worse, worse.preset, 200, 10.0, 1)
    found = answered(ScheduleQuestion(plan, asked.axes))
    assert found.verdict == "better"
    assert settings_of(found) == {"lenalidomide.days_on": 21}
    assert found.fresh is not None
    assert found.fresh.difference.value == pytest.approx(98, abs=1)  # 2 x 7 x 7, rounded to days
    assert (
        found.fresh.difference.variance_reduction is None or found.fresh.difference.variance_reduction > 100
    )


def test_limits_choose_a_lower_dose_and_the_price_is_told(known, counted):
    limits = (Limit("neutrophils", 28, 0.2),)
    found = answered(question("lenalidomide.dose_mg=2.5,5,7.5,10", limits=limits, patients=400))
    assert settings_of(found) == {"lenalidomide.dose_mg": 7.5} or settings_of(found) == {
        "lenalidomide.dose_mg": 5
    }
    assert found.winner is not None
    assert all(cost.kept for cost in found.winner.costs)
    assert found.fresh is not None
    assert found.fresh.costs[0].lower <= 0.1875 + 0.1
    assert "limit 20 %" in schedule_sentence(found)


def test_no_schedule_within_the_limits_is_an_answer(known, counted):
    limits = (Limit("neutrophils", 28, 0.0),)
    found = answered(question("lenalidomide.dose_mg=10,15", limits=limits))
    assert found.verdict == "none within the limits"
    assert found.fresh is None
    assert found.winner is None
    assert "none keeps the limits" in schedule_sentence(found)
    assert len(schedule_rows(found)[1]) == 3


def test_cure_is_a_share(known):
    found = answered(question("lenalidomide.dose_mg=5,10,15", objective="cure"))
    assert settings_of(found) == {"lenalidomide.dose_mg": 15}
    assert 0 < found.winner.objective.value < 1  # type: ignore[union-attr, operator]
    assert "%" in schedule_sentence(found)


def test_of_many_combinations_one_key_is_varied_at_a_time_and_the_best_is_still_found(known):
    axes = question("lenalidomide.dose_mg=1:15:1", "lenalidomide.days_on=1:28:1").axes
    written = candidates(shipped("label"), axes, [(2, 9)]).made[0].scenario
    plan = CohortPlan(written, written.preset, 200, 10.0, 1)
    found = answered(ScheduleQuestion(plan, axes))
    assert found.combinations == 15 * 28
    assert len(found.tried) < 100
    assert settings_of(found) == {"lenalidomide.dose_mg": 10, "lenalidomide.days_on": 21}


def test_the_same_seed_gives_the_same_answer_and_pieces_of_work_do_not_matter(known, monkeypatch):
    asked = question("lenalidomide.dose_mg=5,10", "lenalidomide.days_on=14,21,28", patients=150)
    whole = answered(asked)
    monkeypatch.setattr(module, "PIECE", 7)
    assert answered(asked) == whole


def test_fresh_patients_are_none_of_those_searched(monkeypatch):
    asked: list[tuple[int, int]] = []

    def watched(plan: CohortPlan, block: Block) -> pl.DataFrame:
        asked.append((block.first, block.last))
        return stand_in(plan, block)

    monkeypatch.setattr(module, "simulate_block", watched)
    answered(question("lenalidomide.dose_mg=5,10", patients=40))
    assert {block for block in asked if block[0] >= 40} == {(40, 80)}
    assert all(last <= 40 for first, last in asked if first < 40)


def test_every_schedule_is_a_row_and_the_front_is_marked(known, counted):
    found = answered(question("lenalidomide.dose_mg=5,10,15"))
    frame = schedule_frame(found)
    assert frame.height == len(found.tried) == 4
    assert frame["best"].sum() == 1
    assert frame.filter(pl.col("on_front"))["lenalidomide.dose_mg"].to_list().count(15.0) == 0  # beaten by 10
    assert frame.filter(pl.col("on_front"))["lenalidomide.dose_mg"].to_list().count(5.0) == 1


@pytest.mark.parametrize(
    ("vary", "said"),
    [
        ("lenalidomide.dose_mg", "KEY=LEVELS"),
        ("lenalidomide.dose_mg=", "KEY=LEVELS"),
        ("lenalidomide.dose=5", "did you mean dose_mg?"),
        ("lenalidomid.dose_mg=5", "did you mean lenalidomide?"),
        ("therapy.2.dose_mg=5", "therapy.1 to therapy.1"),
        ("rule.1.for_days=5", "a scenario with rule"),
        ("lenalidomide.dose_mg=five", "write levels as"),
        ("lenalidomide.dose_mg=nan", "write levels as"),
        ("lenalidomide.dose_mg=5:1:1", "first:last:step"),
        ("lenalidomide.dose_mg=1:9:0", "first:last:step"),
        ("lenalidomide.dose_mg=1:2", "first:last:step"),
        ("lenalidomide.dose_mg=1:100:1", "at most 50 levels"),
        ("lenalidomide.start_day=open", "write levels as"),
    ],
)
def test_what_cannot_be_varied_is_said_in_words(vary, said):
    with pytest.raises(SettingError, match=said.replace("?", r"\?")):
        parse_axis(vary, shipped("label"))


def test_a_level_that_means_nothing_is_refused_before_anything_is_simulated(monkeypatch):
    monkeypatch.setattr(module, "simulate_block", lambda *_: pytest.fail("simulated"))
    for vary, said in (
        ("dose_mg=5,-5", "greater than or equal to 0"),
        ("days_on=30", "cycle"),
        ("days_on=1.5", "integer"),
    ):
        with pytest.raises(SettingError, match=said):
            answered(question(f"lenalidomide.{vary}"))


def test_combinations_that_mean_nothing_are_left_out_and_told(known):
    found = answered(question("lenalidomide.days_on=14,28", "lenalidomide.cycle_days=21,28"))
    assert len(found.tried) == 4
    assert len(found.refused) == 1
    assert "28 days on in a cycle of 21 days" in found.refused[0]


def test_an_open_end_and_a_month_can_be_levels():
    scenario = shipped("quiescent-killer")
    axes = [
        parse_axis("quiescence-killer.start_month=3,6", scenario),
        parse_axis("therapy.1.end_day=365,open", scenario),
    ]
    made = candidates(scenario, axes, grid(axes)).made
    assert [one.scenario.therapy[0].end_day for one in made] == [365, None, 365, None]
    assert [one.scenario.therapy[1].start_month for one in made] == [3, 3, 6, 6]
    assert made[1].title == "quiescence-killer.start_month 3, therapy.1.end_day open"


def test_a_rule_can_be_varied_down_to_its_condition():
    scenario = shipped("cml-stop")
    axis = parse_axis("rule.1.when.from_day=730,1095", scenario)
    assert axis == Axis("rule.1.when.from_day", "rule", (0,), "when.from_day", (730, 1095))
    made = candidates(scenario, [axis], grid([axis])).made
    assert [one.scenario.rule[0].when.from_day for one in made] == [730, 1095]
    assert {one.scenario.rule[0].for_days for one in made} == {364}


def test_a_key_of_two_courses_is_set_in_both_but_a_day_in_one_alone():
    scenario = shipped("activate-then-kill")
    axis = parse_axis("lenalidomide.dose_mg=5", scenario)
    made = candidates(scenario, [axis], [(5,)]).made[0]
    assert [course.dose_mg for course in made.scenario.therapy] == [None, 5, 0, 5]  # a hold stays one
    with pytest.raises(SettingError, match=r"therapy\.2\.start_month"):
        parse_axis("lenalidomide.start_month=1", scenario)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"patients": 3}, "at least 20"),
        ({"objective": "cure", "method": "deterministic"}, "no last cell"),
        ({"vary": ()}, "at least one key"),
        ({"vary": ("lenalidomide.dose_mg=5", "therapy.1.dose_mg=10")}, "each key once"),
        ({"limits": (Limit("neutrophils", 1, 0.1),) * 2}, "one limit of each"),
    ],
)
def test_a_question_without_sense_is_refused(changes, said):
    scenario = shipped("label")
    axes = tuple(parse_axis(text, scenario) for text in changes.pop("vary", ("lenalidomide.dose_mg=5",)))
    method = changes.pop("method", "hybrid")
    plan = CohortPlan(scenario, scenario.preset, changes.pop("patients", 100), 10.0, 1, method)
    with pytest.raises(SettingError, match=said):
        ScheduleQuestion(plan, axes, **changes)


def test_a_limit_needs_a_preset_with_blood_counts(monkeypatch):
    monkeypatch.setattr(ScheduleQuestion, "has_counts", property(lambda _: False))
    with pytest.raises(SettingError, match="models no blood counts"):
        question("lenalidomide.dose_mg=5", limits=(Limit("neutrophils", 1, 0.1),))


@pytest.mark.parametrize("text", ["neutrophils", "neutrophils:28", "neutrophils:x:5%", "neutrophils:28:many"])
def test_a_limit_is_a_count_days_and_a_share(text):
    with pytest.raises(SettingError, match="neutrophils:28:20%"):
        parse_limit(text)
    for wrong, said in (("neutrofils:28:5%", "did you mean neutrophils"), ("platelets:28:200%", "0 to 1")):
        with pytest.raises(SettingError, match=said):
            parse_limit(wrong)


def score(objective: np.ndarray, over: float = 0.0) -> Score:
    """Make a score of which a share is over one limit."""
    n = len(objective)
    flags = (np.arange(n) < over * n).astype(float)
    return Score(objective, flags[None], np.zeros(n))


def test_the_search_keeps_what_chance_may_have_beaten_and_drops_what_it_has_not():
    rng = np.random.default_rng(1)
    luck = rng.normal(0, 100, 200)
    best, near, far = score(luck + 20), score(luck + rng.normal(19, 20, 200)), score(luck)
    toxic = score(luck + 500, over=0.5)
    kept = survivors([far, near, best, toxic], [0.2])
    assert kept == [1, 2]
    assert ranked([far, near, best, toxic], [0.2])[0] in (1, 2)
    assert excess(toxic, [0.2]) == pytest.approx(0.3)


def test_a_schedule_on_the_edge_of_a_limit_drives_out_none_that_surely_keeps_it():
    luck = np.random.default_rng(1).normal(0, 100, 200)
    edge, safe, safer = score(luck + 100, over=0.22), score(luck + 50, over=0.1), score(luck, over=0.0)
    assert survivors([edge, safe, safer], [0.2]) == [0, 1]
    assert survivors([edge, safe], [0.01]) == [0, 1]  # where none is safe, none is driven out


def test_the_best_that_seems_to_keep_a_limit_goes_on_though_nobody_surely_does():
    rng = np.random.default_rng(1)
    shares = (0.3, 0.25, 0.24, 0.23, 0.19, 0.18, 0.17, 0.16, 0.15, 0.15)
    scores = [score(rng.normal(0, 100, 100) - 20 * n, over=share) for n, share in enumerate(shares)]
    likely = max(range(4, 10), key=lambda n: scores[n].objective.mean())
    assert likely in survivors(scores, [0.2])


def test_a_schedule_that_gives_less_than_one_over_the_limits_is_not_called_lucky(known, counted):
    found = answered(question("lenalidomide.dose_mg=2.5,5", limits=(Limit("neutrophils", 28, 0.2),)))
    assert found.verdict == "worse"
    assert "worse than as written, which does not keep the limits" in schedule_sentence(found)


def test_more_schedules_than_places_keep_the_hopeful_and_the_sure_alike():
    rng = np.random.default_rng(1)
    edges = [score(rng.normal(0, 100, 200) + 40, over=0.21) for _ in range(9)]
    sure = [score(rng.normal(0, 100, 200) + 30, over=0.05) for _ in range(9)]
    kept = survivors([*edges, *sure], [0.2])
    assert len(kept) == 9
    assert sum(n >= 9 for n in kept) >= 3
    best = max(range(9, 18), key=lambda n: sure[n - 9].objective.mean())
    assert best in kept


@settings(max_examples=60)
@given(st.integers(1, 100_000), st.integers(1, 500))
def test_rounds_rise_to_all_patients(patients, schedules):
    sizes = rounds(patients, schedules)
    assert sizes[-1] == patients
    assert list(sizes) == sorted(set(sizes))
    assert sizes[0] >= min(100, patients)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_the_front_beats_every_other_point_and_no_point_of_its_own(points):
    rows = np.array(points, float)
    kept = front(rows)

    def beats(a: np.ndarray, b: np.ndarray) -> bool:
        return bool((a <= b).all() and (a < b).any())

    for number, point in enumerate(rows):
        assert (number in kept) == (not any(beats(other, point) for other in rows))


@pytest.mark.slow
def test_the_model_itself_is_searched_and_a_block_of_patients_is_no_part_of_the_answer(monkeypatch):
    scenario = shipped("stop-at-response")
    plan = CohortPlan(scenario, scenario.preset, 20, 0.3, 3)
    asked = ScheduleQuestion(plan, (parse_axis("lenalidomide.dose_mg=5,20", scenario),))
    found = answered(asked)
    assert [one.patients for one in found.tried] == [20, 20, 20]
    assert isinstance(Candidate((), scenario).title, str)
    monkeypatch.setattr(module, "PIECE", 11)
    assert answered(asked) == found


@pytest.mark.parametrize("searches", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_the_luckiest_of_schedules_that_are_all_alike_is_seldom_called_better(searches, monkeypatch):
    """In the search it always leads; on fresh patients it leads by chance alone, in 1 of 40 searches."""

    def alike(plan: CohortPlan, block: Block) -> pl.DataFrame:
        dose = plan.scenario.therapy[0].dose_mg or 0
        days = np.array(
            [
                np.random.default_rng([plan.seed, n, int(10 * dose)]).normal(1000, 300)
                for n in range(block.first, block.last)
            ]
        )
        return stand_in(plan, block).with_columns(cytogenetic_relapse_day=100 + days.round().astype(int))

    monkeypatch.setattr(module, "simulate_block", alike)
    called, led = 0, 0
    for seed in range(searches):
        found = answered(question("lenalidomide.dose_mg=4,5,6,7", patients=24, seed=seed))
        called += found.verdict == "better"
        led += found.best != 0
    assert led > 0.6 * searches  # 4 of 5 schedules are not the one as written
    assert called < searches * 0.025 + 4 * np.sqrt(searches * 0.025)
