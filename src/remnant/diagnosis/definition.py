"""What the disease is called, by three published definitions side by side."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.diagnosis.rules import Rule, every

NOT_EVALUABLE = "not evaluable"
NOT_TESTED = "TP53 not tested"


@dataclass(frozen=True)
class DiseaseDefinition:
    """The name that one definition gives.

    Parameters
    ----------
    system : str
        The definition, with its year.
    category : str
        The name, what it is not, or `not evaluable`.
    isolated_del5q : bool or None
        Whether it is the disease with isolated del(5q); None where that cannot be said.
    rules : tuple of Rule
        Every rule that was tried, in the order of the definition.
    missing : tuple of str
        What would have to be known to decide; also of a name that was given with a reservation (OR46).
    from_memory : bool
        Whether a rule is from memory, and to be verified before anyone rests on it (OR48).
    """

    system: str
    category: str
    isolated_del5q: bool | None
    rules: tuple[Rule, ...]
    missing: tuple[str, ...] = ()
    from_memory: bool = False


def decided(rules: tuple[Rule, ...]) -> bool | None:
    """Say whether all rules are met."""
    return every(rule.met for rule in rules)


def needed(*groups: tuple[Rule, ...]) -> tuple[str, ...]:
    """Name what keeps open rules from being judged; where a rule has failed, nothing more is needed."""
    wanting = [rule for rules in groups if decided(rules) is None for rule in rules if rule.needs]
    return tuple(dict.fromkeys(rule.needs for rule in wanting))
