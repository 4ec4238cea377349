"""Metaphase FISH: `ish del(5)(q31q31)(EGR1-)[12]` says where probes lie on chromosomes, and counts cells."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token, Tree

from remnant.cytogenetics.in_situ.cells import read_cells
from remnant.cytogenetics.in_situ.grammar import Place, leaves, tokens, trees
from remnant.cytogenetics.in_situ.probes import probe_names, read_amount
from remnant.cytogenetics.iscn.karyotype import Remark


@dataclass(frozen=True)
class MetaphaseSignal:
    """A probe on one chromosome of a metaphase.

    Parameters
    ----------
    probes : tuple of str
        One probe; two or more where they are joined or parted.
    relation : str
        con, sep, or empty.
    sign : str
        "+" present, "-" absent, "++" duplicated; empty where the report gives copies.
    copies, copies_at_most : int or None
        Signals, where the report gives their number.
    level : str
        amp, dim, enh, or empty.
    chromosome : int
        Which of the abnormality's chromosomes it is on, from 0: t(4;7)(A+;B-) has A on the first.
    """

    probes: tuple[str, ...]
    relation: str
    sign: str
    copies: int | None
    copies_at_most: int | None
    level: str
    chromosome: int

    def __str__(self) -> str:
        """Write it in the strict spelling."""
        name = f" {self.relation} ".join(self.probes)
        if self.level:
            return f"{name} {self.level}"
        if self.copies is None:
            return f"{name}{self.sign}"
        upper = f"~{self.copies_at_most}" if self.copies_at_most != self.copies else ""
        return f"{name}{self.sign}x{self.copies}{upper}"


@dataclass(frozen=True)
class MetaphaseFinding:
    """An abnormality, or a band, and the probes on it; either may be missing."""

    abnormality: str
    signals: tuple[MetaphaseSignal, ...]

    def __str__(self) -> str:
        """Write it in the strict spelling."""
        parts: dict[int, list[str]] = {}
        for signal in self.signals:
            parts.setdefault(signal.chromosome, []).append(str(signal))
        inside = ";".join(",".join(part) for part in parts.values())
        return self.abnormality + (f"({inside})" if inside else "")


@dataclass(frozen=True)
class MetaphasePattern:
    """What one group of metaphases shows.

    Parameters
    ----------
    text : str
        In the strict spelling.
    findings : tuple of MetaphaseFinding
        In the order of the report.
    cells, scored : int or None
        Metaphases with the pattern, and those scored where the report says so.
    composite : bool
        Whether its cells differ (cp).
    """

    text: str
    findings: tuple[MetaphaseFinding, ...]
    cells: int | None
    scored: int | None
    composite: bool


def read_metaphases(
    section: Tree[Token], place: Place, remarks: list[Remark]
) -> tuple[MetaphasePattern, ...]:
    """Turn one `ish` branch of the grammar into its patterns."""
    read = []
    for branch in trees(section, "seen", "last"):
        findings = tuple(_finding(item, place, remarks) for item in trees(branch, "item"))
        cells = read_cells(branch, place, remarks)
        written = ",".join(str(finding) for finding in findings)
        if cells.abnormal is not None:
            of = f"/{cells.scored}" if cells.scored is not None else ""
            written += f"[{'cp' if cells.composite else ''}{cells.abnormal}{of}]"
        read.append(MetaphasePattern(written, findings, cells.abnormal, cells.scored, cells.composite))
    return tuple(read)


def _finding(item: Tree[Token], place: Place, remarks: list[Remark]) -> MetaphaseFinding:
    """Part the brackets of breakpoints from the one of probes: only probes carry a sign or a number."""
    abnormality, signals = "", []
    for part in item.children:
        if isinstance(part, Token):
            abnormality += part.strip()
        elif _is_probes(part):
            signals += _signals(part, place, remarks)
        else:
            found = leaves(part)
            abnormality += "(" + "".join(leaf.strip() for leaf in found) + ")"
    if not signals:
        piece = place.of(*leaves(item))
        remarks.append(Remark(piece.position, piece.text, "no probe with + or -, or a number, in it", True))
    return MetaphaseFinding(abnormality, tuple(signals))


def _is_probes(bracket: Tree[Token]) -> bool:
    return any(leaf.type in ("SIGN", "COPIES", "LEVEL") for leaf in leaves(bracket))


def _signals(bracket: Tree[Token], place: Place, remarks: list[Remark]) -> list[MetaphaseSignal]:
    shared = read_amount(bracket, place)
    signals, chromosome = [], 0
    for part in bracket.children:
        if isinstance(part, Token):
            chromosome += part == ";"
            continue
        amount = read_amount(part, place) or shared
        sign = "".join(tokens(part, "SIGN"))
        relation = "".join({leaf.strip().lower() for leaf in tokens(part, "RELATION")})
        names = probe_names(part, place, remarks)
        if amount is None and not sign:
            piece = place.of(*leaves(part))
            raise place.error(piece, "+, - or a number of signals", "write it as EGR1- or EGR1x1")
        low, high, level = (amount.low, amount.high, amount.level) if amount else (None, None, "")
        signals.append(MetaphaseSignal(names, relation, sign, low, high, level, chromosome))
    return signals
