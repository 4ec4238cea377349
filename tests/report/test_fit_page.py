"""The page of a fit and the forecast in the report: the verdict in words, and a warning in every place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remnant.inference.records import Refusal, RelapseForecast
from remnant.report import fit_tables, fit_words
from remnant.report.fit import write_fit_page
from remnant.report.page import render

HOSTILE = "<script>window.hacked=1</script>"


@pytest.fixture(scope="module")
def fit(made):
    return made.made_fit(scenario="stop now")


def page(fit, made, tmp_path):
    path = tmp_path / "fit.html"
    write_fit_page(
        fit, made.made_observed(fit), path, inputs=[("fish.csv", "ab" * 32)], choices=[("chains", "4")]
    )
    return path


@pytest.fixture(scope="module")
def written(fit, made, tmp_path_factory):
    return page(fit, made, tmp_path_factory.mktemp("fit"))


def test_the_verdict_names_who_is_likely_to_relapse_first(fit, written, words):
    said = words(written.read_text(encoding="utf-8"))
    assert "Molecular relapse within 2 years of the last observation: S-01 87 %, S-02 68 %" in said
    assert "No forecast for S-03 (already returned); S-06 (not evaluable)." in said
    assert "one visit only, before the first dose" in said
    assert "Synthetic data." in said
    assert "must not be used" not in said


@pytest.mark.parametrize(
    ("standing", "reason", "said"),
    [
        (
            "returned",
            "probability 91 %; relapse means progenitor fraction at 0.1 or above, after it was below 0.05",
            "Molecular relapse: it had come by day 1,253, the last observation (probability 91 %; "
            "relapse means progenitor fraction at 0.1 or above, after it was below 0.05); "
            "none is left to forecast.",
        ),
        (
            "no remission yet",
            "",
            "Molecular relapse: no remission by day 1,253, the last observation, so there is no relapse to "
            "forecast.",
        ),
        (
            "not evaluable",
            "no haemoglobin",
            "Molecular relapse: not evaluable on day 1,253, the last observation (no haemoglobin).",
        ),
    ],
)
def test_a_relapse_that_cannot_lie_ahead_is_said_with_where_the_patient_stands(standing, reason, said):
    one = RelapseForecast("S-01", "as planned", "molecular", standing, reason, 1253, 3079)
    assert fit_words.relapse(one) == said


def test_those_without_a_forecast_share_a_row_and_take_none_from_those_with_one(fit):
    ahead = {(one.patient_id, one.kind) for one in fit_words.planned(fit) if one.chances}
    table = fit_tables.forecasts(fit)
    assert {(row[0].text, row[1].text) for row in table.rows} == ahead
    rest = fit_tables.without(fit)
    assert sum(int(row[2].text) for row in rest.rows) == len(fit_words.planned(fit)) - len(ahead)
    assert len({(row[0].text, row[1].text) for row in rest.rows}) == len(rest.rows)
    assert not any(row[1].more.startswith(row[1].text) for row in rest.rows)


def test_a_fit_that_must_not_be_used_says_so_in_every_section_with_its_reasons(made, tmp_path):
    unfit = made.made_fit(3, fit=False)
    text = page(unfit, made, tmp_path).read_text(encoding="utf-8")
    sections = [part for part in text.split("<section ")[1:] if 'id="methods"' not in part]
    assert len(sections) >= 7
    for section in sections:
        assert "This fit must not be used: R-hat reaches 1.08" in section, section[:60]


def test_the_fast_setting_is_named_and_a_patient_is_marked_by_its_own_guards(made, tmp_path, words):
    fast = made.made_fit(3, setting="fast")
    bad = dict(made.made_fit(3, setting="fast", fit=False).apart)["S-02"]
    fast = replace(fast, apart=tuple((n, bad if n == "S-02" else d) for n, d in fast.apart))
    text = page(fast, made, tmp_path).read_text(encoding="utf-8")
    assert fit_words.FAST in words(text)
    for part in text.split("<section ")[1:]:
        marked = "patient&#39;s fit must not be used" in part
        assert marked == ('id="patient-2"' in part), part[:60]


def test_the_page_of_seven_patients_is_light(written):
    assert written.stat().st_size < 1_000_000


def test_names_are_shown_as_text_whatever_they_look_like(made, tmp_path, words):
    fit = made.made_fit(1)
    fit = replace(fit, title=HOSTILE, refusals=(Refusal(HOSTILE, HOSTILE),), notes=(HOSTILE,))
    text = page(fit, made, tmp_path).read_text(encoding="utf-8")
    assert HOSTILE not in text
    assert HOSTILE in words(text)


def test_a_fit_of_nobody_is_a_page_with_the_reasons(made, tmp_path, words):
    nobody = replace(
        made.made_fit(1), patients=(), numbers=(), curves=(), lines=(), relapses=(), cures=(), checks=(),
        next_measurements=(), check_rows=(), mechanisms=(), told_apart=(), scores=(),
        refusals=(Refusal("", "no table has a count"),),
    )  # fmt: skip
    said = words(page(nobody, made, tmp_path).read_text(encoding="utf-8"))
    assert "No patient could be fitted" in said
    assert "no table has a count" in said


def test_chances_are_never_told_finer_than_draws_can_tell():
    assert [fit_words.chance(p) for p in (0.0, 1.0, 0.37)] == ["below 0.5 %", "above 99.5 %", "37 %"]


def forecasting(findings, made, **kinds):
    """Findings with a fit of their first patient by hand."""
    name = findings.timelines[0].patient_id
    fit = made.made_fit(1, **kinds)
    seen = made.made_observed(fit)

    def own(rows):
        return tuple(
            replace(row, patient_id=name) if getattr(row, "patient_id", "") == "S-01" else row for row in rows
        )

    lists = ("numbers", "curves", "lines", "relapses", "cures", "next_measurements", "check_rows", "scores")
    fit = replace(fit, patients=(name,), **{key: own(getattr(fit, key)) for key in lists})
    return replace(findings, fit=fit, observed=replace(seen, doses=own(seen.doses), looks=own(seen.looks)))


def test_the_report_of_a_study_holds_the_forecast_of_each_patient(findings, made, words):
    text = render(forecasting(findings, made))
    said = words(text)
    assert "Molecular relapse: 87 % within 2 years of day 640, the last observation, in remission" in said
    assert "No forecast: the fit leaves the patient out." in said  # the other patients
    assert text.count('data-group="forecasts"') == 1
    assert "must not be used" not in said


def test_the_report_of_an_unfit_fit_says_so_at_the_top_in_the_cohort_and_at_the_patient(findings, made):
    text = render(forecasting(findings, made, fit=False))
    assert text.count("This fit must not be used: R-hat") == 3


def test_a_report_without_a_fit_says_nothing_of_forecasts(findings):
    assert ">Forecast<" not in render(findings)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_draws_every_figure_without_a_network_or_a_complaint(browser, written, width, scheme):
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    complaints, asked = [], []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(written.as_uri())
    tab.wait_for_timeout(500)
    tab.evaluate(
        "document.querySelectorAll('#patient-1 details').forEach((drawer) => { drawer.open = true; })"
    )
    drawn = "document.querySelectorAll('figure[data-chart] .plot svg').length"
    wanted = (
        "[...document.querySelectorAll('figure[data-chart]')]"
        ".filter((f) => !f.closest('details:not([open])')).length"
    )
    for _ in range(300):  # the page forbids eval, so the waiting is done here
        if tab.evaluate(drawn) >= 20 and tab.evaluate(drawn) == tab.evaluate(wanted):
            break
        tab.wait_for_timeout(100)
    assert tab.evaluate(drawn) == tab.evaluate(wanted) >= 20
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()
    assert not complaints
    assert all(url.startswith("file:") for url in asked)
