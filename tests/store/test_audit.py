"""The audit trail says what was done, and says so when it was tampered with."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from remnant.store.backup.verify import verify
from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import put_tree
from remnant.store.house import open_store
from remnant.store.studies.studies import create_study, revise, revisions
from remnant.store.trail.audit import Change, entries, record, verify_chain
from remnant.store.trail.chain import chain_faults, digest


def _say(store, *whats, who="anna"):
    with store.begin() as connection:
        record(
            connection, who=who, action="test", study=None, changes=[Change(what, "", "") for what in whats]
        )


@pytest.fixture
def trail(store):
    """A store with seven entries."""
    for number in range(1, 8):
        _say(store, f"entry {number}")
    return store


def _behind_the_triggers(store, *statements):
    """What someone with the files of the database can do."""
    sqlite = store.engine.dialect.name == "sqlite"
    off = (
        ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_no_replace"]
        if sqlite
        else ["ALTER TABLE audit DISABLE TRIGGER ALL"]
    )
    with store.begin() as connection:
        for statement in [*off, *statements]:
            connection.execute(text(statement))


def test_an_entry_says_who_when_what_old_new_and_why(store):
    changes = [Change("fish.csv line 7 nuclei_abnormal", "3", "4"), Change("gates/S1.xml", "", "<x/>")]
    with store.begin() as connection:
        record(connection, who="anna", action="edit", study=None, changes=changes, why="a second reader")
    second, first = entries(store)
    assert (first.number, first.who, first.action, first.what) == (1, "anna", "edit", changes[0].what)
    assert (first.old, first.new, first.why) == ("3", "4", "a second reader")
    assert second.at == first.at > "2026"
    assert verify_chain(store) == ()


def test_pages_of_entries_have_each_once(trail):
    seen, before = [], None
    while page := entries(trail, before=before, limit=3):
        seen += [entry.number for entry in page]
        before = page[-1].number
    assert seen == [7, 6, 5, 4, 3, 2, 1]


CHANGES = (
    "UPDATE {} SET why = 'another'",
    "UPDATE {} SET why = why",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE number = 1",
    "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT ({1}) DO UPDATE SET why = 'another'",
)
OF_ONE = {"sqlite": "INSERT OR REPLACE INTO {0} SELECT * FROM {0}", "postgresql": "TRUNCATE {} CASCADE"}


@pytest.mark.parametrize(("table", "key"), [("audit", "number"), ("revisions", "study, number")])
def test_a_row_that_is_kept_for_ever_is_never_changed(store, table, key):
    create_study(store, who="a", title="t", tree=put_tree(store, {"a": put_bytes(store, b"a")}))
    before = entries(store), verify(store)
    for statement in (*CHANGES, OF_ONE[store.engine.dialect.name]):
        with pytest.raises(DatabaseError, match="is append-only"), store.begin() as connection:
            connection.execute(text(statement.format(table, key)))
        assert (entries(store), verify(store)) == before
    assert before[1].faults == ()


TAMPERED = (
    ("UPDATE audit SET new = 'x' WHERE number = 4", [4], "another text"),
    ("UPDATE audit SET who = 'ben' WHERE number = 1", [1], "another text"),
    ("UPDATE audit SET at = '2020' WHERE number = 7", [7], "another text"),
    ("UPDATE audit SET hash = previous WHERE number = 4", [4, 5], "another text"),
    ("DELETE FROM audit WHERE number = 4", [4], "no entry"),
    ("DELETE FROM audit WHERE number IN (1, 2)", [1, 2], "no entry"),
    ("DELETE FROM audit WHERE number > 5", [7], "a last entry 5"),
    ("DELETE FROM audit", [7], "a last entry 0"),
    ("UPDATE audit SET number = 9 WHERE number = 7", [7, 8, 9, 9], "no entry"),
    ("DELETE FROM meta WHERE key = 'audit head'", [7], "a last entry 7"),
)


def test_tampering_behind_the_triggers_is_found_at_its_entry(trail):
    _behind_the_triggers(trail)
    for statement, lines, said in TAMPERED:
        with trail.begin() as connection:
            connection.execute(text(statement))
            faults = tuple(chain_faults(connection))
            connection.rollback()
        assert [fault.line for fault in faults] == lines, statement
        assert said in faults[0].found
    assert verify_chain(trail) == ()


def test_an_entry_written_anew_with_its_digest_is_found_by_the_next(trail):
    with trail.reading() as connection:
        row = dict(connection.execute(text("SELECT * FROM audit WHERE number = 3")).mappings().one())
    forged = digest(row | {"what": "nothing happened"})
    _behind_the_triggers(
        trail, f"UPDATE audit SET what = 'nothing happened', hash = '{forged}' WHERE number = 3"
    )
    (fault,) = verify_chain(trail)
    assert fault.line == 4
    assert "entry before" in fault.hint


def test_the_trail_seals_the_folders_of_the_revisions(store):
    tree = put_tree(store, {"a": put_bytes(store, b"a")})
    other = put_tree(store, {"a": put_bytes(store, b"other")})
    create_study(store, who="a", title="t", tree=tree)
    assert verify(store).faults == ()
    triggers = (
        ["DROP TRIGGER revisions_no_update"]
        if store.engine.dialect.name == "sqlite"
        else ["ALTER TABLE revisions DISABLE TRIGGER ALL"]
    )
    with store.begin() as connection:
        for statement in [*triggers, f"UPDATE revisions SET tree = '{other}'"]:
            connection.execute(text(statement))
    (fault,) = verify(store).faults
    assert "revision 1 of study 1" in fault.column


def test_two_writers_at_once_make_one_chain(tmp_path, database):
    stores = [open_store(tmp_path / "home", database) for _ in range(2)]
    threads = [
        threading.Thread(target=lambda s=store, w=who: [_say(s, f"{n}", f"{n}b", who=w) for n in range(15)])
        for store, who in zip(stores, ("anna", "ben"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = entries(stores[0], limit=1000)
    assert [entry.number for entry in found] == list(range(60, 0, -1))
    assert {entry.who for entry in found} == {"anna", "ben"}
    assert verify_chain(stores[1]) == ()
    for store in stores:
        store.close()


def test_an_error_after_an_entry_takes_the_entry_with_it(trail):
    def fail():
        with trail.begin() as connection:
            record(connection, who="a", action="b", study=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert entries(trail)[0].number == 7
    assert verify_chain(trail) == ()


def test_a_write_within_a_write_is_refused_at_once(trail):
    with trail.begin(), pytest.raises(AssertionError, match="pass the connection on"):
        _say(trail, "would wait for itself")
    _say(trail, "after it")
    assert entries(trail)[0].number == 8


def test_whoever_reads_cannot_write(trail):
    with pytest.raises(DatabaseError, match=r"read-?only"), trail.reading() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('a', 'b')"))
    _say(trail, "and the connection can be written to again")


@pytest.fixture(scope="module")
def both(tmp_path_factory, fresh_postgresql):
    """A store on each database."""
    stores = [open_store(tmp_path_factory.mktemp("s") / "h", url) for url in (None, fresh_postgresql())]
    yield stores
    for store in stores:
        store.close()


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=40), st.text(max_size=40))
def test_any_text_is_kept_alike_on_both_databases(both, what, why):
    kept = []
    for store in both:
        with store.begin() as connection:
            record(connection, who="a", action="b", study=None, changes=[Change(what, "", "")], why=why)
        kept.append(entries(store, limit=1)[0])
        assert verify_chain(store) == ()
    assert (kept[0].what, kept[0].why) == (kept[1].what, kept[1].why)


def test_the_entries_of_a_study_are_its_own(store):
    tree = put_tree(store, {"a": put_bytes(store, b"a")})
    one = create_study(store, who="a", title="one", tree=tree)
    two = create_study(store, who="a", title="two", tree=tree)
    revise(store, two, who="b", tree=tree, expected=1, changes=[Change("x", "1", "2")], why="w")
    assert {entry.action for entry in entries(store, study=one.id)} == {"create study"}
    assert [entry.what for entry in entries(store, study=two.id)] == ["x", "folder", "folder"]
    assert [revision.why for revision in revisions(store, two)] == ["w", ""]


def test_a_number_beyond_every_row_asks_for_all(trail):
    assert entries(trail, before=10**30) == entries(trail)
