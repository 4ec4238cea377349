"""What a gate review shows, as records for a page and for a program."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.cytometry.recipe.review_plots import ReviewPlot, StemCells


@dataclass(frozen=True)
class TubeLine:
    """One stained tube in a list.

    Parameters
    ----------
    number : int
        From 1, in the order of events.csv.
    patient : int
        Number of the patient, from 1 in the order of patients.csv.
    patient_id, sample_id : str
        As the study names them.
    day : int
        Of the sample.
    file, panel : str
        The tube.
    controls : tuple of str
        Markers that have a control.
    reviewed : tuple of str
        Markers whose cut a person placed.
    stale : bool
        Whether the file is no longer the one that was reviewed.
    """

    number: int
    patient: int
    patient_id: str
    sample_id: str
    day: int
    file: str
    panel: str
    controls: tuple[str, ...]
    reviewed: tuple[str, ...]
    stale: bool


@dataclass(frozen=True)
class Cut:
    """Where one marker is cut, and where the recipe cuts it.

    Parameters
    ----------
    marker, channel : str
    low, high : float
        What the channel can mean, on the compensated scale.
    value, lower, upper : float or None
        The cut that counts, with its interval; None where there is none.
    method : str
        How it was found, or why there is none.
    placed : bool
        Whether a person placed it.
    automatic, automatic_lower, automatic_upper : float or None
        By the recipe alone.
    automatic_method : str
        How, or why not.
    doubt : str
        What speaks against a placed cut; empty if nothing does.
    """

    marker: str
    channel: str
    low: float
    high: float
    value: float | None
    lower: float | None
    upper: float | None
    method: str
    placed: bool
    automatic: float | None
    automatic_lower: float | None
    automatic_upper: float | None
    automatic_method: str
    doubt: str = ""


@dataclass(frozen=True)
class Counts:
    """What one compartment holds.

    Parameters
    ----------
    population, phenotype : str
    events, fewest, most : int or None
        Events, and as the cuts move within their intervals; None where it is not evaluable.
    parent_events : int
        Viable nucleated cells that could be judged.
    per_million, lower, upper : float or None
        Cells per million nucleated cells less the background, with limits.
    background : float or None
        Events expected to have leaked in.
    verdict, sentence : str
        By the study's rule for rare cells.
    reason : str
        Why it is not evaluable.
    automatic, change : int or None
        Events by the recipe alone, and how many more there are now.
    """

    population: str
    phenotype: str
    events: int | None
    fewest: int | None
    most: int | None
    parent_events: int
    per_million: float | None
    lower: float | None
    upper: float | None
    background: float | None
    verdict: str
    sentence: str
    reason: str
    automatic: int | None
    change: int | None


@dataclass(frozen=True)
class ControlShare:
    """Cells of a control at or above the cut of the marker that it leaves out.

    Parameters
    ----------
    marker, kind, file : str
    above, among : int
        Of the cells inside the same parent.
    """

    marker: str
    kind: str
    file: str
    above: int
    among: int


@dataclass(frozen=True)
class Proposal:
    """A tube counted at proposed cuts; nothing is saved by it.

    Parameters
    ----------
    cuts : tuple of Cut
        Every marker that is cut, in the order of the gates.
    counts : tuple of Counts
    cells : int or None
        Viable nucleated cells.
    warnings : tuple of str
        What to know before believing the counts.
    controls : tuple of ControlShare
        What each control says of the cut of its marker.
    """

    cuts: tuple[Cut, ...]
    counts: tuple[Counts, ...]
    cells: int | None
    warnings: tuple[str, ...]
    controls: tuple[ControlShare, ...] = ()


@dataclass(frozen=True)
class SavedCut:
    """A cut as gate_reviews.csv has it."""

    marker: str
    cut: float
    reviewer: str
    reviewed_on: str
    reason: str
    stale: bool


@dataclass(frozen=True)
class Review:
    """Everything of one tube.

    Parameters
    ----------
    tube : TubeLine
    revision : int
        Of the study, as it was looked at: a save names it.
    saved : tuple of SavedCut
        What stands in the study.
    proposal : Proposal
        The counts at the saved cuts, or at those that were asked for.
    plots : tuple of ReviewPlot
        In the order of the gates.
    stem : StemCells
        Cells inside the stem marker's cut, one by one.
    rules : tuple of (population, ((marker, side), ...))
        Side +1 at or above the cut, -1 below.
    visits : int
        Other tubes of the patient with this panel.
    """

    tube: TubeLine
    revision: int
    saved: tuple[SavedCut, ...]
    proposal: Proposal
    plots: tuple[ReviewPlot, ...]
    stem: StemCells
    rules: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    visits: int


@dataclass(frozen=True)
class Visit:
    """Another tube of the patient, small, to compare.

    Parameters
    ----------
    tube : TubeLine
    proposal : Proposal
        At its saved cuts.
    plots : tuple of ReviewPlot
        The compartments.
    trouble : str
        Why it could not be opened; empty otherwise.
    """

    tube: TubeLine
    proposal: Proposal | None
    plots: tuple[ReviewPlot, ...]
    trouble: str = ""
