"""What the database answered stands until something is written to it, and not a moment longer."""

import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from remnant.errors import NotHere
from remnant.store.access import people, sessions
from remnant.store.files.trees import put_folder
from remnant.store.house import DATABASE, Store, open_store
from remnant.store.studies.studies import archive_study, create_study, study_called


@pytest.fixture
def small(tmp_path):
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


def asked_of(store: Store, times: list[int]):
    """Return a question about the store that counts how often it is really asked."""

    def question() -> int:
        times.append(1)
        return len(people.all_people(store))

    return lambda: store.remembered("how many", question)


def test_a_question_is_asked_once_as_long_as_nothing_is_written(small):
    times: list[int] = []
    ask = asked_of(small, times)
    assert [ask(), ask(), ask()] == [0, 0, 0]
    assert len(times) == 1


def test_what_this_program_writes_is_seen_by_the_next_question(store):
    """On both databases, and whichever connection of the pool wrote it."""
    times: list[int] = []
    ask = asked_of(store, times)
    for number in range(1, 4):
        people.add_person(store, who="test", name=f"person{number}", role="admin")
        assert (ask(), ask()) == (number, number)


def test_what_another_program_writes_is_seen_by_the_next_question(small):
    times: list[int] = []
    ask = asked_of(small, times)
    assert ask() == 0
    writes = (
        "import sys; from pathlib import Path; from remnant.store.house import open_store;"
        "from remnant.store.access.people import add_person;"
        "add_person(open_store(Path(sys.argv[1])), who='test', name='anna', role='admin')"
    )
    subprocess.run([sys.executable, "-c", writes, str(small.home)], check=True)
    assert ask() == 1


def test_a_write_that_is_taken_back_changes_no_answer(small):
    ask = asked_of(small, [])
    assert ask() == 0
    with small.engine.connect().execution_options(remnant_writes=True) as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("INSERT INTO users VALUES ('a', 'admin', 'x', '2026', NULL, 0)")
        transaction.rollback()
    assert ask() == 0


def test_an_error_is_no_answer_that_stands(small, tmp_path):
    with pytest.raises(NotHere):
        study_called(small, "mine")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.toml").write_text("")
    create_study(small, who="test", title="Mine", tree=put_folder(small, tmp_path / "study"))
    assert study_called(small, "mine").archived is False
    archive_study(small, study_called(small, "mine"), who="test")
    assert study_called(small, "mine").archived is True


def test_questions_of_many_threads_never_see_less_than_was_written_before(small):
    """Writers and readers at once: a reader who begins after a write has ended sees it."""
    written, wrong = [0], []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            least = written[0]
            if small.remembered("people", lambda: len(people.all_people(small))) < least:
                wrong.append(least)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 31):
        people.add_person(small, who="test", name=f"person{number}", role="admin")
        written[0] = number
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert small.remembered("people", lambda: len(people.all_people(small))) == 30


def test_a_session_that_is_remembered_still_ends_at_its_time(small, monkeypatch):
    people.add_person(small, who="test", name="anna", role="admin")
    person = people.all_people(small)[0]
    secret = sessions.begin_session(small, person)
    assert sessions.person_in_session(small, secret) == person
    later = sessions.written(sessions.datetime.now(sessions.UTC) + sessions.WHOLE + timedelta(seconds=1))
    monkeypatch.setattr(sessions, "now", lambda: later)
    assert sessions.person_in_session(small, secret) is None


def test_a_person_who_is_removed_is_nobody_at_the_next_question(small):
    for name in ("anna", "ben"):
        people.add_person(small, who="test", name=name, role="admin")
    ben = next(person for person in people.all_people(small) if person.name == "ben")
    secret = sessions.begin_session(small, ben)
    assert sessions.person_in_session(small, secret) == ben
    people.change_role(small, who="test", name="ben", role="viewer")
    assert sessions.person_in_session(small, secret).role == "viewer"
    people.remove_person(small, who="test", name="ben")
    assert sessions.person_in_session(small, secret) is None


def test_no_more_is_kept_than_fits(small, monkeypatch):
    monkeypatch.setattr("remnant.store.database.unchanged.MOST", 3)
    for number in range(10):
        assert small.remembered(number, lambda number=number: number) == number
    assert len(small._unchanged._answers) <= 3


def test_a_store_that_was_closed_asks_again(small):
    times: list[int] = []
    ask = asked_of(small, times)
    ask()
    small.close()
    assert ask() == 0
    assert len(times) == 2


def test_where_the_count_cannot_be_read_the_question_is_asked(small, monkeypatch):
    class Broken:
        def execute(self, _text: str) -> None:
            raise sqlite3.OperationalError("database is locked")

        def close(self) -> None: ...

    times: list[int] = []
    ask = asked_of(small, times)
    ask()
    small._unchanged._watch.close()
    small._unchanged._watch = Broken()
    assert ask() == 0
    assert len(times) == 2
    assert (small.home / DATABASE).is_file()
