"""The whole journey against its truth, over several synthetic studies."""

from collections import Counter

import pytest

from remnant.analysis import analyse
from remnant.observation import simulate_study
from remnant.persistence import Verdict
from remnant.study import read_study


@pytest.mark.slow
def test_answers_agree_with_the_truth_over_studies(tmp_path):
    """Four studies of seven patients.

    Slides of the simulator vary more than a binomial (overdispersion 150), and so do those of the estimate:
    451 of 469 intervals at 95 % hold the truth. Every clinical relapse is found.
    """
    covered, known, agree, visits = Counter(), Counter(), 0, 0
    for seed in range(1, 5):
        folder = tmp_path / f"study-{seed}"
        truth = simulate_study(folder, seed=seed)
        found = analyse(read_study(folder))
        true = {visit.sample_id: visit for patient in truth.patients for visit in patient.visits}
        for item in found.burdens:
            fraction = item.clone_fraction
            if fraction.known:
                inside = true[item.sample_id].compartment(item.compartment).clone_fraction
                known[item.role] += 1
                covered[item.role] += fraction.lower <= inside <= fraction.upper
        visits += len(found.courses)
        agree += sum(item.state.value == true[item.sample_id].state for item in found.courses)
        returned = {item.patient_id for item in found.relapses if item.day is not None}
        for patient in truth.patients:
            if patient.clinical_relapse_day is not None:
                assert patient.patient_id in returned
        verdicts = {item.number: item.verdict for item in found.statements}
        assert Verdict.CONTRADICTED not in verdicts.values()
        assert verdicts[4] is Verdict.SUPPORTED
        assert found.pooled[1].log_odds.lower > 0
    assert covered["stem"] / known["stem"] > 0.93
    assert sum(covered.values()) / sum(known.values()) > 0.93
    assert agree / visits > 0.86
