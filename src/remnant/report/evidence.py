"""What the counts of a tube can carry: verdicts, the acquisition with and without its cut, cells per µL."""

from __future__ import annotations

from remnant.analysis.absolute import CellsPerUl
from remnant.analysis.evidence import RareVerdict, TubeEvidence
from remnant.cytometry.acquisition.cut import UNEVEN, CutEffect
from remnant.cytometry.acquisition.findings import EventRange, Finding
from remnant.cytometry.rare.verdict import Verdict
from remnant.report import numbers, phrases, tables
from remnant.report.tables import Cell, Table
from remnant.study.estimate import Evidence

MILLION = 1e6
LISTED = 4  # ranges of events named in a sentence; the others are counted


def verdict_cell(evidence: TubeEvidence | None, population: str) -> Cell:
    """Return the verdict on a compartment, with the bound that it supports or the reason."""
    for found in evidence.verdicts if evidence else ():
        if found.population == population:
            return Cell(str(found.verdict), _support(found))
    return Cell("–")


def _support(found: RareVerdict) -> str:
    said = []
    if found.events is not None and found.verdict is Verdict.NOT_EVALUABLE:
        said.append(found.fraction.reason)
    if found.upper is not None and found.verdict in (Verdict.NOT_EVALUABLE, Verdict.BELOW_LOD):
        bound = numbers.significant(MILLION * found.upper, 3)
        said.append(f"below {bound} per million (one-sided)")
    # Whose the limits are stands once, above the table.
    said += [note for note in found.notes if not note.startswith("limits by")]
    return "; ".join(said)


def rule(evidence: TubeEvidence | None) -> str:
    """Say from which count on the verdicts of a table call a compartment detected and quantified."""
    if evidence is None or not evidence.verdicts:
        return ""
    first = evidence.verdicts[0]
    return (
        f" Verdict: detected from {numbers.count(first.detection_events)} events, quantified from "
        f"{numbers.count(first.quantitation_events)}."
    )


def acquisition(evidence: TubeEvidence | None) -> tuple[str, ...]:
    """Say what was found over the time of the acquisition; one sentence where there is nothing to say."""
    if evidence is None:
        return ()
    quality = evidence.quality
    said = [phrases.opened(f"{_sentence(item)}.") for item in quality.findings]
    said += [phrases.opened(f"{note}.") for note in quality.notes]
    if quality.cut:
        size = f"{numbers.count(quality.cut_events)} of {numbers.count(quality.events)} events"
        return (*said, f"Proposed cut, not applied: {size} ({_ranges(quality.cut)}).")
    counts = phrases.listing([f"{item.gate} {numbers.count(item.events)}" for item in evidence.effects])
    same = (
        f"so counts with and without it are the same ({counts})"
        if counts
        else "and no compartment was counted"
    )
    if not said:
        channels, bins = phrases.counted(len(quality.channels), "channel"), numbers.count(quality.bins)
        said = [f"Nothing was found in {channels} over {bins} bins of time."]
    uneven = [item.sentence for item in evidence.effects if _odd(item)]
    return (*said, f"No cut is proposed, {same}.", *uneven)


def _sentence(finding: Finding) -> str:
    where = f" (events {_ranges(finding.ranges)})" if finding.ranges else ""
    return finding.text + where


def _ranges(ranges: tuple[EventRange, ...]) -> str:
    more = f" and {phrases.counted(len(ranges) - LISTED, 'further range')}" if len(ranges) > LISTED else ""
    return "; ".join(map(str, ranges[:LISTED])) + more


def _odd(effect: CutEffect) -> bool:
    return effect.evenness is not None and effect.evenness < UNEVEN


def evidence_tables(evidence: TubeEvidence | None) -> tuple[Table | None, ...]:
    """Return counts with and without a proposed cut, and cells per µL; None where there is none."""
    if evidence is None:
        return ()
    effects = evidence.effects if evidence.quality.cut else ()
    done = [item for item in evidence.absolute if item.cells_per_ul.evidence is not Evidence.NOT_DONE]
    notes = dict.fromkeys(phrases.opened(f"{note}.") for item in done for note in item.notes)
    return (
        tables.table(
            "With and without the proposed cut, which is not applied.",
            "Population|Events|Without the cut|Lost|Note",
            [_effect(item) for item in effects],
        ),
        tables.table(
            "Cells per µL: less the background, with the limits of the gates and of the beads; and by "
            f"counting alone.{''.join(f' {note}' for note in notes)}",
            "Population|Cells per µL|By counting alone|How",
            [_absolute(item) for item in done],
        ),
    )


def not_counted(evidence: TubeEvidence | None) -> tuple[str, ...]:
    """Say why there are no cells per µL where nobody measured them."""
    reasons = [
        item.cells_per_ul.reason
        for item in (evidence.absolute if evidence else ())
        if item.cells_per_ul.evidence is Evidence.NOT_DONE
    ]
    return tuple(f"Cells per µL: not done, {reason}." for reason in dict.fromkeys(reasons))


def _effect(item: CutEffect) -> tuple[Cell, ...]:
    return (
        Cell(item.gate),
        tables.number(numbers.count(item.events)),
        tables.number(numbers.count(item.events_kept)),
        tables.estimate(item.lost),
        Cell(item.sentence),
    )


def _absolute(item: CellsPerUl) -> tuple[Cell, ...]:
    def written(value: float) -> str:
        return numbers.significant(value, 3)

    plain = tables.estimate(item.counting_only, written) if item.platform else tables.number("–")
    counted = "" if item.beads is None else phrases.counted(item.beads, "bead")
    how = Cell(str(item.platform or ""), counted)
    return Cell(item.population), tables.estimate(item.cells_per_ul, written), plain, how
