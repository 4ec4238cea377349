"""IPSS-M: reference patients in every column, thousands of drawn ones by a second reading, and the traps."""

import csv
import importlib.util
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.diagnosis import ipss_m_weights as published
from remnant.diagnosis.ipss_m import (
    SCENARIOS,
    residual_genes,
    sf3b1_alone,
    sf3b1_with_del5q,
    tp53_multihit,
)
from remnant.diagnosis.ipss_r import CATEGORIES, CYTOGENETIC_GROUPS
from remnant.diagnosis.risk import RiskInputs, score
from remnant.diagnosis.risk_patient import missing_genes, patient_risk, risk_inputs

REFERENCE = Path(__file__).parents[1] / "reference/risk/ipss_reference.csv"
with REFERENCE.open() as file:
    ROWS = list(csv.DictReader(file))
assert len(ROWS) == 30, "no reference patients: the tests below would pass by testing nothing"

spec = importlib.util.spec_from_file_location("ipss_m_oracle", Path(__file__).parent / "oracle.py")
assert spec is not None
assert spec.loader is not None
oracle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oracle)


def column(rows, name, words=None):
    typed = [row[name] for row in rows]
    return np.array(
        [np.nan if cell in (None, "NA") else float(words[cell] if words else cell) for cell in typed]
    )


def inputs(rows):
    groups = {group: place for place, group in enumerate(CYTOGENETIC_GROUPS)}
    return RiskInputs(
        haemoglobin=column(rows, "HB"),
        platelets=column(rows, "PLT"),
        neutrophils=column(rows, "ANC"),
        blasts=column(rows, "BM_BLAST"),
        age=column(rows, "AGE"),
        cytogenetics=column(rows, "CYTO_IPSSR", groups),
        del5q=column(rows, "del5q"),
        del7=column(rows, "del7_7q"),
        del17p=column(rows, "del17_17p"),
        complex_=column(rows, "complex"),
        tp53_mutations=column(rows, "TP53mut", {"0": 0, "1": 1, "2 or more": 2}),
        tp53_vaf=column(rows, "TP53maxvaf"),
        tp53_loss=column(rows, "TP53loh"),
        genes={gene: column(rows, gene) for gene in published.GENES},
    )


@pytest.mark.parametrize("place", range(3), ids=SCENARIOS)
def test_the_reference_patients_score_as_published_in_each_case_of_what_is_missing(place):
    found, case = score(inputs(ROWS)).ipss_m, SCENARIOS[place]
    assert found.raw[place] == pytest.approx(column(ROWS, f"raw_{case}"), abs=1e-9)
    assert found.score[place].tolist() == column(ROWS, f"IPSSMscore_{case}").tolist()
    categories = [published.CATEGORIES[at] for at in found.category[place]]
    assert categories == [row[f"IPSSMcat_{case}"] for row in ROWS]
    assert found.residual[place] == pytest.approx(column(ROWS, f"nRes2{case}"), abs=1e-12)


@pytest.mark.parametrize(
    ("variable", "theirs"),
    [("HB", "HB1"), ("PLT/100", "TRANSF_PLT100"), ("BM_BLAST/5", "BLAST5"), ("CYTO_IPSSR", "CYTOVEC"),
     ("TP53multi", "TP53multi"), ("SF3B1_5q", "SF3B1_5q"), ("SF3B1_alpha", "SF3B1_alpha")],
)  # fmt: skip
def test_the_variables_on_the_way_agree_and_are_missing_where_theirs_are(variable, theirs):
    values = score(inputs(ROWS)).ipss_m.values[:, published.VARIABLES.index(variable)]
    assert values == pytest.approx(column(ROWS, theirs), abs=1e-12, nan_ok=True)


def test_the_reference_patients_have_their_ipss_r_and_ipss_ra():
    found = score(inputs(ROWS))
    assert found.lowest.tolist() == found.highest.tolist() == column(ROWS, "IPSSR_score").tolist()
    assert [CATEGORIES[at] for at in found.lowest_category] == [row["IPSSR_cat"] for row in ROWS]
    assert found.adjusted_lowest == pytest.approx(column(ROWS, "IPSSRA_score"), abs=1e-9)
    assert [CATEGORIES[at] for at in found.adjusted_lowest_category] == [row["IPSSRA_cat"] for row in ROWS]


