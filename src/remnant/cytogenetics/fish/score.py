"""From the fish table of a study to the clone fraction of every compartment.

Control slides give the errors of each probe; a stem sort is read with the slides of its contaminant.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from remnant.cytogenetics.fish.clone_fraction import CloneFraction, ScoredClone, estimate_clone
from remnant.cytogenetics.fish.cutoff import CutoffMethod
from remnant.cytogenetics.fish.probe import Known, probe_errors
from remnant.cytogenetics.fish.slides import read_slides
from remnant.study.config import Probe


def estimate_clones(
    fish: pl.DataFrame,
    controls: pl.DataFrame,
    *,
    cutoff: CutoffMethod | str = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
    confidence: float = 0.95,
    priors: Mapping[str, Probe] | None = None,
    roles: Mapping[str, str] | None = None,
) -> tuple[CloneFraction, ...]:
    """Estimate the clone fraction of every compartment that was scored.

    Parameters
    ----------
    fish, controls : DataFrame
        Tables `fish` and `fish_controls` of a study, with `line`.
    cutoff : CutoffMethod
        How control slides become a cut-off.
    alpha : float, default 0.05
        False calls that it allows.
    confidence : float, default 0.95
        Coverage of intervals, and of one-sided bounds, in (0, 1).
    priors : Mapping of str to Probe, optional
        What is believed of each probe before its controls; an example prior otherwise.
    roles : Mapping of str to str, optional
        Role of each compartment: stem, progenitor or bulk. A stem sort without a named contaminant is taken
        to be contaminated by the progenitors.

    Returns
    -------
    tuple of CloneFraction
        One for each sample, compartment and probe, in the order of the table.

    Raises
    ------
    TableError
        With every slide that cannot be read.
    """
    scored = score_clones(
        fish, controls, cutoff=cutoff, alpha=alpha, confidence=confidence, priors=priors, roles=roles
    )
    return tuple(item.estimate for item in scored)


def score_clones(
    fish: pl.DataFrame,
    controls: pl.DataFrame,
    *,
    cutoff: CutoffMethod | str = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
    confidence: float = 0.95,
    priors: Mapping[str, Probe] | None = None,
    roles: Mapping[str, str] | None = None,
    file: str = "fish.csv",
    false_positive: Known = None,
    false_negative: Known = None,
) -> tuple[ScoredClone, ...]:
    """Do the work of `estimate_clones` and keep the posteriors; rates may be given, exact or counted."""
    everything = read_slides(fish, file=file)
    errors = {
        probe: probe_errors(
            control_slides(controls, probe, "normal"),
            (priors or {}).get(probe),
            clones=control_slides(controls, probe, "clone"),
            false_positive=false_positive,
            false_negative=false_negative,
            method=CutoffMethod(cutoff),
            alpha=alpha,
        )
        for probe in dict.fromkeys(slides.probe for slides in everything)
    }
    by_place = {(s.sample_id, s.probe, s.compartment): s for s in everything}
    scored = []
    for slides in everything:
        name = slides.contaminant or _usual_contaminant(slides.compartment, roles or {})
        other = by_place.get((slides.sample_id, slides.probe, name or ""))
        scored.append(
            estimate_clone(slides, errors[slides.probe], contaminant=other, name=name, confidence=confidence)
        )
    return tuple(scored)


def control_slides(controls: pl.DataFrame, probe: str, kind: str) -> list[tuple[int, int]]:
    """Abnormal and scored nuclei of each control slide of a probe; kind is normal or clone."""
    own = controls.filter(pl.col("probe") == probe, pl.col("kind").fill_null("normal") == kind)
    return own.select("nuclei_abnormal", "nuclei_scored").rows()


def _usual_contaminant(compartment: str, roles: Mapping[str, str]) -> str | None:
    """The progenitors, for a stem sort: they lie next to it, on the dim side of CD38."""
    if roles.get(compartment) != "stem":
        return None
    return next((name for name, role in roles.items() if role == "progenitor"), None)
