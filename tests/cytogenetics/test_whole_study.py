"""A karyotype or a slide that cannot be read is a fault of the study, whatever else is wrong with it."""

from __future__ import annotations

import shutil

import pytest

from remnant.cytogenetics.whole_study import read_whole_study
from remnant.errors import StudyError
from remnant.study import read_study


@pytest.fixture
def study(study_folder, tmp_path):
    return shutil.copytree(study_folder, tmp_path / "study", ignore=shutil.ignore_patterns("truth"))


def changed(study, file, line, column, value):
    """Write another value into one cell of a table."""
    rows = (study / file).read_text().splitlines()
    header = next(row for row in rows if not row.startswith("#")).split(",")
    cells = rows[line - 1].split(",")
    assert len(cells) == len(header)
    cells[header.index(column)] = value
    rows[line - 1] = ",".join(cells)
    (study / file).write_text("\n".join(rows) + "\n")


def faults(study):
    with pytest.raises(StudyError) as raised:
        read_whole_study(study)
    return {(fault.source, fault.line, fault.column): fault for fault in raised.value.faults}


def with_a_wrong_karyotype(study, line=3):
    rows = (study / "karyotypes.csv").read_text().splitlines()
    name, _, text = rows[line - 1].partition(",")
    rows[line - 1] = f"{name},{text.replace('46,XX', '46,XX,dell(5)').replace('46,XY', '46,XY,dell(5)')}"
    (study / "karyotypes.csv").write_text("\n".join(rows) + "\n")


def test_a_sound_study_is_the_same_read_either_way(study):
    whole, tables_alone = read_whole_study(study), read_study(study)
    assert whole.files == tables_alone.files
    assert whole.notes == tables_alone.notes
    assert all(whole[name].equals(tables_alone[name]) for name in ("karyotypes", "fish", "samples"))


def test_a_karyotype_that_cannot_be_read_stands_beside_faults_of_other_tables(study):
    with_a_wrong_karyotype(study)
    changed(study, "fish.csv", 4, "compartment", "stm")
    found = faults(study)
    assert set(found) == {("karyotypes.csv", 3, "iscn"), ("fish.csv", 4, "compartment")}
    fault = found["karyotypes.csv", 3, "iscn"]
    assert (fault.found, fault.hint) == ("'dell' at position 7", "write del?")


def test_a_karyotype_of_a_sample_that_is_not_there_has_both_faults(study):
    with_a_wrong_karyotype(study)
    text = (study / "karyotypes.csv").read_text().splitlines()
    text[2] = "nobody" + text[2][text[2].index(",") :]
    (study / "karyotypes.csv").write_text("\n".join(text) + "\n")
    assert set(faults(study)) == {("karyotypes.csv", 3, "iscn"), ("karyotypes.csv", 3, "sample_id")}


def test_a_slide_in_iscn_is_read_and_held_against_its_counts(study):
    changed(study, "fish.csv", 3, "iscn", "nuc ish(EGR1x1)[98/105")
    changed(study, "fish.csv", 4, "iscn", "nuc ish(EGR1x1)[1/2]")
    found = faults(study)
    assert {place[:2] for place in found} == {("fish.csv", 3), ("fish.csv", 4)}
    assert found["fish.csv", 3, "iscn"].found.startswith("'['")
    assert all(fault.column in ("iscn", "nuclei_abnormal", "nuclei_scored") for fault in found.values())


def test_what_a_count_lacks_is_said_once(study):
    changed(study, "fish.csv", 3, "nuclei_scored", "")
    assert len(faults(study)) == 1
