import json

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app


def run(*words):
    return CliRunner().invoke(app, ["karyotype", "read", *words])


def test_a_karyotype_is_read_to_k_of_n():
    result = run("46,xx,del(5)(q14q34)[6]/44~45,xx,idem,-7[3]/46,xx[7]")
    assert result.exit_code == 0
    assert "del(5q): 9 of 16." in result.stdout
    assert "46,XX,del(5)(q14q34)[6]/44~45,XX,idem,-7[3]/46,XX[7]" in result.stdout


def test_a_nuc_ish_string_is_read_to_k_of_n():
    assert "EGR1 changed: 150 of 200." in run("nuc ish(D5S23x2,EGR1x1)[150/200]").stdout


@pytest.mark.parametrize("text", ["46,XX,del(5)(q13q33)[18]/46,XX[2]", "nuc ish(D5S23x2,EGR1x1)[18/20]"])
def test_json_holds_the_strict_spelling_and_the_count(text):
    answer = json.loads(run(text, "--json").stdout)
    assert answer["strict"] == text
    assert (answer.get("cells") or answer["nuclei"])["abnormal"] == 18


def test_what_was_unclear_is_said():
    result = run("46,XX,wonder(5)[3]/46,XX[4]")
    assert "Position 7 'wonder(5)': not read." in result.stdout
    assert "not certain" in result.stdout


def test_a_refusal_names_the_position():
    result = run("46,XX,del(5[3]")
    assert result.exit_code == 1
    assert "position 10" in result.stderr
