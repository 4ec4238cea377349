"""`remnant pseudonymise`: a study of the store without names, for others to work on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, note, print_json, say
from remnant.cli.store.arguments import Database, Home, opened

if TYPE_CHECKING:
    from remnant.service.privacy.pseudonymised import Exported

SHOWN = 8


@mendable
def pseudonymise(
    slug: Annotated[str, typer.Argument(help="The study, as its address in the app names it.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write; it must not exist yet.")],
    why: Annotated[str, typer.Option(help="For whom and what, for the history of the study.")] = "",
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Write a study with pseudonyms, each patient's dates moved by the same days, so that intervals stay.

    The key lies in the folder of the store and nowhere else: with it, the same study has the same pseudonyms
    again. Read the texts that are named at the end before the folder leaves the house.

    Example: remnant pseudonymise mds-2026 --out for-partners --why "for the partners in Lund"
    """
    from remnant.service.privacy.pseudonymised import export_pseudonymised
    from remnant.service.viewer import LOCAL
    from remnant.store.studies.studies import study_called

    with opened(home, database) as store:
        record = study_called(store, slug)
        exported = export_pseudonymised(store, LOCAL, record, out, why=why)
    if as_json:
        print_json(exported)
        return
    _tell(exported, out)


def _tell(exported: Exported, out: Path) -> None:
    say(f"{out}: {exported.patients} patients and {exported.files} FCS files, by key {exported.key_id}.")
    if exported.old:
        note(f"{exported.old} without a year of birth, for an age above 89 years.")
    if exported.other_keys:
        keys = ", ".join(exported.other_keys)
        note(f"Earlier copies of this study were made by another key ({keys}): there the same patients have")
        note("other names. Bring that key back to HOME/keys if they are to match.")
    if exported.texts:
        note("Kept as typed; read them before the folder leaves the house:")
        for column, texts in exported.texts:
            note(f"  {column}: {texts} different")
    if exported.left_out:
        more = " ..." if len(exported.left_out) > SHOWN else ""
        note(f"Not taken over: {', '.join(exported.left_out[:SHOWN])}{more}")
