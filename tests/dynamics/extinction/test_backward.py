import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from remnant.dynamics.extinction import AccuracyError, Signal, family, survival
from remnant.dynamics.model.packed import Packed, pack
from remnant.dynamics.model.parameters import Effect, Parameters, Structure
from remnant.errors import SettingError

spec = importlib.util.spec_from_file_location("chance", Path(__file__).parent.parent / "chance.py")
assert spec is not None
assert spec.loader is not None
chance = importlib.util.module_from_spec(spec)
spec.loader.exec_module(chance)

MONTH = 30.4375
TYPICAL = Parameters(0.11, 0.2, 0.05, 0.25, 1.0, 6.0, mutation=1e-3)
DRUG = Effect(active_kill=0.8, quiescent_kill=0.01, progenitor_kill=8.0, activation=0.5, differentiation=0.1)
EDGES = np.array([0.0, 21.0, 28.0, 49.0, 56.0, 400.0, 900.0])
DOSES = np.array([[1.0], [0.0], [1.0], [0.0], [0.5], [0.0]])
HEALTH = Signal.constant()

rates = st.builds(
    Parameters,
    division=st.floats(0.01, 2.0),
    active=st.floats(0.02, 0.98),
    activation_malignant=st.floats(0.0, 2.0),
    advantage=st.floats(-0.9, 2.0),
    progenitor_loss=st.floats(0.2, 4.0),
    mature_loss=st.floats(1.0, 20.0),
    mutation=st.sampled_from([0.0, 1e-7, 1e-2, 1.0]),
    vigour=st.floats(0.3, 3.0),
)
drugs = st.builds(
    Effect,
    active_kill=st.floats(0.0, 60.0),
    quiescent_kill=st.floats(0.0, 5.0),
    activation=st.floats(0.0, 5.0),
    differentiation=st.floats(0.0, 3.0),
    progenitor_kill=st.floats(0.0, 50.0),
    sensitivity=st.floats(0.0, 1.0),
)
mild = st.builds(Effect, active_kill=st.floats(0.0, 3.0), progenitor_kill=st.floats(0.0, 4.0))
divisions = st.sampled_from(["symmetric", "independent"])


def followed(p, effect=DRUG, *, horizon=900.0, edges=EDGES, doses=DOSES, signal=HEALTH, **named):
    return survival(pack(p, [effect]), edges, doses, signal, horizons=horizon, **named)


@settings(max_examples=80, deadline=None)
@given(rates, drugs, divisions, st.floats(0.1, 3.0))
def test_survival_is_a_chance_and_the_bound_of_its_error_is_honest(p, drug, division, signal):
    named = {"division": division, "signal": Signal.constant(signal)}
    found, fine = followed(p, drug, **named), followed(p, drug, tolerance=1e-10, **named)
    assert np.all((found.stems >= 0) & (found.stems <= 1))
    assert found.error[0, 0] <= 1e-4
    off = np.abs(found.stems - fine.stems)
    assert np.all(off <= (found.error[0, 0] + fine.error[0, 0]) * fine.stems * 1.01 + 1e-19)


@settings(max_examples=60, deadline=None)
@given(rates, drugs, divisions, st.floats(1.0, 899.0))
def test_cutting_a_segment_in_two_changes_nothing(p, drug, division, at):
    where = np.searchsorted(EDGES, at, side="right")
    edges = np.unique(np.insert(EDGES, where, at))
    doses = DOSES[np.searchsorted(EDGES, edges[:-1], side="right") - 1]
    whole = followed(p, drug, division=division, tolerance=1e-9)
    cut = followed(p, drug, division=division, tolerance=1e-9, edges=edges, doses=doses)
    np.testing.assert_allclose(cut.stems, whole.stems, rtol=3e-9, atol=1e-19)


@settings(max_examples=60, deadline=None)
@given(rates, drugs, divisions, st.floats(1.0, 1.5))
def test_no_cell_survives_stronger_killing_more_often(p, drug, division, more):
    stronger = replace(
        drug, active_kill=more * drug.active_kill, quiescent_kill=more * drug.quiescent_kill + 1e-3
    )
    weak, strong = (followed(p, d, division=division, tolerance=1e-8).stems for d in (drug, stronger))
    assert np.all(strong <= weak * (1 + 1e-7) + 1e-18)


