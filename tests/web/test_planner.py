"""The planner in the app: an answer is a link, a slip is said at its field."""

from __future__ import annotations

import re
from html import unescape

import pytest

from remnant.service.plans.questions import QUESTIONS


@pytest.fixture
def ask(visit):
    return visit()


def test_five_questions_are_listed(ask):
    page = ask.get("/plan")
    for key, question in QUESTIONS.items():
        assert f'href="/plan/{key}"' in page.text
        assert question.wish in unescape(page.text)


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_question_is_shown_with_every_option_explained_and_nothing_worked_out(ask, key):
    page = ask.get(f"/plan/{key}")
    assert page.status_code == 200
    assert page.text.count("<label") == len(QUESTIONS[key].asks)
    assert "Answer</h2>" not in page.text


def test_an_answer_is_a_link_with_its_figure_its_tables_and_what_it_assumed(ask):
    page = ask.get("/plan/events?frequency=1e-5&cv=20%25")
    assert "acquire" in page.text
    assert "Assumed: limits of 20 and 50 events" in page.text
    assert "“Limit of detection”" in page.text
    assert "--" not in re.sub(r"<[^>]*>", "", page.text.split("<main")[1])
    picture = unescape(re.search(r'<img src="([^"]+)" alt="([^"]+)"', page.text)[1])
    drawn = ask.get(picture)
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.startswith("<svg")
    for kind, first in (("png", b"\x89PNG"), ("pdf", b"%PDF")):
        assert ask.get(picture.replace("figure.svg", f"figure.{kind}")).content.startswith(first)


def test_a_form_sent_with_empty_fields_becomes_a_link_without_them(ask):
    sent = ask.get("/plan/events?frequency=1e-5&cv=&lod=")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/plan/events?frequency=1e-5"
    live = ask.get("/plan/events?frequency=1e-5&cv=&lod=", headers={"HX-Request": "true"})
    assert live.headers["hx-push-url"] == "/plan/events?frequency=1e-5"


def test_a_slip_is_said_at_its_field_and_what_was_typed_is_kept(ask):
    page = ask.get("/plan/events?frequency=1e-5&lod=many&loq=10&cells_per_second=%3Cb%3E")
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 2
    assert 'value="many"' in page.text
    assert 'value="&lt;b&gt;"' in page.text
    assert "<details open>" in page.text


@pytest.mark.parametrize(
    "address", ["/plan/nope", "/plan/events/figure.exe?frequency=1e-5", "/plan/nope/figure.svg"]
)
def test_what_is_not_there_is_said_in_words(ask, address):
    assert ask.get(address).status_code == 404


def test_programs_get_every_number_and_faults_by_the_names_of_options(ask):
    told = ask.get("/api/v1/plan/wells?frequency=1/300&wells=24&doses=100,300").json()
    assert {"sentence", "assumed", "tables", "plan"} <= set(told)
    bad = ask.get("/api/v1/plan/events?frequency=1e-5&lod=many&loq=10&speed=9")
    assert bad.status_code == 422
    assert {fault["column"] for fault in bad.json()["faults"]} == {"lod", "speed"}
    assert ask.get("/plan/events/figure.svg?frequency=2").status_code == 422


def test_every_question_is_documented_with_its_options(ask):
    paths = ask.get("/api/v1/openapi.json").json()["paths"]
    for key, question in QUESTIONS.items():
        named = {one["name"] for one in paths[f"/api/v1/plan/{key}"]["get"]["parameters"]}
        assert named == {one.name for one in question.asks}
