from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
import zlib
from html.parser import HTMLParser

import pytest

from remnant.analysis.one_patient import of_patients
from remnant.figures import plot_gates
from remnant.figures.gating import fill, gate_template
from remnant.figures.theme import specification
from remnant.report.charts import together
from remnant.report.gate_letters import read_letters
from remnant.report.page import render, render_patient, write_report
from remnant.report.parts import patient_part

VOID = {"meta", "link", "input", "path", "br", "img"}


class Outline(HTMLParser):
    """Reads a page strictly enough: what is open, which ids there are, and what is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.fetched, self.scripts, self.handlers = [], [], [], 0, []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.fetched += [values[name] for name in ("src", "href") if values.get(name, "#")[:1] != "#"]
        self.scripts += tag == "script"
        self.handlers += [name for name in values if name.startswith("on")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(findings):
    """The page of the example."""
    return render(findings)


def unpacked(page, name):
    packed = re.search(rf'id="{name}">([^<]+)</script>', page).group(1)
    return zlib.decompress(base64.b64decode(packed)).decode()


def outline_of(text):
    outline = Outline()
    outline.feed(text)
    return outline


def test_the_page_is_whole_and_names_each_place_once(page):
    outline = outline_of(page)
    assert outline.open == []
    assert len(set(outline.ids)) == len(outline.ids)


def test_the_page_asks_for_nothing(page):
    assert set(outline_of(page).fetched) <= {"data:,"}
    assert "default-src 'none'" in page
    assert "unsafe-eval" not in page


def test_hostile_words_stay_words(page, cases):
    outline = outline_of(page)
    groups = len(re.findall('type="application/octet-stream"', page))
    assert outline.scripts == groups + 3  # two of data, and our own
    assert outline.handlers == []
    assert "<img" not in page
    assert page.count("&lt;img src=x onerror=") > 10
    assert "{{ 7 * 7 }}" in page


def test_hostile_words_in_a_drawer_stay_words(page):
    drawers = json.loads(unpacked(page, "charts-drawers-patient-3"))
    for drawer in drawers:
        outline = outline_of(drawer)
        assert outline.scripts == 0
        assert outline.handlers == []
    assert any("&lt;/script&gt;" in drawer for drawer in drawers)


def test_the_synthetic_study_says_so_and_a_real_one_does_not(page, nothing):
    assert "Synthetic data." in page
    assert "Synthetic data." not in render(nothing)


def test_every_page_says_what_it_is_not_for(page, nothing):
    for text in (page, render(nothing)):
        assert "For research use only. Not a medical device" in text
        assert "not by itself a forecast of relapse" in text


def test_the_four_kinds_stand_apart_in_the_tables(page):
    for words in (
        "▽ not detected",
        "× not evaluable",
        "– not done",
        "below 1.8\N{NO-BREAK SPACE}% (one-sided 95",
    ):
        assert words in page
    assert not re.search(r"\b0\.0\N{NO-BREAK SPACE}%", page)


def test_numbers_carry_their_file_and_line(page):
    assert '<span class="source">fish.csv:2</span>' in page
    assert '<span class="source">karyotypes.csv:4</span>' in page


def test_a_chart_holds_the_data_of_its_patient_by_column(page):
    specs = json.loads(unpacked(page, "charts-patient-1"))
    bound = specs["course"]["datasets"]["fraction-bound"]
    assert bound["day"] == [184]
    assert bound["upper"] == [0.018]
    assert specs["course"]["description"].startswith("Course of patient 5Q-01")


def test_a_study_with_nothing_in_it_still_makes_a_page(nothing, tmp_path):
    target = tmp_path / "made" / "page.html"
    write_report(nothing, target)
    assert outline_of(target.read_text(encoding="utf-8")).open == []


def test_the_page_is_small(page):
    assert len(page.encode()) < 1_500_000


@pytest.mark.parametrize("number", [1, 30])
def test_a_study_of_any_size_has_a_section_and_a_link_for_each_patient(cases, number):
    page = render(cases.repeated(number))
    outline = outline_of(page)
    assert outline.open == []
    assert {f"patient-{n}" for n in range(1, number + 1)} <= set(outline.ids)
    assert page.count('<li><a href="#patient-') == number
    assert len(page.encode()) < 1_500_000


def test_what_nobody_was_judged_for_is_not_counted_as_nought(names_only):
    page = render(names_only)
    tiles = re.search(r'<dl class="tiles">(.*?)</dl>', page).group(1)
    assert tiles.count("<dd>–</dd>") == 2
    assert "of 0" not in tiles


def test_a_patient_with_a_name_alone_has_no_empty_axes(names_only):
    page = render(names_only)
    section = re.search(r'<section class="patient" id="patient-1".*?</section>', page, re.S).group(0)
    assert "<figure" not in section
    assert "No visit of this patient could be judged." in section


def restored(part, common):
    """Put back what several charts have in common, as the page does."""
    if isinstance(part, list):
        return [restored(item, common) for item in part]
    if not isinstance(part, dict):
        return part
    if "$" in part:
        return restored(common[part["$"]], common)
    return {name: restored(item, common) for name, item in part.items()}


def test_every_tube_is_drawn_by_one_template(page, findings):
    common = json.loads(unpacked(page, "charts-common"))
    template = restored(json.loads(unpacked(page, "charts-templates"))["gates"], common)
    assert template == json.loads(json.dumps(gate_template()))
    sheets = json.loads(unpacked(page, "charts-gates-patient-1"))
    assert {sheet["template"] for sheet in sheets.values()} == {"gates"}
    chart = specification(plot_gates(findings.tubes[0].tube))
    sheet = next(iter(sheets.values()))
    filled = [fill(template["concat"][0], slots) for slots in sheet["slots"]]
    assert filled == json.loads(json.dumps(chart["concat"]))


def test_the_bins_of_a_gate_reach_the_page_exactly_and_its_events_to_a_fifth_of_a_bin(page, findings):
    sheet = next(iter(json.loads(unpacked(page, "charts-gates-patient-1")).values()))
    view = findings.tubes[0].tube.views[2]
    bins, points = sheet["datasets"]["bins-2"], sheet["datasets"]["points-2"]
    counts = read_letters(bins["letters"])
    width = bins["width"]
    assert {(n % width, n // width, c) for n, c in enumerate(counts) if c} == set(view.counts)
    values = read_letters(points["letters"])
    across = [(x + 0.5) / points["step"] for x in itertools.accumulate(values[::2])]
    assert across == pytest.approx(sorted(x * view.bins_x for x, _ in view.points), abs=0.11)


def test_a_chart_is_the_same_before_and_after_what_it_shares_is_taken_out(findings):
    album = patient_part(findings, 1).album
    groups = {name: json.loads(zlib.decompress(base64.b64decode(text))) for name, text in together([album])}
    common = groups.pop("common")
    assert len(common) > 10
    assert restored(groups, common) == json.loads(json.dumps(album.specs))


def test_nothing_runs_and_nothing_dresses_the_page_but_by_its_hash(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page).group(1)
    assert "unsafe" not in policy
    for tag, text in (
        ("script", outside_scripts(page)),
        ("style", re.search("<style>(.*?)</style>", page, re.S).group(1)),
    ):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy, tag
    assert not re.search(r"<[^>]+ style=", page)


def outside_scripts(page):
    """The one script of a page that runs."""
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.S)
    return script


def test_headings_go_down_one_step_at_a_time(page, findings):
    for text in (page, render_patient(findings, 1)):
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text.split("<main>")[1])]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert levels.count(1) == 1


def test_the_sections_of_a_patient_are_the_same_from_the_patients_own_findings(findings):
    for number, mine in enumerate(of_patients(findings), 1):
        whole, own = patient_part(findings, number), patient_part(mine, number)
        assert (own.html, own.drawers, own.album.specs) == (whole.html, whole.drawers, whole.album.specs)