@settings(max_examples=60, deadline=None)
@given(rates, drugs, divisions)
def test_the_longer_the_wait_the_fewer_families_are_left(p, drug, division):
    found = followed(p, drug, division=division, horizon=[28.0, 400.0, 900.0, np.inf], tolerance=1e-8).stems
    assert np.all(np.diff(found[0], axis=0) <= 1e-7 * found[0, :-1] + 1e-18)


@settings(max_examples=60, deadline=None)
@given(rates, drugs, st.floats(0.3, 2.5))
def test_without_quiescence_it_is_the_closed_form_of_one_kind(p, drug, signal):
    """Cells that never rest and never mutate divide and die: Kendall's form, from survival 1 to 1e-18."""
    p = replace(p, activation_normal=0.0, mutation=0.0)
    divide = p.vigour * p.division / p.active
    renew = min(1.0, (1 + p.advantage) * signal / 2) * np.exp(-drug.differentiation * DOSES[:, 0])
    lost = divide * (1 - renew) + drug.active_kill * DOSES[:, 0]
    exact = family(divide * renew, lost, np.diff(EDGES) / MONTH)
    found = followed(p, drug, signal=Signal.constant(signal))
    assert found.stems[0, 0, 0, 1] == pytest.approx(float(exact.survival), rel=1e-4, abs=1e-18)


