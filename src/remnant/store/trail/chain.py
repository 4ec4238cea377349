"""The chain of digests through the audit trail, and what it says of an entry that was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from remnant.errors import Fault
from remnant.store.database.engine import insert_new
from remnant.store.database.tables import audit, meta
from remnant.store.house import Store

ORIGIN = "0" * 64  # what the first entry follows
_HEAD = "audit head"
_APART = 20  # missing entries that are named one by one; a number may be forged, and as large as it likes
_SIGNED = ("previous", "number", "at", "who", "action", "study", "what", "old", "new", "why")


def digest(row: Mapping[Any, Any]) -> str:
    """Return the digest of an entry: of its text, its number, and the digest of the entry before."""
    text = json.dumps([row[name] for name in _SIGNED], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def head_of(connection: Connection, *, hold: bool = True) -> tuple[int, str]:
    """Return the last number and digest; with `hold` no other goes on from it until the transaction ends."""
    kept = select(meta.c.value).where(meta.c.key == _HEAD)
    if hold:
        kept = kept.with_for_update()
    if (value := connection.scalar(kept)) is None:
        return 0, ORIGIN
    number, last = value.split()
    return int(number), last


def set_head(connection: Connection, number: int, last: str) -> None:
    """Keep the last number and digest, apart from the entries."""
    statement = insert_new(connection, meta).values(key=_HEAD, value=f"{number} {last}")
    kept = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    connection.execute(kept)


def verify_chain(store: Store) -> tuple[Fault, ...]:
    """Follow the audit trail from its first entry to its last.

    Returns
    -------
    tuple of Fault
        One for each entry that was changed, is missing, or was put in; `line` is its number. Empty when all
        is as it was written.
    """
    with store.reading() as connection:
        return tuple(chain_faults(connection))


def chain_faults(connection: Connection) -> Iterator[Fault]:
    """Yield what `verify_chain` returns, within a transaction."""
    question = select(audit).order_by(audit.c.number).execution_options(yield_per=1000)
    yield from _follow(connection.execute(question).mappings(), known_head(connection))


def known_head(connection: Connection) -> tuple[int, str]:
    """Return the last number and digest; number -1 where what is kept of them says neither."""
    try:
        return head_of(connection, hold=False)
    except ValueError:  # written by another hand: the trail is looked at all the same
        return -1, ""


def _follow(rows: Iterable[RowMapping], head: tuple[int, str]) -> Iterator[Fault]:
    number, last = 0, ORIGIN
    for row in rows:
        for missing in range(number + 1, min(row["number"], number + 1 + _APART)):
            yield _fault(missing, "no entry", "an entry with each number", "it was removed")
        if row["number"] > number + 1 + _APART:
            found = f"no entry from {number + 1 + _APART} to {row['number'] - 1}"
            yield _fault(row["number"], found, "an entry with each number", "they were removed")
        if digest(row) != row["hash"]:
            yield _fault(
                row["number"], "another text than was written", "the text of its digest", "it was changed"
            )
        elif row["number"] == number + 1 and row["previous"] != last:
            hint = "the entry before it was written anew, or this one was put in"
            yield _fault(
                row["number"], "that it follows another entry", f"that it follows entry {number}", hint
            )
        number, last = row["number"], row["hash"]
    if (number, last) != head:
        found, expected = f"a last entry {number}", f"entry {head[0]} with digest {head[1][:12]}..."
        yield _fault(
            max(number, head[0]), found, expected, "entries at the end were removed, changed or put in"
        )


def _fault(number: int, found: str, expected: str, hint: str) -> Fault:
    return Fault("audit trail", number, "", found, expected, f"{hint}: compare with a backup")
