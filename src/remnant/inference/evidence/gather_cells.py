"""Cells counted in a tube, for their likelihoods: how many are stem cells, and how many of those rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from remnant.inference.evidence.evidence import Label
from remnant.inference.evidence.observation import Found, Observation, left_out, placed
from remnant.observation.likelihood.compartments import KINDS, STEM
from remnant.study.estimate import Source
from remnant.study.study import Study

NUCLEATED = "nucleated"


class Counted(Protocol):
    """Cells of a compartment among viable nucleated ones, as `remnant.persistence.CompartmentCount` is."""

    @property
    def events(self) -> int | None:
        """Cells inside the gate; None where it is not evaluable."""

    @property
    def cells(self) -> int:
        """Viable nucleated cells."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The file or the rows."""


Counts = Mapping[tuple[str, str], Counted]  # by sample and compartment


def gather_frequencies(study: Study, counted: Counts | None = None) -> Found:
    """Gather the counts of stem cells and progenitors among nucleated cells.

    Parameters
    ----------
    study : Study
        With counts gated elsewhere in populations.csv.
    counted : mapping of (str, str) to CompartmentCount, optional
        Counts gated from the study's own tubes; they go before those of populations.csv.
    """
    roles = {name: item.role for name, item in study.config.compartments.items() if item.role != "bulk"}
    gated = counted or {}
    found, others = [], 0
    for patient, day, row in placed(study, "populations"):
        name = row["population"]
        if name not in roles or (row["sample_id"], name) in gated:
            continue
        if row["parent"] != NUCLEATED:
            others += 1
            continue
        label = Label(f"{name} among nucleated cells", "populations.csv", row["line"])
        count = row["events"], row["parent_events"]
        found.append(_frequency(patient, day, roles[name], count, label))
    for patient, sample, day in study.visits():
        for name, role in roles.items():
            one = gated.get((sample, name))
            if one is not None and one.events is not None and one.cells > 0:
                source = one.sources[0] if one.sources else Source("populations.csv")
                label = Label(f"{name} among nucleated cells", source.file, source.line)
                found.append(_frequency(patient, day, role, (one.events, one.cells), label))
    return Found(tuple(found), left_out(others, "populations.csv: a compartment within another parent"))


def _frequency(patient: str, day: int, role: str, count: tuple[int, int], label: Label) -> Observation:
    fields = {"kind": KINDS[role], "count": float(count[0]), "total": float(count[1])}
    return Observation("frequencies", patient, day, fields, label)


def gather_cycle(study: Study) -> Found:
    """Gather the phases of stem cells; a tube without a cell in any phase was not done."""
    stem = study.config.with_role("stem")
    found = []
    for patient, day, row in placed(study, "cell_cycle"):
        total = row["g0_events"] + row["g1_events"] + row["s_g2m_events"]
        if row["compartment"] == stem and total:
            label = Label(f"{stem} in G0", "cell_cycle.csv", row["line"])
            fields = {"kind": STEM, "count": float(row["g0_events"]), "total": float(total)}
            found.append(Observation("cycle", patient, day, fields, label))
    return Found(tuple(found))
