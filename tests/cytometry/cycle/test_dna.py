"""The Dean-Jett model: its densities against theory and against the simulator."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.cycle.dna import BETA, COMPONENTS, DnaShape, bin_masses
from remnant.observation.cell_cycle import G1, G2M, S, simulate_dna

shapes = st.builds(
    DnaShape,
    st.floats(10, 1e6),
    st.floats(0.02, 0.08),
    st.floats(1.75, 2.05),
    st.floats(2, 30),
)


@given(shapes)
def test_every_component_is_a_distribution(shape):
    edges = np.linspace(0.3, 3.2, 600) * shape.peak
    masses = bin_masses(edges, shape)
    assert masses.shape == (599, len(COMPONENTS))
    assert np.all(masses >= 0)
    assert masses.sum(axis=0) == pytest.approx(1, abs=1e-4)


@given(shapes, st.floats(1e-3, 1e3))
def test_the_unit_of_the_channel_does_not_matter(shape, factor):
    edges = np.linspace(0.5, 2.5, 200) * shape.peak
    scaled = DnaShape(shape.peak * factor, shape.cv, shape.ratio, shape.debris_rate)
    assert bin_masses(edges * factor, scaled) == pytest.approx(bin_masses(edges, shape), abs=1e-9)


@given(shapes)
def test_s_has_the_mean_of_its_polynomial(shape):
    edges = np.linspace(0.3, 3.2, 2000) * shape.peak
    middle = (edges[1:] + edges[:-1]) / 2 / shape.peak
    means = middle @ bin_masses(edges, shape)[:, 1:4]
    wanted = [1 + (shape.ratio - 1) * a / (a + b) for a, b in BETA]
    assert means == pytest.approx(wanted, abs=2e-3)


@pytest.mark.parametrize(("phase", "shares"), [(G1, (0, 0, 0)), (S, (0.5, 0.2, 0.3)), (G2M, (0, 0, 0))])
def test_the_simulator_draws_what_the_model_says(phase, shares):
    rng, n, shape = np.random.default_rng(5), 200_000, DnaShape(1000, 0.05, 1.9)
    drawn = simulate_dna(np.full(n, phase), shape, shares if phase == S else (1, 0, 0), rng=rng)
    edges = np.linspace(0.5, 2.6, 60) * shape.peak
    masses = bin_masses(edges, shape)
    column = {G1: masses[:, 0], S: masses[:, 1:4] @ shares, G2M: masses[:, 4]}[phase]
    expected = n * column
    seen = np.histogram(drawn, edges)[0]
    # In standard errors; a coarse bin of a curved density is off by its curvature, a few per thousand.
    assert np.all(np.abs(seen - expected) < 5 * np.sqrt(expected) + 0.01 * expected + 5)
