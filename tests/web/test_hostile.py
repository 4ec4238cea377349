"""Whatever is sent to whichever door: an answer in words, nothing of it run, and nothing half-written."""

import json
import random
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.web.furnished import BUSY, ROLES
from tests.web.hostile import IN_PATHS, LONG, NUMBERS, TEXTS, doors, look, moved, read

from remnant.study.tables import TABLES
from remnant.web.app import create_app

SLOW = {
    "/plan/{key}/figure.{kind}",
    "/s/{slug}/what-if/{number}/answer",
    "/s/{slug}/what-if/{number}/answer.csv",
}
SIMULATED = {"/api/v1/plan/visits", "/api/v1/plan/patients"}  # seconds each
WORKING = {
    "slug": "two", "number": "1", "table": "fish", "line": "8", "name": "cohort", "kind": "csv",
    "page": "study", "key": "events", "column": "1", "what": "results",
}  # fmt: skip
# Fields beyond those that a route declares: it reads them from the address by itself.
MORE = {
    "/plan/{key}": ("frequency", "cv", "nonsense"),
    "/s/{slug}/gates/{number}": ("cut-CD38", "cut-<zq7z>"),
    "/s/{slug}/gates/{number}/counts": ("cut-CD38",),
    "/s/{slug}/what-if/{number}": ("c1", "c1.lenalidomide.dose", "c²", "c3.<zq7z>"),
    "/drafts/{number}": ("new.sample_id",),
}
JSON, TEXT, FORM, PARTS = (
    {"content-type": kind}
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
)
BODIES = (
    ("nothing", {}),
    ("rubbish", {"data": {"zz": "1", "<zq7z>": "x"}}),
    ("json in place of a form", {"json": {"a": [1, {"b": None}]}}),
    ("half of a json", {"content": b'{"rows": [', "headers": JSON}),
    ("half letters", {"content": b'{"why": "\\ud800", "\\udfff": 1}', "headers": JSON}),
    ("no numbers", {"content": b'{"cuts": {"CD38": NaN}, "why": "x"}', "headers": JSON}),
    ("no text", {"content": b"\xff\xfe\x00", "headers": TEXT}),
    ("early end", {"content": b"--b\r\nx", "headers": {"content-type": "multipart/form-data; boundary=b"}}),
    ("a form without an edge", {"content": b"--b\r\nx", "headers": PARTS}),
    ("broken escapes", {"content": b"why=%zz&%ff=%ff&&=;", "headers": FORM}),
    ("files for text", {"files": [(name, ("x.csv", b"a\0b")) for name in ("why", "title", "kind", "files")]}),
)
ALPHABETS = ("undefined", "idna", "unicode_escape", "utf-16", "utf-7", "punycode")


class Lab:
    """A store of one's own, and a program of each role; a new store after whatever was changed."""

    def __init__(self, furnished):
        self.furnished, self.asked = furnished, 0
        self.store = furnished.copy()
        self._open()

    def _open(self):
        app = create_app(self.store, settings=BUSY)
        self.clients = {
            role: TestClient(
                app, base_url="http://127.0.0.1:8765", follow_redirects=False, raise_server_exceptions=False,
                headers={"Authorization": f"Bearer {self.furnished.tokens[role]}"},
            )
            for role in ROLES
        }  # fmt: skip

    def renew(self):
        self.store.close()
        self.store = self.furnished.copy()
        self._open()

    def ask(self, method, address, what, *, role="admin", **named):
        """Ask; whatever the answer, it is sound, and a refusal has changed nothing."""
        self.asked += 1
        before = look(self.store)
        answer = self.clients[role].request(method, address, **named)
        place = (method, address[:200], what, answer.status_code)
        assert answer.status_code < 500, place
        assert answer.status_code != 429, place
        assert "Traceback" not in answer.text, place
        if "html" in answer.headers.get("content-type", ""):
            assert not read(answer.text).alien, place
            if answer.status_code == 422:
                assert 'role="alert"' in answer.text, place
        changed = moved(before, self.store)
        if answer.status_code >= 400 or method == "GET":
            assert not changed, place
        elif changed:
            self.renew()
        return answer


@pytest.fixture(scope="module")
def lab(furnished):
    lab = Lab(furnished)
    yield lab
    lab.store.close()


def queries():
    from importlib import import_module

    from remnant.web.app import ROUTERS

    routes = [
        route for name in ROUTERS for route in import_module(f"remnant.web.routes.{name}").router.routes
    ]
    return {
        (method, route.path): [one.alias for one in route.dependant.query_params]
        for route in routes
        for method in route.methods
    }


