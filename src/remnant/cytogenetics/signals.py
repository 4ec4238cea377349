"""Signals in interphase nuclei: what a nuc ish result says, and which nuclei show a change of one probe."""

from __future__ import annotations

import re
from dataclasses import dataclass

from remnant.cytogenetics.chromosome import chromosome_of
from remnant.cytogenetics.karyotype import CellCount, Remark
from remnant.cytogenetics.text import Piece, refuse


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
        Signals; None for amplified beyond counting.
    copies_at_most : int or None
        Upper end of a range; as `copies` for one number.
    """

    probes: tuple[str, ...]
    relation: str
    copies: int | None
    copies_at_most: int | None


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
    """

    text: str
    signals: tuple[Signal, ...]
    cells: int | None
    scored: int | None

    def signal(self, probe: str) -> Signal | None:
        """Signals of `probe` by itself; case and hyphens do not matter."""
        return next((s for s in self.signals if not s.relation and _name(s.probes[0]) == _name(probe)), None)

    def mentions(self, probe: str) -> bool:
        """Whether `probe` was hybridised."""
        return any(_name(name) == _name(probe) for s in self.signals for name in s.probes)


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
        Nuclei scored, once for all patterns of the hybridisation; None where the report has no number.
    remarks : tuple of Remark
        What the reader repaired.
    """

    text: str
    patterns: tuple[Pattern, ...]
    scored: int | None
    remarks: tuple[Remark, ...]

    def __str__(self) -> str:
        """Write the result in the strict spelling, each pattern with k of n."""
        return "nuc ish" + "/".join(_spell(pattern) for pattern in self.patterns)


def nuclei_with_change(
    result: NucIsh, probe: str, *, source: str = "nuc ish", line: int | None = None
) -> CellCount:
    """Count nuclei in which `probe` is lost, gained, joined or parted.

    A nucleus in which the probes of its chromosome have lost or gained alike shows a whole chromosome, or
    half a nucleus, and is not counted: 1R1G is not del(5q). In a hybridisation of three or more colours only
    probes known to lie on the same chromosome are its controls, where there are any; else all others are.

    Raises
    ------
    IscnError
        If no pattern names `probe`.

    Examples
    --------
    >>> from remnant.cytogenetics.nuc_ish import read_nuc_ish
    >>> nuclei_with_change(read_nuc_ish("nuc ish(D5S23x1,EGR1x1)[9/200]"), "EGR1")
    CellCount(abnormal=0, scored=200, uncertain=False)
    """
    named = [pattern for pattern in result.patterns if pattern.mentions(probe)]
    if not named:
        known = dict.fromkeys(name for p in result.patterns for s in p.signals for name in s.probes)
        hint = f"it names {', '.join(known)}"
        raise refuse(source, Piece(result.text, 0), f"the probe {probe}", hint, line=line)
    scored = [pattern.scored for pattern in named if pattern.scored is not None]
    if not scored:
        return CellCount(None, None)
    alone = any(len(pattern.signals) == 1 and _changed(pattern, probe) for pattern in named)
    return CellCount(sum(p.cells or 0 for p in named if _changed(p, probe)), max(scored), alone)


def _changed(pattern: Pattern, probe: str) -> bool:
    if any(s.relation and any(_name(p) == _name(probe) for p in s.probes) for s in pattern.signals):
        return True
    signal = pattern.signal(probe)
    if signal is None or signal.copies == 2:
        return False
    others = [s for s in pattern.signals if s is not signal and not s.relation]
    home = chromosome_of(probe)
    beside = [s for s in others if home is not None and chromosome_of(s.probes[0]) == home]
    controls = beside or others
    return not controls or any(s.copies != signal.copies for s in controls)


def other_patterns(result: NucIsh, probe: str) -> list[str]:
    """Say which nuclei are neither normal nor of the clone, so that none is passed over in silence."""
    said = []
    for pattern in result.patterns:
        abnormal = any(s.relation or s.copies != 2 for s in pattern.signals)
        if abnormal and pattern.cells and not (pattern.mentions(probe) and _changed(pattern, probe)):
            signals = _spell(Pattern(pattern.text, pattern.signals, None, None))
            said.append(f"{pattern.cells} nuclei with {signals}: another abnormality, not counted as {probe}")
    return said


def _name(probe: str) -> str:
    return re.sub(r"[\s'’-]", "", probe).upper()


def _spell(pattern: Pattern) -> str:
    signals = []
    for s in pattern.signals:
        number = "amp" if s.copies is None else str(s.copies)
        number += f"~{s.copies_at_most}" if s.copies_at_most not in (None, s.copies) else ""
        joined = f" {s.relation} ".join(s.probes)
        signals.append(f"{joined} amp" if s.copies is None else f"{joined}x{number}")
    cells = "" if pattern.cells is None else f"[{pattern.cells}/{pattern.scored}]"
    return f"({','.join(signals)}){cells}"
