"""`remnant store list` and `remnant store history`: what is kept, and what was done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.store.arguments import Database, Home, day_and_time, opened

if TYPE_CHECKING:
    from remnant.store.trail.audit import Entry

_SHOWN = 40  # letters of an old and a new value in a cell of the table; JSON has all


@mendable
def list_(
    archived: Annotated[bool, typer.Option("--archived", help="Also those that were put away.")] = False,
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the studies of the store, and the drafts.

    Example: remnant store list
    """
    with opened(home, database) as store:
        from remnant.store.studies.drafts import drafts
        from remnant.store.studies.studies import all_studies

        studies, unfinished = all_studies(store, archived=archived), drafts(store)
    if as_json:
        print_json({"studies": studies, "drafts": unfinished})
        return
    if not studies:
        say("No study yet: remnant store import my-study")
    else:
        rows = [
            (
                study.slug,
                f"{study.title} (synthetic)" if study.synthetic else study.title,
                study.head,
                day_and_time(study.created),
                study.by,
            )
            for study in studies
        ]
        print_table("Studies", ("slug", "title", "revision", "since", "by"), rows)
    if unfinished:
        lines = [(draft.id, draft.title, day_and_time(draft.at), draft.by) for draft in unfinished]
        print_table("Drafts", ("draft", "title", "changed", "by"), lines)


@mendable
def history(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The study, as remnant store list names it.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many entries.")] = 100,
    before: Annotated[
        int | None, typer.Option("--before", min=1, help="Entries below this number, for the next page.")
    ] = None,
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Say who changed what in a study, when, from what to what, and why; the newest first.

    Example: remnant store history my-study
    """
    with opened(home, database) as store:
        from remnant.store.studies.studies import study_called
        from remnant.store.trail.audit import entries

        study = study_called(store, slug)
        found = entries(store, study=study.id, before=before, limit=limit)
    if as_json:
        print_json({"study": study, "entries": found})
        return
    rows = [_row(one) for one in found]
    print_table(study.title, ("entry", "when", "who", "did", "what", "old", "new", "why"), rows)


def _row(one: Entry) -> tuple[object, ...]:
    when = day_and_time(one.at)
    return one.number, when, one.who, one.action, one.what, _cut(one.old), _cut(one.new), one.why


def _cut(text: str) -> str:
    if len(text) == 64 and set(text) <= set("0123456789abcdef"):
        return text[:12]  # of a digest, as much as tells two apart
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
