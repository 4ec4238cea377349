"""Colonies and limiting-dilution plates of a study, for their likelihoods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from remnant.inference.evidence.evidence import Label
from remnant.inference.evidence.observation import Found, Observation, groups, left_out, placed
from remnant.observation.likelihood.compartments import KINDS
from remnant.study.study import Study

TYPED = ("wells_normal_only", "wells_clone_only", "wells_both")


def gather_colonies(study: Study) -> Found:
    """Gather the typed colonies of every assay of a marrow.

    Dishes counted once as a whole and once more by lineage are the same colonies: the rows by lineage count
    only where the whole was not typed.
    """
    typed = study["colonies"].filter(pl.col("colonies_typed") > 0, pl.col("colonies_abnormal").is_not_null())
    kept: set[int] = set()
    for dishes in groups(typed, ("sample_id", "compartment", "assay")):
        whole = dishes.filter(pl.col("lineage").is_null())
        kept |= set((dishes if whole.is_empty() else whole)["line"])
    found = []
    for patient, day, row in placed(study, "colonies"):
        if row["line"] in kept:
            label = Label(f"{row['assay']} of {row['compartment']}", "colonies.csv", row["line"])
            fields = {
                "kind": _kind(study, row),
                "count": float(row["colonies_abnormal"]),
                "total": float(row["colonies_typed"]),
            }
            found.append(Observation("colonies", patient, day, fields, label))
    return Found(tuple(found))


def gather_wells(study: Study) -> Found:
    """Gather the plates of one assay of each compartment, that with the most rows.

    Founders per cell differ between assays, and a fit learns one number for each compartment.
    """
    rows = list(placed(study, "dilution_plates"))
    chosen = _chosen(row for _, _, row in rows)
    kept = [one for one in rows if chosen[one[2]["compartment"]] == one[2]["assay"]]
    typing = _typing(row for _, _, row in kept)
    found = []
    for patient, day, row in kept:
        label = Label(
            f"{row['assay']}, {row['cells_per_well']:g} cells of {row['compartment']} per well",
            "dilution_plates.csv",
            row["line"],
        )
        fields = {
            "kind": _kind(study, row),
            "dose": float(row["cells_per_well"]),
            "tested": float(row["wells_tested"]),
            "positive": float(row["wells_positive"]),
            "typed": np.array([float(row[name] or 0) for name in TYPED]),
            "part": typing[row["sample_id"], row["compartment"]],
        }
        found.append(Observation("wells", patient, day, fields, label))
    return Found(tuple(found), left_out(len(rows) - len(kept), "dilution_plates.csv: a rarer assay"))


def _kind(study: Study, row: dict[str, Any]) -> int:
    return KINDS[study.config.compartments[row["compartment"]].role]


def _chosen(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the most frequent assay of each compartment; of two as frequent, the first."""
    seen = Counter((row["compartment"], row["assay"]) for row in rows)
    chosen: dict[str, str] = {}
    for (compartment, assay), _ in seen.most_common():
        chosen.setdefault(compartment, assay)
    return chosen


def _typing(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Return which part of its positive wells was typed on each plate; all, where a typed plate has none."""
    positive: Counter[tuple[str, str]] = Counter()
    typed: Counter[tuple[str, str]] = Counter()
    done: dict[tuple[str, str], bool] = {}
    for row in rows:
        plate = row["sample_id"], row["compartment"]
        positive[plate] += row["wells_positive"]
        typed[plate] += sum(row[name] or 0 for name in TYPED)
        done[plate] = done.get(plate, False) or row[TYPED[0]] is not None
    return {
        plate: (typed[plate] / positive[plate] if positive[plate] else 1.0) if any_typed else 0.0
        for plate, any_typed in done.items()
    }
