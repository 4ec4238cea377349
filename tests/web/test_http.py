"""How the app speaks HTTP: HEAD, what a browser may keep, and how a link from elsewhere comes in."""

import pytest

from remnant.store.access import people
from remnant.store.house import open_store


@pytest.fixture
def copied(analysed, tmp_path):
    """The analysed store, to be changed."""
    import shutil

    shutil.copytree(analysed.home, tmp_path / "copied")
    store = open_store(tmp_path / "copied")
    yield store
    store.close()


@pytest.mark.parametrize(
    "path", ["/", "/help", "/s/four", "/s/four/export/study.zip", "/api/v1/studies", "/nowhere", "/s/none"]
)
def test_head_answers_as_get_does_without_a_body(visit, analysed, path):
    reader = visit(store=analysed)
    full, head = reader.get(path), reader.request("HEAD", path)
    assert head.status_code == full.status_code
    assert head.headers["content-type"] == full.headers["content-type"]
    assert head.content == b""
    assert full.content != b""


def test_head_is_no_way_around_the_door_and_changes_nothing(visit, lab, visitor):
    assert visitor.request("HEAD", "/logout").status_code == 405
    people.add_person(lab, who="local", name="anna", role="admin")
    stranger = visit()
    assert stranger.request("HEAD", "/people").status_code == 303
    assert stranger.request("HEAD", "/api/v1/studies").status_code == 401


def addresses(reader):
    """A page of results, and the charts of one."""
    page = reader.get("/s/four").text
    where = page.split('id="charts-', 1)[1].split('data-src="')[1].split('"')[0]
    return "/s/four", "/s/four/patients/1", where.replace("&amp;", "&")


def test_results_are_kept_by_a_browser_only_as_long_as_nobody_logs_in(visit, copied):
    """A token makes everybody log in, on this machine too: what is shown must not outlive the log-out."""
    alone = visit(store=copied)
    pages = addresses(alone)
    for path in pages:
        assert "private" in alone.get(path).headers["cache-control"], path
    token = people.add_person(copied, who="local", name="anna", role="admin")
    known = visit(store=copied)
    known.post("/login", data={"csrf": known.word(), "token": token}, bare=True)
    for path in pages:
        answer = known.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store", path


LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def test_a_link_in_a_mail_asks_for_a_token_only_where_nobody_is_logged_in(visit, lab):
    """It comes without the cookie, which no other site may send; our own page asks once more, with it."""
    token = people.add_person(lab, who="local", name="anna", role="admin")
    visitor = visit()
    log_in = {"csrf": visitor.word(), "token": token}
    came = visit().get("/login?back=/people", headers=LINK)
    assert came.headers["refresh"] == "0;url=/login?again=true&back=/people"
    assert "set-cookie" not in came.headers
    once_more = visit().get("/login?again=true&back=/people", headers=LINK)
    assert "refresh" not in once_more.headers, "never in a circle"
    assert "refresh" not in visitor.get("/login?back=/people").headers
    visitor.post("/login", data=log_in, bare=True)
    inside = visitor.get("/login?again=true&back=/people", headers={"Sec-Fetch-Site": "same-origin"})
    assert inside.headers["location"] == "/people"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/a;url=//evil", "/a\r\nX: 1"])
def test_the_way_back_of_a_link_leads_nowhere_else(visit, lab, back):
    people.add_person(lab, who="local", name="anna", role="admin")
    header = visit().get("/login", params={"back": back}, headers=LINK).headers["refresh"]
    assert header in ("0;url=/login?again=true&back=/", "0;url=/login?again=true&back=/a%3Burl%3D//evil")
