"""The app without a server: a visitor asks it as a browser on this machine would."""

import re
import warnings
from typing import Any

import pytest

from remnant.store.house import Store, open_store
from remnant.web.app import create_app
from remnant.web.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have a newer httpx
    from starlette.testclient import TestClient

SAFE = {"GET", "HEAD", "OPTIONS"}


class Visitor(TestClient):
    """A browser: it goes by our name, keeps the cookie, and sends the word with what changes anything."""

    def __init__(self, store: Store, settings: Settings | None = None, **named: Any):
        settings = settings or Settings()
        self.store = store
        named = {"base_url": f"http://127.0.0.1:{settings.port}", "follow_redirects": False} | named
        super().__init__(create_app(store, settings=settings), **named)

    def word(self) -> str:
        """The word that a form of this visit holds."""
        answer = super().request("GET", "/api/v1/session")
        if answer.status_code == 401:  # a stranger has it from the log-in page
            return re.search(r'name="csrf" value="(\w+)"', super().request("GET", "/login").text)[1]
        return answer.json().get("csrf", "")

    def request(self, method: str, url: Any, *, bare: bool = False, **named: Any) -> Any:
        """Ask; `bare` leaves the word out."""
        if method.upper() not in SAFE and not bare:
            named["headers"] = {"X-CSRF": self.word()} | dict(named.get("headers") or {})
        return super().request(method, url, **named)

    def post(self, url: Any, *, bare: bool = False, **named: Any) -> Any:
        """Send a form, or JSON."""
        return self.request("POST", url, bare=bare, **named)


@pytest.fixture
def lab(tmp_path):
    """An empty store."""
    store = open_store(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def visit(lab):
    """A function that makes a visitor of `lab`; settings by name, as in visit(secure=True)."""

    def make(*, store: Store = lab, raise_server_exceptions: bool = True, **settings: Any) -> Visitor:
        return Visitor(store, Settings(**settings), raise_server_exceptions=raise_server_exceptions)

    return make


@pytest.fixture
def visitor(visit):
    """Whoever sits at this machine."""
    return visit()


@pytest.fixture
def client(visitor):
    """The same, where only answers matter."""
    return visitor


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A function that serves a store from a thread, for a browser; it returns the address."""
    import socket
    import threading

    import uvicorn

    running = []

    def serve(store: Store, **settings: Any) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = create_app(store, settings=Settings(port=port, **settings))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        running.append((server, thread, listening))
        return f"http://127.0.0.1:{port}"

    yield serve
    for server, thread, listening in running:
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture(scope="module")
def analysed(cases, made, tmp_path_factory):
    """A store with a study of four patients by hand, analysed and fitted; one of them has a hostile name."""
    from remnant.analysis.results import save
    from remnant.store.files.trees import put_tree
    from remnant.store.studies.results import keep
    from remnant.store.studies.studies import create_study

    home = tmp_path_factory.mktemp("analysed")
    store = open_store(home / "home")
    save(cases.example(), home / "results")
    record = create_study(store, who="anna", title="Four", tree=put_tree(store, {}), synthetic=True)
    keep(store, who="anna", study=record, revision=1, kind="analysis", folder=home / "results", key="by hand")
    yield store
    store.close()


@pytest.fixture(scope="session")
def furnished(study_folder, findings, made, tmp_path_factory):
    """A store with something of everything, to be copied: nobody writes to it."""
    from tests.web.furnished import furnish

    return furnish(tmp_path_factory.mktemp("furnished"), study_folder, findings, made)