def drawn(count, rng, missing):
    """Invent patients, a share of every value missing, with extremes and values on the limits among them."""

    def maybe(value):
        return None if rng.random() < missing else value

    def one():
        patient = {
            "HB": maybe(str(rng.choice(["4", "20", "8", "10", f"{rng.uniform(4, 20):.1f}"]))),
            "PLT": maybe(str(rng.choice(["0", "250", "251", "1451", str(rng.integers(0, 600))]))),
            "BM_BLAST": maybe(str(rng.choice(["0", "5", "20", "20.5", f"{rng.uniform(0, 30):.2f}"]))),
            "ANC": maybe(f"{rng.uniform(0, 9):.2f}"),
            "AGE": maybe(str(rng.integers(18, 99))),
            "CYTO_IPSSR": maybe(str(rng.choice(CYTOGENETIC_GROUPS))),
            "TP53mut": maybe(str(rng.choice(["0", "1", "2 or more"], p=[0.5, 0.35, 0.15]))),
            "TP53maxvaf": maybe(str(rng.choice(["0.55", "0.551", "0.5501", f"{rng.random():.3f}"]))),
        }
        for name in ("del5q", "del7_7q", "del17_17p", "complex", "TP53loh"):
            patient[name] = maybe(str(int(rng.random() < 0.3)))
        share = rng.choice([0.05, 0.3, 0.9])
        for gene in published.GENES:
            patient[gene] = maybe(str(int(rng.random() < (0.6 if gene == "SF3B1" else share))))
        return patient

    return [one() for _ in range(count)]


@pytest.mark.parametrize("missing", [0.0, 0.02, 0.15, 0.6, 1.0])
def test_drawn_patients_score_as_a_second_reading_in_forty_digits_has_them(missing):
    patients = drawn(600 if missing < 1 else 1, np.random.default_rng(int(100 * missing)), missing)
    found = score(inputs(patients)).ipss_m
    for row, case in enumerate(SCENARIOS):
        expected = [oracle.scored(patient, case) for patient in patients]
        assert found.raw[row] == pytest.approx([float(exact) for exact, _, _ in expected], abs=1e-12)
        for at, (exact, rounded, category) in enumerate(expected):
            # A tie in decimals is decided by the last binary digit, as the published program decides it.
            if abs(abs(exact * 100 % 1) - Decimal("0.5")) > Decimal("1e-9"):
                assert found.score[row, at] == float(rounded)
                assert published.CATEGORIES[found.category[row, at]] == category


@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3]))
def test_best_mean_and_worst_come_in_that_order_and_enclose_whatever_the_missing_values_are(seed, missing):
    rng = np.random.default_rng(seed)
    patient = drawn(1, rng, missing)[0]
    filled = {name: drawn(1, rng, 0)[0][name] if cell is None else cell for name, cell in patient.items()}
    if patient["TP53loh"] == "0":
        # Where the other copy was looked for and found, neither of these can be what is missing.
        filled |= {name: "0" for name in ("TP53maxvaf", "del17_17p") if patient[name] is None}
    best, mean, worst = score(inputs([patient])).ipss_m.raw[:, 0]
    whole = score(inputs([filled])).ipss_m.raw[:, 0]
    assert whole[0] == whole[1] == whole[2]
    assert best - 1e-12 <= mean <= worst + 1e-12
    assert best - 1e-12 <= whole[0] <= worst + 1e-12


@given(st.integers(0, 2**32))
def test_what_the_variables_add_makes_the_raw_score(seed):
    found = score(inputs(drawn(5, np.random.default_rng(seed), 0.1))).ipss_m
    assert found.contributions.sum(axis=-1) == pytest.approx(found.raw, abs=1e-12)


def test_the_order_and_the_company_of_patients_change_nothing():
    patients = drawn(50, np.random.default_rng(5), 0.1)
    together = score(inputs(patients)).ipss_m
    turned = score(inputs(patients[::-1])).ipss_m
    assert np.array_equal(together.raw, turned.raw[:, ::-1])
    alone = [score(inputs([patient])).ipss_m.raw[:, 0].tolist() for patient in patients]
    assert together.raw.T.tolist() == alone


