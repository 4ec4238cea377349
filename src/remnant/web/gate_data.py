"""What the script of a gate review needs to move a cut: where values lie, and which cells it parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remnant.service.gating.records import Review
from remnant.store.studies.studies import StudyRecord
from remnant.web.gate_plots import BENEATH, FULL, Frame


def page_data(record: StudyRecord, review: Review, roles: Mapping[str, str]) -> dict[str, Any]:
    """Return the data of a page: plots by key, single cells, rules, and the automatic cuts."""
    here = f"/s/{record.slug}/gates/{review.tube.number}"
    # Where these move, other cells are shown; the others part the cells that are.
    gates = {plot.x.marker for plot in review.plots if not plot.cells}
    frames = {"full": _frame(FULL), "beneath": _frame(BENEATH)}
    return {
        "counts": f"{here}/counts",
        "plots": f"{here}/plots",
        "frames": frames,
        "axes": {
            plot.key: {
                side: {"marker": axis.marker, "values": [float(f"{value:.6g}") for value in axis.values]}
                for side, axis in (("x", plot.x), ("y", plot.y))
                if axis.marker
            }
            for plot in review.plots
        },
        "cells": {
            "markers": list(review.stem.markers),
            "values": [[float(f"{value:.6g}") for value in values] for values in review.stem.values],
        },
        "rules": [[roles.get(name, "other"), [list(rule) for rule in rules]] for name, rules in review.rules],
        "cuts": {
            cut.marker: {
                "free": cut.automatic if cut.placed else cut.value,  # where the recipe cuts it
                "low": cut.low,
                "high": cut.high,
            }
            for cut in review.proposal.cuts
        },
        "inside": [marker for marker in review.stem.markers if marker not in gates],
    }


def _frame(frame: Frame) -> dict[str, float]:
    return {name: getattr(frame, name) for name in ("left", "right", "top", "bottom")}
