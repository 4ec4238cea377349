"""Tables of cultures: limiting-dilution plates and colony assays."""

from __future__ import annotations

from remnant.study.column import Column, Kind
from remnant.study.columns import COMPARTMENT, SAMPLE, count
from remnant.study.schema import TableSchema

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
