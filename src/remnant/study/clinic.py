"""Tables of the clinic: who was treated with what, and how blood and marrow answered."""

from __future__ import annotations

from remnant.study.column import Column, Kind
from remnant.study.columns import PATIENT, SAMPLE, day, identifier
from remnant.study.schema import TableSchema

PATIENTS = TableSchema(
    "patients",
    "a patient",
    (
        identifier("patient_id", "patient", example="P1"),
        Column(
            "sex",
            Kind.TEXT,
            "Sex at birth.",
            required=False,
            choices=("female", "male"),
            hint="write it in full",
            example="female",
        ),
        Column("birth_year", Kind.INTEGER, "Year of birth.", "year", False, 1900, 2100, example="1950"),
        Column(
            "diagnosis",
            Kind.TEXT,
            "Diagnosis at the anchor, in your words.",
            required=False,
            example="MDS with isolated del(5q)",
        ),
        Column(
            "anchor_date",
            Kind.DATE,
            "Date of day 0, normally the first dose; needed where tables give dates.",
            required=False,
            example="2020-01-15",
        ),
        day(
            "last_contact_day",
            "Last day on which the patient was known to be followed.",
            required=False,
            example="400",
        ),
        Column(
            "died",
            Kind.FLAG,
            "Whether the patient died on the last contact day.",
            required=False,
            example="no",
        ),
    ),
    ("patient_id",),
)

SAMPLES = TableSchema(
    "samples",
    "a specimen",
    (
        identifier("sample_id", "sample", example="P1-d0"),
        PATIENT,
        day("day", "Day on which it was drawn.", example="-3"),
        Column(
            "material", Kind.TEXT, "What was drawn.", choices=("marrow", "blood", "culture"), example="marrow"
        ),
        Column(
            "nucleated_cells",
            Kind.NUMBER,
            "Nucleated cells in the specimen.",
            "cells",
            False,
            above=0,
            hint="cells in the whole specimen, not per litre",
            example="2.1e7",
        ),
    ),
    ("sample_id",),
)

THERAPY = TableSchema(
    "therapy",
    "a course of a drug",
    (
        PATIENT,
        Column("drug", Kind.TEXT, "Name of the drug.", example="lenalidomide"),
        day("start_day", "First day of the course.", example="0"),
        day("end_day", "Last day of the course; empty while it goes on.", required=False, example="180"),
        Column("dose_mg", Kind.NUMBER, "Dose on a day of treatment.", "mg", False, 0, example="10"),
        Column(
            "days_on",
            Kind.INTEGER,
            "Days of treatment in a cycle.",
            "days",
            False,
            1,
            at_most="cycle_days",
            example="21",
        ),
        Column("cycle_days", Kind.INTEGER, "Length of a cycle.", "days", False, 1, example="28"),
    ),
    ("patient_id", "drug", "start_day"),
)

BLOOD_COUNTS = TableSchema(
    "blood_counts",
    "a blood count",
    (
        PATIENT,
        day("day", "Day of the count.", example="0"),
        Column(
            "haemoglobin_g_per_dl",
            Kind.NUMBER,
            "Haemoglobin.",
            "g/dL",
            False,
            1,
            25,
            hint="g/L? divide by 10; mmol/L? multiply by 1.611",
            example="8.4",
        ),
        Column(
            "neutrophils_1e9_per_l",
            Kind.NUMBER,
            "Neutrophils.",
            "1e9/L",
            False,
            0,
            500,
            hint="per microlitre? divide by 1000",
            example="1.9",
        ),
        Column(
            "platelets_1e9_per_l",
            Kind.NUMBER,
            "Platelets.",
            "1e9/L",
            False,
            0,
            5000,
            hint="per microlitre? divide by 1000",
            example="240",
        ),
        Column(
            "leukocytes_1e9_per_l",
            Kind.NUMBER,
            "Leukocytes.",
            "1e9/L",
            False,
            0,
            1000,
            hint="per microlitre? divide by 1000",
            example="4.2",
        ),
        Column(
            "blasts_fraction",
            Kind.FRACTION,
            "Blasts among leukocytes of the blood.",
            "fraction",
            False,
            example="0",
        ),
    ),
    ("patient_id", "day"),
)

TRANSFUSIONS = TableSchema(
    "transfusions",
    "a transfusion day",
    (
        PATIENT,
        day("day", "Day of the transfusion.", example="-20"),
        Column(
            "product", Kind.TEXT, "What was given.", choices=("red_cells", "platelets"), example="red_cells"
        ),
        Column("units", Kind.INTEGER, "Units given that day.", "units", True, 1, 50, example="2"),
        Column(
            "haemoglobin_before_g_per_dl",
            Kind.NUMBER,
            "Haemoglobin before the transfusion.",
            "g/dL",
            False,
            1,
            25,
            hint="g/L? divide by 10; mmol/L? multiply by 1.611",
            example="7.6",
        ),
    ),
    ("patient_id", "day", "product"),
)

TRANSFUSION_LOG = TableSchema(
    "transfusion_log",
    "a period in which the record of transfusions is complete",
    (
        PATIENT,
        day("start_day", "First day of the period.", example="-112"),
        day("end_day", "Last day of the period.", example="400"),
    ),
    ("patient_id", "start_day"),
)

MARROWS = TableSchema(
    "marrows",
    "a marrow morphology",
    (
        SAMPLE,
        Column(
            "blasts_fraction",
            Kind.FRACTION,
            "Blasts among nucleated marrow cells.",
            "fraction",
            example="0.03",
        ),
        Column(
            "dysplasia",
            Kind.TEXT,
            "Whether maturation is normal: none, or the lines that are dysplastic.",
            required=False,
            example="megakaryocytic",
        ),
        Column("cellularity_fraction", Kind.FRACTION, "Cellularity.", "fraction", False, example="0.4"),
        Column(
            "auer_rods", Kind.FLAG, "Whether blasts with Auer rods were seen.", required=False, example="no"
        ),
        Column(
            "ring_sideroblasts_fraction",
            Kind.FRACTION,
            "Ring sideroblasts among erythroid marrow cells.",
            "fraction",
            False,
            example="0.02",
        ),
    ),
    ("sample_id",),
)
