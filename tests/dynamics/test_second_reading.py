"""Engines of chance against the model written a second time, in `chance.py` beside this file."""

import functools
import importlib.util
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.dynamics.extinction import Signal, cure_probability, survival
from remnant.dynamics.model.packed import AMPLIFICATION, Packed, pack
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.dynamics.model.start import baseline
from remnant.dynamics.stochastic import Cells, advance, states_of

spec = importlib.util.spec_from_file_location("chance", Path(__file__).parent / "chance.py")
assert spec is not None
assert spec.loader is not None
chance = importlib.util.module_from_spec(spec)
spec.loader.exec_module(chance)

MONTH = 30.4375
TYPICAL = Parameters(
    division=0.15,
    active=0.25,
    activation_malignant=0.08,
    advantage=0.15,
    progenitor_loss=1.0,
    mature_loss=6.0,
    feedback=0.0,  # so that a family lives in a signal that it does not change
    mutation=0.02,
    vigour=1.3,
)
DRUGS = (
    Effect(active_kill=0.7, quiescent_kill=0.02, differentiation=0.1, sensitivity=0.3),
    Effect(activation=2.0, active_kill=0.1, sensitivity=0.5),
)
EDGES = np.array([0.0, 21.0, 28.0, 90.0, 200.0, 365.0])
DOSES = np.array([[1.0, 0.0], [0.0, 0.0], [0.5, 1.0], [1.0, 1.0], [0.0, 0.0]])
SIGNALS = 1.0


def lists(p=TYPICAL, drugs=DRUGS, doses=DOSES, signal=SIGNALS, division="symmetric"):
    return [chance.events(p, drugs, dose, signal, division) for dose in doses]


def z_of(count, runs, probability):
    return (count - runs * probability) / np.sqrt(runs * probability * (1 - probability))


def runs(cells, number, seed, **named):
    rng = random.Random(seed)
    what = lists(**named)
    return np.array([chance.simulate(cells, (EDGES / MONTH).tolist(), what, rng) for _ in range(number)])


CELLS = (0, 0, 3, 2, 0, 1, 0, 4, 0)


@functools.cache
def expected(division, size):
    """Mean and covariance, the chance that the clone is gone, chances of its numbers."""
    what, months = lists(division=division), EDGES / MONTH
    gone = np.prod(chance.extinction(months, what) ** np.array(CELLS))
    chances = chance.distribution(chance.STEMS, CELLS, months, what, size)
    assert chances.sum() == pytest.approx(1.0, abs=1e-8)
    return *chance.moments(CELLS, months, what), gone, chances


def check_runs(ends, division, size=128):
    """Means, covariances and the chances of no clone and of small numbers: |z| < 4 for each."""
    number = len(ends)
    mean, covariance, gone, chances = expected(division, size)
    clone = [2, 3, 4, 5, 7, 8]
    z = (ends.mean(axis=0) - mean)[clone] / np.sqrt(np.diag(covariance)[clone] / number)
    assert np.abs(z).max() < 4
    centred = ends - mean
    products = centred[:, :, None] * centred[:, None, :]
    z = (products.mean(axis=0) - covariance) / (products.std(axis=0) / np.sqrt(number) + 1e-300)
    assert np.abs(z[np.ix_(clone, clone)]).max() < 4
    assert abs(z_of((ends[:, 2:6].sum(axis=1) == 0).sum(), number, gone)) < 4
    totals = np.bincount(ends[:, 2:6].sum(axis=1), minlength=size)
    for count in np.flatnonzero(chances * number > 25):
        assert abs(z_of(totals[count], number, chances[count])) < 4


@pytest.mark.parametrize("division", ["symmetric", "independent"])
def test_the_second_reading_agrees_with_itself(division):
    """Simulation, moments and generating function each follow from the events in their own way."""
    check_runs(runs(CELLS, 800, 4, division=division), division)


@pytest.mark.slow
@pytest.mark.parametrize("division", ["symmetric", "independent"])
def test_the_second_reading_agrees_with_itself_in_long_runs(division):
    check_runs(runs(CELLS, 40_000, 5, division=division), division, size=512)


