"""What the report says of stem cells that work."""

from dataclasses import replace

import polars as pl
import pytest

from remnant.culture import count_colonies
from remnant.culture.change import Quantity
from remnant.culture.recovery import CultureChange, Fold, PooledCulture
from remnant.report import culture, recovery
from remnant.study.estimate import Estimate


def found(value, lower, upper):
    return Estimate.detected(value, lower, upper, confidence=0.95)


NONE = Estimate.not_detected(0.05, confidence=0.95)
REFUSED = ("before treatment: the wells do not fit single-hit kinetics",)


def patient(name, after=NONE, **other):
    change = CultureChange(
        name, "stem", "LTC-IC", "S1", -5, "S2", 90, found(0.02, 0.01, 0.03), found(0.01, 0.006, 0.02),
        found(0.9, 0.7, 0.97), after, Fold(found(0.5, 0.2, 1.2)), Fold(found(3.0, 1.4, 8.0)),
        Fold(NONE), Fold(NONE), (),
    )  # fmt: skip
    return replace(change, **other)


def mean(quantity, value, fall):
    ratio = found(value, value / 3, value * 3)
    return PooledCulture(
        "stem", "LTC-IC", quantity, 3, ratio, fall, 0.8, 2.2, 2, 1, 1.0, 0.25, "spread half-Normal(1.5)"
    )


@pytest.fixture
def three(findings):
    """Three patients: in two the clone still grows in remission."""
    changes = patient("P1", found(0.3, 0.1, 0.5)), patient("P2", found(0.3, 0.1, 0.5)), patient("P3")
    means = mean(Quantity.NORMAL, 3.0, 0.001), mean(Quantity.CLONE, 0.8, 0.6)
    return replace(findings, cultures=changes, cultures_pooled=means)


def test_the_sentence_claims_no_more_than_its_numbers(three):
    said = " ".join(recovery.sentences(three))
    assert "still grew in 2 of 3 patients" in said
    assert "Normal units: 3.0-fold rise on average over 3 patients (95 % interval 1.0 to 9.0 times" in said
    assert "posterior probability of a rise 0.999" in said
    assert "Units of the clone: 1.2-fold fall" in said
    assert said.count("not to be told from no change") == 1


def test_a_study_without_typed_plates_says_so(three):
    bare = replace(three, cultures=(patient("P1", Estimate.not_done("colonies were not typed")),))
    (said,) = recovery.sentences(bare)
    assert "no plate in remission tells normal units" in said
    assert recovery.sentences(replace(three, cultures=())) == []


def test_the_table_keeps_the_kinds_of_knowledge_apart(three):
    late = Fold(Estimate.not_evaluable("none before treatment: at least 3-fold, one-sided"), 3.0)
    table = recovery.changes(replace(three, cultures=(patient("P1", normal=late, remarks=REFUSED),)))
    (row,) = table.rows
    words = [cell.text for cell in row]
    assert "stem, LTC-IC †" in words
    assert "× not evaluable" in words
    assert "▽ not detected" in words
    assert row[7].text == "culture 90 % (70 to 97 %)"
    assert row[7].more == "FISH not done"
    assert "† A plate has a remark" in table.caption


def test_the_pooled_table_shows_its_prior_and_the_least_p(three):
    table = recovery.pooled(three)
    assert "half-Normal(1.5)" in table.caption
    assert [row[-1].text for row in table.rows] == ["0.25", "0.25"]


def test_a_change_that_rounds_to_none_is_neither_fall_nor_rise(three):
    table = recovery.changes(replace(three, cultures=(patient("P1", frequency=Fold(found(1.01, 0.5, 2))),)))
    assert table.rows[0][4].text == "no change"


def colonies(*counts):
    size = len(counts)
    table = {"sample_id": ["S"] * size, "compartment": ["stem"] * size, "assay": ["CFC"] * size}
    table |= {"lineage": ["BFU-E"] * size, "cells_plated": [500.0] * size, "colonies": list(counts)}
    table |= {"line": list(range(size)), "colonies_typed": [5] * size, "colonies_abnormal": [2] * size}
    return count_colonies(pl.DataFrame(table))[0]


def test_dishes_say_whether_they_differ():
    assert culture.dishes(colonies(30)) == "one dish: its spread is not known"
    assert culture.dishes(colonies(30, 31)).endswith("two cannot tell a spread")
    assert "3 dishes differ beyond chance, p below 0.0001, spread" in culture.dishes(colonies(9, 30, 61))
    assert culture.dishes(colonies(30, 31, 29)).startswith("3 dishes alike, p = ")


def test_remarks_of_plates_are_said_and_marked(findings):
    days = {visit.sample_id: visit.day for visit in findings.timelines[0].visits}
    plates = [plate for plate in findings.frequencies if plate.sample_id in days and plate.remarks]
    said = culture.remarks(findings, days)
    assert len(said) == len(plates) > 0
    assert all(text.startswith("† Day ") for text in said)
    rows = culture.frequencies(findings, days).rows
    assert sum(row[-1].more == "† see beneath" for row in rows) == len(plates)
