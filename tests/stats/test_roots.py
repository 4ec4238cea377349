import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.stats.roots import falling_root


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


def test_a_kink_that_throws_newton_off_is_still_bracketed():
    found = falling_root(
        lambda x: (-np.sign(x - 0.3) * np.sqrt(np.abs(x - 0.3)), -0.5 / np.sqrt(np.abs(x - 0.3) + 1e-30)),
        np.array([-5.0]),
        np.array([7.0]),
    )
    assert abs(found[0] - 0.3) < 1e-12
