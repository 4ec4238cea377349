"""What a karyotype says to a risk score and to a definition of disease, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.clones.clonality import ClonalChange, changes
from remnant.cytogenetics.clones.complexity import Complexity, complexity
from remnant.cytogenetics.clones.ipss_r_group import IpssRGroup, ipss_r_group
from remnant.cytogenetics.clones.named_abnormality import names_of
from remnant.cytogenetics.iscn.karyotype import Karyotype

DEL5Q, MONOSOMY7, DEL7Q = ("del(5q)",), ("-7",), ("del(7q)",)
LOSS_OF_17P = ("-17", "del(17p)", "i(17q)")  # an isochromosome of the long arm has no short arm


@dataclass(frozen=True)
class CytogeneticFacts:
    """What one karyotype says; None where it leaves a question open.

    Parameters
    ----------
    group : str or None
        IPSS-R cytogenetic group, as "Very Good".
    del5q, monosomy7, del7q, del17p, complex_ : bool or None
        In a clone. An isochromosome 17q counts as a loss of 17p.
    others : int or None
        Abnormalities beside del(5q), over all clones (OR47).
    """

    group: str | None = None
    del5q: bool | None = None
    monosomy7: bool | None = None
    del7q: bool | None = None
    del17p: bool | None = None
    complex_: bool | None = None
    others: int | None = None

    @property
    def del7(self) -> bool | None:
        """Whether there is -7 or del(7q)."""
        either = {self.monosomy7, self.del7q}
        return True if True in either else None if None in either else False


def facts_of(karyotype: Karyotype) -> CytogeneticFacts:
    """Take from a karyotype at diagnosis what the scores and the definitions ask for.

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> found = facts_of(read_karyotype("46,XX,del(5)(q13q33)[15]/47,idem,+8[3]/46,XX[2]"))
    >>> found.group, found.del5q, found.others, found.complex_
    ('Good', True, 1, False)
    """
    return cytogenetic_facts(changes(karyotype), complexity(karyotype), ipss_r_group(karyotype))


def cytogenetic_facts(
    listed: Sequence[ClonalChange], several: Complexity, group: IpssRGroup
) -> CytogeneticFacts:
    """As `facts_of`, from what was derived already."""
    if not group.trace and group.group is None:  # no metaphase of the patient was seen
        return CytogeneticFacts()
    hidden = several.at_least
    others = _others(listed, several)
    return CytogeneticFacts(
        None if group.group is None else group.group.value.title(),
        _any_of(listed, DEL5Q, hidden),
        _any_of(listed, MONOSOMY7, hidden),
        _any_of(listed, DEL7Q, hidden),
        _any_of(listed, LOSS_OF_17P, hidden),
        True if several.is_complex else None if hidden else False,
        None if hidden and others < 2 else others,
    )


def _any_of(listed: Sequence[ClonalChange], names: Sequence[str], hidden: bool) -> bool | None:
    """Whether a clone has one of the named abnormalities; None where it may, by what is doubted or unread."""
    answers = [_is_one_of(change, names) for change in listed if change.clonal is not False]
    return True if True in answers else None if hidden or None in answers else False


def _is_one_of(change: ClonalChange, names: Sequence[str]) -> bool | None:
    possible = () if change.item is None else names_of(change.item)
    if not set(possible) & set(names):
        return False
    return True if set(possible) <= set(names) else None


def _others(listed: Sequence[ClonalChange], several: Complexity) -> int:
    """Count the abnormalities that count, but for one deletion of 5q."""
    texts = {change.abnormality for change in listed if _is_one_of(change, DEL5Q)}
    deletions = sum(item.count for item in several.counted if item.abnormality in texts)
    return several.abnormalities - min(deletions, 1)
