"""The page of virtual cohorts: what the summaries say stands on it, drawn and in words, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import vl_convert

from remnant.cohort.comparison.compare import Compared, Comparison, Value
from remnant.cohort.comparison.paired import Difference
from remnant.cohort.course.plan import CohortPlan
from remnant.cohort.scenario.scenario import Scenario
from remnant.cohort.summary.questions import CURVES, SHARES, depths
from remnant.cohort.summary.summary import CohortSummary, Curve, CurveStep, Depth, Share, Spread
from remnant.figures.theme import specification
from remnant.figures.virtual_curves import ASKED, SINCE, plot_virtual_curves
from remnant.figures.virtual_depth import FLOOR, plot_virtual_depth
from remnant.report.virtual import write_cohort_page

HOSTILE = "Stop <b>early</b> & 'often'"


def curve(name, median=500.0):
    steps = (CurveStep(168, 40, 10, 0, 0.75, 0.6, 0.86), CurveStep(504, 30, 12, 0, 0.45, 0.3, 0.6))
    return Curve(name, f"meaning of {name}", 40, 22, median, steps)


def spread(name, *values, zeros=0, unit="log10 fraction"):
    return Spread(name, f"meaning of {name}", unit, 100, zeros, 0.01, *values)


def summary(title):
    told = tuple(
        Depth(where, month, spread(f"{where} {month}", None, -3.0, -2.0, -1.0, -0.01, zeros=7))
        for where, month in depths()
    )
    shares = tuple(Share(one.name, one.meaning, 30, 100, 0.3, 0.21, 0.4) for one in SHARES)
    shares = (replace(shares[0], count=0, among=0, share=None, lower=None, upper=None), *shares[1:])
    curves = (replace(curve("to_independence"), patients=0, events=0, median_day=None, steps=()),)
    curves += tuple(curve(one.name) for one in CURVES[1:])
    cure = Share("cured", "Not one stem cell left", 0, 100, 0.0, 0.0, 0.036)
    spreads = (spread("cells", -1.0, 2.0, 3.0, 4.0, 5.0, zeros=3, unit="log10 cells"),)
    return CohortSummary(
        "SYNTHETIC: nobody was measured.", title, "del5q-lenalidomide", 100, 10.0, 1, "hybrid",
        shares, cure, told, spreads, curves,
    )  # fmt: skip


def plan(title):
    return CohortPlan(Scenario(title=title), "del5q-lenalidomide", 100, 10.0, 1)


def comparison(titles):
    days = Compared(
        "relapse_free_days", "Days in remission", "days", "more", 100,
        (Value(400.0, 10.0, 380.4, 419.6), Value(500.0, 11.0, 478.4, 521.6)),
        (Difference(100.0, 5.0, 90.2, 109.8, 15.0, 9.0),),
    )  # fmt: skip
    unknown = Compared("units", "Units of red cells", "units", "less", 0, (), (), "it was not measured")
    return Comparison(
        "SYNTHETIC", "del5q-lenalidomide", 100, 10.0, 1, "hybrid", "cytogenetic", titles, (days, unknown), ()
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("virtual") / "made" / "cohort.html"
    titles = ("Label", HOSTILE)
    write_cohort_page([plan(t) for t in titles], [summary(t) for t in titles], comparison(titles), path)
    return path


def drawn(chart):
    chart.to_dict()  # checks the schema
    return vl_convert.vegalite_to_svg(specification(chart)), specification(chart)["datasets"]


def test_every_curve_that_can_be_asked_has_an_axis_and_begins_at_all_patients():
    assert set(ASKED) == set(SINCE) == {one.name for one in CURVES} - {"to_complete_response"}
    _, data = drawn(plot_virtual_curves([summary("A"), summary("B")], list(ASKED)))
    assert "steps-to_independence" not in data  # nobody began it
    rows = data["steps-clinical_relapse_free"]
    assert [(row["scenario"], row["day"], row["free"]) for row in rows[:3]] == [
        ("A", 0, 1.0),
        ("A", 168, 0.75),
        ("A", 504, 0.45),
    ]


def test_a_median_that_is_not_reached_is_said_so():
    one = summary("A")
    endless = replace(one, curves=tuple(replace(c, median_day=None) if c.patients else c for c in one.curves))
    svg, _ = drawn(plot_virtual_curves([endless], ["molecular_relapse_free"]))
    assert "median not reached" in svg


def test_a_quantile_among_patients_without_a_clone_lies_on_the_lowest_line_and_is_counted():
    svg, data = drawn(plot_virtual_depth([summary("A")]))
    rows = data["depth-0"]
    assert {row["role"] for row in rows} == {"stem", "progenitor"}
    assert all(row["q05"] == 10**FLOOR and row["q50"] == pytest.approx(0.01) for row in rows)
    assert all(row["without"] == pytest.approx(0.07) for row in rows)
    assert "none, or less" in svg


def test_the_page_says_that_nobody_was_measured_and_what_was_found(page, words):
    said = words(page.read_text(encoding="utf-8"))
    assert "SYNTHETIC: nobody was measured." in said
    assert "A. Label: 30 % reach a complete cytogenetic response" in said
    assert "21 % to 40 %; 30 of 100" in said
    assert "B less A" in said
    assert "+100 days" in said
    assert "+90 to +110" in said
    assert "it was not measured" in said


def test_a_title_is_shown_as_text_whatever_it_looks_like(page, words):
    assert HOSTILE in words(page.read_text(encoding="utf-8"))
    assert "<b>early</b>" not in page.read_text(encoding="utf-8")


def test_the_page_lists_every_law_with_its_source(page, words):
    from remnant.dynamics.model.presets import preset

    said = words(page.read_text(encoding="utf-8"))
    for name, prior in preset("del5q-lenalidomide").priors():
        assert name in said
        assert prior.source in said


def test_one_scenario_is_told_without_letters(tmp_path, words):
    write_cohort_page([plan("Label")], [summary("Label")], None, tmp_path / "one.html")
    said = words((tmp_path / "one.html").read_text(encoding="utf-8"))
    assert "Label: 30 % reach" in said
    assert "Side by side" not in said


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_draws_every_figure_without_a_network_or_a_complaint(browser, page, width, scheme):
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    complaints, asked = [], []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    drawn = "document.querySelectorAll('figure[data-chart] .plot svg').length"
    for _ in range(300):  # the page forbids eval, so the waiting is done here
        if tab.evaluate(drawn) == len(ASKED):
            break
        tab.wait_for_timeout(100)
    assert tab.evaluate(drawn) == len(ASKED)  # all curves but the one nobody began, and the depth
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()
    assert not complaints
    assert all(url.startswith("file:") for url in asked)
