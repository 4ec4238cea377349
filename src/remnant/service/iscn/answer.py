"""One string becomes one answer: what it says, or where it cannot be read."""

from __future__ import annotations

import re
from ast import literal_eval
from dataclasses import dataclass
from typing import Any

from remnant.cytogenetics import cells_with, nuclei_with_change, read_karyotype
from remnant.cytogenetics.in_situ.read import BEFORE, InSitu, is_in_situ, read_in_situ, tail_of
from remnant.cytogenetics.iscn.karyotype import CellCount, Karyotype, Remark
from remnant.cytogenetics.iscn.text import Piece, refuse
from remnant.errors import Fault, IscnError
from remnant.service.iscn.clones import karyotype_answer
from remnant.service.iscn.lines import Line
from remnant.service.iscn.nuclei import nuclei_entries


@dataclass(frozen=True)
class ReadLine:
    """A string as read.

    Parameters
    ----------
    line : Line
        What was given.
    karyotype : Karyotype or None
        None where it holds none, or none that can be read.
    in_situ : InSitu or None
        What stands behind it, or alone.
    fault : Fault or None
        Why it cannot be read.
    cells : CellCount or None
        Cells with the abnormality asked for.
    abnormality, probe : str
        What was asked for.
    """

    line: Line
    karyotype: Karyotype | None
    in_situ: InSitu | None
    fault: Fault | None
    cells: CellCount | None
    abnormality: str
    probe: str

    @property
    def ok(self) -> bool:
        """Whether all of it could be read."""
        return self.fault is None

    @property
    def strict(self) -> str | None:
        """The strict spelling; None for what cannot be read."""
        if not self.ok:
            return None
        return ".".join(str(part) for part in (self.karyotype, self.in_situ) if part is not None)

    @property
    def remarks(self) -> list[Remark]:
        """What the reader repaired, with places in the line as given."""
        found = list(self.karyotype.remarks) if self.karyotype else []
        found += self.in_situ.remarks if self.in_situ else ()
        shift = self.line.start
        return [Remark(one.position + shift, one.found, one.reading, one.unread) for one in found]

    @property
    def nuclei(self) -> CellCount | None:
        """Nuclei in which the probe asked for has changed; None where it was not hybridised."""
        found = self.in_situ.nuclei if self.in_situ else None
        if found is None or not any(pattern.mentions(self.probe) for pattern in found.patterns):
            return None
        return nuclei_with_change(found, self.probe)

    @property
    def error(self) -> dict[str, Any] | None:
        """Why it cannot be read, with the place in the line as given."""
        if self.fault is None:
            return None
        digits = re.search(r"position (\d+)", self.fault.column)
        position = int(digits[1]) + self.line.start if digits else 1
        found, expected, hint = self.fault.found, self.fault.expected, self.fault.hint
        # A fault quotes what it found, for a sentence; a program wants the text itself.
        found = literal_eval(found) if found[:1] in ("'", '"') else found
        message = f"position {position}: found {self.fault.found}; expected {expected}; {hint}"
        return {
            "position": position, "found": found, "expected": expected, "suggestion": hint, "message": message
        }  # fmt: skip

    def answer(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        head = {"line": self.line.number, "text": self.line.text, "ok": self.ok, "error": self.error}
        head["strict"] = self.strict
        head |= karyotype_answer(self.karyotype)
        found = self.in_situ
        head["nuc_ish"] = nuclei_entries(found.nuclei) if found and found.nuclei else []
        head["ish"] = [_plain(pattern) for pattern in found.metaphases] if found else []
        head["arrays"] = [_plain(result) for result in found.arrays] if found else []
        head["not_read"] = list(found.unread) if found else []
        head["remarks"] = [_plain(remark) for remark in self.remarks]
        head["counted"] = {
            "abnormality": self.abnormality, "cells": _plain(self.cells),
            "probe": self.probe, "nuclei": _plain(self.nuclei),
        }  # fmt: skip
        return head


def read_line(line: Line, *, abnormality: str, probe: str) -> ReadLine:
    """Read one string; a fault is part of the answer and stops nothing.

    Raises
    ------
    IscnError
        If `abnormality` itself cannot be read: that is no fault of the string.
    """
    karyotype = in_situ = fault = None
    try:
        if "\ufffd" in line.content:
            place = line.content.index("\ufffd")
            raise refuse("text", Piece(line.content[place], place), "text in UTF-8", "save the file as UTF-8")
        start = 0 if is_in_situ(line.content) else tail_of(line.content)
        if start != 0:
            karyotype = read_karyotype(line.content[:start].rstrip(BEFORE) if start else line.content)
        if start is not None:
            in_situ = read_in_situ(line.content[start:], start=start)
    except IscnError as error:
        fault = error.faults[0]
    cells = cells_with(karyotype, abnormality) if karyotype else None
    return ReadLine(line, karyotype, in_situ, fault, cells, abnormality, probe)


def _plain(record: Any) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(record)
