"""Cuts that a person moved: a row for each marker of a stained tube, with who, when and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from remnant.errors import Fault
from remnant.study.column import Column, Kind
from remnant.study.columns import SAMPLE
from remnant.study.config import StudyConfig
from remnant.study.faults import FEW, quoted, suggest, summed
from remnant.study.schema import LINE, TableSchema

_SHA256 = re.compile("[0-9a-f]{64}")

GATE_REVIEWS = TableSchema(
    "gate_reviews",
    "a cut of one marker in one stained tube, placed by a person",
    (
        SAMPLE,
        Column(
            "file",
            Kind.FILE,
            "The stained tube, as events.csv names it.",
            hint="file names must be the same, letter for letter, as in events.csv",
            example="fcs/P1-d0.fcs",
        ),
        Column(
            "marker",
            Kind.IDENTIFIER,
            "A marker of the tube's panel, or its viability dye.",
            hint="write it as study.toml does under [panel.NAME]",
            example="CD38",
        ),
        Column(
            "cut",
            Kind.NUMBER,
            "Where the marker is cut, on the compensated scale: events at or above are positive.",
            "as in the file",
            example="640",
        ),
        Column("reviewer", Kind.IDENTIFIER, "Who placed it: a name or initials.", example="AB"),
        Column("reviewed_on", Kind.DATE, "The day on which it was placed.", example="2024-03-31"),
        Column(
            "reason",
            Kind.TEXT,
            "Why the automatic cut was not kept.",
            hint="say what the plot showed",
            example="automatic cut lies inside the CD38+ cells",
        ),
        Column(
            "file_sha256",
            Kind.TEXT,
            "SHA-256 of the file that was looked at: a review of another file is refused.",
            required=False,
            example="",
        ),
    ),
    ("file", "marker"),
)


def misplaced_reviews(
    config: StudyConfig,
    reviews: pl.DataFrame,
    events: pl.DataFrame,
    sources: Mapping[str, str],
    *,
    today: date | None = None,
) -> list[Fault]:
    """List reviews of no stained tube, of another sample's, of no marker of its panel, or of tomorrow.

    Parameters
    ----------
    config : StudyConfig
        Declares the markers of each panel.
    reviews, events : DataFrame
        The checked tables.
    sources : mapping of str to str
        What faults call each table.
    today : date, optional
        By default the day of the clock.
    """
    tubes = {row["file"]: row for row in events.iter_rows(named=True)}
    source, now = sources["gate_reviews"], today or date.today()
    faults: list[Fault] = []
    for row in reviews.iter_rows(named=True):
        faults += _of_tube(row, tubes, source)
        if row["file"] in tubes:
            faults += _of_panel(row, list(config.panel.get(tubes[row["file"]]["panel"], {})), source)
        if row["reviewed_on"] is not None and row["reviewed_on"] > now:
            found, expected = str(row["reviewed_on"]), f"a day up to today, {now}"
            faults.append(Fault(source, row[LINE], "reviewed_on", found, expected, "check the year"))
        if row["file_sha256"] is not None and not _SHA256.fullmatch(row["file_sha256"]):
            expected = "64 digits from 0 to 9 and a to f"
            hint = "sha256sum FILE prints them; or leave it empty"
            faults.append(Fault(source, row[LINE], "file_sha256", quoted(row["file_sha256"]), expected, hint))
    return summed(faults[:FEW], len(faults))


def _of_tube(row: dict[str, Any], tubes: Mapping[str, dict[str, Any]], source: str) -> list[Fault]:
    tube, found = tubes.get(row["file"]), quoted(row["file"])
    if tube is None:
        hint = suggest(row["file"], tubes, "name it as events.csv does")
        return [Fault(source, row[LINE], "file", found, "a file of events.csv", hint)]
    if tube["tube"] != "stained":
        hint = "a control follows the gates of its stained tube: review that one"
        return [Fault(source, row[LINE], "file", f"{found}, tube {tube['tube']}", "a stained tube", hint)]
    if tube["sample_id"] != row["sample_id"]:
        expected = f"{tube['sample_id']}, whose tube {row['file']} is in events.csv"
        hint = "correct the sample or the file"
        return [Fault(source, row[LINE], "sample_id", quoted(row["sample_id"]), expected, hint)]
    return []


def _of_panel(row: dict[str, Any], markers: list[str], source: str) -> list[Fault]:
    if not markers or row["marker"] in markers:
        return []
    hint = suggest(row["marker"], markers, "name a marker of the tube's panel")
    expected = f"a marker of its panel: {', '.join(markers)}"
    return [Fault(source, row[LINE], "marker", quoted(row["marker"]), expected, hint)]
