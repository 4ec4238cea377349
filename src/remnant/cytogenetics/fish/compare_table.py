"""From a table of counted compartments to every comparison in it: probe by probe, and against baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from remnant.cytogenetics.fish.compare_patients import PatientsComparison, compare_patients
from remnant.cytogenetics.fish.comparison_remarks import remarks_on, summary_of
from remnant.cytogenetics.fish.compartment_table import CompartmentTable
from remnant.cytogenetics.fish.paired_slides import Pairing, pair_slides
from remnant.cytogenetics.fish.slides import Slides, read_slides
from remnant.cytogenetics.fish.two_slides import ChangeFromBaseline, changes_from_baseline
from remnant.errors import Fault, SettingError, TableError
from remnant.stats.tables.multiplicity import holm


@dataclass(frozen=True)
class ProbeComparison:
    """Stem against progenitor compartment with one probe.

    Parameters
    ----------
    probe : str
        Which.
    pairing : Pairing
        Who is compared, who is left out, what is ignored.
    found : PatientsComparison or None
        None where no patient has nuclei in both compartments.
    summary : str
        What the study says, in a sentence.
    remarks : tuple of str
        What to know before believing it.
    p_holm : float or None
        Exact p over patients adjusted for the number of probes; None where there is no such p.
    """

    probe: str
    pairing: Pairing
    found: PatientsComparison | None
    summary: str
    remarks: tuple[str, ...]
    p_holm: float | None = None


@dataclass(frozen=True)
class TableComparison:
    """All that a table of compartments says.

    Parameters
    ----------
    probes : tuple of ProbeComparison
        In the order of the table.
    changes : tuple of ChangeFromBaseline
        Where patients have several visits: each against their first.
    """

    probes: tuple[ProbeComparison, ...]
    changes: tuple[ChangeFromBaseline, ...]


def choose_visit(table: CompartmentTable, visit: str | None) -> CompartmentTable:
    """Keep one visit; all of them without a choice.

    Raises
    ------
    SettingError
        If the table has no such visit.
    """
    if visit is None:
        return table
    known = dict.fromkeys(day for _, day in table.people.values() if day is not None)
    if visit not in known:
        found = ", ".join(known) or "a table without visits"
        hint = "choose one of them, or leave --visit out"
        raise SettingError([Fault(table.file, None, "visit", found, f"a visit {visit}", hint)])
    people = {name: pair for name, pair in table.people.items() if pair[1] == visit}
    return replace(table, people=people, fish=table.fish.filter(pl.col("sample_id").is_in(list(people))))


def compare_table(
    table: CompartmentTable, *, stem: str, progenitor: str, confidence: float = 0.95
) -> TableComparison:
    """Compare the two compartments of every patient in a table, and visits with the first.

    Parameters
    ----------
    table : CompartmentTable
        From `read_compartments`.
    stem, progenitor : str
        Names of the two compartments.
    confidence : float, default 0.95
        Coverage of all intervals, in (0, 1).

    Raises
    ------
    TableError
        If no row is of one of the two compartments, or a slide cannot be read.
    """
    slides = read_slides(table.fish, file=table.file)
    _refuse_missing(slides, (stem, progenitor), table.file)
    by_probe: dict[str, list[Slides]] = {}
    for item in slides:
        by_probe.setdefault(item.probe, []).append(item)
    probes = []
    for probe, own in by_probe.items():
        pairing = pair_slides(own, table.people, stem=stem, progenitor=progenitor)
        found = compare_patients(pairing.pairs, confidence=confidence) if pairing.pairs else None
        remarks = remarks_on(found, pairing, by_sample=table.by_sample)
        summary = summary_of(found, stem=stem, progenitor=progenitor, confidence=confidence)
        probes.append(ProbeComparison(probe, pairing, found, summary, remarks))
    return TableComparison(_adjusted(probes), _changes(slides, table, (stem, progenitor), confidence))


def _adjusted(probes: list[ProbeComparison]) -> tuple[ProbeComparison, ...]:
    told = [item for item in probes if item.found is not None and item.found.exact.informative]
    p = holm([item.found.exact.p_two_sided for item in told if item.found is not None])
    by_name = {item.probe: float(each) for item, each in zip(told, p, strict=True)}
    return tuple(replace(item, p_holm=by_name.get(item.probe)) for item in probes)


def _changes(
    slides: tuple[Slides, ...], table: CompartmentTable, compartments: tuple[str, str], confidence: float
) -> tuple[ChangeFromBaseline, ...]:
    visited = []
    for item in slides:
        patient, visit = table.people[item.sample_id]
        if visit is not None and item.compartment in compartments:
            visited.append((patient, visit, item))
    return changes_from_baseline(visited, confidence=confidence)


def _refuse_missing(slides: tuple[Slides, ...], compartments: tuple[str, str], file: str) -> None:
    named = dict.fromkeys(item.compartment for item in slides)
    missing = [name for name in compartments if name not in named]
    if not missing:
        return
    found = ", ".join(named) or "no rows"
    hint = "say what they are called with --stem and --progenitor"
    raise TableError([Fault(file, None, "compartment", found, name, hint) for name in missing])
