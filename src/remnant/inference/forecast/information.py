r"""How much a measurement is expected to tell of a yes or no, given draws: mutual information in bits.

Draws theta_i have chances z_i of yes, and a measurement comes out as y with chance p(y | theta_i). Then

    I = sum_y sum_{Z = yes, no} p(y, Z) log2 [ p(y, Z) / (p(y) p(Z)) ],
    p(y, yes) = mean_i z_i p(y | theta_i),    p(y, no) = mean_i (1 - z_i) p(y | theta_i)

which is the expected fall of the entropy of Z when the draws are weighted again by each y that can come. The
sum over outcomes is exact (counts) or a quadrature (values), so nothing is simulated; what is left is that
draws are few. Each draw is among those that explain what it would show, which makes I too large by about 1/n.
The jackknife over blocks of draws takes that off and gives the standard error; blocks are stretches of the
chain, so that draws that follow one another are left out together.

Lindley (1956) Ann Math Stat 27:986, doi:10.1214/aoms/1177728069; the jackknife: Efron & Stein (1981) Ann Stat
9:586.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

Array = NDArray[np.float64]

BLOCKS = 20
BIT = np.log(2.0)


@dataclass(frozen=True)
class Gain:
    """Expected information and what there is to learn, in bits."""

    bits: float
    standard_error: float
    entropy: float


def entropy(chance: float) -> float:
    """Return the entropy of a yes or no, in bits.

    Examples
    --------
    >>> entropy(0.5), entropy(0.0)
    (1.0, 0.0)
    """
    return float((entr(chance) + entr(1 - chance)) / BIT)


def expected_gain(chances: Array, outcomes: Array, *, blocks: int = BLOCKS) -> Gain:
    """Return the expected information of a measurement about a yes or no.

    Parameters
    ----------
    chances : ndarray, shape (draws,)
        z: chance of yes, in [0, 1].
    outcomes : ndarray, shape (draws, outcomes)
        p(y | theta): chance of each outcome, rows sum to 1.
    blocks : int, default 20
        Of the jackknife.

    Returns
    -------
    Gain
        `bits` within 0 and `entropy`.
    """
    draws = len(chances)
    assert outcomes.shape[0] == draws, "one row of outcomes for each draw"
    assert np.allclose(outcomes.sum(axis=1), 1, atol=1e-3), "rows sum to 1"
    ends = np.linspace(0, draws, min(blocks, draws) + 1).astype(int)
    yes = np.add.reduceat(chances[:, None] * outcomes, ends[:-1], axis=0)
    no = np.add.reduceat((1 - chances)[:, None] * outcomes, ends[:-1], axis=0)
    whole = float(information(yes.sum(axis=0), no.sum(axis=0)))
    most = entropy(float(chances.mean()))
    count = len(ends) - 1
    if count < 2:
        return Gain(min(whole, most), 0.0, most)
    left_out = information(yes.sum(axis=0) - yes, no.sum(axis=0) - no)
    corrected = count * whole - (count - 1) * left_out.mean()
    error = np.sqrt((count - 1) * left_out.var())
    return Gain(float(np.clip(corrected, 0.0, most)), float(error), most)


def information(yes: Array, no: Array) -> Array:
    """Return the mutual information of joint weights, in bits; shape (..., outcomes) to (...).

    Examples
    --------
    >>> float(information(np.array([0.5, 0.0]), np.array([0.0, 0.5])))
    1.0
    """
    yes, no = np.maximum(yes, 0.0), np.maximum(no, 0.0)
    total = (yes + no).sum(axis=-1)
    total = np.where(total > 0, total, 1.0)

    def spread(weights: Array) -> Array:
        return np.asarray(entr(weights / total[..., None]).sum(axis=-1))

    target = np.stack([yes.sum(axis=-1), no.sum(axis=-1)], axis=-1)
    joint = spread(yes) + spread(no)
    return np.asarray(np.maximum(spread(target) + spread(yes + no) - joint, 0.0) / BIT)