def flag(*values):
    return tuple(np.array([np.nan if value is None else float(value)]) for value in values)


@pytest.mark.parametrize(
    ("mutations", "vaf", "lost", "del17p", "expected"),
    [
        (0, None, None, None, 0),
        (0, 0.9, 1, 1, 0),  # a deletion of 17p without a mutation is one hit
        (1, 0.3, 0, 0, 0),
        (1, 0.55, 0, 0, 0),  # exactly 55 % is not above it
        (1, 0.5501, 0, 0, 1),
        (1, None, 1, 0, 1),
        (1, 0.1, 0, 1, 1),
        (1, None, None, 1, 1),
        (1, None, 0, None, 0),
        (1, 0.3, None, 0, None),  # no word of the other copy
        (1, None, None, None, None),
        (1, 0.3, None, None, None),
        (2, None, None, None, 1),
        (None, 0.9, 1, 1, None),
    ],
)
def test_tp53_is_multihit_by_two_mutations_or_by_one_and_a_lost_copy(mutations, vaf, lost, del17p, expected):
    found = tp53_multihit(*flag(mutations, vaf, lost, del17p))[0]
    assert np.isnan(found) if expected is None else found == expected


@pytest.mark.parametrize(
    ("sf3b1", "del5q", "del7", "complex_", "companion", "with_del5q", "alone"),
    [
        (1, 1, 0, 0, 0, 1, 0),
        (1, 1, 1, 0, 0, 0, 1),
        (1, 1, 0, 1, 0, 0, 1),
        (1, 0, 0, 0, 0, 0, 1),
        (1, 0, 0, 0, 1, 0, 0),
        (1, 1, 0, 0, 1, 1, 0),
        (0, 1, 0, 0, None, 0, 0),
        (0, None, None, None, None, 0, 0),
        (None, 1, 0, 0, 0, None, None),
        (None, 0, 0, 0, 0, 0, None),
        (1, None, 0, 0, 0, None, None),
        (1, None, 0, 0, 1, None, 0),
        (1, 0, 0, 0, None, 0, None),
        (1, 1, None, 0, 0, None, None),
        (None, None, None, None, 1, None, 0),
    ],
)
def test_sf3b1_is_adverse_with_del5q_and_favourable_alone(
    sf3b1, del5q, del7, complex_, companion, with_del5q, alone
):
    first = sf3b1_with_del5q(*flag(sf3b1, del5q, del7, complex_))
    companions = np.array([[0.0, 0, 0, 0, 0, np.nan if companion is None else companion]])
    second = sf3b1_alone(*flag(sf3b1), first, companions)
    for found, expected in ((first[0], with_del5q), (second[0], alone)):
        assert np.isnan(found) if expected is None else found == expected


@given(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=15, max_size=15))
def test_residual_genes_count_up_to_two_and_a_gene_that_was_not_tested_is_none_or_one(genes):
    best, mean, worst = residual_genes(np.array([genes]))[:, 0]
    mutated, missing = sum(gene == 1 for gene in genes), sum(gene != gene for gene in genes)
    assert (best, worst) == (min(mutated, 2), min(mutated + missing, 2))
    assert best <= mean <= worst
    assert (mean == best) == (missing == 0 or mutated >= 2)


def test_a_panel_without_any_residual_gene_counts_the_published_mean():
    assert residual_genes(np.full((1, 15), np.nan))[:, 0].tolist() == [0, 0.388, 2]


PLAIN = {
    "haemoglobin": 10.0,
    "platelets": 150.0,
    "blasts": 3.0,
    "neutrophils": 1.5,
    "age": 70.0,
    "cytogenetics": "Good",
    "del5q": True,
    "del7": False,
    "del17p": False,
    "complex_": False,
    "tp53_mutations": 0,
}


