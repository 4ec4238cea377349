"""A study's own spillover matrix: checked at the door, used for controls too, part of the answer."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from remnant.analysis.plan import Plan
from remnant.analysis.tube_tasks import tube_tasks
from remnant.analysis.tubes import _count
from remnant.cytometry import read_fcs, read_spillover, write_spillover_csv
from remnant.errors import StudyError
from remnant.report.methods import _cytometry
from remnant.study import read_study


@pytest.fixture
def own_matrix(study_folder, tmp_path):
    """Copies the study, writes the matrix of its first tube beside it, and names it in study.toml."""

    def make(*, name="matrix.csv", change=lambda matrix: matrix, extra=""):
        folder = tmp_path / "own"
        shutil.copytree(study_folder, folder)
        first = tube_tasks(read_study(folder), Plan.of(read_study(folder).config))[0]
        matrix = change(read_spillover(read_fcs(folder / first.file)))
        write_spillover_csv(folder / "matrix.csv", matrix)
        settings = folder / "study.toml"
        text = settings.read_text().replace("[gates]\n", f'[gates]\nspillover = "{name}"\n')
        settings.write_text(text + extra)
        return folder

    return make


def first_task(folder):
    study = read_study(folder)
    return tube_tasks(study, Plan.of(study.config))[0]


def test_the_matrix_is_used_and_is_part_of_the_answer(own_matrix, study_folder):
    plain, folder = first_task(study_folder), own_matrix()
    task = first_task(folder)
    assert task.matrix == folder / "matrix.csv"
    assert "matrix.csv" in task.files()
    assert task.answer_name() != plain.answer_name()
    own, same = (_count(item).answer.tube for item in (task, plain))
    assert [p.events for p in own.populations] == [p.events for p in same.populations]
    said = [text for text in own.warnings if "compensated by matrix.csv" in text]
    assert len(said) == 1 + len(task.controls)  # the controls too
    before = task.answer_name()
    (folder / "matrix.csv").write_text((folder / "matrix.csv").read_text() + "\n")
    assert first_task(folder).answer_name() != before
    assert "the study's own matrix (matrix.csv)" in _cytometry(Plan.of(read_study(folder).config))


def test_another_matrix_gives_another_answer(own_matrix, study_folder):
    def halved(matrix):
        size = range(len(matrix.rows))
        rows = tuple(
            tuple(matrix.rows[i][j] if i == j else matrix.rows[i][j] / 2 for j in size) for i in size
        )
        return replace(matrix, rows=rows)

    own = _count(first_task(own_matrix(change=halved))).answer.tube
    plain = _count(first_task(study_folder)).answer.tube
    assert [cut.value for cut in own.thresholds] != [cut.value for cut in plain.thresholds]


def test_a_missing_matrix_is_a_fault_with_its_line(own_matrix):
    folder = own_matrix(name="matrx.csv")
    (folder / "matrix.csv").unlink()
    with pytest.raises(StudyError) as error:
        read_study(folder)
    (fault,) = error.value.faults
    lines = (folder / "study.toml").read_text().splitlines()
    assert (fault.source, fault.column) == ("study.toml", "gates.spillover")
    assert lines[fault.line - 1] == 'spillover = "matrx.csv"'


def test_a_matrix_outside_the_study_or_of_no_panel_is_refused(own_matrix):
    folder = own_matrix(name="../matrix.csv", extra='\n[gates.spillovers]\nhspcc = "matrix.csv"\n')
    with pytest.raises(StudyError) as error:
        read_study(folder)
    said = {fault.column: fault for fault in error.value.faults}
    assert set(said) == {"gates.spillover", "gates.spillovers.hspcc"}
    assert "hspc" in said["gates.spillovers.hspcc"].hint


def test_a_channel_that_no_tube_has_is_a_fault_of_the_matrix(own_matrix):
    def renamed(matrix):
        names = ("Nowhere-A", *matrix.detectors[1:])
        return replace(matrix, dyes=names, detectors=names)

    outcome = _count(first_task(own_matrix(change=renamed)))
    assert outcome.answer is None
    assert {fault.source for fault in outcome.faults} == {"matrix.csv"}
    assert any("Nowhere-A" in fault.found and fault.line == 1 for fault in outcome.faults)


def test_a_panel_may_have_a_matrix_of_its_own(own_matrix):
    folder = own_matrix(extra='\n[gates.spillovers]\nhspc = "matrix.csv"\n')
    gates = read_study(folder).config.gates
    assert gates.spillover_of("hspc") == gates.spillover_of("other") == "matrix.csv"
    assert gates.model_copy(update={"spillover": ""}).spillover_of("other") == ""
