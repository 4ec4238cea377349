"""Read one clone of a karyotype: number, sex chromosomes, what it inherits, changes and cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from dataclasses import field as item

from remnant.cytogenetics.iscn.abnormality import read_abnormality
from remnant.cytogenetics.iscn.cells import Count, cut_cells
from remnant.cytogenetics.iscn.fields import cut_fields
from remnant.cytogenetics.iscn.grammar import Node, Unparsed, parse
from remnant.cytogenetics.iscn.heredity import Inheritance, parent_of
from remnant.cytogenetics.iscn.karyotype import Abnormality, Clone, Remark
from remnant.cytogenetics.iscn.number import Number, check_heir, check_number, read_number
from remnant.cytogenetics.iscn.spelling import small
from remnant.cytogenetics.iscn.text import Piece, Refusal
from remnant.cytogenetics.iscn.write import spell_cells

NONCLONAL = re.compile(r"non[\s-]?clonal\b.*|[0-9]+\s*n", re.I | re.S)
NORMAL = re.compile(r"nl|normal(?:\s+cells?|\s+karyotype)?", re.I)
INCOMPLETE = re.compile(r"inc\.?", re.I)
UNBRACKETED = re.compile(r"(?<=[xy])\s*[0-9]+$")  # 46,xy5: a number that may be of cells
COPIES = re.compile(r"[x*]\s*([0-9]+)", re.I)


@dataclass
class _Draft:
    """A clone while its fields are read."""

    words: list[str] = item(default_factory=list)
    sex: str = ""
    inherits: str = ""
    doubled: int = 1
    parent: Clone | None = None
    incomplete: bool = False
    whole: bool = True
    changes: Inheritance = item(default_factory=Inheritance)
    own: list[Abnormality] = item(default_factory=list)
    last: Abnormality | None = None


def read_clone(piece: Piece, before: Sequence[Clone], donor: bool, remarks: list[Remark]) -> Clone:
    """Read one clone; `before` holds the clones that it may inherit from, `remarks` grows.

    Raises
    ------
    Refusal
        With the piece at fault.
    """
    body, count = cut_cells(piece, remarks)
    if NONCLONAL.fullmatch(body.text) or NORMAL.fullmatch(body.text):
        return _in_words(body, count, donor, remarks)
    fields = cut_fields(body, remarks)
    number = read_number(fields[0] if fields else body, remarks)
    if len(fields) < 2:
        end = fields[0].cut(len(fields[0].text))
        raise Refusal(end, "sex chromosomes, or idem, after the number", "write 46,XX or 46,XY")
    draft = _Draft()
    _take_sex(fields[1], draft, before, remarks)
    for field in fields[2:]:
        _take(field, draft, before, remarks)
    _check(number, draft, count, fields[0], remarks)
    text = ",".join([number.text, *draft.words]) + spell_cells(count.cells, count.composite)
    return Clone(
        text,
        number.low,
        number.high,
        draft.sex,
        draft.changes.all(),
        draft.inherits,
        count.cells,
        count.composite,
        nonclonal=False,
        donor=donor,
        incomplete=draft.incomplete,
        ploidy=number.ploidy,
        doubled=draft.doubled,
        whole=draft.whole and (draft.parent is None or draft.parent.whole),
    )


def _in_words(body: Piece, count: Count, donor: bool, remarks: list[Remark]) -> Clone:
    nonclonal = NORMAL.fullmatch(body.text) is None
    what = "cells with changes of their own, in words" if nonclonal else "normal cells, in words"
    remarks.append(Remark(body.position, body.text, what))
    text = body.text + spell_cells(count.cells, count.composite)
    return Clone(text, None, None, "", (), "", count.cells, count.composite, nonclonal, donor)


def _take_sex(field: Piece, draft: _Draft, before: Sequence[Clone], remarks: list[Remark]) -> None:
    tree = parse("sex", UNBRACKETED.sub("", small(field.text).rstrip(". ")))
    if not isinstance(tree, Unparsed):
        draft.sex = tree.first("SEXES").upper() + tree.first("CONSTITUTIONAL")
        draft.words.append(draft.sex)
        if field.text.upper() != draft.sex.upper():
            remarks.append(Remark(field.position, field.text, f"read as {draft.sex}"))
        return
    known = len(draft.words)
    start = len(remarks)
    _take(field, draft, before, remarks)
    if draft.inherits:
        return
    if len(draft.words) == known or any(remark.unread for remark in remarks[start:]):
        raise Refusal(field, "sex chromosomes, or idem, after the number", "write 46,XX or 46,XY")
    remarks.append(Remark(field.position, field.text, "no sex chromosomes before this"))


def _take(field: Piece, draft: _Draft, before: Sequence[Clone], remarks: list[Remark]) -> None:
    """Read one field behind the sex chromosomes."""
    tree = parse("heir", small(field.text))
    if not isinstance(tree, Unparsed):
        _inherit(field, tree, draft, before, remarks)
        return
    if INCOMPLETE.fullmatch(field.text):
        words = "incomplete: there are more changes than written"
        remarks.append(Remark(field.position, field.text, words, True))
        draft.incomplete = True
        draft.words.append("inc")
        return
    if (match := COPIES.fullmatch(field.text)) and draft.last is not None:
        _multiply(field, int(match[1]), draft, remarks)
        return
    draft.last = found = read_abnormality(field, remarks)
    if found is None:
        draft.whole = False
        draft.words.append(field.text)
        return
    draft.words.append(found.text + spell_cells(found.cells, False))
    draft.own.append(found)
    draft.changes.take(found)


def _inherit(field: Piece, heir: Node, draft: _Draft, before: Sequence[Clone], remarks: list[Remark]) -> None:
    parent, number = heir.first("PARENT"), heir.first("INT")
    draft.parent = parent_of(field, parent, int(number) if number else None, before)
    draft.inherits = parent + number
    copies = heir.first("COPIES")
    if copies:
        draft.doubled = int(re.findall(r"[0-9]+", copies)[0])
        words = "multiplied: copies of each change are not told apart"
        remarks.append(Remark(field.position, field.text, words))
    draft.words.append(draft.inherits + (f"x{draft.doubled}" if copies else ""))
    draft.changes = Inheritance(draft.parent.abnormalities, draft.doubled)
    for found in draft.own:
        draft.changes.take(found)


def _multiply(field: Piece, copies: int, draft: _Draft, remarks: list[Remark]) -> None:
    """Read `-20,*2`, where a comma parts an abnormality from its copies."""
    last = draft.own[-1]
    if copies < 1:
        draft.words.append(field.text)
        remarks.append(Remark(field.position, field.text, "not read", True))
        return
    many = replace(last, copies=copies, text=f"{last.text}x{copies}" if copies > 1 else last.text)
    draft.changes.replace_last(many)
    draft.own[-1] = many
    draft.words[-1] = many.text + spell_cells(many.cells, False)
    remarks.append(Remark(field.position, field.text, "copies of the abnormality before it"))


def _check(number: Number, draft: _Draft, count: Count, field: Piece, remarks: list[Remark]) -> None:
    """Compare number and changes, where every change was read and all cells are alike."""
    if not draft.whole or draft.incomplete or count.composite:
        return
    if draft.parent is not None:
        check_heir(number, draft.parent, draft.doubled, draft.own, field, remarks)
    else:
        check_number(number, draft.sex, draft.own, field, remarks)
