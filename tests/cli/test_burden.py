"""`remnant burden`: the worked products by every method, and input to mend."""

import json

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app

COUNTS = ["burden", "--events", "45", "--cells", "1000000", "--abnormal"]


def asked(*more):
    found = CliRunner().invoke(app, [*COUNTS, *more])
    return found.exit_code, found.output


def answered(*more):
    code, text = asked(*more, "--json")
    assert code == 0
    answer = json.loads(text)
    return answer, {item["method"]: item for item in answer["methods"]}


def test_45_in_a_million_and_12_of_40_by_every_method():
    answer, methods = answered("12", "--nuclei", "40")
    limits = {name: (round(item["lower"], 1), round(item["upper"], 1)) for name, item in methods.items()}
    assert limits["counts alone"] == (7.3, 22.4)
    assert limits["log-delta"] == (7.7, 23.5)
    assert limits["worst case"][0] < limits["posterior"][0] < 7.5
    assert answer["per_million"]["evidence"] == "detected"
    assert answer["frequency"]["value"] == pytest.approx(45e-6)


def test_no_clonal_nucleus_has_a_bound_and_no_delta_method():
    answer, methods = answered("0", "--nuclei", "40")
    assert round(methods["counts alone"]["upper"], 1) == 2.8
    assert methods["log-delta"]["upper"] is None
    assert answer["per_million"]["evidence"] == "not detected"
    assert answer["per_million"]["upper"] > methods["posterior"]["upper"]


def test_background_is_taken_off_and_impurity_too():
    plain, _ = answered("12", "--nuclei", "40")
    leaky, _ = answered("12", "--nuclei", "40", "--background", "6/500000")
    assert leaky["background_events"] == 12
    assert leaky["per_million"]["value"] < 0.85 * plain["per_million"]["value"]
    impure, methods = answered("12", "--nuclei", "40", "--purity", "70/100", "--contaminant", "30/100")
    assert impure["frequency"] == plain["frequency"]
    assert methods["worst case"]["lower"] < methods["log-delta"]["lower"]


def test_no_nuclei_is_not_evaluable_and_no_number():
    answer, methods = answered("0", "--nuclei", "0")
    assert answer["per_million"]["evidence"] == "not evaluable"
    assert {item["value"] for item in methods.values()} == {None}


def test_the_sentence_comes_first():
    code, text = asked("12", "--nuclei", "40")
    assert code == 0
    assert text.startswith("Malignant cells in the compartment: 13 per million")


@pytest.mark.parametrize(
    "wrong",
    [
        ["12", "--nuclei", "10"],
        ["1", "--nuclei", "40", "--background", "6"],
        ["1", "--nuclei", "40", "--fewest", "50"],
        ["1", "--nuclei", "40", "--most", "20"],
        ["1", "--nuclei", "40", "--contaminant", "1/20"],
        ["1", "--nuclei", "40", "--purity", "20/1"],
    ],
)
def test_input_to_mend_is_said(wrong):
    code, text = asked(*wrong)
    assert code == 1
    assert "command line" in text
