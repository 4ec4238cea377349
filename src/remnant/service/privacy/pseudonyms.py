"""Pseudonyms and a shift of days for each patient, by a keyed hash: the same for the same key alone.

The key stays in HOME/keys, readable by its owner only; it is in no database, backup or export. Who has it and
a list of names can link the two; who has neither cannot, for a hash without a key could be tried on every
name.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from remnant.store.access.keys import key_of
from remnant.store.database.engine import insert_new
from remnant.store.database.tables import pseudonyms
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord
from remnant.store.trail import audit
from remnant.store.trail.audit import Change

LETTERS = "0123456789BCDFGHJKMNPQRSTVWXYZ"  # nothing to misread, and no vowel to make a word
SHIFTS = 365  # days back, 1 to 365: a date that is moved back is never one of the future
PURPOSE = "pseudonyms"


@dataclass(frozen=True)
class Pseudonym:
    """What stands for a patient.

    Parameters
    ----------
    patient_id, pseudonym : str
        The name, and what stands for it.
    shift_days : int
        Days by which every date of this patient is moved, -365 to -1.
    """

    patient_id: str
    pseudonym: str
    shift_days: int


@dataclass(frozen=True)
class Cipher:
    """Makes the pseudonyms of one study.

    Parameters
    ----------
    key : bytes, length 32
        The secret.
    study : str
        Slug of the study: a patient of two studies has two pseudonyms.

    Examples
    --------
    >>> one, other = Cipher(bytes(32), "mds"), Cipher(bytes(32), "cml")
    >>> one.word("patient", "P1", 8) == one.word("patient", "P1", 8) != other.word("patient", "P1", 8)
    True
    """

    key: bytes
    study: str

    @property
    def key_id(self) -> str:
        """A name of the key that does not tell it."""
        return sha256(b"name of a key\0" + self.key).hexdigest()[:12]

    def number(self, purpose: str, name: str) -> int:
        """Return 256 bits of a name."""
        # Each part with its length, so that no two questions are written alike.
        parts = b"".join(
            len(part).to_bytes(4) + part for part in (p.encode() for p in (self.study, purpose, name))
        )
        return int.from_bytes(hmac.new(self.key, parts, sha256).digest())

    def word(self, purpose: str, name: str, length: int) -> str:
        """Return a name as letters and digits that mean nothing."""
        number, word = self.number(purpose, name), ""
        for _ in range(length):
            number, place = divmod(number, len(LETTERS))
            word += LETTERS[place]
        return word

    def words(self, purpose: str, first: str, names: Iterable[str]) -> dict[str, str]:
        """Give each name a word that begins with `first`, of 8 letters, or more where two would be alike."""
        names = list(dict.fromkeys(names))
        for length in range(8, 40):
            words = {name: first + self.word(purpose, name, length) for name in names}
            if len(set(words.values())) == len(words):
                return words
        raise AssertionError("256 bits of two names are alike")

    def shift(self, patient: str) -> int:
        """Return the days by which the dates of a patient are moved."""
        return -1 - self.number("shift", patient) % SHIFTS


def cipher_of(store: Store, record: StudyRecord) -> Cipher:
    """Return what makes the pseudonyms of a study; its key is made at the first use."""
    return Cipher(key_of(store.home, PURPOSE), record.slug)


def pseudonyms_of(cipher: Cipher, patients: Iterable[str]) -> tuple[Pseudonym, ...]:
    """Return what stands for each patient."""
    words = cipher.words("patient", "P", patients)
    return tuple(Pseudonym(name, word, cipher.shift(name)) for name, word in words.items())


def record_pseudonyms(
    store: Store, record: StudyRecord, cipher: Cipher, made: Iterable[Pseudonym], *, who: str, why: str
) -> tuple[str, ...]:
    """Keep which pseudonym is whose, and say in the audit trail that they were handed out.

    Returns
    -------
    tuple of str
        Names of other keys by which pseudonyms of this study were handed out before.
    """
    made = tuple(made)
    rows = [vars(one) | {"study": record.id, "key_id": cipher.key_id} for one in made]
    with store.begin() as connection:
        if rows:
            connection.execute(insert_new(connection, pseudonyms).on_conflict_do_nothing(), rows)
        change = Change(f"revision {record.head}", "", f"{len(made)} pseudonyms by key {cipher.key_id}")
        audit.record(
            connection, who=who, action="export pseudonymised", study=record.id, changes=(change,), why=why
        )
        keys = pseudonyms.select().with_only_columns(pseudonyms.c.key_id).distinct()
        keys = keys.where(pseudonyms.c.study == record.id)
        return tuple(sorted(set(connection.scalars(keys)) - {cipher.key_id}))
