"""A patient as a haematologist writes one down, and the same patient as rows of a study."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

COLUMNS = {"Hb": "haemoglobin_g_per_dl", "PLT": "platelets_1e9_per_l", "ANC": "neutrophils_1e9_per_l"}
LAST = 400


@dataclass(frozen=True, eq=False)
class Patient:
    """Days since the first dose; Hb g/dL, PLT and ANC 1e9/L, blasts in per cent. What is absent was not done.

    counts: day to {Hb, PLT, ANC, blasts}. marrows: {day, blasts, dysplasia, abnormal, metaphases, new}.
    red_cells: (day, units, Hb before). platelets: days.
    log, drug: (first, last). growth: (name, first, last).
    """

    counts: dict[int, dict[str, Decimal]]
    marrows: tuple[dict[str, Any], ...]
    red_cells: tuple[tuple[int, int, Decimal | None], ...] = ()
    platelets: tuple[int, ...] = ()
    log: tuple[tuple[int, int], ...] = ((-112, LAST),)
    drug: tuple[tuple[int, int | None], ...] = ((0, None),)
    growth: tuple[tuple[str, int, int], ...] = ()
    last_contact: int = LAST
    died: bool = False

    def before(self) -> tuple[dict[str, Any], ...]:
        """Marrows before treatment: day 0 belongs to treatment (OR3)."""
        return tuple(marrow for marrow in self.marrows if marrow["day"] < 0)

    def on(self, day: int) -> tuple[dict[str, Any], ...]:
        """Marrows of a day."""
        return tuple(marrow for marrow in self.marrows if marrow["day"] == day)

    def rows(self, name: str = "P1") -> dict[str, list[dict[str, Any]]]:
        """The rows of this patient in the tables of a study."""
        key = {"patient_id": name}
        drugs = [key | {"drug": "lenalidomide", "start_day": a, "end_day": b} for a, b in self.drug]
        growth = [key | {"drug": drug, "start_day": a, "end_day": b} for drug, a, b in self.growth]
        given = [
            key
            | {"day": day, "product": "red_cells", "units": units, "haemoglobin_before_g_per_dl": _float(hb)}
            for day, units, hb in self.red_cells
        ] + [key | {"day": day, "product": "platelets", "units": 1} for day in self.platelets]
        return {
            "patients": [key | {"last_contact_day": self.last_contact, "died": self.died or None}],
            "samples": [
                key | {"sample_id": f"{name}-{number}", "day": marrow["day"], "material": "marrow"}
                for number, marrow in enumerate(self.marrows)
            ],
            "marrows": [
                {
                    "sample_id": f"{name}-{number}",
                    "blasts_fraction": _float(marrow["blasts"] / 100),
                    "dysplasia": marrow.get("dysplasia"),
                }
                for number, marrow in enumerate(self.marrows)
                if "blasts" in marrow
            ],
            "blood_counts": [
                key
                | {
                    "day": day,
                    "blasts_fraction": _float(count["blasts"] / 100) if "blasts" in count else None,
                }
                | {COLUMNS[line]: _float(count[line]) for line in COLUMNS if line in count}
                for day, count in self.counts.items()
            ],
            "transfusions": given,
            "transfusion_log": [key | {"start_day": a, "end_day": b} for a, b in self.log],
            "therapy": drugs + growth,
        }

    def karyotypes(self, name: str = "P1") -> list[tuple[str, int, int, int, tuple[str, ...]]]:
        """Sample, day, abnormal and scored metaphases, and what is new, of each marrow with a karyotype."""
        return [
            (f"{name}-{number}", one["day"], one["abnormal"], one["metaphases"], tuple(one.get("new", ())))
            for number, one in enumerate(self.marrows)
            if "metaphases" in one
        ]


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


@dataclass(frozen=True)
class Vector:
    """A written case: a patient, the day that is judged, and what the tables say."""

    name: str
    why: str
    patient: Patient
    expect: dict[str, Any] = field(compare=False)


def load_vectors(path: Path) -> tuple[Vector, ...]:
    """The vectors of a file, each over the defaults at its head; decimals as they are written."""
    content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return tuple(_vector(content["defaults"] | one) for one in content["vector"])


def together(patients: list[Patient]) -> dict[str, list[dict[str, Any]]]:
    """Many patients as the rows of one study, named by their number."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, patient in enumerate(patients):
        for table, some in patient.rows(name_of(number)).items():
            rows.setdefault(table, []).extend(some)
    return rows


def name_of(number: int) -> str:
    """Name of a patient in `together`."""
    return f"P{number:05d}"


def _vector(given: dict[str, Any]) -> Vector:
    counts: dict[int, dict[str, Decimal]] = {}
    for row in [given["before"], *given.get("counts", ())]:
        values = {key: Decimal(value) for key, value in row.items() if key != "days"}
        counts |= dict.fromkeys(row["days"], values)
    marrows = [
        {key: Decimal(value) if key == "blasts" else value for key, value in row.items()}
        for row in [given["marrow_before"], *given.get("marrows", ())]
        if row
    ]
    units = [
        (day, row["units"], Decimal(row["Hb"]) if "Hb" in row else None)
        for row in given.get("red_cells", ())
        for day in row["days"]
    ]
    patient = Patient(
        counts,
        tuple(marrows),
        tuple(units),
        tuple(given.get("platelets", ())),
        tuple(map(tuple, given["log"])),
        tuple((row["start"], row.get("end")) for row in given["drug"]),
        tuple((row["name"], row["start"], row["end"]) for row in given.get("growth", ())),
        given["last_contact"],
        given.get("died", False),
    )
    return Vector(given["name"], given["why"], patient, given["expect"])
