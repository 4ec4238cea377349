"""A cut that a person moved counts, is said with its author, and stands beside the recipe's own."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from remnant.analysis import save
from remnant.analysis.plan import Plan
from remnant.analysis.results import load, open_cache
from remnant.analysis.tube_tasks import tube_tasks
from remnant.analysis.tubes import count_tubes
from remnant.errors import StudyError
from remnant.report.gate_reviews import by_automatic_cuts, methods, moved
from remnant.scale import Serial
from remnant.store import Cache, digest
from remnant.study import TABLES, read_study

ROW = {
    "line": 2,
    "marker": "CD38",
    "cut": 400.0,
    "reviewer": "AB",
    "reviewed_on": date(2024, 3, 31),
    "reason": "inside the progenitors",
    "file_sha256": None,
}


@pytest.fixture(scope="module")
def study(study_folder):
    """The first two tubes of the first patient with their controls."""
    whole = read_study(study_folder)
    events = whole["events"]
    stained = events.filter(pl.col("tube") == "stained")["file"].head(2)
    few = events.filter((pl.col("tube") != "stained") | pl.col("file").is_in(stained.implode()))
    return replace(whole, tables=dict(whole.tables) | {"events": few})


def reviewed(study, **other):
    first = study["events"].filter(pl.col("tube") == "stained").row(0, named=True)
    row = {"sample_id": first["sample_id"], "file": first["file"]} | ROW | other
    schema = TABLES["gate_reviews"]
    table = pl.DataFrame([row], schema_overrides={c.name: c.dtype for c in schema.columns})
    return replace(study, tables=dict(study.tables) | {"gate_reviews": table}), first["file"]


def count(study):
    return count_tubes(study, Plan.of(study.config), executor=Serial(), cache=Cache(None), done=lambda: None)


@pytest.fixture(scope="module")
def counted(study):
    changed, _ = reviewed(study)
    return count(study), count(changed)


def test_the_reviewed_cut_counts_and_the_recipe_is_kept_beside_it(counted):
    (plain, _), (tube, later) = counted
    assert {c.marker: c.value for c in tube.tube.thresholds}["CD38"] == 400.0
    assert tube.automatic.populations == plain.tube.populations
    assert tube.tube.populations != plain.tube.populations
    (review,) = tube.reviews
    (own,) = (cut for cut in plain.tube.thresholds if cut.marker == "CD38")
    assert (review.automatic, review.automatic_lower) == (own.value, own.lower)
    assert later.reviews == ()
    assert later.automatic is None


def test_a_moved_cut_of_the_first_visit_is_the_one_that_later_visits_are_held_against(counted):
    (_, plain), (_, later) = counted
    assert later.tube.populations == plain.tube.populations
    assert later.tube.both_ways != plain.tube.both_ways


def test_an_answer_has_another_name_once_a_cut_was_moved(study):
    changed, _ = reviewed(study)
    plan = Plan.of(study.config)
    names = [[task.answer_name() for task in tube_tasks(each, plan)] for each in (study, changed)]
    assert names[0][0] != names[1][0]
    assert names[0][1] != names[1][1]


@pytest.mark.parametrize(
    ("other", "column"), [({"marker": "lineage"}, "marker"), ({"file_sha256": "0" * 64}, "file_sha256")]
)
def test_a_review_of_another_file_or_of_no_gate_is_refused(study, other, column):
    changed, _ = reviewed(study, **other)
    with pytest.raises(StudyError) as caught:
        tube_tasks(changed, Plan.of(study.config))
    (fault,) = caught.value.faults
    assert (fault.source, fault.line, fault.column) == ("gate_reviews.csv", 2, column)


def test_a_review_of_the_very_file_is_followed(study):
    file = reviewed(study)[1]
    changed, _ = reviewed(study, file_sha256=digest(study.root / file))
    assert tube_tasks(changed, Plan.of(study.config))[0].recipe.reviewed == (("CD38", 400.0),)


def test_the_report_says_who_moved_the_cut_and_what_it_changed(counted, findings):
    _, tubes = counted
    (said,) = moved(tubes[0])
    assert said.startswith("CD38 cut moved by AB on 2024-03-31 from ")
    assert said.endswith(" to 400.0: inside the progenitors")
    table = by_automatic_cuts(tubes[0])
    assert [row[0].text for row in table.rows] == [p.population for p in tubes[0].tube.populations]
    assert by_automatic_cuts(tubes[1]) is None
    (sentence,) = methods(replace(findings, tubes=tubes))
    assert sentence.startswith("In 1 of 2 tubes a person looked at the plots and placed the cut of CD38")
    assert methods(findings) == []


def test_reviews_are_kept_in_the_results_and_found_again(counted, findings, tmp_path):
    _, tubes = counted
    save(replace(findings, tubes=tubes), tmp_path / "results")
    again = load(tmp_path / "results").tubes
    assert again[0].reviews == tubes[0].reviews
    assert again[0].automatic == tubes[0].automatic
    rows = pl.read_csv(tmp_path / "results" / "tables" / "gate_reviews.csv")
    assert rows["reason"].to_list() == [ROW["reason"]]
    kept = open_cache(tmp_path / "results", resume=True)
    assert kept.earlier[tubes[0].answer].automatic == tubes[0].automatic
