"""Every choice behind a fit, with what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remnant.errors import Fault, SettingError
from remnant.inference.problem.mechanisms import mechanism_of

Setting = Literal["fast", "full"]


@dataclass(frozen=True)
class Choices:
    """How a study is fitted; where the work runs is no part of it: it cannot change an answer.

    Parameters
    ----------
    setting : {"full", "fast"}
        Full: all patients together, by NUTS. Fast: each alone against the population of the preset, by
        importance sampling.
    mechanism : str
        Name in `remnant.inference.problem.mechanisms.MECHANISMS`.
    compare : bool
        Whether every mechanism is fitted and compared.
    chains, warmup, draws : int
        Of NUTS.
    horizon_years : float
        How far the forecast goes beyond each patient's last observation.
    until : int or None
        Last day whose observations are used; None for all.
    seed : int
        Keys every stream of chance.
    acceptance : float
        Mean acceptance of NUTS; higher takes shorter steps into sharp corners.

    Raises
    ------
    SettingError
        If a number is out of range or the mechanism unknown, all at once.
    """

    setting: Setting = "full"
    mechanism: str = "full"
    compare: bool = False
    chains: int = 4
    warmup: int = 200
    draws: int = 500
    horizon_years: float = 5.0
    until: int | None = None
    seed: int = 20100909
    acceptance: float = 0.9

    def __post_init__(self) -> None:
        faults = []

        def check(name: str, good: bool, expected: str, hint: str) -> None:
            if not good:
                faults.append(Fault("fit", None, name, str(getattr(self, name)), expected, hint))

        check("setting", self.setting in ("fast", "full"), "fast or full", "full fits all patients together")
        check("chains", 2 <= self.chains <= 64, "2 to 64", "chains that agree are the proof: take 4")
        check("warmup", 50 <= self.warmup <= 100_000, "50 to 100,000", "take 200")
        check("draws", 50 <= self.draws <= 100_000, "50 to 100,000", "take 500")
        check("acceptance", 0.5 <= self.acceptance <= 0.999, "0.5 to 0.999", "take 0.9")
        check("horizon_years", 0 < self.horizon_years <= 50, "above 0, to 50", "how far the forecast goes")
        check("seed", self.seed >= 0, "0 or more", "a whole number")
        if self.compare and self.setting == "fast":
            hint = "take the full setting: patients are left out of a population"
            faults.append(Fault("fit", None, "compare", "the fast setting", "the full setting", hint))
        try:
            mechanism_of(self.mechanism)
        except SettingError as error:
            faults += error.faults
        if faults:
            raise SettingError(faults)
