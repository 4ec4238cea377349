"""Dean-Jett model of a DNA histogram: two Gaussian peaks of one CV, and S as a broadened polynomial.

A nucleus with DNA content d is measured as normal(d, cv d). G0/1 has d = 1, G2/M has d = ratio, and S a
density on (1, ratio) that is a quadratic: a mixture of the three Bernstein polynomials, which are the
densities of Beta(1, 3), Beta(2, 2) and Beta(3, 1), so that it is nowhere negative. Debris falls
exponentially. Everything is in units of the 2n peak.

References
----------
Dean & Jett (1974) J Cell Biol 60:523-527, doi:10.1083/jcb.60.2.523.
Fox (1980) Cytometry 1:71-77, doi:10.1002/cyto.990010114.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
LOWEST = 0.5  # of the 2n peak: below it there is nothing but debris
EDGE_WIDTHS = 3.5  # standard deviations beyond a peak at which its events end
COMPONENTS = ("2n", "early S", "middle S", "late S", "4n", "debris")
BETA = ((1, 3), (2, 2), (3, 1))  # early, middle and late S, for simulator and model
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)
_T = (_NODES + 1) / 2
_BERNSTEIN = 3 * np.stack([(1 - _T) ** 2, 2 * _T * (1 - _T), _T**2]) * _WEIGHTS / 2  # integrates to 1


@dataclass(frozen=True)
class DnaShape:
    """What a cytometer makes of DNA content.

    Parameters
    ----------
    peak : float
        Place of the 2n peak, in channel units.
    cv : float
        Coefficient of variation of both peaks.
    ratio : float
        Place of the G2/M peak over that of the 2n peak.
    debris_rate : float
        Fall of debris, per unit of the 2n peak.
    """

    peak: float
    cv: float
    ratio: float
    debris_rate: float = 5.0

    @property
    def lower_edge(self) -> float:
        """Channel value below which an event has less than 2n."""
        return self.peak * (1 - EDGE_WIDTHS * self.cv)

    @property
    def upper_edge(self) -> float:
        """Channel value above which an event has more than 4n."""
        return self.peak * self.ratio * (1 + EDGE_WIDTHS * self.cv)


def bin_masses(edges: Floats, shape: DnaShape) -> Floats:
    """Probability of each bin under each component.

    Parameters
    ----------
    edges : ndarray, shape (bins + 1,)
        Equally spaced, in channel units; the first and last bound the debris.
    shape : DnaShape
        The cytometer.

    Returns
    -------
    ndarray, shape (bins, 6)
        In the order of `COMPONENTS`.
    """
    u = edges / shape.peak
    masses = np.empty((len(edges) - 1, len(COMPONENTS)))
    for column, place in ((0, 1.0), (4, shape.ratio)):
        masses[:, column] = np.diff(ndtr((u - place) / (shape.cv * place)))
    content = 1 + (shape.ratio - 1) * _T
    middle, width = (u[1:] + u[:-1]) / 2, u[1] - u[0]
    z = (middle[:, None] - content) / (shape.cv * content)
    kernel = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * shape.cv * content)
    masses[:, 1:4] = width * kernel @ _BERNSTEIN.T
    falling = np.exp(-shape.debris_rate * (u - u[0]))
    masses[:, 5] = -np.diff(falling) / (1 - falling[-1])
    return np.maximum(masses, 1e-300)
