"""A matrix given on the command line, and values that no cytometer measured."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from remnant.cytometry import ChannelSpec, write_fcs

GATES = """<g:Gating-ML xmlns:g="http://www.isac-net.org/std/Gating-ML/v2.0/gating"
 xmlns:d="http://www.isac-net.org/std/Gating-ML/v2.0/datatypes">
<g:RectangleGate g:id="raw"><g:dimension g:compensation-ref="uncompensated" g:min="100">
 <d:fcs-dimension d:name="B"/></g:dimension></g:RectangleGate>
<g:RectangleGate g:id="own"><g:dimension g:compensation-ref="FCS" g:min="100">
 <d:fcs-dimension d:name="B"/></g:dimension></g:RectangleGate>
</g:Gating-ML>"""


def remnant(*arguments):
    command = [sys.executable, "-m", "remnant", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    rows = np.array([[1000.0, 150.0], [0.0, 150.0], [1000.0, 350.0]])
    write_fcs(tmp_path / "t.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")])
    (tmp_path / "gates.xml").write_text(GATES)
    (tmp_path / "spill.csv").write_text(",A,B\nA,1,0.2\nB,0,1\n")
    return tmp_path


def counts(done):
    return {gate["gate"]: gate["events"] for gate in json.loads(done.stdout)["gates"]}


def test_a_given_matrix_compensates_gates_that_ask_for_that_of_the_file(folder):
    given = ["fcs", "gate", folder / "t.fcs", "--gates", folder / "gates.xml", "--json"]
    assert counts(remnant(*given)) == {"raw": 3, "own": 3}
    assert counts(remnant(*given, "--spillover", folder / "spill.csv")) == {"raw": 3, "own": 2}


def test_a_matrix_of_other_channels_is_refused_by_name(folder):
    (folder / "spill.csv").write_text(",A,PE-A\nA,1,0.2\nPE-A,0,1\n")
    done = remnant(
        "fcs", "gate", folder / "t.fcs", "--gates", folder / "gates.xml", "--spillover", folder / "spill.csv"
    )
    assert done.returncode == 1
    assert "PE-A" in done.stderr
    assert "Traceback" not in done.stderr


def test_misread_values_are_not_gated_until_they_are_accepted(folder):
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(0, 1e31, 500), rng.normal(100, 10, 500)])
    write_fcs(folder / "t.fcs", rows, [ChannelSpec("A"), ChannelSpec("B", range=1e-3)])
    given = ["fcs", "gate", folder / "t.fcs", "--gates", folder / "gates.xml"]
    refused = remnant(*given)
    assert refused.returncode == 1
    assert "B is beyond any range" in refused.stderr
    assert "A is beyond" not in refused.stderr  # no gate asks for it
    accepted = remnant(*given, "--accept-implausible")
    assert accepted.returncode == 0
    assert "accepted" in accepted.stderr


def test_an_old_matrix_that_names_no_channels_fails_only_the_gates_that_ask_for_it(folder):
    rows = np.array([[1000.0, 150.0], [0.0, 150.0]])
    write_fcs(folder / "t.fcs", rows, [ChannelSpec("A"), ChannelSpec("B")], keywords={"$DFC1TO2": "20"})
    done = remnant("fcs", "gate", folder / "t.fcs", "--gates", folder / "gates.xml", "--json")
    assert done.returncode == 1
    gates = {gate["gate"]: gate for gate in json.loads(done.stdout)["gates"]}
    assert gates["raw"]["events"] == 2
    assert "$DFC1TO2" in gates["own"]["reason"]
