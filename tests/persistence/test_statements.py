import pytest

from remnant.persistence import (
    JointPersistence,
    PatientShare,
    PooledPersistence,
    Relapse,
    Verdict,
    statements,
)
from remnant.study import Estimate

NAMES = ("stem nearly all", "progenitors nearly all", "progenitors reduced")


def joint(shares, probability, *, converged=True):
    """A joint model with the probabilities (most, fewest) of three shares and that of the pooled effect."""
    effect = Estimate.detected(2, 1, 3, confidence=0.95)
    pooled = PooledPersistence("remission", 7, (), effect, 0.5, probability, 7, 0, 2 / 128, 2 / 128, "")
    said = tuple(PatientShare(name, 7, 5, *share) for name, share in zip(NAMES, shares, strict=True))
    return JointPersistence((), (), (pooled,), said, (), "", 1.0, 900, 900, converged, 4, 500)


def relapses(*days):
    return [Relapse(f"P{i}", "clone", start, day, None, 900, "") for i, (start, day) in enumerate(days)]


def verdicts(found, returns):
    said = statements(found, returns, probability=0.95)
    assert [item.number for item in said] == [1, 2, 3, 4, 5]
    return [item.verdict for item in said]


def test_a_study_like_the_paper_supports_each_statement():
    returns = relapses(*[(180, 700)] * 5, *[(180, None)] * 2)
    assert verdicts(joint([(0.99, 0.0)] * 3, 0.999), returns) == [Verdict.SUPPORTED] * 5


def test_the_opposite_study_contradicts_what_it_can():
    found = verdicts(joint([(0.0, 0.99)] * 3, 0.001), relapses(*[(180, None)] * 5))
    # No return so far contradicts nothing: it may yet come.
    assert found == [*[Verdict.CONTRADICTED] * 4, Verdict.UNDECIDED]


def test_few_nuclei_decide_nothing():
    found = verdicts(joint([(0.6, 0.3)] * 3, 0.8), relapses((180, 700), (180, None)))
    assert found == [Verdict.UNDECIDED] * 5


def test_chains_that_do_not_agree_decide_nothing():
    found = verdicts(joint([(0.99, 0.0)] * 3, None, converged=False), [])
    assert found[:4] == [*[Verdict.UNDECIDED] * 3, Verdict.NOT_EVALUABLE]


def test_an_empty_study_is_not_evaluable():
    assert verdicts(None, []) == [Verdict.NOT_EVALUABLE] * 5


@pytest.mark.parametrize(("most", "said"), [(1.0, "above 0.999"), (0.0, "0.001"), (0.5, "0.500")])
def test_a_probability_is_never_said_to_be_a_certainty(most, said):
    first = statements(joint([(most, 1 - most)] * 3, 0.9), [], probability=0.95)[0]
    assert said in first.evidence