def test_a_crowded_clone_agrees_with_its_master_equation():
    """Feedback makes events depend on every cell: there is no generating function, but a master equation."""
    p = Parameters(0.3, 0.4, 0.2, 0.3, 1.0, 6.0, feedback=2.0)
    drugs, months, doses = (Effect(active_kill=0.6),), [0.0, 2.0, 5.0], [[1.0], [0.0]]
    exact = chance.crowded_chances(1, 3, p, drugs, months, doses, 8, 60)
    assert exact.sum() == pytest.approx(1.0, abs=1e-6)
    rng, number = random.Random(11), 1500
    ends = np.array(
        [
            chance.simulate_crowded((0, 0, 1, 3, 0, 0, 0, 0, 0), p, drugs, months, doses, 8, rng)
            for _ in range(number)
        ]
    )
    totals = np.bincount(ends[:, :6].sum(axis=1), minlength=119)
    chances = np.array([np.trace(np.fliplr(exact), 59 - n) for n in range(119)])
    for count in np.flatnonzero(chances * number > 25):
        assert abs(z_of(totals[count], number, chances[count])) < 4


plain = st.builds(
    Parameters,
    division=st.floats(0.03, 0.4),
    active=st.floats(0.05, 0.8),
    activation_malignant=st.floats(0.0, 0.6),
    advantage=st.floats(-0.5, 1.0),
    progenitor_loss=st.floats(0.2, 4.0),
    mature_loss=st.floats(1.0, 20.0),
    mutation=st.sampled_from([0.0, 1e-6, 1e-3, 0.5, 1.0]),
    vigour=st.floats(0.3, 2.0),
)
drug = st.builds(
    Effect,
    active_kill=st.floats(0.0, 6.0),
    quiescent_kill=st.floats(0.0, 1.0),
    activation=st.floats(0.0, 3.0),
    differentiation=st.floats(0.0, 1.0),
    sensitivity=st.floats(0.0, 1.0),
)


@settings(max_examples=15, deadline=None)
@given(plain, drug, drug, st.floats(0.5, 2.5), st.sampled_from(["symmetric", "independent"]))
def test_survival_agrees_with_the_second_reading(p, one, two, signal, division):
    what = lists(p, (one, two), DOSES, signal, division)
    gone = chance.extinction(EDGES / MONTH, what)[2:6].reshape(2, 2)
    found = survival(
        pack(p, (one, two)), EDGES, DOSES, Signal.constant(signal), horizons=EDGES[-1], division=division
    )
    assert found.error[0, 0] <= 1e-4
    # The reference is good to 1e-10 or so in q; the engine answers for its relative error in 1 - q.
    assert np.all(np.abs(1 - found.stems[0, 0] - gone) <= 1e-9 + found.error[0, 0] * found.stems[0, 0])


def test_cure_agrees_with_the_second_reading():
    gone = np.prod(chance.extinction(EDGES / MONTH, lists()) ** np.array(CELLS))
    found = cure_probability(
        pack(TYPICAL, DRUGS),
        EDGES,
        DOSES,
        Signal.constant(SIGNALS),
        np.reshape(CELLS[:6], (1, 3, 2)),
        horizons=365.0,
    )
    assert found[0, 0] == pytest.approx(gone, abs=1e-5)
    assert 0.02 < gone < 0.98  # a case that can tell


POOL = 100.0  # without feedback the size of the marrow changes nothing; progenitors are counted by it


def engine(p, drugs, cells, number, *, edges, doses, pool=POOL, seed=77, **named):
    """Cells at the end of many runs of the engine, shape (number, 9), progenitors in cells."""
    one = pack(p, drugs)
    packed = Packed(*(np.repeat(array, number, axis=0) for array in (one.rates, one.effects)))
    unit = one.rates[0, AMPLIFICATION, 0] / pool
    followers = np.zeros((number, 3, 2))
    followers[:, :, 0] = np.array(cells[6:]) * unit
    stems = np.tile(np.reshape(cells[:6], (3, 2)).astype(float), (number, 1, 1))
    start = Cells(stems, followers, np.zeros(number, np.uint64))
    who = np.arange(number, dtype=np.uint64)
    end = advance(start, packed, edges, doses, pool, seed_key=seed, patients=who, **named)
    early = end.followers[:, :, 0] / unit
    np.testing.assert_allclose(early, np.round(early), atol=1e-9)
    return np.concatenate([end.stems.reshape(number, 6), np.round(early)], axis=1).astype(int)


@pytest.mark.parametrize("division", ["symmetric", "independent"])
@pytest.mark.parametrize("method", ["exact", "hybrid"])
def test_the_engine_has_the_means_covariances_and_chances_of_the_model(method, division):
    """Stem cells of both clones and progenitors, through a calendar of two drugs."""
    ends = engine(TYPICAL, DRUGS, CELLS, 20_000, edges=EDGES, doses=DOSES, method=method, division=division)
    check_runs(ends, division)


