"""A database of an earlier remnant becomes one of today, or stays what it was."""

import hashlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import MetaData, inspect, select, text

from remnant.errors import StoreError
from remnant.store.access.people import all_people
from remnant.store.backup.verify import verify
from remnant.store.database.address import read_address
from remnant.store.database.engine import make_engine, reading
from remnant.store.database.migrations import Step, migrate, number_of, schema_number
from remnant.store.database.tables import migrations
from remnant.store.files.trees import replaced_file
from remnant.store.house import open_store
from remnant.store.queue.jobs import claim, finish
from remnant.store.studies.drafts import drafts
from remnant.store.studies.results import kept
from remnant.store.studies.studies import all_studies, revise, revisions

FIRST = """  -- the tables of number 1, as SQLite has them, written down by hand: never changed
CREATE TABLE migrations (number INTEGER NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (number));
INSERT INTO migrations VALUES (1, 'made whole', '2026-11-26T12:00:00.000000Z', '0.7.0');
CREATE TABLE meta ("key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key"));
INSERT INTO meta VALUES ('identity', 'made by hand');
CREATE TABLE studies (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL, synthetic BOOLEAN NOT NULL, head INTEGER NOT NULL, created TEXT NOT NULL,
  "by" TEXT NOT NULL, archived TEXT);
INSERT INTO studies VALUES (1, 'invented', 'Invented', 1, 1, '2026-11-26T12:00:00.000000Z', 'anna', NULL);
"""


def _colour(connection):
    connection.execute(text("ALTER TABLE studies ADD COLUMN colour TEXT NOT NULL DEFAULT 'plain'"))


def _shape(connection):
    connection.execute(text("ALTER TABLE studies ADD COLUMN shape TEXT NOT NULL DEFAULT 'round'"))


def _broken(connection):
    _shape(connection)
    connection.execute(text("INSERT INTO studies (nothing) VALUES (1)"))


COLOUR, SHAPE, BROKEN = Step(2, "colour", _colour), Step(3, "shape", _shape), Step(3, "broken", _broken)


@pytest.fixture
def engine(tmp_path, database):
    """The engine of an empty database."""
    made = make_engine(read_address(tmp_path / "remnant.db", database))
    yield made
    made.dispose()


@pytest.fixture
def by_hand(tmp_path):
    """The engine of a database of number 1 that was made by hand."""
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.executescript(FIRST)
    connection.close()
    made = make_engine(read_address(tmp_path / "old.db", None))
    yield made
    made.dispose()


def columns(engine):
    with reading(engine) as connection:
        return [column["name"] for column in inspect(connection).get_columns("studies")]


def steps_of(engine):
    with reading(engine) as connection:
        return connection.execute(select(migrations.c.number, migrations.c.name)).all()


def test_an_empty_database_is_made_whole(engine):
    migrate(engine)
    with reading(engine) as connection:
        assert number_of(connection) == schema_number()
    assert steps_of(engine) == [(1, "made whole")]
    migrate(engine)
    assert steps_of(engine) == [(1, "made whole")], "nothing is done twice"


def test_later_steps_are_done_once_each_and_recorded(engine):
    migrate(engine)
    migrate(engine, (COLOUR, SHAPE))
    migrate(engine, (COLOUR, SHAPE))
    assert columns(engine)[-2:] == ["colour", "shape"]
    assert steps_of(engine) == [(1, "made whole"), (2, "colour"), (3, "shape")]


def test_a_database_of_number_1_made_by_hand_goes_up_with_its_rows(by_hand):
    migrate(by_hand, (COLOUR, SHAPE))
    with reading(by_hand) as connection:
        row = connection.execute(text("SELECT title, colour, shape FROM studies")).one()
    assert row == ("Invented", "plain", "round")
    assert steps_of(by_hand)[0] == (1, "made whole")


def test_the_tables_of_number_1_are_those_that_were_written_down(by_hand, tmp_path):
    migrate(by_hand)
    today = open_store(tmp_path / "home")
    found, made = MetaData(), MetaData()
    found.reflect(by_hand)
    made.reflect(today.engine)
    for name, table in found.tables.items():
        assert [(c.name, str(c.type), c.nullable) for c in table.columns] == [
            (c.name, str(c.type), c.nullable) for c in made.tables[name].columns
        ]
    today.close()


