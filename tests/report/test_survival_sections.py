"""Time to return and markers on the page: a table for every figure, a sentence for every table."""

from dataclasses import replace

import pytest

from remnant.persistence import MarkerValues, Relapse, associate, return_incidence, time_to_event
from remnant.report import survival
from remnant.report.charts import Album
from remnant.report.page import render
from remnant.study.estimate import Source

RELAPSES = (
    Relapse("P1", "clinical", 100, 400, None, 400, ""),
    Relapse("P2", "clinical", 50, None, None, 900, ""),
    Relapse("P3", "clinical", 0, 500, None, 500, ""),
)


def marker(values):
    names = [f"P{n}" for n in range(1, 1 + len(values))]
    rows = {name: Source("biomarkers.csv", n + 2) for n, name in enumerate(names)}
    return MarkerValues("miR-145", "relative", dict(zip(names, values, strict=True)), rows)


@pytest.fixture
def followed(findings):
    return replace(
        findings,
        relapses=RELAPSES,
        time_to_event=(time_to_event("clinical", RELAPSES, confidence=0.95),),
        incidence=(return_incidence("clinical", RELAPSES, {"P2": 950}, confidence=0.95),),
        associations=associate(
            [marker([1.0, 2.0, 5.0, 9.0])],
            {"P1": True, "P2": True, "P3": False, "P4": False, "P5": False},
            {},
            confidence=0.95,
        ),
    )


def test_every_curve_has_its_figure_and_its_row(followed):
    album = Album()
    assert [figure.title for figure in survival.freedom(followed, album)] == ["Freedom from clinical relapse"]
    assert [figure.title for figure in survival.incidence(followed, album)] == [
        "Incidence of clinical relapse"
    ]
    (row,) = survival.returns(followed).rows
    assert [cell.text for cell in row] == ["clinical relapse", "3", "2", "1", "16 months", "33 %"]


def test_without_a_death_there_is_no_rival_to_draw(followed):
    calm = replace(followed, incidence=(return_incidence("clinical", RELAPSES, {}, confidence=0.95),))
    assert survival.incidence(calm, Album()) == []


def test_a_marker_is_shown_with_what_it_cannot_show(followed):
    first, second = survival.associations(followed).rows
    assert first[3].more == "per doubling"
    assert "fewer than 10" in first[-1].text
    assert "not measured in P5" in first[-1].text
    assert first[6].text == "0.33"
    assert second[-1].text.startswith("not measured before treatment")
    said = survival.association_sentence(followed)
    assert "no proof that there is none" in said


def test_an_association_that_holds_is_said_and_is_no_cause(followed):
    values = [1.0, 1.1, 1.2, 1.3, 5.0, 6.0, 7.0, 8.0]
    found = associate([marker(values)], {f"P{n}": n > 4 for n in range(1, 9)}, {}, confidence=0.95)
    said = survival.association_sentence(replace(followed, associations=found))
    assert "miR-145 with response" in said
    assert "no cause" in said


def test_a_study_without_markers_says_nothing_of_them(followed):
    page = render(replace(followed, associations=()))
    assert "Markers before treatment" not in page
    assert "Markers before treatment" in render(followed)
    assert survival.associations(replace(followed, associations=())) is None
