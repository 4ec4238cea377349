"""Arguments that several commands on FCS files share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import note
from remnant.errors import Fault, FcsError, SettingError

if TYPE_CHECKING:
    from remnant.cytometry import EventFile, SpilloverMatrix

EventsFile = Annotated[Path, typer.Argument(metavar="FILE", help="An FCS file.", exists=True, dir_okay=False)]
DataSet = Annotated[int | None, typer.Option("--dataset", help="Which data set, if the file holds several.")]

Gates = Annotated[
    Path, typer.Option(help="Gating-ML 2.0 or a FlowJo workspace (.wsp).", exists=True, dir_okay=False)
]
Sample = Annotated[
    str | None, typer.Option(help="Sample of the workspace, where the name of FILE does not tell.")
]
Spillover = Annotated[
    Path | None,
    typer.Option(help="CSV matrix to compensate by, not that in FILE.", exists=True, dir_okay=False),
]
Accept = Annotated[
    bool, typer.Option("--accept-implausible", help="Gate although the values of FILE look misread.")
]


def given_matrix(path: Path | None, file: EventFile) -> SpilloverMatrix | None:
    """Read the matrix that a person gives, and warn of one that is risky to use.

    Raises
    ------
    CompensationError
        If it cannot be read or used, or names what is no channel of `file`.
    """
    if path is None:
        return None
    from remnant.cytometry import read_spillover_csv, require_channels
    from remnant.cytometry.signal.compensate import conditioning_warnings

    matrix = require_channels(read_spillover_csv(path, file), file)
    for warning in conditioning_warnings(matrix):
        note(f"Note: {path.name}: {warning}.")
    return matrix


def refuse_implausible(file: EventFile, channels: Iterable[int], *, accept: bool) -> None:
    """Refuse to gate values that cannot be what a cytometer measured, until a person accepts them.

    Raises
    ------
    FcsError
        With every finding on the channels that gates use, and on Time.
    """
    from remnant.cytometry.fcs.plausible import find_implausible

    findings = find_implausible(file, tuple(sorted(channels)))
    if findings and not accept:
        hint = "export it again; if it is right, add --accept-implausible"
        raise FcsError(
            [Fault(file.path.name, None, "DATA", found, "plausible values", hint) for found in findings]
        )
    for found in findings:
        note(f"Note: {file.path.name}: {found}; accepted.")


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
