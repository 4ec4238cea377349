"""Who gets in, and whose pages may ask for what."""

import re

import pytest

from remnant.store.access import people
from remnant.web.routes.people import local
from remnant.web.security.rates import Attempts, Bucket
from remnant.web.settings import Settings

OURS = "http://127.0.0.1:8765"
WRITES = ["/people", "/people/change", "/login", "/logout"]


@pytest.fixture
def token(lab):
    return people.add_person(lab, who="local", name="anna", role="admin")


def log_in(visitor, token, **named):
    return visitor.post("/login", data={"csrf": visitor.word(), "token": token} | named, bare=True)


def cookie_of(visitor):
    return visitor.cookies.get("remnant-8765")


# The names of the server


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765", "[::1]:8765"])
def test_the_server_answers_to_the_names_of_this_machine(visitor, host):
    assert visitor.get("/help", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1:8766", "127.0.0.1", "localhost.evil.example:8765",
     "10.0.0.1:8765",
     "127.0.0.1:8765@evil.example", "", "a b", "[::1", "127.0.0.1:8765, evil.example"],
)  # fmt: skip
def test_a_rebound_name_gets_nothing(visitor, host):
    for path in ("/", "/help", "/static/app.css", "/api/v1/session"):
        answer = visitor.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "set-cookie" not in answer.headers


def test_a_proxy_adds_its_name_and_no_other(visit, lab, token):
    served = visit(behind=("https://remnant.lab.example",), secure=True)
    assert served.get("/login", headers={"Host": "remnant.lab.example"}).status_code == 200
    assert served.get("/login", headers={"Host": "other.lab.example"}).status_code == 421


def test_a_server_of_every_network_answers_to_addresses_and_not_to_names(visit, token):
    served = visit(host="0.0.0.0", secure=True)
    assert served.get("/login", headers={"Host": "192.168.1.5:8765"}).status_code == 200
    assert served.get("/login", headers={"Host": "evil.example:8765"}).status_code == 421


# The pages of others


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8765.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_changes_nothing_even_if_it_knew_the_word(visitor, lab, headers):
    form = {"name": "eve", "role": "admin"}
    assert visitor.post("/people", data=form, headers=headers).status_code == 403
    assert not people.anyone(lab)


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": OURS}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}]
)
def test_our_own_pages_and_programs_do(visitor, lab, headers):
    form = {"name": "anna", "role": "admin"}
    assert visitor.post("/people", data=form, headers=headers).status_code == 200
    assert people.has_admin(lab)


def test_another_site_may_link_to_a_page_and_do_nothing_else(visitor):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = visitor.get("/help", headers=link)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers, "it came without our cookie, and must not replace it"
    for other in ({"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Mode": "no-cors"}):
        assert visitor.get("/help", headers=link | other).status_code == 403
    assert visitor.post("/people", data={"name": "eve", "role": "admin"}, headers=link).status_code == 403


# The word


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("word", [None, "", "x", "0" * 64])
def test_nothing_changes_without_the_word(visitor, lab, path, word):
    form = {"name": "eve", "role": "admin", "action": "remove"} | ({} if word is None else {"csrf": word})
    assert visitor.post(path, data=form, bare=True).status_code == 403
    assert visitor.post(path, json=form, bare=True).status_code == 403
    assert visitor.post(path, files={"csrf": (None, word or "")}, data=form, bare=True).status_code == 403
    assert visitor.request("POST", path, headers={"X-CSRF": word or ""}, data=form).status_code == 403
    assert not people.anyone(lab)


def test_every_address_that_changes_anything_asks_for_the_word(visitor):
    """Whatever route is added: none of them runs without it."""
    paths = [
        (method, re.sub(r"{[^}]*}", "1", path))
        for path, methods in addresses(visitor.app)
        for method in methods - {"GET", "HEAD", "OPTIONS"}
    ]
    assert len(paths) > 3
    for method, path in paths:
        assert visitor.request(method, path, bare=True).status_code == 403, (method, path)
        form = {"csrf": "0" * 64}
        assert visitor.request(method, path, bare=True, data=form).status_code == 403, (method, path)


