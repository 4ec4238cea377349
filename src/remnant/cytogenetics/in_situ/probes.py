"""Probes and their signals: `(D5S23,D5S721)x2`, `(ABL1 con BCRx2)`, `EGR1-`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Token, Tree

from remnant.cytogenetics.in_situ.chromosome import chromosome_of
from remnant.cytogenetics.in_situ.grammar import Place, leaves, tokens, trees
from remnant.cytogenetics.in_situ.signals import Signal
from remnant.cytogenetics.iscn.karyotype import Remark
from remnant.cytogenetics.iscn.text import Piece

BAND = re.compile(r"(?:[0-9]{1,2}|X|Y)(?:[pq][0-9.]*(?:ter)?|cen)?(?:-?[pq][0-9.]+)?", re.I)
NO_PROBE = re.compile(r"[+-]|(?:nuc[ ._-]{0,2}ish|ish|arr|rsa|s?seq|ogm|mlpa)(?![a-z])", re.I)
TWICE = re.compile(r"[A-Z0-9]x$")  # what is left of EGR1xx1
LOWER = re.compile(r"(?:wcp|pcp|cep|cen)[0-9xy]+|[0-9xy]+(?:[pq][0-9.]*)?(?:sub)?(?:tel|ter|cen)?", re.I)


@dataclass(frozen=True)
class Amount:
    """How much of a signal: a number, a range, or a level (amp, dim, enh)."""

    low: int | None
    high: int | None
    level: str = ""


def read_group(group: Tree[Token], place: Place, remarks: list[Remark]) -> list[Signal]:
    """Read one bracket of a nuc ish pattern; probes without a number share the next one.

    Raises
    ------
    IscnError
        If a probe has no number of signals, or two.
    """
    band = _band(group, place, remarks)
    shared = read_amount(group, place)
    inside = [*trees(group, "signal"), *trees(group, "loose")]
    if loose := trees(group, "loose"):
        piece = place.of(*leaves(loose[0]))
        remarks.append(Remark(piece.position, piece.text, "probes without brackets"))
    signals: list[Signal] = []
    waiting: list[Tree[Token]] = []
    for signal in inside:
        own = read_amount(signal, place)
        sign = tokens(signal, "SIGN")
        if sign and own is None and shared is None:
            hint = "write its copies, as in EGR1x1; + and - belong to metaphase FISH (ish)"
            raise place.error(place.of(sign[0]), "a number of signals", hint)
        if sign:
            piece = place.of(sign[0])
            remarks.append(Remark(piece.position, piece.text, "not read: the copies say it"))
        if own is not None and shared is not None:
            amount = tokens(signal, "COPIES", "LEVEL")[0]
            raise place.error(place.of(amount), "one number of signals", "the bracket has one already")
        waiting.append(signal)
        if own is not None:
            signals += [_signal(one, own, band, place, remarks) for one in waiting]
            waiting = []
    if waiting and shared is None:
        piece = place.of(*leaves(waiting[0]))
        slip = re.fullmatch(r"[0-9]+ ?/ ?[0-9]+", piece.text)
        hint = f"write the nuclei as [{piece.text}]" if slip else "write its copies, as in EGR1x1"
        raise place.error(piece, "a number of signals", hint)
    return signals + [_signal(one, shared, band, place, remarks) for one in waiting if shared is not None]


def read_amount(branch: Tree[Token], place: Place) -> Amount | None:
    """Read the copies or the level that stand directly in a branch; None where there are none."""
    found = tokens(branch, "COPIES", "LEVEL")
    if not found:
        return None
    if found[0].type == "LEVEL":
        return Amount(None, None, found[0].strip().lower())
    low, *high = (int(number) for number in re.findall(r"[0-9]+", found[0]))
    if high and high[0] < low:
        raise place.error(place.of(found[0]), "a range from low to high", f"write x{high[0]}~{low}")
    return Amount(low, high[0] if high else low)


def probe_names(branch: Tree[Token], place: Place, remarks: list[Remark]) -> tuple[str, ...]:
    """Read the probes of one signal in the strict spelling.

    Raises
    ------
    IscnError
        If a name is that of a result, or starts with a sign.
    """
    names = []
    for leaf in tokens(branch, "PROBE", "NAME"):
        piece, name = place.of(leaf).strip(), leaf.strip()
        if NO_PROBE.match(name):
            raise place.error(piece, "a probe", "name the gene or the locus, as in EGR1x1")
        if TWICE.search(name):
            raise place.error(piece, "one x before the copies", "write it as in EGR1x1")
        names.append(_strict(piece, name, remarks))
    return tuple(names)


def _signal(branch: Tree[Token], amount: Amount, band: str, place: Place, remarks: list[Remark]) -> Signal:
    relations = {leaf.strip().lower() for leaf in tokens(branch, "RELATION")}
    if len(relations) > 1:
        raise place.error(place.of(*leaves(branch)), "either con or sep", "write each in its own bracket")
    names = probe_names(branch, place, remarks)
    return Signal(names, next(iter(relations), ""), amount.low, amount.high, amount.level, band)


def _strict(piece: Piece, tidy: str, remarks: list[Remark]) -> str:
    """Write a probe as the field does: a name all in lower case is a gene in haste, but wcp7 is not."""
    name = re.sub(r"^([35]') ", r"\1", tidy)
    if name.islower() and not LOWER.fullmatch(name) and re.fullmatch(r"[a-z0-9'@. -]+", name):
        remarks.append(Remark(piece.position, piece.text, f"lower case, taken as {name.upper()}"))
        return name.upper()
    return name


def _band(group: Tree[Token], place: Place, remarks: list[Remark]) -> str:
    names = tokens(group, "NAME")
    if not names:
        return ""
    name = names[0].strip()
    if BAND.fullmatch(name) or chromosome_of(name):
        return name
    piece = place.of(names[0]).strip()
    remarks.append(Remark(piece.position, piece.text, "not read", True))
    return ""
