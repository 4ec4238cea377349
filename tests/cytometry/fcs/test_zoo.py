"""Files of many instruments, read in place: right in every channel, or plainly refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fcs_by_hand import refuse
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cytometry import read_fcs

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"
ZOO = DATA / "fcs-zoo-a"
# The readers behind truth.json differ on these; the values of the one that reads it are right.
READABLE = ("Cytek_xP5.fcs", "coulter.lmd")
FILES = sorted((ZOO / "files").glob("*")) if ZOO.exists() else []
needs_zoo = pytest.mark.skipif(not FILES, reason=f"needs {ZOO.name} beside the repository, in shared/data")


def ask(*words):
    shown = CliRunner().invoke(app, ["fcs", "info", *map(str, words), "--json"])
    return shown.exit_code, json.loads(shown.stdout)


@needs_zoo
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_many_instruments_are_right_or_refused(path):
    truth = json.loads((ZOO / "truth.json").read_text())[path.name]
    code, answer = ask(path)
    if not truth.get("readers_agree") and path.name not in READABLE:
        refuse(path)
        assert (code, answer["error"]) == (1, "FcsError")
        return
    assert code == 0
    first = answer.get("datasets", [answer])[0]
    assert first["events"] == truth.get("events", truth["fcsparser_shape"][0])
    assert len(first["channels"]) == truth["fcsparser_shape"][1]
    for statistic in ("mean", "min", "max"):
        if truth.get(f"raw_{statistic}"):
            found = [one[statistic] for one in first["statistics"]]
            assert found == pytest.approx(truth[f"raw_{statistic}"], rel=1e-6, abs=1e-6)
    if "pnn" in truth:
        assert [channel["name"] for channel in first["channels"]] == [name.strip() for name in truth["pnn"]]


@needs_zoo
def test_a_list_mode_file_shows_both_data_sets_and_gating_asks_which():
    path = ZOO / "files" / "coulter.lmd"
    refuse(path, "2 data sets", "dataset=")
    code, answer = ask(path)
    assert code == 0
    coarse, fine = answer["datasets"]
    assert [one["version"] for one in (coarse, fine)] == ["FCS2.0", "FCS3.0"]
    assert (coarse["events"], fine["events"]) == (18110, 18110)
    # Both hold the same events, the second with ten more bits: each proves the other.
    for low, high in zip(coarse["statistics"][:2], fine["statistics"][:2], strict=True):
        assert high["mean"] / 1024 == pytest.approx(low["mean"], abs=1)
    assert ask(path, "--dataset", 2)[1]["statistics"] == fine["statistics"]


@needs_zoo
def test_where_header_and_text_disagree_the_one_that_fits_can_be_chosen():
    path = ZOO / "files" / "data_start_offset_discrepancy_example.fcs"
    code, answer = ask(path)
    assert code == 1
    assert "only that of TEXT" in answer["faults"][0]["hint"]
    code, answer = ask(path, "--offsets", "text")
    same = read_fcs(ZOO / "files" / "variable_int_example.fcs")
    assert [one["max"] for one in answer["statistics"]] == [same.raw(c.number).max() for c in same.channels]
