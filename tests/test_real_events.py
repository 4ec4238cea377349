"""The whole journey on real event files: three LSRFortessa tubes of a cell line driven to blood.

The files are not ours to carry, so they are read where they lie, beside the repository.
"""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from remnant.analysis import load
from remnant.cli.app import app
from remnant.study import Evidence

COURSE = Path(__file__).parents[2] / "shared/data/cd34-timecourse-a"
pytestmark = pytest.mark.skipif(not COURSE.is_dir(), reason="needs ../shared/data/cd34-timecourse-a")

STUDY = """
[study]
title = "CD34 and CD38 on HUES9 cells driven to blood, days 0 to 8"
anchor = "start of differentiation"

[panel.course]
CD34 = "APC-A"
CD38 = "PE-Cy7-A"
CD90 = "BV421-A"
viability = "PerCP-Cy5-5-A"

[gates.cuts]   # no tube without the stain was measured, and CD34 has no valley on day 0
CD34 = 300.0
CD90 = 1000.0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("real")
    study = root / "study"
    study.mkdir()
    (study / "study.toml").write_text(STUDY)
    (study / "patients.csv").write_text("patient_id\nHUES9\n")
    samples, events = ["sample_id,patient_id,day,material"], ["sample_id,file,tube,panel"]
    for day in (0, 4, 8):
        shutil.copy(COURSE / f"D{day}.fcs", study)
        samples.append(f"D{day},HUES9,{day},culture")
        events.append(f"D{day},D{day}.fcs,stained,course")
    (study / "samples.csv").write_text("\n".join(samples) + "\n")
    (study / "events.csv").write_text("\n".join(events) + "\n")
    return root


def remnant(*arguments):
    done = CliRunner().invoke(app, [str(part) for part in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(folder):
    """What the analysis says of the three tubes."""
    remnant("check", folder / "study")
    remnant("analyse", folder / "study", "--out", folder / "results", "--engine", "serial")
    return load(folder / "results")


def test_the_journey_ends_in_a_report_with_both_compartments(folder, found):
    events = {
        (result.sample_id, count.population): count.events
        for result in found.tubes
        for count in result.tube.populations
    }
    # CD34 rises as blood forms: none on day 0, both compartments on days 4 and 8.
    assert events["D0", "progenitor"] == events["D0", "stem"] == 0
    assert events["D8", "progenitor"] > events["D4", "progenitor"] > 100
    assert events["D8", "stem"] > events["D4", "stem"] > 10
    for result in found.tubes[1:]:
        assert any("CD38" in view.x_label + view.y_label for view in result.tube.views)
    answers = json.loads(remnant("report", folder / "results", "--out", folder / "page.html", "--json"))
    page = Path(answers["report"]).read_text()
    assert "HUES9" in page
    assert "CD34+ CD38-/low CD90+" in page


def test_what_was_not_measured_is_not_done(found):
    assert {item.clone_fraction.evidence for item in found.burdens} == {Evidence.NOT_DONE}
    assert {item.per_million.evidence for item in found.burdens} == {Evidence.NOT_DONE}
    stem = {item.sample_id: item.frequency for item in found.burdens if item.role == "stem"}
    assert stem["D8"].evidence is Evidence.DETECTED
    assert stem["D0"].evidence is Evidence.NOT_DETECTED
    assert stem["D0"].upper < 1e-3
