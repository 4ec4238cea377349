import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from remnant.stats.tables.multiplicity import benjamini_hochberg, holm

GIVEN = [0.01, 0.02, 0.03, 0.04, 0.05, 0.001, 0.5]
P = arrays(float, st.integers(1, 12), elements=st.floats(0, 1))


def test_holm_gives_the_answers_of_p_adjust():
    """R 4.2.2: p.adjust(c(.01,.02,.03,.04,.05,.001,.5), "holm")."""
    assert holm(GIVEN) == pytest.approx([0.06, 0.1, 0.12, 0.12, 0.12, 0.007, 0.5], rel=1e-12)


def test_benjamini_hochberg_gives_the_answers_of_p_adjust():
    """R 4.2.2: p.adjust(c(.01,.02,.03,.04,.05,.001,.5), "BH")."""
    expected = [0.035, 0.14 / 3, 0.0525, 0.056, 0.35 / 6, 0.007, 0.5]
    assert benjamini_hochberg(GIVEN) == pytest.approx(expected, rel=1e-12)


@given(P)
def test_both_only_raise_p_and_keep_its_order(p):
    for adjust in (holm, benjamini_hochberg):
        adjusted = adjust(p)
        assert (adjusted >= p).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@given(P)
def test_the_order_in_which_tests_are_listed_changes_nothing(p):
    for adjust in (holm, benjamini_hochberg):
        assert adjust(p[::-1]) == pytest.approx(adjust(p)[::-1])


@given(P)
def test_a_test_that_could_not_be_made_costs_the_others_nothing(p):
    for adjust in (holm, benjamini_hochberg):
        beside = adjust(np.append(p, np.nan))
        assert np.isnan(beside[-1])
        assert beside[:-1].tolist() == adjust(p).tolist()


def test_one_test_alone_is_not_adjusted_and_none_is_no_fault():
    for adjust in (holm, benjamini_hochberg):
        assert adjust([0.03]).tolist() == [0.03]
        assert adjust([]).size == 0


def test_a_p_beyond_one_is_a_slip_of_the_caller():
    with pytest.raises(AssertionError, match="0 to 1"):
        holm([0.2, 1.2])


@pytest.mark.slow
def test_holm_holds_the_chance_of_any_false_finding():
    rng = np.random.default_rng(5)
    false = np.array([(holm(p) <= 0.05).any() for p in rng.uniform(size=(20_000, 6))])
    assert false.mean() < 0.053
