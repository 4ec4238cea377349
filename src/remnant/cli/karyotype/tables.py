"""Karyotypes and in situ results for people: tables, remarks with their place, a caret under an error."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.cli.console import note, print_table, say
from remnant.cytogenetics import changes, complexity, ipss_r_group, monosomal
from remnant.cytogenetics.in_situ.signals import NucIsh
from remnant.cytogenetics.iscn.karyotype import CellCount, Clone, Karyotype
from remnant.service.iscn.answer import ReadLine

WINDOW = 90  # letters shown around the place of an error


def print_one(one: ReadLine) -> None:
    """Print all that one string says."""
    if not one.ok:
        _print_error(one)
        return
    say(str(one.strict))
    if one.karyotype:
        _print_karyotype(one, one.karyotype)
    if one.in_situ:
        if one.in_situ.nuclei:
            _print_nuclei(one, one.in_situ.nuclei)
        metaphases = [(p.text.partition("[")[0], p.cells, p.scored) for p in one.in_situ.metaphases]
        if metaphases:
            print_table("Metaphases under FISH", ("finding", "cells", "of"), metaphases)
        arrays = [
            (f.text, f.copies, f.fraction, a.build or None) for a in one.in_situ.arrays for f in a.findings
        ]
        if arrays:
            print_table("Arrays", ("region", "copies", "fraction of cells", "build"), arrays)
    for remark in one.remarks:
        what = f" {remark.found!r}" if remark.found else ""
        say(f"Position {remark.position}{what}: {remark.reading}.")


def print_lines(lines: Sequence[ReadLine]) -> None:
    """Print a row for every line that was read, then those that were not."""
    rows = [_row(one) for one in lines if one.ok]
    header = ("line", "clones", "cells", "abnormalities", "IPSS-R", "abnormal nuclei", "remarks")
    if rows:
        print_table("Strings", header, rows)
    refused = [one for one in lines if not one.ok]
    for one in refused:
        _print_error(one)
    say(f"{len(rows)} of {len(lines)} strings read{f', {len(refused)} refused' if refused else ''}.")


def _row(one: ReadLine) -> tuple[object, ...]:
    found = one.karyotype
    listed = ", ".join(change.abnormality for change in changes(found)) or "none" if found else None
    return (
        one.line.number,
        len(found.clones) if found else None,
        found.cells if found else None,
        listed,
        _group(found) if found else None,
        None if one.nuclei is None else _count(one.nuclei),
        len(one.remarks) or None,
    )


def _print_karyotype(one: ReadLine, found: Karyotype) -> None:
    rows = [(_chromosomes(clone), clone.cells, _abnormalities(clone)) for clone in found.clones]
    print_table("Clones", ("chromosomes", "cells", "abnormalities"), rows)
    assert one.cells is not None, "a karyotype was read"
    say(f"{one.abnormality}: {_count(one.cells)}.")
    words = {True: "clonal", False: "not clonal", None: "cells not counted"}
    for change in changes(found):
        cells = "" if change.cells is None else f", {change.cells} cells"
        say(f"{change.abnormality}{cells}: {words[change.clonal]}.")
    several = complexity(found)
    more = "at least " if several.at_least else ""
    say(f"Abnormalities: {more}{several.abnormalities}{', complex' if several.is_complex else ''}.")
    group = ipss_r_group(found)
    why = group.rule or group.reason
    say(f"IPSS-R cytogenetic group: {_group(found) or 'not evaluable'}{f' ({why})' if why else ''}.")
    single = monosomal(found)
    if single.is_monosomal is not False:
        say(f"Monosomal karyotype: {'yes' if single.is_monosomal else 'not known'} ({single.reason}).")


def _print_nuclei(one: ReadLine, found: NucIsh) -> None:
    rows = [
        (s.name, str(s).removeprefix(s.name).strip().removeprefix("x"), p.cells, p.scored)
        for p in found.patterns
        for s in p.signals
    ]
    print_table("Nuclei", ("probe", "signals", "nuclei", "of"), rows)
    if one.nuclei is not None:
        say(f"{one.probe} changed: {_count(one.nuclei)}.")


def _print_error(one: ReadLine) -> None:
    """Show the text with a caret under the place, and what to do."""
    error = one.error
    assert error is not None, "only what was refused has an error"
    place = error["position"] - 1
    low = max(place - WINDOW // 2, 0)
    shown = "".join(letter if letter.isprintable() else " " for letter in one.line.text[low : low + WINDOW])
    before = "... " if low else ""
    after = " ..." if len(one.line.text) > low + WINDOW else ""
    label = f"Line {one.line.number}: "
    note(f"{label}{before}{shown}{after}")
    note(" " * (len(label) + len(before) + place - low) + "^")
    note(f"  {error['message']}")


def _chromosomes(clone: Clone) -> str:
    low, high = clone.number_low, clone.number_high
    return "" if low is None else str(low) if low == high else f"{low} to {high}"


def _abnormalities(clone: Clone) -> str:
    return ", ".join(a.text for a in clone.abnormalities) or ("in words" if clone.nonclonal else "none")


def _group(found: Karyotype) -> str:
    answer = ipss_r_group(found)
    return answer.group.value if answer.group else " or ".join(one.value for one in answer.possible)


def _count(count: CellCount) -> str:
    if count.abnormal is None or count.scored is None:
        return "not known, for the report gives no number of cells"
    return f"{count.abnormal} of {count.scored}" + (", not certain" if count.uncertain else "")
