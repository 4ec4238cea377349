"""The hybrid against moments, equations, the exact simulation of every cell, and its own twin."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from remnant.dynamics.model.packed import (
    ACTIVATION,
    ADVANTAGE,
    AMPLIFICATION,
    DIVISION,
    FEEDBACK,
    MATURE_LOSS,
    MUTATION,
    PROGENITOR_LOSS,
    REST,
    Packed,
    pack,
)
from remnant.dynamics.model.parameters import DAYS_PER_MONTH, Effect, Parameters, Structure
from remnant.dynamics.stochastic import Cells, advance, cells_of, states_of
from remnant.dynamics.stochastic.moments import Filter, moments
from remnant.dynamics.stochastic.network import clones
from remnant.dynamics.stochastic.plain_stream import Stream
from remnant.dynamics.stochastic.twin import Patient

RUNS = 100_000
PARAMETERS = Parameters(
    division=0.11,
    active=0.2,
    activation_malignant=0.05,
    advantage=0.2,
    progenitor_loss=1.0,
    mature_loss=6.0,
    mutation=0.01,
)
ALONE = replace(PARAMETERS, feedback=0.0, advantage=0.02, mutation=0.02)  # nothing feeds back: linear
DRUG = Effect(
    active_kill=0.3,
    progenitor_kill=8.0,
    quiescent_kill=0.01,
    activation=0.5,
    differentiation=0.1,
    sensitivity=0.2,
)
CALENDARS = {"constant": ([5.0], [[1.0]]), "switched": ([2.0, 3.0, 0.5], [[0.0], [1.0], [0.3]])}
START = [30, 10, 6, 5, 3, 2]


@pytest.mark.parametrize("division", ["symmetric", "independent"])
@pytest.mark.parametrize("calendar", CALENDARS)
def test_stems_progenitors_and_mature_cells_have_the_right_means_spread_and_correlations(
    calendar, division, cohort, scores
):
    months, doses = CALENDARS[calendar]
    many = cohort(ALONE, DRUG, RUNS, malignant=START[:3], resistant=START[3:])
    network = clones(many.packed, doses, independent=division == "independent")
    filters = (Filter(2, 6.0), Filter(5, 6.0))
    theory = moments(network, months, [*START, 0, 0], filters=filters)
    sample = many.counts(many.advance(months, doses, division=division))
    means, covariances = scores(sample, theory)
    assert np.abs(means).max() < 4
    assert np.abs(covariances).max() < 4
    spread = sample.std(axis=0) / np.sqrt(np.diag(theory.covariance))
    assert np.all(np.abs(spread - 1) < 0.03)


def test_progenitors_remember_from_one_visit_to_the_next(cohort):
    many = cohort(ALONE, DRUG, RUNS, malignant=(40, 20, 15))
    doses, visits = [[0.0]], (0.7, 0.4)
    network = clones(many.packed, doses)
    first = many.advance(visits[:1], doses)
    then = replace(many, cells=first).advance(visits[1:], doses)
    before, after = many.counts(first)[:, 2], many.counts(then)[:, 2]
    # Cov(P(s), P(t)) = e_P' exp(A (t - s)) Cov(s) e_P: the regression of a linear process.
    size = len(network.species)
    carried = np.array([moments(network, visits[1:], row).mean for row in np.eye(size)]).T
    expected = (carried @ moments(network, visits[:1], [40, 20, 15, 0, 0, 0]).covariance)[2, 2]
    products = (before - before.mean()) * (after - after.mean())
    assert abs(products.mean() - expected) < 4 * products.std() / np.sqrt(RUNS)


@pytest.mark.parametrize("stages", [1, 3])
def test_a_chain_of_mature_stages_has_the_spread_of_its_moments(stages, cohort, scores):
    many = cohort(ALONE, DRUG, RUNS // 2, malignant=(10, 10, 5), structure=Structure(stages=stages))
    months, doses = [1.0, 0.3], [[1.0], [0.0]]
    filters = tuple(Filter(2 if j == 0 else 5 + j, 6.0 * stages) for j in range(stages))
    theory = moments(clones(many.packed, doses), months, [10, 10, 5, 0, 0, 0, *[0] * stages], filters=filters)
    end = many.advance(months, doses, structure=Structure(stages=stages))
    sample = np.column_stack([many.counts(end)[:, :6], end.followers[:, 1, 1:] / many.cell])
    means, covariances = scores(sample, theory)
    assert np.abs(means).max() < 4
    assert np.abs(covariances).max() < 4


def by_the_equations(packed: Packed, state, months, doses, structure):
    """One patient by SciPy, written from the model's docstring; doses of one drug."""
    rates, k = packed.rates[0], structure.stages

    def slope(_, y, dose):
        y, effect = y.reshape(3, 3 + k), packed.effects[0, 0] * dose
        q, a, p = y.T[:3]
        load = y[:, -1].sum() if structure.feedback == "mature" else q.sum() + a.sum()
        sig = (1 + rates[FEEDBACK, 0]) / (1 + rates[FEEDBACK, 0] * load)
        renewed = np.minimum(1, (1 + rates[ADVANTAGE]) * sig / 2) * np.exp(-effect[4])
        woken = rates[ACTIVATION] * (1 + effect[3]) * q
        out = np.empty_like(y)
        out[:, 0] = rates[REST] * a - woken - effect[0] * q
        out[:, 1] = woken + ((2 * renewed - 1) * rates[DIVISION] - rates[REST] - effect[1]) * a
        mutants = rates[MUTATION, 1] * renewed[1] * rates[DIVISION, 1] * a[1]
        out[1:, 1] += [-mutants, mutants]
        fed = rates[AMPLIFICATION] * 2 * (1 - renewed) * rates[DIVISION] * a
        out[:, 2] = fed - (rates[PROGENITOR_LOSS] + effect[2]) * p
        out[:, 3:] = k * rates[MATURE_LOSS][:, None] * (y[:, 2:-1] - y[:, 3:])
        return out.ravel()

    for length, dose in zip(months, np.ravel(doses), strict=True):
        state = solve_ivp(slope, (0, length), state.ravel(), "LSODA", args=(dose,), rtol=1e-10, atol=1e-13).y[
            :, -1
        ]
    return state.reshape(3, 3 + k)


