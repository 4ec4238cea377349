"""The list of studies, what becomes of one, its history, and what can be taken along."""

import io
import zipfile

import pytest

from remnant.service import studies
from remnant.service.viewer import LOCAL
from remnant.store.files.trees import put_folder
from remnant.store.studies.studies import create_study
from remnant.study.template import write_template


@pytest.fixture
def folder(tmp_path):
    """A sound study of one invented patient."""
    write_template(tmp_path / "study")
    return tmp_path / "study"


@pytest.fixture
def record(lab, folder):
    return studies.bring_in_folder(lab, LOCAL, folder, "to begin", title="A study")


def test_an_empty_store_says_what_to_do_in_three_ways(client):
    page = client.get("/").text
    assert 'href="/upload"' in page
    assert 'value="simulate-study"' in page
    assert 'href="/template.zip"' in page


def test_the_template_that_is_handed_out_is_a_sound_study(client, tmp_path):
    packed = client.get("/template.zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        archive.extractall(tmp_path)
    sent = [("files", (path.name, path.read_bytes())) for path in (tmp_path / "my-study").iterdir()]
    assert client.post("/api/v1/check", files=sent).json()["sound"] is True


def test_a_study_is_listed_with_its_size_its_last_change_and_whether_it_is_synthetic(client, record):
    page = client.get("/").text
    assert "1 patient<" in page
    assert "1 sample<" in page
    assert "revision 1 by local" in page
    assert "to begin" in page
    assert "not analysed" in page
    assert 'class="tag synthetic"' in page


def test_what_a_title_holds_is_shown_as_text(client, lab, folder):
    create_study(lab, who="local", title="<script>alert(1)</script>", tree=put_folder(lab, folder))
    page = client.get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_many_studies_are_found_by_words_of_their_title_and_paged(client, lab, folder):
    tree = put_folder(lab, folder)
    for number in range(60):
        create_study(lab, who="local", title=f"Ward {number} 100%_", tree=tree)
    assert "page 1 of 2, 60 studies" in client.get("/").text
    assert client.get("/?page=2").text.count('class="name"') == 10
    found = client.get("/", params={"find": "ward 59"}).text
    assert found.count('class="name"') == 1
    assert client.get("/", params={"find": "%_"}).text.count('class="name"') == 50
    assert "No title has" in client.get("/", params={"find": "_%"}).text
    assert client.get("/?page=99").status_code == 200
    assert client.get("/?page=0").status_code == 422


def test_a_study_that_is_put_away_leaves_the_list_and_comes_back(client, lab, record):
    assert client.post("/s/a-study/archive", data={"why": "ended"}).status_code == 303
    assert "A study" not in client.get("/").text
    assert "A study" in client.get("/?archived=true").text
    client.post("/s/a-study/archive", data={"away": "false"})
    assert "A study" in client.get("/").text
    history = client.get("/api/v1/studies/a-study/history").json()["entries"]
    assert [(entry["action"], entry["why"]) for entry in history[:2]] == [
        ("restore study", ""),
        ("archive study", "ended"),
    ]


def test_the_history_is_filtered_by_file_and_person_and_goes_on_page_by_page(client, lab, record, folder):
    fish = (folder / "fish.csv").read_bytes()
    for count in range(41, 45):
        files = [("files", ("fish.csv", fish.replace(b"EGR1,40,", f"EGR1,{count},".encode())))]
        data = {"expected": str(count - 40), "why": f"count {count}"}
        assert client.post("/api/v1/studies/a-study/revisions", files=files, data=data).status_code == 201
    page = client.get("/s/a-study/history", params={"what": "fish.csv"}).text
    assert page.count("<del>") == 4
    assert "count 44" in page
    assert "No entry is like that" in client.get("/s/a-study/history", params={"who": "nobody"}).text
    whole, numbers, before = client.get("/api/v1/studies/a-study/history").json()["entries"], [], None
    for _ in range(10):
        more = {"limit": 2} | ({"before": before} if before else {})
        some = client.get("/api/v1/studies/a-study/history", params=more).json()
        numbers += [entry["number"] for entry in some["entries"]]
        before = some["next"]
        if before is None:
            break
    assert numbers == [entry["number"] for entry in whole]
    assert {entry["why"] for entry in whole} == {"to begin", *(f"count {count}" for count in range(41, 45))}
    drafts = client.get("/api/v1/studies/a-study/history", params={"drafts": True}).json()["entries"]
    assert len(drafts) > len(whole)


@pytest.mark.parametrize("revision", [1, 2])
def test_every_revision_is_handed_out_byte_for_byte(client, lab, record, folder, revision):
    fish = (folder / "fish.csv").read_bytes()
    changed = fish.replace(b"EGR1,40,", b"EGR1,41,")
    files = [("files", ("fish.csv", changed))]
    client.post("/api/v1/studies/a-study/revisions", files=files, data={"expected": "1"})
    for address in (
        f"/s/a-study/export/study.zip?revision={revision}",
        f"/api/v1/studies/a-study/revisions/{revision}.zip",
    ):
        packed = client.get(address)
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            held = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
        expected = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert held == expected | ({"fish.csv": changed} if revision == 2 else {})
    assert client.get("/s/a-study/export/study.zip?revision=7").status_code == 404


def test_a_single_table_is_handed_out_without_formulas(client, lab, folder):
    mutations = (folder / "mutations.csv").read_text().replace("p.R248W", "=cmd()")
    (folder / "mutations.csv").write_text(mutations)
    studies.bring_in_folder(lab, LOCAL, folder, title="B study")
    assert "'=cmd()" in client.get("/s/b-study/export/tables/mutations.csv").text
    assert client.get("/s/b-study/export/tables/nothing.csv").status_code == 404
    assert client.get("/s/b-study/export/tables/..%2Fstudy.csv").status_code == 404


def test_a_study_is_handed_out_without_names_and_says_what_to_read(client, record):
    answer = client.post("/s/a-study/export/pseudonymised.zip", data={"why": "for Lund"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "P1" not in held["study/patients.csv"].split()
    assert "Read them before" in held["READ_FIRST.txt"]


@pytest.mark.parametrize("what", ["report", "results"])
def test_what_was_not_made_yet_is_said_to_be_absent(client, record, what):
    assert client.get(f"/s/a-study/export/{what}.zip").status_code == 404


@pytest.mark.parametrize("page", ["history", "export", "check"])
def test_a_study_that_is_not_there_is_said_to_be_absent(client, page):
    answer = client.get(f"/s/nothing/{page}")
    assert answer.status_code == 404
    assert "Not here" in answer.text


@pytest.mark.parametrize("role", ["viewer"])
def test_who_may_only_read_changes_nothing(lab, visit, record, role):
    from remnant.store.access import people

    people.add_person(lab, name="ada", role="admin", who="local")
    token = people.add_person(lab, name="rita", role=role, who="local")
    reader = visit(secure=True)
    reader.headers["Authorization"] = f"Bearer {token}"
    assert reader.get("/").status_code == 200
    assert reader.get("/s/a-study/export").text.count("<form") == reader.get("/help").text.count("<form")
    for method, address in (
        ("GET", "/upload"),
        ("POST", "/upload"),
        ("POST", "/s/a-study/archive"),
        ("GET", "/drafts/1"),
        ("POST", "/drafts/1"),
        ("POST", "/s/a-study/export/pseudonymised.zip"),
        ("GET", "/s/a-study/check"),
    ):
        assert reader.request(method, address).status_code == 403, address