def test_a_step_that_breaks_off_leaves_the_old_state(engine):
    migrate(engine)
    with pytest.raises(Exception, match="nothing"):
        migrate(engine, (COLOUR, BROKEN))
    assert columns(engine)[-1] == "colour", "the step before it stands, of this one there is nothing"
    assert steps_of(engine) == [(1, "made whole"), (2, "colour")]
    migrate(engine, (COLOUR, SHAPE))
    assert columns(engine)[-1] == "shape"


def test_a_database_of_a_newer_remnant_is_refused(engine):
    migrate(engine)
    migrate(engine, (COLOUR,))
    with pytest.raises(StoreError, match="install the newer one"):
        migrate(engine)


def test_a_database_that_cannot_hold_every_name_is_refused(cluster):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'remnant[server]'")
    with psycopg.connect(cluster.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    made = make_engine(read_address(Path("unused"), cluster.replace("/postgres?", "/latin?")))
    with pytest.raises(StoreError, match="encoding: found LATIN1"):
        migrate(made)
    made.dispose()


def test_tables_of_something_else_are_left_alone(engine):
    with engine.connect().execution_options(remnant_writes=True) as connection:
        connection.execute(text("CREATE TABLE diary (day TEXT)"))
        connection.commit()
    with pytest.raises(StoreError, match="diary"):
        migrate(engine)
    with reading(engine) as connection:
        assert inspect(connection).get_table_names() == ["diary"]


FILES = (  # of the study in the home that 0.7.0 wrote; invented
    "patient_id\nA\n",
    "patient_id\nA\nB\n",
    "sample_id,patient_id,day,material\nA-0,A,0,marrow\n",
    '[study]\ntitle = "Tiny"\nsynthetic = true\n',
    "{}",
)


@pytest.fixture
def first_home(tmp_path):
    """A home as 0.7.0, the first with a store, wrote it: revisions, a draft, jobs, results and a person."""
    home = tmp_path / "home"
    for data in map(str.encode, FILES):
        sha256 = hashlib.sha256(data).hexdigest()
        (home / "blobs" / sha256[:2]).mkdir(parents=True, exist_ok=True)
        (home / "blobs" / sha256[:2] / sha256).write_bytes(data)
    with sqlite3.connect(home / "remnant.db") as connection:
        connection.executescript((Path(__file__).parent / "home_1.sql").read_text())
        (identity,) = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone()
    connection.close()
    (home / "identity").write_text(identity)
    return home


def test_a_home_of_the_first_remnant_with_a_store_is_opened_and_goes_on(first_home):
    store = open_store(first_home)
    assert verify(store).faults == ()
    (study,) = all_studies(store)
    assert [revision.by for revision in revisions(store, study)] == ["ben", "anna"]
    assert [draft.base for draft in drafts(store)] == [1]
    assert [one.key for one in kept(store, study)] == ["k"]
    assert [person.name for person in all_people(store)] == ["eva"]
    held = claim(store, "w2")
    assert (held.id, held.revision, held.arguments["seed"]) == (2, 2, 2)
    assert finish(store, held, "w2", {})
    tree = replaced_file(store, study.tree, "note.txt", b"a note")
    revise(store, study, who="anna", tree=tree, expected=2, changes=[], why="a note")
    assert verify(store).faults == ()
    store.close()


def test_a_database_of_the_first_remnant_ends_in_the_tables_of_a_new_one(first_home, tmp_path):
    """Every table, column, index and trigger: who changes a table needs a step for those who have data."""
    old, new = open_store(first_home), open_store(tmp_path / "new")
    made = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
    shapes = []
    for store in (old, new):
        with store.reading() as connection:
            names = connection.execute(text(made)).all()
            tables = [name for kind, name, _ in names if kind == "table"]
            columns = {name: connection.execute(text(f"PRAGMA table_info({name})")).all() for name in tables}
            shapes.append((names, {name: sorted(row[1:] for row in rows) for name, rows in columns.items()}))
        store.close()
    assert shapes[0] == shapes[1]
