"""The columns that many tables share, and short ways to say the usual kinds."""

from __future__ import annotations

from remnant.study.column import Column, Kind


def identifier(name: str, of: str, refers_to: str | None = None, example: str = "") -> Column:
    """Name a thing: in its own table, or as `refers_to` has it."""
    hint = f"names must be the same, letter for letter, as in {refers_to}.csv" if refers_to else ""
    meaning = f"The {of}." if refers_to else f"Your name for the {of}; no personal data."
    return Column(name, Kind.IDENTIFIER, meaning, refers_to=refers_to, hint=hint, example=example)


def day(name: str, meaning: str, *, required: bool = True, example: str = "") -> Column:
    """Count days from the anchor, a century to each side.

    So a spreadsheet's number for a date since 2000, 36526 or more, is refused and not taken for a day.
    """
    return Column(name, Kind.DAY, meaning, "days", required, -36525, 36525, example=example)


def count(
    name: str,
    meaning: str,
    unit: str,
    *,
    required: bool = True,
    at_most: str | None = None,
    hint: str = "",
    example: str = "",
) -> Column:
    """Count things: a whole number from 0."""
    return Column(name, Kind.INTEGER, meaning, unit, required, 0, at_most=at_most, hint=hint, example=example)


PATIENT = identifier("patient_id", "patient", "patients", "P1")
SAMPLE = identifier("sample_id", "sample", "samples", "P1-d0")
COMPARTMENT = Column(
    "compartment",
    Kind.IDENTIFIER,
    "A compartment that study.toml declares.",
    refers_to="compartments",
    hint="declare it in study.toml under [compartments.NAME]",
    example="stem",
)