def look_everywhere(lab, some, leave_out=SLOW):
    """Ask every page with odd parts and odd fields; `some` chooses from a list."""
    declared = queries()
    for door in doors():
        if door.method != "GET" or door.path in leave_out:
            continue
        address = door.at(**WORKING)
        lab.ask("GET", address, "as it is")
        for part in door.parts:
            for value in some(IN_PATHS):
                lab.ask("GET", door.at(**(WORKING | {part: value})), part)
        for name in (*declared[door.method, door.path], *MORE.get(door.path, ())):
            for value in some((*NUMBERS, *TEXTS, "x" * 5000)):
                lab.ask("GET", f"{address}?{quote(name)}={quote(value)}", name)


def write_everywhere(lab, some):
    """Send every door that changes something what it does not take, and its parts wrong."""
    for door in doors():
        if door.method == "GET":
            continue
        for what, body in some(BODIES):
            lab.ask(door.method, door.at(**WORKING), what, **body)
        for part in door.parts:
            for value in some(IN_PATHS):
                lab.ask(door.method, door.at(**(WORKING | {part: value})), part, json={}, headers={"X": "1"})
        if door.path == "/login":
            lab.renew()  # ten wrong tokens, and the address has to wait


PAGES = (
    "/upload", "/drafts/1", "/drafts/2", "/jobs", "/jobs/1", "/jobs/2", "/people", "/s/two/check",
    "/s/two/export",
    "/s/two/gates/1", "/s/two/jobs", "/s/two/results", "/s/two/history", "/s/two",
    *(f"/s/two/tables/{table}/{form}" for table in TABLES for form in ("new", "paste")),
    *(f"/s/two/tables/{table}/rows/8" for table in TABLES),
)  # fmt: skip


def fill_everywhere(lab, some, pages=PAGES):
    """Fill in every form of the app as it stands, one field of it spoilt, then all of them."""
    rng, bad = random.Random(3), (*NUMBERS, *TEXTS, LONG)
    forms = {}
    for page in pages:
        for form in read(lab.ask("GET", page, "for its forms").text).forms:
            if form.method == "post":
                forms.setdefault((form.action or page, tuple(form.fields), tuple(form.buttons)), form)
    for (action, *_), form in forms.items():
        fields = form.fields | dict(some(form.buttons)[:1])
        for name in some(list(fields)):
            for value in some(bad):
                lab.ask("POST", action, (name, value[:40]), data=fields | {name: value})
        value = rng.choice(bad)
        lab.ask("POST", action, ("all", value[:40]), data=dict.fromkeys(fields, value))
    return len(forms)


def few(number, seed=11):
    rng = random.Random(seed)
    return lambda these: rng.sample(list(these), min(number, len(these)))


def test_an_odd_address_is_answered_in_words(lab):
    look_everywhere(lab, few(1), SLOW | SIMULATED)


def test_what_no_door_takes_is_refused_and_nothing_is_written(lab):
    write_everywhere(lab, few(2))


def test_forms_filled_in_badly_say_so_at_their_fields_and_nothing_is_written(lab):
    pages = few(16)(PAGES)
    assert fill_everywhere(lab, few(2), pages) > 8


@pytest.mark.slow
def test_thousands_of_bad_questions(furnished):
    lab = Lab(furnished)
    look_everywhere(lab, few(30))
    write_everywhere(lab, few(30))
    assert fill_everywhere(lab, few(12)) > 40
    assert lab.asked > 5000
    lab.store.close()


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_form_in_another_alphabet_is_not_guessed_at(lab, alphabet):
    body = b'--b\r\nContent-Disposition: form-data; name="c-sample_id"\r\n\r\n\\ud800\xff\r\n--b--\r\n'
    headers = {"content-type": f"multipart/form-data; boundary=b; charset={alphabet}"}
    for address in (
        "/s/two/tables/fish/new",
        "/jobs",
        "/upload",
        "/s/two/gates/1",
        "/drafts/1",
        "/api/v1/check",
    ):
        assert lab.ask("POST", address, alphabet, content=body, headers=headers).status_code == 415


def test_a_role_that_may_not_changes_nothing_at_any_door(lab):
    """What a viewer, and a stranger, may not do is refused at every door that changes something."""
    open_to_all = {"/login", "/logout"}
    asking = (
        "/preview",
        "/proposal",
        "/what-if/{number}",
        "/{slug}/patients",
    )  # these answer, and write nothing
    for door in doors():
        if door.method == "GET" or door.path in open_to_all:
            continue
        for body in ({"data": {"why": "x"}}, {"json": {"why": "x"}}):
            answer = lab.ask(door.method, door.at(**WORKING), "as a viewer", role="viewer", **body)
            assert answer.status_code >= 400 or door.path.endswith(asking), door
            stranger = lab.ask(
                door.method, door.at(**WORKING), "nobody", headers={"Authorization": ""}, **body
            )
            assert stranger.status_code in (401, 403), door