def test_without_self_renewal_it_is_a_matrix_exponential():
    """With p = 0 the equation is linear, x' = M x: to 1e-12 of survival, five orders below one."""
    drug = replace(DRUG, differentiation=200.0)
    p = replace(TYPICAL, mutation=0.0)
    edges, doses = np.array([0.0, 300.0, 700.0]), np.array([[1.0], [0.6]])
    x = np.ones(2)
    for days, dose in ((400.0, 0.6), (300.0, 1.0)):
        wake, divide = 0.05 * (1 + 0.5 * dose), 0.11 / 0.2
        rest, kill = 0.05 * 0.8 / 0.2, 0.8 * dose
        m = np.array([[-wake - 0.01 * dose, wake], [rest, -rest - divide - kill]])
        x = expm(m * days / MONTH) @ x
    found = followed(p, drug, edges=edges, doses=doses, horizon=700.0, tolerance=1e-10)
    np.testing.assert_allclose(found.stems[0, 0, 0], x, rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(rates, drugs, divisions, st.floats(0.3, 2.5))
def test_in_the_end_it_is_the_fixed_point_of_the_generations(p, drug, division, signal):
    """The chance to die out solves q = f(q) of the embedded chain; generations climb from 0 to the least."""
    happen = [
        (kind, rate, left)
        for kind, rate, left in chance.events(p, [drug], [1.0], signal, division)
        if kind in chance.STEMS
    ]
    total = np.zeros(9)
    for kind, rate, _ in happen:
        total[kind] += rate
    q = np.ones(9)
    q[2:6] = 0.0
    for _ in range(300):
        after = q.copy()
        after[2:6] = 0.0
        for kind, rate, left in happen:
            after[kind] += rate / total[kind] * np.prod(q[list(left)])
        q = after
    found = followed(
        p, drug, division=division, edges=[0.0, 10.0], doses=[[1.0]], horizon=np.inf,
        signal=Signal.constant(signal),
    )  # fmt: skip
    x = found.stems[0, 0].ravel()
    # Generations climb from below, and slowly near the critical point.
    assert np.all(1 - x >= q[2:6] - 1e-9)
    residual = [
        sum(
            r / total[k] * np.prod([1 - x[i - 2] for i in left if i in chance.STEMS])
            for k, r, left in happen
            if k == kind
        )
        - (1 - x[kind - 2])
        for kind in chance.STEMS
        if total[kind] > 0
    ]
    assert np.abs(residual).max() < 1e-9


def test_critical_and_subcritical_families_die_out_and_the_others_do_not():
    never = replace(TYPICAL, mutation=0.0, activation_malignant=0.2)
    for advantage, some in ((-0.2, False), (0.0, False), (0.01, True)):
        x = followed(replace(never, advantage=advantage), horizon=np.inf).stems
        last = followed(
            replace(never, advantage=advantage), edges=[0.0, 1.0], doses=[[0.0]], horizon=np.inf
        ).stems
        assert (last > 0).all() == some
        assert (x > 0).all() == some
    asleep = replace(never, activation_malignant=0.0, advantage=-0.5)  # a cell that nothing wakes or kills
    x = followed(asleep, Effect(), horizon=np.inf).stems[0, 0, 0]
    assert x[0] == 1.0
    assert x[1] == pytest.approx(_root_with_sleepers(asleep), rel=1e-9)


def _root_with_sleepers(p):
    """Active cells that may fall asleep for ever: lambda p (q^2 - q) + lambda (1 - p) (1 - q) - b q = 0."""
    divide, renew, rest = p.division / p.active, (1 + p.advantage) / 2, 0.05 * (1 - p.active) / p.active
    roots = np.roots([divide * renew, -(divide + rest), divide * (1 - renew)])
    return 1 - min(root.real for root in roots if 0 <= root.real <= 1)


def test_a_long_wait_ends_at_the_limit():
    x = followed(TYPICAL, edges=[0.0, 30.0, 40_000.0], doses=[[1.0], [0.0]], horizon=[40_000.0, np.inf]).stems
    np.testing.assert_allclose(x[0, 0], x[0, 1], rtol=1e-4)


@settings(max_examples=8, deadline=None)
@given(st.floats(0.05, 0.4), st.floats(-0.5, 1.0), mild, divisions, st.floats(0.0, 3.0))
def test_progenitors_that_count_agree_with_the_second_reading(often, advantage, drug, division, births):
    p = replace(TYPICAL, division=often, advantage=advantage)
    edges, doses = EDGES[:4], DOSES[:3]
    what = [chance.events(p, [drug], dose, 1.0, division, births) for dose in doses]
    expected = chance.extinction(edges / MONTH, what, matter=(*chance.STEMS, 7, 8))
    found = followed(
        p, drug, division=division, edges=edges, doses=doses, horizon=49.0, progenitor_births=births
    )
    x = found.stems[0, 0].ravel()
    assert np.all(np.abs(1 - x - expected[2:6]) <= 1e-9 + found.error[0, 0] * x)
    np.testing.assert_allclose(1 - found.progenitors[0, 0], expected[7:9], atol=1e-8)


def test_a_changing_signal_agrees_with_a_stiff_solver():
    """The niche fills and empties between samples; the chance of self-renewal meets its cap on the way."""
    days, values = np.array([0.0, 200.0, 300.0, 900.0]), np.array([1.0, 2.4, 0.8, 1.3])
    found = followed(TYPICAL, signal=Signal(days, values), tolerance=1e-8)

    def slope(t, q):
        dose = DOSES[np.clip(np.searchsorted(EDGES, -t, side="right") - 1, 0, 5)]
        out = np.zeros(4)
        for kind, rate, left in chance.events(TYPICAL, [DRUG], dose, np.interp(-t, days, values)):
            if kind in chance.STEMS:
                out[kind - 2] += rate * (np.prod([q[i - 2] for i in left if i < 6]) - q[kind - 2])
        return out / MONTH

    q = np.zeros(4)
    knots = np.unique(np.concatenate([EDGES, days]))
    for start, end in zip(knots[-2::-1], knots[:0:-1], strict=True):
        # Just inside the edges, so that each piece sees its own dose.
        q = solve_ivp(slope, (-end + 1e-9, -start - 1e-9), q, method="DOP853", rtol=1e-10, atol=1e-12).y[
            :, -1
        ]
    np.testing.assert_allclose(1 - found.stems[0, 0].ravel(), q, atol=1e-7)


def test_the_signal_is_read_off_a_solution():
    states = np.array([[[[0.2, 0.1, 1.0, 0.9], [0.3, 0.1, 0.5, 0.4], [0.0, 0.0, 0.0, 0.0]]]])
    niche = Signal.of([0.0], states, pack(TYPICAL))
    assert niche.values[0, 0] == pytest.approx(2 / 1.7)
    mature = Signal.of([0.0], states, pack(TYPICAL), structure=Structure(feedback="mature"))
    assert mature.values[0, 0] == pytest.approx(2 / 2.3)


def test_a_patient_has_the_same_answer_alone_and_in_any_block():
    rng = np.random.default_rng(6)
    many = pack(
        replace(TYPICAL, advantage=rng.uniform(0, 1, 30)), [replace(DRUG, active_kill=rng.uniform(0, 3, 30))]
    )
    doses = DOSES * rng.uniform(0, 1, (30, 1, 1))
    signal = Signal(np.array([0.0, 900.0]), rng.uniform(0.8, 1.4, (30, 2)))
    block = survival(many, EDGES, doses, signal, horizons=[400.0, 900.0]).stems
    for n in (0, 7, 29):
        alone = survival(
            Packed(many.rates[n : n + 1], many.effects[n : n + 1]),
            EDGES,
            doses[n : n + 1],
            Signal(signal.days, signal.values[n : n + 1]),
            horizons=[400.0, 900.0],
        ).stems
        np.testing.assert_array_equal(alone[0], block[n])


def test_the_fastest_rates_of_the_model_are_followed_and_faster_ones_refused():
    fast = followed(TYPICAL, Effect(active_kill=1000.0, quiescent_kill=1000.0, activation=5.0))
    assert fast.error[0, 0] <= 1e-4
    with pytest.raises(AccuracyError, match=r"patient 0 has rates too fast .* 2,000,000 steps"):
        _with(rates=pack(TYPICAL).rates, effects=np.full((1, 1, 5, 3), 1e9))


def _with(rates=None, effects=None, horizon=900.0, edges=EDGES, doses=DOSES, signal=HEALTH, **named):
    sound = pack(TYPICAL, [DRUG])
    packed = Packed(sound.rates if rates is None else rates, sound.effects if effects is None else effects)
    return survival(packed, edges, doses, signal, horizons=horizon, **named)


WRONG = pack(TYPICAL).rates.copy()
WRONG[0, [0, 8], 1] = -1.0, 2.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rates": WRONG}, "packed.rates, place .*: found -1.*\n.*mutation.*found 2; expected .* 0 to 1"),
        ({"effects": np.full((1, 1, 5, 3), np.nan)}, "packed.effects.*nan"),
        ({"rates": np.zeros((0, 9, 3)), "effects": np.zeros((0, 1, 5, 3))}, "packed: found no patients"),
        ({"rates": np.zeros((9, 3))}, "make it with pack"),
        ({"doses": DOSES[:3]}, r"doses, shape: found \(3, 1\); expected \(6, 1\)"),
        ({"doses": -DOSES}, "doses.*-1"),
        ({"edges": EDGES[::-1]}, "edges.*rise"),
        ({"horizon": -5.0}, "horizons: found -5; expected days from 0"),
        ({"horizon": 901.0}, "horizons: found 901; expected days to 900; extend the therapy"),
        ({"horizon": np.nan}, "horizons.*nan"),
        (
            {"signal": Signal(np.array([0.0, 500.0]), np.ones(2))},
            "signal, days: found 0 to 500; expected days 0 to 900",
        ),
        ({"signal": Signal.constant(-1.0)}, "signal.*-1"),
        ({"signal": Signal.constant([1.0, 1.0])}, "signal, patients: found 2"),
        ({"progenitor_births": -1.0}, "progenitor_births.*-1"),
        ({"division": "odd"}, "division: found odd"),
        ({"tolerance": 0.0}, "tolerance: found 0"),
    ],
)
def test_impossible_input_is_named_before_anything_is_computed(change, message):
    with pytest.raises(SettingError, match=message):
        _with(**change)
