"""Slides of one compartment, read from a table: counts or nuc ish, several slides together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from remnant.cytogenetics.in_situ.nuc_ish import read_nuc_ish
from remnant.cytogenetics.in_situ.signals import nuclei_with_change, other_patterns
from remnant.errors import Fault, RemnantError, TableError
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.error_rates import JEFFREYS, Beta
from remnant.study.estimate import Source

FAR_BEHIND = 5  # times fewer nuclei than the fullest slide of the compartment


@dataclass(frozen=True)
class Slides:
    """All slides of one compartment, sample and probe.

    Parameters
    ----------
    sample_id, compartment, probe : str
        What was scored.
    abnormal, scored : int
        Nuclei over all slides.
    slides : int
        How many.
    purity : (int, int) or None
        Events inside the sort gate, of those re-run.
    contaminant : str or None
        Compartment that the rest of the sort belongs to, where the table says so.
    remarks : tuple of str
        What a reader should know: a slide without nuclei, a nuc ish read with leniency.
    sources : tuple of Source
        The rows.
    counts : tuple of (int, int)
        Abnormal and scored nuclei of each slide; empty stands for one slide.
    """

    sample_id: str
    compartment: str
    probe: str
    abnormal: int
    scored: int
    slides: int
    purity: tuple[int, int] | None
    contaminant: str | None
    remarks: tuple[str, ...]
    sources: tuple[Source, ...]
    counts: tuple[tuple[int, int], ...] = ()

    def count(self, correlation: float) -> Count:
        """The counts, where two nuclei of one slide are correlated by `correlation` on average."""
        return Count(self.abnormal, self.scored, self.counts, correlation)

    @property
    def purity_known(self) -> Beta | float:
        """What the re-run says of the purity; 1 where none was made."""
        if self.purity is None:
            return 1.0
        inside, events = self.purity
        return JEFFREYS.updated(inside, events)


def read_slides(fish: pl.DataFrame, *, file: str = "fish.csv") -> tuple[Slides, ...]:
    """Gather the rows of a fish table by sample, compartment and probe, in their order.

    Parameters
    ----------
    fish : DataFrame
        Columns as in `remnant.study.TABLES["fish"]`, and `line`.
    file : str
        Name of the table, for sources and faults.

    Raises
    ------
    TableError
        With every row that lacks a count, whose nuc ish cannot be read or contradicts its counts, or whose
        slides name different contaminants.
    """
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in fish.iter_rows(named=True):
        groups.setdefault((row["sample_id"], row["compartment"], row["probe"]), []).append(row)
    found: list[Slides] = []
    faults: list[Fault] = []
    for key, rows in groups.items():
        counts, remarks = [], []
        for row in rows:
            try:
                count, notes = _count(row, file)
            except RemnantError as error:
                faults += error.faults
                continue
            counts.append(count)
            remarks += notes
        remarks += _sparse([n for _, n in counts])
        named = {row["contaminant"]: row for row in rows if row["contaminant"] is not None}
        if len(named) > 1:
            last = list(named.values())[-1]
            hint = "slides of one sort share their contaminant"
            one = next(iter(named))
            faults.append(
                Fault(file, last["line"], "contaminant", last["contaminant"], f"{one}, as above", hint)
            )
        # The re-run of one sort is often written beside each of its slides: count it once.
        runs = {(row["purity_in_gate"], row["purity_events"]) for row in rows if row["purity_events"]}
        purity = (sum(k for k, _ in runs), sum(n for _, n in runs)) if runs else None
        found.append(
            Slides(
                *key,
                sum(k for k, _ in counts),
                sum(n for _, n in counts),
                len(rows),
                purity,
                next(iter(named), None),
                tuple(remarks),
                tuple(Source(file, row["line"]) for row in rows),
                tuple(counts),
            )
        )
    if faults:
        raise TableError(sorted(faults, key=lambda fault: fault.line or 0))
    return tuple(found)


def _count(row: Mapping[str, Any], file: str) -> tuple[tuple[int, int], list[str]]:
    """Abnormal and scored nuclei of one slide, and what to know of them."""
    given = row["nuclei_abnormal"], row["nuclei_scored"]
    if (row["purity_events"] is None) != (row["purity_in_gate"] is None):
        missing = "purity_events" if row["purity_events"] is None else "purity_in_gate"
        raise _missing(file, row["line"], missing, "a purity needs both counts, or neither")
    if row["iscn"] is None:
        if None in given:
            missing = "nuclei_abnormal" if given[0] is None else "nuclei_scored"
            raise _missing(file, row["line"], missing, "fill it in, or give the slide as nuc ish in iscn")
        return given, ["a slide without nuclei: hybridisation failed"] if given[1] == 0 else []
    result = read_nuc_ish(row["iscn"], source=file, line=row["line"])
    cells = nuclei_with_change(result, row["probe"], source=file, line=row["line"])
    notes = [f"line {row['line']}: {remark.reading}" for remark in result.remarks]
    notes += [f"line {row['line']}: {other}" for other in other_patterns(result, row["probe"])]
    if cells.uncertain:
        notes.append(f"line {row['line']}: no control probe beside {row['probe']}, so a monosomy would count")
    if cells.abnormal is None or cells.scored is None:
        if None in given:
            fault = Fault(
                file,
                row["line"],
                "iscn",
                row["iscn"],
                "nuclei as [k/n] at its end",
                "or fill in the two counts",
            )
            raise TableError([fault])
        return given, notes
    read = cells.abnormal, cells.scored
    for name, count, own in zip(("nuclei_abnormal", "nuclei_scored"), given, read, strict=True):
        if count is not None and count != own:
            hint = "counts and nuc ish disagree: keep the one that is right"
            raise TableError(
                [Fault(file, row["line"], name, str(count), f"{own}, as the nuc ish says", hint)]
            )
    return read, notes


def _sparse(scored: list[int]) -> list[str]:
    """Say of slides that stand far behind their siblings that their hybridisation may have failed in part."""
    largest = max(scored, default=0)
    return [
        f"a slide with {n} nuclei beside one with {largest}: was its hybridisation weak?"
        for n in scored
        if 0 < n < largest / FAR_BEHIND
    ]


def _missing(file: str, line: int | None, column: str, hint: str) -> TableError:
    return TableError([Fault(file, line, column, "nothing", "a whole number from 0", hint)])
