"""The server itself: what it refuses to start with, how it waits, and how it ends."""

import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from remnant.errors import ResultsError, SettingError, StoreError
from remnant.store.access import people
from remnant.store.lock import held
from remnant.web.serve import address_of, checked, listen
from remnant.web.settings import Settings

LONGEST_S = 60


@pytest.mark.parametrize(
    "asked",
    [Settings(host="0.0.0.0"), Settings(host="192.168.1.5"), Settings(host="::"), Settings(secure=True),
     Settings(behind=("https://a.example",))],
)  # fmt: skip
def test_others_are_let_in_only_where_somebody_can_log_in(lab, asked):
    with pytest.raises(SettingError, match="remnant people add"):
        checked(asked, lab)
    people.add_person(lab, who="local", name="anna", role="admin")
    assert checked(asked, lab).secure


def test_an_admin_whose_token_has_ended_is_no_admin(lab, monkeypatch):
    people.add_person(lab, who="local", name="anna", role="admin", days=1)
    monkeypatch.setattr(people, "now", lambda: "2999-01-01T00:00:00.000000Z")
    with pytest.raises(SettingError):
        checked(Settings(host="0.0.0.0"), lab)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
def test_this_machine_alone_needs_no_token(lab, host):
    assert not checked(Settings(host=host), lab).secure


@pytest.mark.parametrize(
    "address", ["remnant.lab", "https://a.example/path", "ftp://a", "https://a b", "https://", ""]
)
def test_an_address_of_a_proxy_is_scheme_and_host(lab, address):
    people.add_person(lab, who="local", name="anna", role="admin")
    with pytest.raises(SettingError, match="--behind"):
        checked(Settings(behind=(address,)), lab)


def test_a_port_that_is_taken_is_said():
    bound, settings = listen(Settings(port=0))
    with bound, pytest.raises(SettingError, match=f"{settings.port}, which another program uses"):
        listen(settings)
    assert address_of(settings) == f"http://127.0.0.1:{settings.port}"


def test_a_host_that_is_not_ours_is_said():
    with pytest.raises(SettingError, match="--host"):
        listen(Settings(host="203.0.113.7", port=0))


