"""Background of a rare gate: fixed for a tube, or growing with the cells acquired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.stats.rare import negative_binomial


@dataclass(frozen=True)
class BlankLaw:
    """Events that a sample without the population shows in its gate.

    Parameters
    ----------
    events : float
        Mean, at least 0.
    cells : float or None
        Among so many cells acquired; None: in the planned tube, whatever its size.
    dispersion : float
        Phi: Var = m + phi m^2; 0 is the Poisson.
    """

    events: float
    cells: float | None = None
    dispersion: float = 0.0

    def mean(self, cells: float) -> float:
        """Mean of a tube of so many cells."""
        return self.events if self.cells is None else self.events * cells / self.cells

    def limit_of_blank(self, cells: float, *, probability: float) -> int:
        """Smallest count that a blank of so many cells stays at or below with `probability`."""
        return int(negative_binomial.quantile(probability, self.mean(cells), self.dispersion))


NO_BACKGROUND = BlankLaw(0.0)


def blank_law(blanks: Sequence[tuple[int, int]]) -> tuple[BlankLaw, str]:
    """Learn the background from blanks, each `k` events among `n` cells acquired; and how that is said."""
    k, n = zip(*blanks, strict=True)
    fitted = negative_binomial.fit(k, n)
    law = BlankLaw(float(sum(k)), float(sum(n)), fitted.dispersion)
    spread = f"dispersion {fitted.dispersion:.2g}"
    said = f"background {sum(k):,} of {sum(n):,} cells of {len(blanks)} blanks, {spread}"
    return law, said if len(blanks) >= 3 else f"{said}, which fewer than 3 blanks cannot show"
