from __future__ import annotations

import json
import math
import re

import polars as pl
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from remnant.culture import PlateDose
from remnant.errors import SettingError
from remnant.figures import plot_gates, plot_patient, plot_plates, plot_pooled
from remnant.figures.estimates import Point, rows, segments
from remnant.figures.export import charts, export_figures
from remnant.figures.gating import SLOT, fill, gate_sheet, gate_template
from remnant.figures.states import LOOKS, category_look
from remnant.figures.theme import NIGHT, SERIES_COLOURS, specification
from remnant.persistence.state import State
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
    assert set(names) == {
        "cohort",
        "paired",
        "pooled",
        "freedom",
        "swimmer",
        "course",
        "clone",
        "karyotypes",
        "interval",
        "functional",
        "plates",
        "quiescence",
        "gates",
    }


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


def plates_of(findings, patient=0):
    days_of = {visit.sample_id: visit.day for visit in findings.timelines[patient].visits}
    return [plate for plate in findings.frequencies if plate.sample_id in days_of], days_of


def rows_of_plates(plates, days_of):
    return specification(plot_plates(plates, days_of))["datasets"]["plates"]


def test_what_no_well_showed_is_a_broken_line_and_never_a_fit(findings):
    plates, days_of = plates_of(findings)
    silent = [plate for plate in plates if not plate.clone.value]
    rows = [row for row in rows_of_plates(silent, days_of) if row["kind"] == "clone"]
    assert {row["what"] for row in rows} == {"bound", "wells"}
    assert all(row["low"] <= row["share"] <= 1 for row in rows if row["what"] == "bound")


def test_colonies_that_nobody_typed_are_of_no_kind(findings):
    plates, days_of = plates_of(findings)
    untyped = [plate for plate in plates if plate.wells[0].wells_clone_only is None]
    rows = [row for row in rows_of_plates(untyped, days_of) if row["what"] == "wells"]
    assert {row["kind"] for row in rows} == {"any"}
    assert all(row["source"].startswith("dilution_plates.csv:") for row in rows)


def test_a_plate_written_one_row_a_well_is_the_same_plate(findings, cases):
    plates, days_of = plates_of(findings)
    whole = plates[0]
    single = [
        PlateDose(dose.cells_per_well, 1, int(well < dose.wells_positive), None, None, None, dose.source)
        for dose in whole.wells
        for well in range(dose.wells_tested)
    ]
    split = rows_of_plates([cases.replace(whole, wells=tuple(single))], days_of)
    kept = ("dose", "share", "said")
    drawn = [
        [tuple(row[name] for name in kept) for row in rows if (row["kind"], row["what"]) == ("any", "wells")]
        for rows in (split, rows_of_plates([whole], days_of))
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 4


def test_the_fit_of_a_plate_is_straight_on_its_axis(findings):
    plates, days_of = plates_of(findings)
    rows = rows_of_plates(plates, days_of)
    rate = plates[0].all_cells.value
    fit = [row for row in rows if (row["kind"], row["what"]) == ("any", "fit")]
    assert fit[0]["share"] == 1
    assert all(row["share"] == pytest.approx(math.exp(-rate * row["dose"])) for row in fit)
    assert all(row["low"] <= row["share"] <= row["high"] for row in fit)


def test_every_slot_of_the_template_is_filled_for_every_view(findings):
    tube = findings.tubes[0].tube
    open_slots = set(re.findall(rf'"({SLOT}[a-z_]+)"', json.dumps(gate_template())))
    for slots in gate_sheet(tube)["slots"]:
        assert set(slots) == open_slots
        assert SLOT not in json.dumps(fill(gate_template()["concat"], slots))


def test_the_template_is_not_changed_by_filling_it(findings):
    before = json.dumps(gate_template())
    plot_gates(findings.tubes[0].tube)
    assert json.dumps(gate_template()) == before


def test_figures_are_written_with_the_data_behind_them(findings, cases, tmp_path):
    patient = findings.timelines[2]
    tube = cases.replace(findings.tubes[0], sample_id=patient.visits[0].sample_id)
    few = cases.replace(
        findings,
        tubes=(tube,),
        frequencies=(),
        timelines=(patient,),
        time_to_event=(),
    )
    written = export_figures(few, tmp_path / "figures")
    kinds = {path.suffix for path in written}
    assert kinds == {".svg", ".pdf", ".png", ".csv"}
    gates = [path for path in written if "_gates_" in path.name]
    assert {path.name.split(".", 1)[1] for path in gates} == {
        "svg", "pdf", "bins.csv", "outline.csv", "points.csv",
    }  # fmt: skip
    points = pl.read_csv(next(path for path in gates if path.name.endswith("points.csv")))
    assert points["plot"].unique().to_list() == [3]
    assert points.height == 34
    assert all(path.parent == tmp_path / "figures" and path.stat().st_size for path in written)
    bound = next(path for path in written if path.name.endswith("fraction-bound.csv"))
    assert pl.read_csv(bound)["upper"].to_list() == [0.018]


def test_one_kind_or_one_patient_is_exported_alone_and_an_unknown_name_is_refused(cases, tmp_path):
    few = cases.replace(cases.example(), tubes=cases.example().tubes[:1])
    swimmer = {
        path.name.split("_", 1)[1].split(".")[0]
        for path in export_figures(few, tmp_path / "a", only=["swimmer"])
    }
    assert swimmer == {"swimmer"}
    own = [name for name, _ in charts(few, only=["5Q-02"])]
    assert own
    assert all(name.endswith("_5Q-02") for name in own)
    with pytest.raises(SettingError, match="did you mean swimmer"):
        export_figures(few, tmp_path / "b", only=["swimer"])


def test_gates_are_pictures_too_where_that_is_asked_for(cases, tmp_path):
    few = cases.replace(cases.example(), tubes=cases.example().tubes[:1])
    written = export_figures(few, tmp_path, only=["gates"], every_png=True)
    assert ".png" in {path.suffix for path in written}


def test_text_that_a_spreadsheet_would_run_is_text_in_the_file(cases, tmp_path):
    whole = cases.example()
    first = cases.replace(whole.timelines[0], patient_id="=1+1")
    courses = tuple(
        cases.replace(c, patient_id="=1+1") if c.patient_id == whole.timelines[0].patient_id else c
        for c in whole.courses
    )
    few = cases.replace(whole, timelines=(first, *whole.timelines[1:]), courses=courses)
    written = export_figures(few, tmp_path, only=["cohort"])
    lanes = next(path for path in written if path.name.endswith("lanes.csv"))
    rows = pl.read_csv(lanes)
    assert rows["patient"][0] == "'=1+1"
    assert rows["from"].min() < 0  # numbers stay numbers


def test_many_patients_are_drawn_in_bands_on_one_axis(cases):
    drawn = dict(charts(cases.repeated(90)))
    bands = [name for name in drawn if name.startswith("cohort_")]
    assert bands == ["cohort_1", "cohort_2", "cohort_3"]
    specs = [specification(drawn[name]) for name in bands]
    assert [len(spec["datasets"]["lanes"]) for spec in specs] == [40, 40, 10]
    domains = {tuple(spec["layer"][0]["encoding"]["x"]["scale"]["domain"]) for spec in specs}
    assert len(domains) == 1
