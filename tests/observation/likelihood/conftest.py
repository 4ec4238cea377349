"""One patient's marrow on six days, and rows of every assay, of one small shape."""

from types import SimpleNamespace

import numpy as np
import pytest

from remnant.cytogenetics.fish.probe import probe_errors
from remnant.dynamics.model.presets import DEL5Q_LENALIDOMIDE
from remnant.observation.likelihood import (
    blood,
    colonies,
    counted,
    cycle,
    frequencies,
    metaphases,
    slides,
    transcripts,
    variants,
    wells,
)
from remnant.observation.likelihood.blood import NEVER
from remnant.observation.likelihood.purity import purity_rule
from remnant.observation.likelihood.transcripts import ANY

TIMES = 6


def _states(rng):
    """Courses that no model need follow: any clones in any compartments."""
    return rng.gamma(0.7, 0.5, (TIMES, 3, 4))


def _edge_states():
    """No clone; no normal cell; no cell at all; a trace of each; and one clone far below any count."""
    states = np.zeros((TIMES, 3, 4))
    states[0, 0], states[1, 1] = 1.0, 1.0
    states[3, 0], states[3, 1] = 1.0, 1e-30
    states[4, 0], states[4, 2] = 1e-30, 1.0
    states[5] = 1e-13
    return states


def _counted(rng, kinds, most):
    total = rng.integers(1, most, TIMES).astype(float)
    count = np.array([0, total[1], *rng.binomial(total[2:].astype(int), 0.4)])
    time = np.arange(TIMES, dtype=np.int32)
    return counted.Rows(time, np.ones(TIMES), np.array(kinds), count, total)


def _slides(rng):
    rules = [purity_rule(rerun, 16) for rerun in ((92, 100), (735, 741), None, (0, 3), (30, 30), (58, 60))]
    scored = np.array([[60, 0], [200, 0], [200, 0], [40, 55], [100, 0], [0, 0]], float)
    abnormal = np.array([[0, 0], [200, 0], [90, 0], [3, 9], [100, 0], [0, 0]], float)
    time, kind = np.arange(TIMES, dtype=np.int32), np.array([0, 1, 2, 0, 1, 0])
    other, whole = np.array([1, 2, 2, 1, 2, 1]), np.array([0, 0, 1, 0, 0, 0.0])
    purity, log_weight = (np.stack(part) for part in zip(*rules, strict=True))
    return slides.Rows(
        time,
        np.ones(TIMES),
        kind,
        other,
        whole,
        np.array([0, 1, 0, 0, 1, 0.0]),
        abnormal,
        scored,
        purity,
        log_weight,
    )


def _wells(rng):
    tested = np.full(TIMES, 16.0)
    positive = np.array([0, 16, 7, 7, 3, 16.0])
    typed = np.array([[0, 0, 0], [0, 16, 0], [2, 4, 1], [0, 0, 0], [3, 0, 0], [5, 1, 10.0]])
    part, dose = np.array([1, 1, 1, 0, 1, 1.0]), np.array([1, 300, 10, 10, 3, 100.0])
    return wells.Rows(
        np.arange(TIMES, dtype=np.int32),
        np.ones(TIMES),
        np.zeros(TIMES, int),
        dose,
        tested,
        positive,
        typed,
        part,
    )


def _blood(rng):
    return blood.Rows(
        time=np.array([0, 1, 1, 2, 4, 5], np.int32),
        weight=np.array([1, 1, 1, 0, 1, 1.0]),
        later=np.array([0, 1, 2, 2, 5, 5], np.int32),
        part=np.array([0, 0, 0.4, 0, 0.5, 0]),
        gap=np.array([0, 21, 3, 4, 42, 14.0]),
        dose=np.array([0, 1, 1, 0, 0.5, 1]),
        transfused=np.array([0, 2.0, 1.8, 1.5, 0.4, 0]),
        value=np.log([8.1, 9.0, 9.4, 1.0, 12.9, 13.3]),
        before=np.array([0, 0, 1, 2, 2, 4], np.int32),
        since=np.array([NEVER, 21, 3, 4, 46, 14.0]),
    )


def _transcripts(rng):
    value = np.array([1.7, -0.4, -3.0, -5.0, 9.0, -2.0])
    censored = np.array([0, 0, 1, 1, 0, 0.0])
    limit = np.where(censored > 0, value, ANY)
    return transcripts.Rows(np.arange(TIMES, dtype=np.int32), np.ones(TIMES), value, censored, limit)


@pytest.fixture(scope="session")
def bench():
    """Every assay by name, its rows, its numbers, and states of a marrow."""
    rng = np.random.default_rng(5)
    errors = probe_errors([(2, 200), (3, 198), (0, 201)])
    law = [number for number in DEL5Q_LENALIDOMIDE.priors() if number[0].startswith("blood.")]
    assays = {
        "slides": (slides, _slides(rng), slides.numbers(errors)),
        "colonies": (colonies, _counted(rng, [1, 1, 0, 1, 2, 1], 60), colonies.numbers()),
        "wells": (wells, _wells(rng), wells.numbers()),
        "frequencies": (frequencies, _counted(rng, [0, 1, 0, 1, 0, 1], 50_000), frequencies.numbers()),
        "cycle": (cycle, _counted(rng, [0] * 6, 200), cycle.numbers()),
        "metaphases": (metaphases, _counted(rng, [2] * 6, 25), metaphases.numbers()),
        "variants": (variants, _counted(rng, [0, 1, 0, 1, 0, 1], 3000), variants.numbers()),
        "blood": (blood, _blood(rng), blood.numbers()),
        "transcripts": (transcripts, _transcripts(rng), transcripts.numbers()),
    }
    priors = dict(law)
    priors |= {number.name: number.prior for _, _, numbers in assays.values() for number in numbers}
    median = {name: float(prior.quantile(0.5)) for name, prior in priors.items()}
    return SimpleNamespace(
        assays=assays, priors=priors, median=median, states=_states(rng), edges=_edge_states(), times=TIMES
    )
