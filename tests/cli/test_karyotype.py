import json

import pytest
from typer.testing import CliRunner

from remnant.cli.app import app


def run(*words, **options):
    return CliRunner().invoke(app, ["karyotype", "read", *words], **options)


def answers(text, tmp_path):
    file = tmp_path / "strings.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = run("--file", str(file), "--json")
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


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
    assert (answer["counted"]["cells"] or answer["counted"]["nuclei"])["abnormal"] == 18


def test_what_was_unclear_is_said():
    result = run("46,XX,wonder(5)[3]/46,XX[4]")
    assert "Position 7 'wonder(5)': not read." in result.stdout
    assert "not certain" in result.stdout


def test_a_refusal_names_the_position_and_points_at_it():
    result = run("46,XX,del(5[3]")
    assert result.exit_code == 1
    assert "position 10" in result.stderr
    text, caret, _ = result.stderr.splitlines()
    assert text[caret.index("^")] == "("


def test_one_string_of_several_that_cannot_be_read_stops_none_of_the_others():
    result = run("46,XX[20]", "nuc ish(EGR1x1)[210/200]", "46,XY[20]", "--json")
    assert result.exit_code == 1
    assert [json.loads(line)["ok"] for line in result.stdout.splitlines()] == [True, False, True]


def test_every_line_of_a_file_gives_one_object_in_its_order(tmp_path):
    text = "46,XX,del(5)(q13q33)[18]/46,XX[2]\n\nnuc ish(D5S23x2,EGR1x1)[150/200]\n46,XX,del(5[3]\n"
    found = answers(text, tmp_path)
    assert [one["line"] for one in found] == [1, 2, 3, 4]
    assert [one["text"] for one in found] == text.splitlines()
    assert [one["ok"] for one in found] == [True, False, True, False]
    assert [one["error"] and one["error"]["position"] for one in found] == [None, 1, None, 10]
    assert set(found[1]["error"]) == {"position", "found", "expected", "suggestion", "message"}
    assert found[3]["error"]["found"] == "("
    assert all(set(one) == set(found[0]) for one in found)


def test_the_abnormalities_of_a_subclone_hold_those_that_it_inherits(tmp_path):
    (found,) = answers("46,XX,del(5)(q13q33)[12]/47,sl,+8[5]/46,XX[3]", tmp_path)
    assert [clone["abnormalities"] for clone in found["clones"]] == [
        ["del(5)(q13q33)"],
        ["del(5)(q13q33)", "+8"],
        [],
    ]
    assert [clone["own"] for clone in found["clones"]] == [["del(5)(q13q33)"], ["+8"], []]
    assert [clone["cells"] for clone in found["clones"]] == [12, 5, 3]
    assert [clone["normal"] for clone in found["clones"]] == [False, False, True]
    assert found["cells_total"] == 20


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf46,XX[20]\r\nnuc ish(EGR1x1,D5S23x2)[3/20]\r\n",
        "46,XX[20]\r\nnuc ish(EGR1x1,D5S23x2)[3/20]".encode("utf-16"),
        b"46,XX[20]\rnuc ish(EGR1x1,D5S23x2)[3/20]\r",
        b"\"46,XX[20]\"\n'nuc ish(EGR1x1,D5S23x2)[3/20]'\n",
        b"\t46,XX[20] \n  nuc ish(EGR1\xc3\x971,D5S23\xc3\x972)\t[3/20]\n",
    ],
)
def test_byte_order_marks_line_endings_quotes_and_tabs_change_nothing(text, tmp_path):
    one, two = answers(text, tmp_path)
    assert (one["strict"], one["cells_total"]) == ("46,XX[20]", 20)
    assert two["strict"] == "nuc ish(EGR1x1,D5S23x2)[3/20]"


def test_positions_are_those_of_the_line_as_given(tmp_path):
    one, two = answers('  "46,XX,del(5[3]"\n46,XX[20].nuc ish(D5S23x2,EGR1)[1/20]\n', tmp_path)
    assert one["text"][one["error"]["position"] - 1] == "("
    assert two["text"][two["error"]["position"] - 1 :].startswith("EGR1)")
    assert two["clones"][0]["cells"] == 20


