"""What all patients say together of stem cells against progenitors, and how much of it the prior says."""

from __future__ import annotations

from remnant.persistence.joint import JointPersistence
from remnant.persistence.joint_pool import PooledPersistence
from remnant.report import numbers, phrases
from remnant.report.phrases import counted

PHASES = {
    "baseline": "Before treatment",
    "remission": "In remission",
    "change": "From before treatment to remission",
}


def pooled(effect: PooledPersistence) -> str:
    """Say the mean effect over patients, and what a sign test could have shown at best."""
    phase = PHASES[effect.phase]
    if not effect.log_odds.known:
        return f"{phase}, no mean over patients: {effect.log_odds.evidence}, {effect.log_odds.reason}."
    if effect.phase == "change":
        return _changed(effect)
    said = phrases.odds(
        f"{phase}, over {counted(effect.patients, 'patient')}, the odds of the clone are on average",
        effect.log_odds,
    )
    if effect.probability is not None:
        p = numbers.probability(effect.probability)
        said += f", with posterior probability {p} that they are higher there"
    said += "."
    if effect.sign_p is not None and effect.smallest_p is not None:
        said += (
            f" They are higher in {effect.above} and lower in {effect.below}: an exact sign test gives "
            f"{numbers.p_equals(effect.sign_p)}; with {counted(effect.above + effect.below, 'patient')} it "
            f"cannot give less than {numbers.p_value(effect.smallest_p)}."
        )
    return said


def _changed(effect: PooledPersistence) -> str:
    """Say how the odds ratio changed with treatment."""
    assert effect.log_odds.value is not None
    said = (
        f"{PHASES['change']}, over {counted(effect.patients, 'patient')} seen at both, the odds ratio is on "
        f"average {numbers.odds(effect.log_odds.value)} times what it was "
        f"({phrases.interval(effect.log_odds, numbers.odds)})"
    )
    if effect.probability is not None:
        said += f", with posterior probability {numbers.probability(effect.probability)} that it rose"
    return f"{said}."


def sensitivity(joint: JointPersistence) -> str:
    """Say how far the pooled answer in remission rests on the prior, and whether the chains agree."""
    if not joint.converged:
        return (
            f"The chains of the joint model do not agree (R-hat {joint.r_hat:.3f}, effective draws "
            f"{numbers.count(min(joint.bulk, joint.tail))}): nothing is pooled."
        )
    rows = [row for row in joint.sensitivity if row.phase == "remission"]
    if not rows:
        return "Nothing is pooled in remission, so no prior weighs on it."
    values = [row.log_odds.value for row in rows if row.log_odds.value is not None]
    least, most = (numbers.probability(end(row.probability for row in rows)) for end in (min, max))
    said = (
        f"Under {len(rows)} other priors the odds ratio in remission lies from {numbers.odds(min(values))} "
        f"to {numbers.odds(max(values))}, and the probability that it is above 1 "
        f"{f'stays {least}' if least == most else f'from {least} to {most}'}"
    )
    turned = [row.prior for row in rows if not row.same_verdict]
    if turned:
        return f"{said}. The verdict depends on the prior: it turns under {phrases.listing(turned)}."
    return f"{said}; none turns the verdict."
