"""What a chance of extinction is asked for with, checked before anything is computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remnant.dynamics.model.packed import DIVISION, MUTATION, Packed
from remnant.errors import Fault, SettingError

Array = NDArray[np.float64]


class Complaints:
    """Faults of an input, gathered so that all of them are said at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def __call__(self, source: str, place: str, found: object, expected: str, hint: str) -> None:
        """Note one."""
        self.faults.append(Fault(source, None, place, str(found), expected, hint))

    def speak(self) -> None:
        """Raise everything that was noted, if anything was."""
        if self.faults:
            raise SettingError(self.faults)

    def numbers(self, source: str, values: Array, upper: float = np.inf) -> None:
        """Note the first value that is not finite and within 0 to `upper`, with its place."""
        good = np.isfinite(values) & (values >= 0) & (values <= upper)
        if not good.all():
            place = tuple(int(i) for i in np.argwhere(~good)[0])
            what = f"a finite number from 0{'' if upper == np.inf else f' to {upper:g}'}"
            hint = f"{int((~good).sum()):,} such values: mend what they were drawn or typed from"
            self(source, f"place {list(place)}", f"{values[place]:g}", what, hint)

    def rates(self, packed: Packed) -> None:
        """Note rates and effects that cannot be; an advantage may be negative, above -1."""
        rates, effects = packed.rates, packed.effects
        if rates.ndim != 3 or effects.ndim != 4 or len(rates) != len(effects):
            shape = f"{rates.shape} and {effects.shape}"
            self("packed", "", shape, "(patients, 9, 3) and (patients, drugs, 5, 3)", "make it with pack()")
            return
        if not len(rates):
            self("packed", "", "no patients", "at least one", "draw some")
            return
        others = rates.copy()
        others[:, DIVISION + 1] += 1.0  # ADVANTAGE, which is counted from -1
        self.numbers("packed.rates", others)
        self.numbers("packed.effects", effects)
        self.numbers("packed.rates, mutation", rates[:, MUTATION], 1.0)

    def cells(self, packed: Packed, cells: Array) -> None:
        """Note stem cells that do not fit the patients, or that cannot be numbers of cells."""
        if cells.shape != (len(packed), 3, 2):
            expected = f"({len(packed)}, 3, 2)"
            self("cells", "shape", cells.shape, expected, "patients by clones by quiescent and active")
            return
        self.numbers("cells", cells)

    def whole(self, source: str, counts: Array, totals: Array, many: float) -> None:
        """Note counts that are not whole in a clone whose total is below `many`."""
        broken = (totals < many) & (counts != np.round(counts))
        if broken.any():
            hint = "round them, or give founders='poisson' if they are means"
            self(source, "", f"{counts[broken][0]:g}", f"whole numbers in a clone below {many:g}", hint)

    def therapy(self, packed: Packed, edges: Array, doses: Array) -> None:
        """Note edges that do not rise, and doses that fit neither them nor the drugs."""
        if edges.ndim != 1 or len(edges) < 2 or not np.all(np.isfinite(edges)) or np.any(np.diff(edges) <= 0):
            self("edges", "", edges, "two or more finite days that rise", "sort them, each once")
            return
        wanted = (len(edges) - 1, packed.effects.shape[1])
        fits = doses.shape == wanted or (doses.ndim == 3 and doses.shape[1:] == wanted)
        if not fits or (doses.ndim == 3 and len(doses) not in (1, len(packed))):
            expected = f"{wanted} or (patients, {wanted[0]}, {wanted[1]})"
            self("doses", "shape", doses.shape, expected, "one row per segment, one column per drug")
            return
        self.numbers("doses", doses)

    def horizons(self, edges: Array, horizons: Array) -> None:
        """Note horizons that lie before the start, or after the end of a therapy that is known."""
        if horizons.ndim != 1 or not len(horizons) or np.any(np.isnan(horizons)):
            self("horizons", "", horizons, "days, or inf for ever", "give at least one day")
            return
        early, late = horizons < edges.flat[0], np.isfinite(horizons) & (horizons > edges.flat[-1])
        if early.any():
            self("horizons", "", f"{horizons[early][0]:g}", f"days from {edges.flat[0]:g}", "start earlier")
        if late.any():
            hint = "extend the therapy to the horizon, or ask for inf: then its last segment lasts for ever"
            self("horizons", "", f"{horizons[late][0]:g}", f"days to {edges.flat[-1]:g}", hint)

    def signal(self, patients: int, edges: Array, horizons: Array, days: Array, values: Array) -> None:
        """Note a signal that does not fit its days or the patients, or leaves days uncovered."""
        values = np.atleast_2d(values)
        if values.ndim != 2 or days.ndim != 1 or not len(days) or values.shape[1] != len(days):
            self("signal", "", f"{days.shape} days, {values.shape} values", "one value per day", "see Signal")
            return
        if len(values) not in (1, patients):
            self("signal", "patients", len(values), f"1 or {patients}", "one row, or one for each patient")
        if not np.all(np.isfinite(days)) or np.any(np.diff(days) <= 0):
            self("signal", "days", days, "finite days that rise", "sort them, each once")
        elif len(days) > 1 and edges.size and (days[0] > edges.flat[0] or days[-1] < _end(edges, horizons)):
            expected = f"days {edges.flat[0]:g} to {_end(edges, horizons):g}"
            self("signal", "days", f"{days[0]:g} to {days[-1]:g}", expected, "follow the rest that far")
        self.numbers("signal", values)


def _end(edges: Array, horizons: Array) -> float:
    """Last day on which the signal is needed."""
    return float(edges.flat[-1] if np.any(np.isinf(horizons)) else np.max(horizons))
