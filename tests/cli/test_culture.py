import json

from typer.testing import CliRunner

from remnant.cli.app import app

PLATE = "cells_per_well,wells_tested,wells_positive\n50,24,2\n100,24,6\n200,24,9\n400,24,15\n800,24,21\n"


def run(*words):
    return CliRunner().invoke(app, ["culture", *map(str, words)])


def test_a_plate_gives_one_unit_in_so_many_cells(tmp_path):
    plate = tmp_path / "plate_07.csv"
    plate.write_text(PLATE)
    result = run("frequency", plate)
    assert result.exit_code == 0
    assert "403 (305 to 544)" in result.stdout
    assert "plate_07" in result.stdout


def test_typed_wells_give_the_clone_fraction(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(
        "cells_per_well,wells_tested,wells_positive,wells_normal_only,wells_clone_only,wells_both\n"
        "100,24,6,4,1,1\n400,24,15,7,2,6\n"
    )
    (group,) = json.loads(run("frequency", plate, "--json").stdout)["groups"]
    found = group["typed"]
    assert 0 < found["clone_fraction"]["lower"] < found["clone_fraction"]["upper"] < 1
    assert "By kind of colony" in run("frequency", plate).stdout


def test_more_typed_than_positive_wells_is_said_with_its_line(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text(
        "cells_per_well,wells_tested,wells_positive,wells_normal_only,wells_clone_only,wells_both\n"
        "100,24,6,4,4,1\n400,24,15,7,,6\n"
    )
    result = run("frequency", plate)
    assert result.exit_code == 1
    assert "plate.csv, line 2, column wells_both: found 9 typed wells" in result.stderr
    assert "plate.csv, line 3, column wells_clone_only" in result.stderr


def test_a_plate_without_a_positive_well_has_its_bound(tmp_path):
    plate = tmp_path / "plate.csv"
    plate.write_text("cells_per_well,wells_tested,wells_positive\n100,96,0\n")
    assert "not detected, fewer than 1 in 3,205" in run("frequency", plate).stdout
