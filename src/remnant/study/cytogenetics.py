"""Tables of cytogenetics: karyotypes, scored slides and their controls."""

from __future__ import annotations

from remnant.study.column import Column, Kind
from remnant.study.columns import COMPARTMENT, SAMPLE, count
from remnant.study.schema import TableSchema

KARYOTYPES = TableSchema(
    "karyotypes",
    "a karyotype",
    (
        SAMPLE,
        Column(
            "iscn",
            Kind.TEXT,
            "The karyotype as reported.",
            example="46,XX,del(5)(q13q33)[18]/46,XX[2]",
            hint="ISCN, with cells in brackets",
        ),
    ),
    ("sample_id",),
)

FISH = TableSchema(
    "fish",
    "one scored slide",
    (
        SAMPLE,
        COMPARTMENT,
        Column("probe", Kind.IDENTIFIER, "Probe of the clone.", example="EGR1"),
        count(
            "nuclei_scored",
            "Nuclei scored; 0, of which 0 abnormal, where hybridisation failed.",
            required=False,
            unit="nuclei",
            example="40",
        ),
        count(
            "nuclei_abnormal",
            "Nuclei with the clone's pattern.",
            required=False,
            at_most="nuclei_scored",
            unit="nuclei",
            hint="scored and abnormal swapped?",
            example="38",
        ),
        Column(
            "iscn", Kind.TEXT, "The slide as nuc ish, in place of the two counts.", required=False, example=""
        ),
        count(
            "purity_events",
            "Events in the re-run of the sorted cells.",
            required=False,
            unit="events",
            example="210",
        ),
        count(
            "purity_in_gate",
            "Of these, inside the sort gate.",
            required=False,
            at_most="purity_events",
            unit="events",
            example="205",
        ),
        Column(
            "contaminant",
            Kind.IDENTIFIER,
            "Compartment that the cells outside the gate belong to.",
            required=False,
            refers_to="compartments",
            hint="declare it in study.toml under [compartments.NAME]",
            example="progenitor",
        ),
    ),
)

FISH_CONTROLS = TableSchema(
    "fish_controls",
    "one control slide, from a person without the clone or from cells that all carry it",
    (
        Column("probe", Kind.IDENTIFIER, "Probe of the clone.", example="EGR1"),
        Column("control_id", Kind.IDENTIFIER, "Your name for the control.", example="C1"),
        Column(
            "nuclei_scored",
            Kind.INTEGER,
            "Nuclei scored.",
            "nuclei",
            True,
            1,
            hint="a control without nuclei says nothing: remove it",
            example="200",
        ),
        count(
            "nuclei_abnormal",
            "Nuclei that look like the clone's pattern.",
            at_most="nuclei_scored",
            unit="nuclei",
            hint="scored and abnormal swapped?",
            example="2",
        ),
        Column(
            "kind",
            Kind.TEXT,
            "normal: without the clone; clone: every nucleus carries it, as in a cell line. Empty is normal.",
            required=False,
            choices=("normal", "clone"),
            example="",
        ),
    ),
    ("probe", "control_id"),
)
