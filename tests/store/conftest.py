"""A store on either database; PostgreSQL is started in a folder of its own, where it is installed."""

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from remnant.store.house import open_store

_COUNT = itertools.count()
_OWNER = "postgres"  # its programs refuse to run as root


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs, which Debian keeps off the path."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found := shutil.which("initdb"):
        places.insert(0, Path(found).parent)
    return next((place for place in places if (place / "initdb").exists()), None)


def _as_owner(*words: object) -> list[str]:
    command = [str(word) for word in words]
    return (
        ["setpriv", f"--reuid={_OWNER}", f"--regid={_OWNER}", "--clear-groups", *command]
        if _root()
        else command
    )


def _root() -> bool:
    return os.geteuid() == 0


# Stops the server and removes its folder when its standard input ends, as it does however a run ends.
GUARD = 'cat > /dev/null; "$@"; rm -rf "$0"'


@contextmanager
def guarded(folder: Path, *stop: object) -> Iterator[None]:
    """Have a folder removed and a server stopped at the end, though the run be killed before."""
    command = ["sh", "-c", GUARD, str(folder), *map(str, stop)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **quiet):
        yield  # at the end of the block the pipe is closed, and the guard is waited for


@pytest.fixture(scope="session")
def cluster():
    """The address of a PostgreSQL server that is removed at the end."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: no initdb on the path or in /usr/lib/postgresql")
    # A socket's path has at most 107 bytes, so that the folder of pytest may be too deep for it.
    folder = Path(tempfile.mkdtemp(prefix="remnant-pg-"))
    if _root():
        shutil.chown(folder, _OWNER)
    data, quiet = folder / "data", {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    make = ("-U", "remnant", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
    with guarded(folder, *_as_owner(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")):
        subprocess.run(_as_owner(programs / "initdb", "-D", data, *make), **quiet)
        subprocess.run(_start(programs, folder), **quiet)
        yield f"postgresql+psycopg://remnant@/postgres?host={folder}"


def _start(programs: Path, folder: Path) -> list[str]:
    options = (
        f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=200"
    )
    return _as_owner(
        programs / "pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "start"
    )


@pytest.fixture
def kill_cluster(cluster):
    """A function that kills the PostgreSQL server with all that it does, and starts it again."""
    folder = Path(cluster.partition("host=")[2])

    def killed() -> None:
        head = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{head}/task/{head}/children").read_text().split()
        for number in (head, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        start = _start(_programs(), folder)
        for _ in range(100):  # what the dead one held is let go of in a moment
            if subprocess.run(start, check=False, stdout=subprocess.DEVNULL, cwd="/").returncode == 0:
                return
            time.sleep(0.1)
        pytest.fail("the server did not start again")

    return killed


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    """The address of an empty database; None is the embedded one."""
    if request.param == "sqlite":
        return None
    return request.getfixturevalue("fresh_postgresql")()


@pytest.fixture(scope="session")
def fresh_postgresql(cluster):
    """A function that makes an empty database and gives its address."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'remnant[server]'")

    def fresh() -> str:
        # A schema: to whoever looks no further it is a database, and it is made at once.
        name = f"remnant_{next(_COUNT)}"
        with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{cluster}&options=-csearch_path%3D{name}"

    return fresh


@pytest.fixture
def store(tmp_path, database):
    """An empty store, on SQLite and on PostgreSQL."""
    opened = open_store(tmp_path / "home", database)
    yield opened
    opened.close()