def test_a_home_has_one_server_and_says_where(tmp_path):
    refused = pytest.raises(StoreError, match=r"a server at http://127\.0\.0\.1:8765")
    with held(tmp_path, "http://127.0.0.1:8765"), refused, held(tmp_path, "x"):
        pass
    with held(tmp_path, "again"):
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of its own process on an empty home: its port, the process, and what it has said."""
    home = tmp_path_factory.mktemp("served") / "home"
    said = home.parent / "err.txt"
    with said.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "remnant", "serve", "--home", str(home), "--port", "0", "--no-open",
             "--workers", "0"], stdout=subprocess.PIPE, stderr=err, text=True,
        )  # fmt: skip
    line = process.stdout.readline()
    yield int(re.search(r":(\d+)/", line)[1]), process, said, home
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()


def talk(port, *pieces, pause=0.0):
    """Send pieces, and return what comes back until the server closes."""
    got = b""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=LONGEST_S) as client,
        suppress(ConnectionError),
    ):
        for piece in pieces:
            client.sendall(piece)
            time.sleep(pause)
        while chunk := client.recv(65536):
            got += chunk
    return got


def asked(port, *more):
    lines = [b"GET /help HTTP/1.1", f"Host: 127.0.0.1:{port}".encode(), b"Connection: close", *more]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def test_the_server_answers_and_its_log_names_nobody(server):
    port, _, said, _ = server
    assert talk(port, asked(port)).startswith(b"HTTP/1.1 200")
    talk(port, asked(port).replace(b"/help", b"/s/meierhofer?patient=meierhofer"))
    deadline = time.monotonic() + 10
    while " 404 " not in said.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    text = said.read_text()
    assert "GET /help 200" in text
    assert "meierhofer" not in text
    assert "127.0.0.1" not in text


def test_a_head_that_is_too_long_or_no_http_is_refused_with_every_header(server):
    port, *_ = server
    heads = [
        (asked(port, b"X: " + b"a" * 20_000), b"431"),
        (asked(port, *(b"X: 1" for _ in range(200))), b"431"),
        (b"\x16\x03\x01nonsense\r\n\r\n", b"400"),
    ]
    for sent, status in heads:
        got = talk(port, sent)
        assert got.startswith(b"HTTP/1.1 " + status)
        assert b"content-security-policy: default-src 'none'" in got
    endless = [b"GET /help HTTP/1.1\r\nX: ", *[b"a" * 60_000] * 3]
    assert talk(port, *endless, pause=0.05)[:12] in (b"HTTP/1.1 400", b"")


def test_head_on_the_wire_is_a_head_and_nothing_behind_it(server):
    port, *_ = server
    got = talk(port, asked(port).replace(b"GET", b"HEAD"))
    assert got.startswith(b"HTTP/1.1 200")
    assert b"content-type: text/html" in got
    assert got.endswith(b"\r\n\r\n")
    assert got.count(b"\r\n\r\n") == 1


def test_two_hosts_and_two_lengths_are_refused(server):
    """What a proxy and a server read differently is how requests are smuggled."""
    port, *_ = server
    assert talk(port, asked(port, b"Host: evil.example")).startswith((b"HTTP/1.1 400", b"HTTP/1.1 421"))
    twice = asked(port, b"Content-Length: 1", b"Content-Length: 2")
    assert talk(port, twice).startswith(b"HTTP/1.1 400")


def test_ctrl_c_ends_it_without_a_word_of_python(server):
    """The last test of this module."""
    _, process, said, _ = server
    process.send_signal(signal.SIGINT)
    assert process.wait(LONGEST_S) == 0
    assert "Traceback" not in said.read_text()


def test_a_connection_that_says_nothing_or_drips_is_closed(monkeypatch):
    import asyncio

    import uvicorn

    from remnant.web.security import slow

    monkeypatch.setattr(slow, "HEAD_S", 0.3)

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def scene():
        config = uvicorn.Config(app, http=slow.Brisk, ws="none", lifespan="off", log_config=None, port=0)
        serving = uvicorn.Server(config)
        task = asyncio.create_task(serving.serve())
        while not serving.started:
            await asyncio.sleep(0.01)
        port = serving.servers[0].sockets[0].getsockname()[1]

        async def sent(*pieces):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.1)
            try:
                return await asyncio.wait_for(reader.read(), 20)
            except ConnectionError:
                return b""
            finally:
                writer.close()

        silent = await sent()
        dripping = await sent(*[bytes([letter]) for letter in b"GET / HTTP/1.1\r\nHost: a\r\n"])
        plain = await sent(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        serving.should_exit = True
        await task
        return silent, dripping, plain

    silent, dripping, plain = asyncio.run(scene())
    assert silent == b"" == dripping
    assert plain.endswith(b"ok")


def test_a_folder_that_is_none_of_ours_is_said(lab, tmp_path):
    from remnant.service.opening import open_path
    from remnant.service.viewer import LOCAL

    (tmp_path / "demo" / "study").mkdir(parents=True)
    (tmp_path / "demo" / "study" / "study.toml").write_text("")
    with pytest.raises(SettingError, match="did you mean"):
        open_path(lab, LOCAL, tmp_path / "demo")
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ResultsError):
        open_path(lab, LOCAL, tmp_path)


def test_a_study_is_kept_once_and_found_again(lab, tmp_path):
    from remnant.service.opening import open_path
    from remnant.service.viewer import LOCAL
    from remnant.store.studies.studies import all_studies
    from remnant.study.template import write_template

    write_template(tmp_path / "mine")
    first, second = (open_path(lab, LOCAL, tmp_path / "mine") for _ in range(2))
    assert first.address == second.address == f"/s/{all_studies(lab)[0].slug}"
    assert len(all_studies(lab)) == 1
    (tmp_path / "mine" / "fish.csv").write_text("sample_id\nx\n")
    drafts = {open_path(lab, LOCAL, tmp_path / "mine").address for _ in range(2)}
    assert len(drafts) == 1
    assert drafts.pop().startswith("/drafts/")


def test_results_are_kept_beside_the_study_that_they_were_made_from(lab, tmp_path, findings, study_folder):
    from remnant.analysis import save
    from remnant.service.opening import open_path
    from remnant.service.viewer import LOCAL
    from remnant.store.studies.results import latest
    from remnant.store.studies.studies import all_studies

    save(findings, tmp_path / "results")
    with pytest.raises(ResultsError, match="serve the study folder first"):
        open_path(lab, LOCAL, tmp_path / "results")
    study = open_path(lab, LOCAL, study_folder)
    assert open_path(lab, LOCAL, tmp_path / "results").address == study.address
    assert latest(lab, all_studies(lab)[0], "analysis") is not None
