"""`remnant store backup` and `remnant store restore`: everything as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say
from remnant.cli.store.arguments import Database, Home, home_of, opened


@mendable
def backup(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="A new file, as store.tar.")],
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Write the whole store to one file, while others go on working.

    Patients are in it: it is for its owner alone, and should lie as safe as the store.

    Example: remnant store backup --out store.tar
    """
    with opened(home, database) as store:
        from remnant.store.backup.backup import backup as back_up

        done = back_up(store, out)
    if as_json:
        print_json(done)
    else:
        say(f"Wrote {done.blobs:,} files and {done.rows:,} rows, {done.bytes / 1e6:,.1f} MB, to {out}.")


@mendable
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What remnant store backup wrote.")],
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Make a store of a backup, in a folder that is new or empty; every byte of it is checked.

    Example: remnant store restore store.tar --home new-store
    """
    from remnant.store.backup.restore import restore as make
    from remnant.store.studies.studies import all_studies

    store = make(file, home_of(home), database)
    try:
        studies = all_studies(store, archived=True)
    finally:
        store.close()
    if as_json:
        print_json({"home": str(home_of(home)), "studies": studies})
    else:
        say(f"Restored in {home_of(home)}; studies: {len(studies)}. Everyone has to log in again.")
