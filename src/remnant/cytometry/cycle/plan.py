"""Every choice behind cell-cycle fractions, with its default."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.errors import Fault, SettingError

_FRACTIONS = ("maximum_cv", "minimum_cv", "maximum_misfit", "minimum_two_n")
RATIO_LIMITS = (1.75, 2.05)  # G2/M over 2n: chromatin packs more tightly, so dyes show a little under 2


@dataclass(frozen=True)
class CyclePlan:
    """Choices of cell-cycle analysis. The defaults are this project's, not published constants.

    Parameters
    ----------
    confidence : float
        Coverage of every interval, in (0, 1).
    maximum_cv : float
        Coefficient of variation of the 2n peak above which nothing is evaluable, in (0, 1).
    minimum_cv : float
        CV below which the values are no measured DNA: a few whole numbers, or another channel.
    maximum_misfit : float
        Share of events in the wrong place above which the model is refused; a third of it is said.
    minimum_two_n : float
        Share of cells that the 2n peak must hold.
    minimum_peak_events : int
        Viable singlets that the 2n peak needs.
    minimum_compartment_events : int
        Events with DNA from 2n to 4n that a compartment needs.
    control_quantile : float
        Quantile of the FMO or isotype tube below which Ki-67 counts as negative, in (0, 1).
    strict_quantile : float
        A lower quantile at which quiescence is counted again: where proliferating cells overlap the
        background, the two answers part, and the interval spans both.
    minimum_control_tail : int
        Events that the control must have above its quantile.
    window_widths : float
        Standard deviations of the 2n peak beyond which a window calls an event S.
    singlet_width : float
        Half-width of the band of DNA pulse width, in robust standard deviations.
    singlet_slack : float
        Least half-width of that band, as a fraction of the pulse width: G2 nuclei are larger.
    fixed_cut : float or None
        Ki-67 (or pyronin Y) cut that the lab has fixed, on the compensated scale.
    bootstrap_draws : int
        Resamples behind the interval of a cut at a valley.
    """

    confidence: float = 0.95
    maximum_cv: float = 0.08
    minimum_cv: float = 0.01
    maximum_misfit: float = 0.15
    minimum_two_n: float = 0.1
    minimum_peak_events: int = 1000
    minimum_compartment_events: int = 50
    control_quantile: float = 0.995
    strict_quantile: float = 0.9
    minimum_control_tail: int = 5
    window_widths: float = 2.5
    singlet_width: float = 4.0
    singlet_slack: float = 0.2
    fixed_cut: float | None = None
    bootstrap_draws: int = 200

    def __post_init__(self) -> None:
        faults = [
            Fault(
                "cell-cycle plan", None, name, f"{value:g}", "a number between 0 and 1", "write 8 % as 0.08"
            )
            for name in (*_FRACTIONS, "confidence", "control_quantile", "strict_quantile", "singlet_slack")
            if not 0 < (value := float(getattr(self, name))) < 1
        ]
        above_zero = ["minimum_peak_events", "minimum_compartment_events", "minimum_control_tail"]
        faults += [
            Fault("cell-cycle plan", None, name, f"{value:g}", "a number above 0", "leave it at its default")
            for name in [*above_zero, "window_widths", "singlet_width", "bootstrap_draws"]
            if not (value := float(getattr(self, name))) > 0
        ]
        if not faults and self.strict_quantile > self.control_quantile:
            found, expected = f"{self.strict_quantile:g}", f"at most {self.control_quantile:g}"
            hint = "the strict quantile lies below that of the control"
            faults = [Fault("cell-cycle plan", None, "strict_quantile", found, expected, hint)]
        if faults:
            raise SettingError(faults)
