"""Karyotypes clone by clone and what follows from them, as the JSON answer lists them."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_jsonable_python

from remnant.cytogenetics import (
    ClonalChange,
    any_loss_of_5q,
    changes,
    complexity,
    deleted_regions,
    ipss_r_group,
    monosomal,
)
from remnant.cytogenetics.iscn.karyotype import Clone, Karyotype
from remnant.cytogenetics.iscn.text import Piece


def karyotype_answer(found: Karyotype | None) -> dict[str, Any]:
    """Return the clones, the group of IPSS-R and what else follows; the same keys where there is none."""
    if found is None:
        return dict.fromkeys(KEYS) | {"clones": [], "possible_groups": [], "changes": [], "lost_of_5q": []}
    group, several, regions = ipss_r_group(found), complexity(found), deleted_regions(found)
    values = (
        [_clone(clone) for clone in found.clones],
        found.cells,
        found.complete,
        found.sex,
        group.group and group.group.value,
        [one.value for one in group.possible],
        {"rule": group.rule, "by": group.by, "trace": group.trace, "reason": group.reason},
        [_change(change) for change in changes(found)],
        {
            "abnormalities": several.abnormalities,
            "at_least": several.at_least,
            "in_one_line": several.in_one_line,
            "complex": several.is_complex,
        },
        monosomal(found),
        any_loss_of_5q(regions),
        regions,
    )
    plain: dict[str, Any] = to_jsonable_python(dict(zip(KEYS, values, strict=True)))
    return plain


KEYS = (
    "clones", "cells_total", "complete", "sex", "ipss_r_group", "possible_groups", "ipss_r", "changes",
    "complexity", "monosomal", "loss_of_5q", "lost_of_5q",
)  # fmt: skip


def _clone(clone: Clone) -> dict[str, Any]:
    low, high = clone.number_low, clone.number_high
    return {
        "cells": clone.cells,
        "composite": clone.composite,
        "normal": clone.normal,
        "chromosomes": None if low is None else str(low) if low == high else f"{low}~{high}",
        "sex": clone.sex,
        "abnormalities": [abnormality.text for abnormality in clone.abnormalities],
        "own": _own(clone),
        "inherits": clone.inherits,
        "nonclonal": clone.nonclonal,
        "donor": clone.donor,
        "incomplete": clone.incomplete,
        "ploidy": clone.ploidy,
        "text": clone.text,
        "details": clone.abnormalities,
    }


def _own(clone: Clone) -> list[str]:
    """What the clone itself writes, behind the word by which it inherits the rest."""
    if not clone.inherits:
        return [abnormality.text for abnormality in clone.abnormalities]
    fields = [piece.text for piece in Piece(clone.text.partition("[")[0], 0).split(",")]
    heir = next(
        (place for place, field in enumerate(fields) if field.startswith(clone.inherits)), len(fields)
    )
    return fields[heir + 1 :]


def _change(change: ClonalChange) -> dict[str, Any]:
    return {
        "abnormality": change.abnormality,
        "cells": change.cells,
        "at_least": change.fewest,
        "clonal": change.clonal,
        "copies": change.copies,
        "change": change.change,
    }
