"""Cycle counts that were measured elsewhere, as the record that a tube gives."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from remnant.cytometry.cycle.compartment import count_exactly, no_phases
from remnant.cytometry.cycle.plan import CyclePlan
from remnant.cytometry.cycle.record import CompartmentCycle
from remnant.study.estimate import Source

METHOD = "counted elsewhere"


def count_phases(
    compartment: str,
    *,
    g0: int,
    g1: int,
    s_g2m: int,
    plan: CyclePlan | None = None,
    sources: tuple[Source, ...] = (),
) -> CompartmentCycle:
    """Give counts of G0, G1 and S/G2/M their fractions and exact intervals.

    Parameters
    ----------
    compartment : str
    g0, g1, s_g2m : int
        Events, at least 0.
    plan : CyclePlan, optional
        Confidence, and the fewest events from which a fraction is given.
    sources : tuple of Source
        Rows that the counts were read from.

    Returns
    -------
    CompartmentCycle
        Counting error only: how the events were told apart is not known here.

    Examples
    --------
    >>> cycle = count_phases("stem", g0=90, g1=8, s_g2m=2)
    >>> round(cycle.phases[0].alone.lower, 3)
    0.824
    """
    plan = plan or CyclePlan()
    assert min(g0, g1, s_g2m) >= 0, f"counts are at least 0: {g0}, {g1}, {s_g2m}"
    n = g0 + g1 + s_g2m
    if n < plan.minimum_compartment_events:
        phases = no_phases(f"{n:,} events; {plan.minimum_compartment_events:,} are needed")
    else:
        phases = count_exactly((g0, g1, s_g2m), plan, reason=METHOD)
    phases = tuple(replace(p, alone=replace(p.alone, sources=sources)) for p in phases)
    return CompartmentCycle(compartment, METHOD, n, n, 0, 0, 0, 0, phases)


def read_phases(
    table: pl.DataFrame, plan: CyclePlan | None = None
) -> tuple[tuple[str, CompartmentCycle], ...]:
    """Return sample and cycle for every row of the `cell_cycle` table of a study.

    Parameters
    ----------
    table : DataFrame
        As `remnant.study` reads it.
    plan : CyclePlan, optional
        Choices.
    """
    rows = []
    for row in table.iter_rows(named=True):
        line = row.get("line")
        sources = () if line is None else (Source("cell_cycle.csv", line),)
        counts = {"g0": row["g0_events"], "g1": row["g1_events"], "s_g2m": row["s_g2m_events"]}
        cycle = count_phases(row["compartment"], **counts, plan=plan, sources=sources)
        rows.append((row["sample_id"], cycle))
    return tuple(rows)
