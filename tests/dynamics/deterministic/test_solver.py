"""The plain solver against a stiff one and matrix exponentials, and what holds whatever the numbers."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from remnant.dynamics import (
    MALIGNANT,
    NORMAL,
    PRESETS,
    RESISTANT,
    Calendar,
    Course,
    Effect,
    Packed,
    Parameters,
    Structure,
    Therapy,
    baseline,
    calendar,
    draw,
    healthy,
    pack,
    solve,
)
from remnant.dynamics.deterministic.solver import advance
from remnant.dynamics.model.parameters import DAYS_PER_MONTH
from remnant.errors import SettingError

TYPICAL = Parameters(
    division=0.11,
    active=0.2,
    activation_malignant=0.1,
    advantage=0.3,
    progenitor_loss=1.0,
    mature_loss=6.0,
    vigour=1.3,
    mutation=1e-4,
)
DRUG = Effect(active_kill=1.2, progenitor_kill=18.0, activation=0.5, sensitivity=0.1)
SECOND = Effect(quiescent_kill=0.3, differentiation=0.2, normal_progenitor_kill=0.5, normal_active_kill=0.05)
CYCLES = calendar([Course(0, 83, 10.0), Course(98, 180, 5.0)])
ALONE = Therapy.single("first", CYCLES)
BOTH = Therapy(("first", "second"), (CYCLES, Calendar((40.0, 130.0), (1.0, 0.0))))
STRUCTURES = [Structure(), Structure("niche", 4), Structure("mature", 1), Structure("mature", 3)]

parameters = st.builds(
    Parameters,
    division=st.floats(0.03, 0.4),
    active=st.floats(0.05, 0.9),
    activation_malignant=st.floats(0.0, 0.6),
    advantage=st.floats(-0.5, 1.5),
    progenitor_loss=st.floats(0.01, 6.0),
    mature_loss=st.floats(0.3, 30.0),
    activation_normal=st.floats(0.0, 0.3),
    feedback=st.floats(0.0, 5.0),
    vigour=st.floats(0.3, 3.0),
    mutation=st.floats(0.0, 0.01),
)
effects = st.builds(
    Effect,
    active_kill=st.floats(0.0, 20.0),
    progenitor_kill=st.floats(0.0, 100.0),
    quiescent_kill=st.floats(0.0, 20.0),
    activation=st.floats(0.0, 5.0),
    differentiation=st.floats(0.0, 2.0),
    sensitivity=st.floats(0.0, 1.0),
)
toxic = st.builds(
    replace,
    effects,
    normal_active_kill=st.floats(0.0, 3.0),
    normal_progenitor_kill=st.floats(0.0, 20.0),
    normal_activation=st.floats(0.0, 3.0),
)
structures = st.sampled_from(STRUCTURES)
shares = st.floats(0.0, 1.0)


def _start(rates, structure=None, fraction=0.97, quiescent=0.7, resistant=0.01):
    start = {"fraction": fraction, "quiescent": quiescent, "resistant": resistant}
    return baseline(rates, **start, structure=structure)


# What must hold whatever the numbers.


@settings(max_examples=10)
@given(parameters, effects, structures)
def test_health_is_a_fixed_point(rates, drug, structure):
    """A drug that does not reach normal cells cannot move health either."""
    start = healthy(rates, structure=structure)
    assert start.sum(axis=1)[0] == pytest.approx(
        [1 - rates.active, rates.active, *[1] * (1 + structure.stages)]
    )
    states = solve(pack(rates, [drug]), ALONE, [0, 30, 365], start, structure=structure)
    assert states == pytest.approx(np.broadcast_to(start, states.shape), abs=1e-9)


@settings(max_examples=12)
@given(parameters, toxic, shares, shares, shares)
def test_there_are_never_fewer_than_no_cells(rates, drug, fraction, quiescent, resistant):
    start = _start(rates, None, fraction, quiescent, resistant)
    states = solve(pack(rates, [drug]), ALONE, np.arange(0, 401, 40), start)
    assert np.isfinite(states).all()
    assert states.min() >= 0


@settings(max_examples=10)
@given(parameters, toxic)
def test_there_are_never_fewer_than_no_cells_where_mature_cells_feed_back(rates, drug):
    structure = Structure("mature", 2)
    start = _start(replace(rates, advantage=min(rates.advantage, 0.8)), structure, 0.8)
    states = solve(pack(rates, [drug]), ALONE, [0, 15, 40, 200], start, structure=structure, tolerance=1e-6)
    assert np.isfinite(states).all()
    assert states.min() >= 0


@settings(max_examples=10)
@given(st.lists(st.floats(0.5, 400.0), max_size=8, unique=True))
def test_splitting_the_calendar_changes_nothing(more):
    split = sorted({*CYCLES.switches, *more})
    twice = Therapy.single("first", Calendar(tuple(split), tuple(CYCLES.dose(split).tolist())))
    packed, start = pack(TYPICAL, [DRUG]), _start(TYPICAL)
    assert np.array_equal(
        solve(packed, twice, [0, 91, 365], start), solve(packed, ALONE, [0, 91, 365], start)
    )


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_asking_for_more_days_moves_the_answer_by_less_than_1e_6(structure):
    packed, start = pack(TYPICAL, [DRUG, SECOND]), _start(TYPICAL, structure, 0.8)
    few = solve(packed, BOTH, [0, 200, 400], start, structure=structure)
    many = solve(packed, BOTH, np.arange(0, 401, 5), start, structure=structure)
    assert many[[0, 40, 80]] == pytest.approx(few, rel=1e-6, abs=1e-6)


@settings(max_examples=8)
@given(parameters, toxic, st.floats(0.0, 0.01))
def test_mutation_moves_cells_and_makes_none(rates, drug, mutation):
    """A drug that resistant cells feel in full leaves as many of both clones, however many change over."""
    felt = replace(drug, sensitivity=1.0)
    days, start = [0, 60, 250], _start(rates)
    with_it, without = (
        solve(pack(replace(rates, mutation=chance), [felt]), ALONE, days, start) for chance in (mutation, 0.0)
    )
    assert with_it[:, :, NORMAL] == pytest.approx(without[:, :, NORMAL], rel=1e-6, abs=1e-7)
    assert with_it[:, :, MALIGNANT:].sum(axis=2) == pytest.approx(
        without[:, :, MALIGNANT:].sum(axis=2), rel=1e-6, abs=1e-7
    )


@settings(max_examples=8)
@given(parameters, toxic, shares)
def test_malignant_cells_called_resistant_behave_as_before(rates, drug, resistant):
    """Where the drug spares none, the names of the two clones do not matter."""
    same = pack(replace(rates, mutation=0.0), [replace(drug, sensitivity=1.0)])
    states = solve(same, ALONE, [0, 60, 250], _start(rates, resistant=resistant))
    swapped = solve(same, ALONE, [0, 60, 250], _start(rates, resistant=1 - resistant))
    assert states[:, :, [MALIGNANT, RESISTANT]] == pytest.approx(
        swapped[:, :, [RESISTANT, MALIGNANT]], rel=1e-6, abs=1e-7
    )


killing = st.builds(
    Effect,
    active_kill=st.floats(0.0, 20.0),
    progenitor_kill=st.floats(0.0, 100.0),
    quiescent_kill=st.floats(0.0, 5.0),
    sensitivity=st.floats(0.0, 1.0),
)


@settings(max_examples=12)
@given(parameters, killing, st.floats(0.0, 1.0))
def test_more_of_a_killing_drug_leaves_fewer_cells_of_the_clone(rates, drug, share):
    """Provable without feedback, where the model is linear and its matrix has no negative flow."""
    packed = pack(replace(rates, feedback=0.0, advantage=min(rates.advantage, 0.5)), [drug])
    start = _start(rates)
    little = Therapy.single("first", Calendar(CYCLES.switches, tuple(share * d for d in CYCLES.doses)))
    more, less = (solve(packed, therapy, [0, 50, 300], start) for therapy in (ALONE, little))
    clone = np.s_[:, :, MALIGNANT:]
    assert np.all(more[clone] <= less[clone] * (1 + 1e-6) + 1e-8)
    assert more[:, :, NORMAL] == pytest.approx(less[:, :, NORMAL], rel=1e-6, abs=1e-8)


@settings(max_examples=12)
@given(parameters, st.floats(0.1, 100.0), structures.filter(lambda s: s.feedback == "niche"))
def test_a_drug_that_kills_progenitors_leaves_stem_cells_alone(rates, kill, structure):
    """Provable with niche feedback, which hears of no progenitor; and what follows them falls everywhere."""
    start, days = _start(rates, structure), [0, 20, 90]
    without, with_it = (
        solve(pack(rates, [Effect(progenitor_kill=k)]), ALONE, days, start, structure=structure)
        for k in (0.0, kill)
    )
    assert with_it[..., :2] == pytest.approx(without[..., :2], rel=1e-7, abs=1e-9)
    assert np.all(with_it[..., 2:] <= without[..., 2:] * (1 + 1e-6) + 1e-9)
    assert with_it[1:, :, MALIGNANT, 2].max() < without[1:, :, MALIGNANT, 2].max() or start[0, 1, 1] == 0


@pytest.mark.parametrize("name", PRESETS)
def test_more_dose_leaves_fewer_malignant_stem_cells_over_the_priors(name):
    """With feedback it is no theorem, since survivors renew more; within the priors it holds."""
    preset = PRESETS[name].override(
        {f"{drug.name}.activation": 0.0 for drug in PRESETS[name].drugs}  # waking alone makes cells divide
    )
    drawn = draw(preset, np.random.default_rng(11).random((100, len(preset.priors()))))
    packed, start = pack(drawn.parameters, drawn.effects[:1]), baseline(drawn.parameters, **vars(drawn.start))
    left = []
    for dose in (0.0, 0.5, 1.0):
        plan = Therapy.single(preset.drugs[0].name, Calendar((0.0, 300.0), (dose, 0.0)))
        left.append(solve(packed, plan, [0, 100, 300, 600], start)[:, :, MALIGNANT, :2].sum(axis=-1))
    assert np.all(left[2] <= left[1] + 1e-7)
    assert np.all(left[1] <= left[0] + 1e-7)


# Against other ways to solve the same equations.


def _slope(packed, i, u, structure):
    """Write the model once more, from the equations, for a general solver."""
    act, rest, lam, s, loss, mature, alpha, kappa, mu = packed.rates[i]
    felt = np.tensordot(u, packed.effects[i], 1)
    kill_q, kill_a, kill_p, psi, fall = felt

    def slope(_, flat):
        y = flat.reshape(3, -1)
        q, a, p, chain = y[:, 0], y[:, 1], y[:, 2], y[:, 2:]
        load = (q + a).sum() if structure.feedback == "niche" else y[:, -1].sum()
        signal = (1 + kappa[0]) / (1 + kappa[0] * load)
        renew = np.minimum(1, (1 + s) * signal / 2) * np.exp(-fall)
        flow = mu[1] * renew[1] * lam[1] * a[1] * np.array([0, -1, 1])
        wake = act * (1 + psi)
        return np.column_stack(
            [
                rest * a - (wake + kill_q) * q,
                wake * q - rest * a + (2 * renew - 1) * lam * a - kill_a * a + flow,
                alpha * 2 * (1 - renew) * lam * a - (loss + kill_p) * p,
                structure.stages * mature[:, None] * (chain[:, :-1] - chain[:, 1:]),
            ]
        ).ravel()

    return slope


def _reference(packed, i, therapy, days, start, structure):
    """Restart a stiff solver with tight tolerances wherever a dose changes."""
    edges, doses = therapy.segments(days[0], days[-1], also=days)
    state, states = start.ravel(), [start]
    for first, last, u in zip(edges[:-1], edges[1:], doses, strict=True):
        span = (0, (last - first) / DAYS_PER_MONTH)
        slope = _slope(packed, i, u, structure)
        state = solve_ivp(slope, span, state, method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
        if last in days:
            states.append(state.reshape(start.shape))
    return np.array(states)


def _worst(packed, therapy, days, start, structure):
    """Return the largest error, in pools, or as a share where a marrow holds many pools."""
    states = solve(packed, therapy, days, start, structure=structure)
    worst = 0.0
    for i in range(len(packed)):
        exact = _reference(packed, i, therapy, days, start[i], structure)
        worst = max(worst, np.abs(states[:, i] - exact).max() / max(1.0, exact.max()))
    return worst


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_agrees_with_a_general_solver(structure):
    packed, start = pack(TYPICAL, [DRUG, SECOND]), _start(TYPICAL, structure, 0.8)
    assert _worst(packed, BOTH, [0, 10, 95, 400], start, structure) < 1e-6


def _preset_case(name, patients, structure, *, seed, stronger=1.0):
    preset = PRESETS[name]
    drug = preset.drugs[0]
    drawn = draw(preset, np.random.default_rng(seed).random((patients, len(preset.priors()))))
    packed = pack(drawn.parameters, drawn.effects[:1])  # the drug; what may stay after it is another
    packed.effects[:, :, :3] *= stronger
    usual = drug.days_on, drug.cycle_days
    courses = [Course(0, 41, drug.full_dose_mg, *usual), Course(60, 90, drug.full_dose_mg / 2, *usual)]
    therapy = Therapy.single(drug.name, calendar(courses, full_dose_mg=drug.full_dose_mg))
    return (
        packed,
        therapy,
        [0, 2, 21, 30, 95, 400],
        baseline(drawn.parameters, **vars(drawn.start), structure=structure),
    )


@pytest.mark.parametrize("structure", STRUCTURES[::3], ids=str)
@pytest.mark.parametrize("name", PRESETS)
def test_the_error_is_below_a_millionth_of_the_pool(name, structure):
    packed, therapy, days, start = _preset_case(name, 2, structure, seed=1)
    assert _worst(packed, therapy, days, start, structure) < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("stronger", [1.0, 8.0])
@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
@pytest.mark.parametrize("name", PRESETS)
def test_the_error_is_below_a_millionth_of_the_pool_over_the_priors(name, structure, stronger):
    packed, therapy, days, start = _preset_case(name, 200, structure, seed=2, stronger=stronger)
    assert _worst(packed, therapy, days, start, structure) < 1e-6


@pytest.mark.parametrize("structure", [Structure(), Structure("mature", 2)], ids=str)
def test_rates_of_a_hundred_per_month_stay_right(structure):
    hasty = replace(
        TYPICAL, division=12.0, activation_malignant=100.0, progenitor_loss=50.0, mature_loss=100.0
    )
    drug = Effect(active_kill=100.0, progenitor_kill=100.0, quiescent_kill=100.0, sensitivity=0.5)
    packed, start = pack(hasty, [drug]), _start(hasty, structure, 0.5)
    assert _worst(packed, ALONE, [0, 3, 24, 60], start, structure) < 1e-6


def test_self_renewal_at_its_cap_is_no_trap():
    """A strong feedback lets p reach 1 in an emptied niche, and leave it again: a corner in the equations."""
    rates = replace(TYPICAL, feedback=4.0, advantage=0.6)
    packed, start = pack(rates, [replace(DRUG, active_kill=6.0, quiescent_kill=2.0)]), _start(rates)
    assert _worst(packed, ALONE, [0, 30, 90, 400], start, Structure()) < 1e-6


@pytest.mark.parametrize("stages", [1, 3])
def test_without_feedback_it_is_a_matrix_exponential(stages):
    """kappa = 0 makes the model linear: the oracle is exact."""
    structure = Structure("niche", stages)
    linear = replace(TYPICAL, feedback=0.0, advantage=0.2)
    packed, start = pack(linear, [DRUG]), _start(linear, structure, 0.9, 0.6, 0.05)
    slope = _slope(packed, 0, np.ones(1), structure)
    matrix = np.column_stack([slope(0, unit) for unit in np.eye(start.size)])
    states = solve(
        packed, Therapy.single("a", Calendar((0.0,), (1.0,))), [0, 15, 60], start, structure=structure
    )
    for index, day in ((1, 15), (2, 60)):
        exact = (expm(matrix * day / DAYS_PER_MONTH) @ start.ravel()).reshape(start.shape)
        assert states[index] == pytest.approx(exact, abs=2e-8)


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_the_method_is_of_order_four(structure):
    """Halving all steps divides the error by sixteen, with feedback from mature cells too."""
    smooth = replace(TYPICAL, feedback=0.5)  # so that self-renewal never meets its cap
    packed, start = pack(smooth, [DRUG, SECOND]), _start(smooth, structure, 0.5)

    def end(pieces):
        edges = np.linspace(0, 24, pieces + 1)
        doses = np.ones((pieces, 2))
        return advance(packed, edges, doses, start, structure=structure, tolerance=np.inf)[-1]

    exact = end(1024)
    errors = [np.abs(end(pieces) - exact).max() for pieces in (16, 32, 64)]
    assert np.all(np.log2(np.divide(errors[:-1], errors[1:])) > 3.8)


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_equal_losses_of_progenitors_and_mature_cells_are_no_singularity(structure):
    stages = structure.stages
    near, apart = (replace(TYPICAL, mature_loss=(1.0 + gap) / stages) for gap in (0.0, 1e-8))
    start = _start(near, structure, 0.5, 0.5)
    none = Therapy()
    states = solve(pack(near), none, [0, 100], start, structure=structure)
    assert np.isfinite(states).all()
    assert states == pytest.approx(solve(pack(apart), none, [0, 100], start, structure=structure), abs=1e-7)


# Patients and doses.


@pytest.mark.parametrize("name", [field.name for field in fields(Parameters)])
def test_many_patients_at_once_are_the_patients_one_by_one(name):
    """Whichever of their rates the patients differ in."""
    values = getattr(TYPICAL, name) * np.array([0.5, 1.0, 1.5]) + np.array([0, 0.01, 0.02])
    together = replace(TYPICAL, **{name: values})
    start = _start(together)
    states = solve(pack(together, [DRUG]), ALONE, [0, 300], start)
    assert states.shape == (2, 3, 3, 4)
    for i, value in enumerate(values):
        alone = solve(pack(replace(TYPICAL, **{name: float(value)}), [DRUG]), ALONE, [0, 300], start[i])
        assert states[:, i] == pytest.approx(alone[:, 0], abs=1e-7)


def test_patients_on_doses_of_their_own_are_the_patients_one_by_one():
    packed, start = pack(replace(TYPICAL, division=np.array([0.1, 0.12])), [DRUG, SECOND]), _start(TYPICAL)
    edges, doses = BOTH.segments(0, 120)
    own = np.stack([doses, np.roll(doses, 1, axis=0)])
    together = advance(packed, edges, own, start)
    for i in range(2):
        one = Packed(packed.rates[i : i + 1], packed.effects[i : i + 1])
        assert together[:, i] == pytest.approx(advance(one, edges, own[i], start)[:, 0], abs=1e-8)


def test_quiescent_cells_are_spared_and_progenitors_are_not():
    states = solve(pack(TYPICAL, [DRUG]), ALONE, [0, 76], _start(TYPICAL, resistant=0.0))[:, 0]
    left = states[1, MALIGNANT] / states[0, MALIGNANT]
    assert left[2] < 0.1 < left[1] < left[0]
    assert states[1, NORMAL].min() > 0


def test_resistance_arises_only_by_mutation():
    start = _start(TYPICAL, resistant=0.0)
    assert solve(pack(TYPICAL, [DRUG]), ALONE, [0, 300], start)[1, 0, RESISTANT, 1] > 0
    never = replace(TYPICAL, mutation=0.0)
    assert solve(pack(never, [DRUG]), ALONE, [0, 300], start)[1, 0, RESISTANT].sum() == 0


def test_two_drugs_together_do_more_than_each_alone():
    packed, start = pack(TYPICAL, [DRUG, SECOND]), _start(TYPICAL)
    given = Calendar((0.0,), (1.0,)), Calendar()
    left = [
        solve(packed, Therapy(("first", "second"), plans), [0, 90], start)[1, 0, MALIGNANT, :2].sum()
        for plans in ((given[0],) * 2, given, given[::-1])
    ]
    assert left[0] < min(left[1:])


# Bad input.

PACKED, START = pack(TYPICAL, [DRUG]), _start(TYPICAL)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"days": [0, 30, 30]}, "rising"),
        ({"days": [0, np.nan]}, "rising"),
        ({"days": []}, "rising"),
        ({"therapy": Therapy()}, "effects of 1 drugs"),
        ({"initial": START[..., :3]}, "(1, 3, 4)"),
        ({"initial": -START}, "patient 1, clone 0"),
        ({"initial": START * np.nan}, "nan"),
        ({"initial": START * [0, 0, 1, 1]}, "zero stem cells"),
        ({"packed": Packed(PACKED.rates * 1e9, PACKED.effects)}, "too fast"),
    ],
)
def test_what_cannot_be_solved_is_refused_before_it_is(change, found):
    given = {"packed": PACKED, "therapy": ALONE, "days": [0, 30], "initial": START} | change
    with pytest.raises(SettingError) as caught:
        solve(*given.values())
    assert found in str(caught.value)


@pytest.mark.parametrize("doses", [[[1.0]], [[1.0], [-1.0]], [[1.0], [np.nan]], [[1.0, 1.0], [1.0, 1.0]]])
def test_doses_that_fit_no_segment_are_refused(doses):
    with pytest.raises(SettingError, match="dose"):
        advance(PACKED, [0, 10, 20], doses, START)
