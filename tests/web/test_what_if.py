"""The page of a what-if: sliders that are fields too, the answer beside them, faults at their field."""

import pytest

from remnant.analysis.fits import FitManifest, save_fit
from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.fitted import Fitted
from remnant.service.what_if import asked as what_if
from remnant.store.files.trees import put_folder
from remnant.store.house import open_store
from remnant.store.studies.results import keep
from remnant.store.studies.studies import create_study


@pytest.fixture(scope="module")
def fitted(made, tmp_path_factory):
    """A store with a study of two patients, and a fit of one of them by hand."""
    home = tmp_path_factory.mktemp("fitted")
    study = home / "study"
    study.mkdir()
    fit = made.made_fit(1, fit=False, scenario="stop now")
    (study / "study.toml").write_text('[study]\ntitle = "By hand"\nsynthetic = true\n')
    (study / "patients.csv").write_text(f"patient_id\n{fit.patients[0]}\nother\n")
    (study / "samples.csv").write_text(f"sample_id,patient_id,day,material\ns1,{fit.patients[0]},0,marrow\n")
    manifest = FitManifest("0", "3.11", (), (), Choices(), "key")
    save_fit(Fitted(fit, {}), made.made_observed(fit), manifest, home / "fit")
    store = open_store(home / "home")
    record = create_study(store, who="anna", title="By hand", tree=put_folder(store, study), synthetic=True)
    keep(store, who="anna", study=record, revision=1, kind="fit", folder=home / "fit", key="by hand")
    yield store, fit
    store.close()


@pytest.fixture
def asked(fitted, visit, monkeypatch):
    """Somebody who asks, and the questions that reached the draws; the answer is made by hand."""
    store, fit = fitted
    questions = []

    def answer(store, at, question, *, wait_s=0.0):
        questions.append(question)
        return fit

    monkeypatch.setattr(what_if, "ask", answer)
    return visit(store=store), questions


def test_a_page_opens_with_a_question_and_every_slider_is_a_field_too(asked):
    reader, _ = asked
    page = reader.get("/s/by-hand/what-if/1")
    assert page.status_code == 200
    assert 'name="c1.lenalidomide.dose"' in page.text
    assert page.text.count('type="range"') == page.text.count('inputmode="decimal"')
    assert "must not be used" in page.text  # the fit failed its guards
    assert "no advice on treatment" in page.text


def test_the_answer_is_of_what_was_asked_and_can_be_taken_along(asked):
    reader, questions = asked
    query = {"c1": "stop now", "c1.lenalidomide.dose": "0", "c2": "half", "c2.lenalidomide.dose": "5"}
    answer = reader.get("/s/by-hand/what-if/1/answer", params=query, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert [calendar.title for calendar in questions[0].calendars] == ["stop now", "half"]
    assert questions[0].calendars[1].given[0].dose_mg == 5
    assert "Chance of molecular relapse" in answer.text
    assert "must not be used" in answer.text
    assert "<html" not in answer.text
    table = reader.get("/s/by-hand/what-if/1/answer.csv", params=query)
    assert table.text.startswith("calendar,relapse,standing,years,")
    scenario = reader.get("/s/by-hand/what-if/1/scenario-2.toml", params=query)
    assert 'title = "half"' in scenario.text
    assert "dose_mg = 5.0" in scenario.text


@pytest.mark.parametrize("place", ["/s/by-hand/what-if/1", "/s/by-hand/what-if/1/answer"])
def test_a_dose_beyond_twice_the_full_one_is_refused_at_its_field(asked, place):
    reader, questions = asked
    answer = reader.get(place, params={"c1": "much", "c1.lenalidomide.dose": "200"})
    assert answer.status_code == 422
    assert "expected 0 to 20 mg" in answer.text
    assert questions == []


def test_a_program_asks_in_records_and_is_refused_by_the_same_bounds(asked):
    reader, questions = asked
    may = reader.get("/api/v1/studies/by-hand/what-if/1").json()
    assert may["drugs"][0]["name"] == "lenalidomide"
    stop = {"title": "stop now", "given": [{"drug": "lenalidomide", "dose_mg": 0}]}
    answer = reader.post("/api/v1/studies/by-hand/what-if/1", json=[stop])
    assert answer.status_code == 200
    assert {row["calendar"] for row in answer.json()["chances"]} == {"as planned", "stop now"}
    assert answer.json()["warning"]
    wrong = {"title": "x", "given": [{"drug": "lenalidomide", "dose_mg": 500}]}
    refused = reader.post("/api/v1/studies/by-hand/what-if/1", json=[wrong])
    assert refused.status_code == 422
    assert refused.json()["faults"][0]["column"] == "c1.lenalidomide.dose"
    assert reader.post("/api/v1/studies/by-hand/what-if/1", json=[]).status_code == 422
    assert reader.post("/api/v1/studies/by-hand/what-if/1", json={"x": 1}).status_code == 422
    assert len(questions) == 1


def test_a_patient_whom_the_fit_leaves_out_has_no_what_if_and_is_told_why(asked):
    reader, _ = asked
    listed = reader.get("/s/by-hand/what-if")
    assert "the fit leaves the patient out" in listed.text
    assert reader.get("/s/by-hand/what-if/2").status_code == 404
    assert reader.get("/s/by-hand/what-if/3").status_code == 404


def test_a_question_that_takes_longer_is_asked_again_by_the_page(asked, monkeypatch):
    reader, _ = asked
    monkeypatch.setattr(what_if, "ask", lambda *_, **__: None)
    answer = reader.get("/s/by-hand/what-if/1/answer", params={"c1": "stop now"})
    assert answer.status_code == 200
    assert 'hx-trigger="load delay:1s"' in answer.text
    late = reader.post(
        "/api/v1/studies/by-hand/what-if/1",
        json=[{"title": "s", "given": [{"drug": "lenalidomide", "dose_mg": 0}]}],
    )
    assert late.status_code in (409, 422, 503)
    assert late.json()["faults"]
