"""A cut that is dragged, typed or moved by keys shows what the library counts there; nobody is shut out."""

import re
import socket
import threading
import time

import pytest

from remnant.service.gating import review as gates
from remnant.service.studies import bring_in_folder
from remnant.service.viewer import LOCAL
from remnant.store.house import open_store
from remnant.web.app import create_app
from remnant.web.settings import Settings

LINE = '[data-plot="CD38-CD34"] svg[data-frame=full] .cut[data-marker=CD38]'


@pytest.fixture(scope="module")
def served(study_folder, tmp_path_factory):
    """A server of one synthetic study: store, record, and the address of its first tube."""
    import uvicorn

    store = open_store(tmp_path_factory.mktemp("browser") / "home")
    record = bring_in_folder(store, LOCAL, study_folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(store, settings=Settings(port=port))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield store, record, f"http://127.0.0.1:{port}/s/{record.slug}/gates/1"
    server.should_exit = True
    thread.join()
    store.close()


def counted(page):
    """Number of stem cells shown, once the page has the answer to its newest question."""
    page.wait_for_selector("#counts[aria-busy=false]")
    text = page.locator('tr[data-population="stem"] .now').evaluate("(cell) => cell.firstChild.textContent")
    return int(text.replace(",", ""))


def by_library(served, cut):
    store, record, _ = served
    proposal = gates.propose(store, record, 1, {"CD38": cut})
    return next(count.events for count in proposal.counts if count.population == "stem")


def automatic(served, cuts):
    """Where the recipe cuts CD38, given other cuts."""
    store, record, _ = served
    cut = next(cut for cut in gates.propose(store, record, 1, cuts).cuts if cut.marker == "CD38")
    return cut.value


def test_a_dragged_a_typed_and_a_keyed_cut_show_the_counts_of_the_library(browser, served):
    said, asked = [], []
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served[2])
    line, field = page.locator(LINE), page.locator("#cut-CD38")
    own = counted(page)
    line.scroll_into_view_if_needed()
    box = line.locator(".hit").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(x + 15 * step, y)
    page.mouse.up()
    page.wait_for_timeout(100)
    dragged = float(field.input_value())
    assert dragged == float(line.get_attribute("aria-valuenow"))
    assert counted(page) == by_library(served, dragged) != own
    field.fill("150")
    page.wait_for_timeout(100)
    assert counted(page) == by_library(served, 150.0)
    assert line.get_attribute("aria-valuetext") == "150"
    line.focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(100)
    keyed = float(field.input_value())
    assert keyed > 150
    assert counted(page) == by_library(served, keyed)
    page.keyboard.press("Home")
    page.wait_for_timeout(100)
    lowest = float(field.input_value())
    assert lowest < 0
    assert counted(page) == by_library(served, lowest) < own
    page.keyboard.press("Delete")
    page.wait_for_timeout(100)
    assert (field.input_value(), counted(page)) == ("", own)
    coloured = page.locator(f"{LINE} >> xpath=../*[@class='cells']/*[@data-role='stem']").get_attribute("d")
    assert len(re.findall("M", coloured)) == own
    page.locator("#cut-CD34").fill("5000")
    page.wait_for_timeout(800)
    assert line.get_attribute("aria-valuenow") == str(automatic(served, {"CD34": 5000.0}))
    assert said == []
    assert {re.match(r"\w+://[^/]+", url)[0] for url in asked} == {served[2].split("/s/")[0]}
    page.close()


def test_a_word_in_place_of_a_cut_leaves_its_line_where_it_was_and_under_the_keys(browser, served):
    said = []
    page = browser.new_page()
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(served[2] + "?cut-CD38=abc")
    line = page.locator(LINE)
    page.wait_for_selector(".cut[role=slider]")
    own = automatic(served, {})
    assert float(line.get_attribute("aria-valuenow")) == pytest.approx(own, rel=1e-3)
    line.focus()
    page.keyboard.press("ArrowRight")
    assert own < float(page.locator("#cut-CD38").input_value()) < 1.1 * own
    assert said == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_the_page(browser, served, scheme):
    from axe_playwright_python.sync_playwright import Axe

    # Only for the checker, which writes its own script into the page.
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(served[2] + "?cut-CD38=300")
    page.wait_for_selector(".cut[role=slider]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page).response["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []
    context.close()
