"""Limits of blank, detection and quantitation of a rare population, and the verdict on one tube."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    from remnant.cytometry.rare.limits import DetectionLimits, Limit
    from remnant.cytometry.rare.rule import RareRule


@mendable
def limits(
    parent: Annotated[int, typer.Option(min=0, help="Evaluable events of the parent, in the tube to judge.")],
    events: Annotated[
        int | None, typer.Option(min=0, help="Events of the population in that tube, for a verdict.")
    ] = None,
    blanks: Annotated[
        Path | None,
        typer.Option(
            help="Tubes without the population: CSV of tube, events, parent_events.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    ranks: Annotated[
        bool, typer.Option("--ranks", help="Take the limit of blank by rank, without a distribution.")
    ] = False,
    detection_events: Annotated[
        int | None, typer.Option(min=1, help="The lab's own limit of detection, in events.")
    ] = None,
    quantitation_events: Annotated[
        int | None, typer.Option(min=1, help="The lab's own limit of quantitation, in events.")
    ] = None,
    cv: Annotated[float | None, typer.Option(help="Accepted CV of a quantified count, as 0.2.")] = None,
    fewest_blanks: Annotated[int | None, typer.Option(help="Fewest blanks to take limits from.")] = None,
    minimum_parent: Annotated[
        int | None, typer.Option(min=0, help="Parent events needed to call the population absent.")
    ] = None,
    frequency: Annotated[
        float | None, typer.Option(help="Plan: events to acquire to see a population this frequent, as 1e-5.")
    ] = None,
    blood_share: Annotated[
        tuple[float, float] | None,
        typer.Option(help="Least and most of the nucleated cells that came with blood, as 0.1 0.4."),
    ] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Of limits and intervals.")] = 0.95,
    as_json: Json = False,
) -> None:
    """Say from which count on a population is detected and quantified, and judge a tube.

    Without --blanks the limits are the lab's rule: 20 and 50 events unless --detection-events and
    --quantitation-events say otherwise.

    Example: remnant fcs limits --blanks blanks.csv --parent 512000 --events 9
    """
    from remnant.cytometry.rare.haemodilution import BloodShare, correct_for_blood
    from remnant.cytometry.rare.limits import LimitMethod, limits_from_blanks, limits_from_rule
    from remnant.cytometry.rare.table import read_blanks
    from remnant.cytometry.rare.verdict import judge

    if ranks and blanks is None:
        hint = "ranks need blanks: add --blanks"
        raise SettingError([Fault("command line", None, "--ranks", "no blanks", "--blanks FILE", hint)])
    rule = _rule(
        detection_events=detection_events,
        quantitation_events=quantitation_events,
        quantitation_cv=cv,
        fewest_blanks=fewest_blanks,
        minimum_parent_events=minimum_parent,
        confidence=confidence,
    )
    found = None
    if blanks is not None:
        method = LimitMethod.RANKS if ranks else LimitMethod.BLANKS
        found = limits_from_blanks(read_blanks(blanks), parent, rule=rule, method=method)
    elif parent:
        found = limits_from_rule(rule, parent)
    judgement = None if events is None else judge(events, parent, found, rule=rule)
    plan = _plan(frequency, found, rule)
    undiluted = None
    if judgement is not None and blood_share is not None:
        undiluted = correct_for_blood(judgement.count, BloodShare(*blood_share, "the share given"))
    if as_json:
        print_json(
            {"rule": rule, "limits": found, "judgement": judgement, "without_blood": undiluted, "plan": plan}
        )
        return
    if found is not None:
        _show(found)
    if judgement is not None:
        say(judgement.sentence)
    if undiluted is not None:
        say(undiluted.sentence)
    for note in judgement.notes if judgement else found.notes if found else ():
        say(f"Note: {note}.")
    if plan is not None:
        say(
            f"To see it at {frequency:g} of the parent with {100 * confidence:g} % probability: "
            f"{plan['for_one']:,} events for one, {plan['for_detection']:,} to reach the limit of detection."
        )


def _rule(**given: float | None) -> RareRule:
    """Make the rule of what was given, and of the defaults for what was not."""
    from remnant.cytometry.rare.rule import RareRule

    chosen = {name: value for name, value in given.items() if value is not None}
    if "quantitation_events" not in chosen and "detection_events" in chosen:
        default = RareRule.quantitation_events
        chosen["quantitation_events"] = max(default, chosen["detection_events"])
    return RareRule(**chosen)  # type: ignore[arg-type]


def _plan(frequency: float | None, found: DetectionLimits | None, rule: RareRule) -> dict[str, int] | None:
    """Say how many events to acquire."""
    from math import ceil

    from remnant.stats.rare.detection import events_to_acquire

    if frequency is None:
        return None
    if not 0 < frequency <= 1:
        hint = "write ten in a million as 1e-5"
        raise SettingError(
            [Fault("command line", None, "--frequency", f"{frequency:g}", "above 0, at most 1", hint)]
        )
    wanted = rule.detection_events if found is None else ceil(found.detection.events)
    return {
        "for_one": events_to_acquire(frequency, probability=rule.confidence),
        "for_detection": events_to_acquire(frequency, at_least=wanted, probability=rule.confidence),
    }


def _show(found: DetectionLimits) -> None:
    rows = [
        _row("blank", found.blank),
        _row("blank, at most", found.blank_upper),
        _row("detection", found.detection),
        _row("detection, at most", found.detection_upper),
        _row("quantitation", found.quantitation),
    ]
    title = f"Limits of {found.parent_events:,} parent events, from: {found.method}"
    if found.blanks:
        title += f"; {found.blanks} blanks, background {found.background:.3g} events"
    print_table(title, ("limit", "events", "per million"), [row for row in rows if row])


def _row(name: str, limit: Limit | None) -> tuple[str, float, float | None] | None:
    if limit is None:
        return None
    per_million = None if limit.fraction is None else float(f"{1e6 * limit.fraction:.3g}")
    return name, round(limit.events, 2), per_million
