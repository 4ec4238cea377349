"""Stem against progenitor cells of the same sample, patient by patient."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from remnant.figures import estimates
from remnant.figures.estimates import Point
from remnant.figures.theme import FAINT, INK, WIDTH, Row, configured, layered, named
from remnant.persistence.selective import SelectivePersistence


def plot_paired(pairs: Sequence[SelectivePersistence], *, clone: str) -> alt.LayerChart:
    """Draw the clone fraction of both compartments, one lane a patient.

    Parameters
    ----------
    pairs : sequence of SelectivePersistence
        One visit of each patient, from the top.
    clone : str
        How the clone is called.
    """
    points = [
        Point(pair.patient_id, role, name, pair.sample_id, pair.day, estimate)
        for pair in pairs
        for role, name, estimate in (
            ("stem", "stem cells", pair.stem),
            ("progenitor", "progenitors", pair.progenitor),
        )
    ]
    tables = estimates.rows(points)
    tables["unknown"] = [row | {"label": f"{row['role']}: {row['evidence']}"} for row in tables["unknown"]]
    patients = [pair.patient_id for pair in pairs]
    lanes: list[Row] = [{"place": patient} for patient in patients]
    axis = alt.Axis(title=None, domain=False, ticks=False, labelColor=INK, labelFontSize=12, labelLimit=130)
    y = alt.Y("place:N", sort=patients, scale=alt.Scale(domain=patients, padding=0.3), axis=axis)
    offset = alt.YOffset(
        "role:N", sort=["stem", "progenitor"], scale=alt.Scale(domain=["stem", "progenitor"])
    )
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title=f"Cells with {clone}"),
    )
    unknown = named("unknown").mark_text(align="left", fontSize=11, fontStyle="italic", dx=4, color="#5f6b78")
    return configured(
        layered(
            named("lanes").mark_rule(color=FAINT).encode(y),
            estimates.level(x, y, offset, ".2p"),
            unknown.encode(
                y, x=alt.value(0), yOffset=offset, text=alt.Text("label:N"), tooltip=[alt.Tooltip("reason:N")]
            ),
            width=WIDTH,
            height=40 * max(len(pairs), 1),
        ),
        tables | {"lanes": lanes},
        f"Fraction of cells with {clone} among stem cells and progenitors of the same sample, by patient.",
    )
