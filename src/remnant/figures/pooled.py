"""How strongly stem cells are spared: each patient's log-odds, and the mean over patients."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import altair as alt

from remnant.figures.theme import INK, MUTED, STEM, WIDTH, Row, configured, layered, named
from remnant.persistence.joint import JointPersistence
from remnant.persistence.joint_pool import PooledPersistence
from remnant.persistence.selective import SelectivePersistence
from remnant.study.estimate import Estimate

POOLED = "All patients"
TICKS = (1e-3, 0.01, 1 / 30, 0.1, 1 / 3, 1, 3, 10, 30, 100, 1000, 10_000, 100_000)


def plot_pooled(
    pairs: Sequence[SelectivePersistence],
    pooled: PooledPersistence | None,
    joint: JointPersistence | None = None,
) -> alt.LayerChart:
    """Draw a forest: an interval for each patient, a diamond for the mean; beside them the nuclei as counted.

    Parameters
    ----------
    pairs : sequence of SelectivePersistence
        One visit of each patient, from the top.
    pooled : PooledPersistence or None
        The mean over patients, where there is one.
    joint : JointPersistence or None
        The joint model, whose own answer for each visit is drawn beneath the visit's and beside its counts.
    """
    drawn, counts = _in_the_study(pairs, joint)
    effects = [(pair.patient_id, pair.log_odds, pair.probability) for pair in pairs]
    each = [_row(*effect) for effect in effects if effect[1].value is not None]
    unknown: list[Row] = [
        {"who": who, "label": str(estimate.evidence), "reason": estimate.reason}
        for who, estimate, _ in effects
        if estimate.value is None
    ]
    mean = []
    if pooled is not None and pooled.log_odds.value is not None:
        mean = [_row(POOLED, pooled.log_odds, pooled.probability)]
    names = [who for who, _, _ in effects] + [POOLED] * bool(mean)
    numbers = [row[field] for row in each + mean + drawn for field in ("lower", "upper")]
    edge = max([3.0, *(abs(number) for number in numbers)]) * 1.05
    axis = alt.Axis(title=None, domain=False, ticks=False, labelColor=INK, labelFontSize=12, labelLimit=130)
    y = alt.Y("who:N", sort=names, scale=alt.Scale(domain=names), axis=axis)

    def x(field: str) -> alt.X:
        ticks = [log(odds) for odds in TICKS if abs(log(odds)) <= edge]
        label = "(datum.value < 0 ? '1/' : '') + format(exp(abs(datum.value)), ',.0f')"
        return alt.X(
            f"{field}:Q",
            scale=alt.Scale(domain=[-edge, edge], nice=False),
            axis=alt.Axis(values=ticks, labelExpr=label, title="Odds of the clone, stem against progenitor"),
        )

    tip = [
        alt.Tooltip("who:N", title="patient"),
        alt.Tooltip("value:Q", title="log-odds", format=".2f"),
        alt.Tooltip("lower:Q", title="from", format=".2f"),
        alt.Tooltip("upper:Q", title="to", format=".2f"),
        alt.Tooltip("probability:Q", title="P(stem spared)", format=".3f"),
    ]
    text = named("unknown").mark_text(fontSize=11, fontStyle="italic", color=MUTED)
    return configured(
        layered(
            named("zero").mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x("value")),
            named("each").mark_rule(color=INK, strokeWidth=1.4).encode(x("lower"), y, x2=alt.X2("upper:Q")),
            named("each").mark_point(filled=True, shape="square", size=46, color=INK, opacity=1).encode(
                x("value"), y, tooltip=tip
            ),
            named("mean").mark_rule(color=STEM, strokeWidth=3).encode(x("lower"), y, x2=alt.X2("upper:Q")),
            named("mean").mark_point(filled=True, shape="diamond", size=190, color=STEM, opacity=1).encode(
                x("value"), y, tooltip=tip
            ),
            named("drawn").mark_rule(color=STEM, strokeWidth=1.2, yOffset=7).encode(
                x("lower"), y, x2=alt.X2("upper:Q")
            ),
            named("drawn").mark_point(size=30, color=STEM, opacity=1, yOffset=7).encode(
                x("value"), y, tooltip=tip
            ),
            named("counts").mark_text(align="right", dy=-9, fontSize=10, color=MUTED).encode(
                y, x=alt.value(WIDTH), text=alt.Text("label:N")
            ),
            text.encode(y, x=alt.datum(0), text=alt.Text("label:N"), tooltip=alt.Tooltip("reason:N")),
            width=WIDTH, height=40 * max(len(names), 1),
        ),
        {
            "zero": [{"value": 0.0}], "each": each, "mean": mean, "unknown": unknown,
            "drawn": drawn, "counts": counts,
        },
        "Forest plot: log-odds of the clone in stem against progenitor cells for each patient, and their "
        "mean.",
    )  # fmt: skip


def _in_the_study(
    pairs: Sequence[SelectivePersistence], joint: JointPersistence | None
) -> tuple[list[Row], list[Row]]:
    """Each visit by the joint model, and its nuclei as counted: stem, then progenitor cells."""
    if joint is None:
        return [], []
    own = {item.sample_id: item for item in joint.differences}
    nuclei = {(item.sample_id, item.role): f"{item.abnormal}/{item.scored}" for item in joint.fractions}
    known = [pair for pair in pairs if pair.sample_id in own]
    drawn = [
        _row(pair.patient_id, own[pair.sample_id].log_odds, own[pair.sample_id].probability) for pair in known
    ]
    counts: list[Row] = [
        {
            "who": pair.patient_id,
            "label": f"{nuclei[pair.sample_id, 'stem']} against {nuclei[pair.sample_id, 'progenitor']}",
        }
        for pair in known
    ]
    return drawn, counts


def _row(who: str, effect: Estimate, probability: float | None) -> Row:
    numbers = {"value": effect.value, "lower": effect.lower, "upper": effect.upper}
    return {"who": who, **numbers, "probability": probability}
