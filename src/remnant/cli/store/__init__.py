"""Commands on the store: studies in and out, their history, backups, and whether all is as it was kept."""

from __future__ import annotations

import typer

from remnant.cli.store.backup import backup, restore
from remnant.cli.store.folders import export, import_
from remnant.cli.store.listing import history, list_
from remnant.cli.store.verify import sweep, verify

store = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Keep studies: bring in, export, look back, back up, verify.",
)

for name, command in (
    ("import", import_),
    ("export", export),
    ("list", list_),
    ("history", history),
    ("backup", backup),
    ("restore", restore),
    ("verify", verify),
    ("sweep", sweep),
):
    store.command(name)(command)
