"""From a damaged folder to a report on a disc: as somebody goes who opens the app for the first time."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import tree_files
from remnant.store.house import open_store
from remnant.store.studies.studies import all_studies

PATIENCE_MS = 900_000  # for a job, where all cores are busy with something else
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 422 \(.*\)")
CUT = '[data-plot="CD38-CD34"] svg[data-frame=full] .cut[data-marker=CD38]'
DRAWN = "[...document.querySelectorAll('main figure .plot svg, main figure .plot canvas')].length"


@dataclass
class Lab:
    """A server that has just been installed, a browser, and all that the browser said and asked for."""

    address: str
    home: Path
    browser: object
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def page(self, where="", **context):
        """Open a page whose every word is listened to."""
        page = self.browser.new_page(
            viewport={"width": 1440, "height": 1000}, base_url=self.address, **context
        )
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("load", lambda loaded: self.seen.append(loaded.url.removeprefix(self.address)))
        page.goto(where or "/")
        return page


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    """`remnant serve` with one worker on a home that is not there yet, and a browser without a network."""
    home = tmp_path_factory.mktemp("lab") / "home"
    command = [sys.executable, "-m", "remnant", "serve", "--home", str(home), "--port", "0", "--no-open"]
    with (
        home.with_name("log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        assert server.stdout is not None
        address = server.stdout.readline().strip().rstrip("/")
        assert address.startswith("http://127.0.0.1:")
        yield Lab(address, home, browser)
        server.terminate()


@pytest.fixture(scope="module")
def damaged(study_folder, tmp_path_factory):
    """The synthetic study with two slips: more abnormal nuclei than were scored, and a word for a number."""
    folder = tmp_path_factory.mktemp("brought") / "study"
    shutil.copytree(study_folder, folder, ignore=shutil.ignore_patterns("truth"))
    slide, count = slips(folder)
    (folder / "fish.csv").write_text(slide)
    (folder / "blood_counts.csv").write_text(count)
    return folder


def slips(folder):
    """The first slide and the first blood count, with a slip in each."""
    slides = (folder / "fish.csv").read_text().splitlines(keepends=True)
    scored = slides[2].split(",")
    slides[2] = ",".join([*scored[:4], "999", *scored[5:]])
    counts = (folder / "blood_counts.csv").read_text().splitlines(keepends=True)
    first = counts[2].split(",")
    counts[2] = ",".join([*first[:2], "low", *first[3:]])
    return "".join(slides), "".join(counts)


def tab_to(page, wanted, most=150):
    """Reach an element by the keyboard alone."""
    for _ in range(most):
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no keyboard reaches {wanted} on {page.url}")


def until(page, said, patience_s=PATIENCE_MS / 1000):
    """Wait here for what is true on a page, which forbids that code is made in it."""
    end = time.monotonic() + patience_s
    while not page.evaluate(said):
        assert time.monotonic() < end, f"{said} did not come true on {page.url}"
        page.wait_for_timeout(50)


def drop(page, folder):
    """Drop a folder, as a file manager does."""
    box = page.locator(".drop-here").bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    speak = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        speak.send("Input.dispatchDragEvent", {"type": kind, **at, "data": data})


def check(lab, damaged, sound):
    """Drop the folder; mend one slip at its cell and the other in its file, by the keyboard."""
    page = lab.page()
    choosers: list = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    page.get_by_role("link", name="Check my files").first.click()
    drop(page, damaged)
    page.get_by_role("heading", name="2 things to mend").wait_for()
    lab.seen.append(page.url.removeprefix(lab.address))
    slip = '[aria-label="nuclei_abnormal, line 3"]'
    assert page.locator(slip).get_attribute("aria-invalid") == "true"
    assert page.locator('[aria-label="haemoglobin_g_per_dl, line 3"][aria-invalid=true]').count() == 1
    tab_to(page, slip)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="1 thing to mend").wait_for()
    tab_to(page, "#f-files")
    page.keyboard.press("Enter")
    while not choosers:
        page.wait_for_timeout(50)
    choosers[0].set_files(sound / "blood_counts.csv")
    tab_to(page, "button[value=add]")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Sound").wait_for()
    tab_to(page, "button[value=keep]")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Analyse").wait_for()
    return page


def review(page):
    """Move a cut with the arrow keys, and save it with a reason; nothing is touched but the keyboard."""
    page.get_by_role("link", name="Gates", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Gates").wait_for()
    tab_to(page, "a[href$='/gates/1']")
    page.keyboard.press("Enter")
    page.locator(f"{CUT}[role=slider]").wait_for()
    cells = page.locator('tr[data-population="stem"] .now')
    before = cells.inner_text()
    tab_to(page, CUT)
    for _ in range(8):
        page.keyboard.press("Shift+ArrowRight")
    until(page, f"""document.querySelector('tr[data-population="stem"] .now').innerText !== {before!r}""")
    until(page, "document.getElementById('counts').getAttribute('aria-busy') === 'false'")
    tab_to(page, "#f-why")
    page.keyboard.type("The valley lies further right")
    tab_to(page, "#f-reviewer")
    page.keyboard.type("AB")
    tab_to(page, "#cuts button.main")
    page.keyboard.press("Enter")
    page.get_by_text("Saved as revision 2").wait_for()


def enter(page, slug):
    """Enter a slide: first one with more abnormal nuclei than were scored, then as it was."""
    page.goto(f"/s/{slug}/tables/fish/new")
    slide = {"Sample": "P1-d0", "Compartment": "stem", "Probe": "EGR1", "Nuclei scored": "50"}
    for name, text in (slide | {"Nuclei abnormal": "51"}).items():
        page.get_by_label(name).fill(text)
    page.get_by_role("button", name="Save the row").click()
    page.get_by_text("Nothing was saved").wait_for()
    wrong = page.get_by_label("Nuclei abnormal")
    assert wrong.get_attribute("aria-invalid") == "true"
    assert "51" in page.locator("#f-nuclei_abnormal-at li").inner_text()
    assert page.get_by_label("Nuclei scored").input_value() == "50"
    wrong.fill("46")
    page.get_by_role("button", name="Save the row").click()
    page.locator("tr.fresh", has_text="P1-d0").wait_for()


def analyse(lab, page, slug):
    """Ask for an analysis with a forecast, close the page, and come back to it."""
    page.goto(f"/s/{slug}")
    page.get_by_label("Also forecast relapse").check()
    page.get_by_role("button", name="Analyse").click()
    page.locator("#progress progress").wait_for()
    where = page.url
    page.close()
    page = lab.page(where)
    page.get_by_role("link", name="cohort page").wait_for()
    page.get_by_role("link", name="cohort page").click()
    until(page, f"{DRAWN} > 0")
    assert page.locator("#roster tbody tr").count() == 2
    page.locator("#roster tbody a").first.click()
    page.get_by_role("heading", name="Patient P1").wait_for()
    until(page, f"{DRAWN} > 0")
    assert page.locator(".failed").count() == 0
    return page


def ask(page, slug):
    """Move the dose on a slider, and see the answer change with it."""
    page.goto(f"/s/{slug}/what-if/1")
    answer = page.locator("#answer [data-added]")
    answer.wait_for()
    until(page, "document.querySelectorAll('#answer .plot svg').length > 0")
    before = answer.inner_text()
    slider = page.get_by_role("slider", name="Dose of lenalidomide, mg a day")
    slider.focus()
    slider.press("End")
    until(page, f"document.querySelector('#answer [data-added]')?.innerText !== {before!r}")
    assert "c1.lenalidomide.dose=20" in page.url


def export(page, slug, folder):
    """Take the study and the report along; each is read without the app."""
    page.goto(f"/s/{slug}/export")
    with page.expect_download() as study:
        page.get_by_role("link", name="Study as zip").click()
    taken = of_zip(study.value.path())
    page.get_by_role("button", name="Write the report").click()
    page.get_by_text("It is kept among the results").wait_for()
    page.goto(f"/s/{slug}/export")
    with page.expect_download() as report:
        page.get_by_role("link", name="Report as zip").click()
    with zipfile.ZipFile(report.value.path()) as packed:
        packed.extractall(folder)
    page.close()
    return taken, next(folder.rglob("report.html"))


def of_zip(path):
    with zipfile.ZipFile(path) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def of_store(home):
    store = open_store(home)
    (record,) = all_studies(store)
    files = {path: read_blob(store, digest) for path, digest in tree_files(store, record.tree).items()}
    store.close()
    return files


def test_a_damaged_folder_becomes_a_report_that_opens_without_the_app(lab, damaged, study_folder, tmp_path):
    page = check(lab, damaged, study_folder)
    slug = re.search(r"/s/([^/?]+)", page.url)[1]
    review(page)
    enter(page, slug)
    page = analyse(lab, page, slug)
    ask(page, slug)
    taken, report = export(page, slug, tmp_path)

    assert taken == of_store(lab.home)
    brought = {str(p.relative_to(damaged)): p.read_bytes() for p in damaged.rglob("*") if p.is_file()}
    changed = {path for path, data in taken.items() if brought.get(path) != data}
    assert {path for path in changed if not path.startswith("gates/")} == {
        "fish.csv",
        "blood_counts.csv",
        "gate_reviews.csv",
    }
    assert set(brought) <= set(taken)

    (refused,) = lab.said  # the browser's own note of the slide that was refused
    assert REFUSED.fullmatch(refused)
    assert {url for url in lab.asked if not url.startswith((f"{lab.address}/", "data:", "blob:"))} == set()

    lab.asked.clear()
    page = lab.page(report.as_uri())
    until(page, "document.querySelectorAll('figure .plot svg').length >= 3")
    page.close()
    assert lab.said == [refused]
    assert {url for url in lab.asked if not url.startswith(("file:", "data:", "blob:"))} == set()


@pytest.mark.slow
def test_nobody_is_shut_out_of_a_page_of_the_journey(lab, damaged):
    """axe-core: all of its rules by day, and by night those that colours can break."""
    from axe_playwright_python.sync_playwright import Axe

    # The checker writes a script of its own into the page, which the page would refuse.
    page = lab.browser.new_page(bypass_csp=True, base_url=lab.address)
    page.goto("/upload")
    drop(page, damaged)
    page.get_by_role("heading", name="2 things to mend").wait_for()
    visited = [page.url, *dict.fromkeys(where.partition("?")[0] for where in lab.seen if where[:1] == "/")]
    assert len(visited) > 8
    found = {}
    for where in visited:
        if page.goto(where).status == 404:  # a draft that became a study
            continue
        page.wait_for_load_state("networkidle")
        for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast", "link-in-text-block"]})):
            page.emulate_media(color_scheme=scheme)
            bad = Axe().run(page, options={"preload": False, **rules}).response["violations"]
            if bad:
                found[where, scheme] = [(one["id"], one["nodes"][0]["html"][:120]) for one in bad]
    page.close()
    assert found == {}
