"""One patient and a whole cohort, asked of the kept tables, as of the files themselves."""

from dataclasses import replace

import polars as pl
import pytest

from remnant.errors import NotHere
from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import put_folder, put_tree
from remnant.store.house import open_store
from remnant.store.studies.cohorts import MONTH, above, by_month, patients_per
from remnant.store.studies.measured import keep_tables, measured
from remnant.store.studies.studies import create_study
from remnant.study import TABLES, read_study


@pytest.fixture(scope="module")
def kept(study_folder, tmp_path_factory):
    """A store with the synthetic study, and the study as it is read from its files."""
    store = open_store(tmp_path_factory.mktemp("measured") / "home")
    record = create_study(store, who="a", title="t", tree=put_folder(store, study_folder), synthetic=True)
    yield store, record, read_study(study_folder)
    store.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with 20,000 invented blood counts of 400 patients, some not measured, in no order."""
    store = open_store(tmp_path_factory.mktemp("made") / "home")
    numbers = pl.select(line=pl.int_range(2, 20_002)).with_columns(
        patient_id=pl.format("P{}", (pl.col("line") * 7919) % 400),
        day=(pl.col("line") * 104_729) % 900 - 100,
        haemoglobin_g_per_dl=pl.when(pl.col("line") % 9 > 0).then((pl.col("line") * 31 % 100) / 10),
    )
    empty = TABLES["blood_counts"].empty()
    counts = pl.concat([empty, numbers.cast({n: empty.schema[n] for n in numbers.columns})], how="diagonal")
    tree = put_tree(store, {"README": put_bytes(store, b"invented")})
    record = create_study(store, who="a", title="t", tree=tree, synthetic=True)
    keep_tables(store, tree, iter([("blood_counts", counts)]))
    yield store, record, counts
    store.close()


def test_every_table_of_a_patient_is_that_of_the_files(kept):
    store, record, study = kept
    whose = study["samples"].select("sample_id", "patient_id")
    for name, table in study.tables.items():
        if "sample_id" in table.columns and "patient_id" not in table.columns:
            table = table.join(whose, on="sample_id", how="left")
        found = measured(store, record, name)
        assert found.sort("line").equals(table.sort("line").select(found.columns)), name
        for patient in study.patients if "patient_id" in table.columns else ():
            mine = measured(store, record, name, patient)
            assert mine.sort("line").equals(
                table.filter(pl.col("patient_id") == patient).select(mine.columns)
            )


def test_a_patient_who_is_not_there_has_no_rows(kept):
    store, record, _ = kept
    assert measured(store, record, "fish", "nobody'; --").is_empty()


def test_a_table_is_made_once(kept):
    store, record, _ = kept
    measured(store, record, "fish")
    blobs = len(list(store.home.glob("blobs/*/*")))
    measured(store, record, "fish")
    measured(store, record, "blood_counts")
    assert len(list(store.home.glob("blobs/*/*"))) == blobs


def test_what_is_no_table_or_no_column_is_said_with_the_nearest(kept):
    store, record, _ = kept
    for call, said in (
        (lambda: measured(store, record, "fihs"), "did you mean fish"),
        (lambda: measured(store, record, "fish_controls", "P1"), "a table about patients"),
        (lambda: patients_per(store, record, "therapy", "durg"), "did you mean drug"),
        (lambda: patients_per(store, record, "fish_controls", "probe"), "patient_id"),
        (lambda: by_month(store, record, "patients"), "day"),
        (lambda: above(store, record, "therapy", "drug", 1.0), "a column of words"),
    ):
        with pytest.raises(NotHere, match=said):
            call()


def test_patients_are_counted_once_however_often_they_were_seen(made):
    store, record, counts = made
    (everyone,) = above(store, record, "blood_counts", "haemoglobin_g_per_dl", 5.0).iter_rows(named=True)
    haemoglobin = counts["haemoglobin_g_per_dl"]
    over = counts.filter(haemoglobin > 5)
    assert everyone == {
        "rows": 20_000,
        "measured": haemoglobin.count(),
        "above": over.height,
        "fraction": pytest.approx(over.height / haemoglobin.count()),
        "patients": counts.drop_nulls("haemoglobin_g_per_dl")["patient_id"].n_unique(),
        "patients_above": over["patient_id"].n_unique(),
    }


def test_a_month_counts_its_rows_and_its_patients(made):
    store, record, counts = made
    found = by_month(store, record, "blood_counts")
    for month, rows, patients in found.iter_rows():
        mine = counts.filter(pl.col("day").is_between(month * MONTH, (month + 1) * MONTH, closed="left"))
        assert (rows, patients) == (mine.height, mine["patient_id"].n_unique())
    assert found["rows"].sum() == counts.height
    assert found["month"][0] == -4


def test_patients_per_value_are_those_of_a_plain_count(made):
    store, record, counts = made
    found = patients_per(store, record, "blood_counts", "haemoglobin_g_per_dl")
    plain = counts.group_by("haemoglobin_g_per_dl").agg(
        patients=pl.col("patient_id").n_unique(), rows=pl.len()
    )
    assert found.sort("haemoglobin_g_per_dl").equals(plain.sort("haemoglobin_g_per_dl"))
    assert found["patients"].is_sorted(descending=True)


def test_a_limit_is_asked_per_group_and_what_was_not_measured_is_neither_above_nor_below(made):
    store, record, _ = made
    found = above(store, record, "blood_counts", "platelets_1e9_per_l", 0.0, per="patient_id")
    assert found.height == 400
    assert found["measured"].sum() == found["above"].sum() == found["patients"].sum() == 0
    assert found["fraction"].null_count() == 400
    split = above(store, record, "blood_counts", "haemoglobin_g_per_dl", 5.0, per="patient_id")
    whole = above(store, record, "blood_counts", "haemoglobin_g_per_dl", 5.0)
    for column in ("rows", "measured", "above", "patients", "patients_above"):
        assert split[column].sum() == whole[column].item()


def test_a_table_that_an_older_remnant_kept_with_fewer_columns_is_made_again(
    study_folder, tmp_path, monkeypatch
):
    store = open_store(tmp_path / "home")
    record = create_study(store, who="a", title="t", tree=put_folder(store, study_folder))
    known, fewer = TABLES["patients"], read_study(study_folder)["patients"].drop("diagnosis")
    older = replace(known, columns=tuple(c for c in known.columns if c.name != "diagnosis"))
    with monkeypatch.context() as before:
        before.setitem(TABLES, "patients", older)
        keep_tables(store, record.tree, iter([("patients", fewer)]))
        assert "diagnosis" not in measured(store, record, "patients").columns
    assert "diagnosis" in measured(store, record, "patients").columns
    store.close()
