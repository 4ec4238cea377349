"""Tables of the laboratory: what each assay counted in a sample."""

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

EVENTS = TableSchema(
    "events",
    "an FCS file",
    (
        SAMPLE,
        Column(
            "file",
            Kind.FILE,
            "Path of the file, from the study folder.",
            hint="is it in the study folder?",
            example="fcs/P1-d0.fcs",
        ),
        Column(
            "tube",
            Kind.TEXT,
            "What the tube is; dead: cells killed and stained with the viability dye.",
            choices=("stained", "fmo", "isotype", "unstained", "single_stain", "dead", "beads"),
            example="stained",
        ),
        Column(
            "panel",
            Kind.IDENTIFIER,
            "A panel that study.toml declares.",
            refers_to="panel",
            hint="declare it in study.toml under [panel.NAME]",
            example="hspc",
        ),
        Column(
            "control_for",
            Kind.TEXT,
            "Marker left out (fmo), alone (single_stain) or replaced (isotype; empty: every one counted).",
            required=False,
            example="",
        ),
        count("beads_added", "Counting beads added to this tube.", required=False, unit="beads"),
        Column(
            "volume_ul",
            Kind.NUMBER,
            "Sample volume in the tube; without beads, cells per uL take all of it as acquired.",
            "uL",
            False,
            above=0,
        ),
    ),
    ("file",),
)

POPULATIONS = TableSchema(
    "populations",
    "a count gated elsewhere",
    (
        SAMPLE,
        Column(
            "population",
            Kind.IDENTIFIER,
            "A compartment, or a stage of maturation, that study.toml declares.",
            refers_to="populations",
            hint="declare it in study.toml under [compartments.NAME] or [maturation.LINEAGE]",
            example="bulk",
        ),
        Column(
            "parent",
            Kind.TEXT,
            "Population that it is a part of; nucleated for all viable nucleated cells.",
            example="nucleated",
        ),
        count("events", "Events in the population.", at_most="parent_events", unit="events", example="1210"),
        Column("parent_events", Kind.INTEGER, "Events in the parent.", "events", True, 1, example="98000"),
    ),
    ("sample_id", "population", "parent"),
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

DILUTION_PLATES = TableSchema(
    "dilution_plates",
    "one dose of a limiting-dilution plate",
    (
        SAMPLE,
        COMPARTMENT,
        Column("assay", Kind.IDENTIFIER, "Name of the assay.", example="LTC-IC"),
        Column(
            "cells_per_well",
            Kind.NUMBER,
            "Cells seeded in each well, on average.",
            "cells",
            True,
            above=0,
            hint="is this cells per plate?",
            example="100",
        ),
        Column(
            "wells_tested",
            Kind.INTEGER,
            "Wells scored at this dose.",
            "wells",
            True,
            1,
            hint="leave unscored doses out",
            example="24",
        ),
        count(
            "wells_positive",
            "Wells with a colony.",
            at_most="wells_tested",
            unit="wells",
            hint="tested and positive swapped?",
            example="6",
        ),
        count(
            "wells_normal_only",
            "Positive wells with normal colonies only.",
            required=False,
            at_most="wells_positive",
            unit="wells",
            example="1",
        ),
        count(
            "wells_clone_only",
            "Positive wells with colonies of the clone only.",
            required=False,
            at_most="wells_positive",
            unit="wells",
            example="5",
        ),
        count(
            "wells_both",
            "Positive wells with both.",
            required=False,
            at_most="wells_positive",
            unit="wells",
            example="0",
        ),
    ),
)

COLONIES = TableSchema(
    "colonies",
    "a colony assay",
    (
        SAMPLE,
        COMPARTMENT,
        Column("assay", Kind.TEXT, "Name of the assay.", choices=("CFC", "LTC-CFC"), example="CFC"),
        Column("cells_plated", Kind.NUMBER, "Cells plated.", "cells", True, above=0, example="1000"),
        count("colonies", "Colonies counted.", unit="colonies", example="42"),
        count(
            "colonies_typed",
            "Colonies typed for the clone.",
            required=False,
            at_most="colonies",
            unit="colonies",
            example="20",
        ),
        count(
            "colonies_abnormal",
            "Of these, of the clone.",
            required=False,
            at_most="colonies_typed",
            unit="colonies",
            example="19",
        ),
        Column(
            "lineage",
            Kind.TEXT,
            "Lineage of the colonies; empty for all together.",
            required=False,
            example="",
        ),
    ),
)

CELL_CYCLE = TableSchema(
    "cell_cycle",
    "a cycle count measured elsewhere",
    (
        SAMPLE,
        COMPARTMENT,
        count("g0_events", "Events in G0.", unit="events", example="310"),
        count("g1_events", "Events in G1.", unit="events", example="41"),
        count("s_g2m_events", "Events in S, G2 or M.", unit="events", example="12"),
    ),
    ("sample_id", "compartment"),
)

MUTATIONS = TableSchema(
    "mutations",
    "a variant",
    (
        SAMPLE,
        Column("gene", Kind.IDENTIFIER, "Gene symbol.", example="TP53"),
        Column("variant", Kind.TEXT, "Protein or coding change.", required=False, example="p.R248W"),
        count("alternate_reads", "Reads with the variant.", at_most="depth", unit="reads", example="41"),
        Column("depth", Kind.INTEGER, "Reads at the place.", "reads", True, 1, example="980"),
    ),
    ("sample_id", "gene", "variant"),
)

BIOMARKERS = TableSchema(
    "biomarkers",
    "a measured value",
    (
        SAMPLE,
        Column("name", Kind.IDENTIFIER, "What was measured.", example="miR-145"),
        Column("value", Kind.NUMBER, "The value.", "as in unit", example="0.62"),
        Column("unit", Kind.TEXT, "Its unit.", example="relative expression"),
    ),
    ("sample_id", "name"),
)
