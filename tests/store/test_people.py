"""Who may log in: tokens are kept as digests, sessions end, and somebody can always decide."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from remnant.errors import ConflictError, NotHere, SettingError
from remnant.store.access import people, sessions
from remnant.store.clock import written
from remnant.store.database.tables import sessions as session_rows
from remnant.store.database.tables import users
from remnant.store.trail.audit import entries, verify_chain


def add(store, name="anna", role="admin", **named):
    return people.add_person(store, who="local", name=name, role=role, **named)


def every_text(store):
    with store.reading() as connection:
        rows = [*connection.execute(select(users)), *connection.execute(select(session_rows))]
    return repr(rows) + repr(entries(store, limit=1000))


def test_a_token_opens_the_door_and_is_kept_nowhere(store):
    token = add(store)
    assert re.fullmatch(r"remnant_[A-Za-z0-9_-]{43}", token)
    person = people.person_with(store, token)
    assert (person.name, person.role, person.welcome) == ("anna", "admin", True)
    secret = sessions.begin_session(store, person)
    assert token not in every_text(store)
    assert token.removeprefix("remnant_") not in every_text(store)
    assert secret not in every_text(store)


@pytest.mark.parametrize(
    "change", [str.lower, str.upper, lambda t: t[:-1], lambda t: t + "a", lambda t: t[8:], lambda _: ""]
)
def test_nothing_but_the_token_opens_it(store, change):
    token = add(store)
    if (other := change(token)) != token:
        assert people.person_with(store, other) is None


def test_two_tokens_are_never_alike(store):
    assert len({people.new_token() for _ in range(1000)}) == 1000


def test_a_new_token_ends_the_old_one_and_every_session(store):
    old = add(store)
    secret = sessions.begin_session(store, people.person_with(store, old))
    new = people.renew_token(store, who="local", name="anna")
    assert people.person_with(store, old) is None
    assert people.person_with(store, new).name == "anna"
    assert sessions.person_in_session(store, secret) is None


def test_a_token_ends_on_its_day(store, monkeypatch):
    token = add(store, days=3)
    secret = sessions.begin_session(store, people.person_with(store, token))
    later = written(datetime.now(UTC) + timedelta(days=3, seconds=1))
    monkeypatch.setattr(people, "now", lambda: later)
    assert people.person_with(store, token) is None
    assert sessions.person_in_session(store, secret) is None


def test_who_is_kept_out_is_out_at_once_until_a_new_token(store):
    add(store)
    token = add(store, "ben", "editor")
    secret = sessions.begin_session(store, people.person_with(store, token))
    people.disable(store, who="anna", name="ben")
    assert people.person_with(store, token) is None
    assert sessions.person_in_session(store, secret) is None
    assert people.person_with(store, people.renew_token(store, who="anna", name="ben")).role == "editor"


def test_another_role_holds_from_the_next_request(store):
    add(store)
    token = add(store, "ben", "viewer")
    secret = sessions.begin_session(store, people.person_with(store, token))
    people.change_role(store, who="anna", name="ben", role="editor")
    assert sessions.person_in_session(store, secret).role == "editor"


def test_who_is_removed_is_out_and_stays_in_the_audit_trail(store):
    add(store)
    token = add(store, "ben", "viewer")
    secret = sessions.begin_session(store, people.person_with(store, token))
    people.remove_person(store, who="anna", name="ben")
    assert sessions.person_in_session(store, secret) is None
    said = [(entry.who, entry.action, entry.what) for entry in entries(store)]
    assert ("anna", "remove person", "person ben") in said
    assert ("ben", "log in", "") in said
    assert not verify_chain(store)


def test_somebody_can_always_decide_who_may(store):
    with pytest.raises(ConflictError):
        add(store, "ben", "viewer")
    add(store)
    add(store, "ben", "viewer")
    for change in (
        lambda: people.remove_person(store, who="anna", name="anna"),
        lambda: people.disable(store, who="anna", name="anna"),
        lambda: people.change_role(store, who="anna", name="anna", role="editor"),
    ):
        with pytest.raises(ConflictError):
            change()
    assert people.has_admin(store)
    people.remove_person(store, who="anna", name="ben")
    people.remove_person(store, who="anna", name="anna")  # the last one may go: then nobody has to log in
    assert not people.anyone(store)


@pytest.mark.parametrize(
    "name", ["", " ", "a" * 41, "1a", "a b", "ä", "a\n", "local", "Nobody", "remnant", "<b>", "../x", "a'--"]
)
def test_a_name_that_cannot_be_used_is_said_at_its_field(store, name):
    with pytest.raises(SettingError) as caught:
        add(store, name)
    assert [fault.column for fault in caught.value.faults] == ["name"]


def test_everything_wrong_is_said_at_once_and_nothing_is_written(store):
    with pytest.raises(SettingError) as caught:
        add(store, "1", "king", days=0)
    assert [fault.column for fault in caught.value.faults] == ["name", "role", "days"]
    assert not people.anyone(store)


def test_a_name_is_taken_once_and_unknown_names_are_said(store):
    add(store)
    with pytest.raises(ConflictError):
        add(store)
    for change in (people.disable, people.remove_person, people.renew_token):
        with pytest.raises(NotHere):
            change(store, who="local", name="carl")


def test_a_session_ends_after_an_hour_without_a_page_and_after_twelve(store, monkeypatch):
    secret = sessions.begin_session(store, people.person_with(store, add(store)))
    began = datetime.now(UTC)
    found = []
    for minutes in (30, 85, 140, 705, 725):
        moment = began + timedelta(minutes=minutes)
        monkeypatch.setattr(sessions, "now", lambda moment=moment: written(moment))
        monkeypatch.setattr(sessions, "datetime", _Clock(moment))
        found.append(sessions.person_in_session(store, secret) is not None)
        if minutes == 140:
            _keep_alive(store, moment + timedelta(hours=10))
    assert found == [True, True, True, True, False]


def test_an_idle_session_ends(store, monkeypatch):
    secret = sessions.begin_session(store, people.person_with(store, add(store)))
    monkeypatch.setattr(sessions, "now", lambda: written(datetime.now(UTC) + timedelta(minutes=61)))
    assert sessions.person_in_session(store, secret) is None


def test_a_session_that_was_ended_opens_nothing(store):
    secret = sessions.begin_session(store, people.person_with(store, add(store)))
    sessions.end_session(store, secret)
    sessions.end_session(store, secret)
    assert sessions.person_in_session(store, secret) is None


class _Clock:
    """The class `datetime` at another time."""

    def __init__(self, moment):
        self.moment = moment

    def now(self, _zone):
        return self.moment

    def fromisoformat(self, text):
        return datetime.fromisoformat(text)


def _keep_alive(store, until):
    """Stand for pages that were asked for every few minutes."""
    with store.begin() as connection:
        began = datetime.fromisoformat(connection.scalar(select(session_rows.c.created)))
        connection.execute(
            update(session_rows).values(expires=written(min(until, began + timedelta(hours=12))))
        )


def test_the_trail_says_how_long_a_token_holds_and_who_is_let_in_again(store):
    people.add_person(store, who="local", name="anna", role="admin", days=30)
    people.add_person(store, who="anna", name="ben", role="viewer")
    people.disable(store, who="anna", name="ben")
    people.renew_token(store, who="anna", name="ben")
    said = [(one.action, one.what, one.old, one.new) for one in reversed(entries(store))]
    ends = people.all_people(store)[0].expires
    assert ("add person", "token of anna", "", f"until {ends}") in said
    assert ("add person", "token of ben", "", "until withdrawn") in said
    assert said[-1] == ("new token", "person ben", "kept out", "welcome")
