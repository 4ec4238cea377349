"""Later observations: a strict table, and log predictive densities that are those of the laws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import betabinom, norm
from tests.inference.forecast.patients import NOW, cycles

from remnant.errors import TableError
from remnant.inference.forecast.held import Held, read_held
from remnant.inference.forecast.quantities import fraction, haemoglobin, log_transcript
from remnant.inference.forecast.score import early_notes, score, score_all

THERAPY = cycles(NOW - 1)
HEADER = (
    "patient_id,day,value,below_detection,compartment,nuclei_scored,nuclei_abnormal,haemoglobin_g_per_dl\n"
)


def read(tmp_path, text, patients=("P1", "P2")):
    path = tmp_path / "HELD.csv"
    path.write_text(text, encoding="utf-8")
    return read_held(path, patients)


def faults(tmp_path, text):
    with pytest.raises(TableError) as error:
        read(tmp_path, text)
    return str(error.value)


def known(posterior, **numbers):
    own = {name.replace("__", "."): np.array(value) for name, value in numbers.items()}
    return replace(posterior, values=posterior.values | own)


def test_rows_of_all_kinds_are_read_with_their_lines(tmp_path):
    rows = "P1,400,0.03,,,,,\nP1,500,0.01,yes,,,,\nP2,400,,,stem,200,12,\nP1,428,,,,,,11.2\n"
    one, bound, slide, blood = read(tmp_path, HEADER + rows)
    assert one == Held("P1", 2, 400, "transcript", 0.03)
    assert bound == Held("P1", 3, 500, "transcript", 0.01, below=True)
    assert slide == Held("P2", 4, 400, "nuclei", 12.0, kind="stem", total=200)
    assert blood == Held("P1", 5, 428, "haemoglobin", 11.2)


def test_a_table_of_transcripts_alone_needs_no_other_column(tmp_path):
    assert len(read(tmp_path, "patient_id,day,value\nP1,400,0.03\n")) == 1


def test_all_that_is_wrong_with_rows_is_said_at_once(tmp_path):
    rows = "P3,400,0.03,,,,,\nP1,430,,,,,,\nP1,440,0.1,,stem,200,3,\nP1,450,,,stem,200,,\nP1,460,,yes,,,,11\n"
    text = faults(tmp_path, HEADER + rows)
    assert "line 2, column patient_id: found 'P3'" in text
    assert "line 3" in text
    assert "no measurement" in text
    assert "transcript and nuclei" in text
    assert "column nuclei_abnormal: found nothing" in text
    assert "column below_detection: found a flag" in text


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("P1,400,-0.1,,,,,", "column value"),
        ("P1,400,0,,,,,", "has its limit here"),
        ("P1,400,nan,,,,,", "column value"),
        ("P1,400,low,,,,,", "'low'"),
        ("P1,soon,0.1,,,,,", "column day"),
        ("P1,400,,,stem,20,21,", "at most nuclei_scored = 20"),
        ("P1,400,,,stem,0,0,", "from 1"),
        ("P1,400,,,steem,20,1,", "stem or progenitor or bulk"),
        ("P1,400,,,,,,112", "grams per litre"),
        ("P1,400,0.1,perhaps,,,,", "yes or no"),
        (",400,0.1,,,,,", "column patient_id"),
    ],
)
def test_an_impossible_cell_is_named(tmp_path, cells, said):
    assert said in faults(tmp_path, HEADER + cells + "\n")


def test_a_misspelt_column_is_told_its_nearest_name(tmp_path):
    text = faults(tmp_path, "patient,day,valeu\nP1,400,0.1\n")
    assert "patient_id" in text
    assert "did you mean value" in text


def test_an_empty_file_a_header_alone_and_a_missing_file_are_faults(tmp_path):
    assert "empty file" in faults(tmp_path, "")
    assert "no rows" in faults(tmp_path, HEADER)
    with pytest.raises(TableError):
        read_held(tmp_path / "none.csv", ["P1"])


def test_a_transcript_has_the_log_mean_density_of_its_mixture(patient, stopping):
    own = known(patient, transcripts__spread=0.3, transcripts__scale=0.1)
    day = int(stopping.days[70])
    held = [Held("P1", 2, day, "transcript", 5.0), Held("P1", 3, day, "transcript", 5.0, below=True)]
    value, bound = score(own, THERAPY, held)
    mean = log_transcript(replace(stopping, posterior=own))[:, 70]
    x = np.log10(5.0)
    density = 0.95 * norm.pdf(x, mean, 0.3) + 0.05 * norm.pdf(x, mean, 1.2)
    below = 0.95 * norm.cdf(x, mean, 0.3) + 0.05 * norm.cdf(x, mean, 1.2)
    assert value.log_density == pytest.approx(np.log(density.mean()), rel=1e-6)
    assert bound.log_density == pytest.approx(np.log(below.mean()), rel=1e-6)
    assert value.within_90 == (0.05 <= below.mean() <= 0.95)
    assert (bound.within_50, bound.within_90, bound.censored) == (None, None, True)


def test_nuclei_have_the_log_mean_chance_of_their_count(patient, stopping):
    own = known(patient, fish__false_positive=0.02, fish__false_negative=0.05, fish__dispersion=80.0)
    (found,) = score(own, THERAPY, [Held("P1", 2, NOW + 7, "nuclei", 12.0, kind="stem", total=200)])
    f = fraction(stopping, "stem")[:, np.searchsorted(stopping.days, NOW + 7)]
    x = f * 0.95 + (1 - f) * 0.02
    chance = betabinom.pmf(12, 200, 80 * x, 80 * (1 - x)).mean()
    assert found.log_density == pytest.approx(np.log(chance), rel=1e-6)
    assert found.observed == 0.06
    assert "200 nuclei of stem cells" in found.quantity


def test_haemoglobin_is_log_normal_around_its_course(patient, stopping):
    own = known(patient, blood__residual=0.08)
    (found,) = score(own, THERAPY, [Held("P1", 2, NOW, "haemoglobin", 11.0)])
    truth = haemoglobin(stopping)[:, np.searchsorted(stopping.days, NOW)]
    density = norm.pdf(np.log(11.0), np.log(truth), 0.08) / 11.0
    assert found.log_density == pytest.approx(np.log(density.mean()), rel=1e-6)


def test_observations_drawn_from_the_forecast_lie_within_as_often_as_they_should(patient, stopping):
    own = known(patient, transcripts__spread=0.3, fish__dispersion=80.0)
    rng, held = np.random.default_rng(4), []
    look = np.searchsorted(stopping.days, NOW + 182)
    mean, f = log_transcript(stopping)[:, look], fraction(stopping, "stem")[:, look]
    for line, draw in enumerate(rng.integers(0, 256, 300)):
        day = NOW + 182
        wide = 4 if rng.random() < 0.05 else 1
        value = 10 ** (mean[draw] + 0.3 * wide * rng.standard_normal())
        x = np.clip(f[draw], 1e-12, 1 - 1e-12)
        count = rng.binomial(100, rng.beta(80 * x, 80 * (1 - x)))
        held.append(Held("P1", 2 * line, day, "transcript", float(value)))
        held.append(Held("P1", 2 * line + 1, day, "nuclei", float(count), kind="stem", total=100))
    found = score(own, THERAPY, held)
    reading, slides = found[::2], found[1::2]
    assert np.mean([each.within_90 for each in reading]) == pytest.approx(0.9, abs=0.06)
    assert np.mean([each.within_50 for each in reading]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([each.within_90 for each in slides]) >= 0.86
    assert all(np.isfinite(each.log_density) for each in found)


def test_days_before_the_last_fitted_one_are_scored_and_noted(patient):
    held = [Held("P1", 2, NOW, "haemoglobin", 11.0), Held("P1", 3, -30, "haemoglobin", 9.0)]
    held.append(Held("P1", 4, NOW + 1, "haemoglobin", 11.0))
    found = score_all({"P1": patient}, {"P1": THERAPY}, held)
    assert [each.line for each in found] == [2, 3, 4]
    notes = early_notes({"P1": patient}, held)
    assert len(notes) == 2
    assert "line 3: day -30" in notes[1]


def test_what_no_draw_expects_has_a_finite_score(patient):
    (found,) = score(patient, THERAPY, [Held("P1", 2, NOW, "transcript", 1e300)])
    assert np.isfinite(found.log_density)
    assert found.log_density < -100
    assert not found.within_90
    assert score(patient, THERAPY, []) == ()
