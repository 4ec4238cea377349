"""Read a karyotype as it is really written.

The reader is lenient and says what it forgave: lower case, missing commas, ranges with a hyphen, comments
in brackets. It refuses, with the position, what it could only guess: no chromosome number, brackets that
do not pair, a subclone of nothing.
"""

from __future__ import annotations

import re

from remnant.cytogenetics.clone_text import Refusal, read_clone
from remnant.cytogenetics.karyotype import Clone, Karyotype, Remark
from remnant.cytogenetics.text import Piece, check_brackets, outside_brackets, refuse

IN_SITU = re.compile(r"[.\s;/,]*\b(?:nuc\s+ish|nuc_ish|ish|arr|rsa|seq|ogm)\b", re.I)


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
    whole = Piece(text, 0).strip()
    if not whole.text:
        raise refuse(
            source, whole, "a karyotype such as 46,XX[20]", "leave the row out where none was done", line=line
        )
    remarks: list[Remark] = []
    in_situ = ""
    if (found := IN_SITU.search(whole.text)) and outside_brackets(whole.text, found.start()):
        in_situ = whole.text[found.start() :].strip(" .;/,")
        remarks.append(
            Remark(whole.start + found.start() + 1, in_situ, "an in situ or array result, kept apart")
        )
        whole = whole.cut(0, found.start())
        if not whole.text:
            raise refuse(source, Piece(in_situ, 0), "a karyotype", "read this text as nuc ish", line=line)
    check_brackets(source, whole, line=line)
    clones: list[Clone] = []
    donor = False
    for part in _clones(whole, remarks):
        piece = part.strip()
        if not piece.text:
            if clones and part.start > 0 and not donor:
                donor = True  # the second slash of a double one
            continue
        try:
            clones.append(read_clone(piece, clones, donor, remarks))
        except Refusal as refusal:
            raise refuse(source, refusal.piece, refusal.expected, refusal.hint, line=line) from None
    if whole.text.rstrip().endswith("/"):
        remarks.append(Remark(whole.start + len(whole.text), "/", "a slash with no clone after it"))
    return Karyotype(text, tuple(clones), in_situ, tuple(remarks))


def _clones(whole: Piece, remarks: list[Remark]) -> list[Piece]:
    """Cut at slashes, but not in `nonclonal w/clonal changes`; and where a slash is missing."""
    parts: list[Piece] = []
    for part in whole.split("/"):
        if parts and re.search(r"non[\s-]?clonal\s+w\s*$", parts[-1].text, re.I):
            last = parts.pop()
            part = whole.cut(last.start - whole.start, part.start - whole.start + len(part.text))
        low = 0
        for match in re.finditer(r"\](?=\s*\d\d(?:[~-]\d\d)?\s*,)", part.text):
            remarks.append(
                Remark(part.start + match.end() + 1, part.text[match.end() :], "a slash is missing")
            )
            parts.append(part.cut(low, match.end()))
            low = match.end()
        parts.append(part.cut(low))
    return parts
