"""Read interphase FISH as reported: `nuc ish(D5S23x2,EGR1x1)[150/200]`."""

from __future__ import annotations

import re

from remnant.cytogenetics.karyotype import Remark
from remnant.cytogenetics.signals import NucIsh, Pattern, Signal
from remnant.cytogenetics.text import Piece, check_brackets, refuse

PREFIX = re.compile(r"\s*nuc[\s_]+ish\b\s*", re.I)
GROUP = re.compile(r"\s*([\w.]*?)\s*\(([^()]*)\)\s*(?:[x×]\s*(\d+)(?:[~-](\d+))?)?\s*,?", re.I)
SIGNAL = re.compile(r"(.*?\S)\s*(?:[x×]\s*(\d+)(?:[~-](\d+))?|\s(amp))")
CELLS = re.compile(r"\[\s*(?:(\d+)\s*/\s*)?(\d+)\s*\]\s*")
JOINT = re.compile(r"\s+(con|sep)\s+", re.I)


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
