import numpy as np
import pytest

from remnant.inference.comparison.loo import LeftOut
from remnant.inference.comparison.mechanisms import Fitted, compare_mechanisms
from remnant.inference.comparison.words import told_apart


def fitted(name, elpds, k=0.2, fit=True):
    return Fitted(name, f"title of {name}", tuple(LeftOut(float(elpd), k, 50.0) for elpd in elpds), fit)


EACH = np.random.default_rng(1).normal(-20, 3, 8)


def words(*mechanisms, patients=8):
    return " ".join(told_apart(compare_mechanisms(mechanisms), patients))


def test_scores_are_sums_over_patients_and_the_best_comes_first():
    worse = fitted("worse", EACH - 2 + np.linspace(-0.5, 0.5, 8))
    first, second = compare_mechanisms([worse, fitted("good", EACH)])
    assert (first.mechanism, first.behind, first.behind_error) == ("good", 0, 0)
    assert first.elpd == pytest.approx(EACH.sum())
    assert second.behind == pytest.approx(16)
    assert second.behind_error == pytest.approx(np.sqrt(8) * np.std(np.linspace(-0.5, 0.5, 8), ddof=1))
    assert first.weight + second.weight == pytest.approx(1)


def test_a_clear_difference_is_said_with_its_error_and_without_certainty():
    said = words(fitted("good", EACH), fitted("bad", EACH - 3 + np.linspace(-0.5, 0.5, 8)))
    assert "Less in keeping with the data than title of good: title of bad" in said
    assert "cannot tell apart" not in said
    assert "not compared may still be the right one" in said


@pytest.mark.parametrize("gap", [np.full(8, 0.3), np.array([60.0, -40, 50, -45, 55, -50, 30, -10])])
def test_a_small_or_an_unsure_difference_is_no_difference(gap):
    assert "cannot tell apart" in words(fitted("one", EACH), fitted("other", EACH - gap))


def test_the_order_in_which_mechanisms_are_given_changes_nothing():
    some = [fitted("a", EACH), fitted("b", EACH - 4), fitted("c", EACH - 1, k=0.9)]
    forth, back = compare_mechanisms(some), compare_mechanisms(some[::-1])
    assert [score.mechanism for score in forth] == [score.mechanism for score in back]
    np.testing.assert_allclose([x.weight for x in forth], [x.weight for x in back], atol=1e-4)


def test_what_cannot_be_believed_is_not_evaluable_has_no_weight_and_never_wins():
    scores = compare_mechanisms(
        [fitted("flagged", EACH + 50, k=0.9), fitted("unfit", EACH + 9, fit=False), fitted("sound", EACH)]
    )
    assert scores[0].mechanism == "sound"
    assert [score.weight for score in scores] == [1, 0, 0]
    said = " ".join(told_apart(scores, 8))
    assert "Not evaluable: title of flagged" in said
    assert "chains cannot be believed" in said
    assert "nothing to compare" in said


def test_all_unfit_says_nothing_of_which_is_right():
    said = words(fitted("a", EACH, fit=False), fitted("b", EACH - 9, k=np.inf))
    assert said.startswith("No mechanism could be evaluated")
    assert "could not be integrated" in said


def test_very_few_patients_tell_nothing_apart():
    said = words(fitted("a", EACH[:2]), fitted("b", EACH[:2] - 30), patients=2)
    assert "at least 4 are needed" in said


def test_scores_are_numbers_even_where_a_patient_is_impossible():
    scores = compare_mechanisms([fitted("a", EACH), fitted("b", [-np.inf, *EACH[1:]], k=np.inf)])
    assert all(
        np.isfinite([score.elpd, score.behind, score.pareto_k, score.behind_error]).all() for score in scores
    )
