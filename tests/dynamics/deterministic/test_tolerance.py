import numpy as np
import pytest
from tests.dynamics.deterministic.patients import DAYS, DOSES, EDGES, draw

from remnant.dynamics.deterministic.linear import solve_linear
from remnant.dynamics.deterministic.reference import solve_reference
from remnant.dynamics.deterministic.tolerance import follow
from remnant.dynamics.model.packed import Packed
from remnant.dynamics.model.parameters import Structure
from remnant.errors import SettingError, ToleranceError

NICHE = Structure()


def fractions(states):
    return states[..., 1:, :].sum(axis=-2) / states.sum(axis=-2)


def worst(packed, start, structure, tolerance=1e-6):
    ours = follow(packed, EDGES, DOSES, DAYS, start, structure=structure, tolerance=tolerance)
    assert np.all(ours.error <= tolerance)
    errors = []
    for i in range(len(packed)):
        truth = solve_reference(
            packed.rates[i], packed.effects[i], start[i], EDGES, DOSES, DAYS, structure=structure
        )
        errors.append(np.abs(fractions(ours.states[i]) - fractions(truth)).max())
    return max(errors)


def both(structure, n, seed):
    rng = np.random.default_rng(seed)
    weak, strong = draw(n, rng, structure), draw(n, rng, structure, strong=True)
    packed = Packed(
        *(np.concatenate([getattr(w[0], f) for w in (weak, strong)]) for f in ("rates", "effects"))
    )
    return packed, np.concatenate([weak[1], strong[1]])


@pytest.mark.slow
def test_a_course_meets_a_stiff_solver_of_another_kind_also_under_strong_kill():
    packed, start = both(NICHE, 1, 1)
    assert worst(packed, start, NICHE) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("structure", [NICHE, Structure(stages=3)])
def test_a_course_meets_a_stiff_solver_over_the_whole_prior(structure):
    packed, start = both(structure, 100 if structure == NICHE else 12, 2)
    assert worst(packed, start, structure, tolerance=1e-5) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("structure", [Structure("mature"), Structure("mature", 2)])
def test_with_mature_feedback_a_course_meets_the_stiff_solver_or_is_refused(structure):
    packed, start = draw(12, np.random.default_rng(2), structure)
    met = 0
    for i in range(len(packed)):
        one = Packed(packed.rates[i : i + 1], packed.effects[i : i + 1])
        try:
            error = worst(one, start[i : i + 1], structure, tolerance=1e-5)
        except ToleranceError:
            continue
        met += 1
        assert error < 1e-5
    assert met >= 6


def test_without_feedback_a_course_is_the_matrix_exponential():
    packed, start = draw(3, np.random.default_rng(3), NICHE, feedback=0.0, mutation=0.0)
    ours = follow(packed, EDGES, DOSES, DAYS, start, tolerance=1e-9)
    for i in range(3):
        truth = solve_linear(packed.rates[i], packed.effects[i], start[i], EDGES, DOSES, DAYS)
        np.testing.assert_allclose(ours.states[i], truth, atol=1e-10)


def test_what_cannot_be_met_is_refused():
    packed, start = draw(2, np.random.default_rng(4), NICHE)
    with pytest.raises(ToleranceError, match="1e-12"):
        follow(packed, EDGES, DOSES, DAYS, start, tolerance=1e-12)


def test_a_calendar_with_a_gap_negative_cells_or_a_late_visit_are_named_before_any_computing():
    packed, start = draw(2, np.random.default_rng(4), NICHE)
    with pytest.raises(SettingError, match="one row of doses"):
        follow(packed, EDGES, DOSES[:-1], DAYS, start)
    with pytest.raises(SettingError, match="numbers from 0"):
        follow(packed, EDGES, -DOSES - 1, DAYS, start)
    with pytest.raises(SettingError, match="widen the calendar"):
        follow(packed, EDGES, DOSES, DAYS + 1, start)
    with pytest.raises(SettingError, match="clone 0"):
        follow(packed, EDGES, DOSES, DAYS, -start)
    with pytest.raises(SettingError, match="rising"):
        follow(packed, EDGES[::-1], DOSES, DAYS, start)
