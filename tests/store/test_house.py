"""A store is made where there is none, and what is no store is refused in words."""

import subprocess
import sys

import pytest
from sqlalchemy import text

from remnant.errors import StoreError
from remnant.store.database.engine import make_engine
from remnant.store.house import default_home, open_store
from remnant.store.studies.studies import all_studies


def test_a_home_is_for_its_owner_alone(store):
    assert store.home.stat().st_mode & 0o777 == 0o700
    with store.reading() as connection:
        if store.engine.dialect.name == "sqlite":
            pragmas = ["journal_mode", "foreign_keys", "synchronous", "busy_timeout"]
            found = [connection.scalar(text(f"PRAGMA {name}")) for name in pragmas]
            assert found == ["wal", 1, 2, 30_000]
    assert all_studies(store) == ()


def test_the_default_home_is_asked_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("REMNANT_HOME", str(tmp_path / "a"))
    assert default_home() == tmp_path / "a"
    monkeypatch.delenv("REMNANT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_home() == tmp_path / "remnant"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".local/share/remnant"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "something else"),
        ("mysql://user:secret@host/db", "mysql"),
        ("oracle+cx_oracle://user:secret@host/db", "oracle"),
        ("sqlite://", "sqlite"),
        ("sqlite:///:memory:", "sqlite"),
        ("postgresql+psycopg://user:secret@127.0.0.1:1/db", "user:***@127.0.0.1"),
        ("postgres://user:secret@127.0.0.1:notaport/db", "something else"),
        ("sqlite:////nonexistent/folder/x.db", "unable to open"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(tmp_path, url, said):
    with pytest.raises(StoreError) as error:
        open_store(tmp_path / "home", url)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "remnant.db").write_text("a diary, and nothing but a diary " * 99)
    with pytest.raises(StoreError, match="not a database"):
        open_store(tmp_path / "home")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="a folder to write to"):
        open_store(tmp_path / "file")


def test_a_database_beside_the_folder_of_another_store_is_refused(tmp_path, fresh_postgresql):
    address = fresh_postgresql()
    open_store(tmp_path / "one", address).close()
    open_store(tmp_path / "two").close()
    with pytest.raises(StoreError, match="another store"):
        open_store(tmp_path / "two", address)
    with pytest.raises(StoreError, match="a new folder"):
        open_store(tmp_path / "three", address)
    open_store(tmp_path / "one", address).close()


def test_many_processes_may_make_one_store(tmp_path):
    script = "import sys, pathlib as p; from remnant.store.house import *; open_store(p.Path(sys.argv[1]))"
    made = [subprocess.Popen([sys.executable, "-c", script, tmp_path / "home"]) for _ in range(3)]
    assert [process.wait() for process in made] == [0, 0, 0]
    store = open_store(tmp_path / "home")
    assert all_studies(store) == ()
    store.close()


def test_a_writer_that_has_waited_too_long_says_so(tmp_path, monkeypatch):
    import remnant.store.database.engine as engine

    monkeypatch.setattr(engine, "PATIENCE_S", 0)
    monkeypatch.setattr(engine, "_PRAGMAS", ("journal_mode=WAL", "busy_timeout=0"))
    first = open_store(tmp_path / "home")
    second = make_engine(first.engine.url)
    with (
        first.begin(),
        pytest.raises(StoreError, match="does another program hold it"),
        engine.writing(second),
    ):
        pass
    second.dispose()
    first.close()
