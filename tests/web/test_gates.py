"""Gate review over HTTP: what a page shows, what a program is told, and what is refused."""

import json
import re

import pytest

from remnant.service.studies import bring_in_folder
from remnant.service.viewer import LOCAL
from remnant.store.house import open_store
from remnant.store.studies.studies import create_study, study_called

WHY = "inside the progenitors"


@pytest.fixture(scope="module")
def base(study_folder, tmp_path_factory):
    """A store with the synthetic study."""
    store = open_store(tmp_path_factory.mktemp("web-gates") / "home")
    yield store, bring_in_folder(store, LOCAL, study_folder)
    store.close()


@pytest.fixture
def study(base, visit):
    """A study of its own, and somebody who looks at it."""
    store, record = base
    return visit(store=store), create_study(store, who="anna", title="A copy", tree=record.tree)


def at(record, *parts, api=False):
    return "/".join([f"/{'api/v1/studies' if api else 's'}/{record.slug}/gates", *map(str, parts)])


def test_the_list_names_every_stained_tube_by_its_visit(study):
    visitor, record = study
    page = visitor.get(at(record))
    assert page.status_code == 200
    assert page.text.count('class="name"') == len(visitor.get(at(record, api=True)).json())


def test_the_page_of_a_tube_works_without_a_script(study):
    visitor, record = study
    page = visitor.get(at(record, 1), params={"cut-CD38": "400"})
    assert page.status_code == 200
    assert 'value="400"' in page.text
    assert "CD38 400, placed." in page.text
    assert page.text.count('class="gate full"') == 7
    assert page.text.count('class="gate beneath"') == 2
    assert "style=" not in page.text


@pytest.mark.parametrize("cut", [{"cut-viability": "1.5"}, {"cut-viability": "-50"}, {"cut-CD45": "200000"}])
def test_a_cut_that_leaves_no_cell_to_the_controls_is_drawn_and_refused_without_a_reason(study, cut):
    visitor, record = study
    assert visitor.get(at(record, 1), params=cut).status_code == 200
    assert visitor.post(at(record, 1), data=cut | {"revision": "1", "why": ""}).status_code == 422


def test_counts_on_the_page_are_those_that_a_program_is_told(study):
    visitor, record = study
    said = visitor.post(at(record, 1, "proposal", api=True), json={"cuts": {"CD38": 400}}).json()
    stem = next(count for count in said["counts"] if count["population"] == "stem")
    part = visitor.get(
        at(record, 1, "counts"), params={"cut-CD38": "400"}, headers={"HX-Request": "true"}
    ).text
    assert "<html" not in part
    shown = re.search(r'data-population="stem".*?class="number now">([\d,]+)<', part, re.DOTALL)
    assert int(shown[1].replace(",", "")) == stem["events"]
    assert stem["change"] == stem["events"] - stem["automatic"]


def test_a_tube_is_told_as_numbers_with_thresholds_and_plots(study):
    visitor, record = study
    tube = visitor.get(at(record, 1, api=True)).json()
    assert [cut["marker"] for cut in tube["proposal"]["cuts"]] == [
        "viability",
        "CD45",
        "CD34",
        "CD38",
        "CD90",
    ]
    assert all(len(plot["x"]["values"]) == len(plot["y"]["values"]) for plot in tube["plots"])
    json.dumps(tube, allow_nan=False)


def test_cuts_are_saved_shown_and_taken_back(study):
    visitor, record = study
    form = {"cut-CD38": "400", "cut-CD90": "", "why": WHY, "revision": "1", "reviewer": "AB"}
    answer = visitor.post(at(record, 1), data=form)
    assert answer.status_code == 303
    page = visitor.get(answer.headers["location"])
    assert "Saved as revision 2." in page.text
    assert f"AB, {page.text.split('AB, ')[1][:10]}: {WHY}" in page.text
    assert "CD38 reviewed" in visitor.get(at(record)).text
    back = visitor.post(at(record, 1), data={"automatic": "yes", "why": "back", "revision": "2"})
    assert back.status_code == 303
    assert visitor.get(at(record, 1, api=True)).json()["saved"] == []


