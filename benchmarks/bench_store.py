"""Blood counts of 100,000 synthetic patients, 100 each: one patient, and three questions to the cohort.

The peer is the same rows in a table of SQLite with an index on the patient, as a store without Parquet would
keep them. Every row is drawn at random and is nobody's.

    .venv/bin/python benchmarks/bench_store.py [PATIENTS]
"""

import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from side_by_side import compare

from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import put_tree
from remnant.store.house import open_store
from remnant.store.studies.cohorts import above, by_month, patients_per
from remnant.store.studies.measured import keep_tables, measured
from remnant.store.studies.studies import create_study
from remnant.study import TABLES

OBSERVATIONS = 100


def synthetic_counts(patients: int) -> pl.DataFrame:
    """Draw blood counts that say by their names that they are synthetic."""
    rng, rows = np.random.default_rng(7), patients * OBSERVATIONS
    empty = TABLES["blood_counts"].empty()
    names = pl.Series([f"synthetic-{number:06d}" for number in range(patients)])
    drawn = {
        "line": np.arange(2, rows + 2),
        "patient_id": names.gather(rng.permutation(rows) % patients),
        "day": rng.integers(-200, 3000, rows),
        "haemoglobin_g_per_dl": rng.normal(9.5, 1.5, rows).round(1),
        "neutrophils_1e9_per_l": rng.lognormal(0.6, 0.6, rows).round(2),
        "platelets_1e9_per_l": rng.lognormal(5.2, 0.5, rows).round(0),
        "leukocytes_1e9_per_l": rng.lognormal(1.4, 0.4, rows).round(1),
    }
    table = pl.DataFrame(drawn).with_columns(
        pl.when(pl.Series(rng.random(rows) < 0.9)).then(pl.col("haemoglobin_g_per_dl"))
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in empty.schema.items() if name not in drawn]
    return table.with_columns(absent).select(empty.columns).cast(dict(empty.schema))


def rows_of_sqlite(path: Path, table: pl.DataFrame) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE counts ({', '.join(table.columns)})")
    marks = ", ".join("?" * table.width)
    connection.executemany(f"INSERT INTO counts VALUES ({marks})", table.iter_rows())
    connection.execute("CREATE INDEX by_patient ON counts (patient_id)")
    connection.commit()
    return connection


def main(patients: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "home")
        table = synthetic_counts(patients)
        tree = put_tree(store, {"README.md": put_bytes(store, b"Synthetic rows, for a benchmark.\n")})
        study = create_study(store, who="benchmark", title="Synthetic rows", tree=tree, synthetic=True)
        start = time.perf_counter()
        keep_tables(store, tree, iter([("blood_counts", table), ("patients", TABLES["patients"].empty())]))
        print(f"{table.height:,} synthetic rows kept in {time.perf_counter() - start:.1f} s")
        print(f"Parquet: {sum(p.stat().st_size for p in store.home.glob('blobs/*/*')) / 1e6:.0f} MB")
        start = time.perf_counter()
        peer = rows_of_sqlite(Path(folder) / "peer.db", table)
        print(f"rows of SQLite written in {time.perf_counter() - start:.1f} s")
        print(f"SQLite: {(Path(folder) / 'peer.db').stat().st_size / 1e6:.0f} MB")
        one = f"synthetic-{patients // 3:06d}"
        questions = {
            "one patient": (
                lambda: measured(store, study, "blood_counts", one),
                "SELECT * FROM counts WHERE patient_id = ? ORDER BY line",
            ),
            "rows and patients per month": (
                lambda: by_month(store, study, "blood_counts"),
                "SELECT floor(day / 30.4375), count(*), count(DISTINCT patient_id) FROM counts GROUP BY 1",
            ),
            "fraction above 10 g/dl, and patients": (
                lambda: above(store, study, "blood_counts", "haemoglobin_g_per_dl", 10.0),
                "SELECT count(*), sum(haemoglobin_g_per_dl > 10), count(DISTINCT patient_id) FROM counts",
            ),
            "patients per value, 150 values": (
                lambda: patients_per(store, study, "blood_counts", "haemoglobin_g_per_dl"),
                "SELECT haemoglobin_g_per_dl, count(DISTINCT patient_id), count(*) FROM counts GROUP BY 1",
            ),
        }
        for name, (ours, question) in questions.items():
            values = (one,) if "?" in question else ()
            theirs = lambda q=question, v=values: peer.execute(q, v).fetchall()  # noqa: E731
            compare(name, ours, theirs, against="rows of SQLite", rounds=5 if "?" in question else 1)
        peer.close()
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
