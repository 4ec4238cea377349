"""The proof itself: 200 cohorts of the hierarchy, their fits and forecasts; and its page on a cheap one."""

import json
import os
from pathlib import Path

import pytest
from conjugate import ConjugateTrial

from remnant.errors import SettingError
from remnant.inference.calibration.evidence import prove
from remnant.inference.calibration.outcome import MODEL
from remnant.inference.calibration.words import LEAST, MOST
from remnant.scale import Processes, Serial, cores
from remnant.scale.manifest import program

COHORTS = 200


def test_the_proof_is_written_beside_its_cohorts_and_found_again(tmp_path):
    summary = prove(12, tmp_path / "proof", executor=Serial(), seed=3, trial=ConjugateTrial())
    answer = json.loads((tmp_path / "proof" / "evidence.json").read_text())
    page = (tmp_path / "proof" / "evidence.md").read_text()
    assert answer["cohorts"] == 12
    assert {claim["holds"] for claim in answer["claims"]} <= {True, False}
    assert "remnant simulate evidence proof --cohorts 12 --seed 3" in page
    again = prove(12, tmp_path / "proof", executor=Serial(), seed=3, trial=ConjugateTrial())
    assert again == summary


def test_a_folder_with_other_files_is_not_written_to(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SettingError, match="other files"):
        prove(2, tmp_path, executor=Serial(), trial=ConjugateTrial())


@pytest.fixture(scope="module")
def proof(request):
    """The proof of this very program: taken up where an earlier run stopped, in REMNANT_EVIDENCE if given."""
    given = os.environ.get("REMNANT_EVIDENCE")
    base = Path(given) if given else Path(request.config.cache.mkdir("evidence"))
    return prove(COHORTS, base / program()["code"], executor=Processes(cores()))


@pytest.mark.slow
def test_ranks_of_truths_are_uniform_for_every_number(proof):
    """A band holds at once for all ranks of a number; of many numbers a few leave theirs by chance."""
    assert proof.cohorts >= 200
    for level in ("population", "patient", "forecast"):
        checks = [each for each in proof.ranks if each.level == level]
        assert min(each.ranks.p_value for each in checks) > 0.01 / len(checks)
        assert sum(not each.ranks.inside for each in checks) <= 1 + 0.15 * len(checks)
    assert proof.check("start.quiescent").ranks.inside
    assert proof.check("relapse within 2 years").ranks.inside


@pytest.mark.slow
def test_intervals_for_the_day_of_relapse_and_for_the_visit_left_out_hold(proof):
    assert proof.forecasts >= 500
    assert LEAST <= proof.day_within[-1].share <= MOST
    for held in proof.counts[-1].within:
        assert abs(held.share - held.nominal) < 0.03


@pytest.mark.slow
def test_the_hierarchy_forecasts_relapse_better_than_every_baseline(proof):
    model, *others = proof.methods
    assert model.method == MODEL
    assert len(others) == 4
    for other in others:
        assert other.worse > 2 * other.worse_error
        assert other.brier_1.score > model.brier_1.score
