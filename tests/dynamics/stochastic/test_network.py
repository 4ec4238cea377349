"""The exact simulation of a network against its moments, closed forms and the backward equation."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.dynamics.model.packed import pack
from remnant.dynamics.model.parameters import Effect, Parameters
from remnant.dynamics.stochastic.moments import Filter, moments
from remnant.dynamics.stochastic.network import Network, clones, simulate

RUNS = 100_000
WHO = np.arange(RUNS, dtype=np.uint64)
PARAMETERS = Parameters(
    division=0.11,
    active=0.2,
    activation_malignant=0.05,
    advantage=0.02,
    progenitor_loss=1.0,
    mature_loss=6.0,
    mutation=0.02,
    feedback=0.0,
)
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


@pytest.mark.parametrize("independent", [False, True])
@pytest.mark.parametrize("calendar", CALENDARS)
def test_means_and_covariances_are_those_of_the_moment_equations(calendar, independent, scores):
    months, doses = CALENDARS[calendar]
    network = clones(pack(PARAMETERS, [DRUG]), doses, independent=independent)
    sample = simulate(network, months, START, seed_key=1, patients=WHO)
    means, covariances = scores(sample, moments(network, months, START))
    assert np.abs(means).max() < 4
    assert np.abs(covariances).max() < 4


def test_independent_daughters_have_the_same_means_and_more_certain_fates():
    packed, (months, doses) = pack(PARAMETERS, [DRUG]), CALENDARS["switched"]
    one, other = (moments(clones(packed, doses, independent=flag), months, START) for flag in (False, True))
    assert one.mean == pytest.approx(other.mean, rel=1e-12)
    assert np.all(np.diag(other.covariance)[[1, 4]] < np.diag(one.covariance)[[1, 4]])


def test_moments_of_a_birth_death_process_are_the_textbook_ones():
    birth, death, n, t = 0.7, 0.4, 5, 3.0
    network = Network(("A",), np.array([0, 0]), np.array([[1], [-1]]), np.array([[birth, death]]))
    found = moments(network, [t], [n])
    grown = np.exp((birth - death) * t)
    assert found.mean[0] == pytest.approx(n * grown, rel=1e-10)
    variance = n * (birth + death) / (birth - death) * grown * (grown - 1)
    assert found.covariance[0, 0] == pytest.approx(variance, rel=1e-10)


def test_a_filter_of_a_constant_source_comes_up_to_it_exponentially_and_without_noise():
    network = Network(("A",), np.array([0]), np.array([[-1]]), np.array([[0.0]]))
    found = moments(network, [0.5], [7, 1], filters=(Filter(0, 2.0),))
    assert found.mean[1] == pytest.approx(7 - 6 * np.exp(-1.0), rel=1e-12)
    assert np.all(found.covariance == 0)


@pytest.mark.parametrize(("birth", "death"), [(0.5, 0.3), (0.3, 0.5), (0.4, 0.4)])
def test_extinction_of_a_birth_death_process_has_its_closed_form(birth, death):
    n, t = 3, 4.0
    network = Network(("A",), np.array([0, 0]), np.array([[1], [-1]]), np.array([[birth, death]]))
    grown = np.exp((birth - death) * t)
    p = birth * t / (1 + birth * t) if birth == death else death * (grown - 1) / (birth * grown - death)
    gone = np.mean(simulate(network, [t], [n], seed_key=2, patients=WHO) == 0)
    assert abs(gone - p**n) < 4 * np.sqrt(p**n * (1 - p**n) / RUNS)


def extinction(network: Network, months, steps: int = 4000) -> np.ndarray:
    """q_s: chance that no descendant of one cell of each species is left; backward equation, Runge-Kutta."""
    offspring = network.change.copy()
    offspring[np.arange(len(offspring)), network.reactant] += 1
    q = np.zeros(len(network.species))

    def slope(q: np.ndarray, rates: np.ndarray) -> np.ndarray:
        flow = rates * (np.prod(q[None] ** offspring, axis=1) - q[network.reactant])
        return np.bincount(network.reactant, flow, len(q))

    for length, rates in zip(months[::-1], network.rates[::-1], strict=True):
        h = length / steps
        for _ in range(steps):
            a = slope(q, rates)
            b = slope(q + h / 2 * a, rates)
            c = slope(q + h / 2 * b, rates)
            q = q + h / 6 * (a + 2 * b + 2 * c + slope(q + h * c, rates))
    return q


@pytest.mark.parametrize("independent", [False, True])
def test_extinction_of_the_clones_under_therapy_solves_the_backward_equation(independent, cohort):
    months, doses, start = [10.0, 20.0, 10.0], [[0.0], [1.0], [0.5]], np.array([1, 2, 0, 1, 0, 0])
    network = clones(pack(PARAMETERS, [DRUG]), doses, independent=independent)
    p = float(np.prod(extinction(network, months) ** start))
    error = np.sqrt(p * (1 - p) / RUNS)
    gone = np.mean(simulate(network, months, start, seed_key=3, patients=WHO).sum(axis=1) == 0)
    assert abs(gone - p) < 4 * error
    many = cohort(PARAMETERS, DRUG, RUNS, malignant=start[:3], resistant=start[3:])
    counts = many.counts(many.advance(months, doses, division="independent" if independent else "symmetric"))
    assert abs(np.mean(counts[:, :6].sum(axis=1) == 0) - p) < 4 * error
