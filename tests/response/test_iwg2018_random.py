"""What must hold of IWG 2018 and IWG 2023 whatever a patient's history: random ones, by the thousand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from remnant.response import NOT_EVALUABLE, MetaphaseCount, Verdict, classify_all
from remnant.study import LINE, TABLES, Source, Study, StudyConfig

Rows = dict[str, list[dict[str, Any]]]
NEW = ("iwg2018", "iwg2023")
COUNTS = ("haemoglobin_g_per_dl", "platelets_1e9_per_l", "neutrophils_1e9_per_l")
# What a call may become when something gets worse: less, or open.
ORDER = ("CR", "CR equivalent", "PR", "CRbi", "CRuni", "CRh", "HI", "no response category")


def study_of(patients: list[Rows]) -> Study:
    rows: Rows = {}
    for one in patients:
        for name, table in one.items():
            rows.setdefault(name, []).extend(table)
    tables = {}
    for name, schema in TABLES.items():
        types = {LINE: pl.Int64} | {column.name: column.dtype for column in schema.columns}
        filled = [dict.fromkeys(types) | {LINE: n + 2} | row for n, row in enumerate(rows.get(name, []))]
        tables[name] = pl.DataFrame(filled, schema=types)
    return Study(Path(), StudyConfig(), tables)


def random_patient(rng: np.random.Generator, name: str) -> Rows:
    """A patient of any kind: transfused or not, with holds, growth factors, gaps in counts and log."""

    def perhaps(probability: float) -> bool:
        return bool(rng.random() < probability)

    def value(low: float, high: float, step: float) -> float:
        return round(float(rng.integers(round(low / step), round(high / step) + 1)) * step, 3)

    level = np.array([value(6, 12, 0.1), value(5, 130, 1), value(0.1, 1.4, 0.01)])
    gain = np.array([value(-1, 5, 0.1), value(-20, 120, 1), value(-0.2, 2, 0.01)])
    gap = int(rng.choice([7, 14, 21, 28, 35]))
    start, end = int(rng.integers(-120, -20)), int(rng.integers(30, 330))
    turn = int(rng.integers(1, 120))
    counts = []
    for day in range(start, end, gap):
        jitter = np.array([value(-0.4, 0.4, 0.1), value(-5, 5, 1), value(-0.1, 0.1, 0.01)])
        now = np.maximum(level + gain * (day >= turn) + jitter, [3, 1, 0.01])
        row = {"patient_id": name, "day": day, "blasts_fraction": None}
        if perhaps(0.9):
            row["blasts_fraction"] = 0.01 if perhaps(0.1) else 0.0
        for column, typed in zip(COUNTS, now, strict=True):
            row[column] = None if perhaps(0.04) else round(float(typed), 2)
        counts.append(row)
    units: dict[int, dict[str, Any]] = {}
    for first, last, rate in (
        (-112, 0, rng.choice([0, 0.02, 0.08])),
        (0, end, rng.choice([0, 0, 0.01, 0.06])),
    ):
        for day in range(first, last):
            if perhaps(rate):
                units[day] = {
                    "patient_id": name,
                    "day": day,
                    "product": "platelets" if perhaps(0.1) else "red_cells",
                    "units": int(rng.integers(1, 4)),
                    "haemoglobin_before_g_per_dl": value(6, 9, 0.1) if perhaps(0.7) else None,
                }
    log = [{"patient_id": name, "start_day": -140, "end_day": end}]
    if perhaps(0.15):
        log = [
            {"patient_id": name, "start_day": -140, "end_day": 40},
            {"patient_id": name, "start_day": 60, "end_day": end},
        ]
    log = [] if perhaps(0.05) else log
    therapy = [{"patient_id": name, "drug": "lenalidomide", "start_day": 0, "end_day": None, "dose_mg": 10.0}]
    if perhaps(0.3):
        hold = int(rng.integers(20, 120))
        therapy[0]["end_day"] = hold
        again = {"start_day": hold + int(rng.integers(2, 40)), "end_day": None}
        therapy.append(therapy[0] | again | {"dose_mg": float(rng.choice([5.0, 10.0, 15.0]))})
    if perhaps(0.1):
        drug = str(rng.choice(["g-csf", "epoetin", "romiplostim"]))
        first = int(rng.integers(-60, 100))
        therapy.append(
            {"patient_id": name, "drug": drug, "start_day": first, "end_day": first + 30, "dose_mg": 1.0}
        )
    visits = [-7, *(day for day in (56, 84, 168, 250) if day < end)]
    samples = [
        {"sample_id": f"{name}-{day}", "patient_id": name, "day": day, "material": "marrow"} for day in visits
    ]
    base = value(0, 0.2, 0.005)
    marrows = [
        {
            "sample_id": sample["sample_id"],
            "blasts_fraction": base
            if sample["day"] < 0
            else round(base * float(rng.choice([0.2, 0.5, 0.8, 1.6])), 4),
            "dysplasia": "none",
        }
        for sample in samples
        if perhaps(0.85)
    ]
    return {
        "patients": [{"patient_id": name, "last_contact_day": end}],
        "samples": samples,
        "marrows": marrows,
        "blood_counts": counts,
        "transfusions": list(units.values()),
        "transfusion_log": log,
        "therapy": therapy,
    }


def metaphases_of(patients: list[Rows], rng: np.random.Generator) -> dict[str, tuple[MetaphaseCount, ...]]:
    found = {}
    for rows in patients:
        name = rows["patients"][0]["patient_id"]
        counts = []
        for sample in rows["samples"]:
            if rng.random() < 0.7:
                scored = int(rng.choice([0, 12, 20, 25]))
                abnormal = (
                    int(scored * 0.8) if sample["day"] < 0 else int(rng.choice([0, 0, 1, 5]) * (scored > 0))
                )
                counts.append(
                    MetaphaseCount(
                        sample["sample_id"], sample["day"], abnormal, scored, (), Source("k.csv", 2)
                    )
                )
        found[name] = tuple(counts)
    return found


def called(
    patients: list[Rows], metaphases: Any, criteria: tuple[str, ...] = NEW
) -> dict[str, dict[Any, Any]]:
    sets = classify_all(study_of(patients), criteria=criteria, metaphases=metaphases)
    return {one.criteria: {(call.patient_id, call.day): call for call in one.calls} for one in sets}


def many(seed: int, count: int) -> tuple[list[Rows], dict[str, tuple[MetaphaseCount, ...]]]:
    rng = np.random.default_rng(seed)
    patients = [random_patient(rng, f"P{n}") for n in range(count)]
    return patients, metaphases_of(patients, rng)


SEEDS = [2018, 2023]


@pytest.fixture(scope="module", params=SEEDS)
def cohort(request):
    """Patients, their karyotypes, and what the two criteria sets say of them."""
    patients, metaphases = many(request.param, 250)
    return patients, metaphases, called(patients, metaphases)


def rank(category: str) -> int:
    return ORDER.index(category)


def said(call: Any) -> tuple[Any, ...]:
    return call.category, call.improvement, call.lost, call.burden_class, call.remarks


def test_every_call_is_made_of_its_rules(cohort):
    _, _, sets = cohort
    for call in sets["iwg2018"].values():
        assert call.category == ("HI" if call.improvement else call.category)
        assert call.category in ("HI", "no response category", NOT_EVALUABLE)
        assert (call.category == NOT_EVALUABLE) <= bool(call.missing)
        assert not set(call.improvement) & set(call.lost)
    for call in sets["iwg2023"].values():
        assert call.category in (*ORDER, NOT_EVALUABLE)
        assert (call.category == NOT_EVALUABLE) == bool(call.missing)
        assert bool(call.fired) == (call.category not in ("no response category", NOT_EVALUABLE))
        for rule in call.rules:
            absent = rule.found.startswith(("not done", "not evaluable"))
            assert not absent or rule.verdict is Verdict.NOT_EVALUABLE, rule


def test_improvement_is_the_same_in_both_criteria_sets(cohort):
    _, _, sets = cohort
    for key, call in sets["iwg2018"].items():
        other = sets["iwg2023"][key]
        ours = call.improvement, call.lost, call.burden_class
        assert ours == (other.improvement, other.lost, other.burden_class)
        if other.category == "HI":
            assert call.category == "HI"


def test_the_order_of_rows_does_not_matter(cohort):
    patients, metaphases, sets = cohort
    rng = np.random.default_rng(7)
    mixed = [
        {name: [table[n] for n in rng.permutation(len(table))] for name, table in rows.items()}
        for rows in patients
    ]
    for name, calls in called(mixed, metaphases).items():
        assert {key: said(call) for key, call in calls.items()} == {
            key: said(call) for key, call in sets[name].items()
        }


def test_more_units_on_treatment_never_improve_a_response(cohort):
    patients, metaphases, sets = cohort
    rng = np.random.default_rng(11)
    more = []
    for rows in patients:
        name, end = rows["patients"][0]["patient_id"], rows["patients"][0]["last_contact_day"]
        added = [
            {"patient_id": name, "day": int(day), "product": "red_cells", "units": 2}
            for day in rng.integers(0, end, size=int(rng.integers(1, 4)))
        ]
        more.append(rows | {"transfusions": rows["transfusions"] + added})
    assert_no_better(sets, called(more, metaphases))


def test_lower_counts_on_treatment_never_improve_a_response(cohort):
    patients, metaphases, sets = cohort
    assert_no_better(sets, called([shifted(rows, (-0.7, -15, -0.25)) for rows in patients], metaphases))


def shifted(rows: Rows, by: tuple[float, float, float]) -> Rows:
    def lower(row: dict[str, Any]) -> dict[str, Any]:
        if row["day"] < 0:
            return row
        return row | {
            column: None if row[column] is None else round(max(row[column] + step, 0), 2)
            for column, step in zip(COUNTS, by, strict=True)
        }

    def noted(row: dict[str, Any]) -> dict[str, Any]:
        before = row.get("haemoglobin_before_g_per_dl")
        if row["day"] < 0 or before is None:
            return row
        return row | {"haemoglobin_before_g_per_dl": round(before + by[0], 2)}

    return rows | {
        "blood_counts": [lower(row) for row in rows["blood_counts"]],
        "transfusions": [noted(row) for row in rows["transfusions"]],
    }


def assert_no_better(before: Any, after: Any) -> None:
    compared = 0
    for name, calls in after.items():
        for key, call in calls.items():
            was = before[name].get(key)
            if was is None or NOT_EVALUABLE in (was.category, call.category):
                continue
            compared += 1
            assert rank(call.category) >= rank(was.category), (key, was.category, call.category)
    assert compared > 300


@pytest.mark.parametrize("until", [100, 180])
def test_a_day_of_follow_up_never_withdraws_a_category(cohort, until):
    """What is called by a day still holds when the patient was followed for longer."""
    patients, metaphases, sets = cohort
    short = [cut(rows, until) for rows in patients]
    kept = {name: tuple(one for one in counts if one.day <= until) for name, counts in metaphases.items()}
    compared = 0
    for name, calls in called(short, kept).items():
        for key, call in calls.items():
            # A count up to 14 days later may yet belong to a visit.
            if call.category != NOT_EVALUABLE and key[1] <= until - 15 and key in sets[name]:
                compared += 1
                assert sets[name][key].category == call.category, key
    assert compared > 100


def cut(rows: Rows, until: int) -> Rows:
    end = min(until, rows["patients"][0]["last_contact_day"])
    early = [one["sample_id"] for one in rows["samples"] if one["day"] <= until]
    return rows | {
        "patients": [rows["patients"][0] | {"last_contact_day": end}],
        "samples": [one for one in rows["samples"] if one["day"] <= until],
        "marrows": [one for one in rows["marrows"] if one["sample_id"] in early],
        "blood_counts": [one for one in rows["blood_counts"] if one["day"] <= until],
        "transfusions": [one for one in rows["transfusions"] if one["day"] <= until],
        "transfusion_log": [
            one | {"end_day": min(one["end_day"], until)}
            for one in rows["transfusion_log"]
            if one["start_day"] <= until
        ],
    }


def without(column: str) -> Any:
    def leave_out(rows: Rows, rng: np.random.Generator) -> Rows:
        return rows | {"blood_counts": [one | {column: None} for one in rows["blood_counts"]]}

    return leave_out


def without_marrows(rows: Rows, rng: np.random.Generator) -> Rows:
    return rows | {"marrows": [one for one in rows["marrows"] if rng.random() < 0.5]}


def without_log(rows: Rows, rng: np.random.Generator) -> Rows:
    """Nobody kept the log for some weeks of treatment, and what was given then is not on record."""
    first = int(rng.integers(0, 200))
    last = first + int(rng.integers(1, 60))
    log = []
    for one in rows["transfusion_log"]:
        before = one | {"end_day": min(one["end_day"], first - 1)}
        after = one | {"start_day": max(one["start_day"], last + 1)}
        log += [part for part in (before, after) if part["start_day"] <= part["end_day"]]
    given = [one for one in rows["transfusions"] if not first <= one["day"] <= last]
    return rows | {"transfusion_log": log, "transfusions": given}


def without_any_log(rows: Rows, rng: np.random.Generator) -> Rows:
    given = [one for one in rows["transfusions"] if rng.random() < 0.5]
    return rows | {"transfusion_log": [], "transfusions": given}


MISSING = {column: without(column) for column in (*COUNTS, "blasts_fraction")} | {
    "marrow": without_marrows,
    "log": without_log,
    "whole log": without_any_log,
}


@pytest.mark.parametrize("item", MISSING)
def test_a_category_is_issued_only_if_no_missing_item_could_change_it(cohort, item):
    """Take away what was measured: a category that is issued all the same is what it would have been."""
    patients, metaphases, sets = cohort
    rng = np.random.default_rng(13)
    poorer = [MISSING[item](rows, rng) for rows in patients]
    compared = 0
    for name, calls in called(poorer, metaphases).items():
        for key, call in calls.items():
            full = sets[name].get(key)
            if full is None or NOT_EVALUABLE in (full.category, call.category):
                continue
            compared += 1
            assert call.category == full.category, (key, call.category, full.category)
    assert compared > 20


def test_a_missing_karyotype_opens_cr_equivalent_and_nothing_else(cohort):
    patients, _, sets = cohort
    for key, call in called(patients, {})["iwg2023"].items():
        full = sets["iwg2023"][key]
        if NOT_EVALUABLE not in (call.category, full.category):
            assert call.category == full.category
        if full.category == "CR equivalent":
            assert call.category == NOT_EVALUABLE
            assert any("CR equivalent: clearance: not done" in one for one in call.missing)