def marrow(parameters, drug, n, pool, structure, fraction=0.8):
    """`n` times one patient, most of whose stem cells are malignant; exact numbers, no rounding."""
    state = np.zeros((3, 3 + structure.stages))
    state[0], state[1] = 1 - fraction, fraction
    state[:, 0] *= 0.8
    state[:, 1] *= 0.2
    one = pack(parameters, [drug])
    packed = Packed(np.repeat(one.rates, n, 0), np.repeat(one.effects, n, 0))
    stems = np.tile(np.rint(state[:, :2] * pool), (n, 1, 1))
    return packed, Cells(stems, np.tile(state[:, 2:], (n, 1, 1)), np.zeros(n, np.uint64))


@pytest.mark.parametrize("structure", [Structure(f, k) for f, k in product(("niche", "mature"), (1, 4))])
def test_without_chance_it_is_the_equations(structure):
    months, doses = [1.0, 0.4, 12.0, 2.0], [[1.0], [0.0], [0.5], [0.0]]
    packed, cells = marrow(PARAMETERS, DRUG, 1, 1e5, structure)
    edges = np.concatenate([[0], np.cumsum(months)]) * DAYS_PER_MONTH
    end = advance(
        cells,
        packed,
        edges,
        doses,
        1e5,
        seed_key=0,
        patients=np.zeros(1, np.uint64),
        method="deterministic",
        structure=structure,
    )
    expected = by_the_equations(packed, states_of(cells, 1e5)[0], months, doses, structure)
    right = 1e-6 if structure.feedback == "niche" else 5e-5  # the prediction of mature cells is of order 3
    assert states_of(end, 1e5)[0] == pytest.approx(expected, abs=right)
    assert np.all(end.events == 0)


