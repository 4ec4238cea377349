from itertools import product

import numpy as np
import pytest

from remnant.observation import metaphases


def test_the_likelihood_sums_to_one_over_all_counts():
    shares = [0.6, 0.1, 0.3]
    counts = [k for k in product(range(6), repeat=3) if sum(k) == 5]
    assert sum(np.exp(metaphases.log_likelihood(k, shares)) for k in counts) == pytest.approx(1)


def test_the_simulator_has_the_mean_of_theory():
    rng, shares = np.random.default_rng(6), np.array([0.7, 0.05, 0.25])
    drawn = np.array([metaphases.simulate(shares, 20, rng=rng) for _ in range(4000)])
    assert (drawn.sum(axis=1) == 20).all()
    error = np.sqrt(20 * shares * (1 - shares) / 4000)
    assert (np.abs(drawn.mean(axis=0) - 20 * shares) < 4 * error).all()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([9, 5, 6], "46,XX,del(5)(q13q33)[9]/47,XX,del(5)(q13q33),+8[5]/46,XX[6]"),
        ([0, 12, 8], "47,XX,del(5)(q13q33),+8[12]/46,XX[8]"),
        ([20, 0, 0], "46,XX,del(5)(q13q33)[20]"),
        ([0, 0, 20], "46,XX[20]"),
    ],
)
def test_clones_without_a_metaphase_are_not_written(counts, expected):
    names = ["del(5)(q13q33)", "del(5)(q13q33),+8"]
    assert metaphases.write_iscn("XX", names, counts) == expected


def test_a_lost_chromosome_lowers_the_number():
    assert metaphases.write_iscn("XY", ["del(5)(q13q33),-7"], [3, 17]).startswith(
        "45,XY,del(5)(q13q33),-7[3]"
    )
