"""Follow small pools cell by cell: exact and hybrid simulation."""

from remnant.dynamics.stochastic.cells import Cells, cells_of, states_of
from remnant.dynamics.stochastic.hybrid import THRESHOLD, advance

__all__ = ["THRESHOLD", "Cells", "advance", "cells_of", "states_of"]