def addresses(app):
    """Every path of the app with its methods."""
    found = [
        (path, {method.upper() for method in methods}) for path, methods in app.openapi()["paths"].items()
    ]
    for module in app_routers():
        found += [(route.path, route.methods) for route in module.router.routes]
    return found


def app_routers():
    from importlib import import_module

    from remnant.web.app import ROUTERS

    return [import_module(f"remnant.web.routes.{name}") for name in ROUTERS]


def test_the_word_of_one_visit_is_not_that_of_another(visit):
    one, other = visit(), visit()
    assert one.word() == one.word() != other.word()
    form = {"csrf": other.word(), "name": "eve", "role": "admin"}
    assert one.post("/people", data=form, bare=True).status_code == 403


def test_the_word_outlives_a_restart_of_the_server(visit, lab):
    one = visit()
    word, cookie = one.word(), cookie_of(one)
    again = visit()
    again.cookies.set("remnant-8765", cookie)
    assert (
        again.post("/people", data={"csrf": word, "name": "anna", "role": "admin"}, bare=True).status_code
        == 200
    )


def test_the_word_stands_first_in_a_form_with_files_too(visitor):
    parts = {"csrf": (None, visitor.word()), "token": (None, "x")}
    assert visitor.post("/login", files=parts, bare=True).status_code == 401, "as far as the log-in"
    late = dict(reversed(parts.items()))
    assert visitor.post("/login", files=late, bare=True).status_code == 403


FEW = {"/api/v1/plan/visits": {"patients": "20"}, "/api/v1/plan/patients": {"trials": "20"}}


def test_looking_changes_nothing(visitor, lab):
    """Every page is asked for; neither the audit trail nor a table has a row more."""
    from sqlalchemy import func, select

    from remnant.store.database.tables import metadata

    def rows():
        with lab.reading() as connection:
            return {
                t.name: connection.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables
            }

    before = rows()
    for path, methods in addresses(visitor.app):
        if "GET" in methods:
            answer = visitor.get(re.sub(r"{[^}]*}", "1", path), params=FEW.get(path))
            assert answer.status_code < 500, path
            assert answer.status_code == 200 or path not in FEW, "simulated, though for few"
    assert rows() == before


# Logging in


def test_nobody_is_shown_anything_before_they_log_in(visit, token):
    stranger = visit()
    for path, methods in addresses(stranger.app):
        if "GET" in methods and path not in ("/login",):
            answer = stranger.get(re.sub(r"{[^}]*}", "1", path))
            assert answer.status_code in (303, 401), path
            assert "main" not in answer.text
    assert stranger.get("/api/v1/openapi.json").status_code == 401
    assert stranger.get("/api/v1/session").headers["www-authenticate"] == "Bearer"
    part = stranger.get("/help", headers={"HX-Request": "true"})
    assert part.status_code == 401
    assert "hx-redirect" not in part.headers, "what is typed into the page would be lost"


def test_a_token_logs_in_and_the_cookie_is_a_new_one(visit, token):
    visitor = visit()
    assert visitor.get("/people").headers["location"] == "/login?back=/people"
    page = visitor.get("/login?back=/people").text
    before = cookie_of(visitor)
    word = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)[1]
    answer = visitor.post("/login", data={"csrf": word, "token": f" {token}\n", "back": "/people"}, bare=True)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert cookie_of(visitor) != before, "a cookie that was known before the log-in must not be one after it"
    assert re.search(r"; HttpOnly; SameSite=Strict$", answer.headers["set-cookie"])
    assert visitor.get("/people").status_code == 200
    stale = visitor.post("/people", data={"csrf": word, "name": "eve", "role": "admin"}, bare=True)
    assert stale.status_code == 403, "the word of before does not hold after"


def test_the_cookie_of_a_stranger_never_becomes_that_of_a_person(visit, token):
    visitor = visit()
    visitor.get("/login")
    fixed = cookie_of(visitor)
    log_in(visitor, token)
    victim = visit()
    victim.cookies.set("remnant-8765", fixed)
    assert victim.get("/people").status_code == 303


