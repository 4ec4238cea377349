"""Studies in the order of their last change, a page at a time: a list of a thousand stays quick."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from remnant.store.database.tables import revisions, studies
from remnant.store.house import Store
from remnant.store.studies.studies import Revision, StudyRecord


@dataclass(frozen=True)
class Recent:
    """A page of the list of studies.

    Parameters
    ----------
    found : tuple of (StudyRecord, Revision)
        Each with its last change.
    total : int
        How many there are on all pages.
    """

    found: tuple[tuple[StudyRecord, Revision], ...]
    total: int


def recent(
    store: Store, *, words: str = "", archived: bool = False, limit: int = 50, offset: int = 0
) -> Recent:
    """List studies, the one that changed last first.

    Parameters
    ----------
    store : Store
        Where they are kept.
    words : str
        All of these words stand in the title; capitals do not matter.
    archived : bool
        Those that were put away, in place of those that were not.
    limit, offset : int
        Which page.
    """
    at_head = (revisions.c.study == studies.c.id) & (revisions.c.number == studies.c.head)
    question = select(studies, revisions).join(revisions, at_head)
    question = _asked(question, words, archived)
    page = question.order_by(revisions.c.at.desc(), studies.c.id.desc()).limit(limit).offset(offset)
    with store.reading() as connection:
        total = connection.execute(select(func.count()).select_from(question.subquery())).scalar_one()
        rows = list(connection.execute(page))
    return Recent(tuple(_pair(tuple(row)) for row in rows), total)


def _asked(question: Select[tuple[object, ...]], words: str, archived: bool) -> Select[tuple[object, ...]]:
    away = studies.c.archived
    question = question.where(away.is_not(None) if archived else away.is_(None))
    for word in words.split():
        question = question.where(func.lower(studies.c.title).contains(word.lower(), autoescape=True))
    return question


def _pair(row: tuple[object, ...]) -> tuple[StudyRecord, Revision]:
    width = len(studies.c)
    study = dict(zip(studies.c.keys(), row[:width], strict=True))
    last = dict(zip(revisions.c.keys(), row[width:], strict=True))
    revision = Revision(**{name: last[name] for name in Revision.__dataclass_fields__})  # type: ignore[arg-type]
    values = study | {"archived": study["archived"] is not None, "tree": revision.tree}
    return StudyRecord(**values), revision  # type: ignore[arg-type]
