from __future__ import annotations

import polars as pl
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from remnant.figures import plot_gates, plot_patient, plot_plate, plot_pooled
from remnant.figures.estimates import Point, rows, segments
from remnant.figures.export import charts, export_figures
from remnant.figures.states import LOOKS, category_look
from remnant.figures.theme import NIGHT, SERIES_COLOURS, specification
from remnant.persistence.course import State
from remnant.study.estimate import Estimate

NUMBERS = st.floats(1e-9, 1)


def point(estimate, day=10, compartment="stem"):
    return Point(float(day), "stem", compartment, "S1", day, estimate)


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.floats(0, 0.5))
def test_a_found_value_is_drawn_within_the_axis(limits, floor):
    low, middle, high = sorted(limits)
    table = rows([point(Estimate.detected(middle, low, high, confidence=0.95))], floor=floor)
    drawn = table["found"][0]
    assert floor <= drawn["lower"] <= drawn["value"] <= drawn["upper"]


@given(NUMBERS)
def test_what_was_not_found_is_drawn_at_its_bound_and_never_as_a_value(bound):
    table = rows([point(Estimate.not_detected(bound, confidence=0.95))])
    assert table["found"] == table["unknown"] == []
    assert table["bound"][0]["upper"] == bound
    assert "value" not in table["bound"][0]


def test_what_has_no_number_has_no_place_on_the_axis():
    table = rows([point(Estimate.not_done("no slide")), point(Estimate.not_evaluable("failed"))])
    assert [row["mark"] for row in table["unknown"]] == ["–", "×"]
    assert table["found"] == table["bound"] == []


def test_no_line_runs_through_a_visit_without_a_value():
    found = Estimate.detected(0.5, 0.4, 0.6, confidence=0.95)
    bound = Estimate.not_detected(0.1, confidence=0.95)
    assert segments([point(found, 1), point(bound, 2), point(found, 3)]) == []
    assert len(segments([point(found, 1), point(found, 2), point(found, 3)])) == 2
    assert segments([point(found, 1), point(found, 2, "bulk")]) == []


def test_every_state_has_a_letter_of_its_own():
    assert set(LOOKS) == set(State)
    assert len({look.letter for look in LOOKS.values()}) == len(LOOKS)


def test_every_colour_of_a_role_has_one_for_the_night():
    assert set(SERIES_COLOURS) <= set(NIGHT)


@pytest.mark.parametrize("word", ["relapse after CR", "progression", "failure"])
def test_a_bad_category_is_never_drawn_as_a_good_one(word):
    assert category_look(word) == LOOKS_OF_WORSE
    assert category_look("CR") != LOOKS_OF_WORSE


LOOKS_OF_WORSE = category_look("progression")


def test_every_figure_is_legal_vega_lite_and_draws(findings):
    names = []
    for name, chart in charts(findings):
        if names.count(name.split("_")[0]):
            continue  # one of each kind: drawing is slow
        names.append(name.split("_")[0])
        chart.to_dict()  # checks the schema
        svg = vl_convert.vegalite_to_svg(specification(chart))
        assert svg.count("<path") > 3
    assert set(names) == {"cohort", "paired", "pooled", "freedom", "course", "functional", "gates"}


def test_a_patient_with_nothing_still_has_an_axis(findings):
    nobody = findings.timelines[3]
    chart = plot_patient(nobody, [], [], [], clone="del(5q)", anchor="first dose")
    assert "Months since first dose" in vl_convert.vegalite_to_svg(specification(chart))


def test_every_rare_event_is_drawn_inside_the_plot(findings):
    tube = findings.tubes[0].tube
    data = specification(plot_gates(tube))["datasets"]
    assert len(data["points-2"]) == 34
    assert all(0 <= row["x"] <= 40 for row in data["points-2"])
    assert sum(row["events"] for row in data["bins-2"]) == sum(count for *_, count in tube.views[2].counts)


def test_a_forest_without_a_mean_draws_the_patients_alone(findings):
    data = specification(plot_pooled(findings.selective[:2], None))["datasets"]
    assert data["mean"] == []
    assert len(data["each"]) == 2


def test_a_plate_without_a_positive_well_draws_its_bound():
    plate = pl.DataFrame({"cells_per_well": [100.0], "wells_tested": [96], "wells_positive": [0]})
    data = specification(plot_plate(plate, Estimate.not_detected(3e-4, confidence=0.95)))["datasets"]
    assert data["wells"][0]["negative"] == 1
    assert "negative" not in data["fit"][0]
    assert data["fit"][-1]["low"] < data["fit"][0]["low"] == 1


def test_figures_are_written_with_the_data_behind_them(findings, cases, tmp_path):
    few = cases.replace(
        findings, tubes=(), frequencies=(), timelines=findings.timelines[2:3], time_to_event=()
    )
    written = export_figures(few, tmp_path / "figures")
    kinds = {path.suffix for path in written}
    assert kinds == {".svg", ".pdf", ".png", ".csv"}
    assert all(path.parent == tmp_path / "figures" and path.stat().st_size for path in written)
    bound = next(path for path in written if path.name.endswith("fraction-bound.csv"))
    assert pl.read_csv(bound)["upper"].to_list() == [0.018]
