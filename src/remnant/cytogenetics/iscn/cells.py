"""The cells of a clone, in brackets behind it: `[20]`, `[cp8]`, `[16,one with 92]`, `[6+3]`."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.cytogenetics.iscn.grammar import Unparsed, parse
from remnant.cytogenetics.iscn.karyotype import Remark
from remnant.cytogenetics.iscn.spelling import small
from remnant.cytogenetics.iscn.text import Piece, Refusal

MOST_CELLS = 10_000  # metaphases: more is a number that belongs elsewhere
SPARE = " .,;"  # behind the last bracket


@dataclass(frozen=True)
class Count:
    """Cells of a clone, None where the report gives no number, and whether they differ (cp)."""

    cells: int | None
    composite: bool = False


def cut_cells(piece: Piece, remarks: list[Remark]) -> tuple[Piece, Count]:
    """Cut the last brackets off a clone, and read them.

    Raises
    ------
    Refusal
        If they hold no number of cells.
    """
    close = piece.text.rfind("]")
    open_ = piece.text.rfind("[", 0, close) if close > 0 else -1
    inside = piece.cut(open_, close + 1)
    misplaced = any(mark in piece.text[close:].rstrip(SPARE) for mark in ",;")
    if misplaced and piece.text.count("[") == 1:
        remarks.append(Remark(inside.position, inside.text, "taken for the cells of the clone: they end it"))
        blank = piece.text[:open_] + " " * len(inside.text) + piece.text[close + 1 :]
        return Piece(blank, piece.start), _read_cells(inside, remarks)
    if open_ < 0 or misplaced:
        end = piece.cut(len(piece.text))
        remarks.append(Remark(end.position, "", "no cells in brackets: the fraction is not known"))
        return piece, Count(None)
    after = piece.cut(close + 1).strip()
    if after.text.strip(SPARE):
        remarks.append(Remark(after.position, after.text, "not read", True))
    elif after.text:
        remarks.append(Remark(after.position, after.text, "nothing behind it"))
    return piece.cut(0, open_).strip(), _read_cells(inside, remarks)


def _read_cells(inside: Piece, remarks: list[Remark]) -> Count:
    tree = parse("cells", small(inside.text[1:-1]))
    if isinstance(tree, Unparsed):
        raise Refusal(inside, "a number of cells", "write [20], or [cp20] for a composite clone")
    numbers = [int(word.text) for word in tree.words if word.kind == "INT"]
    words = {word.kind for word in tree.words}
    parted = "/" in inside.text and len(numbers) == 2 and "NOTE" not in words
    total = numbers[0] if parted or len(numbers) == 1 else sum(numbers)
    if parted and numbers[0] > numbers[1]:
        raise Refusal(inside, f"at most {numbers[1]} cells with the abnormality", "write k of n as [k/n]")
    if not 1 <= total <= MOST_CELLS:
        hint = "leave out a clone that was not seen" if total == 0 else "is this a number of metaphases?"
        raise Refusal(inside, f"1 to {MOST_CELLS:,} cells", hint)
    if parted:
        remarks.append(Remark(inside.position, inside.text, f"{total} of {numbers[1]} cells"))
    elif len(numbers) > 1:
        remarks.append(Remark(inside.position, inside.text, f"{total} cells in all"))
    elif "NOTE" in words:
        remarks.append(
            Remark(
                inside.position, inside.text, f"{total} {'cell' if total == 1 else 'cells'}, with a comment"
            )
        )
    return Count(total, "COMPOSITE" in words)
