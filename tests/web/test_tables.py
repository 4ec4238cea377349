"""Tables in the app: rows are typed, changed, taken out and pasted, with and without scripts."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from remnant.service.entry.table_files import table_file
from remnant.store.access.people import add_person
from remnant.store.files.trees import put_folder
from remnant.store.studies.studies import create_study, study_called
from remnant.store.trail.audit import entries
from remnant.study.tables import TABLES

SMALL = Path(__file__).parents[1] / "service" / "small"
BASE = "/s/small/tables"
API = "/api/v1/studies/small/tables"
SLIDE = {"c-sample_id": "P1-d90", "c-compartment": "stem", "c-probe": "EGR1"}
COUNTED = SLIDE | {"c-nuclei_scored": "50", "c-nuclei_abnormal": "37"}
LIVE = {"HX-Request": "true"}


@pytest.fixture
def record(lab):
    return create_study(lab, who="anna", title="Small", tree=put_folder(lab, SMALL), synthetic=True)


@pytest.fixture
def ask(visit, record):
    return visit()


def head(lab):
    return study_called(lab, "small").head


def text_of(answer):
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_its_rows_its_form_and_its_paste(ask, table):
    assert ask.get(f"{BASE}/{table}").status_code == 200
    assert ask.get(f"{BASE}/{table}/paste").status_code == 200
    form = ask.get(f"{BASE}/{table}/new")
    assert form.status_code == 200
    schema = TABLES[table]
    said = text_of(form)
    for column in schema.columns:
        assert column.meaning.rstrip(".") in said
    assert (
        form.text.count("<label") >= len(schema.columns) - 6
    )  # the doses of a plate are named by their heads
    assert ("needed" in said) == any(column.required for column in schema.columns)


def test_the_overview_names_every_table(ask):
    page = ask.get(BASE)
    for table in TABLES:
        assert f'href="{BASE}/{table}"' in page.text


def test_a_slide_is_typed_in_without_scripts(ask, lab):
    sent = ask.post(f"{BASE}/fish/new", data=COUNTED | {"why": "scored today"})
    assert sent.status_code == 303
    assert sent.headers["location"] == f"{BASE}/fish?at=7&saved=2#row-7"
    shown = ask.get(sent.headers["location"])
    assert "Saved as revision 2" in shown.text
    assert 'id="row-7" class="fresh"' in shown.text
    assert entries(lab)[0].why == "scored today"


def test_another_like_it_begins_with_what_was_typed(ask):
    sent = ask.post(f"{BASE}/fish/new", data=COUNTED | {"again": "yes"})
    form = ask.get(sent.headers["location"])
    assert 'value="P1-d90"' in form.text
    assert "Saved as revision 2" in form.text


def test_a_row_that_is_wrong_is_said_at_its_fields_and_kept_as_typed(ask, lab):
    wrong = COUNTED | {"c-nuclei_abnormal": "<b>51", "c-sample_id": "P1-d9", "c-probe": "", "why": "mine"}
    sent = ask.post(f"{BASE}/fish/new", data=wrong)
    assert sent.status_code == 422
    for name in ("nuclei_abnormal", "sample_id", "probe"):
        at = re.search(rf'<div id="f-{name}-at"[^>]*>(.*?)</div>', sent.text, re.S)
        assert "expected" in at[1]
    assert sent.text.count('aria-invalid="true"') == 3
    assert 'value="&lt;b&gt;51"' in sent.text
    assert 'value="mine"' in sent.text
    assert head(lab) == 1


def test_a_field_is_checked_when_it_is_left(ask):
    at = ask.post(
        f"{BASE}/fish/check?column=nuclei_abnormal", data=COUNTED | {"c-nuclei_abnormal": "51"}, headers=LIVE
    )
    assert "at most nuclei_scored = 50" in at.text
    assert ask.post(f"{BASE}/fish/check?column=probe", data=COUNTED, headers=LIVE).text.strip() == ""


def test_a_slide_says_its_clone_while_it_is_typed(ask, lab):
    said = ask.post(f"{BASE}/fish/preview", data=COUNTED, headers=LIVE)
    assert "37 of 50 nuclei abnormal" in text_of(said)
    assert "5 control slides of EGR1" in text_of(said)
    assert "<html" not in said.text
    plain = ask.post(f"{BASE}/fish/preview", data=COUNTED)
    assert "37 of 50 nuclei abnormal" in text_of(plain)
    assert 'value="37"' in plain.text
    assert head(lab) == 1


def test_the_place_of_a_karyotypes_error_is_marked_beneath_it(ask):
    said = ask.post(f"{BASE}/karyotypes/preview", data={"c-iscn": "46,XX,del(5)(q13q33[18]"}, headers=LIVE)
    assert "<mark>(</mark>" in said.text


def test_a_plate_is_typed_in_dose_by_dose(ask, lab):
    doses = {"c-sample_id": "P1-d90", "c-compartment": "stem", "c-assay": "LTC-IC", "doses": "yes"}
    for place, (cells, positive) in enumerate([(30, 9), (100, 20)]):
        doses |= {
            f"d{place}-cells_per_well": cells,
            f"d{place}-wells_tested": 24,
            f"d{place}-wells_positive": positive,
        }
    said = text_of(ask.post(f"{BASE}/dilution_plates/preview", data=doses, headers=LIVE))
    assert "1 in 59" in said
    assert "single-hit is 1" in said
    more = ask.post(f"{BASE}/dilution_plates/new", data=doses | {"more": "yes"})
    assert more.status_code == 200
    assert 'name="d5-wells_tested"' in more.text
    assert head(lab) == 1
    sent = ask.post(
        f"{BASE}/dilution_plates/new",
        data=doses | {"d4-cells_per_well": "300", "d4-wells_tested": "24", "d4-wells_positive": "25"},
    )
    assert sent.status_code == 422
    assert re.search(r'name="d4-wells_positive"[^>]*aria-invalid="true"', sent.text)
    assert head(lab) == 1
    assert ask.post(f"{BASE}/dilution_plates/new", data=doses).status_code == 303
    assert len(table_file(lab, study_called(lab, "small").tree, "dilution_plates").rows) == 4


def test_what_is_wrong_with_a_plate_is_said_wherever_its_first_dose_stands(ask, lab):
    plate = {"doses": "yes", "c-sample_id": "P1-d9", "c-compartment": "stem", "c-assay": "LTC-IC"}
    dose = {"d3-cells_per_well": "many", "d3-wells_tested": "60", "d3-wells_positive": "3"}
    sent = ask.post(f"{BASE}/dilution_plates/new", data=plate | dose)
    assert sent.status_code == 422
    sample, _, doses = unescape(sent.text).partition('<table class="grid doses">')
    assert "Found 'P1-d9'; expected a name in samples.csv" in sample
    assert doses.count('class="said-at"') == 1  # of the one dose that is wrong, under its label
    assert re.search(r"<b>Cells per well</b>\s*<ul class=\"at\"><li>Found 'many'", doses)
    assert head(lab) == 1


def test_an_empty_plate_is_no_plate(ask, lab):
    sent = ask.post(f"{BASE}/dilution_plates/new", data={"doses": "yes", "d0-wells_tested": ""})
    assert sent.status_code == 422
    assert head(lab) == 1


def test_a_row_is_changed_with_a_reason(ask, lab):
    form = ask.get(f"{BASE}/fish/rows/3")
    assert 'value="95"' in form.text
    change = {"c-nuclei_abnormal": "94", "head": "1"}
    refused = ask.post(f"{BASE}/fish/rows/3", data=change)
    assert refused.status_code == 422
    assert "nothing; expected why the row changes" in text_of(refused)
    assert 'value="94"' in refused.text
    assert head(lab) == 1
    assert ask.post(f"{BASE}/fish/rows/3", data=change | {"why": "recounted"}).status_code == 303
    assert head(lab) == 2


def test_somebody_who_was_faster_is_shown_beside_what_was_typed(ask, lab):
    ask.post(f"{BASE}/fish/rows/3", data={"c-nuclei_abnormal": "94", "head": "1", "why": "recounted"})
    late = ask.post(f"{BASE}/fish/rows/3", data={"c-nuclei_abnormal": "93", "head": "1", "why": "I too"})
    assert late.status_code == 409
    assert "Somebody else changed this table" in late.text
    assert re.search(r"nuclei_abnormal\s*93\s*94", text_of(late))  # yours beside theirs
    assert 'value="93"' in late.text
    assert head(lab) == 2
    again = re.search(r'name="head" value="(\d+)"', late.text)[1]
    assert again == "2"
    sent = ask.post(f"{BASE}/fish/rows/3", data={"c-nuclei_abnormal": "93", "head": again, "why": "I too"})
    assert sent.status_code == 303


def test_a_row_that_another_took_out_can_be_saved_as_a_new_one(ask, lab):
    ask.post(f"{BASE}/karyotypes/rows/2/remove", data={"head": "1", "why": "another patient's"})
    late = ask.post(
        f"{BASE}/karyotypes/rows/2", data={"c-iscn": "46,XX[20]", "head": "1", "why": "corrected"}
    )
    assert late.status_code == 409
    assert "no longer there" in late.text
    assert f'action="{BASE}/karyotypes/new"' in late.text


def test_a_row_is_taken_out_with_a_reason(ask, lab):
    refused = ask.post(f"{BASE}/fish/rows/6/remove", data={"head": "1"})
    assert refused.status_code == 422
    assert "<details open" in refused.text
    assert head(lab) == 1
    assert ask.post(f"{BASE}/fish/rows/6/remove", data={"head": "1", "why": "twice"}).status_code == 303
    assert head(lab) == 2


def test_blood_counts_are_pasted_seen_and_saved_all_or_none(ask, lab):
    text = "patient_id\tdate\tPlatelets\nP1\t2020-06-01\t88\nP1\t2020-06-08\t8,8\n"
    bad = ask.post(f"{BASE}/blood_counts/paste", data={"text": text, "save": "yes"})
    assert bad.status_code == 422
    assert '<td class="wrong">8,8<ul class="at"><li>Found' in bad.text  # at its cell
    assert "decimal point" in bad.text
    assert text.splitlines()[2] in unescape(bad.text)
    good = text.replace("8,8", "88")
    shown = ask.post(f"{BASE}/blood_counts/paste", data={"text": good})
    assert "2 rows to add" in text_of(shown)
    assert head(lab) == 1
    assert ask.post(f"{BASE}/blood_counts/paste", data={"text": good, "save": "yes"}).status_code == 303
    assert head(lab) == 2
    assert "no such column" not in text_of(ask.post(f"{BASE}/blood_counts/paste", data={"text": ""}))


@pytest.mark.parametrize(
    "address",
    [
        f"{BASE}/nope",
        f"{BASE}/fish/rows/2",
        f"{BASE}/fish/rows/999999999999",
        f"{BASE}/..%2fstudy",
        "/s/nope/tables",
    ],
)
def test_what_is_not_there_is_said_in_words(ask, address):
    assert ask.get(address).status_code == 404


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "patient=-1", "sort=" + "x" * 99, "at=-2", f"saved={10**20}"]
)
def test_an_address_that_means_nothing_is_no_failure_of_ours(ask, query):
    assert ask.get(f"{BASE}/fish?{query}").status_code in (200, 422)


def test_rows_are_sorted_and_chosen_by_number_never_by_name(ask):
    page = ask.get(f"{BASE}/fish?patient=1&sort=nuclei_abnormal&down=true")
    cells = re.findall(r'<td class="number">(\d+)</td><td class="number">(\d+)</td>', page.text)
    assert [abnormal for _, abnormal in cells] == ["190", "95", "4"]
    assert 'aria-sort="descending"' in page.text
    assert not re.search(r'href="[^"]*P1', page.text)


def test_a_viewer_sees_rows_and_no_way_to_change_them(visit, lab, record):
    add_person(lab, who="x", name="ada", role="admin")
    token = add_person(lab, who="x", name="vera", role="viewer")
    vera = visit(secure=True)
    vera.headers["Authorization"] = f"Bearer {token}"
    page = vera.get(f"{BASE}/fish")
    assert page.status_code == 200
    assert "P1-d90" in page.text
    assert f"{BASE}/fish/new" not in page.text
    assert f"{BASE}/fish/rows/" not in page.text
    for address, data in (
        ("new", COUNTED),
        ("rows/3", COUNTED | {"why": "x"}),
        ("rows/3/remove", {"why": "x"}),
        ("paste", {"text": "P1-d90\tstem\tEGR1\t5\t1", "save": "yes"}),
    ):
        assert vera.post(f"{BASE}/fish/{address}", data=data).status_code == 403
    assert vera.post(f"{API}/fish/rows", json={"rows": [{"probe": "x"}]}).status_code == 403
    assert visit(secure=True).get(f"{API}/fish").status_code == 401
    assert head(lab) == 1


def test_programs_read_add_change_and_take_out_rows(ask, lab):
    tables = {one["name"]: one for one in ask.get(API).json()}
    assert tables["fish"]["rows"] == 3
    assert ask.get(f"{API}/fish").json()["rows"][0]["values"]["nuclei_abnormal"] == "95"
    row = {name[2:]: value for name, value in COUNTED.items()} | {"nuclei_scored": 50, "iscn": None}
    assert ask.post(f"{API}/fish/check", json={"rows": [row]}).json() == {"sound": True, "faults": []}
    added = ask.post(f"{API}/fish/rows", json={"rows": [row], "why": "scored"})
    assert (added.status_code, added.json()) == (201, {"revision": 2, "lines": [7]})
    bad = ask.post(f"{API}/fish/rows", json={"rows": [row | {"nuclei_abnormal": 51}]})
    assert bad.status_code == 422
    assert bad.json()["faults"][0]["column"] == "nuclei_abnormal"
    change = {"values": {"nuclei_abnormal": 36}, "why": "recounted", "revision": 2}
    assert ask.request("PATCH", f"{API}/fish/rows/7", json=change).json() == {"revision": 3, "lines": [7]}
    late = ask.request("PATCH", f"{API}/fish/rows/7", json=change | {"values": {"nuclei_abnormal": 35}})
    assert late.status_code == 409
    gone = ask.post(f"{API}/fish/rows/7/remove", json={"why": "twice", "revision": 3})
    assert gone.json() == {"revision": 4, "lines": []}
    said = ask.post(f"{API}/fish/preview", json={"rows": [row]}).json()
    assert said["answers"][0]["evidence"] == "detected"
    assert head(lab) == 4


@pytest.mark.parametrize(
    "body",
    [{}, {"rows": []}, {"rows": [{}]}, {"rows": "x"}, {"rows": [{"probe": ["x"]}]}, {"rows": [{"x": "1"}]},
     {"rows": [{"probe": "\ud800"}]}, {"rows": [{"probe": "x"}], "why": "y" * 600},
     {"rows": [{"probe": float("nan")}]}],
)  # fmt: skip
def test_nonsense_of_a_program_is_answered_with_faults_and_changes_nothing(ask, lab, body):
    sent = ask.post(
        f"{API}/fish/rows", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert sent.status_code == 422
    assert sent.json()["faults"]
    assert head(lab) == 1


def test_what_programs_can_ask_is_documented_with_examples(ask):
    paths = ask.get("/api/v1/openapi.json").json()["paths"]
    table = "/api/v1/studies/{slug}/tables/{table}"
    assert {f"{table}/rows", f"{table}/rows/{{line}}", f"{table}/check", f"{table}/preview"} <= set(paths)
    assert all(
        way.get("description") for path in paths if path.startswith(table) for way in paths[path].values()
    )


@pytest.mark.parametrize("text", ['"a"' + " " * 300_000 + "x", "46,XX," * 50_000])
def test_a_karyotype_without_end_keeps_nobody_waiting(ask, text):
    said = ask.post(f"{BASE}/karyotypes/preview", data={"c-iscn": text}, headers=LIVE)
    assert said.status_code == 200
    assert "at most 100,000 letters" in said.text
    program = ask.post(f"{API}/karyotypes/preview", json={"rows": [{"iscn": text}]}).json()
    assert program["faults"][0]["column"] == "iscn"
