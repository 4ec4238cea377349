"""The harness, on a hierarchy whose posterior is known: what is right passes, what is wrong is found."""

import json
from dataclasses import asdict

import numpy as np
import polars as pl
import pytest
from conjugate import ConjugateTrial

from remnant.errors import ResultsError
from remnant.inference.calibration.outcome import MODEL, row_of
from remnant.inference.calibration.run import run_calibration, table_of
from remnant.inference.calibration.summary import summarise
from remnant.inference.calibration.words import claims, markdown
from remnant.scale import Processes, Serial, stream

COHORTS = 250


def table(tmp_path, trial, cohorts=COHORTS):
    written = run_calibration(cohorts, tmp_path, trial=trial, executor=Serial(), seed=4)
    return pl.read_parquet(written.path)


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    return summarise(table(tmp_path_factory.mktemp("exact"), ConjugateTrial()))


def test_an_exact_posterior_has_uniform_ranks_and_intervals_that_hold(exact):
    assert all(check.ranks.inside for check in exact.ranks)
    assert {check.name for check in exact.ranks} == {
        *("centre (median)", "log likelihood", "own", "day of relapse", "relapse within 2 years")
    }
    every = [held for check in exact.ranks for held in check.within]
    every += [held for count in exact.counts for held in count.within] + list(exact.day_within)
    assert all(held.lower - 0.02 <= held.nominal <= held.upper + 0.02 for held in every)
    assert 0.87 <= exact.day_within[-1].share <= 0.93
    assert exact.forecasts == exact.patients == 5 * COHORTS


def test_an_interval_that_ends_in_never_holds_more_often_than_one_of_days(exact):
    """Where the horizon cuts, chance decides for `day_within`; with both ends there it holds as it stands."""
    finite = exact.finite_within_90
    assert finite.count < exact.forecasts
    assert finite.lower <= 0.9 <= finite.upper
    model = next(each for each in exact.methods if each.method == MODEL)
    assert model.within_90.share >= exact.day_within[-1].share


def test_who_saw_the_data_beats_everybody_who_did_not(exact):
    model, *others = exact.methods
    assert model.method == MODEL
    assert {each.method for each in others} == {"last value", "Kaplan-Meier", "base rate"}
    for other in others:
        assert other.worse > 3 * other.worse_error
        assert other.log_score > model.log_score
        assert other.crps_days > model.crps_days
    assert exact.counts[-1].crps[0][1] < exact.counts[-1].crps[1][1]


def test_all_claims_hold_and_the_page_says_so(exact):
    assert all(held for held, _ in claims(exact))
    page = markdown(exact, "remnant simulate evidence cohorts")
    assert "    remnant simulate evidence cohorts\n" in page
    assert "Does not hold" not in page
    assert "**no**" not in page
    assert not {"nan", "nan%", "inf"} & set(page.split())


def test_a_summary_is_plain_numbers_that_json_knows(exact):
    assert json.loads(json.dumps(asdict(exact), allow_nan=False))["cohorts"] == COHORTS


WRONG = {
    "overconfident": ConjugateTrial(believed_noise=0.35),
    "too high": ConjugateTrial(believed_mean=1.0),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_likelihood_that_is_wrong_is_found(tmp_path, what):
    found = summarise(table(tmp_path, WRONG[what]))
    own = found.check("own").ranks
    assert not own.inside
    assert (own.spread > 1.2) == (what == "overconfident")
    assert (own.shift < -3) == (what == "too high")
    assert not all(held for held, _ in claims(found))
    assert "Does not hold" in markdown(found, "command")


def test_a_posterior_that_never_saw_the_data_is_found_by_its_likelihood_alone(tmp_path):
    """The prior is calibrated too: ranks of parameters cannot tell it from the posterior."""
    found = summarise(table(tmp_path, ConjugateTrial(believed_noise=50.0)))
    assert found.check("own").ranks.inside
    assert found.check("log likelihood").ranks.p_value < 1e-9
    assert not claims(found)[0][0]


def test_sixteen_cohorts_are_enough_to_see_a_posterior_far_too_narrow(tmp_path):
    found = summarise(table(tmp_path, ConjugateTrial(believed_noise=0.1), cohorts=16))
    assert found.check("own").within[-1].upper < 0.9


def test_rows_are_the_same_on_every_engine_and_after_a_run_that_was_broken_off(tmp_path):
    trial = ConjugateTrial(patients=2, draws=20)
    one = run_calibration(12, tmp_path / "one", trial=trial, executor=Serial(), seed=1)
    two = run_calibration(12, tmp_path / "two", trial=trial, executor=Processes(2), seed=1)
    assert one.sha256 == two.sha256

    class KilledError(Exception):
        pass

    def kill(done):
        if killed.append(done) or sum(killed) >= 5:
            raise KilledError

    killed: list[int] = []
    with pytest.raises(KilledError):
        run_calibration(12, tmp_path / "three", trial=trial, executor=Serial(), seed=1, progress=kill)
    again = run_calibration(12, tmp_path / "three", trial=trial, executor=Serial(), seed=1)
    assert again.found > 0
    assert again.sha256 == one.sha256


def test_another_trial_does_not_go_on_in_the_folder_of_the_first(tmp_path):
    run_calibration(2, tmp_path, trial=ConjugateTrial(), executor=Serial(), seed=1)
    with pytest.raises(ResultsError, match="patients"):
        run_calibration(2, tmp_path, trial=ConjugateTrial(patients=3), executor=Serial(), seed=1)


def test_a_cohort_in_which_nobody_is_in_remission_still_has_its_row(tmp_path):
    outcome = ConjugateTrial(patients=3)(stream(1, "x"))
    nobody = {name: forecast._replace(days=[]) for name, forecast in outcome.forecasts.items()}
    empty = outcome.__class__(
        **{
            **vars(outcome),
            "patients": np.array([], int),
            "days": np.array([]),
            "group": (),
            "forecasts": nobody,
        }
    )
    rows = [row_of(each, rng=stream(1, "y")) for each in (outcome, empty, outcome)]
    each = [table_of([{"cohort": number, **row}]) for number, row in enumerate(rows)]
    assert each[0].schema == each[1].schema
    assert summarise(pl.concat(each)).forecasts == 6
