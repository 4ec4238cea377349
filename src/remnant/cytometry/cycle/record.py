"""What cell-cycle analysis says of a tube and of its compartments, as records for the store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remnant.cytometry.cycle.peak import DnaPeak, PeakRefusal
from remnant.cytometry.recipe.tube import Threshold
from remnant.study.estimate import Estimate


class Phase(StrEnum):
    """Phases that DNA and Ki-67 (or pyronin Y) tell apart."""

    G0 = "G0"
    G1 = "G1"
    S_G2M = "S/G2/M"


@dataclass(frozen=True)
class PhaseFraction:
    """One phase of one compartment.

    Parameters
    ----------
    phase : Phase
    events : float or None
        Counted in its window, or expected under the model; None where it is not evaluable.
    alone : Estimate
        Fraction of the compartment's cells from 2n to 4n, with the interval of this phase alone.
    lower_together, upper_together : float or None
        Limits that hold for all three phases at once (Bonferroni).
    """

    phase: Phase
    events: float | None
    alone: Estimate
    lower_together: float | None = None
    upper_together: float | None = None


@dataclass(frozen=True)
class CutStep:
    """Fractions with the Ki-67 cut at another place.

    Parameters
    ----------
    where : str
        Which place, in words.
    cut : float
        On the compensated scale.
    events : int
        Events from 2n to 4n below it.
    g0, g1, s_g2m : float
        Fractions.
    """

    where: str
    cut: float
    events: int
    g0: float
    g1: float
    s_g2m: float


@dataclass(frozen=True)
class CompartmentCycle:
    """Phases of one compartment.

    Parameters
    ----------
    compartment : str
    method : str
        How the phases were told, in words.
    events : int
        Events of the compartment.
    evaluable : int
        Those from 2n to 4n, on which the fractions rest.
    not_evaluable : int
        Those whose membership, DNA or Ki-67 is not known.
    doublets, below_2n, above_4n : int
        Those left out: by the pulse of DNA, with less than 2n (debris, dying cells), with more than 4n.
    phases : tuple of PhaseFraction
        By the mixture, with counting and classification error in the interval; G0, G1, S/G2/M.
    windows : tuple of PhaseFraction
        By hard windows and the plain count below the cut, exact in counting error only.
    threshold : Threshold or None
        The cut of Ki-67; None where there is none, and `reason` or the estimates say why.
    sensitivity : tuple of CutStep
        Fractions with the cut at its lower limit, value, upper limit and at the strict quantile.
    warnings : tuple of str
        What a reader must know before believing the fractions.
    """

    compartment: str
    method: str
    events: int
    evaluable: int
    not_evaluable: int
    doublets: int
    below_2n: int
    above_4n: int
    phases: tuple[PhaseFraction, ...]
    windows: tuple[PhaseFraction, ...] = ()
    threshold: Threshold | None = None
    sensitivity: tuple[CutStep, ...] = ()
    warnings: tuple[str, ...] = ()

    def fraction(self, phase: Phase) -> Estimate:
        """Return the estimate of one phase."""
        return next(found.alone for found in self.phases if found.phase is phase)


@dataclass(frozen=True)
class PulseGate:
    """Singlets by the pulse of DNA.

    Parameters
    ----------
    channel : str
        Height or width of the DNA pulse.
    rule : str
        The gate in a sentence.
    removed : int
        Events of the parent outside it.
    """

    channel: str
    rule: str
    removed: int


@dataclass(frozen=True)
class DnaModel:
    """The model of the viable singlets that every compartment borrows.

    Parameters
    ----------
    peak, cv, ratio : float
        2n peak in channel units, its coefficient of variation, and G2/M over it.
    two_n, s_phase, four_n, debris : float
        Shares of the events from half to a little over twice the 2n peak.
    """

    peak: float
    cv: float
    ratio: float
    two_n: float
    s_phase: float
    four_n: float
    debris: float


@dataclass(frozen=True)
class TubeCycle:
    """Everything that cell-cycle analysis says of one tube.

    Parameters
    ----------
    file : str
    dna, marker : str
        Channels; marker empty where G0 is not told from G1.
    parent : str
        Population that lends the 2n peak.
    parent_events : int
    peak : DnaPeak or PeakRefusal
        With a refusal no phase is evaluable.
    model : DnaModel or None
    pulse : PulseGate or None
        None where no height or width of DNA was recorded.
    compartments : tuple of CompartmentCycle
    warnings : tuple of str
    """

    file: str
    dna: str
    marker: str
    parent: str
    parent_events: int
    peak: DnaPeak | PeakRefusal
    model: DnaModel | None
    pulse: PulseGate | None
    compartments: tuple[CompartmentCycle, ...]
    warnings: tuple[str, ...]
