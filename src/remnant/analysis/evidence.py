"""What the counts of a tube can carry: a verdict on every compartment, and how steady the acquisition was."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.absolute import CellsPerUl
from remnant.cytometry import GatedCodes, GatedTube, Level, MarkerRule, PopulationCount, parse_phenotype
from remnant.cytometry.acquisition.cut import CutEffect, effect_of_cut
from remnant.cytometry.acquisition.quality import TubeQuality, check_acquisition
from remnant.cytometry.rare.limits import limits_from_rule
from remnant.cytometry.rare.rule import RareRule
from remnant.cytometry.rare.verdict import Verdict, judge
from remnant.study.estimate import Estimate

BACKGROUND = "less the background the limits reach 0: what leaked in could explain the count"


@dataclass(frozen=True)
class RareVerdict:
    """What a tube says of one compartment, by the rule that the study declares.

    Parameters
    ----------
    sample_id, file, population : str
        Sample, tube and compartment.
    verdict : Verdict
        One of the four answers.
    events : int or None
        Events in the compartment; None where its gates could not be placed.
    parent_events : int
        Viable nucleated cells that could be judged.
    compartment_events : int or None
        Stem-marker positive cells, where the compartment lies among them.
    detection_events, quantitation_events : int
        Of the rule.
    fraction : Estimate
        Of the parent, by counting alone: an interval where detected, the bound where below detection.
    upper : float or None
        One-sided bound of the fraction, whatever the count; None where nothing could be counted.
    sentence : str
        The verdict in words.
    notes : tuple of str
        What weakens it.
    """

    sample_id: str
    file: str
    population: str
    verdict: Verdict
    events: int | None
    parent_events: int
    compartment_events: int | None
    detection_events: int
    quantitation_events: int
    fraction: Estimate
    upper: float | None
    sentence: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TubeEvidence:
    """What the counts of one tube can carry.

    Parameters
    ----------
    verdicts : tuple of RareVerdict
        One for each compartment.
    quality : TubeQuality
        The acquisition over time, and the cut that it proposes.
    effects : tuple of CutEffect
        Each evaluable compartment with and without that cut.
    absolute : tuple of CellsPerUl
        Cells per µL of each compartment, or why there is none.
    """

    verdicts: tuple[RareVerdict, ...]
    quality: TubeQuality
    effects: tuple[CutEffect, ...]
    absolute: tuple[CellsPerUl, ...]


def judge_compartments(
    tube: GatedTube, rule: RareRule, *, place: tuple[str, str], stem: str
) -> tuple[RareVerdict, ...]:
    """Judge every compartment of a tube.

    Parameters
    ----------
    tube : GatedTube
        The counts.
    rule : RareRule
        What detected, quantified and absent mean.
    place : tuple of str
        Sample and file, as events.csv names them.
    stem : str
        The stem marker: a compartment that carries it lies among its positive cells.
    """
    steps = {step.name: step.events for step in tube.steps}
    found = []
    for count in tube.populations:
        inside = MarkerRule(stem, Level.POSITIVE) in parse_phenotype(count.phenotype)
        among = steps.get(f"{stem}+") if inside else None
        found.append(_judge(count, rule, among, place))
    return tuple(found)


def _judge(count: PopulationCount, rule: RareRule, among: int | None, tube: tuple[str, str]) -> RareVerdict:
    notes: tuple[str, ...] = ()
    if count.events is None:
        verdict, fraction, upper = Verdict.NOT_EVALUABLE, Estimate.not_evaluable(count.reason), None
        sentence = f"Not evaluable: {count.reason}."
    else:
        limits = limits_from_rule(rule, count.parent_events) if count.parent_events else None
        said = judge(count.events, count.parent_events, limits, rule=rule, compartment_events=among)
        verdict, fraction, upper = said.verdict, said.fraction, said.count.upper
        sentence, notes = said.sentence, (*said.notes, *_leaked(count, verdict))
    return RareVerdict(
        *tube,
        count.population,
        verdict,
        count.events,
        count.parent_events,
        among,
        rule.detection_events,
        rule.quantitation_events,
        fraction,
        upper,
        sentence,
        notes,
    )


def _leaked(count: PopulationCount, verdict: Verdict) -> tuple[str, ...]:
    """Say where a count that is above its limit may be nothing but background: the rule knows events only."""
    limits = count.interval
    if verdict not in (Verdict.BELOW_LOQ, Verdict.QUANTIFIED) or limits is None:
        return ()
    return (BACKGROUND,) if limits.measured and limits.lower <= 0 else ()


def check_quality(
    gated: GatedCodes, populations: tuple[PopulationCount, ...], *, confidence: float
) -> tuple[TubeQuality, tuple[CutEffect, ...]]:
    """Look at the acquisition over time, and count every compartment with and without the proposed cut."""
    quality = check_acquisition(gated.events.file)
    effects = tuple(
        effect_of_cut(name, gated.members[name], quality.cut, confidence=confidence)
        for name in (count.population for count in populations)
        if name in gated.members
    )
    return quality, effects