def test_under_tls_the_cookie_insists_on_it(visit, token):
    served = visit(behind=("https://remnant.lab.example",), secure=True)
    answer = served.get("/login", headers={"Host": "remnant.lab.example"})
    assert answer.headers["set-cookie"].startswith("__Host-remnant=")
    assert answer.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
    assert "max-age" in answer.headers["strict-transport-security"]


def test_logging_out_ends_the_session_on_the_server(visit, token):
    visitor = visit()
    log_in(visitor, token)
    cookie = cookie_of(visitor)
    assert visitor.post("/logout").headers["location"] == "/login"
    thief = visit()
    thief.cookies.set("remnant-8765", cookie)
    assert thief.get("/people").status_code == 303


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "/a\nb",
        "x",
    ],
)
def test_a_log_in_leads_nowhere_else(visit, token, back):
    assert log_in(visit(), token, back=back).headers["location"] == "/"
    assert local("/s/mds?x=1") == "/s/mds?x=1"


def test_a_wrong_token_is_said_at_the_field_and_not_repeated(visit, token):
    answer = log_in(visit(), "remnant_guessed<i>")
    assert answer.status_code == 401
    assert "opens nothing here" in answer.text
    assert "guessed" not in answer.text


@pytest.fixture
def pauses(monkeypatch):
    """How long the answers to wrong tokens were held back, in turn; nobody waits for it here."""
    from remnant.web.security import rates

    held = []

    async def sleep(seconds):
        held.append(seconds)

    monkeypatch.setattr(rates.asyncio, "sleep", sleep)
    return held


def test_guessing_is_slowed_by_address_and_the_right_token_of_that_address_is_let_in(visit, token, pauses):
    """All of a hospital may share one address: one person who mistypes keeps nobody out."""
    visitor = visit()
    found = [log_in(visitor, f"{number}, a guess").status_code for number in range(12)]
    assert found == [401] * 10 + [429] * 2
    assert len(pauses) == 2
    assert min(pauses) >= 1, "seconds"
    assert log_in(visitor, token).status_code == 303
    assert len(pauses) == 2, "who is right does not wait"


def test_guessing_as_a_program_is_slowed_too_and_no_other_program(visit, token, pauses):
    visitor = visit()

    def status(secret):
        return visitor.get("/api/v1/session", headers={"Authorization": f"Bearer {secret}"}).status_code

    found = [status(f"remnant_{number:043}"[::-1]) for number in range(12)]
    assert found == [401] * 10 + [429] * 2
    assert len(pauses) == 2
    assert [status(token) for _ in range(20)] == [200] * 20


def test_whoever_knows_how_a_token_begins_is_slowed_from_every_address():
    tries = Attempts(each=Bucket(10, 0), alike=Bucket(10, 0), whole=Bucket(300, 0))
    same = [tries.failed(f"10.0.0.{number}", f"remnant_AbCdEfGh{number:035}") for number in range(12)]
    assert same == [False] * 10 + [True] * 2
    many = [tries.failed(f"10.0.{number}.1", f"remnant_{number:08}") for number in range(300)]
    assert many == [False] * 288 + [True] * 12, "and everybody together"


def test_a_flood_of_wrong_tokens_holds_few_connections(monkeypatch):
    import asyncio

    from remnant.web.security import rates

    monkeypatch.setattr(rates, "PAUSE_S", 60)
    tries = Attempts()

    async def scene():
        waiting = [asyncio.create_task(tries.hold()) for _ in range(rates.MOST_HELD + 50)]
        done, held = await asyncio.wait(waiting, timeout=0.1)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return len(done), len(held)

    assert asyncio.run(scene()) == (50, rates.MOST_HELD)
    assert tries.held == 0


def test_what_cannot_be_a_token_is_no_question_to_the_database(lab, token, monkeypatch):
    assert people.person_with(lab, token).name == "anna"
    monkeypatch.setattr(type(lab), "reading", None)
    for odd in ("", "guess", token[:-1], f"{token}x", f"{token}\n", token.upper(), "remnant_" + "é" * 43):
        assert people.person_with(lab, odd) is None


def test_a_second_log_in_of_a_browser_ends_the_first(visit, lab, token):
    visitor = visit()
    log_in(visitor, token)
    first = cookie_of(visitor)
    log_in(visitor, token)
    assert cookie_of(visitor) != first
    thief = visit()
    thief.cookies.set("remnant-8765", first)
    assert thief.get("/people").status_code == 303


