from remnant.persistence import CloneReading, PatientReadings, Relapse, Verdict, statements
from remnant.persistence.selective import PooledPersistence
from remnant.stats.numerics.posterior import beta_posterior
from remnant.study import Estimate


def reading(k, n):
    return CloneReading(0, beta_posterior(k + 0.5, n - k + 0.5), None, ())


def patients(*pairs):
    return {
        f"P{i}": PatientReadings(before and reading(*before), after and reading(*after))
        for i, (before, after) in enumerate(pairs)
    }


def pooled(probability):
    effect = Estimate.detected(2, 1, 3, confidence=0.95)
    return [PooledPersistence("remission", 7, (), effect, 0.5, probability, 7, 0, 2 / 128, 2 / 128, "")]


def relapses(*days):
    return [
        Relapse(f"P{i}", "clone", start, day, None, 900, "") for i, (start, day) in enumerate(days)
    ]  # fmt: skip


def verdicts(stem, progenitor, effect, returns):
    found = statements(stem, progenitor, effect, returns, probability=0.95)
    assert [item.number for item in found] == [1, 2, 3, 4, 5]
    return [item.verdict for item in found]


def test_a_study_like_the_paper_supports_each_statement():
    stem = patients(*[((200, 200), (60, 200))] * 7)
    progenitor = patients(*[((200, 200), (2, 200))] * 7)
    returns = relapses(*[(180, 700)] * 5, *[(180, None)] * 2)
    assert verdicts(stem, progenitor, pooled(0.999), returns) == [Verdict.SUPPORTED] * 5


def test_the_opposite_study_contradicts_what_it_can():
    stem = patients(*[((20, 200), (0, 200))] * 5)
    progenitor = patients(*[((20, 200), (20, 200))] * 5)
    found = verdicts(stem, progenitor, pooled(0.001), relapses(*[(180, None)] * 5))
    # No return so far contradicts nothing: it may yet come.
    assert found == [*[Verdict.CONTRADICTED] * 4, Verdict.UNDECIDED]


def test_few_nuclei_decide_nothing():
    stem = patients(*[((9, 10), (3, 10))] * 3)
    found = verdicts(stem, stem, pooled(0.8), relapses((180, 700), (180, None)))
    assert found == [Verdict.UNDECIDED] * 5


def test_an_empty_study_is_not_evaluable():
    assert verdicts({}, patients((None, (3, 10))), [], []) == [Verdict.NOT_EVALUABLE] * 5
