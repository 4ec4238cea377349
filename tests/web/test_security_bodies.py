"""How much may be sent, how deep, and how slowly."""

import asyncio
import json

import pytest

from remnant.service.viewer import Viewer
from remnant.store.access import people
from remnant.web.security.bodies import depth_of
from remnant.web.security.rates import Bucket, address_of
from remnant.web.security.stream import Flow
from remnant.web.settings import Settings


def test_a_claim_of_too_much_is_refused_before_a_byte_flows(visit):
    small = visit(form_bytes=1000)
    answer = small.post(
        "/people", content=b"x" * 1001, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_what_claims_nothing_is_counted_while_it_flows(visit):
    """A body in chunks has no length; it ends where its limit is, and not in memory."""
    given = []

    def pieces():
        yield b"csrf=x&name="
        for _ in range(10_000):
            given.append(1)
            yield b"a" * 1000

    small = visit(form_bytes=100_000)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = small.post("/people", content=pieces(), headers=kind)
    assert answer.status_code == 413


def test_files_have_their_own_limit_and_a_viewer_brings_none(visit, lab):
    people.add_person(lab, who="local", name="anna", role="admin")
    token = people.add_person(lab, who="local", name="ben", role="viewer")
    small = visit(form_bytes=1000, upload_bytes=5000)
    ask = {"Authorization": f"Bearer {token}"}
    assert small.post("/people", files={"a": b"x" * 2000}, headers=ask, bare=True).status_code == 413
    people.change_role(lab, who="local", name="ben", role="editor")
    assert small.post("/people", files={"a": b"x" * 2000}, headers=ask, bare=True).status_code == 403
    assert small.post("/people", files={"a": b"x" * 6000}, headers=ask, bare=True).status_code == 413


def test_a_stranger_sends_no_more_than_a_log_in(visit, lab):
    people.add_person(lab, who="local", name="anna", role="admin")
    assert visit().post("/login", data={"token": "x" * 70_000}).status_code == 413


def test_more_fields_than_a_form_has_are_refused(visitor):
    word = visitor.word()
    many = {"csrf": word} | {f"f{number}": "" for number in range(1200)}
    assert visitor.post("/people", data=many).status_code == 400
    parts = [(f"f{number}", (None, "")) for number in range(1200)]
    assert visitor.post("/people", files=parts).status_code == 400
    assert visitor.post("/people", data={"csrf": word, "name": "x" * 1_100_000}).status_code == 400


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "[" * 33 + "]" * 33])
def test_json_of_any_depth_is_refused_and_not_followed(visitor, text):
    answer = visitor.post("/api/v1/session", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "deep" in answer.json()["detail"]


def test_the_depth_of_json_is_counted_outside_of_strings():
    for value in ([], [[]], {"a": [1, {"b": "[[[[{{{{"}]}, "[[[", ['\\"[', {"[": "]"}]):
        assert depth_of(json.dumps(value).encode()) == _depth(value)


def _depth(value):
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize("text", [b'"' * 300_001, b'"\\' * 150_000, b"\\" * 300_000, b"[" * 300_000])
def test_the_depth_of_any_bytes_is_found_in_one_pass(text):
    """A pattern that went back would take hours."""
    depth_of(text)


def test_a_body_that_stops_or_crawls_is_given_up():
    async def silent():
        await asyncio.sleep(60)

    with pytest.raises(Exception, match="408") as caught:
        asyncio.run(Flow(silent, 100, Settings(silence_s=0.05))())
    assert caught.value.status_code == 408

    async def crawling():
        return {"type": "http.request", "body": b"x", "more_body": True}

    flow = Flow(crawling, 100, Settings())
    flow.began -= 120
    with pytest.raises(Exception, match="408"):
        asyncio.run(flow())


def test_a_flood_from_one_address_is_slowed_and_this_machine_is_not(visit):
    local = visit(burst=3, requests_per_second=0.001)
    assert {local.get("/help").status_code for _ in range(3)} == {200}
    assert local.get("/help").status_code == 429, "a client that has no address is one of many"
    machine = visit(burst=3, requests_per_second=0.001)
    machine._transport.client = ("127.0.0.1", 1)
    assert {machine.get("/help").status_code for _ in range(9)} == {200}


def scope(peer, *forwarded):
    return {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", one.encode()) for one in forwarded],
    }


def test_only_a_proxy_of_this_machine_is_believed_and_only_its_own_word():
    plain, proxied = Settings(), Settings(behind=("https://a.example",))
    assert address_of(scope("10.0.0.9", "1.2.3.4"), plain) == "10.0.0.9"
    assert address_of(scope("10.0.0.9", "1.2.3.4"), proxied) == "10.0.0.9"
    assert address_of(scope("127.0.0.1", "1.2.3.4"), plain) == "127.0.0.1"
    assert address_of(scope("127.0.0.1", "6.6.6.6, 1.2.3.4"), proxied) == "1.2.3.4"
    assert address_of(scope("127.0.0.1", "6.6.6.6", "1.2.3.4"), proxied) == "1.2.3.4"
    assert address_of(scope("127.0.0.1", "nonsense"), proxied) == "unknown"
    assert address_of(scope("2001:db8:1:2:3::4"), plain) == address_of(scope("2001:db8:1:2:ffff::1"), plain)
    assert address_of(scope("::ffff:10.0.0.9"), plain) == "10.0.0.9"


def test_a_bucket_forgets_the_silent_and_fills_again():
    time = [0.0]
    bucket = Bucket(2, 1, clock=lambda: time[0])
    assert [bucket.take("a") for _ in range(3)] == [True, True, False]
    time[0] = 1.5
    assert [bucket.take("a"), bucket.take("a")] == [True, False]
    for number in range(20_000):
        bucket.take(str(number))
    assert len(bucket.levels) <= 10_000


def test_roles_may_what_those_below_may():
    may = {(one, other): Viewer("x", one).may(other) for one in ("none", "viewer", "editor", "admin")
           for other in ("viewer", "editor", "admin")}  # fmt: skip
    assert [pair for pair, may_ in may.items() if may_] == [
        ("viewer", "viewer"), ("editor", "viewer"), ("editor", "editor"),
        ("admin", "viewer"), ("admin", "editor"), ("admin", "admin"),
    ]  # fmt: skip