def test_a_program_with_a_token_needs_no_word_and_gets_no_cookie(visit, token):
    program = visit()
    ask = {"Authorization": f"Bearer {token}"}
    answer = program.get("/api/v1/session", headers=ask)
    assert answer.json()["name"] == "anna"
    assert "set-cookie" not in answer.headers
    made = program.post("/people", data={"name": "ben", "role": "viewer"}, headers=ask, bare=True)
    assert made.status_code == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 403), ("admin", 200)])
def test_only_an_admin_sees_and_changes_people(visit, lab, token, role, status):
    other = people.add_person(lab, who="local", name="ben", role=role)
    visitor = visit()
    log_in(visitor, other)
    assert visitor.get("/people").status_code == status
    before = people.all_people(lab)
    visitor.post("/people", data={"name": "eve", "role": "admin"})
    assert (people.all_people(lab) == before) == (status == 403)


def test_the_first_admin_ends_the_time_without_tokens(visitor, lab):
    assert visitor.get("/people").status_code == 200
    page = visitor.post("/people", data={"name": "anna", "role": "admin"}).text
    token = re.search(r"remnant_[A-Za-z0-9_-]{43}", page)[0]
    assert visitor.get("/people").status_code == 303
    assert log_in(visitor, token).status_code == 303
    assert visitor.get("/people").text.count("remnant_") == 0, "a token is shown once"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "role": "admin"}, "1 to 40 letters"),
        ({"name": "<script>alert(1)</script>", "role": "admin"}, "1 to 40 letters"),
        ({"name": "anna", "role": "king"}, "viewer, editor, admin"),
        ({"name": "anna", "role": "admin", "days": "soon"}, "1 to 3650 days"),
        ({"name": "anna", "role": "admin", "days": "99999999999999"}, "1 to 3650 days"),
        ({"name": "anna", "role": "viewer"}, "at least one admin"),
        ({}, "1 to 40 letters"),
        ({"name": "a" * 5000, "role": "admin"}, "at most 200 characters"),
    ],
)
def test_bad_input_of_a_person_is_said_and_nothing_is_written(visitor, lab, form, said):
    answer = visitor.post("/people", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<script>alert" not in answer.text
    assert not people.anyone(lab)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "remove", "name": "nobody-here"},
        {"action": "x", "name": "anna"},
        {"action": "role", "name": "anna", "role": "king"},
        {"action": "remove", "name": "anna\0"},
        {"action": "role", "name": "anna", "role": "viewer"},
    ],
)
def test_bad_input_of_a_change_is_said_and_nothing_is_written(visit, lab, token, form):
    visitor = visit()
    log_in(visitor, token)
    before = people.all_people(lab)
    assert visitor.post("/people/change", data=form).status_code == 422
    assert people.all_people(lab) == before


def test_each_change_of_a_person_can_be_made_in_the_page(visit, lab, token):
    visitor = visit()
    log_in(visitor, token)
    people.add_person(lab, who="local", name="ben", role="viewer")
    assert (
        visitor.post("/people/change", data={"name": "ben", "action": "role", "role": "editor"}).status_code
        == 303
    )
    fresh = re.search(
        r"remnant_[\w-]{43}", visitor.post("/people/change", data={"name": "ben", "action": "token"}).text
    )[0]
    assert people.person_with(lab, fresh).role == "editor"
    visitor.post("/people/change", data={"name": "ben", "action": "disable"})
    assert people.person_with(lab, fresh) is None
    assert "kept out" in visitor.get("/people").text
    visitor.post("/people/change", data={"name": "ben", "action": "remove"})
    assert [person.name for person in people.all_people(lab)] == ["anna"]


def test_two_servers_of_this_machine_do_not_share_a_cookie(visit):
    assert "remnant-9000" in visit(port=9000).get("/help").headers["set-cookie"]


def test_settings_know_when_every_way_in_is_encrypted():
    assert Settings(behind=("https://a.example",)).encrypted
    assert not Settings(behind=("https://a.example", "http://b.example")).encrypted
    assert not Settings().encrypted
