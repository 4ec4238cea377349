"""What the laboratory writes down of one marrow: slides, plates, colonies, karyotype, tubes, morphology.

Every function takes what is true of the visit and returns rows of one table of the study, drawn by the
simulator of its assay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remnant.observation import colonies, dilution, events, fish, metaphases, tube
from remnant.observation.truth import TrueVisit
from remnant.observation.visits import EVOLVED, RELAPSED

Row = dict[str, object]

PROBE = fish.Probe(false_positive=0.012, false_negative=0.02, dispersion=150.0)
CONTROL_SLIDES, CONTROL_NUCLEI = 20, 200
PURITY = {"stem": (0.965, "progenitor"), "progenitor": (0.985, "bulk"), "bulk": (1.0, "")}
LTC_IC = {
    "normal": 1 / 14,
    "clone": 1 / 55,
}  # founders per sorted stem cell; the clone does poorly in culture
WELLS = {1: 16, 3: 16, 10: 16, 30: 16}  # cells per well: wells
PROGENITORS_AT_REST = 0.2  # of every clone, at every visit; stem cells rest as their dynamics say
CFC = colonies.Plating(normal=0.16, clone=0.07)
ERYTHROID_COLONIES = {"normal": 0.55, "clone": 0.25}  # of the colonies of each kind of progenitor
STAGES = ("proerythroblast", "basophilic", "polychromatic", "orthochromatic")
MATURATION = {"normal": (0.05, 0.15, 0.40, 0.40), "clone": (0.14, 0.28, 0.38, 0.20)}
STAINED_EVENTS, FMO_EVENTS = 60_000, 45_000
CONCENTRATION = 4e4  # of the Dirichlet around the shares of a tube
RED_CELLS, DEAD, DEBRIS = 0.04, 0.06, 0.08
# CD34 stands apart and needs no FMO; CD38 and CD90 are continuous in CD34+ cells and do.
FMO_MARKERS = ("CD38", "CD90")


@dataclass(frozen=True)
class Specimen:
    """A marrow on the bench.

    Parameters
    ----------
    visit : TrueVisit
        What is true of it.
    sex : str
        Sex chromosomes of the patient.
    breakpoints : str
        Of the deletion, as in `q13q33`.
    side_line : str
        Abnormality that the resistant clone adds; empty for none.
    lymphoid : float
        Share of lymphoid cells among viable nucleated cells.
    """

    visit: TrueVisit
    sex: str
    breakpoints: str
    side_line: str
    lymphoid: float

    def fraction(self, compartment: str) -> float:
        """True clone fraction of a compartment."""
        return self.visit.compartment(compartment).clone_fraction


def control_rows(*, rng: np.random.Generator) -> list[Row]:
    """Slides of people without the clone: false positives vary more from slide to slide than chance."""
    scored = rng.integers(CONTROL_NUCLEI - 4, CONTROL_NUCLEI + 5, CONTROL_SLIDES)
    abnormal = fish.simulate(np.zeros(CONTROL_SLIDES), scored, PROBE, rng=rng)
    return [
        {"probe": "EGR1", "control_id": f"C{number:02}", "nuclei_scored": int(n), "nuclei_abnormal": int(k)}
        for number, (n, k) in enumerate(zip(scored, abnormal, strict=True), 1)
    ]


def fish_rows(
    specimen: Specimen, *, failed: str | None, as_iscn: bool, rng: np.random.Generator
) -> list[Row]:
    """Score a slide of each compartment; `failed` names the one whose hybridisation failed."""
    rows = []
    for compartment, (mean_purity, contaminant) in PURITY.items():
        row: Row = {"sample_id": specimen.visit.sample_id, "compartment": compartment, "probe": "EGR1"}
        purity = float(rng.beta(60 * mean_purity, 60 * (1 - mean_purity))) if contaminant else 1.0
        other = specimen.fraction(contaminant) if contaminant else 0.0
        nuclei = 0 if compartment == failed else _nuclei(compartment, specimen.visit, rng)
        seen = fish.sorted_fraction(specimen.fraction(compartment), other, purity)
        abnormal = int(fish.simulate(seen, nuclei, PROBE, rng=rng))
        if compartment == "bulk" and as_iscn:
            row["iscn"] = metaphases.write_nuc_ish("EGR1", "D5S23", abnormal, nuclei)
        else:
            row |= {"nuclei_scored": nuclei, "nuclei_abnormal": abnormal}
        if contaminant:
            checked = int(rng.integers(60, 160) if compartment == "stem" else rng.integers(300, 900))
            row["purity_events"] = checked
            row["purity_in_gate"] = fish.simulate_purity(purity, checked, rng=rng)
            row["contaminant"] = contaminant
        rows.append(row)
    return rows


def _nuclei(compartment: str, visit: TrueVisit, rng: np.random.Generator) -> int:
    """Nuclei that reach the slide: few of the rare compartment, fewer when it is rarer still."""
    if compartment == "bulk":
        return 200
    if compartment == "progenitor":
        return int(np.clip(round(150 * rng.lognormal(0, 0.25)), 80, 200))
    yield_of = (visit.compartment("stem").frequency / 9e-4) ** 0.35
    return int(np.clip(round(75 * yield_of * rng.lognormal(0, 0.3)), 14, 140))


def plate_rows(specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Plate sorted stem cells at limiting dilution; every positive well is typed."""
    share, purity = specimen.fraction("stem"), PURITY["stem"][0]
    normal, clone = purity * (1 - share) * LTC_IC["normal"], purity * share * LTC_IC["clone"]
    doses, wells = np.array(list(WELLS)), np.array(list(WELLS.values()))
    counts = dilution.simulate(normal, clone, doses, wells, rng=rng)
    names = ("wells_normal_only", "wells_clone_only", "wells_both")
    return [
        {
            "sample_id": specimen.visit.sample_id,
            "compartment": "stem",
            "assay": "LTC-IC",
            "cells_per_well": int(dose),
            "wells_tested": int(kinds.sum()),
            "wells_positive": int(kinds[1:].sum()),
        }
        | {name: int(count) for name, count in zip(names, kinds[1:], strict=True)}
        for dose, kinds in zip(doses, counts, strict=True)
    ]


