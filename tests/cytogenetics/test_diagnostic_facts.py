"""What a karyotype says to a score: invented strings, and the published cohort read in place."""

import csv
from pathlib import Path

import pytest

from remnant.cytogenetics import read_karyotype
from remnant.cytogenetics.clones.diagnostic_facts import CytogeneticFacts, facts_of
from remnant.errors import IscnError

COHORT = Path(__file__).parents[2] / ".." / "shared" / "data" / "ipssm-cohort-a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("46,XX[20]", ("Good", False, False, False, False, False, 0)),
        ("46,XX,del(5)(q13q33)[15]/46,XX[5]", ("Good", True, False, False, False, False, 0)),
        ("46,XX,del(5)(q13q33)[15]/47,idem,+8[3]/46,XX[2]", ("Good", True, False, False, False, False, 1)),
        ("45,XX,del(5)(q13q33),-7[15]", ("Poor", True, True, False, False, False, 1)),
        ("46,XX,del(5)(q13q33),del(7)(q22q34)[15]", ("Poor", True, False, True, False, False, 1)),
        ("46,XY,i(17)(q10)[12]", ("Intermediate", False, False, False, True, False, 1)),
        ("45,XY,del(5)(q13q33),-17[12]", ("Good", True, False, False, True, False, 1)),
        ("46,XY,del(5)(q13q33),+8,-20[12]", ("Poor", True, False, False, False, True, 2)),
        # Two of a loss are no clone; a constitutional change is none either.
        ("46,XX,del(5)(q13q33)[15]/45,idem,-7[2]", ("Good", True, False, False, False, False, 0)),
        ("47,XX,+21c,del(5)(q13q33)[15]", ("Good", True, False, False, False, False, 0)),
    ],
)
def test_facts_of_a_karyotype(text, expected):
    assert facts_of(read_karyotype(text)) == CytogeneticFacts(*expected)


@pytest.mark.parametrize("text", ["46,XX,inc[12]", "//46,XY[20]"])
def test_what_was_not_read_or_not_seen_is_neither_there_nor_absent(text):
    found = facts_of(read_karyotype(text))
    assert (found.del5q, found.del7, found.complex_, found.others) == (None, None, None, None)


def test_an_unread_part_cannot_hide_what_is_there_nor_unmake_complexity():
    found = facts_of(read_karyotype("45,XX,del(5)(q13q33),-7,-17,+8,inc[12]"))
    assert (found.del5q, found.del7, found.del17p, found.complex_, found.others) == (
        True,
        True,
        True,
        True,
        3,
    )


@pytest.mark.parametrize(
    ("first", "second", "either"), [(True, None, True), (None, False, None), (False, False, False)]
)
def test_seven_is_lost_by_either_change(first, second, either):
    assert CytogeneticFacts(monosomy7=first, del7q=second).del7 is either


@pytest.mark.skipif(not COHORT.is_dir(), reason="needs ../shared/data/ipssm-cohort-a")
def test_the_cohort_agrees_but_where_its_matrix_knows_more_than_the_string():
    """The matrix was made from karyotypes and sequencing: what the string has, it has; not the reverse."""
    with (COHORT / "df_cna.tsv").open() as file:
        matrix = {row["ID"]: row for row in csv.DictReader(file, delimiter="\t")}
    with (COHORT / "df_clinical.tsv").open() as file:
        clinical = {row["ID"]: row for row in csv.DictReader(file, delimiter="\t")}
    tally = {"del5q": [], "del7": [], "complex": []}
    for name, row in clinical.items():
        if row["CYTOGENETICS"] in ("", "NA"):
            continue
        try:
            found = facts_of(read_karyotype(row["CYTOGENETICS"]))
        except IscnError:
            continue
        known = matrix[name]
        if found.del5q is not None:
            tally["del5q"].append((found.del5q, known["del5q"] == "1"))
        if found.del7 is not None:
            tally["del7"].append((found.del7, "1" in (known["del7"], known["del7q"])))
        if found.complex_ is not None:
            tally["complex"].append((found.complex_, row["complex"] == "complex"))
    for name, pairs in tally.items():
        assert len(pairs) > 1200, name
        # One del(5q) is in its string alone, and one karyotype is complex by another way of counting.
        assert sum(ours and not theirs for ours, theirs in pairs) <= 1, name
        assert sum(ours == theirs for ours, theirs in pairs) >= 0.96 * len(pairs), name
    assert sum(ours == theirs for ours, theirs in tally["complex"]) >= 0.99 * len(tally["complex"])