def test_a_program_saves_and_takes_back_with_its_reason(study):
    visitor, record = study
    wish = {"cuts": {"CD38": 400}, "why": WHY, "expected": 1}
    saved = visitor.post(at(record, 1, "review", api=True), json=wish)
    assert saved.json()["revision"] == 2
    assert saved.json()["tube"]["reviewed"] == ["CD38"]
    late = visitor.post(at(record, 1, "review", api=True), json=wish | {"cuts": {"CD38": 300}})
    assert late.status_code == 409
    back = at(record, 1, "review", "withdrawal", api=True)
    assert visitor.post(back, json={}).status_code == 422
    named = {"why": "back", "marker": "CD38"}
    assert visitor.post(back, json=named | {"expected": 1}).status_code == 409
    gone = visitor.post(back, json=named)
    assert gone.json()["tube"]["reviewed"] == []
    assert visitor.post(back, json=named).status_code == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cut-CD38": "12,5"}, "write a decimal point"),
        ({"cut-CD38": "nan"}, "a finite number"),
        ({"cut-CD38": "inf"}, "a finite number"),
        ({"cut-CD38": "1e9"}, "the scale of its channel"),
        ({"cut-CD117": "5"}, "no gate of this tube cuts it"),
        ({"cut-CD38": "300", "why": ""}, "why the cut is moved"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field_and_what_was_typed_is_kept(study, typed, said):
    visitor, record = study
    answer = visitor.post(at(record, 1), data={"why": WHY, "revision": "1"} | typed)
    assert answer.status_code == 422
    assert said in answer.text.lower() or said in answer.text
    assert study_called(visitor.store, record.slug).head == 1
    if "cut-CD38" in typed:
        assert f'value="{typed["cut-CD38"]}"' in answer.text


def test_a_save_over_anothers_is_refused_in_words_and_keeps_the_cuts(study):
    visitor, record = study
    visitor.post(at(record, 1), data={"cut-CD38": "400", "why": WHY, "revision": "1"})
    late = visitor.post(at(record, 1), data={"cut-CD38": "333", "why": "mine", "revision": "1"})
    assert late.status_code == 409
    assert "Somebody else saved first" in late.text
    assert 'value="333"' in late.text
    assert study_called(visitor.store, record.slug).head == 2


@pytest.mark.parametrize(
    "body", [{}, {"cuts": {"CD38": "x"}}, {"cuts": {}, "more": 1}, {"cuts": {"": 1}}, [1]]
)
def test_a_program_that_asks_wrongly_is_told_so(study, body):
    visitor, record = study
    assert visitor.post(at(record, 1, "proposal", api=True), json=body).status_code == 422


def test_no_tube_and_no_study_is_not_here(study):
    visitor, record = study
    for address in (at(record, 0), at(record, 99), at(record, 99, "visits"), "/s/nowhere/gates"):
        assert visitor.get(address).status_code == 404


def test_a_change_without_the_word_of_the_page_is_refused(study):
    visitor, record = study
    form = {"cut-CD38": "400", "why": WHY, "revision": "1"}
    assert visitor.post(at(record, 1), data=form, bare=True).status_code == 403
    assert study_called(visitor.store, record.slug).head == 1


def test_other_visits_are_small_multiples_with_their_own_cuts(study):
    visitor, record = study
    page = visitor.get(at(record, 1, "visits"))
    own = [line for line in visitor.get(at(record, api=True)).json() if line["patient"] == 1]
    assert page.text.count('class="gate small"') == 2 * (len(own) - 1)


def test_the_interface_is_described(study):
    visitor, _ = study
    paths = visitor.get("/api/v1/openapi.json").json()["paths"]
    described = {path: set(each) for path, each in paths.items() if "/gates" in path}
    assert described["/api/v1/studies/{slug}/gates/{number}/review/withdrawal"] == {"post"}
    assert len(described) == 5
