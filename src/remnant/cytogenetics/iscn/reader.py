"""Read a karyotype as it is really written.

The reader is lenient and says what it forgave: lower case, missing commas, ranges with a hyphen, comments
in brackets. It refuses, with the position, what it could only guess: no chromosome number, brackets that
do not pair, a subclone of nothing, a band that no chromosome has.
"""

from __future__ import annotations

import re
from dataclasses import replace

from remnant.cytogenetics.iscn.brackets import mend_brackets, unpaired
from remnant.cytogenetics.iscn.breakpoints import BARE, NO_BAND
from remnant.cytogenetics.iscn.clone import read_clone
from remnant.cytogenetics.iscn.fields import cut_clones
from remnant.cytogenetics.iscn.karyotype import Clone, Karyotype, Remark
from remnant.cytogenetics.iscn.note import read_note
from remnant.cytogenetics.iscn.spelling import plain
from remnant.cytogenetics.iscn.text import Piece, Refusal, refuse

IN_SITU = re.compile(r"\b(?:nuc\s+ish|ish|arr|rsa|seq|ogm)\b", re.I)
JOINTS = " .;/,"  # between a karyotype and what was found in situ
NOTHING = frozenset({"na", "n/a", "nan", "none", "nd", "not done", "missing", "unknown", "-", "."})
LONGEST, MOST_CLONES = 100_000, 200  # letters; clones: each may repeat all that came before
SMALL = re.compile(r"(?<![a-zA-Z0-9])[xy](?![0-9a-wz])")
SPACED = re.compile(r"[,/;]\s|\s[,/;\[]|^\s|\s$")


def read_karyotype(text: str, *, source: str = "karyotype", line: int | None = None) -> Karyotype:
    """Read an ISCN karyotype.

    Parameters
    ----------
    text : str
        For example "46,XX,del(5)(q13q33)[18]/46,XX[2]".
    source : str
        File or field that it comes from, for the error.
    line : int, optional
        Line in it.

    Returns
    -------
    Karyotype
        With a remark for everything that was repaired or left unread.

    Raises
    ------
    IscnError
        With the position, where a clone cannot be told from the text.

    References
    ----------
    The rules are those of the international nomenclature, in our own words; the leniency is for the
    spellings found in clinical reports.

    Examples
    --------
    >>> karyotype = read_karyotype("46,xx,del(5)(q13q33)[18]/46,xx[2]")
    >>> str(karyotype)
    '46,XX,del(5)(q13q33)[18]/46,XX[2]'
    >>> karyotype.cells
    20
    """
    try:
        return _read(text)
    except Refusal as refusal:
        raise refuse(source, refusal.piece, refusal.expected, refusal.hint, line=line) from None


def _read(text: str) -> Karyotype:
    if len(text) > LONGEST:
        raise Refusal(Piece("", LONGEST), f"at most {LONGEST:,} letters", "give one karyotype at a time")
    whole = Piece(plain(text), 0)
    if whole.text.strip().lower() in {"", *NOTHING}:
        hint = "leave the row out where none was done"
        raise Refusal(whole.strip(), "a karyotype such as 46,XX[20]", hint)
    remarks: list[Remark] = []
    _remark_letters(text, whole.text, remarks)
    whole, in_situ = _cut_in_situ(whole.strip(), remarks)
    clones = _read_mended(whole, remarks) if unpaired(whole) else _read_clones(whole, remarks)
    return Karyotype(text, tuple(clones), in_situ, tuple(sorted(remarks, key=lambda r: r.position)))


def _remark_letters(text: str, spelt: str, remarks: list[Remark]) -> None:
    """Say once each that letters are unusual, small, or spaced out."""
    odd = [i for i, (a, b) in enumerate(zip(text, spelt, strict=True)) if a != b]
    if odd:
        found, read = text[odd[0]], spelt[odd[0]]
        remarks.append(Remark(odd[0] + 1, found, f"read as {read!r}, here and below"))
    if match := SPACED.search(spelt):
        remarks.append(Remark(match.start() + 1, match[0], "spare spaces"))
    if match := SMALL.search(spelt.partition("[")[0].partition("(")[0]):
        remarks.append(Remark(match.start() + 1, match[0], "small letters: X and Y are written large"))


