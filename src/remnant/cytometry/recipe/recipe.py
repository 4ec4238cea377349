"""Every choice of automatic gating, with its default; part of the plan and printed in the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remnant.errors import Fault, SettingError
from remnant.study.config import Gates

_SHARES = (
    "fmo_quantile", "confidence", "percentile", "debris_ratio", "maximum_stem_loss", "maximum_bright_loss",
    "minimum_dead_above",
)  # fmt: skip
_SIZES = (
    "progenitor_widths", "singlet_width", "least_pulse_excess", "region_widths", "bootstrap_draws",
    "control_draws", "drift_decades",
)  # fmt: skip


class LowRule(StrEnum):
    """How `CD38-/low` is cut."""

    AUTOMATIC = "automatic"
    FMO = "fmo"
    PROGENITOR = "progenitor"
    PERCENTILE = "percentile"


class Whose(StrEnum):
    """Whose thresholds count a later visit of a patient."""

    OWN = "own"
    BASELINE = "baseline"


@dataclass(frozen=True)
class Recipe:
    """Choices of automatic gating. The defaults are this project's, not published constants.

    Parameters
    ----------
    stem_marker : str
        Marker inside which the others are cut; CD34 by default.
    fmo_quantile : float
        Quantile of the FMO tube below which a marker counts as negative.
    confidence : float
        Coverage of the interval of every threshold.
    cd38_rule : LowRule
        How `-/low` is cut: on the FMO, from the mode and width of the progenitors, or at the lowest
        `percentile`; automatic: FMO where there is one, else isotype, else percentile.
    percentile : float
        Share of the stem-marker positive cells taken as `-/low` by the percentile rule.
    progenitor_widths : float
        Standard deviations below the mode at which the progenitor rule cuts.
    minimum_parent_events : int
        Nucleated cells below which no compartment is evaluable.
    minimum_control_tail : int
        Events that the FMO must have above its quantile.
    minimum_step_events : int
        Events that the percentile rule, and each step of the sweep, must leave.
    sweep : tuple of float
        Shares of stem-marker positive events that the sweep calls `-/low`, one after the other.
    minimum_progenitors : int
        Stem-marker positive events that the progenitor rule needs.
    minimum_density_events : int
        Events that a density valley or a robust line needs.
    singlet_width : float
        Half-width of the singlet band, in robust standard deviations.
    least_pulse_excess : float
        An event is a doublet by its width only if that is this share above the median, whatever the spread.
    debris_ratio : float
        A scatter mode is debris if it lies below this fraction of the next one.
    cuts : tuple of (marker, value)
        Cuts that the lab has fixed, on the compensated scale; they go before every other rule.
    maximum_stem_loss : float
        Share of stem-marker positive events that the CD45 step may remove before it is left out.
    maximum_bright_loss : float
        Share of the brighter half of stem-marker positive events that the region of low side scatter and dim
        CD45 may remove before it is left out; the dimmer half may be background.
    region_widths : float
        Standard deviations that the region keeps from lymphocytes and granulocytes.
    minimum_dead_above : float
        Share of the dead-cell control that must lie above the cut of the dye.
    bootstrap_draws : int
        Resamples behind the interval of a density threshold.
    control_draws : int
        Resamples behind the bootstrap interval of a control's quantile.
    thresholds : Whose
        Whose thresholds count a later visit.
    drift_decades : float
        Decades between visits beyond which a threshold or a median is flagged.
    accepted_files : tuple of str
        Names of files to be gated although their values look implausible.
    reviewed : tuple of (marker, value)
        Cuts that a person placed on this very tube; they go before every other, those of the plan included.
    """

    stem_marker: str = "CD34"
    fmo_quantile: float = 0.995
    confidence: float = 0.95
    cd38_rule: LowRule = LowRule.AUTOMATIC
    percentile: float = 0.10
    progenitor_widths: float = 2.0
    minimum_parent_events: int = 100
    minimum_control_tail: int = 5
    minimum_step_events: int = 50
    sweep: tuple[float, ...] = (0.02, 0.05, 0.10, 0.20)
    minimum_progenitors: int = 200
    minimum_density_events: int = 1000
    singlet_width: float = 4.0
    least_pulse_excess: float = 0.25
    debris_ratio: float = 0.4
    cuts: tuple[tuple[str, float], ...] = ()
    maximum_stem_loss: float = 0.1
    maximum_bright_loss: float = 0.02
    region_widths: float = 3.0
    minimum_dead_above: float = 0.5
    bootstrap_draws: int = 200
    control_draws: int = 1000
    thresholds: Whose = Whose.OWN
    drift_decades: float = 0.2
    accepted_files: tuple[str, ...] = ()
    reviewed: tuple[tuple[str, float], ...] = ()

    def fixed_cut(self, marker: str) -> float | None:
        """Return the cut that a person placed on this tube, else the one that the lab has fixed, if any."""
        fixed = {name.lower(): value for name, value in (*self.cuts, *self.reviewed)}
        return fixed.get(marker.lower())

    def is_reviewed(self, marker: str) -> bool:
        """Whether a person placed the cut of a marker on this tube."""
        return marker.lower() in {name.lower() for name, _ in self.reviewed}

    @classmethod
    def of(cls, gates: Gates, *, confidence: float) -> Recipe:
        """Return the recipe that the `[gates]` section of a study asks for."""
        return cls(
            fmo_quantile=gates.fmo_quantile,
            confidence=confidence,
            cd38_rule=LowRule(gates.cd38_rule),
            percentile=gates.cd38_percentile,
            progenitor_widths=gates.progenitor_widths,
            minimum_parent_events=gates.minimum_parent_events,
            minimum_step_events=gates.minimum_step_events,
            sweep=gates.cd38_sweep,
            thresholds=Whose(gates.thresholds),
            drift_decades=gates.drift_decades,
            cuts=tuple(gates.cuts.items()),
            accepted_files=gates.accepted_files,
        )

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in _SHARES} | {
            f"sweep, step {n}": share for n, share in enumerate(self.sweep, 1)
        }
        sizes = {name: value for name, value in vars(self).items() if name.startswith("minimum_")}
        sizes |= {name: getattr(self, name) for name in _SIZES}
        faults = [
            Fault("gating recipe", None, name, f"{value:g}", "a number between 0 and 1", "write 5 % as 0.05")
            for name, value in shares.items()
            if not 0 < value < 1
        ]
        faults += [
            Fault("gating recipe", None, name, f"{value:g}", "a number above 0", "leave it at its default")
            for name, value in sizes.items()
            if not value > 0
        ]
        for name, kind in (("cd38_rule", LowRule), ("thresholds", Whose)):
            if getattr(self, name) not in set(kind):
                known = ", ".join(kind)
                faults.append(Fault("gating recipe", None, name, str(getattr(self, name)), known, "take one"))
        if faults:
            raise SettingError(faults)