@pytest.mark.parametrize("structure", [Structure("niche"), Structure("mature", 2)])
def test_with_very_many_cells_chance_has_nothing_to_say(structure):
    pool, months, doses = 1e6, [0.5, 0.5], [[1.0], [0.0]]
    packed, cells = marrow(replace(PARAMETERS, mutation=0.0), DRUG, 1, pool, structure)
    edges = np.concatenate([[0], np.cumsum(months)]) * DAYS_PER_MONTH
    end = advance(
        cells,
        packed,
        edges,
        doses,
        pool,
        seed_key=3,
        patients=np.zeros(1, np.uint64),
        method="exact",
        structure=structure,
    )
    expected = by_the_equations(packed, states_of(cells, pool)[0], months, doses, structure)
    assert states_of(end, pool)[0] == pytest.approx(expected, abs=0.005)


def two_ways(fraction, runs, months, doses, drug):
    """The malignant clone in a pool of 2,000 cells, by the hybrid and with every cell exact."""
    pool, structure = 2000.0, Structure()
    waking = replace(PARAMETERS, mutation=0.0, activation_malignant=0.5)
    packed, cells = marrow(waking, drug, runs, pool, structure, fraction)
    edges = np.concatenate([[0], np.cumsum(months)]) * DAYS_PER_MONTH
    for key, method in enumerate(("hybrid", "exact")):
        end = advance(
            cells,
            packed,
            edges,
            doses,
            pool,
            seed_key=key,
            patients=np.arange(runs, dtype=np.uint64),
            method=method,
        )
        yield end.stems[:, 1].sum(axis=1)


def test_in_a_small_niche_the_hybrid_agrees_with_every_cell_exact():
    runs = 3000
    hybrid, exact = two_ways(0.01, runs, [6.0, 6.0], [[1.0], [0.0]], replace(DRUG, active_kill=1.0))
    assert 0.02 < np.mean(exact == 0) < 0.98
    for one, other in ((hybrid, exact), (hybrid == 0, exact == 0)):
        error = np.sqrt((one.var() + other.var()) / runs)
        assert abs(one.mean() - other.mean()) < 4 * error
    spreads = [np.abs(sample - sample.mean()) for sample in (hybrid, exact)]
    error = np.sqrt(sum(spread.var() for spread in spreads) / runs)
    assert abs(spreads[0].mean() - spreads[1].mean()) < 4 * error


@pytest.mark.slow
def test_in_a_small_niche_the_hybrid_agrees_over_years_of_therapy():
    runs = 20_000
    hybrid, exact = two_ways(0.1, runs, [12.0, 24.0], [[1.0], [0.0]], replace(DRUG, active_kill=1.0))
    assert 0.02 < np.mean(exact == 0) < 0.98
    for one, other in ((hybrid, exact), (hybrid == 0, exact == 0)):
        assert abs(one.mean() - other.mean()) < 4 * np.sqrt((one.var() + other.var()) / runs)
    assert abs(hybrid.std() / exact.std() - 1) < 0.04


def test_resistant_founders_of_a_large_clone_are_a_poisson_process():
    # Here they never divide, rest or die, so their number is Poisson, of mean mu N int p lambda A_m dt.
    packed, cells = marrow(
        replace(PARAMETERS, mutation=1e-4), replace(DRUG, sensitivity=0.0), RUNS, 1e5, Structure()
    )
    packed.rates[:, REST, 2], packed.rates[:, DIVISION, 2] = 0.0, 1e-12
    months, doses, who = [1.0, 1.5], [[1.0], [0.0]], np.arange(RUNS, dtype=np.uint64)
    end = advance(
        cells, packed, np.array([0.0, 1.0, 2.5]) * DAYS_PER_MONTH, doses, 1e5, seed_key=5, patients=who
    )
    born = end.stems[:, 2].sum(axis=1)
    expected = by_the_equations(packed, states_of(cells, 1e5)[0], months, doses, Structure())
    mean = 1e5 * expected[2, :2].sum()
    assert mean > 0.5
    assert abs(born.mean() - mean) < 4 * np.sqrt(mean / RUNS)
    assert abs(born.var() - mean) < 4 * np.sqrt((mean + 2 * mean**2) / RUNS)
    alone = np.mean(born == 0)
    assert abs(alone - np.exp(-mean)) < 4 * np.sqrt(alone * (1 - alone) / RUNS)


