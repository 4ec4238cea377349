"""Signals in interphase nuclei: what a nuc ish result says, and which nuclei show a change of one probe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from remnant.cytogenetics.in_situ.chromosome import ALIASES, chromosome_of, gene_of, probe_key
from remnant.cytogenetics.iscn.karyotype import CellCount, Remark
from remnant.cytogenetics.iscn.text import Piece, refuse


@dataclass(frozen=True)
class Signal:
    """Signals of one probe, or of probes that lie together, in a nucleus.

    Parameters
    ----------
    probes : tuple of str
        One probe; two or more where they are joined or parted.
    relation : str
        con (joined: a fusion), sep (parted: a break), or empty.
    copies : int or None
        Signals; None for amplified beyond counting, or for brightness instead of a number.
    copies_at_most : int or None
        Upper end of a range; as `copies` for one number.
    level : str
        amp (amplified), dim (weaker), enh (stronger), or empty where there is a number.
    band : str
        Band of the probe, where the report writes it before the bracket.
    """

    probes: tuple[str, ...]
    relation: str
    copies: int | None
    copies_at_most: int | None
    level: str = ""
    band: str = ""

    @property
    def chromosome(self) -> str | None:
        """Where it lies; None where neither its name nor its band tells."""
        return chromosome_of(self.probes[0]) or (chromosome_of(self.band) if self.band else None)

    @property
    def name(self) -> str:
        """Its probes with what joins or parts them."""
        return f" {self.relation} ".join(self.probes)

    def __str__(self) -> str:
        """Write it in the strict spelling."""
        if self.copies is None:
            return f"{self.name} {self.level or 'amp'}"
        upper = f"~{self.copies_at_most}" if self.copies_at_most not in (None, self.copies) else ""
        return f"{self.name}x{self.copies}{upper}"


@dataclass(frozen=True)
class Pattern:
    """A pattern of signals and the nuclei that show it.

    Parameters
    ----------
    text : str
        As reported.
    signals : tuple of Signal
        One for each probe.
    cells : int or None
        Nuclei with the pattern.
    scored : int or None
        Nuclei scored in this hybridisation.
    hybridisation : int
        Which hybridisation of the report it belongs to, from 0.
    """

    text: str
    signals: tuple[Signal, ...]
    cells: int | None
    scored: int | None
    hybridisation: int = 0

    def signal(self, probe: str) -> Signal | None:
        """Signals of `probe` by itself; case and hyphens do not matter."""
        return next((s for s in self.signals if not s.relation and _means(s.probes[0], probe)), None)

    def mentions(self, probe: str) -> bool:
        """Whether `probe` was hybridised."""
        return any(_means(name, probe) for s in self.signals for name in s.probes)

    @property
    def probes(self) -> frozenset[str]:
        """Every probe that was hybridised, as `probe_key` spells it."""
        return frozenset(probe_key(name) for s in self.signals for name in s.probes)

    @property
    def normal(self) -> bool:
        """Whether every probe shows the signals of a normal nucleus."""
        return not any(is_abnormal(s, self) for s in self.signals)

    def __str__(self) -> str:
        """Write it in the strict spelling: the probes of one hybridisation share one bracket (OR54)."""
        alone = ",".join(str(s) for s in self.signals if not s.relation)
        joined = ",".join(str(s) for s in self.signals if s.relation)
        return (f"({alone})" if alone else "") + (f"({joined})" if joined else "") + self._cells()

    def _cells(self) -> str:
        if self.scored is None or self.cells is None:
            return ""
        if self.normal and self.cells == self.scored:
            return f"[{self.scored}]"
        return f"[{self.cells}/{self.scored}]"


@dataclass(frozen=True)
class NucIsh:
    """An interphase FISH result.

    Parameters
    ----------
    text : str
        As it was given.
    patterns : tuple of Pattern
        In the order of the report.
    scored : int or None
        Nuclei scored, once for all patterns of the hybridisation, the largest of several; None where the
        report has no number.
    remarks : tuple of Remark
        What the reader repaired.
    """

    text: str
    patterns: tuple[Pattern, ...]
    scored: int | None
    remarks: tuple[Remark, ...]

    @property
    def hybridisations(self) -> tuple[tuple[Pattern, ...], ...]:
        """Patterns of each hybridisation: nuclei are counted once within, and anew in the next."""
        return _hybridisations(self.patterns)

    def __str__(self) -> str:
        """Write the result in the strict spelling, each pattern with k of n."""
        written = ""
        for patterns in self.hybridisations:
            # After a bracket of cells a comma starts the next hybridisation; without one it would be joined.
            joint = "" if not written else "," if written.endswith("]") else ".nuc ish"
            written += joint + "/".join(str(pattern) for pattern in patterns)
        return "nuc ish" + written


def is_abnormal(signal: Signal, pattern: Pattern) -> bool:
    """Whether one signal of a pattern differs from a normal nucleus.

    Two halves of one gene that lie together (5' con 3') are its normal state: twice is normal, any other
    number is not. On X and Y the number depends on sex, which the other sex chromosome's probe tells.
    """
    usual = _usual(signal, pattern)
    if signal.relation and not _same_gene(signal):
        return signal.copies != 0 or signal.copies_at_most != 0
    if signal.relation == "sep":
        return signal.copies != 0 or signal.copies_at_most != 0
    return signal.copies not in usual or signal.copies_at_most not in (None, signal.copies)


def nuclei_with_change(
    result: NucIsh, probe: str, *, source: str = "nuc ish", line: int | None = None
) -> CellCount:
    """Count nuclei in which `probe` is lost, gained, joined or parted.

    A nucleus in which the probes of its chromosome have lost or gained alike shows a whole chromosome, or
    half a nucleus, and is not counted: 1R1G is not del(5q). In a hybridisation of three or more colours only
    probes known to lie on the same chromosome are its controls, where there are any; else all others are.
    A probe hybridised twice is counted in the nuclei of both hybridisations.

    Raises
    ------
    IscnError
        If no pattern names `probe`.

    Examples
    --------
    >>> from remnant.cytogenetics.in_situ.nuc_ish import read_nuc_ish
    >>> nuclei_with_change(read_nuc_ish("nuc ish(D5S23x1,EGR1x1)[9/200]"), "EGR1")
    CellCount(abnormal=0, scored=200, uncertain=False)
    """
    named = [pattern for pattern in result.patterns if pattern.mentions(probe)]
    if not named:
        known = dict.fromkeys(name for p in result.patterns for s in p.signals for name in s.probes)
        hint = f"it names {', '.join(known)}"
        raise refuse(source, Piece(result.text, 0), f"the probe {probe}", hint, line=line)
    scored = [
        max((p.scored for p in one if p.scored is not None), default=None) for one in _hybridisations(named)
    ]
    changed = [p for p in named if is_changed(p, probe)]
    if None in scored or any(p.cells is None for p in changed):
        return CellCount(None, None)
    alone = any(len(p.signals) == 1 for p in changed)
    return CellCount(sum(p.cells or 0 for p in changed), sum(n or 0 for n in scored), alone)


def is_changed(pattern: Pattern, probe: str) -> bool:
    """Whether a nucleus of this pattern has a change of `probe` that is not one of its whole chromosome."""
    joined = [s for s in pattern.signals if s.relation and any(_means(name, probe) for name in s.probes)]
    if any(is_abnormal(s, pattern) for s in joined):
        return True
    signal = pattern.signal(probe)
    if signal is None or not is_abnormal(signal, pattern):
        return False
    others = [s for s in pattern.signals if s is not signal and not s.relation]
    beside = [s for s in others if signal.chromosome is not None and s.chromosome == signal.chromosome]
    controls = beside or others
    return not controls or any(_amount(s) != _amount(signal) for s in controls)


def other_patterns(result: NucIsh, probe: str) -> list[str]:
    """Say which nuclei are neither normal nor of the clone, so that none is passed over in silence."""
    return [
        f"{pattern.cells} nuclei with {str(pattern).partition('[')[0]}: another abnormality, "
        f"not counted as {probe}"
        for pattern in result.patterns
        if pattern.cells and not pattern.normal
        if not (pattern.mentions(probe) and is_changed(pattern, probe))
    ]


def _hybridisations(patterns: Iterable[Pattern]) -> tuple[tuple[Pattern, ...], ...]:
    groups: dict[int, list[Pattern]] = {}
    for pattern in patterns:
        groups.setdefault(pattern.hybridisation, []).append(pattern)
    return tuple(tuple(group) for group in groups.values())


def _usual(signal: Signal, pattern: Pattern) -> tuple[int, ...]:
    """How many signals of a probe a normal nucleus shows."""
    home = signal.chromosome
    if home not in ("X", "Y"):
        return (2,)
    pairs = {(s.chromosome, s.copies) for s in pattern.signals if not s.relation}
    if home == "X":
        return (1, 2) if ("Y", 1) in pairs and ("X", 2) not in pairs else (2,)
    return (0, 1) if ("X", 2) in pairs and ("Y", 1) not in pairs else (1,)


def _means(name: str, wanted: str) -> bool:
    """Whether a probe is the wanted one: the same name, or an end or an older name of the wanted gene."""
    return probe_key(wanted) in (probe_key(name), gene_of(name)) or gene_of(name) == probe_key(
        ALIASES.get(probe_key(wanted), wanted)
    )


def _same_gene(signal: Signal) -> bool:
    return len({gene_of(name) for name in signal.probes}) == 1


def _amount(signal: Signal) -> tuple[int | None, int | None, str]:
    return signal.copies, signal.copies_at_most, signal.level
