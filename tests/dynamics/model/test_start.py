import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.dynamics import (
    ACTIVE,
    MALIGNANT,
    MATURE,
    PROGENITOR,
    QUIESCENT,
    Parameters,
    Structure,
    Therapy,
    baseline,
    healthy,
    pack,
    solve,
)
from remnant.errors import SettingError

parameters = st.builds(
    Parameters,
    division=st.floats(0.03, 0.4),
    active=st.floats(0.05, 0.95),
    activation_malignant=st.floats(0.0, 0.6),
    advantage=st.floats(-0.9, 3.0),
    progenitor_loss=st.floats(0.1, 6.0),
    mature_loss=st.floats(0.3, 30.0),
    feedback=st.floats(0.0, 5.0),
    vigour=st.floats(0.3, 3.0),
)
structures = st.builds(Structure, st.sampled_from(["niche", "mature"]), st.integers(1, 4))
shares = st.floats(0.0, 1.0)


@given(parameters, structures, st.floats(0.0, 0.99), shares, shares)
def test_what_self_renewal_listens_to_is_as_in_health(rates, structure, fraction, quiescent, resistant):
    start = baseline(rates, fraction=fraction, quiescent=quiescent, resistant=resistant, structure=structure)[
        0
    ]
    heard = start[:, :PROGENITOR] if structure.feedback == "niche" else start[:, MATURE]
    assert heard.sum() == pytest.approx(1)


@given(parameters, structures, st.floats(0.0, 0.99), shares, shares)
def test_the_clone_has_the_shares_asked_for(rates, structure, fraction, quiescent, resistant):
    start = baseline(rates, fraction=fraction, quiescent=quiescent, resistant=resistant, structure=structure)[
        0
    ]
    stem = start[:, :PROGENITOR].sum(axis=1)
    assert stem[MALIGNANT:].sum() / stem.sum() == pytest.approx(fraction, abs=1e-12)
    assert start[MALIGNANT:, QUIESCENT].sum() == pytest.approx(quiescent * stem[MALIGNANT:].sum(), abs=1e-12)
    assert stem[MALIGNANT + 1] == pytest.approx(resistant * stem[MALIGNANT:].sum(), abs=1e-12)


@given(parameters, structures, st.floats(0.0, 0.99), shares)
def test_progenitors_and_mature_cells_begin_in_balance(rates, structure, fraction, quiescent):
    """Over a millionth of a day stem cells have not moved, and neither has what follows them."""
    start = baseline(rates, fraction=fraction, quiescent=quiescent, resistant=0.1, structure=structure)
    after = solve(pack(rates), Therapy(), [0, 1e-6], start, structure=structure)[1]
    scale = max(1.0, start.max())
    assert after[..., PROGENITOR:] == pytest.approx(start[..., PROGENITOR:], abs=1e-9 * scale)


def test_a_clone_that_renews_itself_more_makes_fewer_progenitors():
    rates = Parameters(0.11, 0.2, 0.05, np.array([0.0, 0.25, 0.9, 1.5]), 1.0, 6.0)
    start = baseline(rates, fraction=0.5, quiescent=0.8)
    assert start[:, MALIGNANT, ACTIVE].tolist() == pytest.approx([0.1] * 4)
    assert start[:, MALIGNANT, PROGENITOR] / start[0, MALIGNANT, PROGENITOR] == pytest.approx(
        [1, 0.75, 0.1, 0]
    )


def test_health_has_every_pool_full():
    rates = Parameters(0.11, np.array([0.1, 0.2]), 0.05, 0.2, 1.0, 6.0)
    for structure in (Structure(), Structure("mature", 3)):
        state = healthy(rates, structure=structure)
        assert state.shape == (2, 3, structure.states)
        assert state[:, 0, QUIESCENT] + state[:, 0, ACTIVE] == pytest.approx([1, 1])
        assert state[:, 0, PROGENITOR:] == pytest.approx(np.ones((2, 1 + structure.stages)))
        assert not state[:, 1:].any()


def test_a_marrow_that_makes_no_mature_cell_has_no_start_in_balance():
    rates = Parameters(0.11, 0.2, 0.05, 1.5, 1.0, 6.0)
    with pytest.raises(SettingError, match="none that differentiates"):
        baseline(rates, fraction=1.0, quiescent=0.5, structure=Structure("mature"))


@pytest.mark.parametrize("wrong", [{"fraction": 1.2}, {"quiescent": -0.1}, {"resistant": np.nan}])
def test_a_share_outside_0_to_1_is_refused(wrong):
    rates = Parameters(0.11, 0.2, 0.05, 0.2, 1.0, 6.0)
    with pytest.raises(SettingError, match=next(iter(wrong))):
        baseline(rates, **({"fraction": 0.9, "quiescent": 0.7, "resistant": 0.0} | wrong))


@pytest.mark.parametrize(("feedback", "stages"), [("blood", 1), ("niche", 0), ("niche", 5)])
def test_another_structure_is_refused(feedback, stages):
    with pytest.raises(SettingError):
        Structure(feedback, stages)
