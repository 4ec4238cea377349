"""What every answer carries, what it never says, and what the log says of it."""

import logging
import re
import sys
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRouter

from remnant.store.access import people
from remnant.store.files.trees import put_folder
from remnant.store.studies.studies import create_study
from remnant.study.template import write_template
from remnant.web import app as app_module
from remnant.web.security.headers import HEADERS
from remnant.web.security.terse import Terse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
router = APIRouter()


@router.get("/broken/{name}")
def broken(name: str) -> None:
    """Break as a bug would."""
    raise KeyError(f"patient {name}")


@pytest.fixture
def breaking(visit, monkeypatch):
    """A visitor of an app that has a bug."""
    monkeypatch.setitem(sys.modules, "remnant.web.routes.broken", sys.modules[__name__])
    monkeypatch.setattr(app_module, "ROUTERS", (*app_module.ROUTERS, "broken"))
    return visit(raise_server_exceptions=False)


@pytest.fixture
def studied(visitor, lab, tmp_path):
    """A visitor of an app with a study."""
    write_template(tmp_path / "study")
    create_study(lab, who="local", title="MDS of the lab", tree=put_folder(lab, tmp_path / "study"))
    return visitor


ASKED = [
    ("GET", "/", {}, 200),
    ("GET", "/static/app.css", {}, 200),
    ("GET", "/static/nowhere.css", {}, 404),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/api/v1/nowhere", {}, 404),
    ("GET", "/", {"Host": "evil.example"}, 421),
    ("POST", "/people", {}, 403),
    ("DELETE", "/help", {"X-CSRF": "x"}, 403),
    ("GET", "/broken/x", {}, 500),
    ("POST", "/people", {"Content-Length": "99999999999999"}, 413),
    ("POST", "/people", {"Content-Length": "x"}, 400),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), ASKED)
def test_every_answer_carries_the_headers(breaking, method, path, headers, status):
    answer = breaking.request(method, path, headers=headers, bare=True)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "server" not in answer.headers
    if path != "/static/app.css":
        assert "no-store" in answer.headers["cache-control"] or path.startswith("/static/")


def test_pages_are_kept_by_no_browser_and_styles_by_their_digest(visitor):
    page = visitor.get("/help")
    assert page.headers["cache-control"] == "no-store"
    style = re.search(r'href="(/static/app\.css\?v=\w+)"', page.text)[1]
    assert "immutable" in visitor.get(style).headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "headers", "kind"),
    [
        ("/nowhere/Meierhofer", {"Accept": "text/html"}, "text/html"),
        ("/nowhere/Meierhofer?q=<script>", {"Accept": "application/json"}, "application/problem+json"),
        ("/api/v1/nowhere/Meierhofer", {"Accept": "*/*"}, "application/problem+json"),
        ("/nowhere/Meierhofer", {"HX-Request": "true"}, "text/html"),
    ],
)
def test_a_refusal_comes_in_the_kind_that_was_asked_for_and_repeats_nothing(visitor, path, headers, kind):
    answer = visitor.get(path, headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)
    assert "Meierhofer" not in answer.text
    assert "<script>" not in answer.text
    if kind == "application/problem+json":
        assert {"type", "title", "status", "detail"} <= set(answer.json())
    if "HX-Request" in headers:
        assert "<html" not in answer.text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_bug_shows_no_traceback_and_no_value(breaking, accept):
    answer = breaking.get("/broken/Meierhofer", headers={"Accept": accept})
    assert answer.status_code == 500
    for word in ("Traceback", "KeyError", "Meierhofer", ".py"):
        assert word not in answer.text


# The log


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, logger="remnant.web")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "remnant.web"]


def test_a_line_of_the_log_has_the_template_and_no_name(studied, lines):
    """Slug, patient, query, form and token stay out of it."""
    studied.get("/s/mds-of-the-lab/history?who=Meierhofer")
    studied.get("/s/Meierhofer/history")
    studied.get("/Meierhofer?x=Meierhofer")
    studied.get("/static/Meierhofer.css")
    studied.post("/login", data={"token": "Meierhofer"})
    studied.request("MEIERHOFER", "/help")
    said = lines()
    assert len(said) > 6
    assert not [line for line in said if "eierhofer" in line.lower() or "mds" in line]
    pattern = r"(GET|POST|OTHER) (/[\w{}:/.-]*|\(no page\)) \d{3} \d+ ms"
    assert all(re.fullmatch(pattern, line) for line in said), said
    assert any("/s/{" in line for line in said)


