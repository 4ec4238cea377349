"""Jobs on pages: asked for, followed while they run, cancelled and run again, with or without JavaScript."""

import re

import pytest

from remnant.errors import Fault
from remnant.service.work import KINDS
from remnant.store.access.people import add_person
from remnant.store.files.trees import put_folder, replaced_file
from remnant.store.house import open_store
from remnant.store.queue import jobs as queue
from remnant.store.studies.studies import create_study, revise
from remnant.store.trail.audit import entries
from remnant.study.template import write_template

SLIP = Fault("fish.csv", 7, "nuclei_abnormal", "<b>412</b>", "0 to nuclei_scored", "swapped?")
HOSTILE = 'Trial <script>alert("x")</script>'


def with_study(store, folder, title="Mine"):
    write_template(folder)
    return create_study(store, who="anna", title=title, tree=put_folder(store, folder))


@pytest.fixture
def record(lab, tmp_path):
    """A study in `lab`."""
    return with_study(lab, tmp_path / "study")


def asked(lab, record, **more):
    arguments = {"kind": "analyse", "arguments": {"seed": None, "forecast": "no"}} | more
    return queue.submit(lab, who="anna", study=record.id, revision=record.head, **arguments)


def test_a_job_is_asked_for_without_javascript_and_its_page_says_what_was_asked(lab, record, visitor):
    page = visitor.get("/s/mine/jobs")
    assert all(kind.says in page.text for kind in KINDS.values() if kind.of_study)
    sent = visitor.post("/s/mine/jobs", data={"kind": "analyse", "seed": "12", "forecast": "no"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/jobs/1")
    (job,) = queue.jobs(lab)
    assert (job.kind, job.study, job.revision, job.by) == ("analyse", record.id, 1, "local")
    assert job.arguments == {"seed": 12, "forecast": "no"}
    shown = visitor.get("/jobs/1").text
    assert "Waiting" in shown
    assert "12" in shown
    assert "Cancel this job" in shown
    assert 'hx-get="/jobs/1/progress"' in shown


def test_what_is_typed_wrongly_is_said_at_its_field_and_what_was_typed_is_kept(lab, record, visitor):
    typed = {"kind": "fit", "setting": "fast", "chains": "1", "draws": "lots", "seed": "<i>"}
    page = visitor.post("/s/mine/jobs", data=typed)
    assert page.status_code == 422
    for name, value in (("chains", "1"), ("draws", "lots"), ("seed", "&lt;i&gt;")):
        field = re.search(
            rf'<div class="field wrong">(?:(?!</div>).)*id="f-fit-{name}".*?</div>', page.text, re.S
        )
        assert field, name
        assert 'role="alert"' in field.group()
        assert f'value="{value}"' in field.group()
    assert re.search(r"<details open>\s*<summary><span class=\"name\">Fit<", page.text)
    assert queue.jobs(lab) == ()


def test_choices_that_do_not_go_together_and_scenarios_are_refused_before_any_work(lab, record, visitor):
    both = visitor.post("/s/mine/jobs", data={"kind": "fit", "setting": "fast", "compare": "yes"})
    assert both.status_code == 422
    assert "take the full setting" in both.text.lower()
    wrong = 'preset = "del5q-lenalidomide"\n[[therapy]]\ndrug = "lenalidomid"\nstart_day = 0\n'
    page = visitor.post("/s/mine/jobs", data={"kind": "simulate-cohort", "scenario": wrong})
    assert page.status_code == 422
    assert "line 3" in page.text
    assert "lenalidomid&#34;" in page.text
    none = visitor.post("/s/mine/jobs", data={"kind": "report"})
    assert none.status_code == 422
    assert "Run Analyse first" in none.text
    assert queue.jobs(lab) == ()


def test_a_box_without_a_tick_means_no(lab, record, visitor):
    visitor.post("/jobs", data={"kind": "simulate-study", "title": HOSTILE, "patients": "3", "seed": "1"})
    (job,) = queue.jobs(lab)
    assert job.arguments == {"title": HOSTILE, "patients": 3, "seed": 1, "events": False}
    for address in ("/jobs", "/jobs/1", "/s/mine/jobs"):
        assert "<script>alert" not in visitor.get(address).text


def test_progress_is_a_part_of_a_page_that_is_sent_when_something_changed_and_ends_the_asking(
    lab, record, visitor
):
    job = asked(lab, record)
    queue.claim(lab, "w")
    queue.beat(lab, job, "w", done=3, total=14, label="counting cells: 3 of 12 tubes")
    first = visitor.get("/jobs/1/progress")
    assert 'value="3" max="14" aria-label="counting cells: 3 of 12 tubes"' in first.text
    assert "<html" not in first.text
    seen, said = (
        re.search(rf'name="{name}" value="([^"]*)"', first.text).group(1) for name in ("seen", "said")
    )
    assert said == "running: counting cells"
    queue.beat(lab, job, "w", done=4, total=14, label="counting cells: 4 of 12 tubes")
    second = visitor.get("/jobs/1/progress", params={"seen": seen, "said": said})
    assert second.status_code == 200
    assert "job-said" not in second.text  # a reader is told of stages, not of every tube
    queue.finish(lab, job, "w", {"kept": 1, "kind": "analysis"})
    last = visitor.get("/jobs/1/progress", params={"seen": seen, "said": said})
    assert last.status_code == 286
    assert 'id="job-said" class="unseen" role="status" hx-swap-oob="innerHTML">done' in last.text
    assert 'href="/s/mine"' in last.text


def test_nothing_is_sent_while_nothing_changes(lab, record, visitor, monkeypatch):
    monkeypatch.setattr("remnant.web.routes.jobs._took", lambda _: "5 s")
    job = asked(lab, record)
    queue.claim(lab, "w")
    for address in ("/jobs/1/progress", "/s/mine/jobs/list", "/jobs/list"):
        seen = re.search(r'name="seen" value="([^"]*)"', visitor.get(address).text).group(1)
        queue.beat(lab, job, "w", done=0, total=0, label="")  # a heartbeat alone is no news
        assert visitor.get(address, params={"seen": seen}).status_code == 204


def test_faults_of_a_job_are_shown_where_to_mend_them(lab, record, visitor):
    job = asked(lab, record)
    queue.claim(lab, "w")
    queue.fail(lab, job, "w", [SLIP])
    page = visitor.get("/jobs/1").text
    for words in ("fish.csv", "line 7, column nuclei_abnormal", "&lt;b&gt;412&lt;/b&gt;", "Swapped?"):
        assert words in page
    assert 'href="/s/mine/check"' in page
    assert "1 thing to mend: fish.csv, line 7" in visitor.get("/s/mine/jobs").text


def test_a_long_list_is_shown_in_pages(lab, record, visitor):
    for seed in range(52):
        asked(lab, record, arguments={"seed": seed, "forecast": "no"})
    first = visitor.get("/s/mine/jobs").text
    assert first.count('<li>\n<div class="name">') == 50
    (address,) = re.findall(r'href="(/s/mine/jobs\?before=\d+)"', first)
    older = visitor.get(address).text
    assert older.count('<li>\n<div class="name">') == 2
    assert "hx-get" not in older  # what is older does not move


def test_a_job_is_cancelled_and_run_again_on_the_newest_revision(lab, record, visitor):
    asked(lab, record)
    assert visitor.post("/jobs/1/cancel").headers["location"] == "/jobs/1"
    assert queue.job_called(lab, 1).state == "cancelled"
    tree = replaced_file(lab, record.tree, "NOTES.txt", b"a word\n")
    revise(lab, record, who="ben", tree=tree, expected=1, changes=[], why="")
    assert "Run again on revision 2" in visitor.get("/jobs/1").text
    assert visitor.post("/jobs/1/again").headers["location"] == "/jobs/2"
    again = queue.job_called(lab, 2)
    assert (again.revision, again.arguments) == (2, {"seed": None, "forecast": "no"})
    assert [entry.who for entry in entries(lab) if entry.action == "cancel job"] == ["local"]


def test_a_viewer_sees_jobs_and_may_start_and_stop_none(lab, record, visit):
    asked(lab, record)
    add_person(lab, who="local", name="ada", role="admin")
    token = add_person(lab, who="local", name="vera", role="viewer")
    vera = visit(secure=True)
    vera.headers["Authorization"] = f"Bearer {token}"
    assert vera.get("/jobs/1").status_code == 200
    assert "Cancel this job" not in vera.get("/jobs/1").text
    assert '<form method="post" action="/s/mine/jobs"' not in vera.get("/s/mine/jobs").text
    sent = {"kind": "analyse"}
    assert vera.post("/s/mine/jobs", data=sent).status_code == 403
    assert vera.post("/jobs/1/cancel").status_code == 403
    assert vera.post("/jobs/1/again").status_code == 403
    assert vera.post("/api/v1/studies/mine/jobs", json=sent).status_code == 403
    assert vera.post("/api/v1/jobs/1/cancel").status_code == 403
    assert [job.state for job in queue.jobs(lab)] == ["waiting"]
    assert visit(secure=True).get("/jobs/1").status_code in (303, 401)


@pytest.mark.parametrize(
    "address", ["/jobs/0", "/jobs/9", f"/jobs/{2**64}", "/jobs/x", "/s/none/jobs", "/api/v1/jobs/9"]
)
def test_what_is_not_there_is_said_so(record, visitor, address):
    assert visitor.get(address).status_code in (404, 422)


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/s/mine/jobs", {}),
        ("/s/mine/jobs", {"kind": "analyze"}),
        ("/s/mine/jobs", {"kind": "simulate-study"}),
        ("/jobs", {"kind": "analyse"}),
        ("/s/mine/jobs", {"kind": "analyse", "colour": "red"}),
        ("/s/mine/jobs", {"kind": "analyse", "seed": "9" * 5000}),
        ("/s/mine/jobs", {"kind": "simulate-cohort", "scenario": "\x00[[["}),
    ],
)
def test_a_form_that_no_page_sends_is_refused_and_nothing_is_begun(lab, record, visitor, address, sent):
    assert visitor.post(address, data=sent).status_code in (404, 422)
    assert queue.jobs(lab) == ()


