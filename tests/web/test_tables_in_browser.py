"""Rows typed in a real browser: a slide answers while it is typed, and a slip is said at its field."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import uvicorn

from remnant.store.files.trees import put_folder
from remnant.store.house import open_store
from remnant.store.studies.studies import create_study, study_called
from remnant.web.app import create_app
from remnant.web.settings import Settings

SMALL = Path(__file__).parents[1] / "service" / "small"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("lab") / "home")
    create_study(store, who="anna", title="Small", tree=put_folder(store, SMALL), synthetic=True)
    yield store
    store.close()


@pytest.fixture(scope="module")
def address(lab):
    """Address of a server on a free port."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(lab, settings=Settings(port=port)), port=port, log_level="error", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(browser, address):
    """A page that must say nothing on its console and ask nobody else."""
    opened = browser.new_page(viewport={"width": 1200, "height": 900}, base_url=address)
    said, asked = [], []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    opened.close()


def test_a_slide_answers_while_it_is_typed_and_is_saved(page, lab):
    page.goto("/s/small/tables/fish/new")
    for name, text in {
        "Sample": "P1-d90",
        "Compartment": "stem",
        "Probe": "EGR1",
        "Nuclei scored": "50",
    }.items():
        page.get_by_label(name).fill(text)
    page.get_by_label("Nuclei abnormal").fill("51")
    page.keyboard.press("Tab")
    page.locator("#f-nuclei_abnormal-at li").wait_for()
    assert page.get_by_label("Nuclei abnormal").get_attribute("aria-invalid") == "true"
    page.get_by_label("Nuclei abnormal").fill("37")
    page.locator("#said", has_text="37 of 50 nuclei abnormal").wait_for()
    page.keyboard.press("Tab")
    page.locator("#f-nuclei_abnormal-at li").wait_for(state="detached")
    assert page.get_by_label("Nuclei abnormal").get_attribute("aria-invalid") is None
    before = study_called(lab, "small").head
    page.get_by_role("button", name="Save the row").click()
    page.locator("tr.fresh", has_text="P1-d90").wait_for()
    assert study_called(lab, "small").head == before + 1


def test_a_plan_is_worked_out_in_place_and_its_address_is_the_answer(page):
    page.goto("/plan/events")
    page.get_by_role("button", name="Plan").click()
    page.locator("#answer").wait_for()
    assert page.url.endswith("/plan/events?frequency=1e-5&cv=20%25")
    assert page.evaluate("document.activeElement.id") == "answer"
    assert page.evaluate("document.querySelector('figure img').decode().then(() => true)")


@pytest.mark.parametrize(
    "where",
    [
        "/s/small/tables",
        "/s/small/tables/fish",
        "/s/small/tables/fish/rows/3",
        "/s/small/tables/dilution_plates/new",
        "/s/small/tables/blood_counts/paste",
        "/plan",
        "/plan/events?frequency=1e-5",
    ],
)
def test_a_telephone_needs_no_sideways_scrolling(page, where):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(where)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
