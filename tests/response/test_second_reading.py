"""Two readings of one table: on invented histories at its limits the engine and the second reading agree."""

from __future__ import annotations

import importlib.util
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.response import CRITERIA, MetaphaseCount, classify, cytogenetic_responses
from remnant.study import Source, read_study

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("interpreter_conftest", HERE / "interpreter" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_spec.loader.exec_module(importlib.util.module_from_spec(_spec))

import second_reading  # noqa: E402
from second_reading.tables import TI_WINDOWS  # noqa: E402

SETS = ("iwg2006", "iwg2018", "iwg2023")
FEW, MANY = 250, 20_000
BLOCK = 1_000


def _metaphases(patients):
    named = {second_reading.name_of(number): patient for number, patient in enumerate(patients)}
    counts = {
        name: tuple(MetaphaseCount(*one, Source("karyotypes.csv", 2)) for one in patient.karyotypes(name))
        for name, patient in named.items()
    }
    return {name: some for name, some in counts.items() if some}


def _classify(study_of, patients, criteria):
    study = study_of(second_reading.together(patients))
    return classify(study, criteria=criteria, metaphases=_metaphases(patients))


def _visits(patient):
    return sorted({marrow["day"] for marrow in patient.marrows if marrow["day"] >= 0})


def _agreement(study_of, criteria, count, seed):
    """Differences, and how many answers of each kind were compared."""
    rng = Random(seed)
    differences, compared = [], Counter()
    for start in range(0, count, BLOCK):
        patients = [second_reading.history(rng) for _ in range(min(BLOCK, count - start))]
        calls = {
            (call.patient_id, call.day): call
            for call in _classify(study_of, patients, criteria).calls
            if call.sample_id is not None
        }
        for number, patient in enumerate(patients):
            for day in _visits(patient):
                answer = second_reading.READINGS[criteria](patient, day)
                call = calls[second_reading.name_of(number), day]
                asked = _compared(criteria, answer, call)
                compared.update(key for key, said, _ in asked for key in (key, f"{key}: {said}"))
                differences += [
                    (start + number, day, key, said, engine) for key, said, engine in asked if said != engine
                ]
    return differences, compared


def _compared(criteria, answer, call):
    """Pairs of what the second reading and the engine say, without what the tables leave open."""
    pairs = []
    if not answer.open:
        pairs.append(("category", answer.category, call.category))
        if answer.confirmed is not None:
            pairs.append(("confirmed", answer.confirmed, call.confirmed))
    if not answer.open_lines | answer.open_lost:
        pairs.append(("improvement", sorted(answer.improvement), sorted(call.improvement)))
        if criteria == "iwg2006":
            pairs.append(("lost", sorted(answer.lost), sorted(call.lost)))
    if criteria != "iwg2006" and not answer.open:
        pairs.append(("class", answer.burden_class, call.burden_class))
    return pairs


@pytest.mark.parametrize("criteria", SETS)
def test_two_readings_of_a_table_agree_on_invented_histories(study_of, criteria):
    if criteria not in CRITERIA:
        pytest.skip(f"{criteria} is not in this version")
    differences, compared = _agreement(study_of, criteria, FEW, 2)
    assert not differences
    assert compared["category"] >= FEW / 5
    assert compared["improvement"] >= FEW / 4


@pytest.mark.slow
@pytest.mark.parametrize("criteria", SETS)
def test_two_readings_of_a_table_agree_on_20000_histories(study_of, criteria):
    if criteria not in CRITERIA:
        pytest.skip(f"{criteria} is not in this version")
    differences, compared = _agreement(study_of, criteria, MANY, 3)
    assert not differences[:20]
    assert len([key for key in compared if key.startswith("category: ")]) >= 3


def _records(rng, count):
    """Histories with the record of red cells alone: rhythms whose gaps lie at the windows."""
    return [second_reading.history(rng) for _ in range(count)]


def test_two_readings_agree_on_independence(study_of):
    patients = _records(Random(5), 400)
    found = {
        (one.patient_id, one.window_days): one.achieved
        for one in _classify(study_of, patients, "iwg2006").independence
    }
    seen = Counter()
    for number, patient in enumerate(patients):
        for window in TI_WINDOWS:
            said = second_reading.independence(patient, window)
            seen[said] += 1
            assert found[second_reading.name_of(number), window] is said, (number, window)
    assert min(seen[True], seen[False], seen[None]) >= 10


METAPHASES = st.sampled_from(
    [(0, 20), (0, 19), (1, 20), (2, 20), (5, 20), (9, 20), (10, 20), (10, 40), (18, 20)]
)


@given(METAPHASES, METAPHASES, st.booleans())
def test_two_readings_agree_on_the_cytogenetic_response(before, now, new):
    changes = ("+8",) if new else ()
    counts = [
        MetaphaseCount("S1", -7, *before, (), Source("karyotypes.csv", 2)),
        MetaphaseCount("S2", 180, *now, changes, Source("karyotypes.csv", 3)),
    ]
    keys = ("abnormal", "metaphases")
    base = dict(zip(keys, before, strict=True))
    said, evolution, opened = second_reading.cytogenetic_response(
        base, dict(zip(keys, now, strict=True)) | {"new": changes}
    )
    found = cytogenetic_responses("P1", counts, first_dose=0)[0]
    if not opened:
        assert found.response == said
    assert found.clonal_evolution is evolution


# Properties of the engine, whatever the tables say.

SEEDS = st.integers(0, 10_000)


def _said(found):
    return {
        (
            call.day,
            call.sample_id,
            call.category,
            call.confirmed,
            call.improvement,
            call.lost,
            call.burden_class,
        )
        for call in found.calls
    }


@settings(max_examples=15)
@given(SEEDS, st.sampled_from(SETS), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(study_of, seed, criteria, rng):
    patient = second_reading.history(Random(seed))
    rows = patient.rows()
    shuffled = {table: rng.sample(some, len(some)) for table, some in rows.items()}
    metaphases = {"P1": tuple(MetaphaseCount(*one, Source("k.csv", 2)) for one in patient.karyotypes())}
    first = classify(study_of(rows), criteria=criteria, metaphases=metaphases)
    again = classify(study_of(shuffled), criteria=criteria, metaphases=metaphases)
    assert _said(first) == _said(again)


def test_values_as_typed_are_what_is_judged(tmp_path, study_of, write_study):
    """Text at the door and numbers in memory give one answer: no limit is crossed by a conversion."""
    vectors = second_reading.load_vectors(HERE / "vectors" / "iwg2006.toml")
    patients = [vector.patient for vector in vectors if vector.patient.log]
    rows = second_reading.together(patients)
    for row in rows["patients"]:
        row["died"] = "yes" if row["died"] else None
    from_files = classify(read_study(write_study(tmp_path / "study", rows)))
    for row in rows["patients"]:
        row["died"] = True if row["died"] else None
    in_memory = classify(study_of(rows))
    assert [(c.patient_id, c.day, c.category, c.improvement) for c in from_files.calls] == [
        (c.patient_id, c.day, c.category, c.improvement) for c in in_memory.calls
    ]


ORDER_2023 = ("CR", "CRbi", "CRuni", "CRh", "HI", "no response category")


@settings(max_examples=25)
@given(
    st.sampled_from(["9.9", "10", "12"]),
    st.sampled_from(["49", "50", "99", "100"]),
    st.sampled_from(["0.49", "0.5", "0.99", "1.0"]),
    st.sampled_from(["Hb", "PLT", "ANC"]),
)
def test_a_better_count_never_makes_a_worse_category_of_2023(study_of, hb, plt, anc, line):
    if "iwg2023" not in CRITERIA:
        pytest.skip("iwg2023 is not in this version")
    better = {"Hb": "13", "PLT": "150", "ANC": "2.0"}
    values = {"Hb": hb, "PLT": plt, "ANC": anc}
    patients = [_treated(values), _treated(values | {line: better[line]})]
    worse, raised = [
        call for call in _classify(study_of, patients, "iwg2023").calls if call.sample_id is not None
    ]
    assert ORDER_2023.index(raised.category) <= ORDER_2023.index(worse.category)
    assert set(worse.improvement) <= set(raised.improvement)


def _treated(values, red_cells=(), last=112):
    base = {"Hb": Decimal("8.5"), "PLT": Decimal(30), "ANC": Decimal("0.4"), "blasts": Decimal(0)}
    now = {line: Decimal(value) for line, value in values.items()} | {"blasts": Decimal(0)}
    counts = dict.fromkeys((-28, -14), base) | dict.fromkeys(range(28, last + 1, 28), now)
    marrows = ({"day": -7, "blasts": Decimal(10)}, {"day": 84, "blasts": Decimal(3), "dysplasia": "none"})
    return second_reading.Patient(counts, marrows, red_cells)


GOOD = {"Hb": "12", "PLT": "150", "ANC": "2.0"}
RANK = ("CR", "marrow CR", "stable disease", "no response category", "not evaluable", "disease progression")


@settings(max_examples=25)
@given(
    st.dictionaries(st.integers(0, 150), st.integers(1, 3), max_size=4),
    st.integers(0, 150),
    st.integers(1, 4),
)
def test_more_red_cells_never_improve_a_response(study_of, given_units, day, more):
    """Nor do they make an independence that was not there."""
    units = tuple((one, number, Decimal(8)) for one, number in sorted(given_units.items()))
    extra = given_units | {day: given_units.get(day, 0) + more}
    added = tuple((one, number, Decimal(8)) for one, number in sorted(extra.items()))
    patients = [_treated(GOOD, units), _treated(GOOD, added)]
    found = _classify(study_of, patients, "iwg2006")
    fewer, larger = [call for call in found.calls if call.sample_id is not None]
    assert set(larger.improvement) <= set(fewer.improvement)
    assert RANK.index(larger.category) >= RANK.index(fewer.category)
    achieved = {(one.patient_id, one.window_days): one.achieved for one in found.independence}
    for window in TI_WINDOWS:
        assert not (achieved["P00001", window] and achieved["P00000", window] is False)


@settings(max_examples=25)
@given(
    st.sampled_from(["10.9", "11", "12"]),
    st.sampled_from(["99", "100"]),
    st.sampled_from(["0.99", "1.0"]),
    st.sampled_from(SETS),
    st.sampled_from([140, 196, 252]),
)
def test_a_longer_follow_up_in_the_same_state_withdraws_nothing(study_of, hb, plt, anc, criteria, last):
    if criteria not in CRITERIA:
        pytest.skip(f"{criteria} is not in this version")
    values = {"Hb": hb, "PLT": plt, "ANC": anc}
    patients = [_treated(values), _treated(values, last=last)]
    short, long = [
        call for call in _classify(study_of, patients, criteria).calls if call.sample_id is not None
    ]
    assert long.category == short.category
    assert set(short.improvement) <= set(long.improvement)
    assert long.confirmed or not short.confirmed
