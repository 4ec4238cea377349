"""The list of studies: what each is, who changed it last, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.service.intake.desk import rows_of
from remnant.store.house import Store
from remnant.store.studies.recent import recent
from remnant.store.studies.results import Kept, latest
from remnant.store.studies.studies import Revision, StudyRecord

SHOWN = 50


@dataclass(frozen=True)
class Standing:
    """A study in the list.

    Parameters
    ----------
    record : StudyRecord
        The study.
    last : Revision
        Its last change.
    patients, samples : int or None
        Rows of those tables; None where they are sheets of a workbook.
    analysed : Kept or None
        The latest analysis.
    """

    record: StudyRecord
    last: Revision
    patients: int | None
    samples: int | None
    analysed: Kept | None

    @property
    def current(self) -> bool:
        """Whether the latest analysis is of the study as it is now."""
        return self.analysed is not None and self.analysed.revision == self.record.head


@dataclass(frozen=True)
class Listing:
    """A page of the list.

    Parameters
    ----------
    studies : tuple of Standing
        The one that changed last first.
    total : int
        How many there are on all pages.
    page, pages : int
        Which page this is, from 1, and how many there are.
    """

    studies: tuple[Standing, ...]
    total: int
    page: int
    pages: int


def listing(store: Store, *, words: str = "", archived: bool = False, page: int = 1) -> Listing:
    """List studies.

    Parameters
    ----------
    store : Store
        Where they are kept.
    words : str
        All of these words stand in the title.
    archived : bool
        Those that were put away.
    page : int
        From 1.
    """
    found = recent(store, words=words, archived=archived, limit=SHOWN, offset=SHOWN * (page - 1))
    studies = tuple(
        Standing(
            record,
            last,
            rows_of(store, record.tree, "patients"),
            rows_of(store, record.tree, "samples"),
            latest(store, record, "analysis"),
        )
        for record, last in found.found
    )
    return Listing(studies, found.total, page, max(1, -(-found.total // SHOWN)))
