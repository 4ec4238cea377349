"""Published BCR::ABL1 series become a study folder that `remnant fit` reads.

A series is a CSV with columns `Months` or `Days` since treatment began, `Prct` (per cent of the control
gene), `Pt` (patient) and, if some were not detected, `UL` (1 where `Prct` is the limit below which the value
lies). What is fitted goes into the study; what comes later goes into a table beside it, to score forecasts::

    python examples/cml_series.py on.csv --after after.csv --stops stops.csv --to study
    python examples/cml_series.py series.csv --until-day 180 --to study
    remnant fit study --score study-held.csv

`stops.csv` has a column `Pt` and the month of the last dose, `CessT` or as --stop-column says.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

DAYS_PER_MONTH = 30.4375
CONFIG = """\
[study]
title = "BCR::ABL1 under a kinase inhibitor"
anchor = "first dose"

[clone]
name = "BCR::ABL1"

[mechanism]
preset = "cml-imatinib"
transcript = "BCR-ABL1"
"""


@dataclass(frozen=True)
class Reading:
    """One sample: whose, when, per cent of control or its limit of detection, and whether it is fitted."""

    patient: str
    day: int
    percent: float
    below: bool
    fitted: bool = True


class UnreadableError(Exception):
    """Lines of a file that cannot be read, each with its reason."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("series", type=Path, nargs="+", help="CSV of series under treatment")
    parser.add_argument("--after", type=Path, help="CSV of what followed the stop: all of it is held")
    parser.add_argument("--stops", type=Path, help="CSV with the month of each patient's last dose")
    parser.add_argument("--stop-column", default="CessT")
    parser.add_argument("--until-day", type=float, default=math.inf, help="last day that is fitted")
    parser.add_argument("--until-share", type=float, default=1.0, help="share of each series that is fitted")
    parser.add_argument("--to", type=Path, required=True, help="study folder to write")
    given = parser.parse_args(arguments)
    try:
        readings = [reading for path in given.series for reading in read_series(path)]
        readings = split(readings, until_day=given.until_day, share=given.until_share)
        stops = read_stops(given.stops, given.stop_column) if given.stops else {}
        if given.after:  # then every sample of the series was drawn under treatment, whatever rounding says
            last = {one.patient: one.day for one in sorted(readings, key=lambda one: one.day)}
            stops = {name: max(day, last.get(name, 0)) for name, day in stops.items()}
            readings += [replace(reading, fitted=False) for reading in read_series(given.after)]
        write_study(given.to, readings, stops)
    except UnreadableError as error:
        parser.exit(1, f"{error}\n")


def read_series(path: Path) -> list[Reading]:
    """Read every row, or say everything that is wrong with the file."""
    rows, faults = [], []
    with path.open(newline="") as file:
        table = csv.DictReader(file)
        clock = next((name for name in ("Months", "Days") if name in (table.fieldnames or ())), None)
        if clock is None or not {"Prct", "Pt"} <= set(table.fieldnames or ()):
            raise UnreadableError(f"{path.name}, line 1: expected columns Months or Days, Prct and Pt")
        for row in table:
            try:
                rows.append(_reading(row, clock))
            except ValueError as error:
                faults.append(f"{path.name}, line {table.line_num}: {error}")
    if faults:
        raise UnreadableError("\n".join(faults))
    return rows


def _reading(row: Mapping[str, str | None], clock: str) -> Reading:
    when = float(row[clock] or "nan") * (DAYS_PER_MONTH if clock == "Months" else 1)
    percent = float(row["Prct"] or "nan")
    if not math.isfinite(when):
        raise ValueError(f"{clock} is {row[clock]!r}, expected a number")
    if not 0 < percent < math.inf:
        raise ValueError(
            f"Prct is {row['Prct']!r}, expected above 0; not detected? give the limit and UL = 1"
        )
    if (flag := (row.get("UL") or "0").strip()) not in ("0", "1"):
        raise ValueError(f"UL is {flag!r}, expected 0 or 1")
    return Reading(f"P{(row['Pt'] or '').strip()}", max(round(when), 0), percent, flag == "1")


def read_stops(path: Path, column: str) -> dict[str, int]:
    """Return the day of the last dose of each patient."""
    with path.open(newline="") as file:
        table = csv.DictReader(file)
        if not {"Pt", column} <= set(table.fieldnames or ()):
            raise UnreadableError(f"{path.name}, line 1: expected columns Pt and {column}")
        try:
            return {
                f"P{row['Pt'].strip()}": round(float(row[column]) * DAYS_PER_MONTH)
                for row in table
                if row[column]
            }
        except ValueError as error:
            raise UnreadableError(f"{path.name}, line {table.line_num}: {column}: {error}") from error


def split(readings: Sequence[Reading], *, until_day: float, share: float) -> list[Reading]:
    """Mark as fitted what lies up to a day, and within the first share of each patient's series."""
    series = defaultdict(list)
    for reading in sorted(readings, key=lambda one: one.day):
        series[reading.patient].append(reading)
    return [
        replace(reading, fitted=reading.day <= until_day and place < math.ceil(share * len(mine)))
        for mine in series.values()
        for place, reading in enumerate(mine)
    ]


def write_study(folder: Path, readings: Sequence[Reading], stops: Mapping[str, int]) -> None:
    """Write study.toml, its tables, and beside the folder a table of what is not fitted."""
    fitted = sorted((reading for reading in readings if reading.fitted), key=_order)
    patients = list(dict.fromkeys(reading.patient for reading in fitted))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(CONFIG)
    _write(folder / "patients.csv", "patient_id", ([name] for name in patients))
    therapy = ([name, "imatinib", 0, stops.get(name, ""), 400, 28, 28] for name in patients)
    _write(folder / "therapy.csv", "patient_id drug start_day end_day dose_mg days_on cycle_days", therapy)
    names = list(_sample_names(fitted))
    samples = ([name, one.patient, one.day, "blood"] for name, one in zip(names, fitted, strict=True))
    _write(folder / "samples.csv", "sample_id patient_id day material", samples)
    values = (
        [name, "BCR-ABL1", f"{one.percent:.6g}", "% of control", _flag(one.below)]
        for name, one in zip(names, fitted, strict=True)
    )
    _write(folder / "biomarkers.csv", "sample_id name value unit below_detection", values)
    held = sorted((one for one in readings if not one.fitted and one.patient in patients), key=_order)
    rows = ([one.patient, one.day, f"{one.percent:.6g}", _flag(one.below)] for one in held)
    _write(folder.with_name(f"{folder.name}-held.csv"), "patient_id day value below_detection", rows)


def _order(reading: Reading) -> tuple[int, str, int]:
    return len(reading.patient), reading.patient, reading.day


def _sample_names(readings: Sequence[Reading]) -> Iterator[str]:
    """Name samples by patient and day; a second one of a day gets a letter."""
    seen: dict[str, int] = defaultdict(int)
    for one in readings:
        name = f"{one.patient}-d{one.day}"
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _flag(yes: bool) -> str:
    return "yes" if yes else "no"


def _write(path: Path, header: str, rows: Iterator[list[object]]) -> None:
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header.split())
        table.writerows(rows)


if __name__ == "__main__":
    main()
