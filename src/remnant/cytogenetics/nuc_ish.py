"""Read interphase FISH as reported: `nuc ish(D5S23x2,EGR1x1)[150/200]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from remnant.cytogenetics.karyotype import CellCount, Remark
from remnant.cytogenetics.text import Piece, check_brackets, refuse

PREFIX = re.compile(r"\s*nuc[\s_]+ish\b\s*", re.I)
GROUP = re.compile(r"\s*([\w.]*?)\s*\(([^()]*)\)\s*(?:[x×]\s*(\d+)(?:[~-](\d+))?)?\s*,?", re.I)
SIGNAL = re.compile(r"(.*?\S)\s*(?:[x×]\s*(\d+)(?:[~-](\d+))?|\s(amp))")
CELLS = re.compile(r"\[\s*(?:(\d+)\s*/\s*)?(\d+)\s*\]\s*")
JOINT = re.compile(r"\s+(con|sep)\s+", re.I)


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


def read_nuc_ish(text: str, *, source: str = "nuc ish", line: int | None = None) -> NucIsh:
    """Read probes, copies, k and n.

    Parameters
    ----------
    text : str
        For example "nuc ish(D5S23x2,EGR1x1)[150/200]". Probes without a number share the next one.
    source : str
        File or field that it comes from, for the error.
    line : int, optional
        Line in it.

    Raises
    ------
    IscnError
        With the position: no probe, no copy number, or more nuclei with a pattern than scored.

    Examples
    --------
    >>> result = read_nuc_ish("nuc ish(D5S23,D5S721)x2,(EGR1x1)[150/200]")
    >>> result.scored, [signal.copies for signal in result.patterns[0].signals]
    (200, [2, 2, 1])
    """
    whole = Piece(text, 0)
    prefix = PREFIX.match(text)
    if prefix is None:
        raise refuse(
            source, whole.strip(), "nuc ish first", "metaphase FISH (ish) counts cells, not nuclei", line=line
        )
    check_brackets(source, whole, line=line)
    remarks: list[Remark] = []
    read = []
    for part in whole.cut(prefix.end()).split("/"):
        piece = part.strip()
        if again := PREFIX.match(piece.text):
            piece = piece.cut(again.end())
        read.append(_read_pattern(piece, source, line, remarks))
    if not any(pattern.scored for pattern in read) and any(pattern.cells for pattern in read):
        # [n] alone counts the nuclei with a pattern: together they are all that were scored.
        total = sum(pattern.cells or 0 for pattern in read)
        read = [Pattern(p.text, p.signals, p.cells, total if p.cells is not None else None) for p in read]
    scored = {pattern.scored for pattern in read if pattern.scored is not None}
    if len(scored) > 1:
        remarks.append(
            Remark(
                prefix.end() + 1, whole.text[prefix.end() :].strip(), "patterns of different nuclei scored"
            )
        )
    elif len(scored) == 1 and sum(p.cells or 0 for p in read) > max(scored):
        piece = whole.cut(prefix.end())
        raise refuse(
            source,
            piece,
            f"at most {max(scored)} nuclei in all patterns",
            "count each nucleus once",
            line=line,
        )
    if not scored:
        remarks.append(Remark(len(text.rstrip()) + 1, "", "no nuclei in brackets: the fraction is not known"))
    return NucIsh(text, tuple(read), max(scored, default=None), tuple(remarks))


def nuclei_with_change(
    result: NucIsh, probe: str, *, source: str = "nuc ish", line: int | None = None
) -> CellCount:
    """Count nuclei in which `probe` is lost, gained, joined or parted.

    A nucleus in which every probe of the hybridisation has lost or gained alike shows a whole chromosome,
    or half a nucleus, and is not counted: 1R1G is not del(5q).

    Raises
    ------
    IscnError
        If no pattern names `probe`.

    Examples
    --------
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
    return not others or any(s.copies != signal.copies for s in others)


def _read_pattern(piece: Piece, source: str, line: int | None, remarks: list[Remark]) -> Pattern:
    place, signals = 0, []
    while match := GROUP.match(piece.text, place):
        inside = Piece(match[2], piece.start + match.start(2))
        shared = (match[3], match[4])
        signals += _read_group(inside, shared, source, line)
        place = match.end()
    if not signals:
        raise refuse(source, piece, "probes in brackets", "write (D5S23x2,EGR1x1)", line=line)
    rest = piece.cut(place).strip()
    if not rest.text:
        return Pattern(piece.text, tuple(signals), None, None)
    match = CELLS.match(rest.text)
    if match is None:
        raise refuse(source, rest, "nuclei as [k/n] or [n]", "write [150/200]", line=line)
    if after := rest.cut(match.end()).strip().text:
        remarks.append(Remark(rest.start + match.end() + 1, after, "not read", True))
    cells, scored = int(match[1] or match[2]), int(match[2]) if match[1] else None
    if scored is not None and cells > scored:
        raise refuse(
            source,
            rest,
            "at most as many nuclei with the pattern as scored",
            "write [k/n], k first",
            line=line,
        )
    return Pattern(piece.text, tuple(signals), cells, scored)


def _read_group(
    inside: Piece, shared: tuple[str | None, str | None], source: str, line: int | None
) -> list[Signal]:
    signals: list[Signal] = []
    waiting: list[Piece] = []
    for item in (part.strip() for part in inside.split(",;")):
        if not item.text:
            raise refuse(source, item, "a probe", "remove the spare comma", line=line)
        match = SIGNAL.fullmatch(item.text)
        if match is None or (shared[0] and match[2]):
            waiting.append(item)
            continue
        low = int(match[2]) if match[2] else None
        high = int(match[3]) if match[3] else low
        signals += [_signal(name.text, low, high) for name in waiting] + [_signal(match[1], low, high)]
        waiting = []
    if waiting and shared[0] is None:
        hint = "write its copies, as in EGR1x1"
        raise refuse(source, waiting[0], "a number of signals", hint, line=line)
    low = int(shared[0] or 0)
    return signals + [_signal(name.text, low, int(shared[1] or low)) for name in waiting]


def _signal(name: str, low: int | None, high: int | None) -> Signal:
    parts = JOINT.split(name)
    return Signal(tuple(parts[::2]), parts[1].lower() if len(parts) > 1 else "", low, high)


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