def test_a_program_asks_follows_and_cancels(lab, record, client):
    kinds = {kind["name"] for kind in client.get("/api/v1/jobs/kinds").json()}
    assert kinds == set(KINDS)
    wish = {"kind": "analyse", "arguments": {"seed": 4}}
    made = client.post("/api/v1/studies/mine/jobs", json=wish)
    assert made.status_code == 202
    assert (made.json()["study"], made.json()["arguments"]) == ("mine", {"forecast": "no", "seed": 4})
    assert client.post("/api/v1/studies/mine/jobs", json=wish).json()["id"] == made.json()["id"]
    assert client.get("/api/v1/jobs", params={"study": "mine", "state": "waiting"}).json() == [made.json()]
    assert client.get("/api/v1/jobs", params={"state": "done"}).json() == []
    assert client.post("/api/v1/jobs/1/cancel").json()["state"] == "cancelled"
    wrong = client.post("/api/v1/studies/mine/jobs", json={"kind": "fit", "arguments": {"chains": 1.5}})
    assert wrong.status_code == 422
    assert wrong.json()["faults"][0]["column"] == "chains"
    new = client.post("/api/v1/jobs", json={"kind": "simulate-study", "arguments": {"events": False}})
    assert (new.status_code, new.json()["study"]) == (202, None)


