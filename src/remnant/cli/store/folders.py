"""`remnant store import` and `remnant store export`: a study folder goes in and comes out, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, note, print_json, say
from remnant.cli.store.arguments import Database, Home, Who, Why, opened, person

if TYPE_CHECKING:
    from remnant.store.studies.folders import BroughtIn


@mendable
def import_(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    revise: Annotated[
        str | None, typer.Option("--revise", metavar="SLUG", help="Make it the next revision of this study.")
    ] = None,
    as_it_is: Annotated[
        bool, typer.Option("--as-it-is", help="Keep a study with faults as a draft, to be mended there.")
    ] = False,
    who: Who = None,
    why: Why = "",
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Check a study and keep it: every file, as it is.

    Example: remnant store import my-study
    """
    with opened(home, database) as store:
        from remnant.store.files.listing import empty_folders
        from remnant.store.studies.folders import bring_in
        from remnant.store.studies.studies import study_called

        onto = study_called(store, revise) if revise else None
        done = bring_in(store, study, who=person(who), why=why, onto=onto, as_it_is=as_it_is)
        empty = empty_folders(study)
    if as_json:
        faults = done.faults.faults if done.faults else ()
        print_json(vars(done) | {"faults": [vars(fault) for fault in faults], "empty_folders": empty})
        return
    _say(done)
    if empty:
        note(f"Not kept, for nothing is in them: {', '.join(empty)}")


@mendable
def export(
    slug: Annotated[str, typer.Argument(metavar="SLUG", help="The study, as remnant store list names it.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="A new or an empty folder.")],
    revision: Annotated[
        int | None, typer.Option("--revision", min=1, help="An earlier revision; by default the newest.")
    ] = None,
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Write a study to a folder, byte for byte as it came in.

    Example: remnant store export my-study --out my-study-again
    """
    with opened(home, database) as store:
        from remnant.store.files.trees import export_tree, tree_files
        from remnant.store.studies.studies import revision_called, study_called

        record = study_called(store, slug)
        number = revision or record.head
        tree = revision_called(store, record, number).tree
        export_tree(store, tree, out)
        files = len(tree_files(store, tree))
    if as_json:
        print_json({"study": slug, "revision": number, "directory": str(out), "files": files})
    else:
        say(f"Wrote {files} files of {record.title}, revision {number}, in {out}.")


def _say(done: BroughtIn) -> None:
    if done.study is not None:
        new = done.study.head == 1
        what = "a new study" if new else f"revision {done.study.head}"
        say(f"Kept {done.files} files, {done.patients} patients, as {what}: {done.study.slug}")
        for line in done.notes:
            say(f"Note: {line}.")
    elif done.draft is not None:
        note(str(done.faults))
        say(f"Kept {done.files} files as draft {done.draft.id}: it is no study until its faults are mended.")
