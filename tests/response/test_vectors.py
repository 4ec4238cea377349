"""What the tables say at their limits, written by hand: second reading and engine must both say it."""

from __future__ import annotations

import importlib.util
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from remnant.response import CRITERIA, MetaphaseCount, classify, cytogenetic_responses
from remnant.study import Source

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("interpreter_conftest", HERE / "interpreter" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_spec.loader.exec_module(importlib.util.module_from_spec(_spec))

import second_reading  # noqa: E402

SETS = ("iwg2006", "iwg2018", "iwg2023")
VECTORS = {name: second_reading.load_vectors(HERE / "vectors" / f"{name}.toml") for name in SETS}
RECORDS = second_reading.load_vectors(HERE / "vectors" / "independence.toml")
KARYOTYPES = tomllib.loads((HERE / "vectors" / "cytogenetic.toml").read_text(encoding="utf-8"))
UNKNOWN = "unknown"  # of a record that cannot tell; None has no place in a table of text


CASES = [pytest.param(name, one, id=f"{name}: {one.name}") for name in SETS for one in VECTORS[name]]


def _differences(answer: Any, expect: dict[str, Any]) -> list[str]:
    """What an answer says against what is written; only what is written is asked."""
    found = []
    for key, wanted in expect.items():
        if key == "day":
            continue
        if key == "not_category":
            said, right = answer.category, answer.category != wanted
        elif key in ("remarks", "no_remarks"):
            said = answer.remarks
            there = [any(one in remark for remark in said) for one in wanted]
            right = all(there) if key == "remarks" else not any(there)
        elif key in ("improvement", "lost"):
            said = sorted(getattr(answer, key))
            right = said == sorted(wanted)
        else:
            said = getattr(answer, key)
            right = said == wanted
        found += [] if right else [f"{key}: {said}, the tables say {wanted}"]
    return found


def _metaphases(patients):
    named = {second_reading.name_of(number): patient for number, patient in enumerate(patients)}
    counts = {
        name: tuple(MetaphaseCount(*one, Source("karyotypes.csv", 2)) for one in patient.karyotypes(name))
        for name, patient in named.items()
    }
    return {name: some for name, some in counts.items() if some}


@cache
def _calls(study_of, criteria):
    """The engine on every vector of a file at once, as a study of many patients."""
    patients = [vector.patient for vector in VECTORS[criteria]]
    study = study_of(second_reading.together(patients))
    found = classify(study, criteria=criteria, metaphases=_metaphases(patients))
    return {
        (call.patient_id, call.day): call for call in sorted(found.calls, key=lambda one: bool(one.sample_id))
    }


def test_every_criteria_set_has_vectors_enough():
    assert all(len(VECTORS[name]) >= 60 for name in SETS)
    for name in SETS:
        names = [vector.name for vector in VECTORS[name]]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(("criteria", "vector"), CASES)
def test_the_second_reading_says_what_the_tables_say(criteria, vector):
    answer = second_reading.READINGS[criteria](vector.patient, vector.expect["day"])
    assert not _differences(answer, vector.expect), vector.why


@pytest.mark.parametrize(("criteria", "vector"), CASES)
def test_the_engine_says_what_the_tables_say(study_of, criteria, vector):
    if criteria not in CRITERIA:
        pytest.skip(f"{criteria} is not in this version")
    name = second_reading.name_of(VECTORS[criteria].index(vector))
    call = _calls(study_of, criteria)[name, vector.expect["day"]]
    assert not _differences(call, vector.expect), vector.why


@cache
def _independence(study_of):
    found = classify(study_of(second_reading.together([vector.patient for vector in RECORDS]))).independence
    return {(one.patient_id, one.window_days): one.achieved for one in found}


@pytest.mark.parametrize("number", range(len(RECORDS)), ids=[vector.name for vector in RECORDS])
def test_independence_turns_on_the_day(study_of, number):
    vector = RECORDS[number]
    for asked in vector.expect["independent"]:
        wanted = None if asked["holds"] == UNKNOWN else asked["holds"]
        assert second_reading.independence(vector.patient, asked["days"]) is wanted, vector.why
        found = _independence(study_of)[second_reading.name_of(number), asked["days"]]
        assert found is wanted, vector.why


@pytest.mark.parametrize("case", KARYOTYPES["vector"], ids=lambda case: case["name"])
def test_the_cytogenetic_response_turns_on_the_metaphase(case):
    base = case.get("before", KARYOTYPES["defaults"]["before"])
    new = ((),) * (len(case["after"]) - 1) + (((case["new"],) if "new" in case else ()),)
    days = [-7, *range(180, 180 + 28 * len(case["after"]), 28)]
    counts = [
        MetaphaseCount(f"S{day}", day, *one, changes, Source("karyotypes.csv", 2))
        for day, one, changes in zip(days, [base, *case["after"]], ((), *new), strict=True)
        if one
    ]
    found = cytogenetic_responses("P1", counts, first_dose=0)
    expect = case["expect"]
    if "response" in expect:
        start = {"abnormal": base[0], "metaphases": base[1]} if base else None
        last = dict(zip(("abnormal", "metaphases"), case["after"][-1], strict=True)) | {"new": new[-1]}
        assert second_reading.cytogenetic_response(start, last)[0] == expect["response"], case["why"]
        assert found[-1].response == expect["response"], case["why"]
    if "evolution" in expect:
        assert found[-1].clonal_evolution is expect["evolution"], case["why"]
    if "relapse" in expect:
        said = second_reading.cytogenetic_relapses([tuple(one) for one in case["after"]])
        for wanted, second, engine in zip(expect["relapse"], said, found, strict=True):
            if wanted != "open":
                assert second is (None if wanted == UNKNOWN else wanted), case["why"]
                assert engine.relapse is (None if wanted == UNKNOWN else wanted), case["why"]
