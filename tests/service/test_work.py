"""Work that takes longer than a page: what can be asked, what comes of it, and that it is kept once."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.analysis import load, results, tubes
from remnant.cohort.scenario.label import label_scenario
from remnant.cohort.scenario.text import scenario_text
from remnant.errors import Fault, SettingError, StudyError
from remnant.inference.fitting import fit as fitting
from remnant.inference.fitting.fitted import Fitted
from remnant.observation import read_truth
from remnant.service.analysing import analyse_into
from remnant.service.work import KINDS, Task, answered, run
from remnant.service.work.child import _bug
from remnant.service.work.fields import Field, read_fields
from remnant.service.work.fitting import Stages
from remnant.store.files.trees import checkout, replaced_file, tree_files
from remnant.store.queue import jobs as queue
from remnant.store.studies.results import kept
from remnant.store.studies.studies import all_studies, revise
from remnant.study import read_study


def asked(store, record, kind, **typed):
    """A job as a form asks for it."""
    study, revision = (record.id, record.head) if KINDS[kind].of_study else (None, None)
    arguments = read_fields(KINDS[kind].fields, typed)
    return queue.submit(store, who="anna", kind=kind, study=study, revision=revision, arguments=arguments)


def done(store, job, told=lambda *_: None):
    """Do a job as its process would, and have it end."""
    result = run(store, job, told, engine="serial")
    held = queue.claim(store, "w")
    assert held.id == job.id
    assert queue.finish(store, held, "w", result)
    return result


def changed(store, record, path, data):
    """A new revision with one file put."""
    tree = replaced_file(store, record.tree, path, data)
    return revise(store, record, who="ben", tree=tree, expected=record.head, changes=[], why="")


def test_an_analysis_by_a_job_is_that_of_the_command_byte_for_byte(shelf, small_study, tmp_path):
    store, record = shelf()
    said = []
    result = done(store, asked(store, record, "analyse"), lambda *news: said.append(news))
    out = tmp_path / "results"
    analyse_into(read_study(small_study), out, engine="serial", resume=False)
    (there,) = kept(store, record, "analysis")
    assert result == {"kept": there.id, "kind": "analysis"}
    assert there.by == "anna"
    folder = checkout(store, there.tree)
    for name in tree_files(store, there.tree):
        assert (folder / name).read_bytes() == (out / name).read_bytes(), name
    # One bar: three tubes, joining, keeping, and a page for each patient; it fills and never goes back.
    steps = [(step, total) for step, total, _ in said if total]
    assert {total for _, total in steps} == {5 + len(read_study(small_study).patients)}
    assert [step for step, _ in steps] == sorted(step for step, _ in steps)
    assert any(what.startswith("laying out pages: 0 of ") for *_, what in said)
    assert not list((store.home / "work").iterdir())


def test_the_same_question_is_answered_from_what_is_kept(shelf, monkeypatch):
    store, record = shelf()
    result = done(store, asked(store, record, "analyse"))
    monkeypatch.setattr("remnant.service.work._maker", lambda _: pytest.fail("it is made again"))
    again = asked(store, record, "analyse")
    assert answered(store, again) == run(store, again, lambda *_: None) == result
    assert len(kept(store, record)) == 1
    other = asked(store, record, "analyse", seed="8")
    assert answered(store, other) is None


def test_an_edit_that_is_taken_back_has_the_answer_of_before_as_its_own(shelf, monkeypatch):
    store, record = shelf()
    done(store, asked(store, record, "analyse"))
    before = (checkout(store, record.tree) / "study.toml").read_bytes()
    edited = changed(store, record, "study.toml", before + b"\n# a word\n")
    assert answered(store, asked(store, edited, "analyse")) is None
    back = changed(store, edited, "study.toml", before)
    result = answered(store, asked(store, back, "analyse"))
    newest, first = kept(store, record, "analysis")
    assert result["kept"] == newest.id
    assert (newest.revision, newest.tree, newest.key) == (3, first.tree, first.key)


def test_a_job_killed_after_its_result_was_kept_keeps_it_once(shelf):
    store, record = shelf()
    job = asked(store, record, "analyse")
    first = run(store, job, lambda *_: None, engine="serial")  # and here its worker is killed
    left = Task(store, job, lambda *_: None).folder
    left.mkdir(parents=True)  # or before it could tidy up
    assert run(store, job, lambda *_: None, engine="serial") == first
    assert len(kept(store, record)) == 1
    assert not left.exists()


def test_a_job_goes_on_with_the_tubes_that_were_counted(shelf, monkeypatch):
    store, record = shelf()
    job = asked(store, record, "analyse")
    with monkeypatch.context() as killed:
        killed.setattr(results, "replaced", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(store, job, lambda *_: None, engine="serial")
    assert len(list((store.home / "work").rglob("*.json"))) == 3
    monkeypatch.setattr(tubes, "_count", lambda _: pytest.fail("a tube is counted again"))
    assert done(store, job)["kind"] == "analysis"


def test_a_study_that_breaks_its_rules_says_where(shelf):
    store, record = shelf()
    broken = changed(
        store, record, "samples.csv", b"sample_id,patient_id,day,material\nS1,NOBODY,soon,marrow\n"
    )
    with pytest.raises(StudyError) as error:
        run(store, asked(store, broken, "analyse"), lambda *_: None, engine="serial")
    assert any(fault.source == "samples.csv" and fault.line == 2 for fault in error.value.faults)


def test_a_report_is_of_the_analysis_of_this_revision_or_says_that_there_is_none(shelf):
    store, record = shelf()
    with pytest.raises(SettingError) as error:
        run(store, asked(store, record, "report"), lambda *_: None)
    assert "run Analyse first" in str(error.value)
    queue.cancel(store, queue.jobs(store)[0], "anna")
    done(store, asked(store, record, "analyse"))
    result = done(store, asked(store, record, "report", figures="no"))
    (there,) = kept(store, record, "report")
    assert result["kept"] == there.id
    assert "report.html" in tree_files(store, there.tree)
    edited = changed(store, record, "NOTES.txt", b"a word\n")
    with pytest.raises(SettingError):
        run(store, asked(store, edited, "report"), lambda *_: None)


def test_a_simulated_study_is_in_the_list_once_and_labelled(shelf):
    store, _ = shelf()
    typed = {"title": "Courses", "patients": "3", "seed": "5", "events": "no"}
    job = asked(store, None, "simulate-study", **typed)
    first = run(store, job, lambda *_: None, engine="serial")
    assert run(store, job, lambda *_: None, engine="serial") == first  # killed before it was said
    (made,) = [one for one in all_studies(store) if one.title == "Courses"]
    assert (first["study"], made.synthetic) == (made.slug, True)
    whole = read_study(checkout(store, made.tree))
    assert whole.config.study.synthetic
    assert len(whole.patients) == 3


def test_a_virtual_cohort_is_kept_beside_the_study(shelf):
    store, record = shelf()
    scenario = scenario_text(label_scenario("cml-imatinib"))
    typed = {"patients": "8", "years": "1", "method": "deterministic", "scenario": scenario}
    said = []
    done(store, asked(store, record, "simulate-cohort", **typed), lambda *news: said.append(news))
    (there,) = kept(store, record, "cohort")
    assert {"cohort.html", "patients.parquet", "summary.json"} <= set(tree_files(store, there.tree))
    assert said[-1][:2] == (8, 8)


@pytest.fixture
def by_hand(monkeypatch, made):
    """Stand in for the fit itself; what it was asked is kept."""
    calls = []

    def fit_study(study, choices, *, held=None, population=None, folder=None, executor=None, progress=None):
        calls.append((choices, folder))
        progress("chains", 5, 10)
        progress("forecasts", 1, 1)
        fit = made.made_fit(1)
        draws = {"kill.stem": np.linspace(0.1, 0.9, 40)}
        return Fitted(replace(fit, seed=choices.seed), dict.fromkeys(fit.patients, draws))

    monkeypatch.setattr(fitting, "fit_study", fit_study)
    return calls


def test_a_fit_is_kept_and_an_analysis_takes_it_up(shelf, by_hand):
    store, record = shelf()
    said = []
    job = asked(store, record, "fit", setting="fast", seed="11")
    done(store, job, lambda *news: said.append(news))
    (fit,) = kept(store, record, "fit")
    (choices, folder), *more = by_hand
    assert (choices.setting, choices.seed, more) == ("fast", 11, [])
    assert folder.is_relative_to(store.home / "work")
    assert "fit.json" in tree_files(store, fit.tree)
    bar = [(step, total) for step, total, _ in said if total]
    assert bar == [(5_000, 20_000), (20_000, 20_000)]  # half of the first of two steps; all of the second
    done(store, asked(store, record, "analyse", forecast="fit"))
    (analysis,) = kept(store, record, "analysis")
    assert load(checkout(store, analysis.tree)).fit.seed == 11
    assert len(by_hand) == 1


def test_an_analysis_with_a_forecast_keeps_the_fit_beside_it_for_what_ifs(shelf, by_hand):
    store, record = shelf()
    done(store, asked(store, record, "analyse", forecast="yes"))
    (analysis,), (fit,) = kept(store, record, "analysis"), kept(store, record, "fit")
    assert load(checkout(store, analysis.tree)).fit is not None
    same = asked(store, record, "fit", setting="fast")
    assert answered(store, same) == {"kept": fit.id, "kind": "fit"}


def test_the_stages_of_a_fit_fill_one_bar_that_never_goes_back():
    said = []
    stages = Stages(lambda *news: said.append(news))
    for what, how_far, total in (
        ("chains", 0, 8000),
        ("chains", 2000, 8000),
        ("chains", 8000, 8000),
        ("forecasts", 0, 2),
        ("forecasts", 2, 2),
    ):
        stages(what, how_far, total)
    shares = [step / total for step, total, _ in said]
    assert shares == [0, 0.125, 0.5, 0.5, 1]
    assert said[1][2] == "step 1 of 2, chains: 2,000 of 8,000"
    assert said[-1][2] == "step 2 of 2, forecasts: 2 of 2"


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind.name != "simulate-cohort"])
def test_a_form_that_is_sent_as_it_is_asks_for_something_that_can_be_done(kind):
    assert read_fields(kind.fields, {}) == read_fields(
        kind.fields, {field.name: field.default for field in kind.fields}
    )


def test_everything_wrong_with_a_form_is_said_at_its_field_at_once():
    typed = {"setting": "slow", "chains": "1", "draws": "many", "horizon_years": "nan", "sed": "4"}
    with pytest.raises(SettingError) as error:
        read_fields(KINDS["fit"].fields, typed)
    assert {fault.column for fault in error.value.faults} == set(typed)


FIELDS = [field for kind in KINDS.values() for field in kind.fields]


@given(
    field=st.sampled_from(FIELDS), typed=st.text(max_size=20) | st.floats().map(str) | st.integers().map(str)
)
def test_whatever_is_typed_is_refused_at_its_field_or_can_be_kept(field: Field, typed):
    answer = field.read(typed)
    if isinstance(answer, Fault):
        assert answer.column == field.name
        with pytest.raises(SettingError):
            read_fields((field,), {field.name: typed})
        return
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        assert field.lowest <= answer <= field.highest


def test_a_bug_is_kept_by_its_kind_and_place_and_not_by_its_words():
    try:
        load(None)
    except Exception as error:
        fault = _bug(error)
    assert fault["source"] == "remnant/store/folder.py"
    assert fault["line"] > 0
    try:
        raise ValueError("MRN 12345, born 1950")
    except ValueError as error:
        fault = _bug(error)
    assert "12345" not in json.dumps(fault)
    assert fault["found"] == "ValueError"


def test_a_truth_stays_with_a_simulated_study(shelf):
    store, _ = shelf()
    typed = {"title": "One", "patients": "1", "seed": "3", "events": "yes"}
    made = run(store, asked(store, None, "simulate-study", **typed), lambda *_: None, engine="serial")
    record = next(one for one in all_studies(store) if one.slug == made["study"])
    assert read_truth(checkout(store, record.tree)).seed == 3
