"""The dose of one drug over time, piecewise constant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remnant.errors import Fault, SettingError


@dataclass(frozen=True)
class Calendar:
    """Relative dose over time: `doses[i]` holds from `switches[i]` until the next switch; before, none.

    Parameters
    ----------
    switches : tuple of float
        Days, rising.
    doses : tuple of float
        Dose relative to the full dose, at least 0.

    Raises
    ------
    SettingError
        If a day or a dose is not a number, days do not rise, or a dose is below 0.
    """

    switches: tuple[float, ...] = ()
    doses: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        rising = len(self.switches) == len(self.doses) and np.isfinite(self.switches).all()
        if not (rising and np.all(np.diff(self.switches) > 0)):
            found, hint = f"{self.switches} with {self.doses}", "one dose for each switch, in order"
            faults.append(Fault("calendar", None, "switches", found, "rising days", hint))
        if any(not 0 <= dose < np.inf for dose in self.doses):
            hint = "a dose is a share of the full dose"
            faults.append(Fault("calendar", None, "doses", str(self.doses), "numbers from 0", hint))
        if faults:
            raise SettingError(faults)

    def dose(self, days: ArrayLike) -> NDArray[np.float64]:
        """Return the relative dose in force on `days`, same shape; on a switch, the new one."""
        steps = np.concatenate(([0.0], self.doses))
        return steps[np.searchsorted(self.switches, np.asarray(days, float), side="right")]

    def merged(self) -> Calendar:
        """Return the same calendar without switches that change nothing."""
        kept: list[tuple[float, float]] = []
        for day, dose in zip(self.switches, self.doses, strict=True):
            if dose != (kept[-1][1] if kept else 0.0):
                kept.append((day, dose))
        return Calendar(tuple(day for day, _ in kept), tuple(dose for _, dose in kept))
