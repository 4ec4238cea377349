"""The categories of IWG 2023 as a table of facts, and the category that no missing fact can change.

A fact is true, false or not known. Every way in which those not known may turn out is tried: the category is
issued if all of them lead to it (OR5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

from remnant.response.rules.calls import NO_CATEGORY, NOT_EVALUABLE


class Facts(NamedTuple):
    """What the categories are made of; None where it is not known.

    Parameters
    ----------
    base : bool or None
        Marrow blasts at baseline 5 % or more.
    low : bool or None
        Marrow blasts below 5 %.
    halved : bool or None
        Marrow blasts down by half.
    clean : bool or None
        No blasts in the blood.
    haemoglobin, platelets, neutrophils : bool or None
        The line reaches the limit of a CR.
    half_platelets, half_neutrophils : bool or None
        The line reaches half of that, the limit of a CRh.
    cleared : bool or None
        Complete cytogenetic clearance.
    improved : bool or None
        Haematologic improvement by IWG 2018.
    """

    base: bool | None
    low: bool | None
    halved: bool | None
    clean: bool | None
    haemoglobin: bool | None
    platelets: bool | None
    neutrophils: bool | None
    half_platelets: bool | None
    half_neutrophils: bool | None
    cleared: bool | None
    improved: bool | None

    @property
    def lines(self) -> int:
        """Lines that reach the limit of a CR, of facts that are all known."""
        return sum(map(bool, (self.haemoglobin, self.platelets, self.neutrophils)))


@dataclass(frozen=True)
class Decision:
    """The category, and what became of each.

    Parameters
    ----------
    category : str
        As published; `not evaluable` where a fact that is not known could change it.
    verdicts : tuple of (str, bool or None)
        Each category, and whether it is met; None where it may be.
    open : tuple of str
        The facts that are not known and could change the category.
    """

    category: str
    verdicts: tuple[tuple[str, bool | None], ...]
    open: tuple[str, ...]


CATEGORIES = ("CR", "CR equivalent", "PR", "CRuni", "CRbi", "CRh", "HI", NO_CATEGORY)
OVERALL_RESPONSE = CATEGORIES[:-1]


def category_of(facts: Facts) -> str:
    """Return the category of facts that are all known; the first of the table that fits."""
    remission = bool(facts.low and facts.clean)
    complete = bool(facts.clean) and facts.lines == 3
    rules = {
        "CR": facts.base and facts.low and complete,
        "CR equivalent": not facts.base and facts.low and complete and facts.cleared,
        "PR": facts.base and not facts.low and facts.halved and complete,
        "CRuni": facts.base and remission and facts.lines == 1,
        "CRbi": facts.base and remission and facts.lines == 2,
        "CRh": facts.base
        and remission
        and not facts.lines
        and facts.half_platelets
        and facts.half_neutrophils,
        "HI": facts.improved,
    }
    return next((name for name, met in rules.items() if met), NO_CATEGORY)


@cache
def decide(facts: Facts) -> Decision:
    """Return the category that holds however the facts not known turn out.

    Examples
    --------
    >>> known = Facts(True, True, True, True, True, True, None, True, True, None, True)
    >>> decide(known).category, decide(known).open
    ('not evaluable', ('neutrophils',))
    >>> decide(known._replace(low=False, halved=False)).category
    'HI'
    """
    outcomes = {one: category_of(one) for one in _completions(facts)}
    found = set(outcomes.values())
    verdicts = tuple(
        (name, name in found if len(found) == 1 or name not in found else None) for name in CATEGORIES
    )
    category = found.pop() if len(found) == 1 else NOT_EVALUABLE
    open_ = tuple(name for name in Facts._fields if _matters(name, outcomes)) if found else ()
    return Decision(category, verdicts, open_)


def _completions(facts: Facts) -> Iterator[Facts]:
    for values in product(*((False, True) if fact is None else (fact,) for fact in facts)):
        one = Facts(*values)
        # A line that reaches the limit of a CR reaches that of a CRh.
        if (not one.platelets or one.half_platelets) and (not one.neutrophils or one.half_neutrophils):
            yield one


def _matters(name: str, outcomes: dict[Facts, str]) -> bool:
    """Say whether turning one fact over can turn the category."""
    return any(
        outcomes.get(one._replace(**{name: not getattr(one, name)}), category) != category
        for one, category in outcomes.items()
    )
