"""Counts of the study table give the same record as a tube."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.cytometry.cycle import CyclePlan, Phase, count_phases, read_phases
from remnant.stats.fractions.proportion import clopper_pearson
from remnant.study import read_study
from remnant.study.estimate import Evidence

counts = st.integers(0, 3000)


@given(counts, counts, counts)
def test_counts_give_exact_intervals_or_say_that_they_are_too_few(g0, g1, s_g2m):
    cycle = count_phases("stem", g0=g0, g1=g1, s_g2m=s_g2m)
    n = g0 + g1 + s_g2m
    if n < CyclePlan().minimum_compartment_events:
        assert all(phase.alone.evidence is Evidence.NOT_EVALUABLE for phase in cycle.phases)
        return
    for phase, k in zip(cycle.phases, (g0, g1, s_g2m), strict=True):
        if k == 0:
            assert phase.alone.evidence is Evidence.NOT_DETECTED
            assert phase.alone.upper > 0
            continue
        lower, upper = clopper_pearson(k, n)
        assert phase.alone.value == pytest.approx(k / n)
        assert (phase.alone.lower, phase.alone.upper) == pytest.approx((float(lower), float(upper)))
        assert phase.lower_together <= phase.alone.lower <= phase.alone.upper <= phase.upper_together


@pytest.mark.parametrize("truth", [(0.9, 0.07, 0.03), (1 / 3, 1 / 3, 1 / 3)])
def test_limits_for_all_phases_hold_together(truth):
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        g0, g1, s_g2m = (int(k) for k in rng.multinomial(120, truth))
        phases = count_phases("stem", g0=g0, g1=g1, s_g2m=s_g2m).phases
        held += all(p.lower_together <= t <= p.upper_together for p, t in zip(phases, truth, strict=True))
    assert held >= 372  # 95 % of 400, less two standard errors


def test_every_row_of_a_study_becomes_a_record(study_folder):
    table = read_study(study_folder)["cell_cycle"]
    rows = read_phases(table)
    assert len(rows) == table.height > 0
    sample, cycle = rows[0]
    first = table.row(0, named=True)
    assert sample == first["sample_id"]
    assert cycle.compartment == first["compartment"]
    assert cycle.fraction(Phase.G0).value == pytest.approx(
        first["g0_events"] / (first["g0_events"] + first["g1_events"] + first["s_g2m_events"])
    )
    assert cycle.fraction(Phase.G0).sources


def test_an_empty_table_is_no_rows():
    names = {"sample_id": pl.String, "compartment": pl.String}
    names |= dict.fromkeys(("g0_events", "g1_events", "s_g2m_events"), pl.Int64)
    assert read_phases(pl.DataFrame(schema=names)) == ()
