import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.dynamics.treatment import calendar
from remnant.errors import SettingError
from remnant.observation.blood import TRANSFUSED_DAYS
from remnant.observation.courses import COLUMNS, simulate_courses, watch_daily
from remnant.observation.courses_body import FIRST_DAY, live
from remnant.observation.courses_category import CATEGORIES, categories, lasting, spans
from remnant.observation.courses_folder import write_courses
from remnant.observation.courses_outline import OUTLINES, draw_person
from remnant.observation.courses_truth import remissions
from remnant.scale.streams import stream
from remnant.study import TABLES, read_study

SEED = 5


@pytest.fixture(scope="module")
def made():
    return simulate_courses(60, seed=SEED)


def test_a_patient_is_the_same_whoever_else_is_simulated(made):
    fewer = simulate_courses(3, seed=SEED)
    names = pl.Series(fewer.study.patients)
    for name in ("blood_counts", "transfusions", "therapy", "samples"):
        same = made.study[name].filter(pl.col("patient_id").is_in(names)).drop("line")
        assert same.equals(fewer.study[name].drop("line"))
    for one, other in zip(fewer.truth, made.truth, strict=False):
        assert one.clinical_day == other.clinical_day
        assert np.array_equal(one.category, other.category)


def test_another_seed_draws_other_patients(made):
    other = simulate_courses(60, seed=SEED + 1)
    assert not other.study["blood_counts"].equals(made.study["blood_counts"])


def test_everything_is_said_to_be_synthetic(made):
    for study in (made.study, made.noise_free):
        assert study.config.study.synthetic
        assert set(study["patients"]["diagnosis"]) == {"MDS with del(5q) (synthetic)"}


