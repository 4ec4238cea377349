"""What a lab holds itself to when it reports a rare population; every number may be replaced by its own."""

from __future__ import annotations

from dataclasses import dataclass, fields

from remnant.errors import Fault, SettingError
from remnant.study.config import Rare

CONVENTION = "the convention of 20 events for detection and 50 for quantitation; replace it by the lab's own"


@dataclass(frozen=True)
class RareRule:
    """Choices behind limits and verdicts. The defaults are conventions, not truths.

    Parameters
    ----------
    detection_events, quantitation_events : int
        Events of a cluster that the lab calls detected and quantified where it declares no blanks; 20 and 50
        are a convention (citation to complete), not a property of any assay.
    quantitation_cv : float
        Coefficient of variation that the lab accepts of a quantified count; 0.20 asks for 25 events over an
        empty background.
    fewest_blanks : int
        Blanks below which no limit is taken from them; 20 is what EP17-A2 asks to verify a limit.
    blanks_to_establish : int
        Blanks below which a limit is called provisional; 60 is what EP17-A2 asks to establish one.
    minimum_parent_events : int
        Evaluable parent events below which a population cannot be called absent; ELN 2021 (table 1, A11) asks
        for more than 500,000 CD45+ events.
    minimum_compartment_events : int
        Viable events of the compartment below which the same holds; ELN 2021 (A11) asks for 100.
    confidence : float
        Of intervals, bounds and the three limits, in (0, 1).

    References
    ----------
    CLSI EP17-A2 (2012). Heuser et al. (2021) Blood 138:2753 (ELN 2021).
    """

    detection_events: int = 20
    quantitation_events: int = 50
    quantitation_cv: float = 0.20
    fewest_blanks: int = 20
    blanks_to_establish: int = 60
    minimum_parent_events: int = 500_000
    minimum_compartment_events: int = 100
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be meant, all at once."""
        least = {"detection_events": 1, "fewest_blanks": 3}
        faults = []
        for name in (field.name for field in fields(self) if field.type == "int"):
            found, floor = getattr(self, name), least.get(name, 0)
            if found < floor:
                faults.append(_fault(name, found, f"{floor} or more", "check the lab's procedure"))
        for name, top in (("quantitation_cv", 2.0), ("confidence", 1.0)):
            if not 0 < getattr(self, name) < top:
                hint = "write 20 % as 0.20"
                faults.append(_fault(name, getattr(self, name), f"between 0 and {top:g}", hint))
        if self.quantitation_events < self.detection_events:
            expected = f"at least detection_events, {self.detection_events}"
            hint = "what is quantified is detected"
            faults.append(_fault("quantitation_events", self.quantitation_events, expected, hint))
        if faults:
            raise SettingError(faults)

    @classmethod
    def of(cls, section: Rare, *, confidence: float) -> RareRule:
        """Return the rule that the `[rare]` section of a study asks for."""
        return cls(**section.model_dump(exclude={"count_variance"}), confidence=confidence)

    @property
    def is_convention(self) -> bool:
        """Whether the event limits are the shipped ones rather than a lab's own."""
        default = RareRule.__dataclass_fields__
        return all(
            getattr(self, name) == default[name].default
            for name in ("detection_events", "quantitation_events")
        )


def _fault(name: str, found: object, expected: str, hint: str) -> Fault:
    return Fault("rare rule", None, name, str(found), expected, hint)
