"""`remnant fcs info`: everything a file holds, every mend, and what cannot be read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fcs_by_hand import ROWS, chained, floats, integers, sound
from typer.testing import CliRunner

from remnant.cli.app import app


def ask(*words):
    return CliRunner().invoke(app, ["fcs", "info", *map(str, words)])


def answer(*words, code=0):
    shown = ask(*words, "--json")
    assert shown.exit_code == code
    return json.loads(shown.stdout)


def test_stored_values_of_every_channel_are_summed_up_without_gain_or_logarithm(tmp_path):
    keywords = {"$P1E": "4,1", "$P2G": "8"}
    broken = integers([[512, 8, 1], [100, 16, 4], [3, 0, 4]], (16,) * 3, ("1024",) * 3, keywords=keywords)
    statistics = answer(broken.write(tmp_path / "a.fcs"))["statistics"]
    assert [one["name"] for one in statistics] == ["FSC-A", "CD34", "Time"]
    assert [(one["min"], one["max"], one["mean"]) for one in statistics] == [
        (3, 512, 205),
        (0, 16, 8),
        (1, 4, 3),
    ]


def test_an_unmeasured_channel_has_no_statistics_and_is_counted(tmp_path):
    path = sound(data=floats([[np.nan, 1, 0], [np.inf, 2, 1]])).write(tmp_path / "a.fcs")
    first = answer(path)["statistics"][0]
    assert (first["min"], first["max"], first["mean"], first["not_finite"]) == (None, None, None, 2)
    assert "not finite" in answer(path)["findings"][0]


def test_every_mend_is_shown_to_people_and_programs(tmp_path):
    path = sound(keywords={"$P2R": "NA", "$P2G": "0"}).write(tmp_path / "a.fcs")
    assert [repair["keyword"] for repair in answer(path)["repairs"]] == ["$P2R", "$P2G"]
    assert "Repaired $P2G: 0 read as 1" in " ".join(ask(path).stdout.split())


@pytest.mark.parametrize("words", [(), ("--dataset", 1)])
def test_a_matrix_that_cannot_be_used_hides_nothing_else(tmp_path, words):
    path = sound(keywords={"$SPILLOVER": "2,CD34,FSC-A,1,0,0"}).write(tmp_path / "a.fcs")
    shown = answer(path, *words)
    assert shown["events"] == 4
    assert shown["spillover"] is None
    assert shown["spillover_faults"][0]["column"] == "$SPILLOVER"
    assert "not usable, $SPILLOVER" in ask(path, *words).stdout


def test_every_data_set_is_shown(tmp_path):
    path = tmp_path / "two.fcs"
    path.write_bytes(chained(sound(), sound(data=floats(ROWS[:3]))))
    shown = answer(path)
    assert (shown["file"], [one["events"] for one in shown["datasets"]]) == ("two.fcs", [4, 3])
    assert [one["dataset"] for one in shown["datasets"]] == [1, 2]
    alone = answer(path, "--dataset", 2)
    assert alone["statistics"] == shown["datasets"][1]["statistics"]
    assert "data set 2 of 2" in ask(path).stdout


def test_a_data_set_that_cannot_be_read_is_said_beside_the_others(tmp_path):
    path = tmp_path / "half.fcs"
    path.write_bytes(chained(sound(), sound(keywords={"$P1B": "12"})))
    first, second = answer(path, code=1)["datasets"]
    assert first["events"] == 4
    assert (second["error"], second["faults"][0]["column"]) == ("FcsError", "$P1B")
    assert "refused" in ask(path).stdout


def test_a_file_that_is_refused_says_why_and_exits_with_one(tmp_path):
    path = sound(total="9").write(tmp_path / "a.fcs")
    assert answer(path, code=1)["faults"][0]["column"] == "$TOT"
    assert ask(path).stderr.startswith("a.fcs, $TOT: found 9, but 4 events")


def test_data_read_at_the_wrong_place_is_called_implausible(tmp_path):
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(1e4, 1e3, 500), rng.normal(0, 50, 500), np.arange(500)])
    late = sound(data=floats(rows), shift_begin=4, shift_end=4, tail=b"1234").write(tmp_path / "late.fcs")
    shown = answer(late)
    assert any("Time runs backwards" in finding for finding in shown["implausible"])
    assert set(shown["implausible"]) <= set(shown["findings"])
    assert "Implausible: Time runs backwards" in ask(late).stdout


def test_the_offsets_to_believe_may_be_named(tmp_path):
    path = sound(header_data=(300, 377)).write(tmp_path / "a.fcs")
    assert answer(path, code=1)["error"] == "FcsError"
    shown = answer(path, "--offsets", "text")
    assert shown["statistics"][0]["max"] == 400
    assert shown["repairs"][0]["reason"] == "asked for: offsets=text"
