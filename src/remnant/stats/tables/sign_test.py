"""The exact sign test over patients: right for any number of them, and honest about what it could show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import comb


@dataclass(frozen=True)
class SignTest:
    """Exact sign test.

    Parameters
    ----------
    above, below : int
        Patients whose difference is positive, negative; ties are left out.
    p_two_sided, p_greater : float
        Exact; 1 without patients.
    smallest_p : float
        The least two-sided p that so many patients can give, 2^(1 - n): whether the study could have
        shown anything at all.
    """

    above: int
    below: int
    p_two_sided: float
    p_greater: float
    smallest_p: float


def sign_test(above: int, below: int) -> SignTest:
    """Test that a difference is as often positive as negative.

    Examples
    --------
    >>> sign_test(5, 0).p_two_sided, sign_test(4, 1).smallest_p
    (0.0625, 0.0625)
    """
    n = above + below
    mass = comb(n, np.arange(n + 1)) / 2.0**n
    greater, less = float(mass[above:].sum()), float(mass[: above + 1].sum())
    return SignTest(
        above, below, min(1.0, 2 * min(greater, less)), min(greater, 1.0), min(1.0, 2.0 ** (1 - n))
    )
