"""The page in a real browser: it draws, fits a telephone, runs nothing of a study's, and asks nobody."""

from __future__ import annotations

import shutil

import pytest

from remnant.report import write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH")
DRAWN = "document.querySelectorAll('figure .plot svg, figure .plot canvas').length"
FIGURES = (
    "[...document.querySelectorAll('figure[data-chart]')]"
    ".filter((figure) => !figure.closest('details:not([open])')).length"
)


@pytest.fixture(scope="module")
def address(findings, tmp_path_factory):
    """Address of the written page."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(findings, path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    """A browser without a network of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


class Visit:
    """An open page, and all that it said and asked for."""

    def __init__(self, browser, address, **context):
        self.said, self.asked = [], []
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)
        for _ in range(300):  # the page forbids eval, so the waiting is done here
            if self.page.evaluate(f"{DRAWN} >= {FIGURES}"):
                break
            self.page.wait_for_timeout(100)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_without_a_word_and_without_a_request(browser, address, scheme):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900}, color_scheme=scheme)
    assert visit.page.evaluate(DRAWN) >= 7
    assert visit.page.evaluate("document.querySelectorAll('.failed').length") == 0
    assert visit.said == []
    assert visit.asked == [address]
    assert visit.page.evaluate("window.hacked") is None
    visit.context.close()


def test_a_telephone_needs_no_sideways_scrolling(browser, address):
    visit = Visit(browser, address, viewport={"width": 390, "height": 800})
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = "[...document.querySelectorAll('.plot')].map((box) => box.scrollWidth - box.clientWidth)"
    assert max(visit.page.evaluate(wide)) <= 1
    assert visit.said == []
    visit.context.close()


def test_a_drawer_opens_to_its_rules_and_gates(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900})
    page = visit.page
    page.locator("#patient-3 details.fold", has_text="Rules behind each response").locator(
        "> summary"
    ).click()
    first = page.locator("#patient-3 details[data-drawer]", has_text="Rules of day 92").first
    first.locator("summary").click()
    first.locator("td", has_text="CR: haemoglobin").first.wait_for()
    last = page.locator("#patient-3 details").last
    last.locator("summary").click()
    last.locator("canvas").first.wait_for()
    assert visit.said == []
    assert page.evaluate("window.hacked") is None
    visit.context.close()


def test_plates_wait_in_a_closed_drawer_and_are_drawn_once_it_is_opened(browser, address):
    visit = Visit(browser, address, viewport={"width": 390, "height": 800})
    page = visit.page
    drawer = page.locator("#patient-1 details[data-drawer]", has_text="Plates")
    visit.page.wait_for_timeout(600)
    assert drawer.locator("svg").count() == 0
    drawer.locator("summary").focus()
    page.keyboard.press("Enter")
    drawer.locator("svg.marks").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visit.said == []
    visit.context.close()


def test_the_keyboard_alone_finds_a_patient_and_goes_there(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900})
    page = visit.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    page.focus("#search")
    page.keyboard.type("5q-02")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#patient-2"
    visit.context.close()


def test_patients_are_found_by_name_and_sources_shown(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900})
    page = visit.page
    page.fill("#search", "5q-02")
    assert page.locator("nav .patients li:visible").count() == 1
    assert page.locator(".source:visible").count() == 0
    page.click("#sources")
    assert page.locator(".source:visible").count() > 20
    assert page.get_attribute("#sources", "aria-pressed") == "true"
    visit.context.close()


def test_charts_speak_to_those_who_cannot_see_them(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900})
    silent = "[...document.querySelectorAll('figure .plot > svg, figure .plot .vega-embed svg')]"
    silent += ".filter((svg) => !svg.querySelector('title') || !svg.querySelector('desc')).length"
    assert visit.page.evaluate(silent) == 0
    visit.context.close()
