from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.persistence import MarkerValues, associate
from remnant.stats.survival.cox import cox
from remnant.stats.survival.log_rank import cumulative_hazard, exact_trend
from remnant.stats.survival.subjects import ordered
from remnant.stats.tables.rank_sum import rank_sum
from remnant.study.estimate import Source

PATIENTS = [f"P{number}" for number in range(1, 9)]


def marker(name, values, patients=PATIENTS):
    pairs = list(zip(patients, values, strict=False))
    return MarkerValues(
        name, "relative", dict(pairs), {p: Source("biomarkers.csv", i) for i, (p, _) in enumerate(pairs)}
    )


def asked(markers, responded=(), spans=()):
    return associate(
        markers,
        dict(zip(PATIENTS, responded, strict=False)),
        dict(zip(PATIENTS, spans, strict=False)),
        confidence=0.95,
    )


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=3, max_size=9))
@settings(deadline=None)
def test_the_rank_sum_is_counted_over_every_deal(rows):
    values, inside = np.array([v for v, _ in rows]), np.array([b for _, b in rows])
    if inside.all() or not inside.any():
        return
    found = rank_sum(values, inside)
    ranks = np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])
    deals = [
        abs(sum(ranks[list(c)]) - inside.sum() * (len(rows) + 1) / 2)
        for c in combinations(range(len(rows)), int(inside.sum()))
    ]
    own = abs(ranks[inside].sum() - inside.sum() * (len(rows) + 1) / 2)
    assert found.exact
    assert found.p == pytest.approx(np.mean([d >= own - 1e-9 for d in deals]))
    assert found.smallest_p == pytest.approx(np.mean([d >= max(deals) - 1e-9 for d in deals]))
    wins = [(a > b) + 0.5 * (a == b) for a in values[inside] for b in values[~inside]]
    assert found.superiority == pytest.approx(np.mean(wins))


def test_many_patients_take_the_normal_law_and_say_so():
    rng = np.random.default_rng(2)
    values, inside = rng.normal(size=400), rng.random(400) < 0.5
    found = rank_sum(values, inside)
    assert not found.exact
    draws = [abs(rank_sum(values, rng.permutation(inside)).superiority - 0.5) for _ in range(2000)]
    share = np.mean(np.array(draws) >= abs(found.superiority - 0.5))
    assert abs(found.p - share) < 4 * np.sqrt(0.25 / 2000)


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 4)), min_size=3, max_size=6))
@settings(max_examples=40, deadline=None)
def test_the_trend_is_counted_over_every_order_of_the_markers(rows):
    time, event, x = map(np.array, zip(*rows, strict=True))
    found = exact_trend(time, event, x)
    begun, when, seen, value = ordered(time, event, x)
    score = seen - cumulative_hazard(begun, when, seen)
    walk = np.abs([np.dot(order, score) for order in permutations(value - value.mean())])
    assert found.p == pytest.approx(np.mean(walk >= abs(score @ (value - value.mean())) - 1e-9))
    assert found.smallest_p <= found.p + 1e-12


def test_three_of_six_cannot_be_shown_to_differ_and_it_says_so():
    (found, _) = asked([marker("miR-145", [0.1, 0.2, 0.3, 0.8, 1.6, 3.2])], [False] * 3 + [True] * 3)
    assert found.p == found.smallest_p == pytest.approx(0.1)
    assert found.ratio > 1
    assert found.upper is None or found.upper > found.ratio
    assert any("separation" in text for text in found.remarks)
    assert any("fewer than 10" in text for text in found.remarks)
    assert (found.patients, found.events, found.measure, found.scale) == (6, 3, "odds ratio", "per doubling")


def test_a_ratio_is_per_doubling_only_where_values_span_one():
    narrow = asked([marker("a", [0.50, 0.55, 0.6, 0.58])], [True, False, True, False])[0]
    signed = asked([marker("a", [-1, 0.55, 0.6, 0.58])], [True, False, True, False])[0]
    assert narrow.scale == "per standard deviation of the logarithm"
    assert signed.scale == "per standard deviation"


def test_who_was_not_measured_is_named_and_not_filled_in():
    (found, _) = asked([marker("a", [1.0, 2.0, 3.0, 4.0])], [True, False, True, False, True, False])
    assert found.patients == 4
    assert found.not_measured == ("P5", "P6")


def test_the_hazard_ratio_is_firths_where_relapses_are_few_and_coxs_where_they_are_not():
    values, spans = (
        [1, 2, 4, 8, 3, 6, 5, 7],
        [
            (900, True),
            (800, True),
            (300, True),
            (100, True),
            (700, False),
            (200, True),
            (500, True),
            (250, False),
        ],
    )
    found = asked([marker("a", values)], spans=spans)[1]
    assert found.method == "Firth Cox"
    assert found.test == "exact permutation"
    plain = cox([t for t, _ in spans], [e for _, e in spans], np.log2(values))
    assert 1 < found.ratio < plain.hazard_ratio[0]
    patients = [f"Q{number}" for number in range(30)]
    rng = np.random.default_rng(1)
    level = np.exp2(rng.normal(size=30))
    many = {p: (int(d) + 1, True) for p, d in zip(patients, 500 * rng.exponential(1 / level), strict=True)}
    big = associate([marker("a", level.tolist(), patients)], {}, many, confidence=0.95)[1]
    direct = cox([t for t, _ in many.values()], [True] * 30, np.log2(level))
    assert big.method == "Cox, Efron's ties"
    assert (big.test, big.smallest_p) == ("likelihood ratio", None)
    assert big.ratio == pytest.approx(direct.hazard_ratio[0])
    assert big.p == pytest.approx(direct.likelihood_ratio.p)


def test_more_markers_make_each_show_more():
    rng = np.random.default_rng(4)
    responded = [True] * 4 + [False] * 4
    markers = [marker("told", [8, 9, 10, 11, 1, 2, 3, 4])] + [
        marker(f"m{n}", rng.random(8) + 1) for n in range(4)
    ]
    alone, among = asked(markers[:1], responded)[0], asked(markers, responded)[0]
    assert alone.p == alone.p_holm == pytest.approx(2 / 70)
    assert among.p_holm == pytest.approx(5 * 2 / 70)
    assert among.p_false_discovery == pytest.approx(5 * 2 / 70)


@pytest.mark.parametrize(
    ("values", "responded", "why"),
    [
        ([1, 2, 3], [True] * 3, "everybody responded"),
        ([1, 2, 3], [False] * 3, "nobody responded"),
        ([2, 2, 2], [True, False, True], "same value"),
        ([], [True, False, True], "not measured"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_tested_there_is_no_p_and_a_reason(values, responded, why):
    found = asked([marker("a", values)], responded)[0]
    assert (found.p, found.p_holm, found.ratio) == (None, None, None)
    assert why in found.remarks[0]


def test_every_relapse_at_one_end_is_a_finite_ratio_and_said():
    spans = [(100, True), (200, True), (300, True), (900, False), (900, False), (900, False)]
    found = asked([marker("a", [9, 8, 7, 1, 2, 3])], spans=spans)[1]
    assert found.ratio is not None
    assert any("separation" in text for text in found.remarks)
    assert found.p == pytest.approx(found.smallest_p, rel=20)


def test_without_markers_there_is_nothing():
    assert asked([], [True, False]) == ()
