"""The doses of a plate as rows of one form."""

from __future__ import annotations

from starlette.datastructures import FormData

from remnant.study.cultures import DILUTION_PLATES
from remnant.web.table_fields import Field

PLATE = DILUTION_PLATES.name
SHARED = ("sample_id", "compartment", "assay")
DOSE = tuple(column.name for column in DILUTION_PLATES.columns if column.name not in SHARED)
MOST = 60  # doses of one form


def plate_rows(form: FormData) -> list[dict[str, str]]:
    """Return each dose that the form has a row for, filled in or not; fields are called `d0-wells_tested`."""
    places = [
        int(name[1:].partition("-")[0])
        for name in form
        if name.startswith("d") and name[1:].partition("-")[0].isdecimal() and len(name) < 40
    ]
    most = min(max(places, default=0), MOST - 1)
    return [
        {name: str(form.get(f"d{place}-{name}", "")).strip() for name in DOSE} for place in range(most + 1)
    ]


def doses_of(fields: tuple[Field, ...]) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """Part the fields of a dose from those that all doses of a plate share."""
    return tuple(f for f in fields if f.name in DOSE), tuple(f for f in fields if f.name in SHARED)
