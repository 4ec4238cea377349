"""Questions to a whole cohort, answered from its kept tables: how many, when, and how far above.

What was not measured is counted as such; it is neither zero nor below a limit.
"""

from __future__ import annotations

import polars as pl

from remnant.errors import Fault, NotHere
from remnant.store.house import Store
from remnant.store.studies.measured import DAY, PATIENT, scanned
from remnant.store.studies.studies import StudyRecord
from remnant.study.faults import suggest

MONTH = 30.4375  # days: a twelfth of 365.25
_NTH = "patient of the table"


def patients_per(store: Store, study: StudyRecord, table: str, column: str) -> pl.DataFrame:
    """Count patients and rows per value of a column, as patients per drug or per diagnosis.

    Returns
    -------
    DataFrame, shape (values, 3)
        The value (null: not given), `patients` and `rows`, the most frequent first. A patient with two values
        is counted under both.

    Raises
    ------
    NotHere
        If there is no such table or column, or if the table is not about patients.
    """
    rows = _with(store, study, table, column)
    counts = rows.group_by(column).agg(patients=pl.col(_NTH).n_unique(), rows=pl.len())
    return counts.sort("patients", column, descending=[True, False], nulls_last=True).collect()


def by_month(store: Store, study: StudyRecord, table: str) -> pl.DataFrame:
    """Count rows and patients per month since each patient's anchor.

    Returns
    -------
    DataFrame, shape (months, 3)
        `month` (0: day 0 to 30; -1: the month before; a month without rows is left out), `rows`, `patients`.

    Raises
    ------
    NotHere
        If there is no such table, or if it has no patients or no days.
    """
    month = (pl.col(DAY) / MONTH).floor().cast(pl.Int64)
    rows = _with(store, study, table, DAY).select(_NTH, month=month).drop_nulls()
    # Patients stand together and their days in order: where month or patient changes, one more is counted.
    changes = pl.any_horizontal(pl.col("month", _NTH) != pl.col("month", _NTH).shift())
    counted = rows.with_columns(first=changes.fill_null(value=True))
    counts = counted.group_by("month").agg(rows=pl.len(), patients=pl.col("first").sum())
    return counts.sort("month").collect()


def above(
    store: Store, study: StudyRecord, table: str, column: str, limit: float, per: str | None = None
) -> pl.DataFrame:
    """Count measurements and patients above a limit.

    Parameters
    ----------
    column : str
        A column of numbers.
    limit : float
        A value equal to it is not above.
    per : str, optional
        Column by which the answer is parted.

    Returns
    -------
    DataFrame
        `per` if given, then `rows`, `measured`, `above` and `fraction` (above of measured; null where nothing
        was measured), `patients` (with a measurement) and `patients_above` (with one above).

    Raises
    ------
    NotHere
        If there is no such table or column, if it holds no numbers, or if the table is not about patients.
    """
    rows = _with(store, study, table, column, *([per] if per else []))
    if not rows.collect_schema()[column].is_numeric():
        hint = "ask for patients per value"
        raise NotHere([Fault(table, None, column, "a column of words", "a column of numbers", hint)])
    over = pl.col(column) > limit
    counts = {
        "rows": pl.len(),
        "measured": pl.col(column).count(),
        "above": over.sum(),
        "patients": pl.col(_NTH).filter(pl.col(column).is_not_null()).n_unique(),
        "patients_above": pl.col(_NTH).filter(over).n_unique(),
    }
    answer = rows.group_by(per).agg(**counts).sort(per) if per else rows.select(**counts)
    fraction = pl.when(pl.col("measured") > 0).then(pl.col("above") / pl.col("measured"))
    first = [per] if per else []
    return (
        answer.with_columns(fraction=fraction)
        .select(*first, "rows", "measured", "above", "fraction", "patients", "patients_above")
        .collect()
    )


def _with(store: Store, study: StudyRecord, table: str, *columns: str) -> pl.LazyFrame:
    """Return the columns, and the patients by their number in the table: numbers are faster to tell apart."""
    rows = scanned(store, study, table)
    known = rows.collect_schema().names()
    faults = [
        Fault(table, None, column, "no such column", ", ".join(known), suggest(column, known, "look again"))
        for column in (PATIENT, *columns)
        if column not in known
    ]
    if faults:
        raise NotHere(faults)
    return rows.select(*dict.fromkeys(columns), pl.col(PATIENT).rle_id().alias(_NTH))
