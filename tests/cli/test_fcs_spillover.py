"""The spillover and export commands: what a person and a program see, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from remnant.cli.app import app
from remnant.cytometry import ChannelSpec, read_fcs, read_spillover_csv, write_fcs

DETECTORS = ("APC-A", "PE-A")
SPILL = np.array([[1.0, 0.02], [0.15, 1.0]])
GATES = (
    '<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating" '
    'xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">'
    '<g:RectangleGate g:id="high"><g:dimension g:compensation-ref="FCS" g:min="1000">'
    '<d:fcs-dimension d:name="APC-A"/></g:dimension></g:RectangleGate>{}</g:Gating-ML>'
)


def ask(*words):
    return CliRunner().invoke(app, ["fcs", *map(str, words)])


@pytest.fixture
def controls(tmp_path):
    """Synthetic single stains of two dyes, an unstained tube and a sample that carries a matrix."""
    rng = np.random.default_rng(1)
    specs = [ChannelSpec("FSC-A"), *(ChannelSpec(name) for name in DETECTORS)]
    for name, stained in (("apc", (0,)), ("pe", (1,)), ("unstained", ()), ("sample", (0, 1))):
        dyes = np.zeros((1500, 2))
        for dye in stained:
            dyes[:, dye] = rng.choice([0, 8000], 1500) * np.exp(0.4 * rng.standard_normal(1500))
        light = dyes @ SPILL + 40
        light += np.sqrt(2 * light + 400) * rng.standard_normal(light.shape)
        events = np.column_stack([rng.normal(80_000, 6000, 1500), light])
        own = (DETECTORS, SPILL) if name == "sample" else None
        write_fcs(tmp_path / f"{name}.fcs", events, specs, spillover=own)
    return tmp_path


def stains(folder, apc="apc", pe="pe"):
    given = (f"CD34=APC-A={folder / apc}.fcs", f"CD38=PE-A={folder / pe}.fcs")
    return ("--stain", given[0], "--stain", given[1], "--unstained", folder / "unstained.fcs")


def test_a_matrix_is_made_from_controls_printed_with_errors_and_written(controls):
    shown = ask("spillover", *stains(controls), "--out", controls / "spill.csv")
    assert shown.exit_code == 0, shown.output
    assert "±" in shown.stdout
    assert "Condition number 1." in shown.stdout
    matrix = read_spillover_csv(controls / "spill.csv", read_fcs(controls / "sample.fcs"))
    assert matrix.dyes == DETECTORS
    assert np.abs(np.array(matrix.rows) - SPILL).max() < 0.002
    answer = json.loads(ask("spillover", *stains(controls), "--json").stdout)
    assert answer["spillover"]["rows"] == [list(row) for row in matrix.rows]
    assert answer["fits"][0]["positives"] > 500
    assert answer["errors"][0][0] == 0


def test_spectra_are_over_every_detector(controls):
    words = (*stains(controls), "--spectra", "--detectors", "PE-A,APC-A", "--json")
    answer = json.loads(ask("spillover", *words).stdout)
    assert answer["spillover"]["dyes"] == ["CD34", "CD38"]
    assert answer["spillover"]["detectors"] == ["PE-A", "APC-A"]
    assert max(answer["spillover"]["rows"][0]) == 1
    refused = ask("spillover", *stains(controls), "--spectra")
    assert refused.exit_code == 1
    assert "--detectors" in refused.stderr


def test_swapped_tubes_are_refused_both_at_once(controls):
    shown = ask("spillover", *stains(controls, apc="pe", pe="apc"))
    assert shown.exit_code == 1
    assert shown.stderr.count("were tubes swapped?") == 2


def test_the_matrix_of_a_file_is_shown_with_its_conditioning(controls):
    shown = ask("spillover", controls / "sample.fcs", "--out", controls / "own.csv")
    assert shown.exit_code == 0
    assert "Condition number" in shown.stdout
    assert read_spillover_csv(controls / "own.csv").rows == tuple(tuple(row) for row in SPILL.tolist())
    answer = json.loads(ask("spillover", controls / "sample.fcs", "--json").stdout)
    assert answer["condition"] == pytest.approx(np.linalg.cond(SPILL))
    bare = ask("spillover", controls / "apc.fcs")
    assert bare.exit_code == 0
    assert "used as stored" in bare.stdout
    assert json.loads(ask("spillover", controls / "apc.fcs", "--json").stdout)["spillover"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "found neither"),
        (("--stain", "CD34"), "NAME=VALUE"),
        (("--stain", "CD34=APC-A=nowhere.fcs"), "nowhere.fcs"),
    ],
)
def test_stains_that_cannot_be_read_are_refused(words, said):
    shown = ask("spillover", *words)
    assert shown.exit_code == 1
    assert said in shown.stderr


@pytest.mark.parametrize("form", ["h5ad", "csv", "parquet"])
def test_gated_events_leave_in_the_form_of_the_suffix(controls, form):
    (controls / "gates.xml").write_text(GATES.format(""))
    out = controls / f"out.{form}"
    words = ("--gates", controls / "gates.xml", "--within", "high", "--out", out, "--json")
    shown = ask("export", controls / "sample.fcs", *words)
    assert shown.exit_code == 0, shown.output
    answer = json.loads(shown.stdout)
    assert answer["events"] == answer["gates"][0]["events"] > 600
    if form == "h5ad":
        import anndata

        rows = anndata.read_h5ad(out).n_obs
    else:
        rows = (pl.read_csv if form == "csv" else pl.read_parquet)(out).height
    assert rows == answer["events"]


def test_another_suffix_and_an_unknown_gate_are_refused_and_a_broken_gate_exits_with_one(controls):
    shown = ask("export", controls / "sample.fcs", "--out", controls / "a.xlsx")
    assert shown.exit_code == 1
    assert ".parquet" in shown.stderr
    (controls / "gates.xml").write_text(GATES.format('<g:RectangleGate g:id="broken"/>'))
    words = (
        "export",
        controls / "sample.fcs",
        "--gates",
        controls / "gates.xml",
        "--out",
        controls / "a.csv",
    )
    assert "expected high" in ask(*words, "--within", "low").stderr
    shown = ask(*words)
    assert shown.exit_code == 1
    assert "gate broken is not evaluable" in shown.stdout
    assert pl.read_csv(controls / "a.csv")["broken"].null_count() == 1500


def test_a_tube_without_matrix_says_that_its_values_are_as_stored(controls):
    shown = ask("export", controls / "apc.fcs", "--out", controls / "a.csv")
    assert shown.exit_code == 0
    assert "as stored" in shown.stdout
