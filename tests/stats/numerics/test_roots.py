import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.numerics.roots import falling_root


@settings(deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=20))
def test_every_root_is_found_to_its_last_digits(roots):
    wanted = np.array(roots)
    found = falling_root(
        lambda x: (np.tanh(wanted - x), -1 / np.cosh(wanted - x) ** 2),
        np.full(len(roots), -10.0),
        np.full(len(roots), 10.0),
    )
    assert np.allclose(found, wanted, rtol=0, atol=1e-14)


def test_a_good_guess_and_a_loose_stop_need_few_steps():
    asked = []

    def function(x):
        asked.append(x)
        return 2 - x**2, -2 * x

    found = falling_root(function, np.zeros(1), np.full(1, 9.0), start=np.array([1.4]), tolerance=1e-6)
    assert abs(found[0] - np.sqrt(2)) < 1e-12
    assert len(asked) <= 4


def test_a_guess_outside_its_bracket_is_drawn_in():
    found = falling_root(
        lambda x: (-x, -np.ones(1)), np.array([-1.0]), np.array([2.0]), start=np.array([50.0])
    )
    assert found == 0


def test_a_kink_that_throws_newton_off_is_still_bracketed():
    found = falling_root(
        lambda x: (-np.sign(x - 0.3) * np.sqrt(np.abs(x - 0.3)), -0.5 / np.sqrt(np.abs(x - 0.3) + 1e-30)),
        np.array([-5.0]),
        np.array([7.0]),
    )
    assert abs(found[0] - 0.3) < 1e-12