def test_the_study_that_is_written_is_the_study_that_is_made(made, tmp_path):
    """Every table passes its own check, and reads back as it was."""
    truth = write_courses(tmp_path / "study", patients=60, seed=SEED)
    assert [one.clinical_day for one in truth] == [one.clinical_day for one in made.truth]
    read = read_study(tmp_path / "study")
    assert read.config.study.synthetic
    for name, columns in COLUMNS.items():
        assert read[name].select(columns).equals(made.study[name].select(columns)), name
    for path in [*(tmp_path / "study").glob("*.csv"), *(tmp_path / "study" / "truth").glob("*.csv")]:
        assert "SYNTHETIC" in path.read_text(encoding="utf-8").splitlines()[0]
    lines = (tmp_path / "study" / "truth" / "courses.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 62


def test_a_clinic_is_never_written_over_a_study(tmp_path):
    write_courses(tmp_path / "study", patients=1, seed=SEED)
    with pytest.raises(SettingError, match="holds nothing of a study"):
        write_courses(tmp_path / "study", patients=1, seed=SEED)
    with pytest.raises(SettingError, match="patients"):
        write_courses(tmp_path / "other", patients=0, seed=SEED)


def test_the_command_writes_courses_without_events(tmp_path):
    asked = ["simulate", "study", str(tmp_path / "study"), "--no-events", "--patients", "4", "--json"]
    said = CliRunner().invoke(app, asked)
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    assert [one["patient_id"] for one in answer["truth"]] == ["P0001", "P0002", "P0003", "P0004"]
    assert "truth/visits.csv" in answer["files"]
    assert not any(name.endswith(".fcs") for name in answer["files"])
    table = CliRunner().invoke(app, [*asked[:2], str(tmp_path / "again"), *asked[3:-1]])
    assert table.exit_code == 0
    assert "Next: remnant analyse" in table.output


def test_a_clinic_has_gaps(made):
    """Missed looks, incomplete logs, failed cultures, holds, reductions and deaths all occur."""
    study = made.study
    assert study["patients"]["died"].sum() > 0
    log = study["transfusion_log"]["patient_id"].value_counts()["count"]
    assert log.max() == 2
    assert len(log) < 60
    assert study["marrows"]["dysplasia"].null_count() > 0
    assert (study["fish"]["nuclei_scored"] == 0).any()
    courses = study["therapy"].sort("patient_id", "start_day")
    gap = courses["start_day"] - courses["end_day"].shift(1)
    again = courses["patient_id"] == courses["patient_id"].shift(1)
    assert (again & (gap > 1)).any()
    assert (again & (gap == 1)).any()
    scored = [one.scored for course in made.truth for one in course.metaphases]
    assert min(scored) < 20 <= max(scored)


def test_every_outline_occurs_and_is_what_it_says():
    made = simulate_courses(250, seed=SEED)
    by_outline = {item.name: [one for one in made.truth if one.outline == item.name] for item in OUTLINES}
    assert all(by_outline.values())
    lasting_ones = by_outline["complete response that lasts"]
    assert np.mean([bool(one.remissions) for one in lasting_ones if one.body.days[-1] > 400]) > 0.9
    relapsed = by_outline["complete response, relapse on treatment"]
    assert np.mean([one.molecular_day is not None for one in relapsed]) > 0.9
    resistant = by_outline["primary resistance, progression and leukaemia"]
    assert not any(one.remissions for one in resistant)
    assert np.mean([one.leukaemia_day is not None for one in resistant]) > 0.5
    # The clone is back before the blood falls.
    both = [one for one in made.truth if one.molecular_day and one.clinical_day and one.remissions]
    assert np.median([one.clinical_day - one.molecular_day for one in both]) > 0


@pytest.mark.parametrize("number", range(12))
def test_a_clone_is_a_share_and_no_compartment_jumps(number):
    person = draw_person(rng=stream(SEED, number, "person"))
    body = live(person)
    for name in ("stem", "progenitor", "dividing", "bulk", "side"):
        share = getattr(body, name)
        assert ((share >= 0) & (share <= 1)).all()
        assert np.abs(np.diff(share)).max() < 0.06
    assert (body.side <= body.dividing + 1e-12).all()
    before = body.days <= 0
    assert np.ptp(body.progenitor[before]) < 1e-5, "nothing moves before the first dose"
    assert set(np.unique(calendar(person.courses).dose(body.days))) <= {0.0, 0.5, 1.0}


def test_without_a_dose_the_log_odds_of_progenitors_rise_at_their_growth():
    """The closed form against its equation, on days of a hold."""
    for number in range(60):
        person = draw_person(rng=stream(SEED, number, "person"))
        body = live(person)
        dose = calendar(person.courses).dose(body.days)
        odds = np.log(body.progenitor / (1 - body.progenitor))
        free = (dose[1:] == 0) & (body.days[1:] > 40) & (body.progenitor[1:] < 0.9) & (body.side[1:] < 1e-9)
        above = odds[1:] > np.log(body.stem[1:] / (1 - body.stem[1:])) + person.leak + 0.2
        rises = np.diff(odds)[free & above]
        assert rises == pytest.approx(np.full(len(rises), person.growth), abs=1e-6)


def test_red_cells_raise_what_is_measured_and_not_what_is_true(made):
    """Without noise the count is the patient's own; measured, some of a unit is still there weeks later."""
    pair = made.study["blood_counts"].join(
        made.noise_free["blood_counts"], on=["patient_id", "day"], suffix="_own"
    )
    near = made.study["transfusions"].select("patient_id", given="day")
    after = pair.join(near, on="patient_id").filter((pl.col("day") - pl.col("given")).is_between(1, 5))
    excess = after["haemoglobin_g_per_dl"] - after["haemoglobin_g_per_dl_own"]
    assert excess.mean() > 1.0
    assert TRANSFUSED_DAYS > 14
    never = pl.DataFrame({"patient_id": [one.patient_id for one in made.truth if not one.given]})
    others = pair.join(never, on="patient_id")
    assert len(never)
    drift = others["haemoglobin_g_per_dl"] - others["haemoglobin_g_per_dl_own"]
    assert abs(drift.mean()) < 0.05


def test_remissions_are_stretches_of_days_that_meet_every_limit(made):
    for one in made.truth:
        body = one.body
        for first, last in one.remissions:
            inside = slice(first - FIRST_DAY, last - FIRST_DAY + 1)
            assert last - first >= 28
            assert body.haemoglobin[inside].min() >= 11
            assert body.platelets[inside].min() >= 100
            assert body.neutrophils[inside].min() >= 1
            assert body.blasts[inside].max() <= 0.05
            assert {CATEGORIES[place] for place in one.category[inside]} == {"CR"}


def test_free_runs_and_red_cells_fill_the_treatment(made):
    for one in made.truth:
        inside = {unit.day for unit in one.given if unit.day >= 0}
        free = {day for first, last in one.free_runs for day in range(first, last + 1)}
        assert not free & inside
        if one.free_runs:
            assert free | inside >= set(range(one.free_runs[-1][1] + 1))


def test_a_look_on_every_day_has_every_day(made):
    name = made.study.patients[0]
    daily = watch_daily(made, [name])
    assert daily.patients == (name,)
    assert daily["blood_counts"]["day"].to_list() == made.truth[0].body.days.tolist()
    assert daily["marrows"].height == daily["samples"].height == len(made.truth[0].body.days)


def test_the_tables_that_are_written_are_tables_of_a_study():
    for name, columns in COLUMNS.items():
        assert set(columns) <= {column.name for column in TABLES[name].columns}


def test_a_stretch_lasts_when_it_is_long_or_cut_short_by_the_end(made):
    body = made.truth[0].body
    holds = np.zeros(len(body.days), bool)
    holds[10:39], holds[60:70], holds[-3:] = True, True, True
    kept = spans(body.days, lasting(body, holds, 28))
    assert [last - first for first, last in kept] == [28, 2]


def test_categories_need_every_line_of_a_remission(made):
    """Platelets one below the limit on every day: no complete remission any more."""
    one = next(item for item in made.truth if item.remissions)
    person = draw_person(rng=stream(SEED, one.patient_id, "person"))
    lowered = type(one.body)(
        **{
            name: np.full(len(one.body.days), 99.0) if name == "platelets" else getattr(one.body, name)
            for name in one.body.__dataclass_fields__
        }
    )
    assert not remissions(lowered)
    assert "CR" not in {CATEGORIES[place] for place in categories(lowered, person, one.given)}