@pytest.mark.parametrize(
    "body",
    [
        r'{"kind": "simulate-study", "arguments": {"title": "\ud800"}}',
        r'{"kind": "simulate-study", "arguments": {"\ud800": 1}}',
        r'{"kind": "simulate-study", "arguments": {"title": "a\u0000b"}}',
        r'{"kind": "\ud800"}',
        r'{"kind": "simulate-study", "arguments": {"seed": 1e999}}',
        r'{"kind": "simulate-study", "arguments": {"seed": NaN}}',
        r'{"kind": "simulate-study", "arguments": {"seed": [1]}}',
        r'{"kind": "simulate-study", "colour": 1}',
        "[",
    ],
)
def test_what_a_program_cannot_mean_is_refused_in_json(lab, record, client, body):
    refused = client.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code in (404, 422)
    assert refused.json()["faults"]
    assert queue.jobs(lab) == ()


# In a browser


def test_a_browser_follows_a_job_and_one_that_was_closed_finds_it_again(browser, served, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    lab = open_store(tmp_path / "home")
    record, said = with_study(lab, tmp_path / "study"), []
    address = served(lab)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}/s/mine/jobs")
    page.get_by_role("button", name="Analyse").click()
    page.wait_for_url("**/jobs/1")
    job = queue.claim(lab, "w")
    queue.beat(lab, job, "w", done=3, total=14, label="counting cells: 3 of 12 tubes")
    page.get_by_text("counting cells: 3 of 12 tubes").wait_for()
    assert page.get_by_role("status").first.text_content() == "running: counting cells"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
    queue.beat(lab, job, "w", done=9, total=14, label="counting cells: 9 of 12 tubes")
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address}/s/mine/jobs")
    page.get_by_text("counting cells: 9 of 12 tubes").wait_for()
    queue.finish(lab, job, "w", {"kept": 1, "kind": "analysis"})
    page.get_by_text("done", exact=True).wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).response["violations"] == []
    page.close()
    assert said == []
    assert record.slug == "mine"
    lab.close()
