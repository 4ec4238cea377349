"""The cytogenetic group of the IPSS-R, with the abnormalities that put a karyotype there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from remnant.cytogenetics.clones.clonality import ClonalChange, changes
from remnant.cytogenetics.clones.complexity import COMPLEX, Complexity, complexity
from remnant.cytogenetics.clones.counted import Counted
from remnant.cytogenetics.clones.implied import is_implied, unlisted, with_implied_losses
from remnant.cytogenetics.clones.ipss_r_table import SINGLE, Group, judge
from remnant.cytogenetics.clones.named_abnormality import NONE, OTHER, names_of
from remnant.cytogenetics.iscn.karyotype import Karyotype

# What an unread part may hide, as far as it can move a karyotype with fewer than two other abnormalities.
ANYTHING = (*SINGLE, OTHER)
NOTHING_SEEN = "no cell of the patient: every clone stands behind a double slash, as the donor's"

Listed = Sequence[tuple[ClonalChange, Counted]]
Names = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class IpssRGroup:
    """The cytogenetic group of one karyotype.

    Parameters
    ----------
    group : Group or None
        None where the report leaves it open: see `possible` and `reason`.
    possible : tuple of Group
        Every group that the report allows, from best to worst; one where nothing is open.
    rule : str
        Row of the published table that fired, such as "double including del(5q)"; empty without a group.
    by : tuple of str
        The abnormalities that count, as written.
    trace : tuple of str
        Every abnormality, by which name of the table it goes, and how it counts.
    reason : str
        Why the group is not evaluable, or what else is possible; empty where nothing is open.
    """

    group: Group | None
    possible: tuple[Group, ...]
    rule: str
    by: tuple[str, ...]
    trace: tuple[str, ...]
    reason: str = ""


def ipss_r_group(karyotype: Karyotype, *, known: Sequence[ClonalChange] = ()) -> IpssRGroup:
    """Derive the cytogenetic group of the IPSS-R.

    Parameters
    ----------
    karyotype : Karyotype
        As read.
    known : sequence of ClonalChange
        Of earlier karyotypes of the patient: one cell of a known clone is the clone (OR41). The IPSS-R was
        made for karyotypes at diagnosis, where there are none.

    Returns
    -------
    IpssRGroup
        Without a group where there is no metaphase of the patient, or where what was not read, or an arm
        that is not given, could change it. With a question mark in the report the group is that of the
        abnormality named, and `possible` says what else it may be.

    References
    ----------
    Greenberg et al. (2012) Blood 120:2454-2465, doi:10.1182/blood-2012-03-420489; Schanz et al. (2012) J Clin
    Oncol 30:820-829. Two abnormalities, one of them -7 or del(7q), are poor also beside del(5q) (OR49).

    Examples
    --------
    >>> from remnant.cytogenetics.iscn import read_karyotype
    >>> found = ipss_r_group(read_karyotype("46,XX,del(5)(q13q33)[15]/47,idem,+8[3]/46,XX[2]"))
    >>> found.group.value, found.rule
    ('good', 'double including del(5q)')
    """
    if all(clone.donor for clone in karyotype.clones):
        return IpssRGroup(None, tuple(Group), "", (), (), NOTHING_SEEN)
    several = complexity(karyotype, known=known)
    listed = list(zip(changes(karyotype, known=known), several.counted, strict=False))
    names, surplus = _names(listed, several)
    unread = range(COMPLEX + 2) if several.at_least else range(1)
    firm = _groups([_settled(name) for name in names], [surplus], unread, several)
    possible = _groups(names, range(surplus + 1), unread, several)
    group, rule = judge([name[0] for name in names] + [OTHER] * surplus, lines=several.lines)
    return IpssRGroup(
        group if len(firm) == 1 else None,
        tuple(item for item in Group if item in possible),
        rule if len(firm) == 1 else "",
        tuple(item.abnormality for item in several.counted if item.count),
        _trace(listed, several),
        "" if len(possible) == 1 else _reason(karyotype, len(firm) == 1),
    )


def _names(listed: Listed, several: Complexity) -> tuple[list[tuple[str, ...]], int]:
    """Names of all that counts for certain, and how many more a range of copies may add."""
    names = [names_of(c.item) for c, counted in listed if c.item for _ in range(counted.fewest)]
    names += [(OTHER,)] * (sum(item.fewest for item in several.counted) - len(names))
    return names, several.abnormalities - len(names)


def _settled(name: tuple[str, ...]) -> tuple[str, ...]:
    """Take the laboratory's own name where it only adds a question mark; keep both where the arm is open."""
    return name[:1] if name[1:] in ((OTHER,), (NONE,)) else name


def _groups(names: Names, others: Sequence[int], unread: Sequence[int], several: Complexity) -> set[Group]:
    """Every group that the names may give, with so many others and so many of any kind beside them."""
    found = set()
    for more, hidden in product(others, unread):
        count = several.in_one_line + hidden if len(several.lines) > 1 else len(names) + more + hidden
        if count >= COMPLEX:
            found.add(judge([OTHER] * count)[0])
            continue
        for scenario in product(*names, *[(OTHER,)] * more, *[ANYTHING] * hidden):
            kept = [name for name in scenario if name != NONE]
            apart = len(several.lines) > 1 and len(kept) == len(scenario)
            found.add(judge(kept, lines=several.lines if apart else (len(kept),))[0])
    return found


def _trace(listed: Listed, several: Complexity) -> tuple[str, ...]:
    """Say of every abnormality by which name it goes and how it counts."""
    named = [" or ".join(names_of(change.item)) if change.item else "" for change, _ in listed]
    named += [OTHER] * (len(several.counted) - len(named))
    return tuple(
        f"{item.abnormality}: {name}, counts {item.count}" + (f" ({item.reason})" if item.reason else "")
        for item, name in zip(several.counted, named, strict=True)
    )


def _reason(karyotype: Karyotype, settled: bool) -> str:
    """Say what leaves the group open."""
    unread = [f"position {r.position}, {r.found!r}: {r.reading}" for r in karyotype.remarks if r.unread]
    if unread:
        return "a part was not read, or the report is incomplete: " + "; ".join(unread)
    if odd := unlisted(karyotype):
        return f"the number of chromosomes is not explained by what is listed: {', '.join(odd)}"
    if any(is_implied(item) for clone in with_implied_losses(karyotype) for item in clone.abnormalities):
        return "a sex chromosome is missing and not written as lost: it may be lost, or never have been there"
    if settled:
        return "the report marks an abnormality with a question mark, or gives a range of copies"
    return "the arm of an abnormality is not given"
