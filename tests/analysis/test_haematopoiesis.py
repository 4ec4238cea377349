"""What the marrow makes under treatment, in the synthetic study."""

import pytest

from remnant.study.estimate import Evidence


def test_every_treated_patient_has_three_lines(findings):
    blood = findings.haematopoiesis.blood
    assert len(blood) == 3 * len(findings.timelines)
    for course in blood:
        assert course.counts > 10
        assert course.lowest <= course.present <= course.best
        assert course.baseline is not None or course.baseline_reason


def test_red_colonies_come_back_in_remission(findings):
    """The simulator's clone founds few red cells, so their output rises as it falls."""
    ratios = [c.ratio for c in findings.haematopoiesis.changes if c.lineage == "erythroid" and c.after]
    assert ratios
    assert all(ratio.value > 1 for ratio in ratios)


def test_shares_of_the_lineages_of_a_dish_add_up(findings):
    shares: dict[str, float] = {}
    for output in findings.haematopoiesis.lineages:
        shares[output.sample_id] = shares.get(output.sample_id, 0.0) + (output.share.value or 0.0)
    assert all(total == pytest.approx(1.0) for total in shares.values())


def test_maturation_is_held_against_the_marrow_before_treatment(findings):
    readings = findings.haematopoiesis.maturation
    assert readings
    for reading in readings:
        assert sum(e.value or 0 for e in reading.fractions) == pytest.approx(1.0)
        known = reading.shift.evidence is Evidence.DETECTED
        assert known == (reading.day > 0 and reading.shift.reason.startswith("against"))
    moved = [r.shift.value for r in readings if r.shift.evidence is Evidence.DETECTED]
    assert sum(value > 0.5 for value in moved) > len(moved) / 2