def _cut_in_situ(whole: Piece, remarks: list[Remark]) -> tuple[Piece, str]:
    """Cut off what follows from an in situ or array result outside all brackets."""
    square, low = 0, 0
    for match in IN_SITU.finditer(whole.text):
        between = whole.text[low : match.start()]
        square += between.count("[") - between.count("]")
        low = match.start()
        if square or whole.text[max(low - 9, 0) : low].rstrip()[-1:] not in ("", *".])/,;"):
            continue  # a comment in brackets, or a word of one
        in_situ, before = whole.cut(low), whole.cut(0, low)
        if not before.text.strip(JOINTS):
            raise Refusal(in_situ, "a karyotype", "read this text as nuc ish")
        text = in_situ.text.rstrip(JOINTS)
        remarks.append(Remark(in_situ.position, text, "an in situ or array result, kept apart"))
        return before.cut(0, len(before.text.rstrip(JOINTS))), text
    return whole, ""


def _read_mended(whole: Piece, remarks: list[Remark]) -> list[Clone]:
    """Mend brackets and read, with every place told as it is in the text that was given."""
    found: list[Remark] = []
    mended, places = mend_brackets(whole.text, found)
    if unpaired(Piece(mended, 0)) and (lone := unpaired(whole)):
        raise lone
    read: list[Remark] = []
    try:
        clones = _read_clones(Piece(mended, 0), read)
    except Refusal as no:
        raise Refusal(
            Piece(no.piece.text, whole.start + places[no.piece.start]), no.expected, no.hint
        ) from None
    remarks += [replace(remark, position=whole.start + remark.position) for remark in found]
    remarks += [replace(remark, position=whole.start + places[remark.position - 1] + 1) for remark in read]
    return clones


def _read_clones(whole: Piece, remarks: list[Remark]) -> list[Clone]:
    parts = cut_clones(whole, remarks)
    if len(parts) > MOST_CLONES:
        raise Refusal(
            parts[MOST_CLONES].cut(0, 1), f"at most {MOST_CLONES:,} clones", "give one karyotype at a time"
        )
    if len(parts) == 1 and (note := read_note(parts[0].strip(), remarks)):
        return [note]
    clones: list[Clone] = []
    donor = False
    for place, part in enumerate(parts):
        if part.text.strip():
            clones.append(read_clone(part.strip(), clones, donor, remarks))
        elif place == len(parts) - 1 and clones:
            remarks.append(Remark(part.start, "/", "a slash with no clone after it"))
        elif part.text or donor or not (place or parts[1].text == ""):
            raise Refusal(
                part, "a clone beside the slash", "write / between clones, // before those of a donor"
            )
        else:
            donor = place > 0  # the second slash of a double one
    if not clones:
        raise Refusal(whole, "a clone beside the slash", "write / between clones, // before those of a donor")
    _check_together(clones, whole, remarks)
    return clones


def _check_together(clones: list[Clone], whole: Piece, remarks: list[Remark]) -> None:
    """Refuse a text that says neither where a chromosome is broken nor in how many cells; remark two sexes.

    With its cells, a clone's size is clear though its change is not.

    Raises
    ------
    Refusal
        At the first abnormality that has no breakpoints.
    """
    bare = next((remark for remark in remarks if remark.reading.startswith((BARE, NO_BAND))), None)
    if bare and all(clone.cells is None for clone in clones):
        place = bare.position - whole.position
        found = Piece(bare.found, whole.start + place)
        if bare.reading.startswith(NO_BAND):
            raise Refusal(found, "a band of that chromosome", bare.reading.partition(": ")[2])
        hint = "write the bands, as in del(5)(q13q33), or the arm, as in del(5)(q), and the cells, as in [20]"
        raise Refusal(found, "its breakpoints", hint)
    sexes = {"Y" in clone.sex for clone in clones if not clone.donor and len(clone.sex.strip("c?")) > 1}
    if len(sexes) > 1:
        words = "XX and XY cells: a donor's stand behind //; or are two patients mixed up?"
        remarks.append(Remark(whole.position, whole.text, words))
