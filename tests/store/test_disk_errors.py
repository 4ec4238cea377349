"""A disk that takes nothing more is said in words, whoever noticed it first."""

import errno
import os
import sqlite3

import pytest
from polars.exceptions import ComputeError
from sqlalchemy import event

from remnant.errors import ConflictError, DiskError
from remnant.store.backup.verify import verify
from remnant.store.disk_errors import disk_error, refusal
from remnant.store.files.trees import put_tree
from remnant.store.house import open_store
from remnant.store.studies.studies import all_studies, create_study


def of_system(code):
    return OSError(code, os.strerror(code))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (of_system(errno.ENOSPC), "no room"),
        (of_system(errno.EDQUOT), "no room"),
        (of_system(errno.EFBIG), "no room"),
        (of_system(errno.EROFS), "what nobody may write to"),
        (of_system(errno.EIO), "an error of its own"),
        (ComputeError("parquet: underlying IO error: No space left on device (os error 28)"), "no room"),
        (OSError("No space left on device (os error 28)"), "no room"),
        (disk_error(errno.ENOSPC), "no room"),
    ],
)
def test_an_error_of_a_disk_is_known_by_its_number_also_as_the_cause_of_another(error, said):
    assert refusal(error).faults[0].found == said
    wrapped = RuntimeError("a library that wraps what it meets")
    wrapped.__cause__ = error
    assert refusal(wrapped).faults[0].found == said


def test_postgresql_says_it_in_its_own_code():
    errors = pytest.importorskip("psycopg.errors", reason="psycopg is not installed")
    assert refusal(errors.DiskFull()).faults[0].found == "no room"
    assert refusal(errors.UniqueViolation()) is None


@pytest.mark.parametrize(
    "error",
    [
        of_system(errno.EACCES),
        of_system(errno.ENOENT),
        ConnectionResetError(errno.ECONNRESET, "a browser that went away"),
        TimeoutError("(os error 28 is not meant)"),
        sqlite3.IntegrityError("UNIQUE constraint failed"),
        ValueError("(os error 28)"),
        ConflictError([]),
        None,
    ],
)
def test_no_other_error_is_taken_for_that_of_a_disk(error):
    assert refusal(error) is None


def test_a_database_without_room_keeps_all_of_a_write_or_nothing(tmp_path):
    store = open_store(tmp_path / "home")
    tree = put_tree(store, {})
    create_study(store, who="anna", title="One", tree=tree, synthetic=True)
    full = [True]

    def no_more_pages(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages if full[0] else 1_000_000}")

    event.listen(store.engine, "begin", no_more_pages)
    with pytest.raises(DiskError, match="disk: found no room"):
        create_study(store, who="anna", title="Large", tree=tree, why="x" * 100_000, synthetic=True)
    assert [study.title for study in all_studies(store)] == ["One"]
    assert verify(store).faults == ()
    full[0] = False
    create_study(store, who="anna", title="Two", tree=tree, synthetic=True)
    assert len(all_studies(store)) == 2
    assert verify(store).faults == ()
    store.close()
