"""The page in a real browser: it draws, fits a telephone, runs nothing of a study's, and asks nobody."""

from __future__ import annotations

import csv
import random
from importlib.resources import files

import pytest

from remnant.figures.theme import INK, NIGHT
from remnant.report import write_patient, write_report
from remnant.study.formulas import defused, restored

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
def apart(findings, tmp_path_factory):
    """Addresses of the pages that lie apart, that of the study first."""
    folder = tmp_path_factory.mktemp("apart")
    return [path.as_uri() for path in write_report(findings, folder / "report.html", pages="split")]


@pytest.fixture(scope="module")
def patient(findings, tmp_path_factory):
    """Address of the page of a patient alone."""
    return write_patient(findings, "5Q-01", tmp_path_factory.mktemp("patient") / "patient.html").as_uri()


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
    last = page.locator("#patient-3 details[data-drawer]").last
    last.locator("> summary").click()
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


def test_a_figure_is_one_picture_with_a_name_and_a_description(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900})
    page = visit.page
    boxes = "[...document.querySelectorAll('figure .plot')]"
    assert page.evaluate(f"{boxes}.every((box) => box.role === 'img' && box.ariaLabel.length > 20)")
    assert page.evaluate(f"{boxes}.every((box) => !box.querySelector(':scope > :not([aria-hidden])'))")
    visit.context.close()


def test_the_data_of_a_figure_are_a_table_and_a_file_that_no_spreadsheet_runs(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900}, accept_downloads=True)
    page = visit.page
    files = page.locator("#cohort figure details.files").first
    files.locator("summary").click()
    files.locator("th", has_text="State").first.wait_for()
    assert files.locator("caption", has_text="State of the course").count() == 1
    with page.expect_download() as saved:
        files.locator("button", has_text="Save CSV: states").click()
    rows = list(csv.reader(saved.value.path().read_text(encoding="utf-8").splitlines()))
    assert {"patient", "day", "state"} <= set(rows[0])
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    with page.expect_download() as drawn:
        files.locator("button", has_text="Save SVG").click()
    drawing = drawn.value.path().read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "<desc>Swimmer plot" in drawing
    assert NIGHT[INK] not in drawing
    assert visit.said == []
    visit.context.close()


RUN_BY_SPREADSHEETS = (
    "=1+1", "+cmd", "-2+3", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", " =1", "\t=1", "\u200b=1",
    "\ufeff=1", "a;=1", "a|=1", "a\n=1", "a\r\n +1", "'=1", "''=1", '"=1', "a;\t'@x", "=", "-", "-5", "+1e3",
    "-.5%", "5.", "-5 ", "P1", "", "45,X,-Y[3]/46,XY,del(5)(q13q33)", "a=b", "\t" * 20_000,
    "\t" * 20_000 + "x", ";" * 20_000 + "=", "'" * 20_000,
)  # fmt: skip


def test_a_cell_saved_from_a_page_is_written_as_in_every_other_csv(browser):
    """The page has rules of its own language; they must be those of the files that the server writes."""
    source = (files("remnant.report") / "templates" / "files.js").read_text(encoding="utf-8")
    rules = source[source.index("const NUMBER =") : source.index("function written(")]
    rng = random.Random(7)
    signs = "=+-@;|\t\r\n '\"\u200b\uff1da1.%"
    texts = [*RUN_BY_SPREADSHEETS, *("".join(rng.choices(signs, k=rng.randint(1, 8))) for _ in range(3000))]
    page = browser.new_page()
    found = page.evaluate(f"(texts) => {{ {rules} return texts.map(defused); }}", texts)
    page.close()
    assert found == [defused(text) for text in texts]
    assert [restored(text) for text in found] == texts


def test_the_table_of_patients_is_chosen_from_and_sorted(browser, address):
    visit = Visit(browser, address, viewport={"width": 1300, "height": 900})
    page = visit.page
    page.locator("#roster-kinds button", has_text="Returned").click()
    assert page.locator("#roster tbody tr:visible").count() == 3
    page.locator("#roster-kinds button", has_text="All").click()
    page.locator("#roster th button", has_text="Patient").click()
    page.locator("#roster th button", has_text="Patient").click()
    assert page.locator("#roster th[aria-sort]").get_attribute("aria-sort") == "descending"
    assert page.locator("#roster tbody tr").nth(0).locator("th").inner_text() != "5Q-01"
    page.fill("#roster-find", "5q-02")
    assert page.locator("#roster tbody tr:visible").count() == 1
    assert visit.said == []
    visit.context.close()


def test_split_pages_open_from_a_disc_and_ask_for_what_lies_beside_them(browser, apart):
    visit = Visit(browser, apart[0], viewport={"width": 1300, "height": 900})
    visit.page.locator("#roster a").first.click()
    visit.page.locator(".patient figure svg").first.wait_for()
    assert visit.page.evaluate("getComputedStyle(document.querySelector('nav')).position") == "sticky"
    assert set(visit.asked) <= set(apart)
    assert visit.said == []
    visit.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_the_way_of_a_keyboard_or_a_screen_reader(browser, apart, patient, scheme):
    """axe-core, on the study and on a patient, drawers and tables of data open: some of each, for time."""
    from axe_playwright_python.sync_playwright import Axe

    for where in (apart[0], patient):
        # The checker puts a script of its own into the page, which the page would refuse.
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(where)
        some = "[...document.querySelectorAll('main details')].slice(0, 12)"
        page.evaluate(f"{some}.forEach((one) => {{ one.open = true; }})")
        page.wait_for_timeout(800)
        # The dark page differs from the light one by its colours alone.
        asked = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
        found = Axe().run(page, options={"preload": False} | asked).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found] == []
        context.close()
