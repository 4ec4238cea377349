"""`remnant store verify` and `remnant store sweep`: is all there, and what is there for nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.store.arguments import Database, Home, day_and_time, opened


@mendable
def verify(home: Home = None, database: Database = None, as_json: Json = False) -> None:
    """Read every file of the store and follow the audit trail, to see that all is as it was kept.

    Example: remnant store verify
    """
    from remnant.errors import StoreError
    from remnant.store.backup.verify import verify as look

    with opened(home, database) as store:
        found = look(store)
    if found.faults:
        raise StoreError(found.faults)
    if as_json:
        print_json(found)
        return
    say(
        f"All is as it was kept. Studies: {found.studies:,}; revisions: {found.revisions:,}; files: "
        f"{found.blobs:,} ({found.bytes / 1e6:,.1f} MB); entries of the audit trail: {found.entries:,}."
    )
    say(f"Digest of the last: {found.audit_head}.")
    say("Noted elsewhere, it shows later whether the trail was made anew.")


@mendable
def sweep(
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove them; otherwise they are only listed.")
    ] = False,
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the files that no study, draft or result names and that are older than a day.

    Example: remnant store sweep
    """
    from remnant.store.files.sweep import spare
    from remnant.store.files.sweep import sweep as take

    with opened(home, database) as store:
        found = take(store) if remove else spare(store)
    if as_json:
        print_json({"removed": remove, "spare": found})
        return
    rows = [(one.kind, one.name[:12], one.bytes, day_and_time(one.at)) for one in found]
    if rows:
        print_table("Removed" if remove else "For nothing", ("what", "name", "bytes", "since"), rows)
    say(f"{len(rows):,} in all, {sum(one.bytes for one in found) / 1e6:,.1f} MB.")
