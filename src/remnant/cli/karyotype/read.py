"""`remnant karyotype read`: strings in, what they say out; one that cannot be read does not stop the next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable


@mendable
def read(
    iscn: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ISCN]...", help="Karyotypes, nuc ish, ish or arr results, each in quotes."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="STRINGS.txt",
            help="One string a line; - reads standard input.",
        ),
    ] = None,
    abnormality: Annotated[str, typer.Option(help="Abnormality to count cells of.")] = "del(5q)",
    probe: Annotated[str, typer.Option(help="Probe to count nuclei of, for nuc ish.")] = "EGR1",
    as_json: Json = False,
) -> None:
    """Read karyotypes and in situ results: clones, abnormalities, k of n cells, and what was unclear.

    Example: remnant karyotype read "46,XX,del(5)(q13q33)[18]/46,XX[2].nuc ish(D5S23x2,EGR1x1)[150/200]"

    Example: remnant karyotype read --file STRINGS.txt --json

    With --json, one object a line comes out for every string that went in, in their order, and "ok" says
    whether it could be read: a file then gives exit 0 whatever stands in it. Otherwise a string that cannot
    be read gives exit 1, after all of them are shown.
    """  # fmt: skip
    from remnant.cli.karyotype.tables import print_lines, print_one
    from remnant.service.iscn.answer import read_line
    from remnant.service.iscn.lines import arguments, file_lines

    if (file is None) == (not iscn):
        raise typer.BadParameter("give strings in quotes, or --file STRINGS.txt, and not both")
    if file is not None and str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="--file")
    lines = file_lines(file) if file is not None else arguments(iscn or [])
    read_lines = [read_line(line, abnormality=abnormality, probe=probe) for line in lines]
    if as_json:
        from json import dumps

        for one in read_lines:
            typer.echo(dumps(one.answer()))
    elif file is not None:
        print_lines(read_lines)
    else:
        for one in read_lines:
            print_one(one)
    refused = any(not one.ok for one in read_lines)
    if refused and not (as_json and file is not None):
        raise typer.Exit(1)