def colony_rows(specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Plate sorted progenitors in methylcellulose and type up to 40 colonies."""
    counted, typed, abnormal = colonies.simulate(specimen.fraction("progenitor"), 400, 40, CFC, rng=rng)
    row: Row = {
        "sample_id": specimen.visit.sample_id,
        "compartment": "progenitor",
        "assay": "CFC",
        "cells_plated": 400,
        "colonies": counted,
        "colonies_typed": typed,
        "colonies_abnormal": abnormal,
    }
    return [row]


def lineage_rows(counted: Sequence[Row], specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Tell the colonies of each dish apart by lineage: the clone's progenitors make few red cells."""
    clone = specimen.fraction("progenitor")
    erythroid = (1 - clone) * ERYTHROID_COLONIES["normal"] + clone * ERYTHROID_COLONIES["clone"]
    rows = []
    for row in counted:
        total = int(str(row["colonies"]))
        red = int(rng.binomial(total, erythroid))
        shared = {name: row[name] for name in ("sample_id", "compartment", "assay", "cells_plated")}
        rows += [
            shared | {"colonies": n, "lineage": name} for name, n in (("BFU-E", red), ("CFU-GM", total - red))
        ]
    return rows


def maturation_rows(specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Count the stages of red-cell precursors; those of the clone stop half-way."""
    clone = specimen.fraction("progenitor")
    shares = (1 - clone) * np.array(MATURATION["normal"]) + clone * np.array(MATURATION["clone"])
    gated = int(rng.integers(2_000, 9_000))
    counts = rng.multinomial(gated, rng.dirichlet(80 * shares))
    return [
        {"sample_id": specimen.visit.sample_id, "population": stage, "parent": "erythroid",
         "events": int(n), "parent_events": gated}
        for stage, n in zip(STAGES, counts, strict=True)
    ]  # fmt: skip


def karyotype_rows(specimen: Specimen, *, short: bool, rng: np.random.Generator) -> list[Row]:
    """Karyotype 20 to 25 metaphases of the whole marrow, or too few of a `short` culture."""
    number = int(rng.integers(8, 15)) if short else int(rng.choice([20, 20, 20, 20, 21, 22, 25]))
    clone = specimen.fraction("bulk")
    resistant = specimen.visit.resistant_fraction / max(specimen.fraction("stem"), 1e-12)
    side = clone * min(resistant, 1.0) if specimen.side_line else 0.0
    stem_line = f"del(5)({specimen.breakpoints})"
    counts = metaphases.simulate([clone - side, side, 1 - clone], number, rng=rng).tolist()
    names = [stem_line, f"{stem_line},{specimen.side_line}"]
    iscn = metaphases.write_iscn(specimen.sex, names, counts)
    return [{"sample_id": specimen.visit.sample_id, "iscn": iscn}]


def marrow_rows(specimen: Specimen, *, evolved: bool, rng: np.random.Generator) -> list[Row]:
    """Morphology: blasts follow the clone, and rise further where it has evolved."""
    clone = specimen.fraction("bulk")
    relapse = specimen.visit.state in (RELAPSED, EVOLVED)
    expected = 0.012 + 0.018 * clone + (0.04 + 0.06 * evolved) * relapse
    blasts = round(rng.binomial(500, expected) / 500, 3)
    dysplasia = "megakaryocytic" if clone > 0.1 or rng.random() < 0.3 else "none"
    if relapse and evolved:
        dysplasia = "megakaryocytic and erythroid"
    cellularity = round(float(np.clip(rng.normal(0.30 + 0.2 * clone, 0.07), 0.1, 0.9)), 2)
    row: Row = {"sample_id": specimen.visit.sample_id, "blasts_fraction": blasts, "dysplasia": dysplasia}
    return [row | {"cellularity_fraction": cellularity, "auer_rods": "no"}]


def cell_cycle_rows(specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Count phases of stem cells and progenitors; about a quarter of the cells in cycle are beyond G1."""
    rows: list[Row] = []
    at_rest = {"stem": specimen.visit.quiescent_fraction, "progenitor": PROGENITORS_AT_REST}
    for compartment, rest in at_rest.items():
        scored = int(rng.integers(60, 160) if compartment == "stem" else rng.integers(300, 900))
        g0, g1, dividing = rng.multinomial(scored, [rest, 0.75 * (1 - rest), 0.25 * (1 - rest)]).tolist()
        row: Row = {"sample_id": specimen.visit.sample_id, "compartment": compartment}
        rows.append(row | {"g0_events": g0, "g1_events": g1, "s_g2m_events": dividing})
    return rows


def mutation_rows(specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Sequence TP53 in the whole marrow: one allele of every resistant cell carries it."""
    share = specimen.visit.resistant_fraction / max(specimen.fraction("stem"), 1e-12)
    fraction = 0.5 * min(share, 1.0) * specimen.fraction("bulk")
    depth = int(rng.integers(900, 2600))
    reads = int(rng.binomial(depth, fraction + 2e-4))
    row: Row = {"sample_id": specimen.visit.sample_id, "gene": "TP53", "variant": "p.R248W"}
    return [row | {"alternate_reads": reads, "depth": depth}]


def biomarker_rows(specimen: Specimen, *, rng: np.random.Generator) -> list[Row]:
    """Measure miR-145 of the whole marrow, which lies in the deleted region."""
    value = round(float((1 - 0.45 * specimen.fraction("bulk")) * rng.lognormal(0, 0.12)), 3)
    row: Row = {"sample_id": specimen.visit.sample_id, "name": "miR-145", "value": value}
    return [row | {"unit": "relative expression"}]


def shares_of(specimen: Specimen) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Shares of `tube.POPULATIONS` among events, from those among viable nucleated cells."""
    stem = specimen.visit.compartment("stem").frequency
    progenitor = specimen.visit.compartment("progenitor").frequency
    # CD34+CD38- cells without CD90 outnumber those with it, as in adult marrow.
    early = 1.5 * stem
    rest = 1 - stem - early - progenitor - specimen.lymphoid
    viable = np.array([stem, early, progenitor, specimen.lymphoid, 0.07 * rest, 0.66 * rest, 0.27 * rest])
    other = [RED_CELLS, DEAD, DEBRIS]
    return np.concatenate([viable * (1 - sum(other)), other])


def event_rows(
    specimen: Specimen, directory: Path, *, controls: bool, keys: Mapping[str, np.random.Generator]
) -> list[Row]:
    """Run the stained tube, and with `controls` the FMO tubes; write them under `directory`/fcs.

    Parameters
    ----------
    specimen : Specimen
        The marrow.
    directory : Path
        The study folder.
    controls : bool
        Whether FMO tubes are run.
    keys : Mapping of str to numpy.random.Generator
        Source of chance of each tube: `stained`, and the marker of each FMO tube.
    """
    sample_id = specimen.visit.sample_id
    tubes: list[tuple[str, str | None]] = [("stained", None)]
    if controls:
        tubes += [(marker, marker) for marker in FMO_MARKERS]
    rows = []
    for name, without in tubes:
        rng = keys[name]
        number = STAINED_EVENTS if without is None else FMO_EVENTS
        counts = events.simulate_counts(shares_of(specimen), number, concentration=CONCENTRATION, rng=rng)
        file = f"fcs/{sample_id}.fcs" if without is None else f"fcs/{sample_id}-fmo-{without}.fcs"
        content = "stained" if without is None else f"FMO {without}"
        told = {"$SMNO": sample_id, "TUBE NAME": content, "$CELLS": "marrow mononuclear cells, synthetic"}
        tube.write_tube(
            directory / file, tube.simulate_events(counts, without=without, rng=rng), keywords=told
        )
        row: Row = {"sample_id": sample_id, "file": file, "tube": "fmo" if without else "stained"}
        rows.append(row | {"panel": "hspc", "control_for": without or "", "volume_ul": 100})
    return rows
