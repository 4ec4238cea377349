"""What the report says of cells at rest: every number with its interval, and nothing beyond it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from remnant.analysis import load, save
from remnant.figures.export import charts, export_figures
from remnant.figures.theme import specification
from remnant.report import methods, quiescence, sentences
from remnant.report.page import render
from remnant.study.estimate import Estimate

NAME = "5Q-01"


def changed(findings, change):
    return replace(findings, phases=tuple(change(reading) for reading in findings.phases))


def test_the_sentence_tells_the_first_remission_with_its_values_and_intervals(findings):
    [said] = quiescence.sentence(findings, NAME)
    assert said == (
        "On day 184, stem cells in G0 (cells of the clone and normal ones alike): "
        "74 % (95 % interval 60 to 80 %) of 98 cells; "
        "progenitors: 10 % (95 % interval 6.0 to 15 %) of 400 cells."
    )
    assert said in sentences.patient(findings, NAME)


def test_what_is_not_known_is_said_with_its_reason(findings):
    lost = Estimate.not_evaluable("the 2n peak is too wide")
    [said] = quiescence.sentence(changed(findings, lambda r: replace(r, g0=lost)), NAME)
    assert said.count("not evaluable (the 2n peak is too wide)") == 2
    assert "On day 780" in said
    none = Estimate.not_detected(0.03, confidence=0.95)
    [said] = quiescence.sentence(changed(findings, lambda r: replace(r, g0=none)), NAME)
    assert "not detected, below 3.0 % (one-sided 95 %) of 98 cells" in said


def test_two_ways_of_measuring_are_not_compared(findings):
    def by_events(reading):
        return replace(reading, origin="tube.fcs") if reading.compartment == "progenitor" else reading

    [said] = quiescence.sentence(changed(findings, by_events), NAME)
    assert said.endswith("progenitors were not measured with them.")


def test_a_patient_without_a_measurement_has_no_sentence_no_table_and_no_figure(findings, nothing):
    silent = changed(findings, lambda r: replace(r, origin=""))
    for some, name in ((silent, NAME), (findings, "5Q-04"), (nothing, NAME)):
        assert quiescence.sentence(some, name) == []
        assert quiescence.table(some, name) is None
    assert "<h3>Quiescence</h3>" not in render(silent)
    assert not any(name.startswith("quiescence") for name, _ in charts(silent))


def test_the_table_keeps_the_four_kinds_apart_and_names_rows(findings):
    table = quiescence.table(findings, NAME)
    assert {row[2].text for row in table.rows} == {"stem", "progenitor"}  # bulk was never asked about
    texts = [row[4].text for row in table.rows]
    assert {text for text in texts if "not" in text} == {"× not evaluable", "▽ not detected", "– not done"}
    assert table.rows[2][4].source == "fish.csv:2"
    refused = table.rows[1]
    assert refused[4].more == "12 events; 50 are needed"
    assert refused[5].more == ""  # the reason stands once
    assert sum(row[7].text.startswith("Dean-Jett") for row in table.rows) == 1


def test_the_methods_name_only_what_was_used(findings, nothing):
    heads = dict(methods.sections(findings))
    assert "Clopper-Pearson" in heads["Quiescence"][0]
    assert "Dean and Jett" in heads["Quiescence"][0]
    table = replace(findings, phases=tuple(r for r in findings.phases if not r.origin.endswith(".fcs")))
    assert "Dean and Jett" not in dict(methods.sections(table))["Quiescence"][0]
    assert "Quiescence" not in dict(methods.sections(nothing))


def test_the_figure_shows_every_reading_once_and_joins_one_way_of_measuring_only(findings):
    spec = specification(dict(charts(findings))[f"quiescence_{NAME}"])
    data = spec["datasets"]
    shown = sum(len(data[f"rest-{kind}"]) for kind in ("found", "bound", "unknown"))
    assert shown == len(quiescence.table(findings, NAME).rows)
    lines = [row["role"] for row in data["rest-line"]]
    assert lines.count("stem") == 4
    assert lines.count("progenitor") == 0  # neighbours that both found it do not exist


def test_the_figure_is_written_with_its_data(findings, tmp_path):
    one = replace(findings, timelines=findings.timelines[:1], tubes=(), frequencies=())
    names = {path.name.partition("_")[2] for path in export_figures(one, tmp_path)}
    assert {f"quiescence_{NAME}.{end}" for end in ("svg", "pdf", "png", "rest-found.csv")} <= names


def test_what_was_found_is_read_back_as_it_was(findings, tmp_path):
    save(findings, tmp_path / "results")
    assert load(tmp_path / "results").phases == findings.phases


@pytest.mark.parametrize("words", ["Quiescence", "Cells at rest", "S/G2/M"])
def test_the_page_shows_it(findings, words):
    assert re.search(words, render(findings))
