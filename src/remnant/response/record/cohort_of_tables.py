"""The arrays of a cohort from the tables of a study, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from remnant.response.record.cohort import Cohort, Marrows, Series, Units
from remnant.response.record.influence import Given, Periods, merged, raised
from remnant.response.record.measurements import COLUMN, Line
from remnant.response.record.patient_rows import PatientRows
from remnant.response.record.transfusion_record import PLATELETS, RED_CELLS
from remnant.response.record.treatment import Treatment
from remnant.response.rules.decimals import scaled


def cohort_of(rows: PatientRows, treatments: Sequence[Treatment], last_day: Sequence[int | None]) -> Cohort:
    """Return the cohort of the patients of a study, in their order."""
    given, samples, log = rows.tables["transfusions"], rows.tables["samples"], _log(rows)
    before, noted = given.numbers("haemoglobin_before_g_per_dl")
    keys, product = given.keys(), given.table["product"].to_numpy()
    by_product = {
        name: Given(keys[product == name], np.where(noted, before, np.nan)[product == name])
        for name in (RED_CELLS, PLATELETS)
    }
    red = product == RED_CELLS
    whole, scale = scaled(before[red])
    units = given.table["units"].to_numpy()[red]
    return Cohort(
        tuple(treatments),
        tuple(last_day),
        {line: _line(line, rows, treatments, by_product, log) for line in Line},
        _blood_blasts(rows),
        _marrows(rows),
        Units(keys[red], units, whole, noted[red], scale),
        keys,
        log,
        samples.keys(),
        tuple(samples.table["sample_id"].to_list()),
    )


def _log(rows: PatientRows) -> Periods:
    log = rows.tables["transfusion_log"]
    columns = (log.place.tolist(), log.table["start_day"].to_list(), log.table["end_day"].to_list())
    return merged(zip(*columns, strict=True))


def _line(
    line: Line,
    rows: PatientRows,
    treatments: Sequence[Treatment],
    given: dict[str, Given],
    log: Periods,
) -> Series:
    counts = rows.tables["blood_counts"]
    values, known = counts.numbers(COLUMN[line])
    keys, typed = counts.keys()[known], values[known]
    high, unlogged = raised(line, keys, typed, treatments, given, log)
    whole, scale = scaled(typed)
    return Series(keys, whole, high | unlogged, unlogged & ~high, scale)


def _blood_blasts(rows: PatientRows) -> Series:
    counts = rows.tables["blood_counts"]
    fractions, known = counts.numbers("blasts_fraction")
    blasts, scale = scaled(fractions[known])
    never = np.zeros(len(blasts), bool)
    return Series(counts.keys()[known], 100 * blasts, never, never, scale)


def _marrows(rows: PatientRows) -> Marrows:
    """One morphology a day: that of the first sample, in doubt where another of the day disagrees."""
    marrows = rows.tables["marrows"]
    blasts, scale = scaled(marrows.numbers("blasts_fraction")[0])
    days, place = np.unique(marrows.keys(), return_inverse=True)
    names, dysplasia = marrows.table["sample_id"].to_list(), marrows.table["dysplasia"].to_list()
    chosen: list[int] = []
    words: list[tuple[str, ...]] = []
    doubt = np.zeros(len(days), bool)
    for row, day in enumerate(place.tolist()):
        if day == len(chosen):
            chosen.append(row)
            words.append(())
        doubt[day] |= blasts[chosen[day]] != blasts[row]
        if dysplasia[row] is not None and dysplasia[row] not in words[day]:
            words[day] += (dysplasia[row],)
    samples = tuple(names[row] for row in chosen)
    return Marrows(days, samples, 100 * blasts[np.array(chosen, np.int64)], scale, doubt, tuple(words))