def test_a_clone_that_falls_below_the_threshold_keeps_its_mean(cohort):
    months, doses = [3.0], [[1.0]]
    many = cohort(ALONE, replace(DRUG, active_kill=2.0), 20_000, malignant=(600, 600, 100))
    expected = moments(clones(many.packed, doses), months, [600, 600, 100, 0, 0, 0])
    end = many.counts(many.advance(months, doses, threshold=900.0))[:, :3]
    assert np.all(end == np.rint(end))
    error = np.sqrt(np.diag(expected.covariance)[:3] / len(end))
    assert np.all(np.abs(end.mean(axis=0) - expected.mean[:3]) < 4 * error)


def test_a_clone_that_grows_beyond_twice_the_threshold_follows_the_equations():
    packed, cells = marrow(PARAMETERS, DRUG, 50, 1e4, Structure(), fraction=0.05)
    end = advance(
        cells,
        packed,
        [0, 2000],
        [[0.0]],
        1e4,
        seed_key=1,
        patients=np.arange(50, dtype=np.uint64),
        threshold=300.0,
    )
    total = end.stems[:, 1].sum(axis=1)
    assert np.all(total > 600)
    assert np.all(end.stems[:, 1, 0] != np.rint(end.stems[:, 1, 0]))
    assert total.std() > 0


def test_an_extinct_clone_reads_no_number_and_stays_extinct():
    packed, cells = marrow(replace(PARAMETERS, mutation=0.0), DRUG, 5, 1e5, Structure(), fraction=0.0)
    end = advance(cells, packed, [0, 500], [[1.0]], 1e5, seed_key=1, patients=np.arange(5, dtype=np.uint64))
    assert np.all(end.events == 0)
    assert np.all(end.stems[:, 1:] == 0)
    assert np.all(end.followers[:, 1:] == 0)


OPTIONS = [
    # Exact twins take seconds each: those of the longer feedback wait for verify.
    pytest.param(*option, marks=pytest.mark.slow if option[0] == "exact" and option[1].stages > 1 else ())
    for option in product(
        ("hybrid", "exact"), (Structure(), Structure("mature", 3)), ("symmetric", "independent"), (30.0, 1e3)
    )
]


@pytest.mark.parametrize(("method", "structure", "division", "threshold"), OPTIONS)
def test_the_compiled_engine_gives_the_cells_of_its_twin(method, structure, division, threshold):
    days, doses = np.array([0, 14, 18, 32, 50.0]), np.array([[1.0], [0.0], [0.5], [0.0]])
    packed = pack(PARAMETERS, [replace(DRUG, active_kill=0.8, normal_active_kill=0.02)])
    for malignant in (5, 40, 80):
        stems = np.array([[[50.5, 10.2], [malignant, 3], [2, 1]]])
        cells = Cells(stems, np.full((1, 3, 1 + structure.stages), 0.4), np.zeros(1, np.uint64))
        ours = advance(
            cells,
            packed,
            days,
            doses,
            100.0,
            seed_key=77,
            patients=np.array([17], np.uint64),
            method=method,
            structure=structure,
            division=division,
            threshold=threshold,
        )
        twin = Patient(
            stems[0].copy(),
            cells.followers[0].copy(),
            packed.rates[0],
            packed.effects[0],
            100.0,
            Stream(77, 17),
            threshold,
            method,
            structure.feedback,
            division == "independent",
        )
        twin.advance(np.diff(days) / DAYS_PER_MONTH, doses)
        assert ours.stems[0] == pytest.approx(twin.stems, abs=1e-10)
        assert ours.followers[0] == pytest.approx(twin.followers, abs=1e-12)
        assert int(ours.events[0]) == twin.stream.read


