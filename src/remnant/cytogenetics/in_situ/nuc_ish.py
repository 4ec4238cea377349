"""Read interphase FISH as reported: `nuc ish(D5S23x2,EGR1x1)[150/200]`."""

from __future__ import annotations

from dataclasses import replace

from lark import Token, Tree

from remnant.cytogenetics.in_situ.cells import Cells, read_cells
from remnant.cytogenetics.in_situ.grammar import Place, leaves, parse, tokens, trees
from remnant.cytogenetics.in_situ.probes import read_group
from remnant.cytogenetics.in_situ.signals import NucIsh, Pattern, Signal
from remnant.cytogenetics.iscn.karyotype import Remark
from remnant.cytogenetics.iscn.text import Piece, refuse

NO_CELLS = "no nuclei in brackets: the fraction is not known"


def read_nuc_ish(text: str, *, source: str = "nuc ish", line: int | None = None, start: int = 0) -> NucIsh:
    """Read probes, copies, k and n.

    Parameters
    ----------
    text : str
        For example "nuc ish(D5S23x2,EGR1x1)[150/200]". Probes without a number share the next one. Several
        patterns of one hybridisation stand between slashes, several hybridisations between commas.
    source : str
        File or field that it comes from, for the error.
    line : int, optional
        Line in it.
    start : int, default 0
        Where `text` starts in that line, for positions.

    Raises
    ------
    IscnError
        With the position: no probe, no copy number, or more nuclei with a pattern than scored.

    References
    ----------
    The rules are those of the international nomenclature, in our own words; OR51 and OR54 are our readings.

    Examples
    --------
    >>> result = read_nuc_ish("nuc ish(D5S23,D5S721)x2,(EGR1x1)[150/200]")
    >>> result.scored, [signal.copies for signal in result.patterns[0].signals]
    (200, [2, 2, 1])
    """
    remarks: list[Remark] = []
    tree, place = parse(text, remarks, source=source, line=line, start=start)
    strange = [one for one in tree.children if isinstance(one, Tree) and one.data != "nuc_ish"]
    if strange:
        piece = place.of(*leaves(strange[0]))
        hint = "metaphase FISH (ish) counts cells, not nuclei"
        raise refuse(
            source, piece, "nuc ish first" if strange[0] is tree.children[0] else "nuc ish", hint, line=line
        )
    return build_nuc_ish(text, trees(tree, "nuc_ish"), place, remarks)


def build_nuc_ish(text: str, sections: list[Tree[Token]], place: Place, remarks: list[Remark]) -> NucIsh:
    """Turn the branches of the grammar into patterns, and those into hybridisations."""
    read: list[_Read] = []
    for section in sections:
        slash = bool(read) and "/" in tokens(section, "NUC_ISH")[0]
        for branch in trees(section, "counted", "open"):
            read.append(_read_pattern(branch, place, remarks, slash=slash))
            slash = bool(tokens(branch, "SLASH"))
    patterns = _join_patterns(read, place, remarks)
    if not any(pattern.scored is not None for pattern in patterns):
        end = len(place.text.rstrip()) + place.start + 1
        remarks.append(Remark(end, "", NO_CELLS))
    scored = max((p.scored for p in patterns if p.scored is not None), default=None)
    return NucIsh(text, patterns, scored, tuple(sorted(remarks, key=lambda remark: remark.position)))


class _Read:
    """One pattern as it stands, before its nuclei are set against those of its neighbours."""

    def __init__(self, piece: Piece, signals: tuple[Signal, ...], cells: Cells, *, slash: bool):
        self.piece, self.signals, self.cells, self.slash = piece, signals, cells, slash
        self.pattern = Pattern(piece.text, signals, cells.abnormal, cells.scored)


def _read_pattern(branch: Tree[Token], place: Place, remarks: list[Remark], *, slash: bool) -> _Read:
    signals: list[Signal] = []
    seen: set[tuple[str, ...]] = set()
    for group in trees(branch, "group"):
        read = read_group(group, place, remarks)
        for signal, written in zip(read, trees(group, "signal", "loose"), strict=True):
            key = (signal.relation, *signal.probes)
            if key in seen:
                expected = f"{signal.name} once in a pattern"
                raise place.error(place.of(*leaves(written)), expected, "which of the two is right?")
            seen.add(key)
        signals += read
    cells = read_cells(branch, place, remarks)
    parts = trees(branch, "group", "cells")
    return _Read(place.around(parts[0], parts[-1]), tuple(signals), cells, slash=slash)


def _join_patterns(read: list[_Read], place: Place, remarks: list[Remark]) -> tuple[Pattern, ...]:
    """Number the hybridisations and give every pattern the nuclei that were scored in its own."""
    groups: list[list[_Read]] = []
    for one in read:
        if groups and _is_same(one, groups[-1], remarks):
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(
        replace(pattern, hybridisation=number)
        for number, group in enumerate(groups)
        for pattern in _share_scored(group, place, remarks)
    )


def _is_same(one: _Read, group: list[_Read], remarks: list[Remark]) -> bool:
    """Whether a pattern belongs to the hybridisation before it: nuclei are then counted once."""
    last = group[-1].pattern
    if one.slash:
        shares = bool(one.pattern.probes & last.probes)
        if not shares:
            remarks.append(Remark(one.piece.position, one.piece.text, "other probes: another hybridisation"))
        return shares
    total = sum(item.pattern.cells or 0 for item in group) + (one.pattern.cells or 0)
    alike = one.pattern.probes == last.probes and one.pattern.scored == last.scored
    if alike and last.scored is not None and total <= last.scored:
        remarks.append(
            Remark(one.piece.position, one.piece.text, "the same probes: another pattern of the same nuclei")
        )
        return True
    return False


def _share_scored(group: list[_Read], place: Place, remarks: list[Remark]) -> list[Pattern]:
    patterns = [one.pattern for one in group]
    stated = {p.scored for p in patterns if p.scored is not None}
    total = sum(p.cells or 0 for p in patterns)
    first, last = group[0].piece, group[-1].piece
    whole = Piece(
        place.text[first.start - place.start : last.start - place.start + len(last.text)], first.start
    )
    if not stated and any(p.cells is not None for p in patterns):
        # [n] alone counts the nuclei with a pattern: together they are all that were scored.
        if len(patterns) == 1 and not patterns[0].normal:
            remarks.append(Remark(whole.position, whole.text, "every nucleus scored is taken to show it"))
        return [replace(p, scored=total if p.cells is not None else None) for p in patterns]
    if len(stated) > 1:
        remarks.append(Remark(whole.position, whole.text, "patterns of different nuclei scored"))
        return [p if p.scored is not None else replace(p, scored=max(stated)) for p in patterns]
    if stated and total > max(stated):
        raise place.error(whole, f"at most {max(stated)} nuclei in all patterns", "count each nucleus once")
    return [replace(p, scored=max(stated, default=None)) for p in patterns]
