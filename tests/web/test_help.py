"""Help and words: everything that a page points to is there."""

import re

import pytest

from remnant.report import offline
from remnant.report.glossary import GLOSSARY
from remnant.study.tables import TABLES
from remnant.web.ask import environment


def test_every_table_and_every_column_is_explained(client):
    page = client.get("/help").text
    for name, schema in TABLES.items():
        assert f'id="table-{name}"' in page
        assert all(f"<code>{column.name}</code>" in page for column in schema.columns)


def test_every_word_of_the_glossary_has_its_place(client):
    page = client.get("/help/words").text
    ids = re.findall(r'<dt id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == len(GLOSSARY)


def test_what_is_this_leads_to_a_heading_that_is_there(client):
    page = client.get("/help").text
    for address in ("/", "/upload", "/jobs", "/plan", "/people"):
        for where in re.findall(r'href="/help#([^"]+)"', client.get(address).text):
            assert f'id="{where}"' in page, (address, where)


def test_a_word_that_is_linked_is_explained(client):
    words = client.get("/help/words").text
    linked = re.findall(r'href="/help/words#([^"]+)"', client.get("/help").text)
    assert len(linked) >= 4
    assert all(f'id="{where}"' in words for where in linked)


@pytest.mark.parametrize("name", ["report.css", "app.css", "app.js", "upload.js", "vendor/htmx.min.js"])
def test_a_static_file_asked_for_by_its_digest_may_be_kept_for_ever_and_else_not(client, name):
    address = environment().globals["asset"](name)
    assert "immutable" in client.get(address).headers["cache-control"]
    assert client.get(f"/static/{name}").headers["cache-control"] == "no-cache"
    assert client.get(f"/static/{name}?v=000000000000").headers["cache-control"] == "no-cache"


def test_the_style_of_the_report_is_the_very_one_of_the_report(client):
    assert client.get("/static/report.css").text == offline.style()


@pytest.mark.parametrize("address", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing.css"])
def test_no_static_address_leaves_its_folder(client, address):
    assert client.get(address).status_code == 404


def test_no_template_holds_a_style_a_script_or_a_handler_of_its_own(client):
    sources = environment().loader
    for name in environment().list_templates(filter_func=lambda name: not name.startswith("report/")):
        text, path, _ = sources.get_source(environment(), name)
        if "/report/" in str(path):
            continue
        assert not re.search(
            r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*(src=|application/(json|octet-stream)))", text
        ), name
        assert "|safe" not in text.replace(" ", ""), name
