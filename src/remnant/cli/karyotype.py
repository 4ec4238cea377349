"""Commands on karyotypes: read one, with what it proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say

if TYPE_CHECKING:
    from remnant.cytogenetics.karyotype import CellCount, Remark

karyotype = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Read ISCN karyotypes and nuc ish strings.",
)


@karyotype.callback()
def group() -> None:
    """Keep the name of the one command."""


@karyotype.command()
@mendable
def read(
    iscn: Annotated[str, typer.Argument(metavar="ISCN", help="A karyotype, or a nuc ish result, in quotes.")],
    abnormality: Annotated[str, typer.Option(help="Abnormality to count cells of.")] = "del(5q)",
    probe: Annotated[str, typer.Option(help="Probe to count nuclei of, for nuc ish.")] = "EGR1",
    as_json: Json = False,
) -> None:
    """Read a karyotype or nuc ish string: clones, abnormalities, k of n cells, and what was unclear.

    Example: remnant karyotype read "46,XX,del(5)(q13q33)[18]/46,XX[2]"
    """
    from remnant.cytogenetics.nuc_ish import PREFIX

    if PREFIX.match(iscn):
        _read_nuc_ish(iscn, probe, as_json)
    else:
        _read_karyotype(iscn, abnormality, as_json)


def _read_karyotype(iscn: str, abnormality: str, as_json: bool) -> None:
    from remnant.cytogenetics import cells_with, changes, complexity, read_karyotype

    found = read_karyotype(iscn)
    count, listed, several = cells_with(found, abnormality), changes(found), complexity(found)
    if as_json:
        answer = {"karyotype": found, "strict": str(found), "abnormality": abnormality, "cells": count}
        print_json(answer | {"changes": listed, "complexity": several})
        return
    rows = [
        (
            f"{clone.number_low}" if clone.number_low == clone.number_high else
            f"{clone.number_low} to {clone.number_high}",
            clone.cells,
            ", ".join(a.text for a in clone.abnormalities) or ("in words" if clone.nonclonal else "none"),
        )
        for clone in found.clones
    ]  # fmt: skip
    say(str(found))
    print_table("Clones", ("chromosomes", "cells", "abnormalities"), rows)
    say(f"{abnormality}: {_count(count)}.")
    words = {True: "clonal", False: "not clonal", None: "cells not counted"}
    for change in listed:
        cells = "" if change.cells is None else f", {change.cells} cells"
        say(f"{change.abnormality}{cells}: {words[change.clonal]}.")
    more = "at least " if several.at_least else ""
    say(f"Abnormalities: {more}{several.abnormalities}{', complex' if several.is_complex else ''}.")
    _remarks(found.remarks)


def _read_nuc_ish(iscn: str, probe: str, as_json: bool) -> None:
    from remnant.cytogenetics import nuclei_with_change, read_nuc_ish

    found = read_nuc_ish(iscn)
    count = nuclei_with_change(found, probe)
    if as_json:
        print_json({"nuc_ish": found, "strict": str(found), "probe": probe, "nuclei": count})
        return
    rows = [
        (f" {s.relation} ".join(s.probes), "amplified" if s.copies is None else s.copies, p.cells, p.scored)
        for p in found.patterns
        for s in p.signals
    ]
    say(str(found))
    print_table("Patterns", ("probe", "signals", "nuclei", "of"), rows)
    say(f"{probe} changed: {_count(count)}.")
    _remarks(found.remarks)


def _count(count: CellCount) -> str:
    if count.abnormal is None or count.scored is None:
        return "not known, for the report gives no number of cells"
    return f"{count.abnormal} of {count.scored}" + (", not certain" if count.uncertain else "")


def _remarks(remarks: tuple[Remark, ...]) -> None:
    for remark in remarks:
        what = f" {remark.found!r}" if remark.found else ""
        say(f"Position {remark.position}{what}: {remark.reading}.")
