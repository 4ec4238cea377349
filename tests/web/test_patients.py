"""Pages of what was found: of all, of one patient, of what was kept; and what a wrong address is told."""

import json

import pytest

from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import put_folder, put_tree
from remnant.store.studies.results import kept
from remnant.store.studies.studies import create_study, revise, study_called


@pytest.fixture
def reader(analysed, visit):
    """Somebody at this machine, with the analysed study."""
    return visit(store=analysed)


def test_the_cohort_and_each_patient_have_a_page_with_the_words_of_the_report(reader, cases):
    page = reader.get("/s/four")
    assert page.status_code == 200
    for word in ("Statements tested", "Methods", "/s/four/patients/1"):
        assert word in page.text
    for number, timeline in enumerate(cases.example().timelines, 1):
        page = reader.get(f"/s/four/patients/{number}")
        assert page.status_code == 200
        assert timeline.patient_id not in page.text or "<" not in timeline.patient_id
        assert "For research use only" in page.text


def test_no_page_holds_a_style_or_a_program_of_its_own(reader):
    for where in ("/s/four", "/s/four/patients/1", "/s/four/patients", "/s/four/results", "/s/four/what-if"):
        text = reader.get(where).text
        assert " style=" not in text
        assert "<style" not in text
        assert "<script>" not in text
        assert "onclick" not in text


def test_a_page_is_sent_packed_and_not_again_to_who_has_it(reader):
    first = reader.get("/s/four/patients/1", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    plain = reader.get("/s/four/patients/1", headers={"Accept-Encoding": "identity"})
    assert plain.text == first.text
    again = reader.get("/s/four/patients/1", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_reader_who_logs_in_leaves_no_page_in_the_browser(analysed, visit):
    secure = visit(store=analysed, secure=True)
    answer = secure.get("/s/four/patients/1")
    assert answer.status_code in (302, 303, 401)
    assert answer.headers["cache-control"] == "no-store"


def test_charts_of_a_page_come_from_the_addresses_that_it_names(reader):
    text = reader.get("/s/four/patients/1").text
    places = [part.split('"')[0].replace("&amp;", "&") for part in text.split('data-src="')[1:]]
    charts = [place for place in places if "/charts/" in place]
    assert charts
    for place in charts:
        assert isinstance(reader.get(place).json(), dict | list)
    assert reader.get("/s/four/charts/1/nothing.json").status_code == 404


def test_a_name_that_is_looked_for_never_stands_in_an_address(reader):
    """An address lands in the log of a proxy and in the history of a browser."""
    page = reader.get("/s/four/patients").text
    form = page[
        page.index('<form class="choose"') : page.index("</form>", page.index('<form class="choose"'))
    ]
    assert 'method="post"' in form
    assert "hx-post" in form
    assert "hx-get" not in form
    assert "push-url" not in form


def test_patients_are_found_by_name_and_by_state_and_a_wrong_word_is_said_at_its_field(reader):
    rows = reader.get("/api/v1/studies/four/patients").json()
    state = rows[0]["state"]
    page = reader.get("/s/four/patients", params={"state": state})
    shown = [row for row in rows if row["state"] == state]
    assert f"{len(shown)} of {len(rows)} patients" in page.text
    assert len(reader.get("/api/v1/studies/four/patients", params={"state": state}).json()) == len(shown)
    name = rows[1]["patient_id"]
    named = reader.post("/s/four/patients", data={"find": f" {name.upper()} "})
    assert f"1 of {len(rows)} patients" in named.text
    assert f"of {len(rows)} patients" in reader.post("/s/four/patients", data={}).text
    wrong = reader.get("/s/four/patients", params={"persistence": "sparred"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    said = reader.get("/api/v1/studies/four/patients", params={"persistence": "sparred"})
    assert said.status_code == 422
    assert said.json()["faults"][0]["column"] == "persistence"


@pytest.mark.parametrize(
    "where",
    [
        "/s/nobody",
        "/s/four/patients/0",
        "/s/four/patients/99",
        "/s/four/figures/nothing.svg",
        "/s/four/figures/cohort.exe",
        "/s/four/results/999/tables.zip",
        "/s/four/results/1/files/..%2F..%2Fremnant.db",
        "/s/four/results/1/files/nothing.csv",
        "/s/four/results/compare?first=1&second=77",
        "/api/v1/studies/four/patients/99",
        "/api/v1/studies/nobody/findings",
    ],
)
def test_what_is_not_there_is_said_and_not_broken(reader, where):
    answer = reader.get(where)
    assert answer.status_code == 404
    assert "remnant.db" not in answer.text or "file" in answer.text


def test_a_study_that_is_not_analysed_says_what_it_can_answer_and_shows_what_was_entered(
    lab, visitor, study_folder
):
    create_study(lab, who="anna", title="Fresh", tree=put_folder(lab, study_folder), synthetic=True)
    page = visitor.get("/s/fresh")
    assert "What an analysis can answer" in page.text
    assert "Analyse</button>" in page.text
    assert visitor.get("/s/fresh/patients").status_code == 200
    patient = visitor.get("/s/fresh/patients/2")
    assert "As entered" in patient.text
    assert visitor.get("/s/fresh/patients/3").status_code == 404
    assert "no fit yet" in visitor.get("/s/fresh/what-if").text
    started = visitor.post("/s/fresh/analyse", data={"forecast": "no"})
    assert started.status_code == 303
    assert started.headers["location"].startswith("/jobs/")
    assert "Being analysed" in visitor.get("/s/fresh").text


def test_a_study_that_cannot_be_read_says_what_to_mend(lab, visitor):
    create_study(lab, who="anna", title="Empty", tree=put_tree(lab, {}))
    page = visitor.get("/s/empty")
    assert page.status_code == 200
    assert "cannot be read" in page.text


def test_every_page_of_an_analysis_says_when_the_study_has_changed_since(analysed, visit):
    reader = visit(store=analysed)
    record = study_called(analysed, "four")
    if record.head == 1:
        tree = put_tree(analysed, {"note.txt": put_bytes(analysed, b"a note")})
        revise(analysed, record, who="ben", tree=tree, expected=1, changes=[], why="a slide was recounted")
    for where in ("/s/four", "/s/four/patients/1"):
        text = reader.get(where).text
        assert "The study has changed since this analysis" in text
        assert "a slide was recounted" in text
        assert "Run again" in text


def test_results_are_listed_with_their_files_and_can_be_taken(reader, analysed):
    one = kept(analysed, study_called(analysed, "four"))[0]
    page = reader.get("/s/four/results")
    assert "findings.json" in page.text
    table = reader.get(f"/s/four/results/{one.id}/tables.zip")
    assert table.content.startswith(b"PK")
    whole = reader.get(f"/s/four/results/{one.id}/files/findings.json")
    assert whole.headers["content-disposition"].startswith("attachment")
    assert reader.get("/api/v1/studies/four/findings").json() == json.loads(whole.content)
    mine = reader.get("/api/v1/studies/four/patients/2").json()
    assert len(mine["timelines"]) == 1
