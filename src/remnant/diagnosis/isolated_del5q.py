"""What every definition of the disease with isolated del(5q) asks of the karyotype."""

from __future__ import annotations

from remnant.diagnosis.facts import DiseaseFacts
from remnant.diagnosis.rules import Rule, absent, at_most, present

OTHERS = "abnormalities beside del(5q)"


def isolated_del5q(facts: DiseaseFacts, source: str, reading: str = "") -> tuple[Rule, ...]:
    """Ask for del(5q), alone or with one other abnormality that is neither -7 nor del(7q)."""
    counted = "OR47: over all clones, a subclone's own change too, constitutional ones not"
    whole = f"{counted}; {reading}" if reading else counted
    return (
        present("del(5q)", facts.del5q, source, reading),
        at_most(OTHERS, facts.other_abnormalities, 1, source, whole),
        absent("-7", facts.monosomy7, source, reading),
        absent("del(7q)", facts.del7q, source, reading),
    )