@pytest.mark.slow
@pytest.mark.parametrize("division", ["symmetric", "independent"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_engine_agrees_in_a_hundred_thousand_runs(seed, division):
    ends = engine(
        TYPICAL,
        DRUGS,
        CELLS,
        100_000,
        edges=EDGES,
        doses=DOSES,
        method="hybrid",
        division=division,
        seed=seed,
    )
    check_runs(ends, division, size=512)


@pytest.mark.parametrize("method", ["exact", "hybrid"])
def test_the_engine_agrees_with_the_master_equation_of_a_crowded_clone(method):
    """Each cell that comes or goes changes the signal for all others."""
    p, drugs = Parameters(0.3, 0.4, 0.2, 0.3, 1.0, 6.0, feedback=2.0), (Effect(active_kill=0.6),)
    months, doses, number = np.array([0.0, 2.0, 5.0]), [[1.0], [0.0]], 50_000
    exact = chance.crowded_chances(1, 3, p, drugs, months, doses, 8, 60)
    cells = (0, 0, 1, 3, 0, 0, 0, 0, 0)
    ends = engine(p, drugs, cells, number, edges=months * MONTH, doses=doses, pool=8.0, method=method)
    seen = np.zeros((60, 60))
    np.add.at(seen, (ends[:, 2], ends[:, 3]), 1)
    often = exact * number > 25
    z = z_of(seen[often], number, exact[often])
    assert often.sum() > 50
    assert np.abs(z).max() < 4
    assert np.mean(z**2) == pytest.approx(1.0, abs=0.6)


def test_resistant_founders_come_as_often_from_a_clone_that_follows_equations():
    """3000 cells under therapy: while the clone is large, its mutants are a Poisson process of its mean."""
    p = replace(TYPICAL, mutation=1e-3)
    drug, edges, cells, number = Effect(active_kill=1.5, sensitivity=0.0), [0.0, 550.0], np.zeros(9), 4000
    cells[2:4] = 1500
    what = [chance.events(p, [drug], [1.0], 1.0)]
    none = np.prod(chance.extinction(np.array(edges) / MONTH, what, matter=(4, 5)) ** cells)
    assert 0.1 < none < 0.9
    ends = engine(p, (drug,), cells, number, edges=edges, doses=[[1.0]], method="hybrid")
    assert abs(z_of((ends[:, 4:6].sum(axis=1) == 0).sum(), number, none)) < 4


@pytest.mark.slow
@pytest.mark.parametrize(("size", "share", "allowed"), [(30, 0.9, 0.08), (300, 0.5, 0.03), (1000, 0.1, 0.02)])
def test_a_signal_of_equations_costs_the_chance_of_cure_little(size, share, allowed):
    """All clones cell by cell in one niche, against families in the niche of the deterministic solution.

    The smaller the marrow and the larger the clone's share, the more chance moves the signal itself: three
    normal cells of 30 may die out too.
    """
    p = Parameters(0.22, 0.3, 0.1, 0.25, 1.0, 6.0, mutation=1e-4)
    packed = pack(p, (Effect(active_kill=1.0, quiescent_kill=0.03, sensitivity=0.3),))
    edges = np.arange(0.0, 2200.0, MONTH / 2)
    doses = (edges[:-1] < 1095.0)[:, None].astype(float)
    begin = baseline(p, fraction=share, quiescent=0.6, resistant=0.0).reshape(1, 3, 4)
    stems = np.round(begin[:, :, :2] * size)
    cells = Cells(stems, begin[:, :, 2:], np.zeros(1, np.uint64))
    states = [states_of(cells, size)]
    for k in range(len(doses)):
        cells = advance(
            cells, packed, edges[k : k + 2], doses[k : k + 1], float(size), seed_key=1,
            patients=np.zeros(1, np.uint64), method="deterministic",
        )  # fmt: skip
        states.append(states_of(cells, size))
    signal, runs_of = Signal.of(edges, np.array(states), packed), 3000
    cured = cure_probability(packed, edges, doses, signal, stems, horizons=edges[-1])[0, 0]
    many = Packed(*(np.repeat(array, runs_of, axis=0) for array in (packed.rates, packed.effects)))
    start = Cells(
        np.repeat(stems, runs_of, 0), np.repeat(begin[:, :, 2:], runs_of, 0), np.zeros(runs_of, np.uint64)
    )
    who = np.arange(runs_of, dtype=np.uint64)
    end = advance(start, many, edges, doses, float(size), seed_key=4, patients=who, method="exact")
    counted = np.mean(end.stems[:, 1:].sum(axis=(1, 2)) == 0)
    assert counted == pytest.approx(cured, abs=allowed + 4 * np.sqrt(cured * (1 - cured) / runs_of))