def test_a_line_that_is_no_utf_8_is_refused_alone(tmp_path):
    one, two = answers(b"nuc ish(EGR1\xd71)[3/20]\n46,XX[20]\n", tmp_path)
    assert not one["ok"]
    assert one["error"]["suggestion"] == "save the file as UTF-8"
    assert two["ok"]


def test_standard_input_is_read_for_a_dash():
    result = run("--file", "-", "--json", input="46,XX[20]\nwords\n")
    assert [json.loads(line)["ok"] for line in result.stdout.splitlines()] == [True, False]


def test_every_probe_of_every_pattern_has_its_entry(tmp_path):
    (found,) = answers("nuc ish(D5S23x2,EGR1x1)[150/200]/(D5S23x1,EGR1x1)[8/200],(CEP8x2)[100]", tmp_path)
    entries = found["nuc_ish"]
    assert [one["probe"] for one in entries] == ["D5S23", "EGR1", "D5S23", "EGR1", "CEP8"]
    assert [one["copies"] for one in entries] == [2, 1, 1, 1, 2]
    assert [one["abnormal"] for one in entries] == [0, 150, 8, 8, 0]
    assert [one["alone"] for one in entries] == [False, True, False, False, False]
    assert [one["nuclei"] for one in entries] == [200, 200, 200, 200, 100]
    assert [one["pattern_nuclei"] for one in entries] == [150, 150, 8, 8, 100]
    assert found["counted"]["nuclei"] == {"abnormal": 150, "scored": 200, "uncertain": False}


def test_amplified_and_joined_probes_say_so(tmp_path):
    (found,) = answers("nuc ish(MYC amp,ABL1x3~4,BCRx3)(ABL1 con BCRx2)[50/200]", tmp_path)
    one, two, _, four = found["nuc_ish"]
    assert (one["copies"], one["level"], one["abnormal"]) == (None, "amp", 50)
    assert (two["copies"], two["copies_at_most"]) == (3, 4)
    assert (four["probe"], four["probes"], four["relation"]) == ("ABL1 con BCR", ["ABL1", "BCR"], "con")


def test_metaphases_and_arrays_stand_apart_from_nuclei(tmp_path):
    text = "46,XX[20].ish del(5)(q31q31)(EGR1-)[12].arr[GRCh38] 5q14.1q33.3(80000000_155000000)x1[0.6]"
    (found,) = answers(text, tmp_path)
    assert found["nuc_ish"] == []
    assert found["cells_total"] == 20
    assert found["ish"][0]["cells"] == 12
    assert found["arrays"][0]["findings"][0]["fraction"] == 0.6
    assert found["strict"] == text


def test_for_people_a_table_and_the_refused_lines(tmp_path):
    file = tmp_path / "strings.txt"
    file.write_text("46,XX[20]\nwords\n")
    result = run("--file", str(file))
    assert result.exit_code == 1
    assert "1 of 2 strings read, 1 refused." in result.stdout
    assert "Line 2: words" in result.stderr


def test_an_abnormality_that_cannot_be_read_is_no_fault_of_the_strings():
    result = run("46,XX[20]", "--abnormality", "wonder")
    assert result.exit_code == 1
    assert "one abnormality" in result.stderr


def test_nothing_to_read_is_wrong_usage(tmp_path):
    file = tmp_path / "strings.txt"
    file.write_text("46,XX[20]\n")
    assert run().exit_code == 2
    assert run("46,XX[20]", "--file", str(file)).exit_code == 2


@pytest.mark.parametrize("text", [b"", b"\n\n\n", b"\x00\xff\xfe\n", "🧬\u2028x\n".encode()])
def test_any_bytes_give_valid_objects_one_for_each_line(text, tmp_path):
    found = answers(text, tmp_path)
    assert len(found) == text.count(b"\n")
    assert not any(one["ok"] for one in found)
