"""Names that a browser sends become paths within a study folder, or are refused."""

import tempfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.errors import StudyError
from remnant.service.intake import uploads
from remnant.service.intake.archive_names import as_any_disk, clashing
from remnant.service.intake.archives import Limits
from remnant.service.intake.remedies import proposed
from remnant.service.intake.uploads import gather
from remnant.study.column import Column, Kind
from remnant.study.tables import TABLES


@pytest.fixture
def put(tmp_path):
    """A function that gathers files given as bytes by name."""
    (tmp_path / "room").mkdir()

    def made(*files):
        uploaded = []
        for number, (name, data) in enumerate(files):
            (tmp_path / str(number)).write_bytes(data)
            uploaded.append((name, tmp_path / str(number)))
        return gather(uploaded, Path(tempfile.mkdtemp(dir=tmp_path / "room")))

    return made


def test_the_study_is_found_beneath_whatever_folders_are_above_it(put):
    found = put(("a/b/study.toml", b"1"), ("a/b/fcs/T1.fcs", b"2"), ("a/notes.txt", b"3"))
    assert set(found.files) == {"study.toml", "fcs/T1.fcs"}
    assert any("notes.txt" in said for said in found.left_out)


def test_files_of_a_subfolder_alone_keep_their_folder(put):
    assert set(put(("fcs/T1.fcs", b"1"), ("fcs/T2.fcs", b"2")).files) == {"fcs/T1.fcs", "fcs/T2.fcs"}


@pytest.mark.parametrize(
    "name",
    ["../x.csv", "a/../../x.csv", "/etc/passwd", "C:\\x.csv", "a//b.csv", "..\\..\\x.csv", " \n.csv", "./x"],
)
def test_a_name_that_leaves_the_folder_is_refused(put, name):
    with pytest.raises(StudyError, match="study folder"):
        put((name, b"1"), ("study.toml", b"2"))


@pytest.mark.parametrize(
    "name", ["fcs/COM1.fcs", "nul", "a./b.csv", "notes ", "x" * 201, "d/" * 12 + "x", "a:b"]
)
def test_a_name_that_some_computer_cannot_lay_out_is_refused_as_in_a_zip(put, name):
    """What was let in would come out as a zip that this very program refuses."""
    with pytest.raises(StudyError, match="study folder"):
        put((name, b"1"), ("study.toml", b"2"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("T1.fcs", "t1.FCS"), ("fcs/T1.fcs", "FCS/T2.fcs"), ("é.fcs", "e\u0301.fcs"), ("ß", "SS")],
)
def test_two_names_that_some_disk_takes_for_one_are_refused(put, one, other):
    with pytest.raises(StudyError, match="but for case or accents"):
        put((one, b"1"), (other, b"2"), ("study.toml", b"3"))


@given(st.lists(st.text("aA/é\u0301.", min_size=1, max_size=6), max_size=6))
def test_names_that_do_not_clash_lie_apart_on_any_disk(names):
    names = list(dict.fromkeys(names))
    clash = clashing(names)
    apart = [name for name in names if name not in clash]
    assert len({as_any_disk(name) for name in apart}) == len(apart)
    assert clashing(apart) == []


def test_many_small_bombs_are_one_large_one(put, tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "Limits", lambda: Limits(files=20, total_bytes=3_000_000))

    def bomb(number):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{number}.bin", bytes(1_000_000))
        return f"{number}.zip", (tmp_path / f"{number}.zip").read_bytes()

    assert len(put(*(bomb(number) for number in range(3))).files) == 3
    with pytest.raises(StudyError, match="once unpacked"):
        put(*(bomb(number) for number in range(3, 7)))


def test_two_files_of_one_name_are_one_only_if_they_are_the_same(put):
    assert set(put(("fish.csv", b"1"), ("fish.csv", b"1")).files) == {"fish.csv"}
    with pytest.raises(StudyError, match="two files of one name"):
        put(("fish.csv", b"1"), ("fish.csv", b"2"))


def test_two_studies_at_once_are_refused(put):
    with pytest.raises(StudyError, match="2 study folders"):
        put(("a/study.toml", b"1"), ("b/study.toml", b"2"))


def test_what_a_system_leaves_behind_is_left_out_and_said(put):
    found = put(
        ("s/study.toml", b"1"), ("s/.DS_Store", b"2"), ("s/~$study.xlsx", b"3"), ("s/Thumbs.db", b"4")
    )
    assert set(found.files) == {"study.toml"}
    assert len(found.left_out) == 3


def test_a_zip_is_unpacked_and_a_broken_one_is_said(put, tmp_path):
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.writestr("mine/study.toml", "x")
        archive.writestr("mine/fish.csv", "y")
    found = put(("study.zip", (tmp_path / "study.zip").read_bytes()))
    assert {path: place.read_text() for path, place in found.files.items()} == {
        "study.toml": "x",
        "fish.csv": "y",
    }


def test_a_zip_that_is_none_is_refused(put):
    with pytest.raises(StudyError, match=r"study\.zip"):
        put(("study.zip", b"PK not really"))


@given(st.text(max_size=12))
def test_a_proposal_is_something_that_the_column_can_read(text):
    for table in TABLES.values():
        for column in table.columns:
            guess = proposed(column, text)
            assert not guess or not column.read(pl.Series([guess]))[1].any()


FRACTION = Column("blasts_fraction", Kind.FRACTION, "Blasts.", required=False)
COUNT = Column("platelets_1e9_per_l", Kind.NUMBER, "Platelets.", minimum=0)


@pytest.mark.parametrize(
    ("column", "typed", "guess"),
    [
        (FRACTION, "5 %", "0.05"),
        (FRACTION, "0.5%", "0.005"),
        (FRACTION, "12,5%", "0.125"),
        (FRACTION, "101%", None),
        (FRACTION, "n.d.", ""),
        (COUNT, "12,5", "12.5"),
        (COUNT, "1,234", None),
        (COUNT, "n.d.", None),
        (COUNT, "-3,5", None),
    ],
)
def test_only_another_spelling_of_the_same_value_is_proposed(column, typed, guess):
    assert proposed(column, typed) == guess
