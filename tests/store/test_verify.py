"""What a disk or a hand has changed is found, and called by its name."""

import sqlite3

import pytest
from sqlalchemy import text

from remnant.store.backup.verify import verify
from remnant.store.files.blobs import blob_path, put_bytes
from remnant.store.files.trees import put_tree
from remnant.store.studies.studies import create_study


@pytest.fixture
def blob(store):
    """A blob of a study."""
    sha256 = put_bytes(store, b"counts of nuclei")
    create_study(store, who="a", title="t", tree=put_tree(store, {"a": sha256}))
    return sha256


def _rewrite(path, data):
    path.chmod(0o600)
    path.write_bytes(data)


def test_a_sound_store_has_no_faults_and_is_counted(store, blob):
    found = verify(store)
    assert found.faults == ()
    assert (found.studies, found.revisions, found.blobs, found.bytes, found.entries) == (1, 1, 1, 16, 1)
    assert len(found.audit_head) == 64


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"Counts of nuclei", "other bytes"), (b"counts", "6 bytes in the place of 16"), (None, "no file")],
)
def test_a_blob_that_the_disk_has_changed_is_named(store, blob, data, said):
    path = blob_path(store, blob)
    path.unlink() if data is None else _rewrite(path, data)
    (fault,) = verify(store).faults
    assert fault.column == f"blob {blob}"
    assert fault.found == said


def test_a_listing_that_was_changed_is_named(store, blob):
    with store.begin() as connection:
        connection.execute(text("UPDATE tree_files SET path = 'b'"))
    (fault,) = verify(store).faults
    assert fault.found == "another listing"


def test_a_row_that_names_nothing_is_named(store, blob):
    if store.engine.dialect.name == "sqlite":
        with sqlite3.connect(store.home / "remnant.db") as connection:
            connection.execute("DELETE FROM blobs")
        connection.close()
    else:
        with store.begin() as connection:
            connection.execute(text("ALTER TABLE tree_files DROP CONSTRAINT tree_files_sha256_fkey"))
            connection.execute(text("DELETE FROM blobs"))
    (fault,) = verify(store).faults
    assert (fault.column, fault.expected) == ("tree_files.sha256", "a row of blobs")


def test_a_page_of_the_database_that_was_changed_is_found(store, blob):
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL looks after its own pages")
    store.close()
    database = store.home / "remnant.db"
    data = bytearray(database.read_bytes())
    place = data.rindex(b"create study")
    data[place - 40 : place] = bytes(40)
    database.write_bytes(data)
    assert verify(store).faults