def test_a_bug_is_logged_by_kind_and_place_without_its_words(breaking):
    try:
        broken("Meierhofer")
    except KeyError:
        text = Terse().formatException(sys.exc_info())
    assert text.splitlines()[0] == "KeyError"
    assert "test_security_answers.py" in text
    assert "Meierhofer" not in text


def test_what_libraries_say_of_a_request_is_not_passed_on():
    def said(name, message, *arguments, exc_info=None):
        return Terse().format(logging.LogRecord(name, 30, "x.py", 1, message, arguments, exc_info))

    assert "Meierhofer" not in said(
        "asyncio", "Task exception was never retrieved\nfuture: <KeyError('Meierhofer')>"
    )
    assert "Meierhofer" not in said("uvicorn.error", "%s", "Meierhofer")
    assert "Invalid HTTP request" in said("uvicorn.error", "Invalid HTTP request received.")
    assert said("remnant.web", "GET %s", "/help").endswith("GET /help")


# A whole browse


class Page(HTMLParser):
    """The addresses of a page, and what the policy of content forbids."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.inline, self.inside = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.addresses += [
            value for name, value in attributes
            if name in ("href", "src", "action", "formaction", "data", "hx-get", "hx-post", "srcset", "ping")
        ]  # fmt: skip
        self.inline += [name for name in named if name.startswith(("on", "hx-on")) or name == "style"]
        if tag == "script" and "src" not in named and named.get("type") != "application/json":
            self.inline.append("script")
        if tag in ("style", "base", "iframe", "object", "embed"):
            self.inline.append(tag)


def test_no_page_of_a_whole_browse_names_another_server_or_has_script_within(studied):
    waiting, seen = ["/", "/people", "/login"], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = studied.get(path)
        assert answer.status_code < 500, path
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = Page(answer.text)
        assert not page.inline, (path, page.inline)
        for address in filter(None, page.addresses):
            assert not re.match(r"[a-z][a-z0-9+.-]*:|//", address) or address == "data:,", (path, address)
            target = address.split("#")[0].split("?")[0]
            if target.startswith("/") and not target.startswith("/static/"):
                waiting.append(target)
    assert len(seen) > 8


def test_styles_and_scripts_name_no_other_server(visitor):
    """Ours, and what the report lends; what is vendored is held by the policy of content alone."""
    from remnant.web.assets import HERE, LENT

    texts = {path.name: path.read_text() for path in [*HERE.glob("*.css"), *HERE.glob("*.js")]}
    texts |= {name: visitor.get(f"/static/{name}").text for name in LENT if name != "charts.js"}
    assert len(texts) > 3
    for name, text in texts.items():
        assert not re.search(r"https?://(?!www\.w3\.org/)|url\(\s*['\"]?//|@import", text), name


def test_only_one_reader_of_xml_is_in_the_program():
    """It refuses a DOCTYPE and every entity before it could be expanded: tests/cytometry/gatefiles."""
    from importlib.resources import files
    from pathlib import Path

    parsers = re.compile(
        r"^\s*(?:import|from) (?:xml\.(?!sax\.saxutils)|lxml|defusedxml|bs4|html5lib)", re.MULTILINE
    )
    found = [
        path.name for path in Path(str(files("remnant"))).rglob("*.py") if parsers.search(path.read_text())
    ]
    assert found == ["xml_reader.py"]


def test_headers_are_the_contract():
    assert HEADERS["Content-Security-Policy"] == POLICY


def test_a_route_that_forgets_the_wall_sees_nobody():
    """Without the ring that finds out who asks, who asks is nobody."""
    from starlette.requests import Request

    from remnant.web.ask import viewer_of

    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "app": FastAPI()})
    assert viewer_of(request).role == "none"
    assert not viewer_of(request).may("viewer")


def test_the_name_of_a_person_is_escaped_everywhere(visitor, lab):
    people.add_person(lab, who="local", name="a.b-c_d", role="admin")
    assert "a.b-c_d" not in visitor.get("/people").text
