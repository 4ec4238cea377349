"""The command that draws a gating strategy: one file, whose ending says what it is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cytometry import ChannelSpec, write_fcs

GATES = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
    '<g:RectangleGate g:id="high"><g:dimension g:compensation-ref="uncompensated" g:min="500">'
    '<d:fcs-dimension d:name="APC-A"/></g:dimension></g:RectangleGate>{}</g:Gating-ML>'
)
STARTS = {"html": b"<!doctype html>", "svg": b"<svg ", "png": b"\x89PNG", "pdf": b"%PDF", "SVG": b"<svg "}


def draw(folder, out, *words, more=""):
    write_fcs(folder / "tube.fcs", np.linspace(0, 999, 400)[:, None], [ChannelSpec("APC-A", "CD34")])
    (folder / "gates.xml").write_text(GATES.format(more))
    asked = (
        "fcs",
        "figure",
        folder / "tube.fcs",
        "--gates",
        folder / "gates.xml",
        "--out",
        folder / out,
        *words,
    )
    return CliRunner().invoke(app, [str(word) for word in asked])


@pytest.mark.parametrize("ending", STARTS)
def test_the_ending_says_what_is_written(tmp_path, ending):
    shown = draw(tmp_path, f"page.{ending}")
    assert shown.exit_code == 0
    assert "plots: 1, gates: 1." in shown.stdout
    assert (tmp_path / f"page.{ending}").read_bytes().startswith(STARTS[ending])


def test_a_program_gets_the_counts(tmp_path):
    answer = json.loads(draw(tmp_path, "page.svg", "--json").stdout)
    assert answer["gates"][0]["events"] == 200
    assert answer["written"].endswith("page.svg")


@pytest.mark.parametrize(
    ("out", "found"), [("page.gif", ".gif"), ("page", "no ending"), ("no/page.svg", "no")]
)
def test_a_file_that_cannot_be_written_is_refused_before_any_work(tmp_path, out, found):
    shown = draw(tmp_path, out)
    assert shown.exit_code == 1
    assert found in shown.stderr
    assert "--out" in shown.stderr
    assert json.loads(draw(tmp_path, out, "--json").stdout)["error"] == "SettingError"
    assert not (tmp_path / out).exists()


def test_a_broken_gate_is_drawn_with_its_reason_and_exits_with_one(tmp_path):
    shown = draw(tmp_path, "page.html", more='<g:RectangleGate g:id="broken"/>')
    assert shown.exit_code == 1
    assert "Not evaluable: gate broken" in shown.stdout
    page = (tmp_path / "page.html").read_text()
    assert "broken: not evaluable" in page
    assert "high" in page
