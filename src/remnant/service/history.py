"""Who changed a study, when, what and why, filtered by file or person."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord
from remnant.store.trail.audit import Entry, entries

SHOWN = 100
AT_ONCE = 500  # entries looked through at once, where a filter leaves few


@dataclass(frozen=True)
class Page:
    """A page of the history.

    Parameters
    ----------
    entries : tuple of Entry
        The newest first.
    next : int or None
        The next page is `before` this number; None after the last.
    """

    entries: tuple[Entry, ...]
    next: int | None


def history(
    store: Store,
    record: StudyRecord,
    *,
    who: str = "",
    what: str = "",
    before: int | None = None,
    drafts: bool = False,
    limit: int = SHOWN,
) -> Page:
    """Return a page of the history of a study.

    Parameters
    ----------
    store : Store
        Where it is kept.
    record : StudyRecord
        The study.
    who, what : str
        Only what this person did, and what happened to things that begin like this, such as `fish.csv`.
    before : int, optional
        Below this number of an entry.
    drafts : bool
        With what was done to drafts, which is no change of the study.
    limit : int
        Entries of a page.
    """
    found: list[Entry] = []
    while len(found) <= limit:
        some = entries(store, study=record.id, before=before, limit=AT_ONCE)
        found += [entry for entry in some if _asked(entry, who, what, drafts)]
        if len(some) < AT_ONCE:
            break
        before = some[-1].number
    more = len(found) > limit
    found = found[:limit]
    return Page(tuple(found), found[-1].number if more else None)


def _asked(entry: Entry, who: str, what: str, drafts: bool) -> bool:
    if who and entry.who != who:
        return False
    if what and not entry.what.startswith(what):
        return False
    return drafts or not entry.action.endswith("draft")