def test_a_page_without_the_word_changes_nothing_at_any_door(lab, furnished):
    from remnant.store.access.people import all_people
    from remnant.store.access.sessions import begin_session

    admin = next(person for person in all_people(lab.store) if person.name == "admin")
    cookie = {"Cookie": f"remnant-8765={begin_session(lab.store, admin)}", "Authorization": ""}
    assert lab.ask("GET", "/people", "by cookie", headers=cookie).status_code == 200
    for door in doors():
        if door.method != "GET":
            for more in ({}, {"X-CSRF": "0" * 64}, {"X-CSRF": ""}):
                answer = lab.ask(
                    door.method, door.at(**WORKING), "no word", headers=cookie | more, data={"csrf": ""}
                )
                assert answer.status_code == 403, door


def test_numbers_of_another_study_open_nothing(lab):
    assert lab.ask("GET", "/s/two/results/1/tables.zip", "its own").status_code == 200
    pages = ("results/1/tables.zip", "results/1/files/findings.json", "results/compare?first=1&second=1",
             "figures/cohort.svg", "charts/study/words.json", "export/results.zip")  # fmt: skip
    programs = ("results/compare?first=1&second=1", "findings", "patients/1")
    every = [f"/s/other/{page}" for page in pages] + [f"/api/v1/studies/other/{page}" for page in programs]
    for address in every:
        assert lab.ask("GET", address, "another's").status_code == 404, address


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "csv"])
def test_the_list_of_figures_is_no_figure(lab, kind):
    for address in (f"/s/two/figures/list.{kind}", f"/api/v1/studies/two/figures/all.{kind}"):
        assert lab.ask("GET", address, "no figure").status_code == 404


SOUND = {
    "study.toml": b'[study]\ntitle = "Tiny"\nsynthetic = true\n',
    "patients.csv": b"patient_id\nA\n",
    "samples.csv": b"sample_id,patient_id,day,material\nA-0,A,0,marrow\n",
}
NAMED_BADLY = {
    "a name that no disk takes": {"n" * 300 + ".csv": b"x"},
    "a path that no disk takes": {"a/" * 1500 + "x": b"x"},
    "a file that is a folder": {"fish.csv": b"x", "fish.csv/x.csv": b"y"},
    "half of a letter": {"a\udc80.csv".encode("utf-8", "surrogateescape").decode("latin-1"): b"x"},
}
HELD_BADLY = {
    "a number without end": {"study.toml": b"[study]\ntitle = " + b"9" * 6000 + b"\n"},
    "a number without end, in sixteens": {"study.toml": b"[study]\ntitle = 0x" + b"f" * 6000 + b"\n"},
    "brackets without end": {"study.toml": b"a = " + b"[" * 20_000 + b"]" * 20_000},
    "a workbook that is none": {"study.xlsx": b"PK\x03\x04rubbish"},
    "nothing but NUL": {"fish.csv": b"\0" * 1000},
    "a quotation that never ends": {"fish.csv": b'"' + b"x" * 1_000_000},
    "an entity": {"gates/S1.xml": b"<!DOCTYPE l [<!ENTITY a 'lol'>]><x>&a;</x>"},
    "another alphabet": {"fish.csv": "sample_id\nа\n".encode("utf-16")},
}


@pytest.mark.parametrize("what", [*NAMED_BADLY, *HELD_BADLY])
def test_files_that_break_programs_are_refused_and_a_draft_of_them_can_still_be_opened(lab, what):
    files = SOUND | (NAMED_BADLY | HELD_BADLY)[what]
    sent = [("files", (name, data)) for name, data in files.items()]
    for address in ("/api/v1/check", "/api/v1/studies"):
        answer = lab.ask("POST", address, what, files=sent)
        assert answer.status_code in (200, 201, 422), what
    answer = lab.clients["admin"].post("/upload", files=sent)
    if what in NAMED_BADLY:
        assert answer.status_code in (303, 422)
    else:
        assert answer.status_code == 303
    if answer.status_code == 303:
        assert lab.ask("GET", answer.headers["location"], "its draft").status_code == 200
        assert lab.ask("POST", answer.headers["location"], "kept", data={"do": "keep"}).status_code in (
            303,
            422,
        )


def test_a_file_cannot_be_renamed_out_of_its_folder(lab):
    for new in ("../../x", "/etc/x", "", "n" * 300, "a/" * 900, "study.toml/x", "a\0b"):
        form = {"do": json.dumps(["refile", "fish.csv", new])}
        assert lab.ask("POST", "/drafts/1", new[:20], data=form).status_code == 422, new
