"""Check my files: in HTTP alone as without JavaScript, and in a browser."""

import io
import re
import zipfile

import pytest

from remnant.store.house import open_store
from remnant.store.studies.studies import all_studies
from remnant.study.template import write_template


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The files of a sound study."""
    folder = tmp_path_factory.mktemp("template") / "study"
    write_template(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def faulty(template):
    """The same, with a letter O for a nought, in a table and in the settings."""
    fish = template["fish.csv"].replace(b"EGR1,40,", b"EGR1,4O,")
    return template | {"fish.csv": fish, "study.toml": template["study.toml"].replace(b"0.95", b'"0.95"')}


def sent(files):
    return [("files", (f"study/{name}", data)) for name, data in files.items()]


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"study/{name}", data)
    return [("files", ("study.zip", packed.getvalue()))]


def seen(page):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page.text).group(1)


def line_of(template):
    return template["fish.csv"].count(b"\n")


@pytest.mark.parametrize("how", [sent, zipped])
def test_files_or_a_zip_become_a_draft_a_study_and_an_entry_of_its_history(client, template, how):
    answer = client.post("/upload", files=how(template))
    assert (answer.status_code, answer.headers["location"]) == (303, "/drafts/1")
    page = client.get("/drafts/1")
    assert "Keep as a study" in page.text
    kept = client.post(
        "/drafts/1", data={"do": "keep", "seen": seen(page), "title": "Mine", "why": "because"}
    )
    assert (kept.status_code, kept.headers["location"]) == (303, "/s/mine")
    history = client.get("/s/mine/history")
    assert "create study" in history.text
    assert "because" in history.text
    assert client.get("/drafts/1").status_code == 404


def test_a_fault_stands_at_its_cell_and_is_mended_there_without_a_script(client, template, faulty):
    client.post("/upload", files=sent(faulty))
    page = client.get("/drafts/1")
    name = f"cell.fish.{line_of(template)}.3"
    assert re.search(rf'name="{re.escape(name)}" value="4O"[^>]*aria-invalid="true"', page.text)
    assert "Expected a whole number from 0" in page.text
    toml = template["study.toml"].decode()
    answer = client.post("/drafts/1", data={"do": "save", "seen": seen(page), name: "40", "toml": toml})
    assert answer.status_code == 303
    assert "Keep as a study" in client.get("/drafts/1").text


def test_what_was_typed_is_kept_whatever_button_is_pressed(client, template, faulty):
    client.post("/upload", files=sent(faulty))
    page = client.get("/drafts/1")
    fields = {
        "seen": seen(page),
        f"cell.fish.{line_of(template)}.3": "40",
        "do": '["remove", "mutations.csv"]',
    }
    client.post("/drafts/1", data=fields)
    after = client.get("/drafts/1").text
    assert "4O" not in after
    assert "mutations.csv" not in after


@pytest.mark.parametrize(("field", "most"), [("title", 500), ("why", 2000)])
def test_words_that_no_page_could_show_are_refused_and_the_draft_stays(client, template, field, most):
    client.post("/upload", files=sent(template))
    answer = client.post("/drafts/1", data={"do": "keep", field: "x" * (most + 1)})
    assert answer.status_code == 422
    assert f"at most {most:,}" in answer.text
    assert client.get("/drafts/1").status_code == 200
    assert client.post("/drafts/1", data={"do": "keep", field: "x" * most}).status_code == 303


def test_a_row_that_is_asked_for_is_shown_with_its_name_and_in_no_address(client, template, faulty):
    """An address lands in the log of a proxy; a sample is named after its patient."""
    client.post("/upload", files=sent(faulty))
    form = {
        "do": '["ask-row", "samples", "sample_id", "Meierhofer-d0"]',
        "seen": seen(client.get("/drafts/1")),
    }
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post("/drafts/1", data=form, headers=headers)
        assert answer.status_code == 200
        assert "A row of samples.csv" in answer.text
        assert re.search(r'value="Meierhofer-d0"[^>]* autofocus', answer.text)
        assert not re.search(r"[?&][^\"]*Meierhofer", answer.text)
        assert ("<html" in answer.text) == (not headers)


def test_htmx_gets_the_desk_alone_and_a_refusal_with_what_was_typed(client, template, faulty):
    client.post("/upload", files=sent(faulty))
    page = client.get("/drafts/1")
    name = f"cell.fish.{line_of(template)}.3"
    live = {"HX-Request": "true"}
    fields = {"seen": seen(page), name: "4\0", "do": "save"}
    refused = client.post("/drafts/1", data=fields, headers=live)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith("<form")
    assert "a letter that no text can hold" in refused.text
    good = client.post("/drafts/1", data=fields | {name: "40"}, headers=live)
    assert good.status_code == 200
    assert "<html" not in good.text


@pytest.mark.parametrize(
    "wish",
    [
        '["remove"]',
        '["remove", "../../etc/passwd"]',
        "[[[",
        '["cell", "fish.csv", "x", "a", "b"]',
        '["alike", "no.csv", "x"]',
        '["add-row", "nothing"]',
        '["take", "fish.csv", "999"]',
        '["rename", "fish.csv", "a", "b"]',
        '["begin", "/etc/passwd"]',
        '["refile", "fish.csv", "../x"]',
        "rebase",
        '["tables"]',
        '["ask-row"]',
        '["add-row"]',
        '["unhead", "fish.csv", "no"]',
    ],
)
def test_a_button_that_is_none_of_ours_is_refused_and_changes_nothing(client, faulty, wish):
    client.post("/upload", files=sent(faulty))
    before = seen(client.get("/drafts/1"))
    answer = client.post("/drafts/1", data={"do": wish, "seen": before})
    assert answer.status_code in (404, 409, 422), answer.status_code
    assert seen(client.get("/drafts/1")) == before


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/passwd", "a/../b.csv"])
def test_a_name_that_leaves_the_folder_makes_no_draft(client, name):
    answer = client.post("/upload", files=[("files", (name, b"1"))])
    assert answer.status_code == 422
    assert "Nothing was taken over" in answer.text
    assert client.get("/drafts/1").status_code == 404


def test_a_zip_bomb_is_refused_and_nothing_of_it_is_kept(client, lab):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("study/fish.csv", bytes(64 << 20))
    answer = client.post("/upload", files=[("files", ("study.zip", packed.getvalue()))])
    assert answer.status_code == 422
    assert "study.zip" in answer.text
    assert list((lab.home / "partial").iterdir()) == []


def test_a_file_and_a_folder_of_one_name_are_refused(client):
    files = [("files", (name, b"1")) for name in ("study.toml", "fcs", "fcs/T1.fcs")]
    answer = client.post("/upload", files=files)
    assert answer.status_code == 422
    assert "a file and a folder at once" in answer.text


def test_nothing_brought_is_said(client):
    assert "no file" in client.post("/upload", data={"do": "x"}, files={"other": b""}).text
    assert client.post("/upload", files=[("files", ("", b""))]).status_code == 422


def test_files_onto_a_study_show_what_differs_before_they_are_accepted(client, lab, template):
    client.post("/api/v1/studies", files=sent(template), data={"title": "Mine"})
    fish = template["fish.csv"].replace(b"EGR1,40,", b"EGR1,41,")
    client.post("/s/mine/check", files=[("files", ("fish.csv", fish))])
    page = client.get("/drafts/2")
    assert "What differs from revision 1" in page.text
    assert re.search(r"nuclei_scored</td><td><del>40</del></td><td><ins>41</ins>", page.text)
    client.post("/drafts/2", data={"do": "keep", "seen": seen(page), "why": "recounted"})
    assert all_studies(lab)[0].head == 2


def test_a_study_that_changed_meanwhile_is_said_in_words(client, template):
    client.post("/api/v1/studies", files=sent(template), data={"title": "Mine"})
    for count in (41, 42):
        fish = template["fish.csv"].replace(b"EGR1,40,", f"EGR1,{count},".encode())
        client.post("/s/mine/check", files=[("files", ("fish.csv", fish))])
    client.post("/drafts/2", data={"do": "keep"})
    page = client.get("/drafts/3")
    assert "The study changed while you worked" in page.text
    assert "take mine" in page.text
    assert client.post("/drafts/3", data={"do": "keep"}).status_code == 409
    moved = client.post("/drafts/3", data={"do": "rebase", "mine.fish.csv": "mine"})
    page = client.get(moved.headers["location"])
    assert re.search(r"<del>41</del></td><td><ins>42</ins>", page.text)


def test_programs_check_bring_in_and_revise(client, template, faulty):
    found = client.post("/api/v1/check", files=sent(faulty)).json()
    assert found["sound"] is False
    assert {fault["source"] for fault in found["faults"]} == {"fish.csv", "study.toml"}
    refused = client.post("/api/v1/studies", files=sent(faulty), data={"title": "Mine"})
    assert refused.status_code == 422
    assert len(refused.json()["faults"]) == len(found["faults"])
    assert client.get("/api/v1/studies").json()["total"] == 0
    made = client.post("/api/v1/studies", files=sent(template), data={"title": "Mine"})
    assert (made.status_code, made.json()["slug"]) == (201, "mine")
    late = client.post("/api/v1/studies/mine/revisions", files=sent(faulty), data={"expected": "7"})
    assert late.status_code == 404
    fish = [("files", ("fish.csv", template["fish.csv"].replace(b"EGR1,40,", b"EGR1,41,")))]
    assert (
        client.post("/api/v1/studies/mine/revisions", files=fish, data={"expected": "1"}).json()["head"] == 2
    )
    assert (
        client.post("/api/v1/studies/mine/revisions", files=fish, data={"expected": "1"}).status_code == 409
    )


@pytest.fixture(scope="module")
def address(served, tmp_path_factory):
    """An app with an empty store."""
    store = open_store(tmp_path_factory.mktemp("served") / "home")
    yield served(store)
    store.close()


DROP = """(files) => {
  const data = new DataTransfer();
  for (const [name, text] of files) data.items.add(new File([text], name));
  const form = document.querySelector("form[data-drop]");
  form.dispatchEvent(new DragEvent("dragover", {bubbles: true, cancelable: true, dataTransfer: data}));
  form.dispatchEvent(new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: data}));
}"""


def test_files_are_dropped_mended_by_keyboard_and_kept_with_no_word_of_the_console(
    browser, address, faulty, tmp_path
):
    from axe_playwright_python.sync_playwright import Axe

    said, asked = [], []
    page = browser.new_page(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/upload")
    page.evaluate(DROP, [[name, data.decode()] for name, data in faulty.items()])
    page.wait_for_url("**/drafts/1")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill("#f-toml", page.input_value("#f-toml").replace('"0.95"', "0.95"))
    cell = page.locator(".sheet td.wrong input")
    cell.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("40")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Sound").wait_for()
    page.fill("#f-title", "Dropped")
    page.get_by_role("button", name="Keep as a study").click()
    page.wait_for_url("**/s/dropped")
    page.goto(f"{address}/")
    assert page.get_by_role("link", name="Dropped").count() == 1
    assert [line for line in said if "404" not in line] == []
    assert {url.split("/")[2] for url in asked} == {address.split("/")[2]}
    page.close()
