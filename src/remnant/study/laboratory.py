"""Tables of the laboratory: cells counted in tubes, variants, and other measured values."""

from __future__ import annotations

from remnant.study.column import Column, Kind
from remnant.study.columns import COMPARTMENT, SAMPLE, count
from remnant.study.schema import TableSchema

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
        Column(
            "loss_of_heterozygosity",
            Kind.FLAG,
            "Whether the other copy of the gene is lost, by copy number or copy-neutral.",
            required=False,
            example="no",
        ),
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
        Column(
            "below_detection",
            Kind.FLAG,
            "Whether it was not detected: the value is then the limit below which it lies.",
            required=False,
            example="no",
        ),
    ),
    ("sample_id", "name"),
)
