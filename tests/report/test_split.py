"""A page of the study and one of each patient: what lies where, what it weighs, what stands in no path."""

from __future__ import annotations

import re

import pytest

from remnant.errors import SettingError
from remnant.report import write_patient, write_report
from remnant.report.page import MANY

LINK = re.compile(r'(?:href|src)="([^"#]+)"')


@pytest.fixture(scope="module")
def ninety(cases, tmp_path_factory):
    """The page of a study of ninety patients."""
    return write_report(cases.repeated(90), tmp_path_factory.mktemp("ninety") / "report.html", pages="split")[
        0
    ]


def test_few_patients_are_one_page_and_many_are_pages_of_their_own(cases, tmp_path):
    one = write_report(cases.repeated(MANY), tmp_path / "few.html")
    many = write_report(cases.repeated(MANY + 1), tmp_path / "many.html")
    assert [path.name for path in one] == ["few.html"]
    assert len(many) == 1 + 3 + MANY + 1
    assert {path.parent for path in many[1:]} == {tmp_path / "many"}


def test_every_link_of_split_pages_leads_to_a_file_of_theirs_and_nowhere_else(findings, tmp_path):
    written = write_report(findings, tmp_path / "report.html", pages="split")
    for page in (path for path in written if path.suffix == ".html"):
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            assert link == "data:," or (page.parent / link).resolve() in written, link


def test_a_name_of_a_patient_is_in_no_path(findings, tmp_path):
    written = write_report(findings, tmp_path / "report.html", pages="split")
    names = [timeline.patient_id for timeline in findings.timelines]
    pages = [path.name for path in written if path.name.startswith("patient")]
    assert pages == [f"patient-{number:03d}.html" for number in range(1, len(names) + 1)]


def test_pages_of_patients_who_are_gone_do_not_stay_and_files_of_others_do(cases, tmp_path):
    target, folder = tmp_path / "report.html", tmp_path / "report"
    write_report(cases.repeated(3), target, pages="split")
    (folder / "notes.txt").write_text("mine")
    write_report(cases.repeated(2), target, pages="split")
    assert not (folder / "patient-003.html").exists()
    assert (folder / "notes.txt").read_text() == "mine"
    write_report(cases.repeated(2), target, pages="one")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_the_page_of_the_study_stays_light_however_many_patients_there_are(cases, ninety, tmp_path):
    ten = write_report(cases.repeated(10), tmp_path / "10.html", pages="split")[0].stat().st_size
    assert ninety.stat().st_size < 500_000
    assert (ninety.stat().st_size - ten) / 8 < 30_000  # for ten patients more; 300,000 are allowed


def test_many_lanes_stand_in_bands_and_only_the_first_is_drawn_at_once(ninety):
    page = ninety.read_text(encoding="utf-8")
    assert "All patients, 1 to 40 of 90" in page
    assert "<b>All patients, 41 to 80 of 90</b>" in page
    assert page.count('data-chart="cohort"') == 1
    assert page.count("<tr data-is=") == 90


def test_one_patient_alone_is_a_page_that_needs_nothing(findings, tmp_path):
    page = write_patient(findings, "5Q-02", tmp_path / "made" / "one.html").read_text(encoding="utf-8")
    assert set(LINK.findall(page)) == {"data:,"}
    assert '<h1 id="patient-2-name">Patient 5Q-02</h1>' in page
    assert "5Q-01" not in page
    assert "For research use only. Not a medical device" in page


def test_a_patient_who_is_not_in_the_study_is_refused_with_the_nearest_name(findings, tmp_path):
    with pytest.raises(SettingError, match="did you mean 5Q-02"):
        write_patient(findings, "5Q02", tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
