"""What the page says of the joint model."""

from dataclasses import replace

from remnant.persistence import PooledPersistence
from remnant.report import cohort, methods, pooling
from remnant.study.estimate import Estimate


def test_a_verdict_that_turns_with_the_prior_is_said_plainly(findings):
    said = pooling.sensitivity(findings.joint)
    assert "The verdict depends on the prior: it turns under nuclei independent." in said
    steady = replace(findings.joint, sensitivity=findings.joint.sensitivity[:1])
    assert "none turns the verdict" in pooling.sensitivity(steady)


def test_chains_that_do_not_agree_are_said_first(findings):
    said = pooling.sensitivity(replace(findings.joint, converged=False, r_hat=1.2))
    assert "do not agree (R-hat 1.200" in said
    assert "nothing is pooled" in said


def test_without_a_pooled_answer_no_prior_is_named(findings):
    assert "Nothing is pooled" in pooling.sensitivity(replace(findings.joint, sensitivity=()))


def test_a_change_is_said_as_a_ratio_of_odds_ratios():
    effect = Estimate.detected(2.3, 0.7, 4.1, confidence=0.95)
    change = PooledPersistence("change", 5, (), effect, None, 0.99, 5, 0, 0.06, 0.06, "")
    said = pooling.pooled(change)
    assert said.startswith("From before treatment to remission, over 5 patients seen at both")
    assert "10 times what it was" in said


def test_the_tables_show_counts_beside_each_difference_and_every_prior(findings):
    own = cohort.own_differences(findings)
    assert all(row[2].text == "14 of 40" for row in own.rows)
    priors = cohort.sensitivity(findings)
    assert [row[3].text for row in priors.rows] == ["same", "turned"]
    nothing = replace(findings, joint=None)
    assert cohort.own_differences(nothing) is None
    assert cohort.sensitivity(nothing) is None


def test_the_methods_name_the_prior_and_the_convergence(findings):
    said = " ".join(text for _, texts in methods.sections(findings) for text in texts)
    assert "R-hat 1.004" in said
    assert "Prior of the joint model" in said
