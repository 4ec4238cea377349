"""What a relapse is, on the hidden course: one place, with thresholds that can be edited.

A patient is in remission once the level has been below one threshold, and relapses when it has come back to
another. A level is the mean of the last four weeks, of log odds for a clone fraction and of log10 for a
transcript: in cycles of 21 days of 28, progenitors are several times as many after the week without drug as
before it, and neither the one nor the other alone is a remission or a relapse. A clone that regrows
exponentially therefore relapses 14 days after its level of the day has passed the threshold. A level exactly
at a threshold is not below it: it is no remission, and it is a relapse.

The forecast is one of the truth behind the assays, so the thresholds are near what assays can show and do not
depend on how many nuclei a lab scores. The virtual cohorts (`remnant.cohort.course.outcomes`) ask more of a
molecular remission, 0.1 % of progenitors, with a return at 1 %: `DEEP` are these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal, get_args

import numpy as np

from remnant.errors import Fault, SettingError
from remnant.inference.records import Kind

Measured = Literal["progenitor fraction", "mature fraction", "transcript", "haemoglobin"]
UNITS: Mapping[Measured, str] = {
    "progenitor fraction": "",
    "mature fraction": "",
    "transcript": " %",
    "haemoglobin": " g/dL",
}


@dataclass(frozen=True)
class Definition:
    """One kind of relapse.

    Parameters
    ----------
    kind : {"molecular", "cytogenetic", "clinical"}
        Its name.
    measured : str
        "progenitor fraction", "mature fraction", "transcript" (%) or "haemoglobin" (g/dL).
    remission, relapse : float
        The level below which a remission begins, and that at which a relapse does. Of haemoglobin: the rise
        above the start of the course that is a response, and the fall below the best since then that ends it.
    source : str
        Where the numbers come from.

    Raises
    ------
    SettingError
        If the thresholds are impossible.

    Examples
    --------
    >>> Definition("molecular", "progenitor fraction", 0.05, 0.10).says
    'progenitor fraction at 0.1 or above, after it was below 0.05'
    """

    kind: Kind
    measured: Measured
    remission: float
    relapse: float
    source: str = "set by the user"

    def __post_init__(self) -> None:
        if faults := self._faults():
            raise SettingError(faults)

    def _faults(self) -> list[Fault]:
        def fault(column: str, found: object, expected: str, hint: str) -> Fault:
            return Fault(f"definition of {self.kind} relapse", None, column, str(found), expected, hint)

        faults = [
            fault(column, value, "one of " + ", ".join(names), "choose one")
            for column, value, names in (
                ("kind", self.kind, get_args(Kind)),
                ("measured", self.measured, get_args(Measured)),
            )
            if value not in names
        ]
        most = 1.0 if "fraction" in self.measured else np.inf
        for column, value in (("remission", self.remission), ("relapse", self.relapse)):
            if not 0 < value < most:
                hint = "a share of 5 % is written 0.05" if most == 1 else "a number above 0"
                faults.append(fault(column, f"{value:g}", f"above 0 and below {most:g}", hint))
        if self.measured != "haemoglobin" and self.relapse < self.remission:
            hint = "a relapse is a return above the level of remission"
            faults.append(fault("relapse", f"{self.relapse:g}", f"from {self.remission:g}", hint))
        return faults

    @property
    def says(self) -> str:
        """The definition in words."""
        unit = UNITS[self.measured]
        if self.measured == "haemoglobin":
            return (
                f"haemoglobin in balance {self.relapse:g}{unit} below its best, "
                f"after a rise of {self.remission:g}{unit} or more"
            )
        return (
            f"{self.measured} at {self.relapse:g}{unit} or above, after it was below {self.remission:g}{unit}"
        )


CLINICAL = Definition(
    *("clinical", "haemoglobin", 1.5, 1.5),
    source="erythroid response and its loss: Cheson 2006 (IWG)",
)
BY_FRACTION = (
    Definition(
        *("molecular", "progenitor fraction", 0.05, 0.10),
        source="choice: 5 % is near the cut-off of a probe at 200 nuclei, and twice it is beyond it",
    ),
    Definition(
        *("cytogenetic", "mature fraction", 0.05, 0.10),
        source="choice: 2 of 20 metaphases, which make a clone (ISCN), are 10 %; 5 % is below one of 20",
    ),
    CLINICAL,
)
BY_TRANSCRIPT = (
    Definition(
        *("molecular", "transcript", 0.1, 0.1),
        source="major molecular response and its loss, 0.1 % IS: Hochhaus 2020 (ELN), from memory",
    ),
    Definition(
        *("cytogenetic", "transcript", 1.0, 1.0),
        source="1 % IS stands for complete cytogenetic response: Hochhaus 2020 (ELN), from memory",
    ),
    CLINICAL,
)
DEEP = (
    Definition(
        *("molecular", "progenitor fraction", 1e-3, 1e-2),
        source="as in virtual cohorts: a hundred-fold below 10 %",
    ),
    *BY_FRACTION[1:],
)


def definitions(
    *, transcript: bool, changes: Mapping[str, Mapping[str, float]] | None = None
) -> tuple[Definition, ...]:
    """Return the definitions of a study, some with other thresholds.

    Parameters
    ----------
    transcript : bool
        Whether the study follows the clone by transcripts, as in chronic myeloid leukaemia.
    changes : mapping, optional
        By kind, `remission` and `relapse`, such as ``{"molecular": {"relapse": 0.2}}``.

    Raises
    ------
    SettingError
        If a kind or a threshold has no such name (with the nearest), or is impossible.
    """
    known = {each.kind: each for each in (BY_TRANSCRIPT if transcript else BY_FRACTION)}
    _refuse_unknown(changes or {}, list(known))
    for kind, new in (changes or {}).items():
        known[kind] = replace(known[kind], source="set by the user", **new)  # type: ignore[index, arg-type]
    return tuple(known.values())


def _refuse_unknown(changes: Mapping[str, Mapping[str, float]], kinds: Sequence[str]) -> None:
    asked = [(kind, kinds) for kind in changes]
    asked += [(name, ("remission", "relapse")) for new in changes.values() for name in new]
    faults = []
    for name, names in asked:
        if name not in names:
            near = get_close_matches(name, names, 1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else "correct the name"
            expected = "one of " + ", ".join(names)
            faults.append(Fault("definitions of relapse", None, "name", name, expected, hint))
    if faults:
        raise SettingError(faults)
