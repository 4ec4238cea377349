"""The documented interface: what it says of itself is whole, and every answer is as it says."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from tests.web.furnished import BUSY

from remnant.web.app import create_app

FEW, MANY = 4, 200
PATIENCE_S = 300  # for one answer: a busy machine is no failure
METHODS = {"get", "post", "put", "patch", "delete"}
HOST = "127.0.0.1:8765"
# Of what is well formed a lab can still be told that it is wrong: a cut between no peaks, a slide of nobody.
CHECKED = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
SOLID = [  # simulated, or asked of a process of its own: seconds each, and proved where they are tested
    "/api/v1/plan/visits",
    "/api/v1/plan/patients",
]


@pytest.fixture(scope="module")
def store(furnished):
    """A store with something of everything, of this module's own."""
    store = furnished.copy()
    yield store
    store.close()


@pytest.fixture(scope="module")
def document(store):
    """The document of the interface."""
    return create_app(store).openapi()


def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_every_operation_says_what_it_does_what_it_takes_and_how_it_refuses(document):
    for place, operation in operations(document):
        assert operation["summary"][0].isupper(), place
        assert len(operation["summary"].split()) > 2, place
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (place, parameter["name"])
        refused = {status: said for status, said in operation["responses"].items() if status >= "400"}
        assert {"401", "403", "422", "429"} <= refused.keys(), place
        for status, said in refused.items():
            assert said["description"].endswith("."), (place, status)
            ((media, said_as),) = said["content"].items()
            assert media == "application/problem+json"
            assert said_as["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "faults" in document["components"]["schemas"]["Problem"]["properties"]


def test_every_operation_says_how_to_be_let_in(document):
    ways = document["components"]["securitySchemes"]
    assert ways["token"]["scheme"] == "bearer"
    assert (ways["visit"]["in"], ways["visit"]["name"]) == ("cookie", "remnant-8765")
    assert (ways["word"]["in"], ways["word"]["name"]) == ("header", "X-CSRF")
    for place, operation in operations(document):
        changes = not place.startswith("GET ")
        assert {"token": []} in operation["security"], place
        assert ({} in operation["security"]) != changes, place
        assert any("word" in way for way in operation["security"]) == changes, place


def test_every_operation_has_an_example(document):
    for place, operation in operations(document):
        asked = [
            *operation.get("parameters", ()),
            *operation.get("requestBody", {}).get("content", {}).values(),
        ]
        with_one = [
            one for one in asked if {"example", "examples"} & (one.keys() | one.get("schema", {}).keys())
        ]
        told = str(operation["responses"]["200"]) if "200" in operation["responses"] else ""
        assert with_one or "'example'" in told, place


def _asked(store, furnished, examples, *, of_solid):
    """Ask every operation, well and badly; a study of ours stands in the address every other time."""
    headers = {"Authorization": f"Bearer {furnished.tokens['admin']}", "Host": HOST}
    schema = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", create_app(store, settings=BUSY), headers=headers
    )
    asked = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        most = of_solid if operation.path in SOLID else examples
        if most and not operation.label.startswith("POST /api/v1/studies/{slug}/what-if"):
            asked[operation.label] = _answers(operation, headers, most)
    return asked


def _answers(operation, headers, examples):
    """Return the statuses of the answers to questions of one operation; each answer is as documented."""
    answers = []
    good, bad = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    @hypothesis.settings(
        max_examples=examples, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(case=good | bad)
    def ask(case):
        if "slug" in case.path_parameters and len(answers) % 2:
            case.path_parameters["slug"] = "two"
        answer = case.call(headers=headers, timeout=PATIENCE_S)
        answers.append(answer.status_code)
        case.validate_response(answer, checks=CHECKED)

    ask()
    return answers


def test_every_answer_is_as_the_document_says(store, furnished):
    asked = _asked(store, furnished, FEW, of_solid=0)
    assert len(asked) > 30
    assert all(answers for answers in asked.values())
    assert {200, 404, 422} <= {status for answers in asked.values() for status in answers}


@pytest.mark.slow
def test_every_answer_is_as_the_document_says_of_thousands_of_questions(furnished):
    store = furnished.copy()
    asked = _asked(store, furnished, MANY, of_solid=FEW)
    assert sum(map(len, asked.values())) > MANY * 10
    store.close()