def test_one_patient_is_told_what_each_variable_adds_and_which_genes_are_missing():
    tested = dict.fromkeys(published.GENES, False) | {"SF3B1": True, "U2AF1": None}
    found = patient_risk(risk_inputs(**PLAIN, mutated=tested))
    assert (found.ipss_r.score, found.ipss_r.category, found.ipss_ra.score) == (2.0, "Low", 2.0)
    assert found.ipss_r.outlook.median_survival_years == 5.3
    parts = {one.variable: one for one in found.ipss_m.contributions}
    assert parts["SF3B1_5q"].value == 1
    assert parts["SF3B1_5q"].mean == pytest.approx(0.504 * (1 - 0.0166) / np.log(2))
    assert parts["U2AF1"].value is None
    assert parts["U2AF1"].mean == 0
    assert found.ipss_m.missing == ("U2AF1",)
    assert found.ipss_m.score == found.ipss_m.mean.score  # U2AF1 moves the score by 0.36 at most
    for case in ("best", "mean", "worst"):
        total = sum(getattr(one, case) for one in found.ipss_m.contributions)
        assert total == pytest.approx(getattr(found.ipss_m, case).raw, abs=1e-12)


def test_too_wide_a_range_has_no_score_and_a_category_only_where_best_and_worst_agree():
    tested = dict.fromkeys(published.GENES, False)
    wide = patient_risk(risk_inputs(**PLAIN, mutated=tested | {"FLT3": None, "MLL_PTD": None})).ipss_m
    assert wide.worst.score - wide.best.score > 1
    assert (wide.score, wide.category) == (None, None)
    grave = PLAIN | {"haemoglobin": 5.0, "platelets": 8.0, "blasts": 19.0, "cytogenetics": "Very Poor"}
    stable = patient_risk(risk_inputs(**grave, mutated=tested | {"FLT3": None, "MLL_PTD": None})).ipss_m
    assert (stable.score, stable.category) == (None, "Very High")


def test_a_patient_of_whom_nothing_is_known_has_the_widest_range_and_no_guess():
    found = patient_risk(risk_inputs())
    assert (found.ipss_r.score, found.ipss_r.category, found.ipss_r.sure) == (None, None, None)
    assert (found.ipss_r.lowest.score, found.ipss_r.highest.score) == (0, 10)
    assert (found.ipss_ra.lowest, found.ipss_ra.missing[0]) == (None, "age")
    assert (found.ipss_m.score, found.ipss_m.category) == (None, None)
    assert found.ipss_m.mean.raw == pytest.approx(0, abs=1e-12)
    assert len(found.ipss_m.missing) == 4 + 1 + 30


def test_a_missing_item_leaves_a_category_only_where_every_value_gives_it():
    """OR5: 0.5 points of neutrophils cannot move 4.0 out of its band."""
    without = {name: value for name, value in PLAIN.items() if name != "neutrophils"}
    found = patient_risk(risk_inputs(**without | {"blasts": 7.0, "haemoglobin": 9.0})).ipss_r
    assert (found.score, found.category, found.missing) == (None, None, ("neutrophils",))
    assert (found.lowest.score, found.highest.score, found.sure) == (4.0, 4.5, "Int")


def test_tp53_is_a_missing_gene_where_one_hit_leaves_the_other_copy_open():
    given_ = risk_inputs(tp53_mutations=1, tp53_vaf=0.3, mutated=dict.fromkeys(published.GENES, False))
    assert missing_genes(given_, score(given_).ipss_m) == [("TP53",)]


@pytest.mark.parametrize(("haemoglobin", "counts"), [(3.1, 4), (4, 4), (20, 20), (21.5, 20)])
def test_a_haemoglobin_beyond_the_published_range_counts_as_its_end_and_this_is_said(haemoglobin, counts):
    beyond, within = (
        patient_risk(risk_inputs(**PLAIN | {"haemoglobin": value})) for value in (haemoglobin, counts)
    )
    assert beyond.ipss_m == within.ipss_m
    assert len(beyond.remarks) == (haemoglobin != counts)
    assert not within.remarks


def test_contradictory_columns_are_scored_and_said():
    found = patient_risk(risk_inputs(**PLAIN | {"complex_": True, "del7": True, "tp53_vaf": 0.4}))
    assert len(found.remarks) == 3
    assert not patient_risk(risk_inputs(**PLAIN)).remarks