@pytest.fixture(scope="module")
def mixed():
    """Forty patients, each its own, some clones small and some large."""
    n, rng = 40, np.random.default_rng(1)
    parameters = replace(PARAMETERS, division=rng.uniform(0.08, 0.2, n), mutation=rng.uniform(0, 1e-3, n))
    packed = pack(parameters, [DRUG])
    states = np.full((n, 3, 4), 0.3)
    states[:, 1] *= rng.uniform(0, 0.2, n)[:, None]
    states[:, 2] = 0
    patients = rng.permutation(10**6)[:n].astype(np.uint64)
    return packed, cells_of(states, 3e4, seed_key=9, patients=patients), patients


def run(mixed, rows, edges=(0, 21, 28, 80), doses=((1.0,), (0.0,), (1.0,)), **options) -> list[np.ndarray]:
    packed, cells, patients = mixed
    own = Cells(cells.stems[rows], cells.followers[rows], cells.events[rows])
    chosen = Packed(packed.rates[rows], packed.effects[rows])
    end = advance(own, chosen, edges, doses, 3e4, seed_key=9, patients=patients[rows], **options)
    return [end.stems, end.followers, end.events]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


def test_a_patient_ends_the_same_in_any_block_order_and_number_of_threads(mixed):
    everyone = run(mixed, np.arange(40))
    blocks = [run(mixed, np.arange(first, min(40, first + 7))) for first in range(0, 40, 7)]
    assert same([np.concatenate(parts) for parts in zip(*blocks, strict=True)], everyone)
    assert same([array[::-1] for array in run(mixed, np.arange(40)[::-1])], everyone)
    assert same(run(mixed, np.arange(40), threads=3), everyone)


def test_a_dose_for_each_patient_is_that_patients_own(mixed):
    every = np.broadcast_to(np.array([[1.0], [0.0], [1.0]]), (40, 3, 1))
    assert same(run(mixed, np.arange(40), doses=every), run(mixed, np.arange(40)))
    assert same(run(mixed, np.arange(40), doses=every, threads=2), run(mixed, np.arange(40)))


def test_a_calendar_that_is_split_at_its_edges_changes_nothing(mixed):
    packed, cells, patients = mixed
    whole = run(mixed, np.arange(40))
    for first, last, dose in ((0, 21, 1.0), (21, 28, 0.0), (28, 80, 1.0)):
        cells = advance(cells, packed, [first, last], [[dose]], 3e4, seed_key=9, patients=patients)
    assert same([cells.stems, cells.followers, cells.events], whole)


def test_another_draw_is_another_course(mixed):
    assert not same(run(mixed, np.arange(40)), run(mixed, np.arange(40), draw=1))


def test_the_first_state_is_rounded_so_that_its_mean_stays():
    states = np.zeros((RUNS, 3, 4))
    states[:, 1, :2] = 3e-6, 25.5e-5
    cells = cells_of(states, 1e5, seed_key=1, patients=np.arange(RUNS, dtype=np.uint64))
    assert set(np.unique(cells.stems[:, 1, 0])) == {0.0, 1.0}
    error = np.sqrt(0.3 * 0.7 / RUNS)
    assert abs(cells.stems[:, 1, 0].mean() - 0.3) < 4 * error
    assert abs(cells.stems[:, 1, 1].mean() - 25.5) < 4 * np.sqrt(0.25 / RUNS)
    assert states_of(cells, 1e5)[:, 1, :2].mean(axis=0) == pytest.approx([3e-6, 25.5e-5], rel=0.03)
