"""Published series become a study that can be read and fitted; what is wrong with them is said by line."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from remnant.dynamics import preset
from remnant.inference.evidence.gather import gather
from remnant.study.read import read_study

SCRIPT = Path(__file__).parents[2] / "examples" / "cml_series.py"
SPEC = importlib.util.spec_from_file_location("cml_series", SCRIPT)
cml_series = sys.modules["cml_series"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(cml_series)

# Invented, as every number here.
ON = (
    "Months,Prct,Pt,UL\n0,90,1,0\n3,1.5,1,0\n12,0.02,1,0\n40.01,0.004,1,1\n0.1,60,2,0\n6,0.3,2,0\n6,0.2,2,0\n"
)
AFTER = "Months,Prct,Pt,UL\n42,0.5,1,0\n44,3,1,0\n50,0.1,9,0\n"
STOPS = "Pt,CessT\n1,40\n"


def _written(folder, on=ON, after=None, stops=None, *options):
    for name, text in (("on.csv", on), ("after.csv", after), ("stops.csv", stops)):
        if text is not None:
            (folder / name).write_text(text)
    extra = [*(["--after", str(folder / "after.csv")] if after else [])]
    extra += ["--stops", str(folder / "stops.csv")] if stops else []
    cml_series.main([str(folder / "on.csv"), *extra, "--to", str(folder / "study"), *options])
    return read_study(folder / "study"), (folder / "study-held.csv").read_text().splitlines()


def test_a_series_becomes_a_study_with_its_limits_and_the_day_of_the_stop(tmp_path):
    study, held = _written(tmp_path, ON, AFTER, STOPS)
    gathered = gather(study, preset("cml-imatinib"))
    assert gathered.patients == ("P1", "P2")
    assert gathered.drugs == ("imatinib", "control")
    rows = gathered.evidence[0].assays["transcripts"]
    assert np.asarray(rows.censored).tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(rows.value, np.log10([90, 1.5, 0.02, 0.004]))
    last = round(40.01 * 30.4375)  # the last sample under treatment was drawn before the stop took effect
    imatinib, control = gathered.therapies[0].calendars
    assert imatinib.dose([0, last, last + 1]).tolist() == [1, 1, 0]
    assert control.dose([last, last + 1]).tolist() == [0, 1]
    assert gathered.therapies[1].calendars[0].dose(9000) == 1
    assert held == ["patient_id,day,value,below_detection", "P1,1278,0.5,no", "P1,1339,3,no"]


def test_later_samples_can_be_held_by_day_or_by_share(tmp_path):
    study, held = _written(tmp_path, ON, None, None, "--until-day", "100")
    assert gather(study, preset("cml-imatinib")).now_days == (91, 3)
    assert len(held) == 1 + 4
    study, held = _written(tmp_path, ON, None, None, "--until-share", "0.5")
    assert [row[:6] for row in held[1:]] == ["P1,365", "P1,121", "P2,183"]


def test_a_series_in_days_is_read_too(tmp_path):
    study, _ = _written(tmp_path, "Days,Prct,Pt\n0,100,1\n29.333,23.7,1\n")
    assert study["samples"]["day"].to_list() == [0, 29]


@pytest.mark.parametrize(
    ("on", "found"),
    [
        ("Months,Pt\n1,1\n", "line 1: expected columns Months or Days, Prct and Pt"),
        ("Months,Prct,Pt\n1,0,1\nx,1,1\n", "line 2: Prct is '0', expected above 0; not detected?"),
        ("Months,Prct,Pt\n1,0,1\nx,1,1\n", "line 3: could not convert string to float: 'x'"),
        ("Months,Prct,Pt,UL\n1,1,1,perhaps\n", "line 2: UL is 'perhaps', expected 0 or 1"),
    ],
)
def test_every_line_that_cannot_be_read_is_said_at_once(tmp_path, capsys, on, found):
    with pytest.raises(SystemExit):
        _written(tmp_path, on)
    assert found in capsys.readouterr().err


DATA = Path(__file__).parents[3] / "shared/data/cml-bcrabl-a"


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data/cml-bcrabl-a")
def test_the_series_of_two_published_groups_become_studies(tmp_path):
    stops = ["--stops", str(DATA / "hahnel2020_model_parameters.csv")]
    after = ["--after", str(DATA / "hahnel2020_after_stop.csv")]
    folder = tmp_path / "hahnel"
    cml_series.main([str(DATA / "hahnel2020_on_tki.csv"), *after, *stops, "--to", str(folder)])
    hahnel = gather(read_study(folder), preset("cml-imatinib"))
    assert len(hahnel.patients) == 11
    assert sum(len(one.assays["transcripts"].time) for one in hahnel.evidence) == 246
    assert len((tmp_path / "hahnel-held.csv").read_text().splitlines()) == 1 + 134
    assert all(therapy.calendars[0].doses[-1] == 0 for therapy in hahnel.therapies)
    folder = tmp_path / "michor"
    cml_series.main([str(DATA / "michor2005_imatinib.csv"), "--until-day", "180", "--to", str(folder)])
    michor = gather(read_study(folder), preset("cml-imatinib"))
    assert len(michor.patients) == 68
    assert max(michor.now_days) <= 180
