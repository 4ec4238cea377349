"""Arguments that several commands on FCS files share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from remnant.errors import Fault, SettingError

EventsFile = Annotated[Path, typer.Argument(metavar="FILE", help="An FCS file.", exists=True, dir_okay=False)]
DataSet = Annotated[int | None, typer.Option("--dataset", help="Which data set, if the file holds several.")]


def pairs(given: Iterable[str] | None, option: str, example: str) -> dict[str, str]:
    """Read repeated NAME=VALUE options."""
    pairs: dict[str, str] = {}
    faults = []
    for text in given or ():
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value) or name in pairs:
            faults.append(
                Fault("command line", None, option, text, "NAME=VALUE, each name once", f"as in {example}")
            )
        pairs[name] = value
    if faults:
        raise SettingError(faults)
    return pairs
